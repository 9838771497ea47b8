"""The rows of one table of a study, joined to firms by the key, in an order that is theirs and not the file's."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.errors import StudyError
from models.metrics import Floats
from models.study_config import StudyConfig
from models.study_table import as_days, as_numbers, as_text

Places = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Owners:
    """Whose each row is: a place among `size` owners. Every figure is by owner and adds up in the order of rows."""

    place: Places
    size: int

    def sum(self, values: Floats, mask: Mask | None = None) -> Floats:
        """Return the sum; 0 for an owner without rows."""
        where = slice(None) if mask is None else mask
        return np.bincount(self.place[where], weights=values[where], minlength=self.size).astype(np.float64)

    def count(self, mask: Mask | None = None) -> Floats:
        """Return the number of rows."""
        return np.bincount(self.place if mask is None else self.place[mask], minlength=self.size).astype(np.float64)

    def mean(self, values: Floats, mask: Mask) -> Floats:
        """Return the mean; NaN for an owner without rows."""
        return over(self.sum(values, mask), self.count(mask))

    def extreme(self, values: Floats, mask: Mask, *, largest: bool) -> Floats:
        """Return the largest or smallest value; NaN for an owner without rows."""
        found = np.full(self.size, -np.inf if largest else np.inf)
        (np.maximum if largest else np.minimum).at(found, self.place[mask], values[mask])
        return np.where(np.isfinite(found), found, np.nan)


@dataclass(frozen=True)
class Periods:
    """The periods of a table's firms, sorted by firm and order; a period is all that one firm has of one order."""

    owners: Owners  # whose each period is
    order: Floats  # by period
    row: Places  # the period of each row, -1 for a row without order

    def means(self, values: Floats) -> Floats:
        """Return the mean of the known values of each period; NaN where none is known."""
        mask = (self.row >= 0) & ~np.isnan(values)
        return Owners(self.row[mask], len(self.order)).mean(values[mask], np.ones(int(mask.sum()), dtype=np.bool_))

    def edge(self, mask: Mask, *, last: bool) -> Mask:
        """Return which of the masked periods is its firm's first or last."""
        edge = self.owners.extreme(self.order, mask, largest=last)
        return np.asarray(mask & (self.order == edge[self.owners.place]), dtype=np.bool_)

    def of_rows(self, mask: Mask) -> Mask:
        """Return which rows stand in one of the masked periods."""
        return np.append(mask, False)[self.row]  # the place added is that of rows without order

    def follows(self) -> Mask:
        """Return which periods but the first are of the same firm as the one before."""
        return np.asarray(self.owners.place[1:] == self.owners.place[:-1], dtype=np.bool_)


@dataclass(frozen=True)
class TableRows:
    """The rows of one table, sorted by firm, order and values, copies dropped."""

    owners: Owners
    numbers: Mapping[str, Floats]
    levels: Mapping[str, pd.Categorical]
    periods: Periods | None
    rows: Floats  # by firm
    copies: Floats  # by firm

    def where_any(self, values: Floats) -> Floats:
        """Return the figures of firms that have rows; NaN for the others."""
        return np.where(self.rows > 0, values, np.nan)


def read_rows(
    tables: Mapping[str, pd.DataFrame], name: str, config: StudyConfig, keys: NDArray[np.object_]
) -> TableRows:
    """Return the rows that belong to these keys (texts, as in `StudyRows.keys`).

    Rows that agree in every named column are one row and counted as copies. Raises StudyError, naming table, column
    and row, where the table is absent or holds what it cannot.
    """
    columns = config.tables[name]
    table = _checked(tables, name, config)
    try:
        # Whole columns are read, so that how an order is written and which row is wrong is not a matter of the keys.
        order = _order(table[columns.order], columns.order) if columns.order else None
        numbers = {one: as_numbers(table[one], one) for one in columns.numbers}
    except StudyError as wrong:
        raise StudyError(f"the table {name}, {wrong}") from wrong
    place = np.asarray(pd.Index(keys).get_indexer(pd.Index(_texts(table[config.key]))), dtype=np.int64)
    mine = np.flatnonzero(place >= 0)
    levels = {one: as_text(table[one].iloc[mine]) for one in columns.categories}
    mine_numbers = {one: values[mine] for one, values in numbers.items()}
    return _sorted(Owners(place[mine], len(keys)), None if order is None else order[mine], mine_numbers, levels)


def present(table: pd.DataFrame, config: StudyConfig, keys: NDArray[np.object_]) -> Mask:
    """Return which keys have a row in the table, whose key column is named as the study's."""
    return np.asarray(pd.Index(keys).isin(pd.Index(_texts(table[config.key]))), dtype=np.bool_)


def over(above: Floats, below: Floats) -> Floats:
    """Return the quotient, NaN where there is nothing to divide by."""
    some = np.isfinite(below) & (below != 0)
    return np.where(some, above / np.where(some, below, 1.0), np.nan)


def _checked(tables: Mapping[str, pd.DataFrame], name: str, config: StudyConfig) -> pd.DataFrame:
    if name not in tables:
        raise StudyError(f"the study names the table {name}, which is not given")
    columns, table = config.tables[name], tables[name]
    read = [*((columns.order,) if columns.order else ()), *columns.numbers, *columns.categories]
    absent = [column for column in (config.key, *read) if column not in table.columns]
    if absent:
        raise StudyError(f"the table {name} lacks the column {absent[0]}")
    telling = sorted({config.key, *config.columns.told} & set(read))
    if telling:
        raise StudyError(f"the table {name}: {telling[0]} is the key or tells what became of a row; it is no feature")
    return table


def _texts(column: "pd.Series[Any]") -> NDArray[np.object_]:
    held = as_text(column)
    return np.array([*held.categories, None], dtype=object)[np.asarray(held.codes, dtype=np.int64)]


def _order(column: "pd.Series[Any]", name: str) -> Floats:
    """Return the order as a number: a number as it is (a year, say), a date or the text of one as days since 1970."""
    try:
        return as_numbers(column, name)
    except StudyError:
        days = as_days(column, name)
        return np.where(np.isnat(days), np.nan, days.astype(np.int64).astype(np.float64))


def _sorted(
    owners: Owners, order: Floats | None, numbers: Mapping[str, Floats], levels: Mapping[str, pd.Categorical]
) -> TableRows:
    # A missing value is told from any other by the mask before it; zero and minus zero are one value.
    plain = [*((order,) if order is not None else ()), *numbers.values()]
    values = [column for one in plain for column in (np.isnan(one), np.nan_to_num(one) + 0.0)]
    values += [np.asarray(one.codes, dtype=np.int64) for one in levels.values()]
    place = np.lexsort((*reversed(values), owners.place))
    is_copy = np.ones(len(place), dtype=np.bool_)
    is_copy[:1] = False
    for one in (owners.place, *values):
        is_copy[1:] &= one[place][1:] == one[place][:-1]
    kept = place[~is_copy]
    held = Owners(owners.place[kept], owners.size)
    return TableRows(
        held,
        {name: one[kept] for name, one in numbers.items()},
        {name: one[kept] for name, one in levels.items()},
        None if order is None else _periods(held, order[kept]),
        held.count(),
        owners.count() - held.count(),
    )


def _periods(owners: Owners, order: Floats) -> Periods:
    known = ~np.isnan(order)
    firm, held = owners.place[known], order[known]
    starts = np.ones(len(held), dtype=np.bool_)
    starts[1:] = (held[1:] != held[:-1]) | (firm[1:] != firm[:-1])
    row = np.full(len(order), -1, dtype=np.int64)
    row[known] = np.cumsum(starts) - 1
    return Periods(Owners(firm[starts], owners.size), held[starts], row)
