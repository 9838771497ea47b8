"""Notices: each told once, none to those who do not want it, read by nobody else."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from service.store import entity_store, notice_store, schema
from service.store.engine import Database, database_url
from service.store.notice_store import tell

DAY, NEXT = date(2026, 7, 1), date(2026, 7, 2)
FIRM, OTHER = "uscc:A", "uscc:B"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    base = Database(database_url(tmp_path, None))
    schema.upgrade(base)
    with base.write() as session:
        entity_store.put_enterprises(session, [(FIRM, "uscc", "甲"), (OTHER, "uscc", "乙")])
    yield base
    base.close()


def test_a_firm_is_told_once_of_each_subject_of_each_kind(database: Database) -> None:
    with database.write() as session:
        assert tell(session, FIRM, "policy", "p1", "{}", DAY)
        assert not tell(session, FIRM, "policy", "p1", '{"other": "words"}', NEXT)
        assert tell(session, FIRM, "policy", "p2", "{}", NEXT)
        assert tell(session, FIRM, "goal", "p1", "{}", NEXT)
        assert tell(session, OTHER, "policy", "p1", "{}", NEXT)
    with database.read() as session:
        told = [(one.kind, one.subject, one.document, one.told_on) for one in notice_store.notices(session, FIRM)]
    assert told == [("goal", "p1", "{}", NEXT), ("policy", "p2", "{}", NEXT), ("policy", "p1", "{}", DAY)]


def test_an_opt_out_holds_at_once_for_its_kind_and_firm_alone_and_hides_what_was_told(database: Database) -> None:
    with database.write() as session:
        tell(session, FIRM, "policy", "p1", "{}", DAY)
        notice_store.opt_out(session, FIRM, "policy", DAY)
        notice_store.opt_out(session, FIRM, "policy", NEXT)
        assert not tell(session, FIRM, "policy", "p2", "{}", DAY)
        assert tell(session, FIRM, "goal", "g1", "{}", DAY)
        assert tell(session, OTHER, "policy", "p2", "{}", DAY)
        assert notice_store.opted_out(session, "policy") == {FIRM}
        assert [one.kind for one in notice_store.notices(session, FIRM)] == ["goal"]


def test_after_an_opt_in_what_was_told_before_is_there_again_and_not_told_again(database: Database) -> None:
    with database.write() as session:
        tell(session, FIRM, "policy", "p1", "{}", DAY)
        notice_store.opt_out(session, FIRM, "policy", DAY)
        notice_store.opt_in(session, FIRM, "policy", NEXT)
        notice_store.opt_in(session, FIRM, "policy", NEXT)
        assert not tell(session, FIRM, "policy", "p1", "{}", NEXT)
        assert tell(session, FIRM, "policy", "p2", "{}", NEXT)
        assert [one.subject for one in notice_store.notices(session, FIRM)] == ["p2", "p1"]


def test_the_first_day_of_reading_stays_and_nobody_reads_for_another(database: Database) -> None:
    with database.write() as session:
        tell(session, FIRM, "policy", "p1", "{}", DAY)
        (told,) = notice_store.notices(session, FIRM)
        assert told.read_on is None
        assert notice_store.mark_read(session, OTHER, told.id, DAY) is None
        assert notice_store.mark_read(session, FIRM, told.id + 1, DAY) is None
        for day in (DAY, NEXT):
            read = notice_store.mark_read(session, FIRM, told.id, day)
            assert read is not None
            assert read.read_on == DAY


def test_telling_many_is_telling_each(database: Database) -> None:
    with database.write() as session:
        entity_store.put_enterprises(session, [("uscc:C", "uscc", "丙")])
        tell(session, FIRM, "policy", "p1", "{}", DAY)
        notice_store.opt_out(session, OTHER, "policy", DAY)
        told = notice_store.tell_all(session, ["uscc:C", FIRM, OTHER, "uscc:C"], "policy", "p1", "{}", NEXT)
        assert told == ["uscc:C"]
        assert notice_store.tell_all(session, told, "policy", "p1", "{}", NEXT) == []
        assert [one.told_on for one in notice_store.notices(session, "uscc:C")] == [NEXT]
