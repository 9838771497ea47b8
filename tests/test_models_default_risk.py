"""The fit as a whole: champion by rule, firms of the fit out of fold, refusals, missing blocks."""

from dataclasses import replace

import numpy as np
import pytest
from risk_tables import INPUTS, made_features, made_table, reordered

from models.bootstrap import Interval
from models.default_risk import (
    Contributions,
    DefaultRisk,
    ModelKind,
    TrainingTable,
    choose_champion,
    fit_default_risk,
    preset_repeats,
)
from models.errors import NotEnoughOutcomesError, TrainingTableError
from models.inputs import ModelInput, encode
from models.metrics import auc
from models.scorecard import fit_scorecard
from models.validation import Comparison

TABLE = made_table(240)


def fitted(table: TrainingTable, repeats: int = 1) -> DefaultRisk:
    return fit_default_risk(table, seed=7, inputs=INPUTS, repeats=repeats, bar="sales")


@pytest.fixture(scope="module")
def model() -> DefaultRisk:
    return fitted(TABLE, repeats=2)


def test_both_candidates_and_the_bar_are_reported_with_intervals(model: DefaultRisk) -> None:
    assert set(model.metrics["figures"]) == {"scorecard", "boosted"}
    for figures in model.metrics["figures"].values():
        assert figures["auc"]["low"] < figures["auc"]["estimate"] < figures["auc"]["high"]
        assert figures["gini"] == pytest.approx(2 * figures["auc"]["estimate"] - 1)
    assert set(model.metrics["differences"]) == {"scorecard - boosted", "scorecard - sales", "boosted - sales"}
    # The bar is the variable itself, no fit: its median stands in where it is missing.
    sales = TABLE.features["sales"]
    assert model.metrics["bar_auc"]["estimate"] == pytest.approx(auc(TABLE.bad, -sales.fillna(sales.median())))


def test_a_firm_of_the_fit_is_scored_by_the_fold_that_did_not_see_it(model: DefaultRisk) -> None:
    ours = model.predict(TABLE.features, list(TABLE.enterprises))
    strangers = model.predict(TABLE.features, [f"uscc:new{number}" for number in range(len(TABLE.bad))])
    assert (ours != strangers).mean() > 0.9
    assert set(model.fold_of) == set(TABLE.enterprises)
    assert len(set(model.fold_of.values())) == 5
    one = model.predict(TABLE.features.iloc[[17]], [str(TABLE.enterprises[17])])
    assert one[0] == ours[17]
    # Out of fold the figures are what the report says: its first repeat's folds are the ones kept.
    single = fitted(TABLE)
    area = auc(TABLE.bad, single.predict(TABLE.features, list(TABLE.enterprises)))
    assert area == pytest.approx(single.metrics["figures"][str(single.kind)]["auc"]["estimate"])


def test_a_fold_model_is_the_fit_of_the_other_folds_alone(model: DefaultRisk) -> None:
    matrix = encode(TABLE.features, model.inputs)
    fold_of = np.array([model.fold_of[str(enterprise)] for enterprise in TABLE.enterprises])
    assert model.kind is ModelKind.scorecard
    for fold, fold_model in enumerate(model.fold_models):
        seen = fold_of != fold
        # Refitted without a row, class, cut point or choice of inputs from the fold that it scores.
        alone = fit_scorecard(matrix[seen], TABLE.bad[seen], model.inputs)
        assert fold_model.log_odds(matrix).tolist() == alone.log_odds(matrix).tolist()


def test_outcomes_without_a_pattern_are_not_learned() -> None:
    generator = np.random.default_rng(17)
    features = TABLE.features.assign(**{f"noise_{n}": generator.normal(size=240) for n in range(20)})
    inputs = (*INPUTS, *(ModelInput(f"noise_{n}", tables=("invoices",)) for n in range(20)))
    shuffled = replace(TABLE, features=features, bad=generator.permutation(TABLE.bad))
    model = fit_default_risk(shuffled, seed=7, inputs=inputs, repeats=2)
    for figures in model.metrics["figures"].values():
        # One leak (choice of inputs, classes or calibration on all rows) lifts this well above one half.
        assert figures["auc"]["estimate"] < 0.57


def test_neither_rows_nor_columns_have_an_order(model: DefaultRisk) -> None:
    shuffled = fitted(reordered(TABLE, seed=5), repeats=2)
    assert shuffled.metrics == model.metrics
    ours = model.predict(TABLE.features, list(TABLE.enterprises))
    assert shuffled.predict(TABLE.features, list(TABLE.enterprises)).tolist() == ours.tolist()


def test_contributions_explain_what_predict_says(model: DefaultRisk) -> None:
    told: Contributions = model.contributions(TABLE.features, list(TABLE.enterprises))
    assert list(told.table.columns) == list(model.features)
    chance = model.predict(TABLE.features, list(TABLE.enterprises))
    assert 1 / (1 + np.exp(-told.log_odds())) == pytest.approx(chance)


def test_any_feature_and_any_block_may_be_missing(model: DefaultRisk) -> None:
    features = made_features(30, seed=77)
    names = [f"uscc:new{n}" for n in range(30)]
    for name in features.columns:
        assert np.isfinite(model.predict(features.assign(**{name: None}), names)).all()
    # A block that is not authorised is not in the table at all, which is the same as missing.
    withheld = features.drop(columns=["sales", "void_ratio", "noise"])
    blank = features.assign(sales=np.nan, void_ratio=np.nan, noise=np.nan)
    assert model.predict(withheld, names).tolist() == model.predict(blank, names).tolist()
    chance = model.predict(features.iloc[:, :0], names)
    assert len(set(chance.tolist())) == 1
    assert abs(chance[0] - TABLE.bad.mean()) < 0.25


def test_a_label_without_a_day_has_no_horizon() -> None:
    model = fitted(made_table(240, dated=False))
    assert (model.probability_name, model.marks) == ("default_probability", ("undated label",))
    assert "horizon" in model.label


def test_a_dated_label_gives_pd_12m(model: DefaultRisk) -> None:
    assert (model.probability_name, model.marks) == ("pd_12m", ())
    assert "12 months" in model.label


def test_too_few_outcomes_are_refused_with_their_number() -> None:
    keep = np.r_[np.flatnonzero(TABLE.bad == 1)[:9], np.flatnonzero(TABLE.bad == 0)]
    few = TrainingTable(
        TABLE.features.iloc[keep], TABLE.bad[keep], TABLE.enterprises[keep], TABLE.days[keep], dated=True
    )
    with pytest.raises(NotEnoughOutcomesError, match=r"at least 10 .*; 9 and"):
        fitted(few)


def test_many_rows_of_few_firms_are_few_outcomes() -> None:
    firms = np.array([f"uscc:{n % 15}" for n in range(len(TABLE.bad))])
    days = np.datetime64("2020-01-31") + np.arange(len(TABLE.bad))
    with pytest.raises(NotEnoughOutcomesError):
        fitted(TrainingTable(TABLE.features, TABLE.bad, firms, days, dated=True))


def test_tables_that_cannot_be_fitted_are_refused() -> None:
    with pytest.raises(TrainingTableError, match="differ in length"):
        TrainingTable(TABLE.features, TABLE.bad[:-1], TABLE.enterprises, TABLE.days, dated=True)
    with pytest.raises(TrainingTableError, match="0 or 1"):
        TrainingTable(TABLE.features, np.where(TABLE.bad == 1, np.nan, 0), TABLE.enterprises, TABLE.days, dated=True)
    with pytest.raises(TrainingTableError, match="twice"):
        TrainingTable(TABLE.features, TABLE.bad, np.full(240, "uscc:1"), TABLE.days, dated=True)
    with pytest.raises(TrainingTableError, match="lacks the columns sales"):
        fitted(replace(TABLE, features=TABLE.features.drop(columns="sales")))
    with pytest.raises(TrainingTableError, match="nothing to learn"):
        fit_default_risk(replace(TABLE, features=TABLE.features.assign(sales=1.0)), seed=1, inputs=INPUTS[:1])


def test_a_column_that_is_no_dictionary_feature_cannot_slip_in() -> None:
    with pytest.raises(TrainingTableError, match="credit_rating"):
        fit_default_risk(replace(TABLE, features=TABLE.features.assign(credit_rating="D")), seed=1)


def test_rows_and_enterprises_must_pair(model: DefaultRisk) -> None:
    with pytest.raises(ValueError, match="240 rows of features were given with 1 enterprises"):
        model.predict(TABLE.features, ["uscc:1"])


@pytest.mark.parametrize(
    ("difference", "champion"),
    [
        (Interval(-0.03, -0.05, -0.01), ModelKind.boosted),
        (Interval(-0.03, -0.07, 0.01), ModelKind.scorecard),  # better, but not beyond doubt
        (Interval(-0.03, -0.06, 0.0), ModelKind.scorecard),
        (Interval(0.03, 0.01, 0.05), ModelKind.scorecard),
    ],
)
def test_the_challenger_must_be_better_beyond_its_interval(difference: Interval, champion: ModelKind) -> None:
    assert choose_champion(Comparison({}, None, None, {"scorecard - boosted": difference})) is champion


def test_trees_become_champion_where_a_scorecard_cannot_follow() -> None:
    generator = np.random.default_rng(31)
    bad = np.repeat([1, 0], [300, 500])
    features = made_features(800, seed=31)
    # Two inputs that say nothing alone and everything together.
    first = generator.normal(size=800)
    features = features.assign(first=first, second=np.where(bad == 1, first, -first) + generator.normal(0, 0.3, 800))
    inputs = (ModelInput("first"), ModelInput("second"), *INPUTS[:2])
    firms = np.array([f"uscc:{n}" for n in range(800)])
    days = np.full(800, np.datetime64("2024-06-30"))
    model = fit_default_risk(TrainingTable(features, bad, firms, days, dated=True), seed=2, inputs=inputs, repeats=1)
    assert model.kind is ModelKind.boosted
    assert model.metrics["champion"] == "boosted"


def test_more_rows_need_fewer_repeats() -> None:
    assert [preset_repeats(n) for n in (123, 1000, 2000, 10**6)] == [20, 5, 2, 1]
