"""The guard: who may read what of whom, for what, on which day; asked of the books alone, without any fact."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from features.tables import PUBLIC_TABLES, TABLES
from service.access import consent
from service.access.caller import COMMAND, Caller, Ground, Kind, Purpose, Role
from service.access.consent import Permit
from service.errors import ConsentChangedError, NotAllowedError
from service.store import consent_store, entity_store, schema
from service.store.consent_store import Authorisation, GroundRecord
from service.store.engine import Database, database_url

DAY = date(2026, 7, 1)
ALL = frozenset(TABLES)
BANK = Caller("b", Role.bank, bank="bank-a")
OTHER_BANK = Caller("o", Role.bank, bank="bank-b")
FIRM = Caller("f", Role.enterprise, enterprise="uscc:A")
REGULATOR = Caller("r", Role.regulator)


def _given(  # noqa: PLR0913 (each is one term of an authorisation)
    enterprise: str = "uscc:A",
    *,
    kind: Kind = Kind.matching,
    purpose: Purpose = Purpose.matching,
    tables: frozenset[str] = ALL,
    first: date = DAY,
    last: date = DAY + timedelta(days=10),
    bank: str | None = None,
) -> Authorisation:
    return Authorisation(enterprise, kind, purpose, tables, first, last, bank)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    base = Database(database_url(tmp_path, None))
    schema.upgrade(base)
    with base.write() as session:
        entity_store.put_enterprises(session, [(f"uscc:{name}", "uscc", name) for name in "ABC"])
    return base


def _give(database: Database, *given: Authorisation) -> None:
    with database.write() as session:
        consent_store.give(session, given)


def _permit(
    database: Database, caller: Caller, purpose: Purpose, day: date = DAY, firms: tuple[str, ...] | None = None
) -> Permit:
    with database.read() as session:
        return consent.permit(session, caller, purpose, day, firms)


def _opened(permit: Permit) -> dict[str, frozenset[str]]:
    return {firm: grant.tables for grant in permit.access.grants for firm in grant.enterprises or ()}


def test_without_an_authorisation_the_public_tables_alone_are_open(database: Database) -> None:
    opened = _opened(_permit(database, BANK, Purpose.matching))
    assert opened == dict.fromkeys(["uscc:A", "uscc:B", "uscc:C"], PUBLIC_TABLES)


def test_a_matching_authorisation_opens_its_tables_and_no_other_firm(database: Database) -> None:
    _give(database, _given(tables=frozenset({"invoices"})))
    permit = _permit(database, BANK, Purpose.matching)
    assert _opened(permit)["uscc:A"] == PUBLIC_TABLES | {"invoices"}
    assert permit.covered == {"uscc:A"}
    assert {firm for grant in permit.public_alone.grants for firm in grant.enterprises or ()} == {"uscc:B", "uscc:C"}


@pytest.mark.parametrize(
    ("day", "is_open"),
    [
        (DAY - timedelta(days=1), False),
        (DAY, True),
        (DAY + timedelta(days=10), True),
        (DAY + timedelta(days=11), False),
    ],
)
def test_it_holds_from_its_first_day_through_its_last(database: Database, day: date, *, is_open: bool) -> None:
    _give(database, _given())
    assert bool(_permit(database, BANK, Purpose.matching, day).covered) is is_open


def test_withdrawn_it_is_closed_on_that_very_day(database: Database) -> None:
    _give(database, _given())
    with database.write() as session:
        (one,) = consent_store.of_enterprise(session, "uscc:A")
        assert not consent_store.revoke(session, one.id, "uscc:B", DAY), "another firm cannot withdraw it"
        assert consent_store.revoke(session, one.id, "uscc:A", DAY)
        assert not consent_store.revoke(session, one.id, "uscc:A", DAY), "it is withdrawn once"
    assert not _permit(database, BANK, Purpose.matching).covered


def test_a_query_authorisation_serves_its_bank_and_purpose_only(database: Database) -> None:
    _give(database, _given(kind=Kind.query, purpose=Purpose.due_diligence, bank="bank-a"))
    assert _permit(database, BANK, Purpose.due_diligence).covered == {"uscc:A"}
    assert not _permit(database, OTHER_BANK, Purpose.due_diligence).covered
    assert not _permit(database, BANK, Purpose.decision).covered
    assert not _permit(database, BANK, Purpose.matching).covered, "matching needs an authorisation to the platform"


def test_a_matching_authorisation_opens_no_profile_to_a_bank(database: Database) -> None:
    _give(database, _given())
    assert not _permit(database, BANK, Purpose.due_diligence).covered


def test_a_ground_serves_the_operator_for_its_purposes_and_nobody_else(database: Database) -> None:
    with database.write() as session:
        record = GroundRecord("uscc:B", Ground.synthetic, frozenset({Purpose.evaluation}))
        assert consent_store.record_grounds(session, [record], DAY) == 1
        assert consent_store.record_grounds(session, [record], DAY) == 0
    assert _permit(database, COMMAND, Purpose.evaluation).covered == {"uscc:B"}
    assert not _permit(database, COMMAND, Purpose.model_training).covered
    assert not _permit(database, BANK, Purpose.matching).covered
    assert not _permit(database, FIRM, Purpose.matching, firms=("uscc:A",)).covered


def test_model_training_reads_what_was_authorised_for_it(database: Database) -> None:
    _give(database, _given(purpose=Purpose.model_training), _given("uscc:B"))
    assert _permit(database, COMMAND, Purpose.model_training).covered == {"uscc:A"}


@pytest.mark.parametrize(
    ("caller", "purpose", "firms"),
    [
        (BANK, Purpose.evaluation, None),
        (BANK, Purpose.model_training, None),
        (COMMAND, Purpose.matching, None),
        (COMMAND, Purpose.due_diligence, None),
        (REGULATOR, Purpose.matching, None),
        (REGULATOR, Purpose.evaluation, None),
        (FIRM, Purpose.matching, None),
        (FIRM, Purpose.matching, ("uscc:B",)),
        (FIRM, Purpose.matching, ("uscc:A", "uscc:B")),
        (FIRM, Purpose.due_diligence, ("uscc:A",)),
        (Caller("x", Role.bank), Purpose.matching, None),
        (Caller("x", Role.enterprise), Purpose.matching, ("uscc:A",)),
    ],
)
def test_a_role_never_reads_for_a_purpose_or_firm_that_is_not_its_own(
    database: Database, caller: Caller, purpose: Purpose, firms: tuple[str, ...] | None
) -> None:
    _give(database, _given())
    with pytest.raises(NotAllowedError):
        _permit(database, caller, purpose, firms=firms)


def test_several_authorisations_of_one_firm_open_together(database: Database) -> None:
    _give(database, _given(tables=frozenset({"invoices"})), _given(tables=frozenset({"loans", "no_such_table"})))
    permit = _permit(database, FIRM, Purpose.matching, firms=("uscc:A",))
    assert _opened(permit) == {"uscc:A": PUBLIC_TABLES | {"invoices", "loans"}}


def test_a_change_between_computing_and_answering_stops_the_answer(database: Database) -> None:
    _give(database, _given())
    before = _permit(database, BANK, Purpose.matching)
    with database.write() as session:
        consent.require_unchanged(session, before)
        (one,) = consent_store.of_enterprise(session, "uscc:A")
        consent_store.revoke(session, one.id, "uscc:A", DAY)
        with pytest.raises(ConsentChangedError):
            consent.require_unchanged(session, before)
