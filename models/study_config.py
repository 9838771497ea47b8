"""What a study says of its table: which column is what. Read from a TOML file by the service, checked there by form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from models.errors import StudyError

#: In `numbers`: every column of the history that the study does not name otherwise.
EVERY: Final = "*"
#: The name of the key where a study names none and the table has no such column: the row's number from 0.
QUERY_ID: Final = "query_id"
#: Of a study with `outcome_known`, where it says no other: a write-off comes late, so a year would show few of them.
HORIZON_MONTHS: Final = 36


class StudyKind(StrEnum):
    """What a study asks of its rows."""

    match = "match"  # which option each query took
    risk = "risk"  # whether each query turned out bad


@dataclass(frozen=True, slots=True)
class Derived:
    """A column made of the first `first` characters of the text of another."""

    source: str
    first: int


@dataclass(frozen=True, slots=True)
class StudyColumns:
    """Which column is what. `place` and `industry` run from coarse to fine."""

    query: str | None = None
    option: str | None = None
    label: str | None = None
    date: str | None = None
    split: str | None = None
    weight: str | None = None
    amount: str | None = None
    place: tuple[str, ...] = ()
    industry: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()

    @property
    def levels(self) -> tuple[str, ...]:
        """The columns that are read as text: places, industries, categories."""
        return (*self.place, *self.industry, *self.categories)

    @property
    def all_numbers(self) -> tuple[str, ...]:
        """The columns that are read as numbers, the amount first."""
        return (*((self.amount,) if self.amount else ()), *self.numbers)

    @property
    def told(self) -> tuple[str, ...]:
        """The columns that only a history has: what became of a row and how it was set apart."""
        return tuple(name for name in (self.option, self.label, self.split, self.weight) if name)


@dataclass(frozen=True, slots=True)
class TableColumns:
    """A further table of a risk study, any number of rows per query; `order` says which row is the latest."""

    order: str | None = None
    numbers: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StudyConfig:
    """A study of one history (and, for risk, of further tables joined by the key).

    `outcome_known` names the column of the day on which a bad outcome came and was known; bad then means within
    `horizon_months` after `columns.date`.
    """

    kind: StudyKind
    columns: StudyColumns
    derive: Mapping[str, Derived] = field(default_factory=lambda: MappingProxyType({}))
    fit: tuple[str, ...] = ()
    test: tuple[str, ...] = ()
    folds: int | None = None
    metric: str | None = None
    outcome_known: str | None = None
    horizon_months: int = HORIZON_MONTHS
    tables: Mapping[str, TableColumns] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        """Refuse a study that cannot be asked (StudyError)."""
        columns = self.columns
        if self.kind is StudyKind.match and columns.option is None:
            raise StudyError("a match study names columns.option, the column of what was taken")
        if self.kind is StudyKind.risk and columns.label is None:
            raise StudyError("a risk study names columns.label, the column of what became of a row")
        if self.folds is not None and self.folds < 2:  # noqa: PLR2004 (a fold and the rest)
            raise StudyError(f"folds is at least 2, not {self.folds}")
        if self.outcome_known and (self.kind is not StudyKind.risk or columns.date is None):
            raise StudyError("outcome_known is of a risk study that names columns.date, the day the horizon runs from")
        if self.horizon_months < 1:
            raise StudyError(f"horizon_months is at least 1, not {self.horizon_months}")
        if self.tables and columns.query is None:
            raise StudyError("a study over several tables names columns.query, the key that joins them")
        if (self.fit or self.test) and columns.split is None:
            raise StudyError("fit and test are values of columns.split, which the study does not name")
        self._refuse_features_that_tell()

    @property
    def key(self) -> str:
        """The name of the key column in every output."""
        return self.columns.query or QUERY_ID

    def resolved(self, history: Sequence[str]) -> "StudyConfig":
        """Return the study with `numbers = "*"` spelled out over the history's columns, in their order."""
        if self.columns.numbers != (EVERY,):
            return self
        named = {*self.columns.levels, *self.columns.told, self.key, self.columns.date, self.columns.amount}
        numbers = tuple(name for name in history if name not in named and name != self.outcome_known)
        return replace(self, columns=replace(self.columns, numbers=numbers))

    def _refuse_features_that_tell(self) -> None:
        columns = self.columns
        read = [*columns.levels, *columns.all_numbers]
        twice = sorted({name for name in read if read.count(name) > 1})
        if twice:
            raise StudyError(f"columns names {', '.join(twice)} more than once")
        telling = {*columns.told, self.key, *((self.outcome_known,) if self.outcome_known else ())}
        told = sorted(telling & set(read))
        if told:
            raise StudyError(f"{', '.join(told)} is the key or tells what became of a row; it is no feature")
        sources = sorted({one.source for one in self.derive.values()} & {*columns.told, self.key})
        if sources:
            raise StudyError(f"derive makes a feature of {', '.join(sources)}, which is the key or tells the outcome")
