"""Rows of the match log: append in the caller's transaction, read, iterate for verification."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from sqlalchemy import func, select

from service.audit.entry import StoredEntry, canonical, leaf_hash
from service.audit.tags import Tag
from service.store.engine import Session
from service.store.orm import LogEntryRow

PAGE = 1000


def moment(at: datetime) -> str:
    """Return an instant as the log writes it: UTC, ISO 8601 with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def append(  # noqa: PLR0913, PLR0917 (the five searchable parts of every entry, in their order)
    session: Session, tag: Tag, at: datetime, caller: str, subject: str | None, body: Mapping[str, object]
) -> int:
    """Add one entry in this transaction; return its number. Raise `EntryError` where `body` has no canonical form."""
    written = moment(at)
    data = canonical({**body, "at": written, "tag": tag.value, "caller": caller, "subject": subject})
    row = LogEntryRow(
        at=written, tag=tag.value, caller=caller, subject=subject, entry=data.decode(), leaf_hash=leaf_hash(data)
    )
    session.add(row)
    session.flush()
    return row.id


def get(session: Session, entry_id: int) -> StoredEntry | None:
    """Return the entry of that number, or None."""
    row = session.get(LogEntryRow, entry_id)
    return None if row is None else _stored(row)


def newest(session: Session, *, limit: int, before: int | None = None, tag: str | None = None) -> list[StoredEntry]:
    """Return up to `limit` entries, newest first, those before number `before` where it is given."""
    query = select(LogEntryRow).order_by(LogEntryRow.id.desc()).limit(limit)
    if before is not None:
        query = query.where(LogEntryRow.id < before)
    if tag is not None:
        query = query.where(LogEntryRow.tag == tag)
    return [_stored(row) for row in session.scalars(query)]


def count(session: Session) -> int:
    """Return how many entries there are."""
    return session.scalar(select(func.count()).select_from(LogEntryRow)) or 0


def each(session: Session, after: int = 0, tag: str | None = None) -> Iterator[StoredEntry]:
    """Give all entries beyond number `after` (of one tag, where it is given) in order of number, page by page."""
    last = after
    while True:
        query = select(LogEntryRow).where(LogEntryRow.id > last).order_by(LogEntryRow.id).limit(PAGE)
        if tag is not None:
            query = query.where(LogEntryRow.tag == tag)
        page = session.scalars(query).all()
        if not page:
            return
        yield from map(_stored, page)
        last = page[-1].id
        session.expunge_all()


def _stored(row: LogEntryRow) -> StoredEntry:
    return StoredEntry(row.id, row.at, row.tag, row.caller, row.subject, row.entry, row.leaf_hash)
