"""What would make a product fit: the cheapest sets of feasible changes, exactly, or the proof that there is none.

Cost is days, then effort, then number of acts. Acts run side by side from today, so a plan takes as long as its slowest
act or as the waiting it needs, and its effort is the sum. For each day on which anything can turn, in order, the sets
of acts that can be done by then are searched cheapest first; the first day with a plan is the answer's, and on it all
cheapest sets are given. A set is one plan only if one value per column satisfies every clause together, on that day,
with what the acts bring beside (a return filed late counts as late) and what time takes away (an honour that expires).

Nothing is pruned that could be part of a plan: a clause that a set of acts cannot satisfy needs another act on one of
its columns, so branching over those alone is complete, and costs only grow.

Only public clauses are advised on. Where a product has others, no plan claims that it will fit.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from heapq import heappop, heappush

from matching.acts import AMOUNT, TERM, Act, Acts, Outcome
from matching.counterfactual_clauses import Demand, Demands, Row, Value, demands
from matching.counterfactual_question import Question, Situation, ask, asked_row
from matching.counterfactual_trial import Trial
from matching.eligibility import Request
from matching.product import Product

__all__ = ["TIERS", "Advice", "Plan", "Question", "Situation", "Status", "Step", "advise", "ask", "cheapest"]


class Status(StrEnum):
    """How a product stands with a firm that asks what would make it fit."""

    fits = "fits"
    plan = "plan"  # lasting acts and waiting make it fit
    can_be_told = "can_be_told"  # what is missing decides: once supplied, it can be told
    if_wrong = "if_wrong"  # only where a record is wrong, and disputed
    no_change = "no_change"  # nothing makes it fit, with the proof
    internal = "internal"  # what is public is met; the bank's internal conditions decide


#: What may be done, in the order in which it is tried: acts proper, then supplying what is missing, then disputes.
TIERS: tuple[tuple[Status, frozenset[Outcome]], ...] = (
    (Status.plan, frozenset({Outcome.sure, Outcome.granted})),
    (Status.can_be_told, frozenset({Outcome.sure, Outcome.granted, Outcome.told})),
    (Status.if_wrong, frozenset(Outcome)),
)


@dataclass(frozen=True, slots=True)
class Step:
    """One act of a plan with what it changes: column, value today (or on the plan's day, before the act), value after.

    `ready` is the day on which it is done. Of a column that only becomes known both values are None.
    """

    act: Act
    changes: tuple[tuple[str, Value, Value], ...]
    ready: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A set of acts after which, on day `days`, every public clause holds.

    `waited` are the columns that time moved, `waited_for` the clauses that read them and need that time.
    """

    days: int
    effort: int
    steps: tuple[Step, ...]
    waited: tuple[str, ...]
    waited_for: tuple[str, ...]
    request: Request
    row: Row = field(repr=False, hash=False, compare=False)

    @property
    def acts(self) -> tuple[str, ...]:
        """The ids of the acts."""
        return tuple(step.act.id for step in self.steps)

    @property
    def cost(self) -> tuple[int, int, int]:
        """Days, effort and number of acts."""
        return self.days, self.effort, len(self.steps)


@dataclass(frozen=True, slots=True)
class Advice:
    """The answer for one product: all cheapest plans, or a minimal set of clauses that nothing satisfies together.

    `stuck` are the columns of `blocking` that no act and no waiting moves. `has_internal` says that the product has
    conditions no firm is told of, on which no plan speaks.
    """

    product: Product
    request: Request
    status: Status
    plans: tuple[Plan, ...] = ()
    blocking: tuple[str, ...] = ()
    stuck: tuple[str, ...] = ()
    failing: tuple[str, ...] = ()
    has_internal: bool = False


def advise(
    product: Product, request: Request, situation: Situation, acts: Acts, asked: Demands | None = None
) -> Advice:
    """Return what would make a product fit a firm that asks for `request`.

    `asked` are the product's clauses where they were read before (`demands`).
    """
    asked = asked or demands(product, request)
    row = asked_row(situation, request)
    failing = tuple(one for one in asked.public if one.tell(row, situation.as_of) is not True)
    is_internal_met = all(one.tell(row, situation.as_of) is True for one in asked.internal)
    has_internal = bool(asked.internal)
    if not failing:
        status = Status.fits if is_internal_met else Status.internal
        return Advice(product, request, status, has_internal=has_internal)
    names = tuple(one.id for one in failing)
    for status, outcomes in TIERS:
        question = ask(product, request, situation, acts, asked.public, outcomes)
        plans = cheapest(question)
        if plans:
            return Advice(product, request, status, plans, failing=names, has_internal=has_internal)
    blocking = _blocking(question)
    stuck = tuple(dict.fromkeys(name for one in blocking for name in one.columns if question.is_stuck(name)))
    ids = tuple(one.id for one in blocking)
    return Advice(
        product, request, Status.no_change, blocking=ids, stuck=stuck, failing=names, has_internal=has_internal
    )


def cheapest(question: Question) -> tuple[Plan, ...]:
    """Return all cheapest plans, in order of their acts; none where there is no plan."""
    if any(map(question.is_hopeless, question.demands)):
        return ()
    for day in question.days:
        found = _cheapest_on(question, day)
        if found:
            return found
    return ()


def is_possible(question: Question) -> bool:
    """Say whether there is any plan."""
    return bool(cheapest(question))


def _cheapest_on(question: Question, day: int) -> tuple[Plan, ...]:
    """Search sets of acts, cheapest first, that satisfy every clause on one day."""
    able = tuple(act for act in question.acts if question.ready[act.id] <= day)
    place = {act.id: number for number, act in enumerate(able)}
    heap: list[tuple[int, int, tuple[int, ...]]] = [(0, 0, ())]
    seen: set[tuple[int, ...]] = {()}
    found: list[Plan] = []
    while heap:
        effort, count, chosen = heappop(heap)
        if found and (effort, count) > (found[0].effort, len(found[0].steps)):
            break
        acts = tuple(able[number] for number in chosen)
        trial = Trial(question, acts, day)
        row = trial.solve(trial.demands)
        if row is not None:
            found.append(_plan(question, trial, row, day, effort))
            continue
        for act in _next_acts(trial, able, acts):
            more = tuple(sorted((*chosen, place[act.id])))
            if more not in seen:
                seen.add(more)
                heappush(heap, (effort + act.effort, count + 1, more))
    return tuple(found)


def _next_acts(trial: Trial, able: Sequence[Act], chosen: Sequence[Act]) -> Iterator[Act]:
    """Yield the acts one of which a plan with the chosen ones must hold as well."""
    taken = {name for act in chosen for name in _exclusive(act)}
    blocked = next((one for one in trial.demands if trial.solve((one,)) is None), None)
    for act in able:
        if act in chosen or taken & _exclusive(act):
            continue
        if blocked is None or not set(blocked.columns).isdisjoint(act.columns):
            yield act


def _exclusive(act: Act) -> frozenset[str]:
    """Return the columns that no second act of a plan may set: what acts merely add to is not among them."""
    return frozenset(change.column for change in act.changes if change.way != "add")


def _plan(question: Question, trial: Trial, row: Row, day: int, effort: int) -> Plan:
    steps = tuple(_step(act, trial.base, row, question.ready[act.id]) for act in trial.acts)
    amount, term = row.get(AMOUNT), row.get(TERM)
    request = Request(amount if isinstance(amount, int) else None, term if isinstance(term, int) else None)
    moved = {name for name in question.paths if trial.base.get(name) != question.row.get(name)}
    moved |= {change.column for act in trial.acts for change in act.changes if change.way == "follow"} if day else set()
    waiting = [one for one in _unmet_without_time(question, trial, row, day) if moved & set(one.columns)]
    waited = tuple(dict.fromkeys(name for one in waiting for name in one.columns if name in moved))
    return Plan(day, effort, steps, waited, tuple(one.id for one in waiting), request, row)


def _unmet_without_time(question: Question, trial: Trial, row: Row, day: int) -> list[Demand]:
    """Return the clauses that would not hold if all that is done on the plan's day were done today."""
    if not day:
        return []
    at_once = Trial(question, trial.acts, 0).with_choices_of(row)
    return [one for one in question.demands if one.tell(at_once, question.as_of) is not True]


def _step(act: Act, base: Row, row: Row, ready: int) -> Step:
    is_told = act.outcome is Outcome.told
    changes = ((name, None, None) if is_told else (name, base.get(name), row.get(name)) for name in act.columns)
    return Step(act, tuple(changes), ready)


def _blocking(question: Question) -> tuple[Demand, ...]:
    """Return a set of clauses that cannot hold together and of which each is needed for that, the first found first."""
    for one in question.demands:
        if not is_possible(replace(question, demands=(one,))):
            return (one,)
    kept = list(question.demands)
    for one in question.demands:
        fewer = [other for other in kept if other is not one]
        if not is_possible(replace(question, demands=tuple(fewer))):
            kept = fewer
    return tuple(kept)
