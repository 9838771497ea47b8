"""Allocation: against every stable allocation of small markets, HiGHS and the assignment problem, in any order."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from matching.allocate import NOWHERE, Allocation, Desk, Preferences, allocate, within_reach
from matching.allocate_measures import (
    Seen,
    blocking_pairs,
    firms_seen,
    most_welfare,
    outcome,
    products_seen,
)
from matching.errors import MarketError


@st.composite
def worlds(draw: st.DrawFn, firms: int = 5, products: int = 3) -> tuple[Preferences, list[Desk], dict[str, int]]:
    """Draw preferences with ties and gaps, quotas, and one or two teams."""
    rows, columns = draw(st.integers(1, firms)), draw(st.integers(1, products))
    levels = st.lists(st.integers(0, 4), min_size=rows * columns, max_size=rows * columns)
    wish, merit = (np.array(draw(levels), dtype=np.float64).reshape(rows, columns) for _ in range(2))
    can_meet = draw(st.lists(st.sampled_from([True, True, False]), min_size=rows * columns, max_size=rows * columns))
    desks = [Desk(draw(st.integers(1, 3)), draw(st.sampled_from("ab"))) for _ in range(columns)]
    files = {team: draw(st.integers(1, 4)) for team in "ab"}
    keys = tuple(f"firm {place}" for place in range(rows)), tuple(f"product {place}" for place in range(columns))
    return Preferences(wish, merit, np.array(can_meet).reshape(rows, columns), *keys), desks, files


def within_quotas(allocation: Allocation, desks: list[Desk], files: dict[str, int]) -> bool:
    held = [int(place) for place in allocation.product if place != NOWHERE]
    by_team = [desks[place].team for place in held]
    return all(held.count(place) <= desk.quota for place, desk in enumerate(desks)) and all(
        by_team.count(team) <= most for team, most in files.items()
    )


def chosen(offers: list[tuple[int, int]], standing: np.ndarray, desks: list[Desk], files: dict[str, int]) -> set:
    """Return what a bank keeps of applications (firm, product) by going through them from the best."""
    kept: set[tuple[int, int]] = set()
    for firm, at in sorted(offers, key=lambda one: int(standing[one])):
        of_product = sum(1 for _, other in kept if other == at)
        of_team = sum(1 for _, other in kept if desks[other].team == desks[at].team)
        if of_product < desks[at].quota and of_team < files[desks[at].team]:
            kept.add((firm, at))
    return kept


def blocking_by_choice(
    preferences: Preferences, desks: list[Desk], files: dict[str, int], allocation: Allocation
) -> int:
    """Count blocking pairs by asking each bank what it would keep were the application made to it."""
    wanted, standing = preferences.wanted(), preferences.standing()
    held = [(firm, int(place)) for firm, place in enumerate(allocation.product) if place != NOWHERE]
    now = {firm: wanted[firm, place] for firm, place in held}
    found = 0
    for firm, place in np.argwhere(preferences.eligible).tolist():
        if wanted[firm, place] < now.get(firm, np.inf):
            found += (firm, place) in chosen([*held, (firm, place)], standing, desks, files)
    return found


def every_allocation(preferences: Preferences, desks: list[Desk], files: dict[str, int]) -> list[Allocation]:
    options = [[NOWHERE, *np.flatnonzero(row).tolist()] for row in preferences.eligible]
    found = [Allocation(np.array(one)) for one in product(*options)]
    return [one for one in found if within_quotas(one, desks, files)]


def test_two_banks_and_three_firms_by_hand() -> None:
    # All want A most. A (one loan) keeps the second firm; B's team reads one file, the third firm's; C takes the first.
    preferences = Preferences(
        wish=np.array([[3.0, 2.0, 1.0], [3.0, 2.0, 1.0], [3.0, 2.0, 1.0]]),
        merit=np.array([[1.0, 1.0, 1.0], [3.0, 3.0, 1.0], [2.0, 2.0, 1.0]]),
        eligible=np.ones((3, 3), dtype=np.bool_),
    )
    desks, files = [Desk(1, "one"), Desk(2, "two"), Desk(5, "three")], {"one": 9, "two": 1, "three": 2}
    found = allocate(preferences, desks, files)
    assert found.product.tolist() == [2, 0, 1]
    told = outcome(preferences, desks, files, found)
    assert (told.seated, told.blocking_pairs, told.unused_quota, told.unused_files) == (3, 0, 5, 9)
    assert (told.firms_welfare, told.banks_welfare) == (6.0, 6.0)
    # Without the officers' load B would take the first firm too, as its quota allows.
    assert allocate(preferences, desks, files | {"two": 2}).product.tolist() == [1, 0, 1]


def test_a_team_that_is_full_turns_away_the_worst_over_all_its_products() -> None:
    preferences = Preferences(
        wish=np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]),
        merit=np.array([[2.0, 0.0], [0.0, 1.0], [0.0, 3.0]]),
        eligible=np.array([[True, False], [False, True], [False, True]]),
    )
    assert allocate(preferences, [Desk(5, "t"), Desk(5, "t")], {"t": 2}).product.tolist() == [0, NOWHERE, 1]


@given(worlds())
def test_no_quota_is_exceeded_no_pair_blocks_and_nobody_stands_where_they_may_not(
    world: tuple[Preferences, list[Desk], dict[str, int]],
) -> None:
    preferences, desks, files = world
    found = allocate(preferences, desks, files)
    assert within_quotas(found, desks, files)
    assert all(preferences.eligible[firm, at] for firm, at in enumerate(found.product) if at != NOWHERE)
    assert blocking_pairs(preferences, desks, files, found) == 0


@given(worlds(4, 3), st.integers(0, 10_000))
def test_blocking_pairs_are_those_that_a_bank_would_keep(
    world: tuple[Preferences, list[Desk], dict[str, int]], which: int
) -> None:
    preferences, desks, files = world
    every = every_allocation(preferences, desks, files)
    other = every[which % len(every)]
    assert blocking_pairs(preferences, desks, files, other) == blocking_by_choice(preferences, desks, files, other)


@given(worlds(4, 3))
def test_of_all_stable_allocations_it_is_the_one_that_every_firm_likes_best(
    world: tuple[Preferences, list[Desk], dict[str, int]],
) -> None:
    preferences, desks, files = world
    found = allocate(preferences, desks, files)
    places = np.where(preferences.wanted() > 0, preferences.wanted(), 99)

    def standing_of(one: Allocation) -> list[int]:
        return [99 if at == NOWHERE else int(places[firm, at]) for firm, at in enumerate(one.product)]

    stable = [
        one
        for one in every_allocation(preferences, desks, files)
        if blocking_by_choice(preferences, desks, files, one) == 0
    ]
    assert any(standing_of(one) == standing_of(found) for one in stable)
    for one in stable:
        assert all(mine <= theirs for mine, theirs in zip(standing_of(found), standing_of(one), strict=True))


@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_firms_and_products_changes_nothing(
    world: tuple[Preferences, list[Desk], dict[str, int]],
    random: Random,
) -> None:
    preferences, desks, files = world
    rows, columns = list(range(len(preferences.wish))), list(range(len(desks)))
    random.shuffle(rows)
    random.shuffle(columns)
    at = np.ix_(rows, columns)
    assert preferences.firm_keys is not None
    assert preferences.product_keys is not None
    turned = Preferences(
        preferences.wish[at],
        preferences.merit[at],
        preferences.eligible[at],
        tuple(preferences.firm_keys[row] for row in rows),
        tuple(preferences.product_keys[column] for column in columns),
    )
    found = allocate(preferences, desks, files).product
    again = allocate(turned, [desks[column] for column in columns], files).product
    where = [columns[place] if place != NOWHERE else NOWHERE for place in again.tolist()]
    assert where == found[rows].tolist()


@given(worlds())
def test_the_bound_of_highs_is_the_best_of_all_allocations(
    world: tuple[Preferences, list[Desk], dict[str, int]],
) -> None:
    preferences, desks, files = world
    worth = preferences.wish + preferences.merit
    best, most = most_welfare(preferences, desks, files, worth)
    assert within_quotas(best, desks, files)

    def total(one: Allocation) -> float:
        return float(sum(worth[firm, at] for firm, at in enumerate(one.product) if at != NOWHERE))

    assert total(best) == pytest.approx(most, abs=1e-6)
    assert total(allocate(preferences, desks, files)) <= most + 1e-6
    if len(preferences.wish) <= 4:
        assert most == pytest.approx(max(map(total, every_allocation(preferences, desks, files))), abs=1e-6)


def test_with_one_loan_each_the_bound_is_the_assignment_problem() -> None:
    rng = np.random.default_rng(8)
    worth = rng.random((12, 9))
    preferences = Preferences(worth, worth, np.ones((12, 9), dtype=np.bool_))
    desks, files = [Desk(1, "t") for _ in range(9)], {"t": 9}
    _, most = most_welfare(preferences, desks, files, worth)
    rows, columns = linear_sum_assignment(worth, maximize=True)
    assert most == pytest.approx(worth[rows, columns].sum())


def test_a_bank_lends_where_it_has_a_branch_or_everywhere_online() -> None:
    reached = within_reach(
        np.array([[True, True], [True, True], [True, False]]),
        [frozenset({"6201"}), frozenset()],
        ["6201", "6202", None],
    )
    assert reached.tolist() == [[True, True], [False, True], [False, False]]


def test_what_is_seen_of_small_banks_and_remote_counties() -> None:
    allocation = Allocation(np.array([0, 1, NOWHERE, 1]))
    assert firms_seen(allocation, np.array([True, True, True, False])) == Seen(2 / 3, 3 / 4)
    desks = [Desk(3, "a"), Desk(1, "b")]
    assert products_seen(allocation, desks, np.array([False, True])) == Seen(2 / 3, 1 / 4)
    assert firms_seen(Allocation(np.array([NOWHERE])), np.array([True])) == Seen(0.0, 1.0)


ONE = Preferences(np.ones((1, 1)), np.ones((1, 1)), np.ones((1, 1), dtype=np.bool_))


@pytest.mark.parametrize(
    ("work", "said"),
    [
        (lambda: allocate(ONE, [Desk(0, "a")], {"a": 1}), "product 1: a quota of 0"),
        (lambda: allocate(ONE, [Desk(-3, "a")], {"a": 1}), "product 1: a quota of -3"),
        (lambda: allocate(ONE, [Desk(1, "a")], {"a": 0}), "team a: 0 is no positive number of files"),
        (lambda: allocate(ONE, [Desk(1, "b")], {"a": 1}), "how many files team b can handle is not told"),
        (lambda: allocate(ONE, [], {}), "1 products, 0 desks"),
        (lambda: replace(ONE, wish=np.array([[np.nan]])), "wish\\[0, 0\\] is nan"),
        (lambda: replace(ONE, merit=np.ones((1, 2))), "not of one shape"),
        (lambda: most_welfare(ONE, [Desk(0, "a")], {"a": 1}, ONE.wish), "a quota of 0"),
    ],
)
def test_quotas_that_cannot_be_kept_are_refused(work: Callable[[], object], said: str) -> None:
    with pytest.raises(MarketError, match=said):
        work()
