"""The newest day on which anything was learnt that a profile may read: the tripwire of the point in time.

It reads the tables through the same view of what is known (`known.sql`) as every feature. Where that filter had a hole,
the day returned would lie after the profile's own, and a fit refuses such a row.
"""

import pyarrow as pa
from sqlglot import exp

from features.columns import AS_OF, ENTERPRISE, KNOWN_ON
from features.dictionary import FEATURES
from features.engine import Sources, open_engine
from features.statement import ASKED, PAIR, asked_statement, known

NEWEST_KNOWN_ON = "newest_known_on"
#: The tables that any feature reads.
READ_TABLES: frozenset[str] = frozenset(name for one in FEATURES.values() for name in one.tables)

_COLUMNS: list[tuple[str, pa.DataType]] = [
    (ENTERPRISE, pa.string()),
    (AS_OF, pa.date32()),
    (NEWEST_KNOWN_ON, pa.date32()),
]


def newest_known(sources: Sources, asked: pa.Table) -> pa.Table:
    """Return `enterprise`, `as_of` and `newest_known_on` of the asked pairs, each once, in order of the first two.

    The day is the newest `known_on` among all rows that the profile of the pair may read; null where there is none.
    """
    with open_engine() as connection:
        bound = sources.bind(connection) & READ_TABLES
        connection.register("given", asked.select([ENTERPRISE, AS_OF]))
        connection.execute(f"CREATE TEMP TABLE asked AS {asked_statement()}")
        found: pa.Table = connection.sql(_statement(sorted(bound))).to_arrow_table()
    return found.cast(pa.schema(_COLUMNS)).combine_chunks()


def _statement(tables: list[str]) -> str:
    newest = exp.Max(this=exp.column(KNOWN_ON, "read"))
    query = exp.select(f"{ASKED}.{ENTERPRISE}", f"{ASKED}.{AS_OF}").from_(ASKED)
    if not tables:
        query = query.select(exp.alias_(exp.null(), NEWEST_KNOWN_ON))
        return query.order_by(f"{ASKED}.{ENTERPRISE}", f"{ASKED}.{AS_OF}").sql("duckdb")
    parts = [
        exp.select(PAIR, exp.alias_(exp.Max(this=exp.column(KNOWN_ON)), KNOWN_ON))
        .from_(known(table).subquery(table))
        .group_by(PAIR)
        for table in tables
    ]
    union: exp.Query = parts[0]
    for part in parts[1:]:
        union = union.union(part, distinct=False)
    return (
        query.select(exp.alias_(newest, NEWEST_KNOWN_ON))
        .join(union.subquery("read"), on=f"read.{PAIR} = {ASKED}.{PAIR}", join_type="left")
        .group_by(f"{ASKED}.{ENTERPRISE}", f"{ASKED}.{AS_OF}")
        .order_by(f"{ASKED}.{ENTERPRISE}", f"{ASKED}.{AS_OF}")
        .sql("duckdb")
    )
