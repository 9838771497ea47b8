"""Whether criteria can be evaluated at all: known columns, units that go together, references that end, sizes."""

from collections.abc import Iterator, Sequence

from matching.criteria import (
    DIVIDED,
    MAX_CONDITIONS,
    TEXT_OPS,
    AllOf,
    AnyOf,
    BeforeAsOf,
    Between,
    Clause,
    Comparison,
    Condition,
    Leaf,
    Membership,
    RatioComparison,
    Shown,
    bound_ppm,
    columns_of,
    expanded,
    leaves,
    threshold,
)
from matching.errors import CriteriaError
from matching.stated import INTERNAL
from matching.vocabulary import Column, column


def check_criteria(criteria: Sequence[Clause]) -> None:
    """Raise CriteriaError where a product's clauses are too many, refer badly or do not fit the dictionary."""
    if len(criteria) > MAX_CONDITIONS:
        raise CriteriaError(f"more than {MAX_CONDITIONS} clauses")
    whole = expanded(criteria)
    for clause in whole:
        check_clause(clause)
    if sum(map(_comparisons, (leaf for clause in whole for leaf in leaves(clause.require)))) > MAX_CONDITIONS:
        raise CriteriaError(f"more than {MAX_CONDITIONS} comparisons, for every number of a set is one: write a range")
    _check_divisors(whole)


def check_clause(clause: Clause) -> None:
    """Raise CriteriaError for an unknown column, a value of another unit or an empty range; of an expanded clause."""
    for leaf in leaves(clause.require):
        try:
            check_leaf(leaf)
        except CriteriaError as error:
            raise CriteriaError(f"clause {clause.id}: {error}") from None
    kept = INTERNAL.intersection(columns_of(clause.require))
    if kept and clause.shown is not Shown.bank_only:
        raise CriteriaError(f"clause {clause.id}: a demand on {min(kept)} is shown to the bank only (bank_only)")


def _comparisons(leaf: Leaf) -> int:
    return len(leaf.values) if isinstance(leaf, Membership) and column(leaf.column).unit != "code" else 1


def _check_divisors(criteria: Sequence[Clause]) -> None:
    """Refuse to divide by what another demand of the same product holds at nothing or less."""
    nothing = {leaf.column: clause.id for clause in criteria for leaf in _demanded(clause.require) if _is_nothing(leaf)}
    for clause in criteria:
        for leaf in leaves(clause.require):
            if isinstance(leaf, RatioComparison) and leaf.over in nothing:
                by = nothing[leaf.over]
                raise CriteriaError(f"clause {clause.id}: divides by zero, for clause {by} demands no {leaf.over}")


def _demanded(condition: Condition) -> Iterator[Leaf]:
    """Yield the comparisons that must hold for the condition to hold."""
    match condition:
        case AllOf(all=parts) | AnyOf(any=(_,) as parts):
            for part in parts:
                yield from _demanded(part)
        case Comparison() | Between() | Membership():
            yield condition
        case _:
            return


def _is_nothing(leaf: Leaf) -> bool:
    of = column(leaf.column)
    match leaf:
        case Comparison(op="at_most" | "equals" | "below", value=value) if of.unit in DIVIDED:
            bound = threshold(of, value)
            return isinstance(bound, int) and bound - (leaf.op == "below") <= 0
        case Between(high=high) if of.unit in DIVIDED:
            bound = threshold(of, high)
            return isinstance(bound, int) and bound <= 0
        case _:
            return False


def check_leaf(leaf: Leaf) -> None:
    """Raise CriteriaError where one comparison does not fit its columns."""
    of = column(leaf.column)
    if of.unit == "code" and leaf.op not in TEXT_OPS:
        raise CriteriaError(f"column {of.name} holds codes: only equals and in, not {leaf.op}")
    match leaf:
        case Between(low=low, high=high):
            first, last = threshold(of, low), threshold(of, high)
            if isinstance(first, int) and isinstance(last, int) and first > last:
                raise CriteriaError(f"column {of.name}: the range {low} to {high} is empty")
        case Membership(values=values):
            if len({threshold(of, value) for value in values}) != len(values):
                raise CriteriaError(f"column {of.name}: a value is named twice")
        case RatioComparison():
            _check_ratio(leaf, of)
        case Comparison(value=BeforeAsOf()):
            if of.unit != "day":
                raise CriteriaError(f"mixes units: column {of.name} ({of.unit}) against a day before the day asked for")
        case Comparison(value=value):
            threshold(of, value)


def _check_ratio(leaf: RatioComparison, of: Column) -> None:
    over = column(leaf.over)
    if over.name == of.name:
        raise CriteriaError(f"column {of.name} is divided by itself")
    for one in (of, over):
        if one.unit not in DIVIDED:
            raise CriteriaError(f"column {one.name} ({one.unit}) cannot stand in a ratio: only amounts and counts can")
    if of.unit != over.unit:
        raise CriteriaError(f"mixes units: column {of.name} ({of.unit}) over {over.name} ({over.unit})")
    bound_ppm(leaf)
