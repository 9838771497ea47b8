"""The risk model of a study: blind to order, keys and columns not named, at ease with the unseen, stored as text."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from risk_studies import CONFIG, TABLED, history, made_loans, made_payments, queries

from models.default_risk import ModelKind
from models.errors import ArtifactError, NotEnoughOutcomesError, StudyError
from models.metrics import auc
from models.study_risk import RiskStudy, fit_study

LOANS = made_loans()
FRESH = made_loans(300, seed=8)


@cache
def model() -> RiskStudy:
    return fit_study(history(LOANS), {}, CONFIG, 7, quick=True)


@cache
def fresh() -> np.ndarray:
    return model().predict(queries(FRESH), {})


def test_the_truth_is_found_in_rows_of_another_draw() -> None:
    assert ((fresh() > 0) & (fresh() < 1)).all()
    assert auc(FRESH["bad"], fresh()) > 0.62


def test_neither_the_order_of_rows_nor_their_keys_change_a_byte() -> None:
    order = np.random.default_rng(3).permutation(len(LOANS))
    renamed = LOANS.assign(loan=np.random.default_rng(4).permutation(LOANS["loan"])).iloc[order]
    assert fit_study(history(renamed), {}, CONFIG, 7, quick=True).files() == model().files()


def test_a_row_scores_as_it_does_among_others() -> None:
    order = np.random.default_rng(5).permutation(len(FRESH))[:40]
    assert model().predict(queries(FRESH.iloc[order]), {}).tolist() == fresh()[order].tolist()


def test_files_bring_the_model_back_to_the_byte() -> None:
    files = model().files()
    again = RiskStudy.from_files(files)
    assert again.predict(queries(FRESH), {}).tolist() == fresh().tolist()
    assert again.files() == files
    with pytest.raises(ArtifactError, match="cannot be read"):
        RiskStudy.from_files({name: content for name, content in files.items() if name != "counts.parquet"})
    with pytest.raises(ArtifactError, match="format 99"):
        RiskStudy.from_files({**files, "risk.json": files["risk.json"].replace(b'"format": 1', b'"format": 99')})


def test_types_may_differ_and_unseen_or_missing_levels_do_not_fail() -> None:
    other = FRESH.assign(line=FRESH["line"].astype("category"), staff=FRESH["staff"].astype("Int64"))
    assert model().predict(queries(other), {}).tolist() == fresh().tolist()
    odd = FRESH.assign(lender="never seen", city=None, state="nowhere", debt=np.nan, amount=np.nan)
    chance = model().predict(queries(odd), {})
    assert np.isfinite(chance).all()
    assert ((chance > 0) & (chance < 1)).all()


def test_only_named_columns_are_read_and_the_day_is_no_feature() -> None:
    more = LOANS.assign(leak=LOANS["bad"], note="x")
    assert fit_study(history(more), {}, CONFIG, 7, quick=True).files() == model().files()
    later = FRESH.assign(day=pd.Timestamp("2031-05-05"))
    assert model().predict(queries(later), {}).tolist() == fresh().tolist()
    assert not [name for name in model().features.columns if "day" in name or "mix" in name or "loan" in name]


def test_the_columns_say_what_they_are() -> None:
    columns = model().features.columns
    for name in (
        "staff ÷ debt",
        "amount, trailing zeros",
        "state = lender_state",
        "state × city by outcome",
        "lender by outcome",
        "line, level",
    ):
        assert name in columns
    assert len(set(columns)) == len(columns)
    assert model().features.matrix(queries(FRESH).levels, queries(FRESH).numbers).shape == (300, len(columns))


def test_weights_weight_the_fit() -> None:
    heavy = fit_study(history(LOANS.assign(mix=np.where(LOANS["bad"] == 1, 20.0, 1.0))), {}, CONFIG, 7, quick=True)
    assert heavy.predict(queries(FRESH), {}).mean() > fresh().mean() + 0.2


def test_a_sample_weight_that_hangs_on_the_outcome_tells_no_row_its_outcome() -> None:
    # Noise alone: whatever the weights restore, the model must not do better than chance on rows of another draw, and
    # no column of the fit's own matrix may separate them.
    generator = np.random.default_rng(6)
    noise = LOANS.assign(bad=generator.integers(0, 2, len(LOANS)).astype(float))
    noise["lender"] = [f"bank {number}" for number in generator.integers(0, 120, len(LOANS))]
    noise["mix"] = np.where(noise["bad"] == 1, 1.0, 5.0)
    fitted = fit_study(history(noise), {}, CONFIG, 7, quick=True)
    other = made_loans(600, seed=21)
    chance = fitted.predict(queries(other), {})
    assert abs(auc(generator.permutation(other["bad"]), chance) - 0.5) < 0.08


def test_the_scorecard_stays_champion_unless_the_trees_beat_it_beyond_doubt() -> None:
    config = replace(CONFIG, columns=replace(CONFIG.columns, place=(), categories=("line",), amount=None, weight=None))
    table = made_loans(260, seed=12)
    found = fit_study(history(table, config), {}, config, 7)
    assert found.compared is not None
    assert found.kind is (ModelKind.boosted if found.compared.high < 0 else ModelKind.scorecard)
    asked = queries(FRESH, config)
    assert RiskStudy.from_files(found.files()).predict(asked, {}).tolist() == found.predict(asked, {}).tolist()


def test_further_tables_are_read_by_the_key() -> None:
    tables = {"payments": made_payments(LOANS)}
    fitted = fit_study(history(LOANS, TABLED), tables, TABLED, 7, quick=True)
    asked = {"payments": made_payments(FRESH)}
    chance = fitted.predict(queries(FRESH, TABLED), asked)
    assert auc(FRESH["bad"], chance) > 0.6
    again = RiskStudy.from_files(fitted.files())
    assert again.predict(queries(FRESH, TABLED), asked).tolist() == chance.tolist()
    shuffled = {"payments": asked["payments"].sample(frac=1, random_state=3)}
    assert fitted.predict(queries(FRESH, TABLED), shuffled).tolist() == chance.tolist()


def test_what_cannot_be_fitted_is_refused() -> None:
    few = LOANS[(LOANS["bad"] == 0) | (LOANS["bad"].cumsum() <= 9)]
    with pytest.raises(NotEnoughOutcomesError, match="9 and"):
        fit_study(history(few), {}, CONFIG, 7, quick=True)
    with pytest.raises(StudyError, match="no label"):
        fit_study(history(LOANS.assign(bad=LOANS["bad"].where(LOANS.index != 3))), {}, CONFIG, 7, quick=True)
    with pytest.raises(StudyError, match="no metric"):
        fit_study(history(LOANS), {}, replace(CONFIG, metric="accuracy"), 7, quick=True)
    with pytest.raises(StudyError, match="not given"):
        fit_study(history(LOANS, TABLED), {}, TABLED, 7, quick=True)


def test_small_and_empty_columns_can_be_fitted() -> None:
    generator = np.random.default_rng(9)
    small = made_loans(30, seed=31).assign(bad=generator.permutation([1.0] * 12 + [0.0] * 18))
    blank = small.assign(amount=np.nan, debt=np.nan, lender=None, city=None, line=None, staff=1)
    for table in (small, blank):
        fitted = fit_study(history(table), {}, CONFIG, 7)
        chance = RiskStudy.from_files(fitted.files()).predict(queries(FRESH), {})
        assert ((chance > 0) & (chance < 1)).all()
