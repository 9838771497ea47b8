"""What a firm has chosen: how its list is ordered, which tags are not used, and what it waits for."""

from datetime import date

from sqlalchemy import Date, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.store.orm.base import Base


class OrderChoiceRow(Base):
    """How a firm wants its products ordered, and whether planning with the other side may move them."""

    __tablename__ = "order_choices"

    enterprise: Mapped[str] = mapped_column(ForeignKey("enterprises.id"), primary_key=True)
    sort: Mapped[str] = mapped_column(Text)
    is_planned: Mapped[bool]
    changed_on: Mapped[date] = mapped_column(Date)


class DeletedTagRow(Base):
    """A tag that a firm deleted: no order uses it from that day on."""

    __tablename__ = "deleted_tags"

    enterprise: Mapped[str] = mapped_column(ForeignKey("enterprises.id"), primary_key=True)
    tag: Mapped[str] = mapped_column(Text, primary_key=True)
    deleted_on: Mapped[date] = mapped_column(Date)


class GoalRow(Base):
    """A "not yet" that a firm keeps: the product, what is missing and the cheapest plan, as a JSON document."""

    __tablename__ = "goals"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    enterprise: Mapped[str] = mapped_column(ForeignKey("enterprises.id"), index=True)
    product: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    document: Mapped[str] = mapped_column(Text)
    set_on: Mapped[date] = mapped_column(Date)
    review_on: Mapped[date] = mapped_column(Date)
    ended_on: Mapped[date | None] = mapped_column(Date)
