"""Goals: what is lacking, where they stand on a day, and what may be told of many; all by hand."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matching_worlds import clause, product, profiles

from matching.compile import CANNOT_TELL, NO, YES
from matching.eligibility import Request, evaluate
from matching.readiness import (
    LEAST_SHOWN,
    GoalState,
    Kept,
    Summary,
    lacking,
    review_on,
    state_on,
    summaries,
)
from matching.shown import INTERNAL

DAY = date(2026, 3, 1)


def test_what_is_lacking_names_failures_first_and_no_internal_condition() -> None:
    hidden = {**clause("watch", "tax_rating", "equals", "A"), "shown": "bank_only"}
    asks = [clause("age", "age_months", "at_least", 24), hidden, clause("sales", "sales_12m_fen", "at_least", 100)]
    judged = evaluate(product(criteria=asks), profiles([{"age_months": 3, "tax_rating": "B"}]), Request(10**7, 12))
    found = lacking(judged, 0)
    assert [(one.id, one.is_missing) for one in found] == [("age", False), ("sales", True)]
    # Whatever the internal condition says, nothing is told of it while a public one is open.
    for rating in ("A", "B", None):
        row = {"age_months": 3, "tax_rating": rating}
        assert lacking(evaluate(product(criteria=asks), profiles([row]), Request(10**7, 12)), 0) == found
        met = {"age_months": 30, "sales_12m_fen": 10**9, "tax_rating": rating}
        if rating != "A":
            alone = lacking(evaluate(product(criteria=asks), profiles([met]), Request(10**7, 12)), 0)
            assert [(one.id, one.words, one.is_missing) for one in alone] == [(None, INTERNAL, False)]


@pytest.mark.parametrize(
    ("verdict", "days", "state"),
    [
        (YES, 1, GoalState.reached),
        (YES, 5_000, GoalState.reached),
        (NO, 729, GoalState.open),
        (CANNOT_TELL, 729, GoalState.open),
        (NO, 730, GoalState.lapsed),
        (None, 1, GoalState.withdrawn),
    ],
)
def test_a_goal_stands_where_its_product_and_its_age_put_it(verdict: int | None, days: int, state: GoalState) -> None:
    assert state_on(DAY + timedelta(days=days), DAY, verdict) is state


def test_one_looks_again_when_the_plan_is_through() -> None:
    assert review_on(DAY, 73) == date(2026, 5, 13)
    assert review_on(DAY, None) == date(2026, 5, 30)
    assert review_on(DAY, 0) == date(2026, 3, 2)


def test_a_summary_holds_no_count_of_fewer_than_ten() -> None:
    def kept(count: int, state: GoalState, days: int, cause: str | None) -> list[Kept]:
        return [Kept("a", DAY, state, DAY + timedelta(days=days), cause)] * count

    goals = [
        *kept(12, GoalState.open, 0, "age"),
        *kept(9, GoalState.open, 0, "sales"),
        *kept(6, GoalState.reached, 30, "age"),
        *kept(5, GoalState.reached, 50, "age"),
        *kept(3, GoalState.given_up, 5, None),
        *[Kept("b", DAY, GoalState.open, None, "age")] * 9,
    ]
    (found,) = summaries(goals)
    # 21 are open: less the 12 for want of age, that would tell of the 9 for want of sales.
    assert (found.product, found.set_count, found.open_count) == ("a", 35, None)
    assert found.causes == {"age": 12}
    assert found.exits == {
        GoalState.reached: 11,
        GoalState.given_up: None,
        GoalState.withdrawn: 0,
        GoalState.lapsed: 0,
    }
    assert found.median_days == 30


def a_product(*counts: tuple[int, GoalState, str | None]) -> Summary:
    """Return what is told of so many goals in a state and for a cause."""
    (found,) = summaries(Kept("a", DAY, state, DAY, cause) for count, state, cause in counts for _ in range(count))
    return found


def test_no_sum_tells_a_count_that_is_not_shown() -> None:
    # Of 15 set, 12 reached: the 3 that are open could be had from both.
    assert a_product((12, GoalState.reached, "age"), (3, GoalState.open, "age")).set_count is None
    # An open count that is kept back could be had from the number set and the others.
    found = a_product((12, GoalState.open, "age"), (3, GoalState.open, "sales"), (10, GoalState.reached, "age"))
    assert (found.set_count, found.open_count, found.causes) == (None, None, {"age": 12})
    # Two parts that are ten together stay two unknowns.
    found = a_product((8, GoalState.lapsed, "age"), (7, GoalState.given_up, "age"), (10, GoalState.reached, "age"))
    assert (found.set_count, found.open_count) == (25, 0)
    found = a_product((10, GoalState.open, "age"), (11, GoalState.reached, "age"))
    assert (found.set_count, found.open_count, found.causes) == (21, 10, {"age": 10})


@given(
    st.lists(st.tuples(st.sampled_from(GoalState), st.sampled_from(["age", "sales", "tax", None])), min_size=10),
)
def test_what_is_shown_bounds_no_count_below_ten(drawn: list[tuple[GoalState, str | None]]) -> None:
    found = a_product(*((1, state, cause) for state, cause in drawn))
    exits, opened = list(found.exits.values()), found.open_count
    assert all(count is None or count == 0 or count >= LEAST_SHOWN for count in [*exits, *found.causes.values()])
    if opened is not None:
        assert opened - sum(found.causes.values()) not in range(1, LEAST_SHOWN)
    if found.set_count is not None:
        hidden = [count for count in [*exits, opened] if count is None]
        rest = found.set_count - sum(count for count in [*exits, opened] if count is not None)
        assert rest == 0 if not hidden else rest >= LEAST_SHOWN and len(hidden) > 1
