"""Orders of two sides: against brute force where it can be had, against the definition of envy, and any input order."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise, permutations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.capacity import effective_matches, expected_loads, unread_share
from matching.errors import MarketError
from matching.market_arrays import Attention, Floats, Market, Orders, by_product, one_sided, places
from matching.two_sided import plan_orders, with_own_first
from matching.two_sided_measures import envies, expected_matches
from matching.two_sided_search import Search
from matching.two_sided_transfer import expected_pairs, transferable_utility


def crowded(left: int, right: int, seed: int) -> Market:
    """Return a market in which popularity falls evenly from 1 to 0 and counts half."""
    rng = np.random.default_rng(seed)
    wants = 0.5 * rng.random((left, right)) + 0.5 * np.linspace(1.0, 0.0, right)
    wanted = 0.5 * rng.random((left, right)) + 0.5 * np.linspace(1.0, 0.0, left)[:, np.newaxis]
    return Market(wants, wanted)


def most_matches(market: Market, attention: Attention) -> float:
    """Return the most expected matches over every pair of orders: the left tried out, the right replying by sorting."""
    mutual, count = market.mutual(), market.shape[1]
    most = 0.0
    for rows in product(permutations(range(1, count + 1)), repeat=market.shape[0]):
        left = attention.at(np.array(rows))
        answer = attention.at(places((mutual * left).T, market.mask.T).T)
        most = max(most, float((mutual * left * answer).sum()))
    return most


def envies_one_by_one(market: Market, orders: Orders, attention: Attention) -> int:
    """Count envies as they are defined: agent by agent, with the other's places put in its own place."""
    count = 0
    for turned in (False, True):
        p, q = (market.right.T, market.left.T) if turned else (market.left, market.right)
        own, shown = (orders.right_rank.T, orders.left_rank.T) if turned else (orders.left_rank, orders.right_rank)
        for one, other in permutations(range(len(p)), 2):
            has, would = 0.0, 0.0
            for j in range(p.shape[1]):
                worth = p[one, j] * float(attention.at(own[one, [j]])[0]) * q[one, j]
                has += worth * float(attention.at(shown[one, [j]])[0])
                would += worth * float(attention.at(shown[other, [j]])[0])
            count += would > has + 1e-12
    return count


def markets(most: int = 5) -> st.SearchStrategy[Market]:
    chance = st.sampled_from([0.0, 0.25, 0.5, 0.75, 0.875, 1.0])

    @st.composite
    def build(draw: st.DrawFn) -> Market:
        left, right = draw(st.integers(1, most)), draw(st.integers(1, most))
        size = left * right
        p, q = (np.array(draw(st.lists(chance, min_size=size, max_size=size))).reshape(left, right) for _ in range(2))
        mask = np.array(draw(st.lists(st.booleans(), min_size=size, max_size=size))).reshape(left, right)
        return Market(p, q, mask if draw(st.booleans()) else None)

    return build()


def is_order(line: list[int]) -> bool:
    """Say whether a line holds 1 to n, each once, beside zeros."""
    shown = [place for place in line if place]
    return sorted(shown) == list(range(1, len(shown) + 1))


def test_attention_falls_as_it_is_defined_and_no_place_has_none() -> None:
    at = np.array([1, 2, 3, 0])
    assert Attention.inverse.at(at).tolist() == [1.0, 0.5, 1.0 / 3.0, 0.0]
    assert Attention.log.at(at) == pytest.approx([1.0, 1.0 / np.log2(3.0), 0.5, 0.0])
    assert Attention.exp.at(at) == pytest.approx([1.0, np.exp(-1.0), np.exp(-2.0), 0.0])


def test_a_market_of_two_and_two_by_hand() -> None:
    # Both left agents want the first right one most, and it wants the first left one. Own orders give
    # .9·.9·1·1 + .8·.2·½·1 + .9·.8·1·½ + .8·.8·½·½ = .81 + .08 + .36 + .16 = 1.41; told apart, the second pair meets:
    # .81·1·1 + .64·1·1 + (.16 + .72)·½·½ = 1.67.
    market = Market(np.array([[0.9, 0.8], [0.9, 0.8]]), np.array([[0.9, 0.2], [0.8, 0.8]]))
    own = one_sided(market)
    assert (own.left_rank.tolist(), own.right_rank.tolist()) == ([[1, 2], [1, 2]], [[1, 2], [2, 1]])
    assert expected_matches(market, own) == pytest.approx(0.81 + 0.16 / 4 + 0.72 / 2 + 0.64 / 2)
    planned = plan_orders(market)
    assert planned.left_rank.tolist() == [[1, 2], [2, 1]]
    assert planned.right_rank.tolist() == [[1, 2], [2, 1]]
    assert expected_matches(market, planned) == pytest.approx(1.67)


@pytest.mark.parametrize("attention", Attention)
@pytest.mark.parametrize("seed", range(6))
def test_small_markets_are_planned_as_well_as_every_pair_of_orders_allows(attention: Attention, seed: int) -> None:
    rng = np.random.default_rng(seed)
    market = Market(rng.random((3, 3)), rng.random((3, 3)))
    found = expected_matches(market, plan_orders(market, attention), attention)
    assert found == pytest.approx(most_matches(market, attention), rel=1e-9)


@given(markets())
def test_a_plan_is_orders_of_those_who_may_meet_and_no_worse_than_the_orders_it_starts_from(market: Market) -> None:
    planned = plan_orders(market)
    for ranks in (planned.left_rank, planned.right_rank):
        assert ((ranks > 0) == market.mask).all()
    assert all(is_order(row) for row in planned.left_rank.tolist())
    assert all(is_order(column) for column in planned.right_rank.T.tolist())
    found = expected_matches(market, planned)
    for start in (by_product(market), one_sided(market)):
        assert found >= expected_matches(market, start) * (1.0 - 1e-6)


@given(markets(), st.integers(0, 1_000), st.sampled_from(Attention))
def test_a_reply_never_lowers_what_is_expected(market: Market, seed: int, attention: Attention) -> None:
    search = Search(market, attention)
    rng = np.random.default_rng(seed)
    right = attention.at(places(rng.random(market.shape[::-1]), market.mask.T).T)
    left = attention.at(places(rng.random(market.shape), market.mask))
    matches: list[float] = [float((market.mutual() * left * right).sum())]
    for _ in range(3):
        left = search.left_reply(search.mutual * right)
        matches.append(float((market.mutual() * left * right).sum()))
        right = search.right_reply(search.mutual * left)
        matches.append(float((market.mutual() * left * right).sum()))
    assert all(later >= earlier - 1e-9 for earlier, later in pairwise(matches))


@given(markets(4), st.sampled_from(Attention))
def test_envies_are_those_of_the_definition(market: Market, attention: Attention) -> None:
    market = replace(market, eligible=None)
    for orders in (one_sided(market), by_product(market), plan_orders(market, attention)):
        assert envies(market, orders, attention) == envies_one_by_one(market, orders, attention)


@pytest.mark.parametrize("is_capped", [False, True])
@pytest.mark.parametrize("shape", [(12, 7), (7, 12), (320, 200)])
def test_the_order_of_rows_and_columns_changes_no_place(shape: tuple[int, int], *, is_capped: bool) -> None:
    market = crowded(*shape, seed=3)
    rng = np.random.default_rng(4)
    market = replace(market, eligible=rng.random(shape) < 0.8)
    capacity = rng.uniform(1.0, 3.0, shape[1]) if is_capped and shape[0] < 100 else None
    rows, columns = rng.permutation(shape[0]), rng.permutation(shape[1])
    at = np.ix_(rows, columns)
    planned = plan_orders(market, capacity=capacity)
    again = plan_orders(market.rearranged(rows, columns), capacity=None if capacity is None else capacity[columns])
    assert np.array_equal(planned.left_rank[at], again.left_rank)
    assert np.array_equal(planned.right_rank[at], again.right_rank)


def test_agents_of_equal_content_are_told_apart_by_the_caller_s_keys() -> None:
    same = np.full((3, 3), 0.5)
    keys = ("c", "a", "b")
    planned = plan_orders(Market(same, same, left_keys=keys, right_keys=("x", "y", "z")))
    turn = [1, 2, 0]
    again = plan_orders(Market(same, same, left_keys=tuple(keys[at] for at in turn), right_keys=("x", "y", "z")))
    assert np.array_equal(planned.left_rank[turn], again.left_rank)
    assert np.array_equal(planned.right_rank[turn], again.right_rank)


def test_random_markets_come_to_more_than_transferable_utility_with_fewer_envies() -> None:
    gains: list[float] = []
    for seed in range(3):
        market = crowded(75, 50, seed)
        planned, transfer = plan_orders(market), transferable_utility(market)
        gains.append(expected_matches(market, planned) / expected_matches(market, transfer))
        assert 6 * envies(market, planned) <= envies(market, transfer)
        for attention in Attention:  # planned for 1/rank, examined with others
            assert expected_matches(market, planned, attention) > expected_matches(market, transfer, attention)
    assert np.mean(gains) >= 1.17


def test_transferable_utility_keeps_each_agent_s_total_at_one() -> None:
    market = crowded(9, 6, 1)
    for beta in (0.3, 1.0):
        matched = expected_pairs(market, beta)
        alone_left, alone_right = 1.0 - matched.sum(axis=1), 1.0 - matched.sum(axis=0)
        assert (alone_left > 0).all()
        assert (alone_right > 0).all()
        # Choo and Siow: μᵢⱼ² = μᵢ₀ μ₀ⱼ exp((p + q)/β).
        wanted = np.outer(alone_left, alone_right) * np.exp((market.left + market.right) / beta)
        assert matched**2 == pytest.approx(wanted, rel=1e-6)


def test_capacity_moves_applications_to_desks_that_can_read_them() -> None:
    market = crowded(40, 25, 2)
    free = plan_orders(market)
    loads = expected_loads(market, free)
    assert loads == pytest.approx((market.left / free.left_rank).sum(axis=0))
    capacity: Floats = loads.mean() * np.where(np.arange(25) % 2, 0.5, 1.5)
    capped = plan_orders(market, capacity=capacity)
    assert effective_matches(market, capped, capacity) > 1.1 * effective_matches(market, free, capacity)
    assert unread_share(market, capped, capacity) < unread_share(market, free, capacity)
    assert expected_matches(market, capped) < expected_matches(market, free)


def test_effective_matches_discount_a_desk_by_the_share_it_can_read() -> None:
    # Both firms see the one desk first and apply: of two applications it reads one, and half of its matches count.
    market = Market(np.array([[1.0], [1.0]]), np.array([[1.0], [0.5]]))
    orders = Orders(np.array([[1], [1]]), np.array([[1], [2]]))
    assert expected_matches(market, orders) == pytest.approx(1.25)
    assert effective_matches(market, orders, np.array([1.0])) == pytest.approx(0.625)
    assert effective_matches(market, orders, np.array([2.0])) == pytest.approx(1.25)
    assert unread_share(market, orders, np.array([1.5])) == pytest.approx(0.25)


def test_a_firm_s_own_first_choice_stays_within_reach() -> None:
    market = Market(np.array([[0.2, 0.9, 0.3, 0.4, 0.1]]), np.full((1, 5), 0.5))
    orders = Orders(np.array([[1, 5, 2, 3, 4]]), np.ones((1, 5), dtype=np.int64))
    assert with_own_first(market, orders, within=3).left_rank.tolist() == [[1, 3, 2, 4, 5]]
    assert with_own_first(market, orders, within=5).left_rank.tolist() == [[1, 5, 2, 3, 4]]


@given(markets(), st.integers(1, 3))
def test_moving_the_own_first_choice_up_keeps_orders_whole(market: Market, within: int) -> None:
    moved = with_own_first(market, plan_orders(market), within)
    assert all(is_order(row) for row in moved.left_rank.tolist())
    first = one_sided(market).left_rank == 1
    assert (moved.left_rank[first] <= within).all()


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda: Market(np.full((2, 3), 0.5), np.full((3, 2), 0.5)), "left is 2 × 3 and right 3 × 2"),
        (lambda: Market(np.array([[0.5, np.nan]]), np.full((1, 2), 0.5)), "left\\[0, 1\\] is nan"),
        (lambda: Market(np.full((1, 2), 0.5), np.array([[0.5, 1.5]])), "right\\[0, 1\\] is 1.5"),
        (lambda: Market(np.zeros((0, 2)), np.zeros((0, 2))), "left is empty"),
        (lambda: Market(np.zeros(3), np.zeros(3)), "left has 1 dimensions"),
        (lambda: Market(np.zeros((2, 1)), np.zeros((2, 1)), left_keys=("a", "a")), "left_keys names 1 agents"),
        (lambda: plan_orders(crowded(2, 2, 1), capacity=np.array([1.0, 0.0])), "capacity\\[1\\] is 0.0"),
        (lambda: plan_orders(crowded(2, 2, 1), capacity=np.ones(3)), "capacity is told for 3"),
    ],
)
def test_what_is_no_market_is_said(build: Callable[[], object], said: str) -> None:
    with pytest.raises(MarketError, match=said):
        build()
