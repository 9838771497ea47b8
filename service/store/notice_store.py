"""Rows of what firms are told, each once, and of the kinds they do not want to be told of."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from service.store.engine import Session
from service.store.orm import NoticeRow, OptOutRow


@dataclass(frozen=True, slots=True)
class Notice:
    """What a firm was told: `kind` and `subject` say of what, `document` holds the words as JSON."""

    id: int
    enterprise: str
    kind: str
    subject: str
    document: str
    told_on: date
    read_on: date | None


def tell(  # noqa: PLR0913, PLR0917 (whom, what of, the words and the day)
    session: Session, enterprise: str, kind: str, subject: str, document: str, day: date
) -> bool:
    """Tell a firm in this transaction; return False, telling nothing, where it was told before or opted out."""
    if has_opted_out(session, enterprise, kind) or _told(session, enterprise, kind, subject) is not None:
        return False
    session.add(NoticeRow(enterprise=enterprise, kind=kind, subject=subject, document=document, told_on=day))
    session.flush()
    return True


def tell_all(  # noqa: PLR0913, PLR0917 (as `tell`, of many firms)
    session: Session, enterprises: Iterable[str], kind: str, subject: str, document: str, day: date
) -> list[str]:
    """Tell many firms the same in this transaction; return those told, in the given order, as `tell` would."""
    unwilling = opted_out(session, kind)
    before = set(
        session.scalars(select(NoticeRow.enterprise).where(NoticeRow.kind == kind, NoticeRow.subject == subject))
    )
    told = [one for one in dict.fromkeys(enterprises) if one not in unwilling and one not in before]
    session.add_all(
        NoticeRow(enterprise=one, kind=kind, subject=subject, document=document, told_on=day) for one in told
    )
    session.flush()
    return told


def notices(session: Session, enterprise: str) -> list[Notice]:
    """Return what a firm was told, newest first, without the kinds that it opted out of."""
    unwanted = select(OptOutRow.kind).where(OptOutRow.enterprise == enterprise)
    query = select(NoticeRow).where(NoticeRow.enterprise == enterprise, NoticeRow.kind.not_in(unwanted))
    return [_notice(row) for row in session.scalars(query.order_by(NoticeRow.id.desc()))]


def mark_read(session: Session, enterprise: str, notice_id: int, day: date) -> Notice | None:
    """Note that a firm read a notice of its own, the first day it did; return it, None where there is none."""
    row = session.get(NoticeRow, notice_id)
    if row is None or row.enterprise != enterprise:
        return None
    row.read_on = row.read_on or day
    session.flush()
    return _notice(row)


def opt_out(session: Session, enterprise: str, kind: str, day: date) -> None:
    """Tell a firm nothing of this kind any more, from now on; the first day it said so stays."""
    if not has_opted_out(session, enterprise, kind):
        session.add(OptOutRow(enterprise=enterprise, kind=kind, since=day))
        session.flush()


def opt_in(session: Session, enterprise: str, kind: str, day: date) -> None:  # noqa: ARG001 (as opt_out is called)
    """Take an opt-out back; what was told before is not told again."""
    row = session.get(OptOutRow, (enterprise, kind))
    if row is not None:
        session.delete(row)
        session.flush()


def has_opted_out(session: Session, enterprise: str, kind: str) -> bool:
    """Say whether a firm does not want this kind of notice."""
    return session.get(OptOutRow, (enterprise, kind)) is not None


def opted_out(session: Session, kind: str) -> frozenset[str]:
    """Return the firms that do not want this kind of notice."""
    return frozenset(session.scalars(select(OptOutRow.enterprise).where(OptOutRow.kind == kind)))


def _told(session: Session, enterprise: str, kind: str, subject: str) -> NoticeRow | None:
    return session.scalar(
        select(NoticeRow).where(
            NoticeRow.enterprise == enterprise, NoticeRow.kind == kind, NoticeRow.subject == subject
        )
    )


def _notice(row: NoticeRow) -> Notice:
    return Notice(row.id, row.enterprise, row.kind, row.subject, row.document, row.told_on, row.read_on)
