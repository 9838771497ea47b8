"""The products of a home, or the packaged samples where it has none; listing products and enterprises."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matching.criteria import expanded
from matching.product import Product, sample_products
from matching.sentence import clause_words
from matching.shown import criteria_for_firm, document_for_firm, told_clause
from service.access.caller import Caller, Role
from service.audit.tags import Tag
from service.errors import (
    CatalogueChangedError,
    NotAllowedError,
    UnknownEnterpriseError,
    UnknownProductError,
    WithdrawnProductError,
)
from service.store import entity_store, log_store, product_store
from service.store.engine import Session
from service.store.entity_store import Enterprise
from service.work.home import Home

OWN = "home"
PACKAGED = "packaged samples"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The products that answers are made of, where they come from, and the SHA-256 over their documents.

    `withdrawn` names those that were taken out of every answer; `state` changes with every save and withdrawal.
    """

    products: tuple[Product, ...]
    source: str
    digest: str
    withdrawn: frozenset[str] = frozenset()
    state: str = ""

    def get(self, product_id: str) -> Product:
        """Return the product of that id; raise `UnknownProductError`, or `WithdrawnProductError` where it was one."""
        for product in self.products:
            if product.id == product_id:
                return product
        if product_id in self.withdrawn:
            raise WithdrawnProductError(f"产品 {product_id} 已停用。", f"Product {product_id} was withdrawn.")
        raise UnknownProductError(f"没有编号为 {product_id} 的产品。", f"There is no product {product_id}.")

    def require_unchanged(self, session: Session) -> None:
        """Raise `CatalogueChangedError` where a product was saved or withdrawn; asked where an answer is written."""
        if product_store.state(session) != self.state:
            raise CatalogueChangedError


def catalogue(session: Session) -> Catalogue:
    """Return the home's own products, else the packaged samples, in order of id; never one that was withdrawn."""
    withdrawn, state = product_store.withdrawn(session), product_store.state(session)
    if product_store.has_own(session):
        found = [Product.model_validate_json(document) for document in product_store.documents(session)]
        return _catalogue(found, OWN, withdrawn, state)
    packaged = [one for one in sample_products() if one.id not in withdrawn]
    return _catalogue(packaged, PACKAGED, withdrawn, state)


def has_sample_products(home: Home) -> bool:
    """Return whether the home answers with the packaged samples, for want of products of its own."""
    with home.database.read() as session:
        return not product_store.has_own(session)


def products(home: Home, caller: Caller) -> list[dict[str, Any]]:
    """Return the products that the caller may ask about (a bank: its own), logged."""
    with home.database.write() as session:
        found = catalogue(session)
        body = {"count": len(found.products), "products": found.digest, "products_source": found.source}
        log_store.append(session, Tag.products_listed, home.now(), caller.log_name, None, body)
    mine = [one for one in found.products if caller.role is not Role.bank or one.bank == caller.bank]
    shown = _shown_to_firm if caller.role is Role.enterprise else _shown
    return [shown(one) | {"products_source": found.source} for one in mine]


def enterprises(home: Home, caller: Caller) -> list[dict[str, Any]]:
    """Return id and name of every enterprise in order of id, logged; only the operator may list the register."""
    require_operator(caller)
    with home.database.write() as session:
        found = entity_store.enterprises(session)
        log_store.append(session, Tag.enterprises_listed, home.now(), caller.log_name, None, {"count": len(found)})
    return [{"id": one.id, "name": one.name} for one in found]


def find_enterprise(session: Session, text: str) -> Enterprise:
    """Return the enterprise of an id, bare where one scheme alone has it; raise `UnknownEnterpriseError`."""
    found = entity_store.find(session, text)
    if not found:
        raise UnknownEnterpriseError(f"没有企业 {text}。", f"There is no enterprise {text}.")
    if len(found) > 1:
        ids = ", ".join(one.id for one in found)
        raise UnknownEnterpriseError(f"{text} 有多个同号企业：{ids}。", f"{text} stands in several schemes: {ids}.")
    return found[0]


def _catalogue(products_: Sequence[Product], source: str, withdrawn: frozenset[str], state: str) -> Catalogue:
    ordered = tuple(sorted(products_, key=lambda product: product.id))
    return Catalogue(ordered, source, digest_of(ordered), withdrawn, state)


def _shown(product: Product) -> dict[str, Any]:
    """Return a product's document with its criteria in words; the first day is there, if only as none."""
    return {"offered_from": None, **product.model_dump(mode="json"), "criteria_words": _criteria(product)}


def _shown_to_firm(product: Product) -> dict[str, Any]:
    """Return the same for a firm: of what a bank keeps to itself only that there is such a condition."""
    words = criteria_for_firm(product)
    return {"offered_from": None, **document_for_firm(product), "criteria_words": words}


def _criteria(product: Product) -> list[dict[str, str]]:
    return [told_clause(clause.id, clause_words(clause), clause) for clause in expanded(product.criteria)]


def digest_of(products_: Sequence[Product]) -> str:
    """Return the SHA-256 over the documents of products, in this order."""
    text = "\n".join(product.model_dump_json() for product in products_)
    return hashlib.sha256(text.encode()).hexdigest()


def require_operator(caller: Caller) -> None:
    """Raise `NotAllowedError` for anybody else."""
    if caller.role is not Role.operator:
        raise NotAllowedError("只有平台运营人员可以这样做。", "Only the operator may do this.")
