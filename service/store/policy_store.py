"""Rows of policies and of what was pushed to firms."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from service.store.engine import Session
from service.store.orm import PolicyPushRow, PolicyRow


@dataclass(frozen=True, slots=True)
class Push:
    """A policy pushed to a firm: its state, the day it was pushed and the day the state last changed."""

    policy: str
    enterprise: str
    state: str
    pushed_on: date
    changed_on: date


def put_policies(session: Session, documents: Iterable[tuple[str, str, str]]) -> int:
    """Add or replace policies given as (id, document, digest); return how many."""
    stored = 0
    for id_, document, digest in documents:
        session.merge(PolicyRow(id=id_, document=document, digest=digest))
        stored += 1
    session.flush()
    return stored


def policy_documents(session: Session) -> list[str]:
    """Return the JSON documents of the home's policies, in order of id."""
    return list(session.scalars(select(PolicyRow.document).order_by(PolicyRow.id)))


def pushes(session: Session, *, enterprise: str | None = None, policy: str | None = None) -> list[Push]:
    """Return what was pushed, to one firm or of one policy where given, in order of policy and firm."""
    query = select(PolicyPushRow).order_by(PolicyPushRow.policy, PolicyPushRow.enterprise)
    if enterprise is not None:
        query = query.where(PolicyPushRow.enterprise == enterprise)
    if policy is not None:
        query = query.where(PolicyPushRow.policy == policy)
    return [_push(row) for row in session.scalars(query)]


def push(session: Session, policy: str, enterprises: Iterable[str], state: str, day: date) -> None:
    """Record a push to each of firms to which this policy was not pushed before."""
    session.add_all(
        PolicyPushRow(policy=policy, enterprise=enterprise, state=state, pushed_on=day, changed_on=day)
        for enterprise in enterprises
    )
    session.flush()


def find(session: Session, policy: str, enterprise: str) -> Push | None:
    """Return the push of a policy to a firm, or None."""
    row = session.get(PolicyPushRow, (policy, enterprise))
    return None if row is None else _push(row)


def move(session: Session, policy: str, enterprise: str, state: str, day: date) -> None:
    """Give a push another state."""
    row = session.get_one(PolicyPushRow, (policy, enterprise))
    row.state, row.changed_on = state, day


def counts(session: Session) -> dict[tuple[str, str], int]:
    """Return how many firms a policy was pushed to, by policy and state."""
    query = select(PolicyPushRow.policy, PolicyPushRow.state, func.count()).group_by(
        PolicyPushRow.policy, PolicyPushRow.state
    )
    return {(policy, state): count for policy, state, count in session.execute(query)}


def _push(row: PolicyPushRow) -> Push:
    return Push(row.policy, row.enterprise, row.state, row.pushed_on, row.changed_on)
