"""Rows of products and of every version they ever had; a version without a document says that it was withdrawn."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select, tuple_

from service.store.engine import Session
from service.store.orm import ProductRow, ProductVersionRow


@dataclass(frozen=True, slots=True)
class Version:
    """One version: its number from 1 within the product, the document's SHA-256 (empty where withdrawn), who, when."""

    product: str
    number: int
    digest: str
    document: str
    saved_at: str
    saved_by: str

    @property
    def is_withdrawal(self) -> bool:
        """Say whether the product was withdrawn with it."""
        return not self.document


@dataclass(frozen=True, slots=True)
class Saving:
    """Who saves, and when, as the log writes it."""

    at: str
    by: str


def documents(session: Session) -> list[str]:
    """Return the JSON documents of the home's own products that are not withdrawn, in order of id."""
    return list(session.scalars(select(ProductRow.document).order_by(ProductRow.id)))


def has_own(session: Session) -> bool:
    """Return whether the home has, or ever had, products of its own."""
    kept = select(ProductVersionRow.product).where(ProductVersionRow.document != "").limit(1)
    return session.scalar(select(ProductRow.id).limit(1)) is not None or session.scalar(kept) is not None


def state(session: Session) -> str:
    """Return the SHA-256 over what is offered and withdrawn now: another after any save or withdrawal that matters."""
    live = session.execute(select(ProductRow.id, ProductRow.digest).order_by(ProductRow.id)).all()
    parts = [*(f"{id_}:{digest}" for id_, digest in live), *(f"-{id_}" for id_ in sorted(withdrawn(session)))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def withdrawn(session: Session) -> frozenset[str]:
    """Return the products whose last version withdrew them."""
    last = select(ProductVersionRow.product, func.max(ProductVersionRow.number)).group_by(ProductVersionRow.product)
    query = select(ProductVersionRow.product).where(
        ProductVersionRow.document == "", tuple_(ProductVersionRow.product, ProductVersionRow.number).in_(last)
    )
    return frozenset(session.scalars(query))


def versions(session: Session, product: str) -> list[Version]:
    """Return all versions of a product, newest first."""
    query = select(ProductVersionRow).where(ProductVersionRow.product == product)
    return [_version(row) for row in session.scalars(query.order_by(ProductVersionRow.number.desc()))]


def numbers(session: Session, products: Iterable[str]) -> dict[str, int]:
    """Return the number of the last version of each of these products that has one."""
    wanted = sorted(set(products))
    query = select(ProductVersionRow.product, func.max(ProductVersionRow.number)).group_by(ProductVersionRow.product)
    return {row[0]: row[1] for row in session.execute(query.where(ProductVersionRow.product.in_(wanted)))}


def save(session: Session, product: str, document: str, digest: str, saving: Saving) -> Version:
    """Offer a product in this version; what is offered already in these very words stays the version it is."""
    row = session.get(ProductRow, product)
    known = versions(session, product)
    if row is not None and not known:
        # A home from before versions were kept: what it offers is its first.
        known = [_add(session, product, 1, (row.document, row.digest), saving)]
    if row is not None and row.digest == digest and known[0].digest == digest:
        return known[0]
    session.merge(ProductRow(id=product, document=document, digest=digest))
    return _add(session, product, _next(known), (document, digest), saving)


def withdraw(session: Session, product: str, saving: Saving) -> Version:
    """Take a product out of every answer from now on; its versions stay."""
    row = session.get(ProductRow, product)
    known = versions(session, product)
    if row is not None:
        if not known:
            known = [_add(session, product, 1, (row.document, row.digest), saving)]
        session.delete(row)
    return _add(session, product, _next(known), ("", ""), saving)


def _next(known: list[Version]) -> int:
    return known[0].number + 1 if known else 1


def _add(session: Session, product: str, number: int, written: tuple[str, str], saving: Saving) -> Version:
    document, digest = written
    row = ProductVersionRow(
        product=product, number=number, digest=digest, document=document, saved_at=saving.at, saved_by=saving.by
    )
    session.add(row)
    session.flush()
    return _version(row)


def _version(row: ProductVersionRow) -> Version:
    return Version(row.product, row.number, row.digest, row.document, row.saved_at, row.saved_by)
