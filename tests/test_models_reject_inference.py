"""What is assumed of the refused: the rates of the bands by hand, and that figures stay those of known outcomes."""

import numpy as np
import pandas as pd
import pytest
from risk_tables import INPUTS, made_table

from models.card import model_card
from models.default_risk import fit_default_risk
from models.errors import TrainingTableError
from models.reject_inference import (
    NOTHING_ASSUMED,
    Refused,
    RejectInference,
    RejectMethod,
    parcelled,
)

TWICE = RejectInference(RejectMethod.parcelling, 2.0)


def test_each_band_has_so_many_times_the_bad_rate_of_the_granted() -> None:
    # Ten bands of twenty granted each: none of the lowest five default, one to five in twenty of the others.
    score = np.repeat(np.arange(10.0), 20)
    bads = np.concatenate([[1] * max(band - 4, 0) + [0] * (20 - max(band - 4, 0)) for band in range(10)])
    refused = np.repeat([2.0, 7.0, 9.0], 40)
    keys = [f"{number:03d}" for number in range(120)]
    for factor, expected in ((1.0, (0, 6, 10)), (2.0, (0, 12, 20)), (10.0, (1, 40, 40))):
        # The base rate is 15 in 200, of which half a row is added: 3.0375 in 20.5, 5.0375 in 20.5; 0.0375 in 20.5.
        found = parcelled((score, bads), refused, keys, factor)
        assert tuple(found.reshape(3, 40).sum(axis=1).tolist()) == expected
        # Which ones: the first by key.
        assert found[40:80].tolist() == sorted(found[40:80].tolist(), reverse=True)


def test_the_order_of_the_refused_changes_nothing() -> None:
    rng = np.random.default_rng(1)
    score, bads = rng.normal(size=500), (rng.random(500) < 0.2).astype(np.int64)
    refused, keys = rng.normal(size=80), [f"{one:.6f}" for one in rng.random(80)]
    order = rng.permutation(80)
    found = parcelled((score, bads), refused, keys, 2.0)
    assert parcelled((score, bads), refused[order], [keys[one] for one in order], 2.0).tolist() == found[order].tolist()


@pytest.mark.parametrize("factor", [0.5, 11.0, float("nan")])
def test_a_factor_is_one_to_ten(factor: float) -> None:
    with pytest.raises(TrainingTableError, match="between 1 and 10"):
        RejectInference(RejectMethod.parcelling, factor)


def test_a_method_names_its_assumption_in_both_languages() -> None:
    assert NOTHING_ASSUMED.as_json(0)["assumption"] == {
        "zh": "未做拒绝推断：只用已放款且结果已知的样本，默认被拒企业与特征相同的获批企业表现相同",
        "en": "no reject inference: fitted on granted loans with a known outcome, as if the refused would have done as "
        "the granted of the same features",
    }
    told = TWICE.as_json(7)
    assert (told["method"], told["factor"], told["refused"]) == ("parcelling", 2.0, 7)
    assert "违约率为获批企业的 2 倍" in told["assumption"]["zh"]
    assert "default 2 times as often as the granted; no data can test it" in told["assumption"]["en"]


def test_a_model_that_assumes_says_so_and_raises_the_risk_of_the_refused_alone() -> None:
    table = made_table(600)
    worst = table.features.iloc[:120].reset_index(drop=True)
    refused = Refused(
        worst,
        np.array([f"uscc:R{number}" for number in range(120)]),
        np.full(120, np.datetime64("2025-01-01")),
        RejectInference(RejectMethod.parcelling, 5.0),
    )
    plain = fit_default_risk(table, seed=1, inputs=INPUTS, repeats=1, bar=None)
    inferred = fit_default_risk(table, seed=1, inputs=INPUTS, repeats=1, bar=None, refused=refused)
    assert "reject_inference" not in plain.metrics
    assert inferred.metrics["reject_inference"]["refused"] == 120
    assert inferred.marks[-1] == "reject inference: parcelling × 5"
    assert "reject inference: parcelling × 5" in model_card(inferred)
    assert inferred.training.rows == plain.training.rows == 600
    strangers = ["uscc:none"] * 120
    assert inferred.predict(worst, strangers).mean() > plain.predict(worst, strangers).mean()
    nobody = Refused(pd.DataFrame(), refused.enterprises[:0], refused.days[:0], TWICE)
    assert fit_default_risk(table, seed=1, inputs=INPUTS, repeats=1, bar=None, refused=nobody).predict(
        worst, strangers
    ).tolist() == (plain.predict(worst, strangers).tolist())
