"""Rows of what firms chose: the order of their products, whether planning may move it, and the tags they deleted."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from service.store.engine import Session
from service.store.orm import DeletedTagRow, OrderChoiceRow


@dataclass(frozen=True, slots=True)
class OrderChoice:
    """How a firm wants its products ordered, and whether a joint plan may move them; since when (None: never said)."""

    sort: str
    is_planned: bool
    changed_on: date | None = None


def order_choice(session: Session, enterprise: str) -> OrderChoice | None:
    """Return a firm's standing choice, None where it made none."""
    row = session.get(OrderChoiceRow, enterprise)
    return None if row is None else OrderChoice(row.sort, row.is_planned, row.changed_on)


def put_order_choice(session: Session, enterprise: str, choice: OrderChoice, day: date) -> None:
    """Keep a firm's standing choice from this day on."""
    session.merge(OrderChoiceRow(enterprise=enterprise, sort=choice.sort, is_planned=choice.is_planned, changed_on=day))
    session.flush()


def not_planned(session: Session) -> frozenset[str]:
    """Return the firms that left planning."""
    query = select(OrderChoiceRow.enterprise).where(OrderChoiceRow.is_planned.is_(False))
    return frozenset(session.scalars(query))


def deleted_tags(session: Session, enterprises: Collection[str] | None = None) -> dict[str, tuple[str, ...]]:
    """Return the deleted tags of each of these firms (None: of all) that deleted any, in order."""
    found: dict[str, list[str]] = defaultdict(list)
    query = select(DeletedTagRow.enterprise, DeletedTagRow.tag).order_by(DeletedTagRow.enterprise, DeletedTagRow.tag)
    if enterprises is not None and len(enterprises) == 1:
        query = query.where(DeletedTagRow.enterprise == next(iter(enterprises)))
    wanted = None if enterprises is None else frozenset(enterprises)
    for enterprise, tag in session.execute(query):
        if wanted is None or enterprise in wanted:
            found[enterprise].append(tag)
    return {enterprise: tuple(tags) for enterprise, tags in found.items()}


def delete_tag(session: Session, enterprise: str, tag: str, day: date) -> bool:
    """Delete a tag of a firm from this day on; return whether it was there until now."""
    if session.get(DeletedTagRow, (enterprise, tag)) is not None:
        return False
    session.add(DeletedTagRow(enterprise=enterprise, tag=tag, deleted_on=day))
    session.flush()
    return True


def restore_tag(session: Session, enterprise: str, tag: str) -> bool:
    """Give a firm a deleted tag back; return whether it had been deleted."""
    row = session.get(DeletedTagRow, (enterprise, tag))
    if row is None:
        return False
    session.delete(row)
    session.flush()
    return True
