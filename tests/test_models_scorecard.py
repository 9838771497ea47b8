"""Classes, weights of evidence and points: by hand, and as optbinning has them."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from optbinning import OptimalBinning
from risk_tables import INPUTS, made_table

from models.binning import Bins, count_bins, fit_bins
from models.inputs import InputKind, ModelInput, encode, with_levels
from models.scorecard import Scale, Scorecard, Variable, fit_scorecard
from models.selection import fine_information, most_inputs, select_inputs

SALES = ModelInput("sales", 1)
AS_OURS = {"max_n_prebins": 12, "min_prebin_size": 0.05, "min_bin_size": 0.05, "max_n_bins": 6}


def test_weight_of_evidence_and_information_value_by_hand() -> None:
    values = np.array([1.0, 1, 1, 1, 5, 5, 5, 5, np.nan])
    bad = np.array([1, 1, 1, 0, 1, 0, 0, 0, 0])
    bins = count_bins(values, bad, (3.0,), ())
    assert (bins.bad, bins.good) == ((3, 1, 0), (1, 3, 1))
    low, high = np.log((1 / 5) / (3 / 4)), np.log((3 / 5) / (1 / 4))
    # Missing: none of 4 bad, 1 of 5 good, and an eighth of either added.
    missing = np.log((1 + 5 / 8) / 5) - np.log((0 + 4 / 8) / 4)
    assert bins.woe == pytest.approx((low, high, missing))
    assert bins.information_value == pytest.approx(
        (1 / 5 - 3 / 4) * low + (3 / 5 - 1 / 4) * high + (1 / 5 - 0) * missing
    )
    assert bins.transform(np.array([2.9, 3.0, np.nan])) == pytest.approx((low, high, missing))


def test_missing_is_a_class_of_its_own_that_says_little_where_it_is_rare() -> None:
    values = np.r_[np.full(600, 1.0), np.full(600, 5.0), np.full(300, np.nan)]
    bad = np.r_[np.repeat([1, 0], [300, 300]), np.repeat([1, 0], [100, 500]), np.repeat([1, 0], [250, 50])]
    bins = fit_bins(values, bad, SALES)
    assert (bins.bad[-1], bins.good[-1]) == (250, 50)
    empirical = np.log((50 / 850) / (250 / 650))
    assert empirical < bins.woe[-1] < empirical / 2
    rare = fit_bins(values[:1203], bad[:1203], SALES)
    assert (rare.bad[-1], rare.good[-1]) == (3, 0)
    assert -0.1 < rare.woe[-1] < 0
    assert fit_bins(values[:1200], bad[:1200], SALES).woe[-1] == 0


@pytest.mark.parametrize(("direction", "trend"), [(1, "descending"), (-1, "ascending"), (0, "auto_asc_desc")])
def test_numbers_transform_as_optbinning_transforms_them(direction: int, trend: str) -> None:
    generator = np.random.default_rng(11)
    values = generator.normal(size=400)
    bad = (generator.random(400) < 1 / (1 + np.exp(1 + values * (direction or 1)))).astype(int)
    values[:60] = np.nan
    theirs = OptimalBinning(monotonic_trend=trend, **AS_OURS)
    theirs.fit(values, bad)
    asked = np.r_[values, theirs.splits, -9.0, 9.0]
    ours = fit_bins(values, bad, ModelInput("x", direction))
    assert ours.splits == tuple(theirs.splits)
    known = asked[~np.isnan(asked)]
    assert ours.transform(known) == pytest.approx(theirs.transform(known))


def test_levels_transform_as_optbinning_transforms_them() -> None:
    generator = np.random.default_rng(12)
    level = generator.integers(0, 4, 500)
    bad = (generator.random(500) < np.array([0.1, 0.3, 0.5, 0.32])[level]).astype(int)
    item = ModelInput("kind", 0, InputKind.nominal, ("a", "b", "c", "d"))
    ours = fit_bins(level.astype(float), bad, item)
    text = np.array(item.levels, dtype=object)[level]
    theirs = OptimalBinning(dtype="categorical", **AS_OURS)
    theirs.fit(text, bad)
    assert ours.transform(level.astype(float)) == pytest.approx(theirs.transform(text))
    assert ours.transform(np.array([9.0, np.nan])) == pytest.approx((0, 0))


@given(st.integers(0, 10_000), st.sampled_from([1, -1]))
def test_classes_never_run_against_the_direction(seed: int, direction: int) -> None:
    generator = np.random.default_rng(seed)
    values = generator.lognormal(size=150)
    bad = (generator.random(150) < 0.3).astype(int)
    woe = np.array(fit_bins(values, bad, ModelInput("x", direction)).woe[:-1])
    assert (np.diff(woe) * direction >= -1e-12).all()


def test_an_input_against_its_direction_says_nothing() -> None:
    values = np.arange(200.0)
    bins = fit_bins(values, (values > 150).astype(int), SALES)
    assert bins.splits == ()
    assert bins.information_value == 0


def test_points_double_the_odds_every_pdo() -> None:
    bins = Bins(splits=(3.0,), groups=(), bad=(30, 10, 0), good=(30, 90, 0), woe=(-1.0, 0.5, 0.0))
    card = Scorecard((SALES,), (Variable(0, bins, 0.8),), intercept=-1.2, scale=Scale(600, 30, 20))
    matrix = np.array([[1.0], [4.0], [np.nan]])
    log_odds = card.log_odds(matrix)
    assert log_odds == pytest.approx((-0.4, -1.6, -1.2))
    good_odds = np.exp(-log_odds)
    assert card.points(matrix) == pytest.approx(600 + 20 * np.log2(good_odds / 30))
    assert (card.points(matrix, whole=True) == np.rint(card.points(matrix))).all()


def test_a_scorecard_without_variables_gives_the_base_rate() -> None:
    generator = np.random.default_rng(0)
    bad = np.repeat([1, 0], [20, 80])
    card = fit_scorecard(generator.normal(size=(100, 2)) * 0, bad, (SALES, ModelInput("void", -1)))
    assert card.variables == ()
    assert card.log_odds(np.array([[1.0, np.nan]])) == pytest.approx([np.log(20 / 80)])
    assert card.points(np.array([[1.0, np.nan]])) == pytest.approx([600 + 20 * np.log2(4 / 30)])


def test_a_fitted_scorecard_adds_up_and_survives_json() -> None:
    table = made_table(400)
    inputs = with_levels(table.features, INPUTS)
    matrix = encode(table.features, inputs)
    card = fit_scorecard(matrix, table.bad, inputs)
    assert {inputs[v.position].name for v in card.variables} >= {"sales", "tax_rating"}
    assert all(v.coefficient >= 0 for v in card.variables)
    parts, base = card.contributions(matrix)
    assert base + parts.sum(axis=1) == pytest.approx(card.log_odds(matrix))
    # The fit is calibrated in the large: it expects as many defaults as there were.
    assert (1 / (1 + np.exp(-card.log_odds(matrix)))).sum() == pytest.approx(table.bad.sum())
    again = Scorecard.from_json(card.as_json(), inputs)
    assert (again.log_odds(matrix) == card.log_odds(matrix)).all()
    assert again == card


def test_inputs_are_as_many_as_the_outcomes_carry() -> None:
    assert most_inputs(np.repeat([1, 0], [27, 96])) == 3
    assert most_inputs(np.repeat([1, 0], [10, 500])) == 1
    assert most_inputs(np.repeat([1, 0], [5000, 3000])) == 12


def test_selection_leaves_noise_twins_and_what_runs_the_wrong_way() -> None:
    generator = np.random.default_rng(4)
    truth = generator.normal(size=600)
    bad = (generator.random(600) < 1 / (1 + np.exp(1 + 1.5 * truth))).astype(int)
    other = generator.normal(size=600) - bad
    columns = {
        "twin": truth * 2 + generator.normal(size=600) * 0.05,
        "truth": truth,
        "noise": generator.normal(size=600),
        "wrong": -truth,
        "other": other,
    }
    inputs = tuple(ModelInput(name, 1) for name in columns)
    taken = select_inputs(np.column_stack(list(columns.values())), bad, inputs)
    names = [inputs[position].name for position, _ in taken]
    assert "other" in names
    assert len({"twin", "truth"} & set(names)) == 1
    assert not {"noise", "wrong"} & set(names)


def test_noise_alone_is_hardly_ever_taken() -> None:
    taken = 0
    for seed in range(20):
        generator = np.random.default_rng(seed)
        bad = generator.permutation(np.repeat([1, 0], [27, 96]))
        matrix = generator.normal(size=(123, 10))
        taken += len(select_inputs(matrix, bad, [ModelInput(f"x{n}", 0) for n in range(10)]))
    assert taken <= 8  # of 200 columns, at one in a hundred


def test_fine_information_counts_missing_as_a_class() -> None:
    bad = np.repeat([1, 0], [50, 50])
    values = np.where(bad == 1, np.nan, 1.0)
    information, classes = fine_information(values, bad, SALES)
    assert classes == 2
    assert information == pytest.approx(2 * (50 / 51) * np.log(50.5 / 0.5))


def test_codes_are_read_by_level_and_the_unknown_is_missing() -> None:
    frame = pd.DataFrame({"tax_rating": ["A", "D", "X", None], "sales": pd.array([1, None, 3, 4], dtype="Int64")})
    inputs = (
        ModelInput("tax_rating", -1, InputKind.ordinal, ("A", "B", "M", "C", "D")),
        ModelInput("sales", 1),
        ModelInput("withheld", 1),
    )
    expected = [[0, 1, np.nan], [4, np.nan, np.nan], [np.nan, 3, np.nan], [np.nan, 4, np.nan]]
    np.testing.assert_array_equal(encode(frame, inputs), expected)


def test_a_stored_scorecard_predicts_without_optbinning_and_lightgbm() -> None:
    script = (
        "import sys, models.artifact;"
        "print(sorted({'optbinning', 'ortools', 'cvxpy', 'sklearn', 'lightgbm'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)  # noqa: S603
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
