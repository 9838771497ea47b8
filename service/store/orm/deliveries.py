"""Deliveries of data."""

from datetime import date

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from service.store.orm.base import Base


class DeliveryRow(Base):
    """One delivery: its format, day and counted report as JSON."""

    __tablename__ = "deliveries"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    format: Mapped[str] = mapped_column(Text)
    received_on: Mapped[date]
    report: Mapped[str] = mapped_column(Text)
