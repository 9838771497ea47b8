"""Several tables per firm, any number of rows each, turned into one row of numbers per firm by general rules.

No rule knows a table or a column by name; what a study's TOML says (which columns are numbers, which categories, which
one orders the rows) is all there is. What has no row or no value is missing (NaN), never zero; that a firm has rows in
a table at all is a number of its own, `table.present`. Rows that agree in every named column are one row and counted
as copies. Neither the order of rows nor that of firms changes a byte: rows are sorted by firm, order and all their
values before anything is added up, and a firm's numbers are made of its own rows and the spec. The key joins and is
nothing else: other names for the same firms give the same numbers.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.metrics import Floats
from models.study_config import StudyConfig
from models.table_rows import Owners, Periods, TableRows, over, read_rows

#: Levels of a category that get columns of their own: the most frequent among the firms of the fit.
LEVELS: Final = 12
#: A table of at most so many distinct orders (yearly reports, say) also gets columns by period.
PERIODS: Final = 8
#: Firms of the fit that must have a level or period, or know a figure, before it gets a column.
LEAST_FIRMS: Final = 10
#: The same as a share of the fit's firms: what fewer know is noise to trees that draw their columns by chance.
LEAST_SHARE: Final = 0.01
#: The column that says in how many tables a firm has rows.
PRESENT: Final = "tables.present"


@dataclass(frozen=True)
class SummarySpec:
    """What a fit learned of its tables: levels and periods that get columns, latest orders, the columns kept."""

    levels: Mapping[str, Mapping[str, tuple[str, ...]]]  # table -> category -> levels, the most frequent first
    latest: Mapping[str, float]  # table -> latest order among the firms of the fit
    periods: Mapping[str, tuple[float, ...]]  # table of few periods -> their orders, ascending
    columns: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the spec as JSON-able values."""
        levels = {table: {name: list(one) for name, one in by.items()} for table, by in self.levels.items()}
        periods = {table: list(one) for table, one in self.periods.items()}
        return {"levels": levels, "latest": dict(self.latest), "periods": periods, "columns": list(self.columns)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "SummarySpec":
        """Return the spec that `as_json` wrote."""
        levels = {table: {name: tuple(one) for name, one in by.items()} for table, by in data["levels"].items()}
        periods = {table: tuple(one) for table, one in data["periods"].items()}
        return cls(levels, dict(data["latest"]), periods, tuple(data["columns"]))


def summaries(
    tables: Mapping[str, pd.DataFrame],
    config: StudyConfig,
    keys: NDArray[np.object_],
    fitted: SummarySpec | None = None,
) -> tuple[pd.DataFrame, SummarySpec]:
    """Return one row of doubles per key, in the keys' order, and the spec that made it.

    Without `fitted` the spec is learned from the rows of these keys, which are then the firms of a fit; with it the
    columns are those of the fit. `keys` are the keys' texts (`StudyRows.keys`); rows of other firms are not used.
    Raises StudyError, naming table, column and row, where a table is absent or holds what it cannot.
    """
    rows = {name: read_rows(tables, name, config, keys) for name in config.tables}
    spec = fitted or _learned(rows)
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is not known
        found = dict(one for name, held in rows.items() for one in _summarised(name, held, spec))
    found = {name: np.where(np.isfinite(values), values + 0.0, np.nan) for name, values in found.items()}
    found[PRESENT] = sum((found[f"{name}.present"] for name in rows), np.zeros(len(keys)))
    if fitted is None:
        spec = replace(spec, columns=_telling(found))
    return pd.DataFrame({name: found[name] for name in spec.columns}, index=pd.RangeIndex(len(keys))), spec


def _learned(rows: Mapping[str, TableRows]) -> SummarySpec:
    levels = {
        name: {one: _frequent(held, column) for one, column in held.levels.items()} for name, held in rows.items()
    }
    latest, periods = {}, {}
    for name, held in rows.items():
        if held.periods is not None and len(held.periods.order):
            latest[name] = float(held.periods.order.max())
            found, firms = np.unique(held.periods.order, return_counts=True)
            if len(found) <= PERIODS:
                periods[name] = tuple(float(one) for one in found[firms >= _least(held.owners.size)])
    return SummarySpec(levels, latest, periods)


def _frequent(held: TableRows, column: pd.Categorical) -> tuple[str, ...]:
    pairs = np.unique(np.stack([held.owners.place, column.codes.astype(np.int64)]), axis=1)
    firms = np.bincount(pairs[1][pairs[1] >= 0], minlength=len(column.categories))
    ranked = sorted((-int(count), str(level)) for level, count in zip(column.categories, firms, strict=True))
    return tuple(level for count, level in ranked if -count >= _least(held.owners.size))[:LEVELS]


def _least(firms: int) -> float:
    return max(LEAST_FIRMS, LEAST_SHARE * firms)


def _telling(found: Mapping[str, Floats]) -> tuple[str, ...]:
    """Return the columns that enough firms know, that take two values, missing being one, and are no copy."""
    seen: set[bytes] = set()
    kept = []
    for name, values in found.items():
        held, known = values.tobytes(), int(np.sum(~np.isnan(values)))
        if held not in seen and known >= _least(len(values)) and len(np.unique(values)) > 1:
            kept.append(name)
        seen.add(held)
    return tuple(kept)


def _summarised(name: str, rows: TableRows, spec: SummarySpec) -> Iterator[tuple[str, Floats]]:
    """Yield the columns of one table: `table.what`, `table.column.what` and so on."""
    yield f"{name}.present", (rows.rows > 0).astype(np.float64)
    yield f"{name}.rows", rows.where_any(rows.rows)
    yield f"{name}.copies", rows.where_any(rows.copies)
    few = spec.periods.get(name, ())
    if rows.periods is not None:
        yield from _order(f"{name}.order", rows, rows.periods, spec.latest.get(name, np.nan))
        for period in few:
            there = rows.periods.of_rows(rows.periods.order == period)
            yield f"{name}.order.rows.{period:g}", rows.where_any(rows.owners.count(there))
    for column, values in rows.numbers.items():
        yield from _number(f"{name}.{column}", rows, values)
        if rows.periods is not None:
            yield from _in_time(f"{name}.{column}", rows.periods, values, few)
    for column, held in rows.levels.items():
        yield from _category(f"{name}.{column}", rows, held)
        for level in spec.levels[name][column]:
            yield from _level(f"{name}.{column}", rows, (held, level), few)


def _order(name: str, rows: TableRows, periods: Periods, latest: float) -> Iterator[tuple[str, Floats]]:
    """Yield what the order alone says: first, last, how long ago, number of periods and the gaps between them."""
    every = np.ones(len(periods.order), dtype=np.bool_)
    first = periods.owners.extreme(periods.order, every, largest=False)
    last = periods.owners.extreme(periods.order, every, largest=True)
    count = periods.owners.count()
    known = rows.owners.count(periods.row >= 0)
    same = periods.follows()
    gap, between = np.diff(periods.order)[same], Owners(periods.owners.place[1:][same], periods.owners.size)
    mean = over(last - first, count - 1)
    spread = np.sqrt(over(between.sum((gap - mean[between.place]) ** 2), between.count()))
    yield f"{name}.first", first
    yield f"{name}.last", last
    yield f"{name}.ago", latest - last
    yield f"{name}.length", last - first
    yield f"{name}.periods", rows.where_any(count)
    yield f"{name}.missing", over(rows.rows - known, rows.rows)
    yield f"{name}.gap_mean", mean
    yield f"{name}.gap_max", between.extreme(gap, np.ones(len(gap), dtype=np.bool_), largest=True)
    yield f"{name}.gap_variability", over(spread, mean)
    yield f"{name}.rows_per_period", over(known, count)


def _number(name: str, rows: TableRows, values: Floats) -> Iterator[tuple[str, Floats]]:
    """Yield what a number says whatever its order."""
    owners, known = rows.owners, ~np.isnan(values)
    count, mean = owners.count(known), owners.mean(values, known)
    spread = np.sqrt(owners.mean((values - mean[owners.place]) ** 2, known))
    yield f"{name}.known", rows.where_any(count)
    yield f"{name}.missing", over(owners.count(~known), rows.rows)
    yield f"{name}.sum", np.where(count > 0, owners.sum(values, known), np.nan)
    yield f"{name}.mean", mean
    yield f"{name}.min", owners.extreme(values, known, largest=False)
    yield f"{name}.max", owners.extreme(values, known, largest=True)
    yield f"{name}.variability", over(spread, np.abs(mean))
    yield f"{name}.negative", over(owners.count(values < 0), count)
    yield f"{name}.zero", over(owners.count(values == 0), count)


def _in_time(name: str, periods: Periods, values: Floats, few: tuple[float, ...]) -> Iterator[tuple[str, Floats]]:
    """Yield what a number's means by period say: first, last, change, slope by least squares, how often the same."""
    owners, held = periods.owners, periods.means(values)
    known = ~np.isnan(held)
    mean = owners.mean(held, known)
    apart = periods.order - owners.mean(periods.order, known)[owners.place]
    first = owners.mean(held, periods.edge(known, last=False))
    last = owners.mean(held, periods.edge(known, last=True))
    pairs = periods.follows() & known[1:] & known[:-1]
    after = Owners(owners.place[1:], owners.size)
    yield f"{name}.first", first
    yield f"{name}.last", last
    yield f"{name}.change", last - first
    yield f"{name}.slope", over(owners.sum(apart * (held - mean[owners.place]), known), owners.sum(apart**2, known))
    yield f"{name}.last_to_mean", over(last, mean)
    yield f"{name}.same", after.mean((held[1:] == held[:-1]).astype(np.float64), pairs)
    for period in few:
        yield f"{name}.in.{period:g}", owners.mean(held, known & (periods.order == period))


def _category(name: str, rows: TableRows, held: pd.Categorical) -> Iterator[tuple[str, Floats]]:
    """Yield how many levels a firm has and how concentrated its rows are on them (Herfindahl: 1 where on one)."""
    owners, codes = rows.owners, np.asarray(held.codes, dtype=np.int64)
    known = codes >= 0
    pairs, times = np.unique(np.stack([owners.place[known], codes[known]]), axis=1, return_counts=True)
    by_level = Owners(pairs[0], owners.size)
    squares = by_level.sum(times.astype(np.float64) ** 2)
    yield f"{name}.missing", over(owners.count(~known), rows.rows)
    yield f"{name}.distinct", rows.where_any(by_level.count())
    yield f"{name}.concentration", over(squares, owners.count(known) ** 2)


def _level(
    name: str, rows: TableRows, chosen: tuple[pd.Categorical, str], few: tuple[float, ...]
) -> Iterator[tuple[str, Floats]]:
    """Yield one level's count and its share of the rows that know a level: of all, of the last period, of each."""
    held, level = chosen
    owners, known = rows.owners, np.asarray(held.codes) >= 0
    at = np.asarray(held == level, dtype=np.bool_) if level in held.categories else np.zeros_like(known)
    yield f"{name}.count.{level}", rows.where_any(owners.count(at))
    yield f"{name}.share.{level}", over(owners.count(at), owners.count(known))
    if rows.periods is None:
        return
    periods = rows.periods
    every = np.ones(len(periods.order), dtype=np.bool_)
    asked = {"last": periods.edge(every, last=True), **{f"in.{one:g}": periods.order == one for one in few}}
    for what, mask in asked.items():
        there = known & periods.of_rows(mask)
        yield f"{name}.{what}.{level}", over(owners.count(at & there), owners.count(there))
