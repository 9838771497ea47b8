"""Versions of facts: which delivered rows are new, which repeat what is known, and when each one is superseded.

Rows that agree in the table's key speak of the same fact. A fact's rows are ordered by `known_on`; a row equal in
content to the one before it is a duplicate, one that differs supersedes it. A row that no day would see (superseded on
its own `known_on`) is not kept. The result depends on the set of rows only, never on their order.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.columns import ENTERPRISE, INVOICES, IS_VOID, KNOWN_ON, ROW_ID, SUPERSEDED_ON
from features.tables.contract import Table
from features.tables.stored import stored_schema

KEPT, DUPLICATE, CONFLICT = 0, 1, 2
#: What a merge may write to disk where memory is short; beyond it fails instead of filling the disk.
LARGEST_SPILL = "20GB"


@dataclass(frozen=True, slots=True)
class Merged:
    """The rows of a table after a delivery, sorted as they are stored, and what became of each delivered row.

    `fates` has one of `KEPT`, `DUPLICATE`, `CONFLICT` per delivered row, in their order. `is_changed` is false where
    the stored rows are as they were.
    """

    rows: pa.Table
    fates: npt.NDArray[np.int8]
    is_changed: bool


def row_ids(table: Table, rows: pa.Table) -> "pa.ChunkedArray[Any]":
    """Return an int64 per row from its content (all contract columns but `known_on`): equal contents, equal ids.

    63 bits of MD5 over the values as text: the same on every platform and version, unlike an engine's own hash.
    """
    content = [one.stored for one in table.columns if one.stored != KNOWN_ON]
    statement = f"SELECT (md5_number_lower({_joined(content)}) >> 1)::BIGINT AS {ROW_ID} FROM given ORDER BY place"  # noqa: S608
    given = rows.append_column("place", pa.array(np.arange(rows.num_rows)))
    with _engine().cursor() as connection:
        connection.register("given", given)
        found: pa.Table = connection.sql(statement).to_arrow_table()
    return found[ROW_ID]


def merge_versions(table: Table, stored: pa.Table | None, delivered: pa.Table) -> Merged:
    """Merge delivered rows (stored schema, `superseded_on` null) into the stored ones of the same table.

    Within one `known_on`: of invoices a void row wins; contents delivered now win over those stored before; of several
    contents delivered at once the one with the largest `row_id` stays and the others are in conflict.
    """
    before = stored_schema(table).empty_table() if stored is None else stored
    every = pa.concat_tables([before, delivered]).append_column(
        "place", pa.array(np.arange(before.num_rows + delivered.num_rows))
    )
    disputed = _disputed(table, every, before.num_rows)
    fates = np.full(every.num_rows, KEPT, np.int8)
    at = disputed["place"].to_numpy()
    fates[at] = disputed["fate"].to_numpy()
    kept = fates == KEPT
    new = fates[before.num_rows :]
    changed = bool((new == KEPT).any() or not kept[: before.num_rows].all())
    if not changed:
        return Merged(before, new, is_changed=False)
    superseded = _superseded(every[SUPERSEDED_ON], at, disputed[SUPERSEDED_ON])
    every = every.set_column(every.schema.get_field_index(SUPERSEDED_ON), SUPERSEDED_ON, superseded)
    return Merged(_sorted(table, every.filter(pa.array(kept))), new, is_changed=True)


_DISPUTED = """
WITH thin AS (
    SELECT place, place >= $old AS is_new, known_on, row_id, {is_void} AS is_void, md5_number({key}) AS fact FROM every
), repeated AS (
    SELECT fact FROM thin GROUP BY fact HAVING count(*) > 1
), marked AS (
    SELECT thin.*, max(is_new) OVER (PARTITION BY fact, known_on, row_id) AS is_delivered
    FROM thin SEMI JOIN repeated USING (fact)
), placed AS (
    SELECT *, row_number() OVER best AS standing, first_value(row_id) OVER best AS winner,
           first_value(is_void) OVER best AS is_winner_void
    FROM marked
    WINDOW best AS (
        PARTITION BY fact, known_on ORDER BY is_void DESC, is_delivered DESC, row_id DESC, is_new, place
    )
), winners AS (
    SELECT place, fact, known_on, row_id, row_id IS NOT DISTINCT FROM lag(row_id) OVER days AS is_repeat
    FROM placed WHERE standing = 1
    WINDOW days AS (PARTITION BY fact ORDER BY known_on)
), versions AS (
    SELECT place, 0 AS fate, lead(known_on) OVER (PARTITION BY fact ORDER BY known_on) AS superseded_on
    FROM winners WHERE NOT is_repeat
)
SELECT place, fate, superseded_on FROM versions
UNION ALL SELECT place, 1, NULL FROM winners WHERE is_repeat
UNION ALL SELECT place, CASE WHEN row_id = winner OR is_void <> is_winner_void THEN 1 ELSE 2 END, NULL
FROM placed WHERE standing > 1
"""


def _disputed(table: Table, every: pa.Table, old: int) -> pa.Table:
    """Return place, fate and `superseded_on` of the rows whose fact has more than one row."""
    is_void = IS_VOID if table.name == INVOICES else "false"
    statement = _DISPUTED.format(is_void=is_void, key=_joined(table.key))
    with _engine().cursor() as connection:
        connection.register("every", every)
        found: pa.Table = connection.sql(statement, params={"old": old}).to_arrow_table()
    return found


def _superseded(
    before: "pa.ChunkedArray[Any]", at: npt.NDArray[np.int64], days: "pa.ChunkedArray[Any]"
) -> "pa.Array[Any]":
    mixed = before.to_numpy().astype("datetime64[D]")
    mixed[at] = days.to_numpy().astype("datetime64[D]")
    return pa.array(mixed, pa.date32(), from_pandas=True)  # NaT is null


def _sorted(table: Table, rows: pa.Table) -> pa.Table:
    order = f"{ENTERPRISE}, {table.event_on} NULLS FIRST, {ROW_ID}, {KNOWN_ON}"
    with _engine().cursor() as connection:
        connection.register("given", rows)
        found: pa.Table = connection.sql(f"SELECT * EXCLUDE (place) FROM given ORDER BY {order}").to_arrow_table()  # noqa: S608
    return found.cast(stored_schema(table))


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    # Opening one takes 30 ms, a cursor of it half of one; cursors share no tables that are registered on them.
    return duckdb.connect(config={"autoinstall_known_extensions": False, "max_temp_directory_size": LARGEST_SPILL})


def _joined(names: tuple[str, ...] | list[str]) -> str:
    # Texts hold no control characters, so the separator cannot stand in a value.
    return "concat_ws(chr(31), " + ", ".join(f"coalesce({one}::VARCHAR, '')" for one in names) + ")"
