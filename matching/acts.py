"""What a firm can lastingly do about a column, as data: which columns, within which range, how long, how hard.

`data/acts.json` is read against this model. A column that no act names and no waiting moves cannot change, and advice
says so. Three kinds of column may never be named, because nobody is to be told to raise them for a loan or to become
another: what the invoices say (sales, purchases, buyers …), tax and taxable sales, and what the firm is (its registry).
Acts of one plan run side by side: a plan takes as long as its slowest act, and as much effort as all of them together.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from features.dictionary import Block, Unit
from matching.criteria import Condition, columns_of
from matching.errors import CriteriaError
from matching.vocabulary import column

AMOUNT, TERM = "@amount", "@term"
REQUEST_COLUMNS = frozenset({AMOUNT, TERM})
# What trade brings in or the state is paid: advice to raise it would be advice to dress the books.
EARNED = frozenset({"tax_paid_12m_fen", "taxable_sales_12m_fen", "insured_count", "insured_growth_12m_ratio"})
WHOLE_UNITS = frozenset({Unit.fen, Unit.count, Unit.months, Unit.days, Unit.year, Unit.flag})
APRIL = 4
# 纳税信用管理办法: the rating of a year is published in the April after it.
RATING_DELAY_YEARS = 2
EFFORTS = ((1, "很小", "slight"), (2, "较小", "small"), (4, "中等", "middling"), (8, "较大", "large"))
LARGEST_EFFORT = ("很大", "very large")


class Outcome(StrEnum):
    """On whom it depends that an act brings what it is for."""

    sure = "sure"  # the firm alone
    granted = "granted"  # an authority or court decides
    told = "told"  # nobody knows the value before it is read: afterwards it can be told, no more
    if_wrong = "if_wrong"  # only where the record is wrong


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Down(_Data):
    """A whole number may be brought down, as far as `to`."""

    column: str
    way: Literal["down"]
    to: Annotated[int, Field(ge=0)]


class Up(_Data):
    """A whole number may be brought up by at most so much."""

    column: str
    way: Literal["up"]
    most: Annotated[int, Field(ge=1)]


class Put(_Data):
    """The column becomes exactly `to`."""

    column: str
    way: Literal["set"]
    to: int


class Recode(_Data):
    """A code may become one of those beside it."""

    column: str
    way: Literal["codes"]
    codes: Mapping[str, Annotated[tuple[str, ...], Field(min_length=1)]]


class Add(_Data):
    """What the act brings with it: so much more."""

    column: str
    way: Literal["add"]
    by: int


class Follow(_Data):
    """What the act brings with it: more by as much as `fall_of` falls, gone `fades_days` after the day asked for."""

    column: str
    way: Literal["follow"]
    fall_of: str
    fades_days: Annotated[int, Field(ge=1)]


class Ask(_Data):
    """The firm asks for another amount or term: whatever the product lends."""

    column: Literal["@amount", "@term"]
    way: Literal["ask"]


class Tell(_Data):
    """A column that is missing becomes known, whatever it is."""

    column: str
    way: Literal["tell"]


Change = Annotated[Down | Up | Put | Recode | Add | Follow | Ask | Tell, Field(discriminator="way")]


class Act(_Data):
    """Something a firm can do.

    `days` pass from its start to its effect; `effort` adds up over a plan. `starts`: now; in April, with the yearly tax
    rating; or on a day that follows from facts which no column holds and the caller gives. `only_if` is asked of the
    firm as it is (what is missing does not allow it), `then` must not fail once the plan is carried out.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_:]*$")]
    changes: Annotated[tuple[Change, ...], Field(min_length=1)]
    days: Annotated[int, Field(ge=0)]
    effort: Annotated[int, Field(ge=0)]
    outcome: Outcome
    zh: str
    en: str
    starts: Literal["now", "april", "given"] = "now"
    only_if: Condition | None = None
    then: Condition | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns the act touches, the one it is about first."""
        return tuple(change.column for change in self.changes)

    @model_validator(mode="after")
    def _allowed(self) -> Self:
        if len(set(self.columns)) != len(self.columns):
            raise ValueError(f"act {self.id} changes a column twice")
        for change in self.changes:
            try:
                _check_change(change, self.columns)
            except CriteriaError as error:
                raise ValueError(f"act {self.id}: {error}") from None
        for condition in (self.only_if, self.then):
            for name in () if condition is None else columns_of(condition):
                column(name)
        return self


class TellTable(_Data):
    """How what a table holds, or ("") what a firm states itself, becomes known."""

    table: str
    days: Annotated[int, Field(ge=0)]
    effort: Annotated[int, Field(ge=0)]
    zh: str
    en: str


class Acts(_Data):
    """All acts, how what is missing becomes known, the columns that time moves, and how far ahead advice looks.

    `least_publicity_months` is, by grade, how long a penalty is publicised before its repair may be asked for (信用修复
    管理办法 of 2026-04-01: minor none, general three months, serious a year).
    """

    horizon_days: Annotated[int, Field(ge=0)]
    least_publicity_months: Mapping[str, Annotated[int, Field(ge=0)]] = {}
    acts: tuple[Act, ...]
    tells: tuple[TellTable, ...]
    waits: tuple[str, ...]

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        ids = [act.id for act in self.acts]
        if len(set(ids)) != len(ids):
            raise ValueError("an act is named twice")
        for name in self.waits:
            column(name)
        return self

    def telling(self, missing: tuple[str, ...], known: frozenset[str]) -> tuple[Act, ...]:
        """Return the acts that make missing columns known.

        A column whose table is read already (another column of it is in `known`) is missing for its own sake, such as a
        growth without an earlier year: no act tells it.
        """
        read = {table for name in known for table in column(name).tables}
        found = []
        for one in self.tells:
            names = tuple(name for name in missing if _is_of(name, one.table) and one.table not in read)
            if names:
                labels = [column(name) for name in names]
                zh = one.zh.replace("{columns}", "、".join(of.zh for of in labels))
                en = one.en.replace("{columns}", ", ".join(of.en for of in labels))
                tells = tuple(Tell(column=name, way="tell") for name in names)
                act_id = f"tell:{one.table or 'stated'}"
                found.append(
                    Act(id=act_id, changes=tells, days=one.days, effort=one.effort, outcome=Outcome.told, zh=zh, en=en)
                )
        return tuple(found)


@cache
def packaged_acts() -> Acts:
    """Read the packaged acts."""
    return Acts.model_validate_json((files("matching") / "data" / "acts.json").read_text(encoding="utf-8"))


def start_days(act: Act, as_of: date, rating_year: int | None, given: Mapping[str, int]) -> int | None:
    """Return in how many days an act can start, None where that is not known.

    The rating of year Y is taken as published on the last day of April of Y + 1; without a known year, in the next
    April that ends after `as_of`.
    """
    if act.starts == "now":
        return 0
    if act.starts == "given":
        return given.get(act.id)
    year = as_of.year if rating_year is None else max(as_of.year, rating_year + RATING_DELAY_YEARS)
    published = date(year, APRIL + 1, 1) - timedelta(days=1)
    if published <= as_of:
        published = date(year + 1, APRIL + 1, 1) - timedelta(days=1)
    return (published - as_of).days


def effort_words(effort: int) -> tuple[str, str]:
    """Word an effort in Chinese and in English."""
    return next(((zh, en) for most, zh, en in EFFORTS if effort <= most), LARGEST_EFFORT)


def is_forbidden(name: str) -> bool:
    """Say whether a column may never be advised on: trade, tax, or what the firm is."""
    block = column(name).block
    return (block in (Block.invoices, Block.registry) and bool(column(name).tables)) or name in EARNED


def _is_of(name: str, table: str) -> bool:
    tables = column(name).tables
    return not tables if table == "" else table in tables


def _check_change(change: Change, columns: tuple[str, ...]) -> None:
    if isinstance(change, Ask):
        return
    of = column(change.column)
    if isinstance(change, Tell):
        return
    if is_forbidden(change.column):
        raise CriteriaError(f"no act may name {change.column}: it is what the firm is, sells or pays")
    if isinstance(change, Recode) != (of.unit == Unit.code) or (of.unit != Unit.code and of.unit not in WHOLE_UNITS):
        raise CriteriaError(f"column {change.column} ({of.unit}) cannot change by way of {change.way}")
    if isinstance(change, Follow) and change.fall_of not in columns:
        raise CriteriaError(f"{change.column} follows {change.fall_of}, which the act does not change")
