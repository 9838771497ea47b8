"""The figures of a risk study: by hand and as scikit-learn has them, in pairs, and the report as a whole."""

import json

import numpy as np
import pytest
from risk_studies import TABLED, history, made_loans, made_payments
from sklearn.metrics import average_precision_score, log_loss

from models.errors import StudyError
from models.metrics import Floats, weighted_average_precision
from models.risk_figures import Scored, risk_figures, weighted_ece, weighted_log_loss
from models.risk_report import MODEL, risk_report

GENERATOR = np.random.default_rng(3)
BAD = GENERATOR.integers(0, 2, 200)
SCORE: Floats = np.asarray(
    np.round(np.clip(0.3 + 0.3 * BAD + GENERATOR.normal(size=200) * 0.2, 0.01, 0.99), 2), dtype=np.float64
)
COUNTS = GENERATOR.integers(0, 4, (5, 200)).astype(float)


def test_measures_by_weight_are_scikit_learns() -> None:
    precision, loss = weighted_average_precision(BAD, SCORE, COUNTS), weighted_log_loss(BAD, SCORE, COUNTS)
    for number, count in enumerate(COUNTS):
        assert precision[number] == pytest.approx(average_precision_score(BAD, SCORE, sample_weight=count))
        assert loss[number] == pytest.approx(log_loss(BAD, SCORE, sample_weight=count))


def test_calibration_error_by_hand() -> None:
    bad, chance = np.array([1, 0, 0, 1]), np.array([0.25, 0.25, 0.5, 0.5])
    assert weighted_ece(bad, chance, np.ones((1, 4)))[0] == pytest.approx((0.5 + 0) / 4)
    assert weighted_ece(bad, chance, np.array([[1.0, 0, 1, 0]]))[0] == pytest.approx((0.75 + 0.5) / 2)


def test_a_model_against_itself_differs_by_nothing_and_a_better_one_beyond_doubt() -> None:
    units = np.arange(200).astype(np.str_)
    noise = GENERATOR.random(200)
    scored = {"a": Scored(SCORE), "same": Scored(SCORE), "noise": Scored(noise, is_probability=False)}
    found = risk_figures(scored, BAD, units, seed=1, draws=200)
    same, worse = found.differences["same"]["auc"], found.differences["noise"]["auc"]
    assert (same.estimate, same.low, same.high) == (0, 0, 0)
    assert not same.excludes_zero
    assert worse.low > 0
    assert set(found.figures["noise"]) == {"auc", "ks", "average_precision"}
    area = found.figures["a"]["auc"]
    assert area.low < area.estimate < area.high
    assert 0.005 < found.errors["a"]["auc"] < 0.06


def test_the_report_tells_model_baselines_and_champions() -> None:
    loans = made_loans(240, seed=5)
    paying = made_payments(loans.iloc[100:])
    found = risk_report(history(loans, TABLED), None, {"payments": paying}, TABLED, 7)
    told = json.loads(json.dumps(found.as_json(), allow_nan=False))
    methods = {row["method"] for row in told["rows"]}
    assert methods == {MODEL, "best single column", "scorecard", "plain LightGBM"}
    assert {row["against"] for row in told["differences"]} == methods - {MODEL}
    assert told["reported"] == {"rows": 240, "bad": int(loans["bad"].sum()), "out_of_fold": True}
    assert len(told["champions"]) == TABLED.folds
    assert any("AUC" in line for line in found.lines())
    within = told["within"]["payments"]
    recorded = loans[loans["loan"].isin(paying["loan"])]
    assert within["reported"] == {"rows": len(recorded), "bad": int(recorded["bad"].sum())}
    assert len(recorded) <= 140
    assert {row["method"] for row in within["rows"]} == methods
    assert any("a record in payments" in line for line in found.lines())


def test_one_outcome_alone_cannot_be_reported() -> None:
    loans = made_loans(120, seed=5)
    tables = {"payments": made_payments(loans)}
    good = history(loans[loans["bad"] == 0].iloc[:20], TABLED)
    with pytest.raises(StudyError, match="one outcome"):
        risk_report(history(loans.iloc[60:], TABLED), good, tables, TABLED, 7)
