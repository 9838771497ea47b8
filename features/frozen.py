"""Facts as they were known on one day, held so: what later days would make of them if nothing new became known."""

from dataclasses import dataclass
from datetime import date

import duckdb

from features.columns import TAX_FILINGS
from features.engine import Sources


@dataclass(frozen=True, slots=True)
class FrozenSources:
    """`inner` as known on `day`: what became known later is not there, and what it replaced stands.

    A return that is not due yet is left out: asked of a later day it would read as one that was never filed.
    """

    inner: Sources
    day: date

    def bind(self, connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
        """Bind the inner tables, then put in the place of each what of it was known on the day."""
        names = self.inner.bind(connection)
        day = f"DATE '{self.day.isoformat()}'"
        for name in sorted(names):
            due = f" AND NOT (filed_on IS NULL AND due_on >= {day})" if name == TAX_FILINGS else ""
            # Names come from the tables of the contract, and the day is a date: there is no text of anybody in it.
            held = connection.sql(
                f"SELECT * REPLACE (NULL::DATE AS superseded_on) FROM {name} WHERE known_on <= {day}"  # noqa: S608
                f" AND (superseded_on IS NULL OR superseded_on > {day}){due}"
            ).to_arrow_table()
            connection.execute(f"DROP VIEW IF EXISTS {name}")
            connection.register(name, held)
        return names
