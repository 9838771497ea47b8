"""Authorisations given by enterprises, and grounds for reading without one."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.store.orm.base import Base


class AuthorisationRow(Base):
    """What an enterprise allows the platform (`matching`) or one bank (`query`), for one purpose, from day to day.

    `tables` is a sorted, comma-separated list of accepted tables; `revoked_on` is the first day it no longer holds.
    """

    __tablename__ = "authorisations"
    __table_args__ = (
        CheckConstraint("kind IN ('matching', 'query')", name="kind"),
        CheckConstraint("(kind = 'query') = (bank IS NOT NULL)", name="bank_of_query"),
        CheckConstraint("valid_from <= valid_until", name="term"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    enterprise: Mapped[str] = mapped_column(ForeignKey("enterprises.id"), index=True)
    bank: Mapped[str | None] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    purpose: Mapped[str] = mapped_column(Text)
    tables: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[date]
    valid_until: Mapped[date]
    revoked_on: Mapped[date | None]


class GroundRow(Base):
    """A ground without consent (an open research set, synthetic data), for the operator and its purposes only."""

    __tablename__ = "grounds"

    enterprise: Mapped[str] = mapped_column(ForeignKey("enterprises.id"), primary_key=True)
    ground: Mapped[str] = mapped_column(Text, primary_key=True)
    purposes: Mapped[str] = mapped_column(Text)
    recorded_on: Mapped[date]
