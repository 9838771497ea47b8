"""Criteria as data: named clauses over the columns of the feature dictionary.

Values stay as they were written, in the column's edge unit (yuan for `*_fen`, decimal text for ratios). `threshold`
turns one into the exact integer or code that is compared, so that form, sentence, compiler and log read it alike.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from graphlib import CycleError, TopologicalSorter
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, StrictInt, StrictStr, Tag, model_validator

from matching.amounts import MAX_FEN, fen_of, ppm_of
from matching.errors import CriteriaError
from matching.vocabulary import Column

MAX_DEPTH = 8
MAX_CONDITIONS = 200
# Of one set: China has some three thousand counties, a province a hundred.
MAX_VALUES = 1_000
EPOCH = date(1970, 1, 1)
TEXT_OPS = frozenset({"equals", "in"})
# What is held in whole numbers can be divided and still be compared exactly.
DIVIDED = frozenset({"fen", "count", "months", "days"})

# More than any code or number needs; a sentence in the place of a value ends here.
EdgeValue = StrictInt | Annotated[StrictStr, Field(max_length=100)]


def _is_none(value: object) -> bool:
    return value is None


def _is_public(value: object) -> bool:
    return value is Shown.public


class Op(StrEnum):
    """How a column is compared with the value that was written."""

    at_least = "at_least"
    at_most = "at_most"
    above = "above"
    below = "below"
    equals = "equals"
    between = "between"
    in_ = "in"


class Shown(StrEnum):
    """What a firm reads of a clause: its threshold, whether it is near or far from it, or that there is one."""

    public = "public"
    range_ = "range"
    bank_only = "bank_only"


NARROWER = (Shown.public, Shown.range_, Shown.bank_only)


class Ground(StrEnum):
    """Grounds that no firm is told of, whatever their clause says: telling would warn the wrong ones."""

    watch_list = "watch_list"
    fraud = "fraud"
    laundering = "laundering"


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True)


class BeforeAsOf(_Data):
    """A day counted back from the day asked for: so many days, or calendar months (to the month's last day)."""

    days_before: Annotated[StrictInt | None, Field(ge=0, le=36_600, exclude_if=_is_none)] = None
    months_before: Annotated[StrictInt | None, Field(ge=0, le=1_200, exclude_if=_is_none)] = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.days_before is None) == (self.months_before is None):
            raise ValueError("a day before the day asked for has exactly one of days_before and months_before")
        return self


class Comparison(_Data):
    """One column against one value."""

    column: str
    op: Literal["at_least", "at_most", "above", "below", "equals"]
    value: EdgeValue | BeforeAsOf


class RatioComparison(_Data):
    """One column over another of the same unit, against a decimal; it cannot be told where `over` is not positive."""

    column: str
    over: str
    op: Literal["at_least", "at_most", "above", "below"]
    value: EdgeValue


class Between(_Data):
    """One column within a range, both ends included."""

    column: str
    op: Literal["between"]
    low: EdgeValue
    high: EdgeValue


class Membership(_Data):
    """One column in a set."""

    column: str
    op: Literal["in"]
    values: Annotated[tuple[EdgeValue, ...], Field(min_length=1, max_length=MAX_VALUES)]


class AllOf(_Data):
    """Every part must hold."""

    all: Annotated[tuple["Condition", ...], Field(min_length=1)]


class AnyOf(_Data):
    """One part is enough."""

    any: Annotated[tuple["Condition", ...], Field(min_length=1)]


class Not(_Data):
    """The part must not hold; what cannot be told stays so."""

    part: Annotated["Condition", Field(alias="not")]


class SameAs(_Data):
    """The condition of another clause of the same product, by its id."""

    clause: str


Leaf = Comparison | RatioComparison | Between | Membership
KIND_OF_CLASS: dict[type, str] = {
    AllOf: "all",
    AnyOf: "any",
    Not: "not",
    SameAs: "clause",
    RatioComparison: "ratio",
    Between: "between",
    Membership: "in",
    Comparison: "comparison",
}


def _kind(value: Any) -> str:  # noqa: ANN401 (pydantic hands over whatever was written)
    if not isinstance(value, dict):
        return KIND_OF_CLASS.get(type(value), "comparison")
    nested = next((key for key in ("all", "any", "not", "clause") if key in value), None)
    if nested is not None:
        return nested
    if "over" in value:
        return "ratio"
    op = value.get("op")
    return op if op in ("between", "in") else "comparison"


Condition = Annotated[
    Annotated[Comparison, Tag("comparison")]
    | Annotated[RatioComparison, Tag("ratio")]
    | Annotated[Between, Tag("between")]
    | Annotated[Membership, Tag("in")]
    | Annotated[AllOf, Tag("all")]
    | Annotated[AnyOf, Tag("any")]
    | Annotated[Not, Tag("not")]
    | Annotated[SameAs, Tag("clause")],
    Discriminator(_kind),
]


class Clause(_Data):
    """A named demand of a product; its sentences are generated unless they are written here.

    `reason_zh` says why a demand that treats borrowers unequally is made: by kind or by place.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
    require: Condition
    zh: str | None = None
    en: str | None = None
    shown: Annotated[Shown, Field(exclude_if=_is_public)] = Shown.public
    ground: Annotated[Ground | None, Field(exclude_if=_is_none)] = None
    reason_zh: Annotated[str | None, Field(min_length=4, max_length=200, exclude_if=_is_none)] = None

    @model_validator(mode="after")
    def _kept_secret(self) -> Self:
        if self.ground is not None and self.shown is not Shown.bank_only:
            raise ValueError(f"a clause on the ground {self.ground} is shown to the bank only")
        return self


def threshold(of: Column, value: EdgeValue | BeforeAsOf) -> int | str:
    """Return the value that is compared: fen, millionths, a whole number, days since 1970, or a code.

    Raises CriteriaError where the value does not fit the column's unit, or moves with the day asked for.
    """
    if isinstance(value, BeforeAsOf):
        raise CriteriaError(f"mixes units: column {of.name} ({of.unit}) against a day before the day asked for")
    try:
        match of.unit:
            case "fen":
                return fen_of(value)
            case "ratio" | "log":
                return ppm_of(value)
            case "code":
                return _code(value)
            case "day":
                return (date.fromisoformat(str(value)) - EPOCH).days
            case _:
                return _whole(value)
    except ValueError as error:
        raise CriteriaError(f"column {of.name} ({of.unit}): {error}") from None


def leaves(condition: Condition) -> Iterator[Leaf]:
    """Yield the comparisons of a condition, in written order; CriteriaError where it still refers to a clause."""
    match condition:
        case AllOf(all=parts) | AnyOf(any=parts):
            for part in parts:
                yield from leaves(part)
        case Not(part=part):
            yield from leaves(part)
        case SameAs(clause=name):
            raise CriteriaError(f"clause {name} is referred to: expand the criteria before they are read")
        case _:
            yield condition


def columns_of(condition: Condition) -> tuple[str, ...]:
    """Name the columns a condition reads, each once, in written order: of a ratio both."""
    names = (name for leaf in leaves(condition) for name in leaf_columns(leaf))
    return tuple(dict.fromkeys(names))


def leaf_columns(leaf: Leaf) -> tuple[str, ...]:
    """Name the columns of one comparison."""
    return (leaf.column, leaf.over) if isinstance(leaf, RatioComparison) else (leaf.column,)


def depth(condition: Condition) -> int:
    """Count the levels of all/any/not above the deepest comparison."""
    match condition:
        case AllOf(all=parts) | AnyOf(any=parts):
            return 1 + max(depth(part) for part in parts)
        case Not(part=part):
            return 1 + depth(part)
        case _:
            return 0


def expanded(criteria: Sequence[Clause]) -> tuple[Clause, ...]:
    """Return the clauses with every reference replaced by the condition referred to.

    A clause that refers to another is shown no wider than that one. Raises CriteriaError for an unknown id, a loop
    (named), and where the whole would come to more than MAX_CONDITIONS comparisons or MAX_DEPTH levels: sizes are
    counted before anything is put in place, so that references to references cannot blow up.
    """
    clauses = {clause.id: clause for clause in criteria}
    if len(clauses) != len(criteria):
        raise CriteriaError("two clauses have one id")
    sizes: dict[str, tuple[int, int]] = {}
    total = 0
    for name in _referred_first(clauses):
        clause = clauses[name]
        sizes[name] = _size(clause.require, sizes)
        total += sizes[name][0]
        if total > MAX_CONDITIONS:
            raise CriteriaError(f"clause {name}: with it there are more than {MAX_CONDITIONS} comparisons")
        if sizes[name][1] > MAX_DEPTH:
            raise CriteriaError(f"clause {name}: nested more than {MAX_DEPTH} deep")
        named = tuple(references(clause.require))
        if named:
            shown = max((clause.shown, *(clauses[other].shown for other in named)), key=NARROWER.index)
            require = _replaced(clause.require, clauses)
            clauses[name] = clause.model_copy(update={"require": require, "shown": shown})
    return tuple(clauses[clause.id] for clause in criteria)


def references(condition: Condition) -> Iterator[str]:
    """Yield the ids of the clauses a condition refers to."""
    match condition:
        case AllOf(all=parts) | AnyOf(any=parts):
            for part in parts:
                yield from references(part)
        case Not(part=part):
            yield from references(part)
        case SameAs(clause=name):
            yield name
        case _:
            return


def bound_ppm(leaf: RatioComparison) -> int:
    """Return what a ratio is compared with, in millionths; CriteriaError where it is not such a number."""
    try:
        return ppm_of(leaf.value)
    except ValueError as error:
        raise CriteriaError(f"column {leaf.column} over {leaf.over}: {error}") from None


def _referred_first(clauses: Mapping[str, Clause]) -> tuple[str, ...]:
    """Order the clauses so that each comes after those it refers to."""
    graph: dict[str, tuple[str, ...]] = {}
    for clause in clauses.values():
        if depth(clause.require) > MAX_DEPTH:
            raise CriteriaError(f"clause {clause.id}: nested more than {MAX_DEPTH} deep")
        graph[clause.id] = tuple(dict.fromkeys(references(clause.require)))
        unknown = next((name for name in graph[clause.id] if name not in clauses), None)
        if unknown is not None:
            raise CriteriaError(f"clause {clause.id}: refers to clause {unknown}, which there is not")
    if not any(graph.values()):
        return tuple(graph)
    try:
        return tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        loop = " → ".join(reversed(error.args[1]))
        raise CriteriaError(f"clauses refer to each other in a loop: {loop}") from None


def _size(condition: Condition, sizes: Mapping[str, tuple[int, int]]) -> tuple[int, int]:
    """Count the comparisons and the levels of a condition as it will stand."""
    match condition:
        case AllOf(all=parts) | AnyOf(any=parts):
            found = [_size(part, sizes) for part in parts]
            return sum(size for size, _ in found), 1 + max(levels for _, levels in found)
        case Not(part=part):
            size, levels = _size(part, sizes)
            return size, 1 + levels
        case SameAs(clause=name):
            return sizes[name]
        case _:
            return 1, 0


def _replaced(condition: Condition, clauses: Mapping[str, Clause]) -> Condition:
    match condition:
        case AllOf(all=parts):
            return AllOf(all=tuple(_replaced(part, clauses) for part in parts))
        case AnyOf(any=parts):
            return AnyOf(any=tuple(_replaced(part, clauses) for part in parts))
        case Not(part=part):
            return Not.model_validate({"not": _replaced(part, clauses)})
        case SameAs(clause=name):
            return clauses[name].require
        case _:
            return condition


def _code(value: EdgeValue) -> str:
    if not isinstance(value, str) or not value:
        raise CriteriaError("a code is text")
    return value


def _whole(value: EdgeValue) -> int:
    if not isinstance(value, int):
        raise CriteriaError(f"a whole number is wanted, not {value!r}")
    if abs(value) > MAX_FEN:
        raise CriteriaError("the whole number is too large")
    return value
