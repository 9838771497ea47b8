"""Criteria compiled to numpy with three-valued logic: yes, no, cannot tell.

And, or and not are Kleene's (DMN's table): a missing value is never a silent yes or no. `not` is pushed down to the
comparisons (De Morgan's laws hold in this logic too), so that head-room knows in which direction a bound is cleared.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Protocol

import numpy as np

from matching.amounts import PPM
from matching.compile_days import DayTest
from matching.compile_ratios import RatioTest
from matching.criteria import (
    AllOf,
    AnyOf,
    BeforeAsOf,
    Between,
    Clause,
    Comparison,
    Condition,
    EdgeValue,
    Leaf,
    Membership,
    Not,
    RatioComparison,
    SameAs,
    bound_ppm,
    threshold,
)
from matching.errors import CriteriaError
from matching.frame import Floats, Frame, Mask
from matching.truth import CANNOT_TELL, NO, YES, Truth, Verdicts
from matching.vocabulary import Column, column

__all__ = [
    "CANNOT_TELL",
    "FLIPPED",
    "NO",
    "YES",
    "CodeTest",
    "DayTest",
    "Group",
    "Node",
    "NumberTest",
    "RatioTest",
    "Test",
    "Truth",
    "Verdicts",
    "compile_clause",
    "mean_known",
    "tests_of",
]

FLIPPED = {"at_least": "below", "below": "at_least", "at_most": "above", "above": "at_most"}
OPPOSITE = FLIPPED | {"equals": "differs"}
# In these units the threshold is written in millionths and the column is a double.
PPM_UNITS = frozenset({"ratio", "log"})


class Node(Protocol):
    """A compiled condition."""

    def truth(self, frame: Frame) -> Truth:
        """Tell every row."""
        ...

    def lacking(self, frame: Frame) -> dict[str, Mask]:
        """Say, where the condition cannot be told, which columns leave it open: missing, or a divisor of nothing."""
        ...

    def headroom(self, frame: Frame) -> Floats:
        """Measure how far the bounds are cleared, 0 at a bound to 1 far from it; NaN where nothing measures it."""
        ...


@dataclass(frozen=True, slots=True)
class NumberTest:
    """`low` ≤ column ≤ `high`, ends left out where open; `outside` asks for the contrary. Bounds: fen, ppm, whole."""

    column: str
    low: int | None = None
    high: int | None = None
    is_open: bool = False
    outside: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Name the columns that are read."""
        return (self.column,)

    def truth(self, frame: Frame) -> Truth:
        """Compare exactly: integers as integers, doubles with the double nearest to the written fraction."""
        numbers = frame.numbers(self.column)
        holds = np.ones(frame.rows, dtype=np.bool_)
        if self.low is not None:
            low = self._bound(self.low)
            holds &= (numbers.values > low) if self.is_open else (numbers.values >= low)
        if self.high is not None:
            high = self._bound(self.high)
            holds &= (numbers.values < high) if self.is_open else (numbers.values <= high)
        if self.outside:
            holds = ~holds
        return Truth(holds & numbers.known, ~holds & numbers.known)

    def lacking(self, frame: Frame) -> dict[str, Mask]:
        """Name the column where it is missing."""
        return {self.column: ~frame.numbers(self.column).known}

    def headroom(self, frame: Frame) -> Floats:
        """Return (x − low) ÷ (x − low + |low|) and (high − x) ÷ high, the lesser where there are both."""
        numbers = frame.numbers(self.column)
        nothing = np.full(frame.rows, np.nan)
        if self.outside or self.low == self.high:
            return nothing
        values = numbers.values.astype(np.float64)
        ways: list[Floats] = []
        if self.low is not None:
            ways += self._above(values, float(self._bound(self.low)))
        if self.high is not None and self.high > 0:
            high = float(self._bound(self.high))
            ways.append(np.clip((high - values) / high, 0.0, 1.0))
        return np.where(numbers.known, reduce(np.minimum, ways), np.nan) if ways else nothing

    def _above(self, values: Floats, low: float) -> list[Floats]:
        # A bound of zero has no scale of its own: a ratio is measured against one, a count or amount not at all.
        scale = abs(low) or (1.0 if column(self.column).unit in PPM_UNITS else 0.0)
        distance = np.maximum(values - low, 0.0)
        return [distance / (distance + scale)] if scale else []

    def _bound(self, bound: int) -> int | float:
        # int ÷ int is correctly rounded, so it is the double nearest to the fraction; and rounding keeps order, so a
        # column that was divided once compares as its exact value would.
        return bound / PPM if column(self.column).unit in PPM_UNITS else bound


@dataclass(frozen=True, slots=True)
class CodeTest:
    """The code is among `wanted`, or with `outside` is known and not among them."""

    column: str
    wanted: frozenset[str]
    outside: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Name the columns that are read."""
        return (self.column,)

    def truth(self, frame: Frame) -> Truth:
        """Look every code up once."""
        codes = frame.codes(self.column)
        hit = codes.among(self.wanted)
        missed = codes.known & ~hit
        return Truth(missed, hit) if self.outside else Truth(hit, missed)

    def lacking(self, frame: Frame) -> dict[str, Mask]:
        """Name the column where it is missing."""
        return {self.column: ~frame.codes(self.column).known}

    def headroom(self, frame: Frame) -> Floats:
        """Codes have no distance."""
        return np.full(frame.rows, np.nan)


@dataclass(frozen=True, slots=True)
class Group:
    """All or any of the parts."""

    parts: tuple[Node, ...]
    is_all: bool

    def truth(self, frame: Frame) -> Truth:
        """Join the parts by Kleene's and or or."""
        return reduce(and_ if self.is_all else or_, (part.truth(frame) for part in self.parts))

    def lacking(self, frame: Frame) -> dict[str, Mask]:
        """Name the columns of those parts that are open where the whole is open."""
        found: dict[str, Mask] = {}
        whole = self.truth(frame).open
        for part in self.parts:
            # A decided part names nothing: a comparison is open where its column is missing, a group sees to it.
            for name, mask in part.lacking(frame).items():
                found[name] = found.get(name, np.zeros_like(whole)) | (mask & whole)
        return found

    def headroom(self, frame: Frame) -> Floats:
        """Return the mean over all the parts, or the best of any of the parts that hold.

        Where none of those that hold can be measured and a part is open, it is 0: what is withheld is not made up for.
        """
        rooms = [part.headroom(frame) for part in self.parts]
        if self.is_all:
            return mean_known(rooms)
        truths = [part.truth(frame) for part in self.parts]
        best = reduce(np.fmax, [np.where(truth.yes, room, np.nan) for truth, room in zip(truths, rooms, strict=True)])
        is_open = reduce(or_, (truth.open for truth in truths))
        return np.where(np.isnan(best) & is_open, 0.0, best)


def mean_known(columns: Sequence[Floats]) -> Floats:
    """Average row by row over what is not NaN; NaN where nothing is."""
    stack = np.stack(columns)
    known = ~np.isnan(stack)
    count = known.sum(axis=0)
    # One after the other, not pairwise: the sum must not depend on how many rows stand beside it.
    total = reduce(np.add, np.where(known, stack, 0.0))
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


Test = NumberTest | CodeTest | DayTest | RatioTest


def tests_of(node: Node) -> list[Test]:
    """Return the comparisons of a compiled condition, in written order."""
    if isinstance(node, Group):
        return [test for part in node.parts for test in tests_of(part)]
    return [node] if isinstance(node, NumberTest | CodeTest | DayTest | RatioTest) else []


def compile_clause(clause: Clause) -> Node:
    """Compile one clause without references (`criteria.expanded`); CriteriaError where it does not fit."""
    return _compile(clause.require, negated=False)


def _compile(condition: Condition, *, negated: bool) -> Node:
    match condition:
        case AllOf(all=parts) | AnyOf(any=parts):
            nodes = tuple(_compile(part, negated=negated) for part in parts)
            return Group(nodes, is_all=isinstance(condition, AllOf) != negated)
        case Not(part=part):
            return _compile(part, negated=not negated)
        case SameAs(clause=name):
            raise CriteriaError(f"clause {name} is referred to: expand the criteria before they are compiled")
        case _:
            return _leaf(condition, column(condition.column), negated=negated)


def _leaf(leaf: Leaf, of: Column, *, negated: bool) -> Node:
    match leaf:
        case Membership(values=values):
            return _among(of, values, negated=negated)
        case Between(low=low, high=high):
            return NumberTest(of.name, _number(of, low), _number(of, high), outside=negated)
        case RatioComparison(over=over, op=op):
            return RatioTest(of.name, column(over).name, FLIPPED[op] if negated else op, bound_ppm(leaf))
        case Comparison(op=op, value=BeforeAsOf() as before):
            if of.unit != "day":
                raise CriteriaError(f"column {of.name} ({of.unit}) is no day")
            return DayTest(of.name, OPPOSITE[op] if negated else op, before)
        case Comparison(op="equals", value=value):
            return _among(of, (value,), negated=negated)
        case Comparison(op=op, value=value):
            return _one_sided(of.name, FLIPPED[op] if negated else op, _number(of, value))


def _one_sided(name: str, op: str, bound: int) -> NumberTest:
    is_open = op in ("above", "below")
    if op in ("at_least", "above"):
        return NumberTest(name, low=bound, is_open=is_open)
    return NumberTest(name, high=bound, is_open=is_open)


def _among(of: Column, values: Sequence[EdgeValue | BeforeAsOf], *, negated: bool) -> Node:
    if of.unit == "code":
        return CodeTest(of.name, frozenset(str(threshold(of, value)) for value in values), outside=negated)
    bounds = [_number(of, value) for value in values]
    tests = tuple(NumberTest(of.name, bound, bound, outside=negated) for bound in bounds)
    return tests[0] if len(tests) == 1 else Group(tests, is_all=negated)


def _number(of: Column, value: EdgeValue | BeforeAsOf) -> int:
    return int(threshold(of, value))
