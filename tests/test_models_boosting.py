"""The trees: monotone, at ease with withheld blocks, the same for any threads, additive in log-odds."""

import numpy as np
import pytest
from risk_tables import INPUTS, made_table

from models.boosted import (
    MEMBERS,
    Boosted,
    Metric,
    Split,
    choose_trees,
    fit_boosted,
    fit_members,
    mean_raw,
    preset_sizes,
)
from models.boosting import LARGE, SMALL, Booster, Trees, fit_booster
from models.calibration_curves import fit_curve
from models.inputs import ModelInput, encode, with_levels
from models.logistic import probability
from models.validation import Rows

TABLE = made_table(500, seed=21)
ALL_INPUTS = with_levels(TABLE.features, INPUTS)
ROWS = Rows(encode(TABLE.features, ALL_INPUTS), TABLE.bad, TABLE.enterprises)


@pytest.fixture(scope="module")
def booster() -> Booster:
    return fit_booster(ROWS.matrix, ROWS.bad, ALL_INPUTS, seed=3)


def test_the_score_never_runs_against_a_direction(booster: Booster) -> None:
    for position, item in enumerate(ALL_INPUTS):
        if not item.direction:
            continue
        grid = np.repeat(ROWS.matrix[:40], 25, axis=0)
        known = ROWS.matrix[:, position][~np.isnan(ROWS.matrix[:, position])]
        grid[:, position] = np.tile(np.linspace(known.min(), known.max(), 25), 40)
        steps = np.diff(booster.raw(grid).reshape(40, 25), axis=1)
        assert (steps * item.direction <= 1e-12).all(), item.name
        assert (steps != 0).any(), item.name


def test_a_firm_that_opens_nothing_reads_like_the_average_not_like_an_empty_one() -> None:
    model = fit_boosted(ROWS, ALL_INPUTS, seed=3)
    nothing = np.full((1, len(ALL_INPUTS)), np.nan)
    zeros = nothing.copy()
    zeros[0, :2] = 0  # no sales at all, which is something known
    rate = ROWS.bad.mean()
    assert probability(model.log_odds(nothing))[0] == pytest.approx(rate, abs=0.12)
    assert probability(model.log_odds(zeros))[0] > probability(model.log_odds(nothing))[0] + 0.1


def test_contributions_add_up_to_the_calibrated_log_odds() -> None:
    model = fit_boosted(ROWS, ALL_INPUTS, seed=3)
    parts, base = model.contributions(ROWS.matrix)
    assert parts.shape == ROWS.matrix.shape
    assert base + parts.sum(axis=1) == pytest.approx(model.log_odds(ROWS.matrix), abs=1e-9)


def test_the_calibration_is_right_on_firms_of_another_draw() -> None:
    model = fit_boosted(ROWS, ALL_INPUTS, seed=3)
    fresh = made_table(4000, seed=99)
    chance = probability(model.log_odds(encode(fresh.features, ALL_INPUTS)))
    assert chance.mean() == pytest.approx(fresh.bad.mean(), abs=0.04)
    assert 0 < chance.min() < chance.max() < 1


def test_one_row_scores_as_it_does_in_a_batch_and_from_its_stored_text(booster: Booster) -> None:
    batch = booster.raw(ROWS.matrix[:50])
    assert [booster.raw(ROWS.matrix[[n]])[0] for n in range(50)] == batch.tolist()
    assert Booster(booster.text).raw(ROWS.matrix[:50]).tolist() == batch.tolist()


def test_the_seed_is_the_only_chance_in_a_fit(booster: Booster) -> None:
    assert fit_booster(ROWS.matrix, ROWS.bad, ALL_INPUTS, seed=3).text == booster.text
    assert fit_booster(ROWS.matrix, ROWS.bad, ALL_INPUTS, seed=4).text != booster.text


def test_an_ensemble_is_the_mean_of_members_that_differ_by_seed() -> None:
    members = fit_members(ROWS, ALL_INPUTS, LARGE, seed=3)
    assert len({one.text for one in members}) == MEMBERS
    assert len(fit_members(ROWS, ALL_INPUTS, SMALL, seed=3)) == 1
    by_hand = sum(one.raw(ROWS.matrix) for one in members) / MEMBERS
    assert mean_raw(members, ROWS.matrix) == pytest.approx(by_hand)
    # Whatever the curve of its calibration, contributions add up to what it says.
    generator = np.random.default_rng(1)
    raw = generator.normal(size=4000)
    bent = fit_curve(raw, (generator.random(4000) < probability(raw)).astype(np.int64))
    model = Boosted(members, bent)
    parts, base = model.contributions(ROWS.matrix)
    assert base + parts.sum(axis=1) == pytest.approx(model.log_odds(ROWS.matrix), abs=1e-9)


def test_the_size_that_does_best_on_unseen_rows_is_chosen() -> None:
    generator = np.random.default_rng(2)
    first, second = generator.normal(size=(2, 900))
    bad = ((first * second > 0) ^ (generator.random(900) < 0.1)).astype(np.int64)  # nothing alone, all together
    rows = Rows(np.column_stack([first, second]), bad, np.array([f"{number}" for number in range(900)]))
    plain = (ModelInput("first"), ModelInput("second"))
    split = Split(rows.take(np.arange(900) < 600), rows.take(np.arange(900) >= 600), plain)
    stump = Trees(2, 10, 20, 0.1)
    large = Trees(8, 20, 60, 0.1, feature_fraction=1.0)
    for metric in Metric:
        chosen = choose_trees([split], 3, (stump, large), metric)
        assert chosen.trees == large
        assert len(chosen.raw) == 300
    seen, asked = rows.take(np.arange(900) < 80), rows.take(np.arange(900) >= 800)
    assert seen.bad.sum() + asked.bad.sum() < 100  # too few to choose by
    assert choose_trees([Split(seen, asked, plain)], 3, (large,)).trees == SMALL
    assert len(preset_sizes(999)) > len(preset_sizes(1000)) > 1


def test_weights_count_rows_in_the_growth_of_trees() -> None:
    plain = tuple(ModelInput(one.name) for one in ALL_INPUTS[:3])
    matrix, bad = ROWS.matrix[:, :3], ROWS.bad
    heavy = fit_booster(matrix, bad, plain, 3, weight=np.where(bad == 1, 4.0, 1.0))
    assert heavy.raw(matrix).mean() > fit_booster(matrix, bad, plain, 3).raw(matrix).mean() + 0.5
