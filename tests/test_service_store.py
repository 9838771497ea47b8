"""The database: no writer loses another's work, a failed transaction leaves nothing, an old database is refused."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from service.audit.entry import EntryError
from service.audit.tags import Tag
from service.audit.verify import verify
from service.errors import HomeError
from service.store import entity_store, log_store, release_store, schema
from service.store.engine import Database, database_url
from service.store.orm import Base
from service.store.release_store import ModelVersion

NOW = datetime(2026, 7, 1, 8, 30, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    base = Database(database_url(tmp_path, None))
    schema.upgrade(base)
    return base


def _append(database: Database, number: int) -> int:
    with database.write() as session:
        seen = log_store.count(session)
        body = {"number": number, "seen": seen}
        return log_store.append(session, Tag.log_listed, NOW, "operator:test", None, body)


def test_the_newest_migration_makes_exactly_the_tables_of_the_orm(database: Database) -> None:
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_a_database_that_is_not_at_the_newest_migration_is_refused_with_the_command(tmp_path: Path) -> None:
    empty = Database(database_url(tmp_path, None))
    with pytest.raises(HomeError, match="rongqiao db upgrade --home"):
        schema.require_newest(empty, tmp_path)


def test_two_hundred_entries_from_eight_threads_are_all_there_and_each_saw_all_before_it(database: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda number: _append(database, number), range(200)))
    assert sorted(numbers) == list(range(1, 201))
    with database.read() as session:
        entries = list(log_store.each(session))
    # A transaction that read before it took the write lock would have seen fewer than there were.
    assert [f'"seen":{entry.id - 1},' in entry.entry for entry in entries] == [True] * 200
    assert verify(entries).holds


def test_an_error_in_a_transaction_leaves_neither_entry_nor_effect(database: Database) -> None:
    def work() -> None:
        with database.write() as session:
            entity_store.put_enterprises(session, [("uscc:X", "uscc", "甲")])
            log_store.append(session, Tag.log_listed, NOW, "operator:test", None, {"score": 0.5})  # type: ignore[dict-item]

    with pytest.raises(EntryError):
        work()
    with database.read() as session:
        assert (entity_store.count(session), log_store.count(session)) == (0, 0)


def test_what_a_read_session_changes_is_thrown_away(database: Database) -> None:
    with database.read() as session:
        entity_store.put_enterprises(session, [("uscc:X", "uscc", "甲")])
    with database.read() as session:
        assert entity_store.count(session) == 0


def test_durability_settings_are_on(database: Database) -> None:
    with database.read() as session:
        assert session.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert session.execute(text("PRAGMA synchronous")).scalar() == 2
        assert session.execute(text("PRAGMA foreign_keys")).scalar() == 1


def test_a_byte_changed_to_no_utf8_is_named_not_an_error_on_reading(database: Database) -> None:
    for number in range(3):
        _append(database, number)
    with database.write() as session:
        session.execute(text("UPDATE log_entries SET entry = CAST(x'FF' || substr(entry, 2) AS TEXT) WHERE id = 2"))
    with database.read() as session:
        result = verify(log_store.each(session))
    assert [fault.entry for fault in result.faults] == [2]
    assert result.entries == 3


def test_pages_of_the_log_go_backwards_without_gap_or_repeat(database: Database) -> None:
    for number in range(7):
        _append(database, number)
    with database.read() as session:
        first = log_store.newest(session, limit=3)
        second = log_store.newest(session, limit=3, before=first[-1].id)
        third = log_store.newest(session, limit=3, before=second[-1].id)
    assert [entry.id for entry in (*first, *second, *third)] == [7, 6, 5, 4, 3, 2, 1]


def test_a_bare_value_is_found_only_where_it_means_one_enterprise(database: Database) -> None:
    with database.write() as session:
        found = [
            ("cumcm2020c:E1", "cumcm2020c", "甲"),
            ("other:E1", "other", "乙"),
            ("cumcm2020c:E2", "cumcm2020c", "丙"),
        ]
        assert entity_store.put_enterprises(session, found) == 3
        assert entity_store.put_enterprises(session, found) == 0
    with database.read() as session:
        assert [one.id for one in entity_store.find(session, "E2")] == ["cumcm2020c:E2"]
        assert [one.id for one in entity_store.find(session, "E1")] == ["cumcm2020c:E1", "other:E1"]
        assert [one.id for one in entity_store.find(session, "cumcm2020c:E1")] == ["cumcm2020c:E1"]
        assert entity_store.find(session, "E3") == []


def test_models_of_before_keep_their_state_through_the_migration_and_back(tmp_path: Path) -> None:
    base = Database(database_url(tmp_path, None))
    schema.migrate(base, "0001")
    columns = "id, purpose, as_of, probability_name, kind, state, metrics, sequence"
    with base.engine.begin() as connection:
        for number, state in enumerate(("retired", "active")):
            row = f"'risk-{number}', 'default_risk', '2026-06-30', 'pd_12m', 'scorecard', '{state}', '{{}}', {number}"
            connection.execute(text(f"INSERT INTO models ({columns}) VALUES ({row})"))  # noqa: S608 (fixed text)
    schema.upgrade(base)
    with base.read() as session:
        kept = release_store.models(session)
    assert [(one.id, one.state, one.approved_by) for one in kept] == [
        ("risk-1", "active", None),
        ("risk-0", "retired", None),
    ]
    schema.migrate(base, "0001")
    with base.engine.connect() as connection:
        assert connection.execute(text("SELECT state FROM models ORDER BY id")).scalars().all() == ["retired", "active"]


def test_the_database_itself_refuses_a_second_active_model_of_a_purpose(database: Database) -> None:
    one = ModelVersion("risk-1", "default_risk", date(2026, 6, 30), "pd_12m", "scorecard", "active", "{}")
    with database.write() as session:
        release_store.put_model(session, one)
        release_store.put_model(session, replace(one, id="ranker-1", purpose="ranking"))
    with pytest.raises(IntegrityError, match="purpose"), database.write() as session:
        release_store.put_model(session, replace(one, id="risk-2"))
