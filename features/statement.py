"""Composes one statement from the definitions: only what is asked for, over what is known of the tables that are bound.

The definitions are parsed once. A table named in a block becomes the view of what is known of it on the day of each
pair (`known.sql`), so that no definition can forget the point in time.
"""

from collections.abc import Iterable, Mapping
from functools import cache, lru_cache

import sqlglot
from sqlglot import exp

from features.columns import AS_OF, ENTERPRISE
from features.dictionary import DEFINITIONS, FEATURES, Block, Feature, Unit
from features.pruning import keep_columns
from features.tables import TABLES
from features.windows import expand_windows

DIALECT = "duckdb"
PAIR = "pair"
ASKED = "asked"

_SQL_TYPES: Mapping[Unit, str] = {
    Unit.ratio: "DOUBLE",
    Unit.log: "DOUBLE",
    Unit.code: "VARCHAR",
    Unit.day: "DATE",
}


def asked_statement() -> str:
    """Return the query that numbers the pairs of the relation `given`."""
    return _text("asked")


@lru_cache(maxsize=64)
def profile_statement(features: tuple[str, ...], bound: frozenset[str]) -> str:
    """Return the query of profiles over the table `asked` and the bound tables: enterprise, as_of, then the features.

    Features of tables that are not bound are null. Rows are in order of (enterprise, as_of).
    """
    wanted = [FEATURES[name] for name in features]
    readable = [one for one in wanted if one.tables <= bound]
    query = exp.select(f"{ASKED}.{ENTERPRISE}", f"{ASKED}.{AS_OF}").from_(ASKED)
    for one in wanted:
        value = exp.column(one.name, one.block) if one.tables <= bound else exp.null()
        query = query.select(exp.alias_(exp.TryCast(this=value, to=_type(one), safe=True), one.name), copy=False)
    for block in Block:
        names = [one.name for one in readable if one.block is block]
        if names:
            part = block_query(block, names).subquery(block)
            query = query.join(part, on=f"{block}.{PAIR} = {ASKED}.{PAIR}", join_type="left", copy=False)
    return query.order_by(f"{ASKED}.{ENTERPRISE}", f"{ASKED}.{AS_OF}").sql(DIALECT)


def block_query(block: Block, names: Iterable[str]) -> exp.Select:
    """Return the query of some of a block's features, one row per pair, each table replaced by what is known of it."""
    query = _expanded(block).copy()
    keep_columns(query, {PAIR, *names}, PAIR)
    for table in list(query.find_all(exp.Table)):
        if table.name in TABLES:
            table.replace(known(table.name).subquery(table.alias_or_name))
    return query


def known(table: str) -> exp.Select:
    """Return the view of what is known of a table on the day of each pair."""
    query = _parsed("known").copy()
    for one in list(query.find_all(exp.Table, exp.Column)):
        if isinstance(one, exp.Table) and one.name == "fact":
            one.replace(exp.alias_(exp.to_table(table), "fact", table=True))
        elif isinstance(one, exp.Column) and one.name == "event_on":
            one.set("this", exp.to_identifier(TABLES[table].event_on))
    rule = DEFINITIONS / f"known_{table}.sql"
    if not rule.exists():
        return query
    narrowed = _parsed(rule.stem).copy()
    for one in list(narrowed.find_all(exp.Table)):
        one.replace(query.subquery(table))
    return narrowed


def _type(one: Feature) -> exp.DataType:
    return exp.DataType.build(_SQL_TYPES.get(one.unit, "BIGINT"), dialect=DIALECT)


@cache
def _expanded(block: Block) -> exp.Select:
    """Return a block's definitions with the dictionary's windows put in; callers copy it."""
    query = _parsed(block).copy()
    expand_windows(query, sorted({one.window for one in FEATURES.values() if one.window is not None}))
    return query


@cache
def _parsed(name: str) -> exp.Select:
    return sqlglot.parse_one(_text(name), dialect=DIALECT, into=exp.Select)


@cache
def _text(name: str) -> str:
    return DEFINITIONS.joinpath(f"{name}.sql").read_text(encoding="utf-8")
