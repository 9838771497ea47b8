"""The match log."""

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from service.store.orm.base import Base


class LogEntryRow(Base):
    """One audited act: canonical JSON (RFC 8785 over integers and strings) and its RFC 9162 leaf hash in hex.

    `at`, `tag`, `caller` and `subject` repeat fields of the entry so that they can be searched; verification compares.
    """

    __tablename__ = "log_entries"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 (SQLAlchemy reads a plain dict here)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[str] = mapped_column(Text)
    tag: Mapped[str] = mapped_column(Text, index=True)
    caller: Mapped[str] = mapped_column(Text)
    subject: Mapped[str | None] = mapped_column(Text, index=True)
    entry: Mapped[str] = mapped_column(Text)
    leaf_hash: Mapped[str] = mapped_column(Text)
