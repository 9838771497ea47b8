"""Enterprises, products and users."""

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.store.orm.base import Base


class EnterpriseRow(Base):
    """An enterprise that some delivery named; `id` is `scheme:value`."""

    __tablename__ = "enterprises"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    scheme: Mapped[str] = mapped_column(Text)
    value: Mapped[str] = mapped_column(Text, index=True)
    name: Mapped[str] = mapped_column(Text)


class ProductRow(Base):
    """A bank product of this home as its JSON document, with the document's SHA-256."""

    __tablename__ = "products"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    document: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(Text)


class UserRow(Base):
    """Someone who signs in: a bank's officer, an enterprise's finance person, a regulator, the operator."""

    __tablename__ = "users"

    login: Mapped[str] = mapped_column(Text, primary_key=True)
    role: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    bank: Mapped[str | None] = mapped_column(Text)
    enterprise: Mapped[str | None] = mapped_column(ForeignKey("enterprises.id"))
    is_demo: Mapped[bool]
