"""The study of both sides in tiny markets: what must hold by construction, whatever the province is like."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from matching.frame import Floats
from matching.market_arrays import Orders
from matching.product import Product, sample_products
from matching.province.sides_study import MonthMarket, Policy, Teams, Views, month_markets, orders
from matching.province.sides_study_odds import Applied, calibration_of, followed, told_bands
from matching.province.sides_study_play import REPEATS, Sides, attention, compare_policies, first_by_place, taken

SEED = 5


def products(count: int) -> tuple[Product, ...]:
    return tuple(sorted(sample_products(), key=lambda one: one.id))[:count]


def market(grant: Floats, take: Floats, month: int = 0, offered: tuple[Product, ...] = ()) -> MonthMarket:
    """Return a market whose models tell the truth."""
    offered = offered or products(grant.shape[1])
    teams = tuple(sorted({one.bank for one in offered}))
    chance = grant * take
    return MonthMarket(
        bucket=0,
        month=month,
        requests=tuple(f"uscc:9162{place % 14 + 1:02d}02XX{place:08d}\nR" for place in range(len(grant))),
        counties=tuple(f"6201{place % 9 + 1:02d}" for place in range(len(grant))),
        products=offered,
        teams=teams,
        team=np.array([teams.index(one.bank) for one in offered], dtype=np.int64),
        eligible=np.ones(grant.shape, dtype=np.bool_),
        grant=grant,
        take=take,
        views=Views(
            order=chance, chance=chance, granted=grant, popular_product=chance * 0 + 1.0, popular_firm=chance * 0
        ),
    )


@cache
def crowded() -> dict[Policy, Sides]:
    """Return the policies over three months in which all firms like the same products best."""
    rng = np.random.default_rng(SEED)
    months = []
    for month in range(3):
        liked = np.linspace(0.9, 0.1, 12)[None, :]
        take = np.clip(liked + 0.2 * rng.random((40, 12)) - 0.1, 0.01, 0.99)
        grant = np.clip(0.2 + 0.7 * rng.random((40, 12)), 0.0, 1.0)
        months.append(market(grant, take, month))
    return compare_policies(months, SEED)


def test_planning_by_the_truth_loses_less_than_any_blind_order() -> None:
    done = crowded()
    for blind in (Policy.random, Policy.rule_only, Policy.popularity):
        assert done[Policy.oracle].firm_regret < done[blind].firm_regret
        assert done[Policy.oracle].unused < done[blind].unused


def test_with_models_that_tell_the_truth_the_joint_order_is_the_oracle() -> None:
    assert crowded()[Policy.joint].firm_regret == pytest.approx(crowded()[Policy.oracle].firm_regret, abs=0.02)


def test_where_all_want_the_same_a_joint_order_beats_each_for_itself() -> None:
    done = crowded()
    assert done[Policy.joint].firm_regret < done[Policy.ranker].firm_regret
    assert done[Policy.joint].bank_regret < done[Policy.ranker].bank_regret
    assert done[Policy.joint].unused < done[Policy.ranker].unused


def test_shares_are_shares() -> None:
    for one in crowded().values():
        for name in ("firm_regret", "bank_regret", "unused", "overload", "small_banks", "remote"):
            assert 0.0 <= getattr(one, name) <= 1.0


def test_nobody_takes_two_loans_and_no_capacity_is_passed() -> None:
    """Everything is certain, and one team of one bank has eight products for sixty firms."""
    certain, offered = np.ones((60, 8)), tuple(one for one in sample_products() if one.bank == "sample-hewan")[:8]
    done = compare_policies([market(certain, certain, offered=offered)], SEED)
    team = Teams.of(["sample-hewan"])
    for one in done.values():
        assert one.loans <= min(60, int(team.quota[0]), int(team.files[0]))
    assert done[Policy.ranker].overload > 0


def test_an_order_shows_what_fits_once_and_nothing_else() -> None:
    rng = np.random.default_rng(SEED)
    whole = market(rng.random((9, 12)), rng.random((9, 12)))
    mask = rng.random((9, 12)) < 0.6
    some = replace(whole, eligible=mask)
    for policy in Policy:
        shown = orders(policy, some, Teams.of(some.teams), SEED)
        for ranks, fits in ((shown.left_rank, mask), (shown.right_rank.T, mask.T)):
            assert ((ranks > 0) == fits).all()
            for row, fitting in zip(ranks, fits, strict=True):
                assert sorted(row[row > 0].tolist()) == list(range(1, int(fitting.sum()) + 1))


def test_the_truth_moves_no_policy_but_the_oracle() -> None:
    rng = np.random.default_rng(SEED)
    one = market(rng.random((9, 12)), rng.random((9, 12)))
    other = replace(one, grant=rng.random((9, 12)), take=rng.random((9, 12)))
    teams = Teams.of(one.teams)
    for policy in Policy:
        first, second = (orders(policy, each, teams, SEED) for each in (one, other))
        assert _same(first, second) is (policy is not Policy.oracle)


def _same(first: Orders, second: Orders) -> bool:
    return bool(
        np.array_equal(first.left_rank, second.left_rank) and np.array_equal(first.right_rank, second.right_rank)
    )


def test_capacity_is_filled_in_order_of_place() -> None:
    wanted = np.array([[True, True], [True, False], [True, True]])
    place = np.array([[2, 1], [1, 2], [3, 3]])
    both_of_one_team = first_by_place(wanted, place, np.array([0, 0]), np.array([2]))
    assert both_of_one_team.tolist() == [[False, True], [True, False], [False, False]]
    apart = first_by_place(wanted, place, np.array([0, 1]), np.array([1, 0]))
    assert apart.tolist() == [[False, False], [True, False], [False, False]]


def test_the_best_liked_of_the_granted_is_taken() -> None:
    granted = np.array([[True, True, False], [False, False, False]])
    assert taken(granted, np.array([[0.2, 0.3, 0.9], [1.0, 1.0, 1.0]])).tolist() == [[0, 1, 0], [0, 0, 0]]


def test_attention_falls_and_no_place_has_none() -> None:
    found = attention(np.array([0, 1, 2, 10]))
    assert found[0] == 0.0
    assert found[1] == 1.0
    assert found[2] == pytest.approx(1 / 1.22)
    assert found[2] > found[3] > 0


def test_markets_are_by_bucket_and_month_in_any_order_of_rows() -> None:
    offered = products(2)
    days = pd.to_datetime(["2025-01-03", "2025-01-20", "2025-02-02", "2025-01-05"])
    rows = pd.DataFrame(
        {
            "enterprise": [
                "uscc:91620102XX00000001",
                "uscc:91620102XX00000001",
                "uscc:91620102XX00000001",
                "uscc:91620302XX00000002",
            ],
            "request_no": ["R1", "R1", "R2", "R1"],
            "requested_on": days.where([True, False, True, True], days[0]),
            "product": [offered[0].id, offered[1].id, offered[0].id, offered[1].id],
            "popularity_product": 1.0,
            "popularity_segment": 1.0,
        }
    )
    scores = {name: np.array([0.5, 0.4, 0.3, 0.2]) for name in ("order", "chance", "granted", "grant")}
    scores["both"] = np.array([0.25, 0.1, 0.3, 0.1])
    buckets = {rows["enterprise"][0]: 0, rows["enterprise"][3]: 1}
    found = list(month_markets(rows, scores, offered, buckets))
    assert [(one.bucket, one.month, one.eligible.tolist()) for one in found] == [
        (0, 0, [[True, True]]),
        (0, 1, [[True, False]]),
        (1, 0, [[False, True]]),
    ]
    assert found[0].take.tolist() == [[0.5, 0.25]]
    assert found[0].counties == ("620102",)
    order = [3, 1, 0, 2]
    turned = list(month_markets(rows.iloc[order], {k: v[order] for k, v in scores.items()}, offered, buckets))
    assert [one.grant.tolist() for one in turned] == [one.grant.tolist() for one in found]


def applied(days: Sequence[int], granted: Sequence[bool], told: float) -> Applied:
    """Return applications to one product, one firm each, decided five days after they were made."""
    product = next(one for one in sample_products() if one.bank == "sample-hewan")
    names = [f"f{place}" for place in range(len(days))]
    keys = {"enterprise": names, "request_no": "R1", "product": product.id}
    decided = np.array(days) + 5
    table = pd.DataFrame(
        {
            **keys,
            "requested_on": pd.to_datetime(np.array(days), unit="D"),
            "decided_day": decided,
            "granted_day": np.where(np.array(granted), decided, 2**40),
        }
    )
    return Applied.of(table, pd.DataFrame({**keys, "told": told}), sample_products(), min(days) + 200)


def test_held_out_bands_are_of_the_day_of_the_request_and_a_halved_bank_is_followed() -> None:
    days = [20_000 + place // 2 for place in range(600)]
    world = applied(days, [place % 5 < 3 for place in range(600)], 0.6)
    told = told_bands(world)
    assert len(told.granted) == 200
    figures = calibration_of([told])
    assert figures["mean_told"] == pytest.approx(0.6, abs=0.02)
    assert (figures["applications"], figures["hidden"]) == (200, 0)
    found = {one.days: one for one in followed(world, "sample-hewan", 20_220, SEED)}
    assert found[60].closed > 0.5
    assert found[60].low <= found[60].level <= found[60].high
    assert found[60].untouched == pytest.approx(0.6, abs=0.05)


def test_draws_are_repeated() -> None:
    assert REPEATS >= 10
