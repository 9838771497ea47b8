"""Policies of a home: loaded by the operator, pushed once to the firms they are certainly for, followed to the end.

A firm is judged by what it authorised for matching, else by its public records: no push tells it more than its own
question would. Who opted out is told nothing from that moment on; a policy past its last day is not pushed, and a push
that the firm has not acted on ends with it.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import orjson

from features.columns import ENTERPRISE
from matching.criteria import expanded
from matching.frame import Frame
from matching.labels import Words
from matching.policy import KINDS, Policy, load_policies, sample_policies
from matching.policy_eligibility import eligible
from matching.sentence import clause_words
from matching.small_counts import partition
from service.access import consent
from service.access.caller import Caller, Role
from service.audit.tags import Tag
from service.errors import (
    BadRequestError,
    ConsentChangedError,
    NotAllowedError,
    PolicyStateError,
    UnknownPolicyError,
)
from service.store import log_store, notice_store, policy_store
from service.store.engine import Session
from service.store.policy_store import Push
from service.work.home import Home
from service.work.profile import known_day, rows, texts

#: The kind of notice that a firm may opt out of.
NOTICE: Final = "policy"


class PushState(StrEnum):
    """How far a pushed policy has come with a firm."""

    pushed = "pushed"
    read = "read"
    applied = "applied"
    granted = "granted"
    refused = "refused"
    expired = "expired"


STATES: dict[PushState, Words] = {
    PushState.pushed: Words("已推送", "pushed"),
    PushState.read: Words("已阅读", "read"),
    PushState.applied: Words("已申请", "applied"),
    PushState.granted: Words("已享受", "granted"),
    PushState.refused: Words("未获批", "refused"),
    PushState.expired: Words("已过期", "expired"),
}
#: From which states each may follow; a decision needs an application, and what is applied for does not expire.
AFTER: dict[PushState, frozenset[PushState]] = {
    PushState.read: frozenset({PushState.pushed}),
    PushState.applied: frozenset({PushState.pushed, PushState.read}),
    PushState.granted: frozenset({PushState.applied}),
    PushState.refused: frozenset({PushState.applied}),
    PushState.expired: frozenset({PushState.pushed, PushState.read}),
}


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a run came to: the day of the data, how many firms were told by policy, and how many pushes ended."""

    as_of: date
    told: dict[str, int]
    expired: int

    def as_json(self) -> dict[str, Any]:
        """Return the result as one JSON document."""
        return {"as_of": self.as_of.isoformat(), "told": self.told, "expired": self.expired}


def load(home: Home, caller: Caller, path: Path | None) -> int:
    """Put the policies of a JSON file (None: the packaged samples) into the home, logged with their digests."""
    _require_operator(caller)
    try:
        found = sample_policies() if path is None else load_policies(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadRequestError(f"无法读取文件 {path}。", f"Cannot read {path}.") from error
    documents = [(policy.id, policy.model_dump_json(), policy.digest()) for policy in found]
    with home.database.write() as session:
        policy_store.put_policies(session, documents)
        body = {"policies": {id_: digest for id_, _, digest in documents}}
        log_store.append(session, Tag.policies_loaded, home.now(), caller.log_name, None, body)
    return len(documents)


def policies(session: Session) -> tuple[Policy, ...]:
    """Return the home's policies in order of id."""
    return tuple(Policy.model_validate_json(document) for document in policy_store.policy_documents(session))


def push(home: Home, caller: Caller) -> Pushed:
    """Tell each firm once of each policy in force that is certainly for it, and end open pushes of those past.

    Run by the operator, every night and on command. Raises `ConsentChangedError` where authorisations or policies
    changed meanwhile: nothing was told, and the next run will.
    """
    _require_operator(caller)
    as_of = known_day(home, None)
    with home.database.read() as session:
        known = policies(session)
        permit = consent.telling_permit(session, home.today)
    in_force = [policy for policy in known if policy.in_force(home.today)]
    chosen: dict[str, list[str]] = {}
    if in_force and permit.access.grants:
        profiles = rows(home, permit.access, as_of)
        frame, names = Frame(profiles), texts(profiles.column(ENTERPRISE))
        chosen = {
            policy.id: [name for name, fits in zip(names, eligible(policy, frame), strict=True) if fits]
            for policy in in_force
        }
    with home.database.write() as session:
        if policies(session) != known or consent.telling_permit(session, home.today) != permit:
            raise ConsentChangedError
        expired = _expire(home, session, known)
        told = {policy.id: _tell(home, session, policy, chosen[policy.id]) for policy in in_force if chosen}
        body = {
            "as_of": as_of.isoformat(),
            "facts": home.facts.digest(),
            "policies": _digest(known),
            "authorisations": len(permit.authorisations),
            "told": told,
            "expired": expired,
        }
        log_store.append(session, Tag.policies_pushed, home.now(), caller.log_name, None, body)
    return Pushed(as_of, {id_: len(firms) for id_, firms in told.items()}, len(expired))


def of_firm(home: Home, caller: Caller) -> list[dict[str, Any]]:
    """Return the policies pushed to the calling firm and how far each has come, logged; what is new counts as read.

    After an opt-out, only what the firm has applied for is shown.
    """
    firm = _own(caller)
    with home.database.write() as session:
        known = {policy.id: policy for policy in policies(session)}
        expired = _expire(home, session, known.values(), firm)
        opted_out = notice_store.has_opted_out(session, firm, NOTICE)
        shown = []
        for one in policy_store.pushes(session, enterprise=firm):
            if opted_out and PushState(one.state) in (PushState.pushed, PushState.read, PushState.expired):
                continue
            if one.state == PushState.pushed:
                policy_store.move(session, one.policy, firm, PushState.read.value, home.today)
            shown.append(_shown(known[one.policy], policy_store.find(session, one.policy, firm) or one))
        names = [one["policy"] for one in shown]
        body = {"policies": names, "expired": [id_ for id_, _ in expired], "opted_out": opted_out}
        log_store.append(session, Tag.policies_read, home.now(), caller.log_name, firm, body)
    return shown


def apply(home: Home, caller: Caller, policy_id: str) -> None:
    """Note that the calling firm applied for a policy pushed to it, while it is in force; logged."""
    _progress(home, caller, policy_id, _own(caller), PushState.applied)


def decide(home: Home, caller: Caller, policy_id: str, enterprise: str, *, granted: bool) -> None:
    """Note what an application came to, as the authority told the operator; logged."""
    _require_operator(caller)
    _progress(home, caller, policy_id, enterprise, PushState.granted if granted else PushState.refused)


def choose_notices(home: Home, caller: Caller, *, wanted: bool) -> None:
    """Opt the calling firm out of pushed policies at once, or in again; logged."""
    firm = _own(caller)
    change = notice_store.opt_in if wanted else notice_store.opt_out
    with home.database.write() as session:
        change(session, firm, NOTICE, home.today)
        body = {"kind": NOTICE, "wanted": wanted}
        log_store.append(session, Tag.notices_chosen, home.now(), caller.log_name, firm, body)


def summary(home: Home, caller: Caller) -> list[dict[str, Any]]:
    """Return every policy and how many firms are in each state, logged; fewer than ten are not counted.

    For the operator and regulators.
    """
    if caller.role not in (Role.operator, Role.regulator):
        raise NotAllowedError("此处仅供平台运营与监管使用。", "This is for the operator and regulators.")
    with home.database.write() as session:
        known = policies(session)
        counts = policy_store.counts(session)
        log_store.append(session, Tag.policies_counted, home.now(), caller.log_name, None, {"policies": _digest(known)})
    return [_document(policy, home.today) | _counted(policy.id, counts) for policy in known]


def _tell(home: Home, session: Session, policy: Policy, firms: Sequence[str]) -> list[str]:
    words = orjson.dumps(_document(policy, home.today)).decode()
    pushed = {one.enterprise for one in policy_store.pushes(session, policy=policy.id)}
    new = [firm for firm in firms if firm not in pushed]
    told = notice_store.tell_all(session, new, NOTICE, policy.id, words, home.today)
    policy_store.push(session, policy.id, told, PushState.pushed.value, home.today)
    return told


def _expire(home: Home, session: Session, known: Iterable[Policy], firm: str | None = None) -> list[list[str]]:
    """End the open pushes, to one firm or to all, of policies past their last day; return policy and firm of each."""
    past = [policy.id for policy in known if policy.valid_until is not None and policy.valid_until < home.today]
    ended = [
        one
        for policy in past
        for one in policy_store.pushes(session, policy=policy, enterprise=firm)
        if PushState(one.state) in AFTER[PushState.expired]
    ]
    for one in ended:
        policy_store.move(session, one.policy, one.enterprise, PushState.expired.value, home.today)
    return [[one.policy, one.enterprise] for one in ended]


def _progress(home: Home, caller: Caller, policy_id: str, firm: str, state: PushState) -> None:
    with home.database.write() as session:
        known = [policy for policy in policies(session) if policy.id == policy_id]
        one = policy_store.find(session, policy_id, firm)
        if not known or one is None:
            raise UnknownPolicyError("没有向该企业推送过这项政策。", "This policy was not pushed to this enterprise.")
        if state is PushState.applied and not known[0].in_force(home.today):
            raise PolicyStateError("政策已不在有效期内。", "The policy is not in force any more.")
        if PushState(one.state) not in AFTER[state]:
            now, then = STATES[PushState(one.state)], STATES[state]
            raise PolicyStateError(
                f"当前进度为“{now.zh}”，不能改为“{then.zh}”。", f"It is {now.en}, so it cannot become {then.en}."
            )
        policy_store.move(session, policy_id, firm, state.value, home.today)
        body = {"policy": policy_id, "from": one.state, "to": state.value}
        log_store.append(session, Tag.policy_progressed, home.now(), caller.log_name, firm, body)


def _shown(policy: Policy, one: Push) -> dict[str, Any]:
    state = STATES[PushState(one.state)]
    return {
        **_document(policy, one.changed_on),
        "state": one.state,
        "state_words": {"zh": state.zh, "en": state.en},
        "pushed_on": one.pushed_on.isoformat(),
        "changed_on": one.changed_on.isoformat(),
    }


def _document(policy: Policy, day: date) -> dict[str, Any]:
    """Return what anybody may read of a policy: it is public, its criteria in words."""
    words = (clause_words(clause) for clause in expanded(policy.criteria))
    kind = KINDS[policy.kind]
    return {
        "policy": policy.id,
        "name": policy.name,
        "kind": policy.kind.value,
        "kind_words": {"zh": kind.zh, "en": kind.en},
        "authority_zh": policy.authority_zh,
        "source": policy.source,
        "note_zh": policy.note_zh,
        "is_sample": policy.is_sample,
        "valid_from": None if policy.valid_from is None else policy.valid_from.isoformat(),
        "valid_until": None if policy.valid_until is None else policy.valid_until.isoformat(),
        "in_force": policy.in_force(day),
        "criteria_words": [{"zh": said.zh, "en": said.en} for said in words],
        "digest": policy.digest(),
    }


def _counted(policy_id: str, counts: Mapping[tuple[str, str], int]) -> dict[str, Any]:
    """Return counts by state, None for one to nine; the total is None too where it would tell them."""
    states = {state.value: counts.get((policy_id, state.value), 0) for state in PushState}
    shown, total = partition(states)
    return {"states": shown, "pushed_count": total}


def _digest(known: Sequence[Policy]) -> str:
    return hashlib.sha256("".join(policy.digest() for policy in known).encode()).hexdigest()


def _own(caller: Caller) -> str:
    if caller.role is not Role.enterprise or caller.enterprise is None:
        raise NotAllowedError("只有企业本身可以这样做。", "Only the enterprise itself may do this.")
    return caller.enterprise


def _require_operator(caller: Caller) -> None:
    if caller.role is not Role.operator:
        raise NotAllowedError("只有平台运营人员可以这样做。", "Only the operator may do this.")
