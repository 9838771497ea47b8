"""Criteria as alternatives of simple demands, and whether all of some can hold at once.

`not` is pushed down to the comparisons. What is not settled by the criteria alone (a day counted back by calendar
months, amounts behind a ratio) is taken at its widest, so "cannot hold together" is never said wrongly; of plain
comparisons it is exact.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from matching.amounts import PPM
from matching.criteria import (
    AllOf,
    AnyOf,
    BeforeAsOf,
    Between,
    Clause,
    Comparison,
    Condition,
    Membership,
    Not,
    RatioComparison,
    bound_ppm,
    threshold,
)
from matching.errors import CriteriaError
from matching.lint_domains import EVERY_NUMBER, HIGH, LOW, Codes, Domain, Spans, complement, meet, scale, universe
from matching.vocabulary import column

MOST_STEPS = 5_000
RELATIVE = "before as_of"
# The mean month of the Gregorian calendar, and how far a span of months may lie from it.
DAYS_IN_400_YEARS, MONTHS_IN_400_YEARS, SLACK_DAYS = 146_097, 4_800, 3
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Atom:
    """A demand on one column, or on the ratio of two.

    `holds` are the values it may hold for, `fails` those it may fail for; each the other's complement where the
    comparison is exact. `is_negated` says that a `not` was written above it.
    """

    key: Key
    holds: Domain
    fails: Domain
    is_negated: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Name the columns it reads."""
        return self.key[:1] if self.key[-1] == RELATIVE else self.key


@dataclass(frozen=True, slots=True)
class Every:
    """All the parts."""

    parts: tuple["Demand", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """One of the parts."""

    parts: tuple["Demand", ...]


Demand = Atom | Every | Some
NEVER = Some(())


class _TooHardError(Exception):
    """More alternatives than are worth looking at."""


def demand_of(clause: Clause) -> Demand:
    """Return a clause (expanded) as a demand."""
    return _demand(clause.require, negated=False)


def atoms(demand: Demand) -> Iterator[Atom]:
    """Yield the simple demands, in written order."""
    if isinstance(demand, Atom):
        yield demand
    else:
        for part in demand.parts:
            yield from atoms(part)


def refused(demand: Demand) -> Demand:
    """Return what must hold for the demand not to hold where all it reads is known."""
    match demand:
        case Atom():
            return replace(demand, holds=demand.fails, fails=demand.holds)
        case Every(parts=parts):
            return Some(tuple(refused(part) for part in parts))
        case Some(parts=parts):
            return Every(tuple(refused(part) for part in parts))


def without(demand: Demand, name: str) -> Demand:
    """Return the demand where a column is missing: what reads it can no longer hold."""
    match demand:
        case Atom():
            return NEVER if name in demand.columns else demand
        case Every(parts=parts):
            return Every(tuple(without(part, name) for part in parts))
        case Some(parts=parts):
            return Some(tuple(without(part, name) for part in parts))


class Steps:
    """How many alternatives may still be looked at; what is left undecided counts as possible."""

    def __init__(self, left: int = MOST_STEPS) -> None:
        """Begin with so many."""
        self._left = left

    def take(self) -> None:
        """Take one step, or stop."""
        if self._left <= 0:
            raise _TooHardError
        self._left -= 1


def can_hold(demands: Sequence[Demand], steps: Steps) -> bool:
    """Say whether all can hold at once; true where that was too hard to find out within the steps."""
    try:
        return _found(list(demands), {}, steps)
    except _TooHardError:
        return True


def _found(demands: list[Demand], left: dict[Key, Domain], steps: Steps) -> bool:
    """Search depth first over the alternatives, with what is left to each column."""
    steps.take()
    choices = _settled(demands, left)
    if choices is None or not _ratios_fit(left):
        return False
    return all(_one_of_group(group, left, steps) for group in _apart(choices))


def _one_of_group(group: list[Some], left: dict[Key, Domain], steps: Steps) -> bool:
    tightest = min(group, key=lambda one: len(one.parts))
    rest: list[Demand] = [one for one in group if one is not tightest]
    return any(_found([part, *rest], dict(left), steps) for part in tightest.parts)


def _settled(demands: list[Demand], left: dict[Key, Domain]) -> list[Some] | None:
    """Narrow the columns by all that must hold; return the choices still open, None where there is no way."""
    todo, choices = list(demands), list[Some]()
    while todo:
        waiting = _narrowed_by(todo, left)
        if waiting is None:
            return None
        todo, open_ = [], list[Some]()
        for choice in (*choices, *waiting):
            parts = tuple(part for part in choice.parts if not _clashes(part, left))
            if not parts:
                return None
            if len(parts) == 1:
                todo.append(parts[0])
            elif not any(_is_sure(part, left) for part in parts):
                open_.append(Some(parts))
        choices = open_
    return choices


def _narrowed_by(demands: list[Demand], left: dict[Key, Domain]) -> list[Some] | None:
    """Narrow the columns by the simple demands; return the choices among them, None where a column is left nothing."""
    todo, choices = list(demands), list[Some]()
    while todo:
        demand = todo.pop()
        match demand:
            case Atom():
                left[demand.key] = meet(_left_to(demand.key, left), demand.holds)
                if left[demand.key].is_empty:
                    return None
            case Every(parts=parts):
                todo += parts
            case Some():
                choices.append(demand)
    return choices


def _is_sure(demand: Demand, left: Mapping[Key, Domain]) -> bool:
    match demand:
        case Atom():
            before = _left_to(demand.key, left)
            return meet(before, demand.holds) == before
        case Every(parts=parts):
            return all(_is_sure(part, left) for part in parts)
        case Some(parts=parts):
            return any(_is_sure(part, left) for part in parts)


def _clashes(demand: Demand, left: Mapping[Key, Domain]) -> bool:
    match demand:
        case Atom():
            return meet(_left_to(demand.key, left), demand.holds).is_empty
        case Every(parts=parts):
            return any(_clashes(part, left) for part in parts)
        case Some(parts=parts):
            return all(_clashes(part, left) for part in parts)


def _apart(choices: list[Some]) -> list[list[Some]]:
    """Group the choices that share columns, directly or through others: the groups do not concern each other."""
    groups: list[tuple[set[str], list[Some]]] = []
    for choice in choices:
        columns = {name for atom in atoms(choice) for name in atom.columns}
        joined = [choice]
        kept = []
        for names, group in groups:
            if names & columns:
                columns |= names
                joined = group + joined
            else:
                kept.append((names, group))
        groups = [*kept, (columns, joined)]
    return [group for _, group in groups]


def _left_to(key: Key, left: Mapping[Key, Domain]) -> Domain:
    before = left.get(key)
    if before is None:
        return universe(key[0]) if len(key) == 1 else EVERY_NUMBER
    return before


def _ratios_fit(left: Mapping[Key, Domain]) -> bool:
    return all(
        _ratio_fits(left, key, domain)
        for key, domain in left.items()
        if len(key) > 1 and key[-1] != RELATIVE and isinstance(domain, Spans)
    )


def _ratio_fits(left: Mapping[Key, Domain], key: Key, domain: Spans) -> bool:
    top, below = (left.get((name,), universe(name)) for name in key)
    if not isinstance(top, Spans) or not isinstance(below, Spans):  # pragma: no cover (only numbers are divided)
        return True
    (least, most), (small, large) = (_hull(one) for one in (top, below & Spans(((1, HIGH),))))
    first, last = _hull(domain)
    lowest = None if least == LOW else _quotient(least, large if least >= 0 else small)
    highest = None if most == HIGH else _quotient(most, small if most >= 0 else large)
    return not (
        (highest is not None and first != LOW and highest < Fraction(first, 2 * PPM))
        or (lowest is not None and last != HIGH and lowest > Fraction(last, 2 * PPM))
    )


def _quotient(value: int, by: int) -> Fraction:
    return Fraction(0) if by == HIGH else Fraction(value, by)


def _hull(spans: Spans) -> tuple[int, int]:
    return spans.parts[0][0], spans.parts[-1][1]


def _demand(condition: Condition, *, negated: bool) -> Demand:
    match condition:
        case Not(part=part):
            return _demand(part, negated=not negated)
        case AllOf(all=parts) | AnyOf(any=parts):
            found = tuple(_demand(part, negated=negated) for part in parts)
            return Every(found) if isinstance(condition, AllOf) != negated else Some(found)
        case RatioComparison():
            known = Atom((condition.over,), Spans(((1, HIGH),)), Spans(((1, HIGH),)))
            spans = _one_sided(condition.op, bound_ppm(condition), 2)
            return Every((known, _atom((condition.column, condition.over), spans, negated=negated)))
        case Comparison(column=name, op=op, value=BeforeAsOf() as back):
            holds, fails = _counted_back(op, back)
            atom = Atom((name, RELATIVE), holds, fails, is_negated=negated)
            return replace(atom, holds=fails, fails=holds) if negated else atom
        case Comparison() | Between() | Membership():
            return _atom((condition.column,), _domain(condition), negated=negated)
        case _:
            raise CriteriaError("a reference to a clause must be expanded before criteria are reviewed")


def _atom(key: Key, holds: Domain, *, negated: bool) -> Atom:
    fails = complement(holds)
    return Atom(key, fails, holds, is_negated=True) if negated else Atom(key, holds, fails)


def _domain(leaf: Comparison | Between | Membership) -> Domain:
    of, step = column(leaf.column), scale(leaf.column)
    match leaf:
        case Between(low=low, high=high):
            return Spans.of([(int(threshold(of, low)) * step, int(threshold(of, high)) * step)])
        case Membership(values=values):
            found = [threshold(of, value) for value in values]
        case Comparison(op="equals", value=value) if not isinstance(value, BeforeAsOf):
            found = [threshold(of, value)]
        case Comparison(op=op, value=value) if not isinstance(value, BeforeAsOf):
            return _one_sided(op, int(threshold(of, value)), step)
        case _:  # pragma: no cover (days counted back come elsewhere)
            return EVERY_NUMBER
    if of.unit == "code":
        return Codes(frozenset(str(one) for one in found))
    return Spans.of((int(one) * step, int(one) * step) for one in found)


def _one_sided(op: str, bound: int, step: int) -> Spans:
    at = bound * step
    match op:
        case "at_least":
            return Spans(((at, HIGH),))
        case "above":
            return Spans(((at + 1, HIGH),))
        case "at_most":
            return Spans(((LOW, at),))
        case _:
            return Spans(((LOW, at - 1),))


def _counted_back(op: str, back: BeforeAsOf) -> tuple[Spans, Spans]:
    """Return the days, counted from the day asked for, for which the comparison may hold and may fail."""
    first, last = _days(back)
    if op == "equals":
        point = Spans(((first, last),))
        return point, EVERY_NUMBER if first < last else ~point
    early, late = _one_sided(op, first, 1), _one_sided(op, last, 1)
    return early | late, ~early | ~late


def _days(back: BeforeAsOf) -> tuple[int, int]:
    if back.days_before is not None:
        return -back.days_before, -back.days_before
    months = back.months_before or 0
    mean, slack = months * DAYS_IN_400_YEARS // MONTHS_IN_400_YEARS, SLACK_DAYS if months else 0
    return -mean - slack, -mean + slack
