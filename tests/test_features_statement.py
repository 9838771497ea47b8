"""The composed statement: complete, pruned, and never without the point in time."""

import pytest
import sqlglot
from sqlglot import exp

from features.dictionary import DEFINITIONS, FEATURES, Block
from features.statement import block_query, known, profile_statement
from features.tables import TABLES
from features.windows import expand_windows, is_windowed, windowed_name

WINDOWS = sorted({one.window for one in FEATURES.values() if one.window})
# Of these the result depends on the order of rows, on the engine or on floating-point sums (see the design of money).
INEXACT = {
    "AVG",
    "STDDEV",
    "STDDEVSAMP",
    "VARIANCE",
    "CORR",
    "COVARSAMP",
    "MODE",
    "ANYVALUE",
    "FIRST",
    "LAST",
    "ARRAYAGG",
}


def definition(block: Block) -> exp.Select:
    return sqlglot.parse_one(DEFINITIONS.joinpath(f"{block}.sql").read_text("utf-8"), dialect="duckdb", into=exp.Select)


@pytest.mark.parametrize("block", Block)
def test_a_block_defines_the_features_of_the_dictionary_and_no_others(block: Block) -> None:
    families = [column.alias_or_name for column in definition(block).expressions if column.alias_or_name != "pair"]
    assert sorted(families) == sorted({one.family for one in FEATURES.values() if one.block is block})


@pytest.mark.parametrize("name", FEATURES)
def test_a_feature_reads_the_tables_that_the_dictionary_says(name: str) -> None:
    feature = FEATURES[name]
    query = block_query(feature.block, [name])
    assert {table.name for table in query.find_all(exp.Table)} & TABLES.keys() == feature.tables


@pytest.mark.parametrize("block", Block)
def test_every_table_is_read_through_what_is_known_of_it(block: Block) -> None:
    names = [one.name for one in FEATURES.values() if one.block is block]
    query = block_query(block, names)
    read = [table for table in query.find_all(exp.Table) if table.name in TABLES]
    assert read
    for table in read:
        view = table.find_ancestor(exp.Select)
        assert view is not None
        assert table.alias == "fact"
        assert view.sql() in known(table.name).sql()


def test_what_is_known_filters_versions_and_days_by_the_event_of_the_table() -> None:
    text = known("loans").sql("duckdb", comments=False)
    for part in ("known_on <= asked.as_of", "superseded_on > asked.as_of", "fact.reported_on <= asked.as_of"):
        assert part in text
    assert "publicity_until >= penalties.as_of" in known("penalties").sql("duckdb", comments=False)


@pytest.mark.parametrize("block", Block)
def test_definitions_use_nothing_whose_result_depends_on_order(block: Block) -> None:
    nodes = {type(node).__name__.upper() for node in definition(block).walk()}
    anonymous = {node.name.upper() for node in definition(block).find_all(exp.Anonymous)}
    assert (nodes | anonymous) & INEXACT == set()


def test_only_what_a_feature_needs_is_computed() -> None:
    statement = profile_statement(("sales_12m_fen",), frozenset({"invoices"}))
    assert statement.count("fact.known_on") == 1  # one pass over the table
    for absent in ("partners", "MEDIAN", "tax_fen", "is_void AND amount_fen < 0", "sales_3m", "amount_3m_fen"):
        assert absent not in statement
    assert profile_statement(("kind",), frozenset({"invoices"})).count("fact.known_on") == 0


def test_a_column_with_a_window_becomes_one_per_window() -> None:
    query = sqlglot.parse_one(
        "SELECT pair, sum(x) FILTER (WHERE m BETWEEN w + 1 AND 2 * w) / part.y_w_fen AS x_w_fen FROM t",
        dialect="duckdb",
    )
    expand_windows(query, [3, 12])
    assert query.sql("duckdb") == (
        "SELECT pair, SUM(x) FILTER(WHERE m BETWEEN 3 + 1 AND 2 * 3) / part.y_3m_fen AS x_3m_fen, "
        "SUM(x) FILTER(WHERE m BETWEEN 12 + 1 AND 2 * 12) / part.y_12m_fen AS x_12m_fen FROM t"
    )


def test_windowed_features_of_the_dictionary_have_the_names_that_expansion_gives() -> None:
    for one in FEATURES.values():
        assert is_windowed(one.family) == (one.window is not None)
        assert one.name == (one.family if one.window is None else windowed_name(one.family, one.window))
    assert WINDOWS == [3, 6, 12, 24]
