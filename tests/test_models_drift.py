"""Population stability and calibration drift: tables counted by hand, noise that stays quiet, drift that does not."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.calibration_drift import P_LINES, cusum, observed_and_expected, spiegelhalter
from models.drift import PSI_LINES, Level, bin_counts, feature_shifts, level_shift, psi, reference_edges, shift
from models.inputs import InputKind, ModelInput

NAN = float("nan")


# PSI


def test_psi_of_three_bins() -> None:
    then, now = np.array([50.0, 30.0, 20.0]), np.array([40.0, 30.0, 30.0])
    # (.4 - .5) ln(.4/.5) + 0 + (.3 - .2) ln(.3/.2) = .0223144 + .0405465
    assert psi(then, now) == pytest.approx(0.0628609, abs=1e-7)
    assert psi(now, then) == pytest.approx(psi(then, now))
    assert psi(then, 7 * then) == pytest.approx(0)


def test_an_empty_bin_counts_as_half_a_row_and_one_empty_on_both_sides_as_nothing() -> None:
    then, now = np.array([10.0, 0.0, 0.0]), np.array([5.0, 5.0, 0.0])
    a, b = 10 / 10.5, 0.5 / 10.5
    assert psi(then, now) == pytest.approx((0.5 - a) * np.log(0.5 / a) + (0.5 - b) * np.log(0.5 / b))
    with pytest.raises(ValueError, match="nothing to compare"):
        psi(then, np.zeros(3))


def test_the_reference_fixes_the_bins_and_missing_is_one_of_its_own() -> None:
    reference = np.array([1.0, 2, 3, 4, 5, 6, 7, 8])
    edges = reference_edges(reference, bins=4)
    assert edges == (2.0, 4.0, 6.0)
    assert bin_counts(reference, edges).tolist() == [2, 2, 2, 2, 0]
    assert bin_counts(np.array([2.0, 2.1, 99, -1, NAN, NAN]), edges).tolist() == [2, 1, 0, 1, 2]
    assert bin_counts(np.array([0.0, 9.0]), edges, np.array([3.0, 0.5])).tolist() == [3, 0, 0, 0.5, 0]


def test_values_that_many_rows_share_give_fewer_bins() -> None:
    assert reference_edges(np.zeros(50)) == ()
    assert reference_edges(np.array([0.0] * 80 + [1.0] * 20)) == (0.0,)
    assert reference_edges(np.array([NAN])) == ()


def test_a_column_that_goes_missing_is_an_alarm() -> None:
    then = np.arange(1000.0)
    found = shift("sales", then, np.where(then % 2 == 0, NAN, then))
    assert found.level is Level.alarm
    assert found.shares[-1] == pytest.approx(0.5)
    assert "sales" in found.zh
    assert "alarm" in found.en


def test_the_noise_of_a_small_sample_is_no_alarm() -> None:
    # Ten bins and twenty rows of today: an index of .45 is what nothing at all gives.
    generator = np.random.default_rng(7)
    reference = generator.normal(size=5000)
    found = [shift("x", reference, generator.normal(size=20)) for _ in range(300)]
    assert np.mean([one.psi >= PSI_LINES.watch for one in found]) > 0.9
    assert np.mean([one.level is not Level.quiet for one in found]) < 0.04
    assert np.mean([one.psi for one in found]) == pytest.approx(found[0].expected, rel=0.25)
    assert found[0].expected == pytest.approx(9 * (1 / 5000 + 1 / 20))


def test_the_noise_told_is_that_of_large_samples() -> None:
    generator = np.random.default_rng(8)
    reference = generator.normal(size=2000)
    found = [shift("x", reference, generator.normal(size=1000)) for _ in range(300)]
    assert np.mean([one.psi for one in found]) == pytest.approx(found[0].expected, rel=0.15)
    assert np.mean([one.psi > one.bound for one in found]) < 0.04


@pytest.mark.parametrize(
    ("value", "level"),
    [(0.0999, Level.quiet), (0.10, Level.watch), (0.2499, Level.watch), (0.25, Level.alarm), (NAN, Level.quiet)],
)
def test_lines_of_psi(value: float, level: Level) -> None:
    assert PSI_LINES.level(value) is level


@pytest.mark.parametrize(("p", "level"), [(0.06, Level.quiet), (0.05, Level.watch), (0.01, Level.alarm)])
def test_lines_of_a_p_value_run_the_other_way(p: float, level: Level) -> None:
    assert P_LINES.level(p) is level


def test_weights_count_as_effective_rows() -> None:
    values = np.array([0.0, 0.0, 1.0, 1.0])
    found = shift("x", values, values, (None, np.array([1.0, 1.0, 3.0, 3.0])))
    assert found.rows == pytest.approx(64 / 20)
    assert found.shares[:2] == pytest.approx((0.25, 0.75))


def test_features_come_with_the_largest_shift_first() -> None:
    inputs = (ModelInput("a"), ModelInput("b", kind=InputKind.nominal, levels=("x", "y")))
    then = np.column_stack([np.arange(400.0), np.repeat([0.0, 1.0], 200)])
    now = np.column_stack([np.arange(400.0), np.repeat([0.0, NAN], [40, 360])])
    moved, still = feature_shifts(then, now, inputs)
    assert (moved.name, still.name, still.psi) == ("b", "a", 0)
    assert moved.shares == pytest.approx((0.1, 0.0, 0.9))


def test_levels_beyond_the_nine_largest_are_one_bin() -> None:
    then = pd.Categorical([f"l{number:02d}" for number in range(20) for _ in range(20 - number)])
    now = pd.Categorical(["l00", "unseen", None])
    found = level_shift("lender", then, now, (None, None))
    assert len(found.shares) == 11
    assert found.shares[0] == found.shares[9] == found.shares[10] == pytest.approx(1 / 3)
    assert found.reference_shares[0] == pytest.approx(20 / 210)


# Calibration


def test_observed_and_expected_by_hand() -> None:
    bad = np.array([1.0] * 3 + [0.0] * 7)
    found = observed_and_expected(bad, np.full(10, 0.2))
    assert (found.observed, found.expected, found.ratio, found.bad) == (3, 2, 1.5, 3)
    # Jeffreys: Beta(3.5, 7.5); its quantiles .025 and .975 by the tables of the beta distribution
    assert (found.low * 0.2, found.high * 0.2) == pytest.approx((0.0927, 0.6058), abs=1e-4)
    # z = Σ (y - p)(1 - 2p) / sqrt(Σ (1 - 2p)² p (1 - p)) = .6 · 1 / sqrt(10 · .36 · .16)
    assert found.z == pytest.approx(0.6 / np.sqrt(0.576))
    assert found.level is Level.quiet


def test_twice_as_many_as_told_is_an_alarm_and_a_trifle_of_many_is_not() -> None:
    assert observed_and_expected(np.repeat([1.0, 0.0], [60, 540]), np.full(600, 0.05)).level is Level.alarm
    trifle = observed_and_expected(np.repeat([1.0, 0.0], [53_000, 447_000]), np.full(500_000, 0.1))
    assert trifle.p < 1e-6
    assert trifle.level is Level.watch


def test_chances_that_are_too_bold_are_seen_though_the_total_is_right() -> None:
    chance = np.repeat([0.02, 0.58], 500)
    found = observed_and_expected(np.tile([1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0], 100), chance)
    assert found.ratio == pytest.approx(1)
    assert abs(found.z) > 3


def test_nothing_can_be_said_of_even_chances() -> None:
    assert spiegelhalter(np.array([1.0, 0.0]), np.array([0.5, 0.5])) == 0


def test_equal_weights_change_nothing() -> None:
    bad, chance = np.array([1.0, 0.0, 0.0, 1.0]), np.array([0.5, 0.2, 0.1, 0.7])
    plain, weighted = (observed_and_expected(bad, chance, weight) for weight in (None, np.full(4, 8.0)))
    assert (weighted.ratio, weighted.p, weighted.z) == pytest.approx((plain.ratio, plain.p, plain.z))


def test_true_chances_alarm_as_seldom_as_told() -> None:
    generator = np.random.default_rng(5)
    chance = generator.uniform(0.02, 0.3, size=400)
    found = [observed_and_expected((generator.random(400) < chance).astype(float), chance) for _ in range(400)]
    assert np.mean([one.p < 0.05 for one in found]) < 0.08
    assert np.mean([one.level is Level.alarm for one in found]) < 0.04


def test_cusum_by_hand() -> None:
    found = cusum(np.array([0.0, 1.0, 1.0, 0.0]), np.full(4, 0.5), seed=1)
    # odds doubled: a bad row adds ln 2 - ln 1.5, a good one takes ln 1.5, never below 0
    up, down = np.log(2 / 1.5), np.log(1.5)
    assert found.worse == pytest.approx([0, up, 2 * up, max(0, 2 * up - down)])
    assert found.alarm_at is None


def test_cusum_names_the_outcome_from_which_on_it_is_worse() -> None:
    generator = np.random.default_rng(2)
    rate = np.repeat([0.1, 0.3], [300, 200])
    found = cusum((generator.random(500) < rate).astype(float), np.full(500, 0.1), seed=1)
    assert found.alarm_at is not None
    assert 300 <= found.alarm_at < 400
    assert f"outcome {found.alarm_at + 1}" in found.en


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.floats(0.01, 0.99)), min_size=1, max_size=30))
def test_cusum_is_never_below_zero_and_depends_on_what_came_before_alone(rows: list[tuple[bool, float]]) -> None:
    bad, chance = np.array([float(one) for one, _ in rows]), np.array([p for _, p in rows])
    whole = cusum(bad, chance, seed=3)
    assert (np.r_[whole.worse, whole.better] >= -1e-12).all()
    half = cusum(bad[: len(bad) // 2 + 1], chance[: len(bad) // 2 + 1], seed=3)
    assert whole.worse[: len(half.worse)] == pytest.approx(half.worse)
