"""Criteria as data: named clauses over the columns of the feature dictionary.

Values stay as they were written, in the column's edge unit (yuan for `*_fen`, decimal text for ratios). `threshold`
turns one into the exact integer or code that is compared, so that form, sentence, compiler and log read it alike.
"""

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, StrictInt, StrictStr, Tag, model_validator

from matching.amounts import fen_of, ppm_of
from matching.errors import CriteriaError
from matching.vocabulary import Column, column

MAX_DEPTH = 8
MAX_CONDITIONS = 200
EPOCH = date(1970, 1, 1)
TEXT_OPS = frozenset({"equals", "in"})

EdgeValue = StrictInt | StrictStr


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
    values: Annotated[tuple[EdgeValue, ...], Field(min_length=1)]


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
    """A named demand of a product; its sentences are generated unless they are written here."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
    require: Condition
    zh: str | None = None
    en: str | None = None
    shown: Annotated[Shown, Field(exclude_if=_is_public)] = Shown.public
    ground: Annotated[Ground | None, Field(exclude_if=_is_none)] = None

    @model_validator(mode="after")
    def _kept_secret(self) -> Self:
        if self.ground is not None and self.shown is not Shown.bank_only:
            raise ValueError(f"a clause on the ground {self.ground} is shown to the bank only")
        return self


def threshold(of: Column, value: EdgeValue) -> int | str:
    """Return the value that is compared: fen, millionths, a whole number, days since 1970, or a code.

    Raises CriteriaError where the value does not fit the column's unit.
    """
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
    """Yield the comparisons of a condition, in written order."""
    match condition:
        case AllOf(all=parts) | AnyOf(any=parts):
            for part in parts:
                yield from leaves(part)
        case Not(part=part):
            yield from leaves(part)
        case _:
            yield condition


def depth(condition: Condition) -> int:
    """Count the levels of all/any/not above the deepest comparison."""
    match condition:
        case AllOf(all=parts) | AnyOf(any=parts):
            return 1 + max(depth(part) for part in parts)
        case Not(part=part):
            return 1 + depth(part)
        case _:
            return 0


def check_clause(clause: Clause) -> None:
    """Raise CriteriaError for an unknown column, a value of another unit, an empty range or too deep a nesting."""
    if depth(clause.require) > MAX_DEPTH:
        raise CriteriaError(f"clause {clause.id}: nested more than {MAX_DEPTH} deep")
    for leaf in leaves(clause.require):
        try:
            _check_leaf(leaf)
        except CriteriaError as error:
            raise CriteriaError(f"clause {clause.id}: {error}") from None


def _check_leaf(leaf: Leaf) -> None:
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
        case Comparison(value=value):
            threshold(of, value)


def _code(value: EdgeValue) -> str:
    if not isinstance(value, str) or not value:
        raise CriteriaError("a code is text")
    return value


def _whole(value: EdgeValue) -> int:
    if not isinstance(value, int):
        raise CriteriaError(f"a whole number is wanted, not {value!r}")
    return value
