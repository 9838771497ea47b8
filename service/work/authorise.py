"""Giving and withdrawing authorisations, equally easy and both logged."""

from collections.abc import Sequence

from service.access.caller import Caller, Role
from service.audit.tags import Tag
from service.errors import NotAllowedError, UnknownEntryError
from service.store import consent_store, log_store
from service.store.consent_store import Authorisation
from service.store.engine import Session
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


def revoke(home: Home, caller: Caller, authorisation_id: int) -> None:
    """Withdraw one of the caller's own authorisations from today on; raise `UnknownEntryError` where there is none."""
    enterprise = caller.enterprise
    if caller.role is not Role.enterprise or enterprise is None:
        raise NotAllowedError("只有企业本身可以撤回授权。", "Only the enterprise itself may withdraw an authorisation.")
    with home.database.write() as session:
        if not consent_store.revoke(session, authorisation_id, enterprise, home.today):
            raise UnknownEntryError("没有这项有效授权。", "There is no such authorisation in force.")
        body = {"authorisation": authorisation_id, "enterprise": enterprise}
        log_store.append(session, Tag.authorisation_revoked, home.now(), caller.log_name, enterprise, body)


def of(home: Home, caller: Caller) -> list[Authorisation]:
    """Return all authorisations that the calling enterprise ever gave, newest first."""
    if caller.role is not Role.enterprise or caller.enterprise is None:
        raise NotAllowedError("只有企业本身可以查看其授权。", "Only the enterprise itself may see its authorisations.")
    with home.database.read() as session:
        return consent_store.of_enterprise(session, caller.enterprise)


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
