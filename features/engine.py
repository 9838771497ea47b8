"""Computes profiles: one row per asked enterprise and day, by DuckDB over whatever tables may be read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import duckdb
import pyarrow as pa


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
