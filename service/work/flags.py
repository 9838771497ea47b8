"""What of a firm jumped before it applied: flags for a bank that its enterprise has opened its profile to; logged."""

import hashlib
from dataclasses import dataclass
from datetime import date
from threading import Lock
from typing import Any, Final

import pyarrow as pa

from features.columns import AS_OF, ENTERPRISE
from features.dictionary import dictionary_hash
from features.engine import build_profiles
from matching.jumps import WATCHED, Jump, Yardsticks, days_needed, jumps, months_before, yardsticks
from service.access import consent
from service.access.caller import COMMAND, Caller, Purpose, Role
from service.access.consent import Permit
from service.audit.tags import Tag
from service.errors import ConsentMissingError, NotAllowedError
from service.store import log_store
from service.store.facts import Access
from service.work.catalogue import find_enterprise
from service.work.home import Home
from service.work.profile import known_day

#: Peers are firms that allow training or stand under a ground for it; so many of them, by a hash of their ids, suffice.
MOST_PEERS: Final = 1000
SPAN: Final = 3
_KEPT = 4


@dataclass(frozen=True, slots=True)
class Flags:
    """The flags of one firm, as a document, and the number of the log entry."""

    document: dict[str, Any]
    log_entry: int


def flags(home: Home, caller: Caller, enterprise: str, as_of: date | None = None) -> Flags:
    """Return what jumped at an enterprise in the three months before a day, logged first.

    A bank needs what it needs to view the profile, a live `query` authorisation (`ConsentMissingError`); the operator
    a ground. Firms are not shown their own flags: they would tell how to keep under them.
    """
    if caller.role not in (Role.bank, Role.operator):
        raise NotAllowedError("只有银行可以查看申请前的突变提示。", "Only a bank may see these flags.")
    as_of = known_day(home, as_of)
    purpose = Purpose.due_diligence if caller.role is Role.bank else Purpose.evaluation
    with home.database.read() as session:
        found = find_enterprise(session, enterprise)
        permit = consent.permit(session, caller, purpose, home.today, (found.id,))
        peers = consent.permit(session, COMMAND, Purpose.model_training, home.today)
    if not permit.covered:
        raise ConsentMissingError(
            "该企业尚未授权贵机构查看其画像。", "This enterprise has not authorised you to see its profile."
        )
    beside = _yardsticks(home, peers, as_of)
    raised = jumps(_profiles(home, permit.access, (found.id,), days_needed(as_of)), as_of, beside)
    with home.database.write() as session:
        consent.require_unchanged(session, permit)
        consent.require_unchanged(session, peers)
        body = {
            "purpose": purpose.value,
            "as_of": as_of.isoformat(),
            "authorisations": list(permit.authorisations),
            "grounds": list(permit.grounds),
            "facts": home.facts.digest(),
            "dictionary": dictionary_hash(),
            "flags": [{"column": one.column, "before": one.before, "after": one.after} for one in raised],
        }
        number = log_store.append(session, Tag.flags_viewed, home.now(), caller.log_name, found.id, body)
    document = {
        "enterprise": {"id": found.id, "name": found.name},
        "as_of": as_of.isoformat(),
        "watched": [name for name in WATCHED if name in beside.quantiles],
        "flags": [_flag(one) for one in raised],
        "log_entry": number,
    }
    return Flags(document, number)


def _flag(one: Jump) -> dict[str, Any]:
    return {
        "column": one.column,
        "before": one.before,
        "before_on": one.before_on.isoformat(),
        "after": one.after,
        "after_on": one.after_on.isoformat(),
        "change_ppm": one.change_ppm,
        "own_ppm": one.own_ppm,
        "peers_ppm": one.peers_ppm,
        "text": one.words.zh,
        "text_en": one.words.en,
    }


@dataclass
class _Kept:
    """The last few yardsticks by facts, day, dictionary and peers."""

    lock: Lock
    found: dict[tuple[str, ...], Yardsticks]


_KEEPER = _Kept(Lock(), {})


def _yardsticks(home: Home, permit: Permit, as_of: date) -> Yardsticks:
    firms = sorted(permit.covered, key=lambda name: hashlib.sha256(name.encode()).digest())[:MOST_PEERS]
    named = hashlib.sha256("\n".join(sorted(firms)).encode()).hexdigest()
    key = (home.facts.digest(), as_of.isoformat(), dictionary_hash(), named)
    with _KEEPER.lock:
        if key not in _KEEPER.found:
            days = (months_before(as_of, SPAN), as_of)
            profiles = _profiles(home, permit.access, tuple(firms), days)
            made = yardsticks(profiles, as_of) if profiles.num_rows else Yardsticks({}, {})
            while len(_KEEPER.found) >= _KEPT:
                _KEEPER.found.pop(next(iter(_KEEPER.found)))
            _KEEPER.found[key] = made
        return _KEEPER.found[key]


def _profiles(home: Home, access: Access, firms: tuple[str, ...], days: tuple[date, ...]) -> pa.Table:
    """Return the watched columns of firms on some days, each from the tables its grant opens."""
    wanted = set(firms)
    parts = []
    for grant in (part for whole in access.grants for part in home.facts.split(whole)):
        names = sorted(wanted & set(grant.enterprises or ()))
        if names:
            asked = pa.table(
                {
                    ENTERPRISE: pa.array([name for name in names for _ in days], pa.string()),
                    AS_OF: pa.array([day for _ in names for day in days], pa.date32()),
                }
            )
            parts.append(build_profiles(home.facts.sources(grant), asked, features=WATCHED))
    if not parts:
        return pa.table({ENTERPRISE: pa.array([], pa.string()), AS_OF: pa.array([], pa.date32())})
    return pa.concat_tables(parts)
