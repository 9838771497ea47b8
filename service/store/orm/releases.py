"""What answers are computed from: profile snapshots and model versions."""

from datetime import date

from sqlalchemy import Text
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
    """A trained model: where its artifact lies (`models/<id>`), what it gives, its state and its metrics as JSON."""

    __tablename__ = "models"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    purpose: Mapped[str] = mapped_column(Text)
    as_of: Mapped[date]
    probability_name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    metrics: Mapped[str] = mapped_column(Text)
    sequence: Mapped[int]
