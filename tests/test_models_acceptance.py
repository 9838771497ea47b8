"""The grant model: what it finds, what it says of itself, and what it refuses."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from models.acceptance import (
    Acceptance,
    DecidedTable,
    fit_acceptance,
    for_granting,
    granting_figures,
    reliability,
)
from models.errors import NotEnoughOutcomesError, TrainingTableError
from models.inputs import ModelInput

INPUTS = (
    ModelInput("tax_paid_12m_fen", 1, tables=("tax_filings",)),
    ModelInput("annual_rate_ppm", -1),
    ModelInput("noise"),
)


def table(rows: int, seed: int) -> DecidedTable:
    rng = np.random.default_rng(seed)
    quality, rate = rng.standard_normal(rows), rng.uniform(0.03, 0.09, rows)
    chance = 1 / (1 + np.exp(-(1.2 * quality + 30 * (rate - 0.06))))
    day = np.sort(np.datetime64("2024-01-01", "D") + rng.integers(0, 500, rows)).astype("datetime64[s]")
    features = pd.DataFrame(
        {"tax_paid_12m_fen": np.exp(quality), "annual_rate_ppm": rate * 1e6, "noise": rng.random(rows)}
    )
    names = np.array([f"R{place:05d}" for place in range(rows)])
    items = np.full(rows, "p1")
    return DecidedTable(features, names, items, names, day, day, (rng.random(rows) < chance).astype(np.int64))


@cache
def model() -> Acceptance:
    return fit_acceptance(table(3_000, 1), INPUTS, 5)


def test_the_chance_is_true_on_rows_it_did_not_see() -> None:
    test = table(3_000, 2)
    chance = model().granted_chance(test.features)
    figures = granting_figures(test.granted, chance, 7)
    assert figures["auc"] > 0.72
    assert figures["ece"] < figures["ece_floor_upper"] + 0.02
    bands = reliability(test.granted, chance)
    assert [band["applications"] for band in bands] == [300] * 10
    assert bands[-1]["granted"] > bands[0]["granted"] + 0.4


def test_it_speaks_of_those_that_applied() -> None:
    assert model().label == "granted, of firms that applied"


def test_more_of_a_safe_fact_never_lowers_the_chance() -> None:
    rows = table(60, 3).features
    richer = rows.assign(tax_paid_12m_fen=rows["tax_paid_12m_fen"] * 1.5)
    assert (model().granted_chance(richer) >= model().granted_chance(rows)).all()


def test_a_price_has_no_direction_for_a_bank() -> None:
    assert [for_granting(item).direction for item in INPUTS] == [1, 0, 0]
    assert for_granting(ModelInput("granted_bank_ratio", 1)).direction == 1
    assert for_granting(ModelInput("taken_product_ratio", 1)).direction == 0


def test_the_order_of_rows_changes_no_byte() -> None:
    one = table(3_000, 1)
    mixed = fit_acceptance(one.at(np.random.default_rng(1).permutation(len(one))), INPUTS, 5)
    assert (mixed.booster.text, mixed.calibration) == (model().booster.text, model().calibration)


def test_few_decisions_are_refused() -> None:
    with pytest.raises(NotEnoughOutcomesError, match="at least 40 of each"):
        fit_acceptance(table(60, 4), INPUTS, 5)


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("newest_known", np.datetime64("2030-01-01", "s"), "became known after the day of the request"),
        ("granted", 2, "neither granted nor refused"),
        ("query", "R00000", "stands twice"),
    ],
)
def test_a_row_that_leaks_is_named(name: str, value: object, rule: str) -> None:
    one = table(200, 6)
    column = getattr(one, name).copy()
    column[4] = value
    with pytest.raises(TrainingTableError, match=f"table of decisions, row 5: product p1 of request .* {rule}"):
        replace(one, **{name: column})
