"""What answers are computed from: profile snapshots and model versions."""

from datetime import date

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from service.store.orm.base import Base


class SnapshotRow(Base):
    """A profile snapshot of one day: its hash, the facts and the dictionary it was computed from."""

    __tablename__ = "snapshots"

    as_of: Mapped[date] = mapped_column(primary_key=True)
    hash: Mapped[str] = mapped_column(Text)
    facts: Mapped[str] = mapped_column(Text)
    dictionary: Mapped[str] = mapped_column(Text)
    enterprises: Mapped[int]


class ModelRow(Base):
    """A trained model: where its artifact lies (`models/<id>`), what it gives, its state and its metrics as JSON.

    Moments are UTC as the log writes them; `approved_by` is the approver as the log names it. Each is null until it
    happens (and `trained_at` and `approved_by` in rows from before states were kept).
    """

    __tablename__ = "models"
    __table_args__ = (
        CheckConstraint("state IN ('trained', 'evaluated', 'approved', 'active', 'retired')", name="state"),
        Index(
            "ix_models_one_active_of_a_purpose",
            "purpose",
            unique=True,
            sqlite_where=text("state = 'active'"),
            postgresql_where=text("state = 'active'"),
        ),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    purpose: Mapped[str] = mapped_column(Text)
    as_of: Mapped[date]
    probability_name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    metrics: Mapped[str] = mapped_column(Text)
    sequence: Mapped[int]
    trained_at: Mapped[str | None] = mapped_column(Text)
    approved_by: Mapped[str | None] = mapped_column(Text)
    approved_at: Mapped[str | None] = mapped_column(Text)
    activated_at: Mapped[str | None] = mapped_column(Text)
    retired_at: Mapped[str | None] = mapped_column(Text)


class PlanRow(Base):
    """The joint plan of both sides' orders as of a day: the SHA-256 of its file, and what it comes to as JSON."""

    __tablename__ = "plans"

    as_of: Mapped[date] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(Text)
    document: Mapped[str] = mapped_column(Text)
