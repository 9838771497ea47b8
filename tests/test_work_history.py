"""A match history is read through the door: of firms that allow training, in all four tables, as known on a day."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from delivered import A, B, registry, row, write_csv

from features.columns import ENTERPRISE
from features.newest import NEWEST_KNOWN_ON
from features.tables import TABLES
from features.uscc import make_uscc
from matching.choice_states import History
from service.access import consent
from service.access.caller import COMMAND, Ground, Kind, Purpose
from service.store.consent_store import Authorisation
from service.work import authorise, deliver
from service.work.history import HISTORY, asked_profiles, match_history
from service.work.home import Home, open_or_create_home

NOW = datetime(2024, 7, 1, 8, tzinfo=UTC)
C = make_uscc("91", "620102", 3)
AFTER = date(2024, 6, 30)
WHOLE = frozenset(TABLES)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = open_or_create_home(tmp_path / "home", now=lambda: NOW)
    yield made
    made.database.close()


def _deliver(home: Home, folder: Path, *tables: str, ground: Ground | None = None) -> None:
    registry(folder, A, B, C)
    for table in ("invoices", *tables):
        write_csv(folder, table, [row(table, enterprise=one) for one in (A, B, C)])
    deliver.take(home, COMMAND, folder, "tables", ground=ground)


def _authorise(home: Home, firm: str, purpose: Purpose, tables: frozenset[str] = WHOLE) -> None:
    given = Authorisation(f"uscc:{firm}", Kind.matching, purpose, tables, date(2024, 1, 1), date(2025, 1, 1), None)
    authorise.give(home, COMMAND, [given])


def _history(home: Home, as_of: date = AFTER) -> History | None:
    with home.database.read() as session:
        permit = consent.permit(session, COMMAND, Purpose.model_training, home.today)
    return match_history(home, permit.access, as_of)


def _firms(found: History | None, table: str) -> set[str]:
    assert found is not None
    return {str(one).removeprefix("uscc:") for one in getattr(found, table).column(ENTERPRISE).to_pylist()}


def test_only_firms_that_allow_training_in_every_table_are_read(home: Home, tmp_path: Path) -> None:
    _deliver(home, tmp_path / "in", *HISTORY)
    _authorise(home, A, Purpose.model_training)
    _authorise(home, B, Purpose.matching)
    _authorise(home, C, Purpose.model_training, WHOLE - {"decisions"})
    found = _history(home)
    assert {table: _firms(found, table) for table in HISTORY} == {table: {A} for table in HISTORY}


def test_firms_of_several_grants_come_in_order_of_their_ids(home: Home, tmp_path: Path) -> None:
    _deliver(home, tmp_path / "in", *HISTORY)
    _authorise(home, C, Purpose.model_training, WHOLE - {"loans"})
    _authorise(home, A, Purpose.model_training)
    found = _history(home)
    assert found is not None
    assert found.requests.column(ENTERPRISE).to_pylist() == sorted([f"uscc:{A}", f"uscc:{C}"])


def test_what_became_known_later_is_not_there(home: Home, tmp_path: Path) -> None:
    _deliver(home, tmp_path / "in", *HISTORY, ground=Ground.synthetic)
    found = _history(home, date(2024, 3, 4))
    assert found is not None
    assert [len(getattr(found, table)) for table in HISTORY] == [3, 3, 3, 0]


def test_a_home_without_the_tables_or_without_consent_has_no_history(home: Home, tmp_path: Path) -> None:
    _deliver(home, tmp_path / "in", "requests", "shown", ground=Ground.synthetic)
    assert _history(home) is None


def test_nobody_that_allows_training_gives_no_history(home: Home, tmp_path: Path) -> None:
    _deliver(home, tmp_path / "in", *HISTORY)
    assert _history(home) is None


def test_each_that_asked_has_its_profile_of_that_day_from_what_its_grant_opens(home: Home, tmp_path: Path) -> None:
    _deliver(home, tmp_path / "in", *HISTORY)
    _authorise(home, A, Purpose.model_training)
    _authorise(home, C, Purpose.model_training, WHOLE - {"enterprises", "invoices"})
    with home.database.read() as session:
        access = consent.permit(session, COMMAND, Purpose.model_training, home.today).access
    found = match_history(home, access, AFTER)
    assert found is not None
    profiles = asked_profiles(home, access, found)
    assert profiles.column("as_of").to_pylist() == [date(2024, 3, 1)] * 2
    # Of both the registry row of 2020 is known; no invoice was by that day, for one of them none may be read.
    assert profiles.column(NEWEST_KNOWN_ON).to_pylist() == [date(2020, 1, 2)] * 2
