"""Giving and withdrawing authorisations, equally easy and both logged."""

from collections.abc import Sequence
from datetime import date, timedelta

from features.tables import TABLES
from service.access.caller import Caller, Kind, Purpose, Role
from service.audit.tags import Tag
from service.errors import BadRequestError, NotAllowedError, UnknownEntryError
from service.store import consent_store, log_store
from service.store.consent_store import Authorisation
from service.store.engine import Session
from service.work.catalogue import catalogue
from service.work.home import Home

#: How long an authorisation given in the portal holds (at most a year is usual in 银税互动 agreements).
TERM_DAYS = 365


def give(home: Home, caller: Caller, authorisations: Sequence[Authorisation]) -> int:
    """Record authorisations; an enterprise gives its own only, the operator those of a demo. Returns how many."""
    for one in authorisations:
        _require_own(caller, one.enterprise)
    with home.database.write() as session:
        consent_store.give(session, authorisations)
        _log_given(home, session, caller, authorisations)
    return len(authorisations)


def standard(home: Home, caller: Caller) -> int:
    """Authorise the platform to match the calling enterprise, for the usual term; return the authorisation's number.

    One already in force is returned as it is, so that a double tap gives one authorisation.
    """
    return _give_own(home, caller, Kind.matching, Purpose.matching, None)


def to_bank(home: Home, caller: Caller, bank: str) -> int:
    """Authorise one bank to see the calling enterprise's profile; return the number of the authorisation."""
    with home.database.read() as session:
        banks = {product.bank for product in catalogue(session).products}
    if bank not in banks:
        raise BadRequestError(f"没有编号为 {bank} 的银行。", f"There is no bank {bank}.")
    return _give_own(home, caller, Kind.query, Purpose.due_diligence, bank)


def is_live(one: Authorisation, day: date) -> bool:
    """Return whether an authorisation holds on `day`."""
    return one.valid_from <= day <= one.valid_until and (one.revoked_on is None or one.revoked_on > day)


def revoke(home: Home, caller: Caller, authorisation_id: int) -> None:
    """Withdraw one of the caller's own authorisations from today on; raise `UnknownEntryError` where there is none."""
    enterprise = _own(caller)
    with home.database.write() as session:
        if not consent_store.revoke(session, authorisation_id, enterprise, home.today):
            raise UnknownEntryError("没有这项有效授权。", "There is no such authorisation in force.")
        body = {"authorisation": authorisation_id, "enterprise": enterprise}
        log_store.append(session, Tag.authorisation_revoked, home.now(), caller.log_name, enterprise, body)


def of(home: Home, caller: Caller) -> list[Authorisation]:
    """Return all authorisations that the calling enterprise ever gave, newest first."""
    enterprise = _own(caller)
    with home.database.read() as session:
        return consent_store.of_enterprise(session, enterprise)


def open_to(home: Home, caller: Caller) -> frozenset[str]:
    """Return the enterprises whose profile the caller's bank may see today; nobody's for a caller without a bank."""
    if caller.bank is None:
        return frozenset()
    with home.database.read() as session:
        found = consent_store.live(
            session, kind=Kind.query, purpose=Purpose.due_diligence, day=home.today, bank=caller.bank
        )
    return frozenset(one.enterprise for one in found)


def _give_own(home: Home, caller: Caller, kind: Kind, purpose: Purpose, bank: str | None) -> int:
    enterprise = _own(caller)
    with home.database.write() as session:
        for one in consent_store.of_enterprise(session, enterprise):
            if (one.kind, one.purpose, one.bank) == (kind, purpose, bank) and is_live(one, home.today):
                return one.id
        until = home.today + timedelta(days=TERM_DAYS)
        given = Authorisation(enterprise, kind, purpose, frozenset(TABLES), home.today, until, bank)
        consent_store.give(session, [given])
        _log_given(home, session, caller, [given])
        return consent_store.of_enterprise(session, enterprise)[0].id


def _own(caller: Caller) -> str:
    if caller.role is not Role.enterprise or caller.enterprise is None:
        raise NotAllowedError(
            "只有企业本身可以管理其授权。", "Only the enterprise itself may manage its authorisations."
        )
    return caller.enterprise


def _require_own(caller: Caller, enterprise: str) -> None:
    own = caller.role is Role.enterprise and caller.enterprise == enterprise
    if not own and caller.role is not Role.operator:
        raise NotAllowedError("只能为本企业授权。", "An enterprise may authorise for itself only.")


def _log_given(home: Home, session: Session, caller: Caller, given: Sequence[Authorisation]) -> None:
    for one in given:
        body = {
            "kind": one.kind,
            "bank": one.bank,
            "purpose": one.purpose,
            "tables": sorted(one.tables),
            "from": one.valid_from.isoformat(),
            "until": one.valid_until.isoformat(),
            "enterprise": one.enterprise,
        }
        log_store.append(session, Tag.authorisation_given, home.now(), caller.log_name, one.enterprise, body)
