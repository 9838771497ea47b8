"""The ranker in a world of known truth: 5,000 enterprises of one seed, held-out half year, both sides."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from matching.comparison import ORACLE, RANDOM_ORDER, RANKER, RULE_ONLY, Judge
from matching.province import build_world
from matching.province.ranking_study import MONTHS, Study, World, offered_on, study, world_of
from models.ranker import Side
from models.ranking_metrics import Measure

ENTERPRISES, SEED = 5_000, 7
BARS = ("transparent score", "popularity", "best single column", RULE_ONLY, RANDOM_ORDER)

pytestmark = pytest.mark.slow


@cache
def world() -> World:
    return world_of(*build_world(ENTERPRISES, SEED))


@cache
def done() -> Study:
    return study(world())


def lead(side: Side, judge: Judge, measure: Measure) -> dict[str, float]:
    """Return the ranker's lead over each method."""
    return {
        one.method: one.lead for one in done().figures if (one.side, one.judge, one.measure) == (side, judge, measure)
    }


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("judge", Judge)
def test_the_ranker_beats_every_bar(side: Side, judge: Judge) -> None:
    leads = lead(side, judge, Measure.ndcg_at_10)
    assert RANKER in leads
    beaten = {name: leads[name] for name in BARS if name in leads}
    assert len(beaten) >= 4
    assert min(beaten.values()) > 0, beaten


@pytest.mark.parametrize("side", Side)
def test_nothing_is_better_than_the_truth(side: Side) -> None:
    of_truth = {one.method: one.mean for one in done().figures if (one.side, one.judge) == (side, Judge.truth)}
    assert of_truth[ORACLE] == pytest.approx(1.0)
    assert max(value for name, value in of_truth.items() if name != ORACLE) < 0.99
    assert of_truth[RULE_ONLY] < of_truth[RANKER]


def test_the_truth_reaches_no_model() -> None:
    """With every latent chance taken away the fit, its choice and what it tells stay the same bytes."""
    nothing = np.zeros_like(world().chance)
    before = world().before
    assert before is not None
    dark = np.zeros_like(before.chance)
    unknown = replace(before, chance=dark, grant_chance=dark)
    blind = study(replace(world(), chance=nothing, grant_chance=nothing, before=unknown))
    assert {one: booster.text for one, booster in blind.ranker.boosters.items()} == {
        one: booster.text for one, booster in done().ranker.boosters.items()
    }
    assert blind.choice == done().choice
    assert blind.acceptance.booster.text == done().acceptance.booster.text


def test_no_request_is_in_two_parts_and_the_last_half_year_is_held_out() -> None:
    train, valid, known, test = world().split()
    requests = [
        set(zip(one.sets.rows["enterprise"], one.sets.rows["request_no"], strict=True)) for one in (train, valid, test)
    ]
    assert not requests[0] & requests[1]
    assert not (requests[0] | requests[1]) & requests[2]
    assert known.sets.rows["requested_on"].max() < test.sets.rows["requested_on"].min()
    assert MONTHS.warm_up + MONTHS.train + MONTHS.valid + MONTHS.test == 36


def test_what_became_known_in_the_held_out_months_labels_no_fitted_row() -> None:
    known, later = world().split()[2].sets.rows, world().part(MONTHS.warm_up, 30).sets.rows
    assert len(known) == len(later)
    changed = known["state"].to_numpy() != later["state"].to_numpy()
    assert changed.any()
    assert set(known.loc[changed, "state"]) == {"pending"}


def test_what_was_offered_is_counted_by_day() -> None:
    rows, counted = world().sets.rows, offered_on(world())
    for place in (0, len(rows) // 2, int(np.argmax(rows["requested_on"]))):
        day = rows["requested_on"].iloc[place].date()
        assert counted[place] == sum(one.offered_on(day) for one in world().products)


def test_every_pair_that_fits_has_a_latent_chance_and_no_other() -> None:
    assert not np.isnan(world().chance).any()
    assert (world().chance <= world().grant_chance).all()
    assert world().sets.dropped.shown_not_eligible == 0


def test_the_chance_told_is_of_applications() -> None:
    granting = done().granting
    assert len(granting.told) == len(granting.granted)
    assert abs(granting.told.mean() - granting.granted.mean()) < 0.06
    assert len(granting.told_unapplied) + len(granting.told) == len(world().split()[3].sets.rows)
