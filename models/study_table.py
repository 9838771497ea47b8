"""The rows of a study, read by value: what a column holds counts, not the type a file happens to give it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.errors import StudyError
from models.metrics import Floats
from models.study_config import StudyConfig

Days = NDArray[np.datetime64]
Places = NDArray[np.int64]

_WHOLE: Final = re.compile(r"(-?\d+)\.0+")
_TRUTHS: Final = ("True", "False")
_DAY: Final = r"\d{4}-\d{2}-\d{2}"


@dataclass(frozen=True)
class StudyRows:
    """Rows of a history or of queries; every column has one value per row.

    `levels` holds text (code -1 is missing), `numbers` doubles (NaN is missing) under the columns' names. `keys` is
    the key as text: it serves folds and ties and is no feature. `outcome_on` holds the days of `outcome_known`;
    `dated` names the numbers that count days since 1970. What a table of queries does not have is None.
    """

    keys: NDArray[np.object_]
    levels: Mapping[str, pd.Categorical]
    numbers: Mapping[str, Floats]
    day: Days | None = None
    option: pd.Categorical | None = None
    label: Floats | None = None
    split: pd.Categorical | None = None
    weight: Floats | None = None
    outcome_on: Days | None = None
    dated: frozenset[str] = field(default=frozenset(), kw_only=True)

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self.keys)

    def take(self, places: Places | NDArray[np.bool_]) -> "StudyRows":
        """Return the rows at these places, or under this mask."""
        return StudyRows(
            self.keys[places],
            {name: column[places] for name, column in self.levels.items()},
            {name: column[places] for name, column in self.numbers.items()},
            *(None if column is None else column[places] for column in self._optional()),
            dated=self.dated,
        )

    def in_splits(self, splits: tuple[str, ...]) -> NDArray[np.bool_]:
        """Return which rows belong to one of the splits; all where none is asked for."""
        if not splits:
            return np.ones(len(self), dtype=np.bool_)
        if self.split is None:
            raise StudyError("the table has no split column, so no split can be asked for")
        return np.asarray(self.split.isin(list(splits)), dtype=np.bool_)

    def _optional(self) -> tuple[Any, ...]:
        return (self.day, self.option, self.label, self.split, self.weight, self.outcome_on)


def rows_of(table: pd.DataFrame, config: StudyConfig, *, is_history: bool) -> StudyRows:
    """Return the rows of a table as the study describes them; columns that it does not name are not read.

    A table of queries needs no option, label, split, weight or date; all but the date are not read from it. Raises
    StudyError, naming the column and row, where a column is absent or holds what it cannot.
    """
    columns, known = config.columns, config.outcome_known
    numbers = {name: as_numbers(_column(table, config, name), name) for name in columns.all_numbers}
    told = columns if is_history else None
    has_date = is_history or columns.date in config.derive or columns.date in table.columns
    return StudyRows(
        keys=_keys(table, config),
        levels={name: as_text(_column(table, config, name)) for name in columns.levels},
        numbers=numbers,
        day=as_days(_column(table, config, columns.date), columns.date) if columns.date and has_date else None,
        option=as_text(_column(table, config, told.option)) if told and told.option else None,
        label=_labels(_column(table, config, told.label), told.label) if told and told.label else None,
        split=as_text(_column(table, config, told.split)) if told and told.split else None,
        weight=_weights(_column(table, config, told.weight), told.weight) if told and told.weight else None,
        outcome_on=as_days(_column(table, config, known), known) if told and known else None,
        dated=frozenset(name for name in numbers if _is_dated(_column(table, config, name))),
    )


def as_text(column: "pd.Series[Any]") -> pd.Categorical:
    """Return the values as text levels in order of text; 7, 7.0 and "7" are one level, as are true and True."""
    held = pd.Categorical(column)
    texts = np.array([canonical(value) for value in held.categories], dtype=object)
    levels, place = np.unique(texts.astype(str), return_inverse=True)
    codes = np.append(place, -1)[held.codes]
    return pd.Categorical.from_codes(codes, categories=pd.Index(levels.astype(object)))


def canonical(value: object) -> str:
    """Return the text of a value by which two tables are compared."""
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    text = str(value)
    if text in _TRUTHS:
        return text.lower()
    return text.partition(".")[0] if _WHOLE.fullmatch(text) else text


def _column(table: pd.DataFrame, config: StudyConfig, name: str) -> "pd.Series[Any]":
    if name in config.derive:
        derived = config.derive[name]
        text = as_text(_column(table, config, derived.source))
        return pd.Series(text.map({level: level[: derived.first] for level in text.categories}))
    if name not in table.columns:
        raise StudyError(f"the table lacks the column {name}")
    return table[name]


def _keys(table: pd.DataFrame, config: StudyConfig) -> NDArray[np.object_]:
    if config.key not in table.columns:
        if config.columns.query is not None:
            raise StudyError(f"the table lacks the column {config.key}, the key of its rows")
        return np.array([str(number) for number in range(len(table))], dtype=object)
    column = table[config.key]
    if column.isna().any():
        raise StudyError(f"row {int(np.argmax(column.isna().to_numpy())) + 1} has no {config.key}")
    twice = column.duplicated().to_numpy()
    if twice.any():
        raise StudyError(f"row {int(np.argmax(twice)) + 1}: the {config.key} {column.iloc[np.argmax(twice)]} is twice")
    if column.dtype.kind == "f":
        return np.asarray(column.map(canonical).to_numpy(), dtype=object)
    text = column.astype(str)
    if not pd.api.types.is_integer_dtype(column.dtype):
        text = text.str.replace(_WHOLE, r"\1", regex=True)
    return np.asarray(text.to_numpy(), dtype=object)


def as_numbers(column: "pd.Series[Any]", name: str) -> Floats:
    """Return the values as doubles, NaN where missing or infinite; a date becomes days since 1970 (StudyError)."""
    if _is_dated(column):
        days = as_days(column, name)
        return np.where(np.isnat(days), np.nan, days.astype(np.int64).astype(np.float64))
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(object)
    if _is_text(column) and len(held := column.dropna()) and held.astype(str).str.match(_DAY).all():
        return as_numbers(pd.Series(pd.to_datetime(column, format="mixed")), name)
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = np.isnan(values) & column.notna().to_numpy(dtype=np.bool_)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise StudyError(f"row {row + 1}, {name}: {column.iloc[row]!r} is no number")
    return np.where(np.isfinite(values), values, np.nan)


def _is_dated(column: "pd.Series[Any]") -> bool:
    if column.dtype.kind == "M":
        return True
    first = column.dropna()
    return column.dtype == object and len(first) > 0 and hasattr(first.iloc[0], "isoformat")


def as_days(column: "pd.Series[Any]", name: str) -> Days:
    """Return the values as days, NaT where missing (StudyError where a value is no day)."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(object)
    # Each text by itself: how the first is written must not decide how the others are read.
    found = pd.to_datetime(column, errors="coerce", format="mixed" if _is_text(column) else None)
    wrong = (found.isna() & column.notna()).to_numpy(dtype=np.bool_)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise StudyError(f"row {row + 1}, {name}: {column.iloc[row]!r} is no day")
    return np.asarray(found.to_numpy(dtype="datetime64[D]"))


def _is_text(column: "pd.Series[Any]") -> bool:
    return isinstance(column.dtype, pd.StringDtype) or column.dtype == object


def _labels(column: "pd.Series[Any]", name: str) -> Floats:
    told = as_text(column).map({"true": "1", "false": "0"}.get) if _is_text(column) else None
    if told is not None and told.notna().any():
        column = pd.Series(np.where(told.isna(), column, told), dtype=object)
    values = as_numbers(column.astype(object) if column.dtype.kind == "b" else column, name)
    wrong = ~np.isnan(values) & ~np.isin(values, (0.0, 1.0))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise StudyError(f"row {row + 1}, {name}: {column.iloc[row]!r} is neither 0 nor 1")
    return values


def _weights(column: "pd.Series[Any]", name: str) -> Floats:
    values = as_numbers(column, name)
    if (values < 0).any():
        raise StudyError(f"row {int(np.argmax(values < 0)) + 1}, {name}: a weight is not negative")
    return np.where(np.isnan(values), 1.0, values)
