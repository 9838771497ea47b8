"""Versions of products, policies, and what a firm was told of them."""

from datetime import date

from sqlalchemy import Date, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.store.orm.base import Base


class ProductVersionRow(Base):
    """One version of a product as it was saved, for ever; `number` counts from 1 in each product."""

    __tablename__ = "product_versions"

    product: Mapped[str] = mapped_column(Text, primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(Text)
    document: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[str] = mapped_column(Text)
    saved_by: Mapped[str] = mapped_column(Text)


class PolicyRow(Base):
    """A dated policy (贴息, 担保, 风险补偿, 再贷款) as its JSON document, with the document's SHA-256."""

    __tablename__ = "policies"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    document: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(Text)


class PolicyPushRow(Base):
    """A policy that was pushed to a firm, and how far it has come."""

    __tablename__ = "policy_pushes"

    policy: Mapped[str] = mapped_column(ForeignKey("policies.id"), primary_key=True)
    enterprise: Mapped[str] = mapped_column(ForeignKey("enterprises.id"), primary_key=True)
    state: Mapped[str] = mapped_column(Text)
    pushed_on: Mapped[date] = mapped_column(Date)
    changed_on: Mapped[date] = mapped_column(Date)


class NoticeRow(Base):
    """Something a firm is told once: `kind` and `subject` say what, `document` holds the words."""

    __tablename__ = "notices"
    __table_args__ = (Index("ix_notices_told_once", "enterprise", "kind", "subject", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    enterprise: Mapped[str] = mapped_column(ForeignKey("enterprises.id"))
    kind: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    told_on: Mapped[date] = mapped_column(Date)
    document: Mapped[str] = mapped_column(Text)
    read_on: Mapped[date | None] = mapped_column(Date)


class OptOutRow(Base):
    """A kind of notice that a firm does not want; `since` is the day it said so."""

    __tablename__ = "opt_outs"

    enterprise: Mapped[str] = mapped_column(ForeignKey("enterprises.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    since: Mapped[date] = mapped_column(Date)
