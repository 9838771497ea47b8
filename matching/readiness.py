"""Goals of firms that a product does not fit yet: what is missing, when to look again, and what became of many."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from statistics import median
from typing import Any, Final

from matching.compile import CANNOT_TELL, NO, YES
from matching.criteria import Shown
from matching.eligibility import Eligibility
from matching.labels import Words
from matching.sentence import criterion_words
from matching.shown import INTERNAL
from matching.small_counts import LEAST_SHOWN, is_small, partition

#: Where no plan says how long it takes, one looks again after a quarter.
REVIEW_DAYS: Final = 90
#: A goal that nobody reached in so long is closed; it may be set anew.
LAPSE_DAYS: Final = 730


class GoalState(StrEnum):
    """Where a goal stands; all but `open` are exits."""

    open = "open"
    reached = "reached"
    given_up = "given_up"
    withdrawn = "withdrawn"  # the product is no longer offered
    lapsed = "lapsed"


@dataclass(frozen=True, slots=True)
class Way:
    """The cheapest way to fit as a goal keeps it: days it takes, and steps as documents with `zh` and `en`."""

    days: int
    steps: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Lacking:
    """A condition that does not hold yet: its words, and whether it fails or cannot be told for want of a fact.

    A condition that the bank shows to itself alone has no id here and no words of its own.
    """

    id: str | None
    words: Words
    is_missing: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """A goal as it is kept: the product, when it was set, where it stands and since when, and its cause then."""

    product: str
    set_on: date
    state: GoalState
    ended_on: date | None
    cause: str | None


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of the goals for one product; a count of one to nine is None, and so is a median of fewer than ten.

    `causes` counts the open goals by the first condition that stood against them when they were set. A sum
    (`set_count`, `open_count`) is None too where it would tell, less the parts shown, a count below ten.
    """

    product: str
    set_count: int | None
    open_count: int | None
    exits: Mapping[GoalState, int | None]
    causes: Mapping[str, int]
    median_days: int | None


def lacking(eligibility: Eligibility, row: int) -> tuple[Lacking, ...]:
    """Return what keeps a firm from a product: the public conditions that fail, then those that cannot be told.

    Only where none of them is open is it said that there is an internal condition, and not how it stands: a firm could
    else learn of it by supplying one fact after another.
    """
    hidden = {clause.id for clause in eligibility.clauses if clause.shown is not Shown.public}
    verdicts = dict(zip(eligibility.clause_ids, eligibility.clause_verdicts[row].tolist(), strict=True))
    asked = eligibility.request_of(row)
    found = tuple(
        Lacking(name, criterion_words(eligibility.product, name, asked), wanted == CANNOT_TELL)
        for wanted in (NO, CANNOT_TELL)
        for name, verdict in verdicts.items()
        if verdict == wanted and name not in hidden
    )
    return found or (Lacking(None, INTERNAL, is_missing=False),)


def review_on(set_on: date, plan_days: int | None) -> date:
    """Return the day to look again: when the plan is through, else after a quarter."""
    return set_on + timedelta(days=REVIEW_DAYS if plan_days is None else max(plan_days, 1))


def state_on(day: date, set_on: date, verdict: int | None) -> GoalState:
    """Return where an open goal stands on a day; `verdict` is None where the product is no longer offered."""
    if verdict is None:
        return GoalState.withdrawn
    if verdict == YES:
        return GoalState.reached
    return GoalState.lapsed if (day - set_on).days >= LAPSE_DAYS else GoalState.open


def summaries(goals: Iterable[Kept]) -> tuple[Summary, ...]:
    """Return what became of goals by product, in order of id, of products with ten goals and more."""
    of_product: dict[str, list[Kept]] = {}
    for goal in goals:
        of_product.setdefault(goal.product, []).append(goal)
    return tuple(_summary(name, kept) for name, kept in sorted(of_product.items()) if len(kept) >= LEAST_SHOWN)


def _summary(product: str, goals: list[Kept]) -> Summary:
    states = Counter(goal.state for goal in goals)
    causes = Counter(goal.cause for goal in goals if goal.state is GoalState.open)
    # A clause without a name is the bank's own affair; it is not shown, however many it keeps out.
    told = {name: count for name, count in causes.items() if name is not None and count >= LEAST_SHOWN}
    tells_rest = is_small(sum(count for name, count in causes.items() if name not in told))
    shown, total = partition({state: states[state] for state in GoalState}, [GoalState.open] if tells_rest else ())
    days = [(goal.ended_on - goal.set_on).days for goal in goals if goal.state is GoalState.reached and goal.ended_on]
    return Summary(
        product=product,
        set_count=total,
        open_count=shown[GoalState.open],
        exits={state: count for state, count in shown.items() if state is not GoalState.open},
        causes=dict(sorted(told.items())),
        median_days=round(median(days)) if len(days) >= LEAST_SHOWN else None,
    )
