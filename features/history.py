"""What was known of a table by a day, all versions: what a history of matches is read from."""

from datetime import date

import pyarrow as pa
from sqlglot import exp

from features.columns import KNOWN_ON, ROW_ID, SUPERSEDED_ON
from features.engine import Sources, open_engine
from features.tables import TABLES, stored_schema


def known_rows(sources: Sources, table: str, as_of: date) -> pa.Table:
    """Return every version of the table's facts that was known by `as_of`, in stored columns.

    A version superseded only later stands as the newest (`superseded_on` null). Rows are in order of key, `known_on`
    and `row_id`; there are none where `sources` does not bind the table. Raises KeyError for an unknown table.
    """
    schema = stored_schema(TABLES[table])
    with open_engine() as connection:
        if table not in sources.bind(connection):
            return schema.empty_table()
        found: pa.Table = connection.sql(_statement(table, as_of)).to_arrow_table()
    return found.cast(schema).combine_chunks()


def _statement(table: str, as_of: date) -> str:
    day = exp.cast(exp.Literal.string(as_of.isoformat()), exp.DataType.Type.DATE)
    names = stored_schema(TABLES[table]).names
    later = exp.column(SUPERSEDED_ON) > day
    columns = [
        exp.alias_(exp.Case().when(later, exp.null()).else_(exp.column(name)), name)
        if name == SUPERSEDED_ON
        else exp.column(name)
        for name in names
    ]
    order = [exp.column(name) for name in (*TABLES[table].key, KNOWN_ON, ROW_ID)]
    known = exp.column(KNOWN_ON) <= day
    return exp.select(*columns).from_(exp.to_table(table)).where(known).order_by(*order).sql("duckdb")
