"""The contracts of the accepted tables, and the document made from them."""

from pathlib import Path

import pyarrow as pa
import pytest

from features import columns
from features.scope import PUBLIC
from features.tables import PUBLIC_TABLES, TABLES, ColumnKind, Table, stored_schema
from features.tables.describe import describe_tables
from features.tables.frames import frame_schema

DOCUMENT = Path(__file__).parent.parent / "docs" / "accepted_tables.md"
EVERY = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)


def test_the_document_is_the_contracts() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == describe_tables(TABLES.values())


def test_what_is_public_is_said_once() -> None:
    published = {"enterprises", "judgments", "penalties", "registration_changes", "honours"}
    assert published == PUBLIC.tables == PUBLIC_TABLES


@EVERY
def test_a_table_is_whole(table: Table) -> None:
    stored = [one.stored for one in table.columns]
    assert stored[0] == table.key[0] == columns.ENTERPRISE
    assert stored[-1] == columns.KNOWN_ON
    assert len(set(stored)) == len(stored)
    assert set(table.key) <= set(stored)
    assert table.column(table.event_on).kind is ColumnKind.day
    assert table.column(table.event_on).has_happened
    assert all(table.column(name).required for name in table.key)
    assert all((one.kind is ColumnKind.code) == bool(one.codes) for one in table.columns)
    texts = [table.zh, table.en, table.supplier_zh, table.supplier_en]
    assert all(texts + [label for one in table.columns for label in (one.zh, one.en)])


@EVERY
def test_stored_columns_are_in_the_vocabulary(table: Table) -> None:
    vocabulary = {value for name, value in vars(columns).items() if name.isupper()}
    assert set(stored_schema(table).names) <= vocabulary


@EVERY
def test_money_is_stored_as_whole_fen(table: Table) -> None:
    for one in table.columns:
        if one.kind is ColumnKind.money:
            assert one.name.removesuffix("_yuan") == one.stored.removesuffix("_fen")
            assert stored_schema(table).field(one.stored).type == pa.int64()
    assert not any(pa.types.is_floating(field.type) for field in stored_schema(table))


@EVERY
def test_the_frame_schema_has_the_stored_columns(table: Table) -> None:
    assert list(frame_schema(table).columns) == stored_schema(table).names


def test_an_unknown_column_is_an_error() -> None:
    with pytest.raises(KeyError):
        TABLES["loans"].column("colour")
