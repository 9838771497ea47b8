"""Computes profiles: one row per asked enterprise and day, by DuckDB over whatever tables may be read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import duckdb
import pyarrow as pa

from features.columns import AS_OF, ENTERPRISE
from features.dictionary import FEATURES, Unit
from features.errors import UnknownFeatureError
from features.statement import asked_statement, profile_statement

#: What a statement may write to disk where memory is short; beyond it fails instead of filling the disk.
LARGEST_SPILL = "20GB"

_ARROW: Mapping[Unit, pa.DataType] = {
    Unit.ratio: pa.float64(),
    Unit.log: pa.float64(),
    Unit.code: pa.string(),
    Unit.day: pa.date32(),
}


class Sources(Protocol):
    """Where the engine reads facts: the door of a home, or tables in memory."""

    def bind(self, connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
        """Make one view per readable table, named as the table, and return their names; an absent table has no view."""
        ...


@dataclass(frozen=True, slots=True)
class ArrowSources:
    """Fact tables held in memory, by name of table, in their stored form."""

    tables: Mapping[str, pa.Table]

    def bind(self, connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
        """Register each table under its name and return the names."""
        for name, table in self.tables.items():
            connection.register(name, table)
        return frozenset(self.tables)


def build_profiles(
    sources: Sources, asked: pa.Table, *, features: Sequence[str] | None = None, threads: int | None = None
) -> pa.Table:
    """Return one row per asked pair with the named features (preset: all), in order of (enterprise, as_of).

    `asked` has the columns `enterprise` (string) and `as_of` (date32), any number of days per enterprise; a pair asked
    twice is answered once. Money is int64 fen, ratios and logarithms double, codes string, days date32; what is not
    known is null, and so is every feature of a table that `sources` does not bind. The same bytes come out for any
    number of threads (preset: all cores) and any order and split of the rows. Raises UnknownFeatureError.
    """
    names = tuple(FEATURES) if features is None else tuple(features)
    unknown = sorted(set(names) - set(FEATURES))
    if unknown:
        raise UnknownFeatureError(f"There is no feature named {', '.join(unknown)}.")
    with open_engine(threads) as connection:
        bound = sources.bind(connection)
        connection.register("given", asked.select([ENTERPRISE, AS_OF]))
        connection.execute(f"CREATE TEMP TABLE asked AS {asked_statement()}")
        found: pa.Table = connection.sql(profile_statement(names, bound)).to_arrow_table()
    return found.cast(profile_schema(names)).combine_chunks()


def profile_schema(features: Sequence[str]) -> pa.Schema:
    """Return the columns of a profile with these features: enterprise, as_of, then one per feature."""
    fields: list[tuple[str, pa.DataType]] = [(ENTERPRISE, pa.string()), (AS_OF, pa.date32())]
    fields += [(name, _ARROW.get(FEATURES[name].unit, pa.int64())) for name in features]
    return pa.schema(fields)


def open_engine(threads: int | None = None) -> duckdb.DuckDBPyConnection:
    """Return a new connection that downloads nothing, on so many threads (preset: all cores); callers close it."""
    # Order within a result comes from ORDER BY alone; extensions beyond the built-in ones would be downloads.
    config: dict[str, str | bool | int | float | list[str]] = {
        "preserve_insertion_order": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "max_temp_directory_size": LARGEST_SPILL,
    }
    return duckdb.connect(config=config if threads is None else config | {"threads": threads})
