"""The calibrations: monotone, chosen by rule, the isotonic one as scikit-learn's, all of them JSON."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from models.calibration_curves import Beta, Isotonic, Line, curve_from_json, fit_curve, pool_adjacent_violators
from models.logistic import probability


def drawn(rows: int, seed: int, slope: float = 1.0, shift: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    raw = generator.normal(size=rows) * 1.5
    return raw, (generator.random(rows) < probability(slope * raw + shift)).astype(np.int64)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0.1, 9)), min_size=1, max_size=40))
def test_pooled_blocks_are_scikit_learns(rows: list[tuple[float, float]]) -> None:
    values, weight = np.array([one for one, _ in rows]), np.array([one for _, one in rows])
    means, block = pool_adjacent_violators(values, weight)
    theirs = IsotonicRegression().fit_transform(np.arange(len(rows)), values, sample_weight=weight)
    assert means[block] == pytest.approx(theirs, abs=1e-9)


def test_pooling_by_hand() -> None:
    means, block = pool_adjacent_violators(np.array([0.1, 0.5, 0.3, 0.9]), np.array([1.0, 1, 3, 1]))
    assert means == pytest.approx([0.1, 0.35, 0.9])
    assert block.tolist() == [0, 1, 1, 2]


def test_many_events_are_isotonic_and_few_a_line() -> None:
    assert isinstance(fit_curve(*drawn(3000, 1)), Isotonic)
    assert isinstance(fit_curve(*drawn(600, 1)), Line)


def test_a_bent_truth_earns_the_beta_curve() -> None:
    generator = np.random.default_rng(5)
    raw = generator.normal(size=2000) * 1.5
    truth = probability(-2.5 + 0.4 * np.log(probability(raw)) - 3.0 * np.log1p(-probability(raw)))
    bad = (generator.random(2000) < truth).astype(np.int64)
    assert bad.sum() < 1000
    curve = fit_curve(raw, bad)
    assert isinstance(curve, Beta)
    assert np.abs(probability(curve.log_odds(raw)) - truth).mean() < 0.02


@pytest.mark.parametrize("rows", [900, 9000])
def test_calibrated_chances_are_true_on_other_rows(rows: int) -> None:
    curve = fit_curve(*drawn(rows, 3, slope=0.5, shift=-0.7))
    raw, bad = drawn(40_000, 4, slope=0.5, shift=-0.7)
    chance = probability(curve.log_odds(raw))
    assert chance.mean() == pytest.approx(bad.mean(), abs=0.04)
    for low, high in ((-9, -1), (-1, 1), (1, 9)):
        within = (raw > low) & (raw < high)
        assert chance[within].mean() == pytest.approx(bad[within].mean(), abs=0.06)


@pytest.mark.parametrize("rows", [300, 1500, 5000])
def test_order_is_kept_and_scores_that_differ_stay_apart(rows: int) -> None:
    raw, bad = drawn(rows, 7)
    curve = fit_curve(raw, bad)
    grid = np.linspace(-12, 12, 2001)
    assert (np.diff(curve.log_odds(grid)) > 0).all()


def test_weights_count_rows() -> None:
    raw, bad = drawn(500, 9)
    twice = fit_curve(np.r_[raw, raw], np.r_[bad, bad])
    weighted = fit_curve(raw, bad, np.full(500, 7.0))
    assert weighted.log_odds(raw) == pytest.approx(twice.log_odds(raw), abs=0.05)
    heavy = fit_curve(raw, bad, np.where(bad == 1, 3.0, 1.0))
    share = 3 * bad.sum() / (3 * bad.sum() + (1 - bad).sum())
    chance = probability(heavy.log_odds(raw))
    assert np.average(chance, weights=np.where(bad == 1, 3.0, 1.0)) == pytest.approx(share, abs=0.01)


def test_scores_against_the_outcomes_say_nothing() -> None:
    raw, bad = drawn(3000, 11)
    chance = probability(fit_curve(-raw, bad).log_odds(-raw))
    assert chance == pytest.approx(np.full(3000, bad.mean()), abs=0.01)


@pytest.mark.parametrize("rows", [300, 5000])
def test_curves_come_back_from_json_and_their_steepness_spans_what_they_say(rows: int) -> None:
    raw, bad = drawn(rows, 13)
    for curve in (fit_curve(raw, bad), Beta(-0.2, 0.9, 1.4)):
        again = curve_from_json(json.loads(json.dumps(curve.as_json())))
        assert again.log_odds(raw).tolist() == curve.log_odds(raw).tolist()
        low = np.full(len(raw), 0.25)
        risen = curve.steepness(low, raw) * (raw - low)
        assert risen == pytest.approx(curve.log_odds(raw) - curve.log_odds(low), abs=1e-9)
        assert np.isfinite(curve.steepness(low, low)).all()


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="no kind"):
        curve_from_json({"kind": "spline"})
