"""Goals: what is lacking, where they stand on a day, and what may be told of many; all by hand."""

from datetime import date, timedelta

import pytest
from matching_worlds import clause, product, profiles

from matching.compile import CANNOT_TELL, NO, YES
from matching.eligibility import Request, evaluate
from matching.readiness import INTERNAL, GoalState, Kept, lacking, review_on, state_on, summaries

DAY = date(2026, 3, 1)


def test_what_is_lacking_names_failures_first_and_no_internal_condition() -> None:
    hidden = {**clause("watch", "tax_rating", "equals", "A"), "shown": "bank_only"}
    asks = [clause("age", "age_months", "at_least", 24), hidden, clause("sales", "sales_12m_fen", "at_least", 100)]
    judged = evaluate(product(criteria=asks), profiles([{"age_months": 3, "tax_rating": "B"}]), Request(10**7, 12))
    found = lacking(judged, 0)
    assert [(one.id, one.is_missing) for one in found] == [("age", False), (None, False), ("sales", True)]
    assert found[1].words == INTERNAL
    assert all("B" not in one.words.zh and "纳税" not in one.words.zh for one in found[1:2])


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
    assert (found.product, found.set_count, found.open_count) == ("a", 35, 21)
    assert found.causes == {"age": 12}
    assert found.exits == {
        GoalState.reached: 11,
        GoalState.given_up: None,
        GoalState.withdrawn: 0,
        GoalState.lapsed: 0,
    }
    assert found.median_days == 30
