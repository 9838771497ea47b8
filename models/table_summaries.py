"""Several tables per firm, any number of rows each, turned into one row of numbers per firm by general rules.

No rule knows a table or a column by name; what a study's TOML says (which columns are numbers, which categories, which
one orders the rows) is all there is. What has no row or no value is missing (NaN), never zero; that a firm has rows in
a table at all is a number of its own (`rows` is NaN without any, `present` 0). Rows that agree in every named column
are one row and counted as copies. Neither the order of rows nor that of firms changes a byte: rows are sorted by firm,
order and all their values before anything is added up, and a firm's numbers are made of its own rows and the spec.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.errors import StudyError
from models.metrics import Floats
from models.study_config import StudyConfig
from models.study_table import as_days, as_numbers, as_text

#: Levels of a category that get columns of their own: the most frequent among the firms of the fit.
LEVELS: Final = 12
#: Levels by which numbers are summed: category times number grows fast.
SUMMED_LEVELS: Final = 6
#: Firms of the fit that must have a level before it gets columns.
LEAST_FIRMS: Final = 10

#: The column that says in how many tables a firm has rows.
PRESENT: Final = "tables.present"

_Places = NDArray[np.int64]
_Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class SummarySpec:
    """What a fit learned of its tables: levels that get columns, each table's latest order, the columns kept."""

    levels: Mapping[str, Mapping[str, tuple[str, ...]]]  # table -> category -> levels, the most frequent first
    latest: Mapping[str, float]  # table -> latest order among the firms of the fit
    columns: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the spec as JSON-able values."""
        levels = {table: {name: list(one) for name, one in by.items()} for table, by in self.levels.items()}
        return {"levels": levels, "latest": dict(self.latest), "columns": list(self.columns)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "SummarySpec":
        """Return the spec that `as_json` wrote."""
        levels = {table: {name: tuple(one) for name, one in by.items()} for table, by in data["levels"].items()}
        return cls(levels, dict(data["latest"]), tuple(data["columns"]))


def summaries(
    tables: Mapping[str, pd.DataFrame],
    config: StudyConfig,
    keys: NDArray[np.object_],
    fitted: SummarySpec | None = None,
) -> tuple[pd.DataFrame, SummarySpec]:
    """Return one row of doubles per key, in the keys' order, and the spec that made it.

    Without `fitted` the spec is learned from the rows of these keys, which are then the firms of a fit; with it the
    columns are those of the fit. `keys` are the keys' texts (`StudyRows.keys`); rows of other firms are not read.
    Raises StudyError, naming table, column and row, where a table is absent or holds what it cannot.
    """
    rows = {name: _rows(tables, name, config, keys) for name in config.tables}
    spec = fitted or _learned(rows)
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is not known
        found = dict(one for name, held in rows.items() for one in _summarised(name, held, spec))
    found = {name: np.where(np.isfinite(values), values + 0.0, np.nan) for name, values in found.items()}
    found[PRESENT] = np.sum([found[f"{name}.present"] for name in rows], axis=0, initial=0.0)
    if fitted is None:
        spec = replace(spec, columns=_telling(found))
    return pd.DataFrame({name: found[name] for name in spec.columns}, index=pd.RangeIndex(len(keys))), spec


@dataclass(frozen=True)
class _Owners:
    """Whose each row is: the place of its firm among `firms` firms. All figures are by firm, in the order of rows."""

    firm: _Places
    firms: int

    def sum(self, values: Floats, mask: _Mask | None = None) -> Floats:
        """Return the sum; 0 for a firm without any."""
        where = slice(None) if mask is None else mask
        return np.bincount(self.firm[where], weights=values[where], minlength=self.firms).astype(np.float64)

    def count(self, mask: _Mask | None = None) -> Floats:
        """Return the number of rows."""
        return np.bincount(self.firm if mask is None else self.firm[mask], minlength=self.firms).astype(np.float64)

    def mean(self, values: Floats, mask: _Mask) -> Floats:
        """Return the mean; NaN for a firm without any."""
        return _over(self.sum(values, mask), self.count(mask))

    def extreme(self, values: Floats, mask: _Mask, *, largest: bool) -> Floats:
        """Return the largest or smallest value; NaN for a firm without any."""
        found = np.full(self.firms, -np.inf if largest else np.inf)
        (np.maximum if largest else np.minimum).at(found, self.firm[mask], values[mask])
        return np.where(np.isfinite(found), found, np.nan)

    def edge(self, order: Floats, mask: _Mask, *, largest: bool) -> _Mask:
        """Return which of the masked rows stand in their firm's last (or first) period."""
        edge = self.extreme(order, mask, largest=largest)
        return np.asarray(mask & (order == edge[self.firm]), dtype=np.bool_)


@dataclass(frozen=True)
class _Rows:
    """The rows of one table, sorted by firm, order and values, copies dropped."""

    owners: _Owners
    order: Floats | None
    numbers: Mapping[str, Floats]
    levels: Mapping[str, pd.Categorical]
    rows: Floats  # by firm
    copies: Floats  # by firm

    def where_any(self, values: Floats) -> Floats:
        """Return the figures of firms that have rows; NaN for the others."""
        return np.where(self.rows > 0, values, np.nan)


def _rows(tables: Mapping[str, pd.DataFrame], name: str, config: StudyConfig, keys: NDArray[np.object_]) -> _Rows:
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
    return _sorted(
        _Owners(place[mine], len(keys)),
        None if order is None else order[mine],
        {one: values[mine] for one, values in numbers.items()},
        levels,
    )


def _checked(tables: Mapping[str, pd.DataFrame], name: str, config: StudyConfig) -> pd.DataFrame:
    if name not in tables:
        raise StudyError(f"the study names the table {name}, which is not given")
    columns, table = config.tables[name], tables[name]
    read = [*([columns.order] if columns.order else []), *columns.numbers, *columns.categories]
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
    owners: _Owners, order: Floats | None, numbers: Mapping[str, Floats], levels: Mapping[str, pd.Categorical]
) -> _Rows:
    # A missing value is told from any other by the mask before it; zero and minus zero are one value.
    plain = [*((order,) if order is not None else ()), *numbers.values()]
    values = [column for one in plain for column in (np.isnan(one), np.nan_to_num(one) + 0.0)]
    values += [np.asarray(one.codes, dtype=np.int64) for one in levels.values()]
    place = np.lexsort((*reversed(values), owners.firm))
    is_copy = np.ones(len(place), dtype=np.bool_)
    is_copy[:1] = False
    for one in (owners.firm, *values):
        is_copy[1:] &= one[place][1:] == one[place][:-1]
    kept = place[~is_copy]
    held = _Owners(owners.firm[kept], owners.firms)
    return _Rows(
        held,
        None if order is None else order[kept],
        {name: one[kept] for name, one in numbers.items()},
        {name: one[kept] for name, one in levels.items()},
        held.count(),
        owners.count() - held.count(),
    )


def _learned(rows: Mapping[str, _Rows]) -> SummarySpec:
    """Return the levels that enough firms have, by number of firms and then by text, and each table's latest order."""
    levels = {
        name: {one: _frequent(held, column) for one, column in held.levels.items()} for name, held in rows.items()
    }
    known = {name: held.order[~np.isnan(held.order)] for name, held in rows.items() if held.order is not None}
    return SummarySpec(levels, {name: float(one.max()) for name, one in known.items() if len(one)})


def _frequent(held: _Rows, column: pd.Categorical) -> tuple[str, ...]:
    pairs = np.unique(np.stack([held.owners.firm, column.codes.astype(np.int64)]), axis=1)
    firms = np.bincount(pairs[1][pairs[1] >= 0], minlength=len(column.categories))
    ranked = sorted((-int(count), str(level)) for level, count in zip(column.categories, firms, strict=True))
    return tuple(level for count, level in ranked if -count >= LEAST_FIRMS)[:LEVELS]


def _telling(found: Mapping[str, Floats]) -> tuple[str, ...]:
    """Return the columns that take two values, missing being one, and are no copy of an earlier one."""
    seen: set[bytes] = set()
    kept = []
    for name, values in found.items():
        held = values.tobytes()
        if held not in seen and len(np.unique(values)) > 1:
            kept.append(name)
        seen.add(held)
    return tuple(kept)


def _summarised(name: str, rows: _Rows, spec: SummarySpec) -> Iterator[tuple[str, Floats]]:
    """Yield the columns of one table: `table.what`, `table.column.what` and so on."""
    yield f"{name}.present", (rows.rows > 0).astype(np.float64)
    yield f"{name}.rows", rows.where_any(rows.rows)
    yield f"{name}.copies", rows.where_any(rows.copies)
    last = None
    if rows.order is not None:
        last = rows.owners.edge(rows.order, ~np.isnan(rows.order), largest=True)
        yield from _periods(f"{name}.order", rows, rows.order, spec.latest.get(name, np.nan))
    for column, values in rows.numbers.items():
        yield from _number(f"{name}.{column}", rows, values)
        if rows.order is not None:
            yield from _in_time(f"{name}.{column}", rows, values, rows.order)
    for column, held in rows.levels.items():
        yield from _category(f"{name}.{column}", rows, held, (spec.levels[name][column], last))
    yield from _ratios(name, rows)


def _periods(name: str, rows: _Rows, order: Floats, latest: float) -> Iterator[tuple[str, Floats]]:
    """Yield what the order alone says: first, last, how long ago, number of periods and the gaps between them."""
    owners, known = rows.owners, ~np.isnan(order)
    first, last = owners.extreme(order, known, largest=False), owners.extreme(order, known, largest=True)
    firm, period = owners.firm[known], order[known]
    starts = np.ones(len(period), dtype=np.bool_)
    starts[1:] = (period[1:] != period[:-1]) | (firm[1:] != firm[:-1])
    firm, period = firm[starts], period[starts]
    periods = _Owners(firm, owners.firms).count()
    same = firm[1:] == firm[:-1]
    gap, between = np.diff(period)[same], _Owners(firm[1:][same], owners.firms)
    mean = _over(last - first, periods - 1)
    spread = np.sqrt(_over(between.sum((gap - mean[between.firm]) ** 2), between.count()))
    yield f"{name}.first", first
    yield f"{name}.last", last
    yield f"{name}.ago", latest - last
    yield f"{name}.length", last - first
    yield f"{name}.periods", rows.where_any(periods)
    yield f"{name}.missing", _over(owners.count(~known), rows.rows)
    yield f"{name}.gap_mean", mean
    yield f"{name}.gap_max", between.extreme(gap, np.ones(len(gap), dtype=np.bool_), largest=True)
    yield f"{name}.gap_variability", _over(spread, mean)
    yield f"{name}.rows_per_period", _over(owners.count(known), periods)


def _number(name: str, rows: _Rows, values: Floats) -> Iterator[tuple[str, Floats]]:
    """Yield what a number says whatever its order."""
    owners, known = rows.owners, ~np.isnan(values)
    count, mean = owners.count(known), owners.mean(values, known)
    spread = np.sqrt(owners.mean((values - mean[owners.firm]) ** 2, known))
    yield f"{name}.known", rows.where_any(count)
    yield f"{name}.missing", _over(owners.count(~known), rows.rows)
    yield f"{name}.sum", np.where(count > 0, owners.sum(values, known), np.nan)
    yield f"{name}.mean", mean
    yield f"{name}.min", owners.extreme(values, known, largest=False)
    yield f"{name}.max", owners.extreme(values, known, largest=True)
    yield f"{name}.variability", _over(spread, np.abs(mean))
    yield f"{name}.negative", _over(owners.count(values < 0), count)
    yield f"{name}.zero", _over(owners.count(values == 0), count)


def _in_time(name: str, rows: _Rows, values: Floats, order: Floats) -> Iterator[tuple[str, Floats]]:
    """Yield a number's mean in the first and last period that knows it, its change, and its slope by least squares."""
    owners, known = rows.owners, ~np.isnan(values) & ~np.isnan(order)
    mean = owners.mean(values, known)
    apart = order - owners.mean(order, known)[owners.firm]
    slope = _over(owners.sum(apart * (values - mean[owners.firm]), known), owners.sum(apart**2, known))
    first = owners.mean(values, owners.edge(order, known, largest=False))
    last = owners.mean(values, owners.edge(order, known, largest=True))
    yield f"{name}.first", first
    yield f"{name}.last", last
    yield f"{name}.change", last - first
    yield f"{name}.slope", slope
    yield f"{name}.last_to_mean", _over(last, mean)


def _category(
    name: str, rows: _Rows, held: pd.Categorical, chosen: tuple[tuple[str, ...], _Mask | None]
) -> Iterator[tuple[str, Floats]]:
    """Yield how many levels a firm has, how concentrated its rows are on them (Herfindahl), and each chosen level."""
    levels, last = chosen
    owners, codes = rows.owners, np.asarray(held.codes, dtype=np.int64)
    known = codes >= 0
    count = owners.count(known)
    pairs, times = np.unique(np.stack([owners.firm[known], codes[known]]), axis=1, return_counts=True)
    by_level = _Owners(pairs[0], owners.firms)
    yield f"{name}.missing", _over(owners.count(~known), rows.rows)
    yield f"{name}.distinct", rows.where_any(by_level.count())
    yield f"{name}.concentration", _over(by_level.sum(times.astype(np.float64) ** 2), count**2)
    place = {str(level): number for number, level in enumerate(held.categories)}
    for number, level in enumerate(levels):
        at = codes == place.get(level, -2)
        yield f"{name}.count.{level}", rows.where_any(owners.count(at))
        yield f"{name}.share.{level}", _over(owners.count(at), count)
        if last is not None:
            yield f"{name}.last.{level}", _over(owners.count(at & last), owners.count(known & last))
        for column, values in rows.numbers.items() if number < SUMMED_LEVELS else ():
            told = at & ~np.isnan(values)
            yield f"{name}.sum.{level}.{column}", np.where(owners.count(told) > 0, owners.sum(values, told), np.nan)


def _ratios(name: str, rows: _Rows) -> Iterator[tuple[str, Floats]]:
    """Yield the ratio of sums of each two numbers of the table, over the rows that know both."""
    names, owners = list(rows.numbers), rows.owners
    for number, upper in enumerate(names):
        for lower in names[number + 1 :]:
            above, below = rows.numbers[upper], rows.numbers[lower]
            both = ~np.isnan(above) & ~np.isnan(below)
            yield f"{name}.ratio.{upper}.{lower}", _over(owners.sum(above, both), owners.sum(below, both))


def _over(above: Floats, below: Floats) -> Floats:
    """Return the quotient, NaN where there is nothing to divide by."""
    some = np.isfinite(below) & (below != 0)
    return np.where(some, above / np.where(some, below, 1.0), np.nan)
