"""The products of a home, or the packaged samples where it has none; listing products and enterprises."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matching.criteria import expanded
from matching.product import Product, load_products, sample_products
from matching.sentence import clause_words
from service.access.caller import Caller, Role
from service.audit.tags import Tag
from service.errors import NotAllowedError, UnknownEnterpriseError, UnknownProductError
from service.store import entity_store, log_store
from service.store.engine import Session
from service.store.entity_store import Enterprise
from service.work.home import Home

OWN = "home"
PACKAGED = "packaged samples"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The products that answers are made of, where they come from, and the SHA-256 over their documents."""

    products: tuple[Product, ...]
    source: str
    digest: str

    def get(self, product_id: str) -> Product:
        """Return the product of that id; raise `UnknownProductError`."""
        for product in self.products:
            if product.id == product_id:
                return product
        raise UnknownProductError(f"没有编号为 {product_id} 的产品。", f"There is no product {product_id}.")


def catalogue(session: Session) -> Catalogue:
    """Return the home's own products, else the packaged samples, in order of id."""
    documents = entity_store.product_documents(session)
    if documents:
        products = tuple(Product.model_validate_json(document) for document in documents)
        return _catalogue(products, OWN)
    return _catalogue(sample_products(), PACKAGED)


def has_sample_products(home: Home) -> bool:
    """Return whether the home answers with the packaged samples, for want of products of its own."""
    with home.database.read() as session:
        return not entity_store.product_documents(session)


def load(home: Home, caller: Caller, path: Path) -> int:
    """Put the products of a JSON file into the home; return how many. Only the operator may."""
    _require_operator(caller)
    products = load_products(path.read_text(encoding="utf-8"))
    documents = [(product.id, _document(product), _digest([product])) for product in products]
    with home.database.write() as session:
        entity_store.put_products(session, documents)
        body = {"products": len(documents), "digest": _digest(products)}
        log_store.append(session, Tag.products_loaded, home.now(), caller.log_name, None, body)
    return len(documents)


def products(home: Home, caller: Caller) -> list[dict[str, Any]]:
    """Return the products that the caller may ask about (a bank: its own), logged."""
    with home.database.write() as session:
        found = catalogue(session)
        body = {"count": len(found.products), "products": found.digest, "products_source": found.source}
        log_store.append(session, Tag.products_listed, home.now(), caller.log_name, None, body)
    mine = [one for one in found.products if caller.role is not Role.bank or one.bank == caller.bank]
    return [_shown(one) | {"products_source": found.source} for one in mine]


def enterprises(home: Home, caller: Caller) -> list[dict[str, Any]]:
    """Return id and name of every enterprise in order of id, logged; only the operator may list the register."""
    _require_operator(caller)
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


def _catalogue(products_: Sequence[Product], source: str) -> Catalogue:
    ordered = tuple(sorted(products_, key=lambda product: product.id))
    return Catalogue(ordered, source, _digest(ordered))


def _shown(product: Product) -> dict[str, Any]:
    """Return a product's document with its criteria in words; the first day is there, if only as none."""
    return {"offered_from": None, **product.model_dump(mode="json"), "criteria_words": _criteria(product)}


def _criteria(product: Product) -> list[dict[str, str]]:
    words = ((clause.id, clause_words(clause)) for clause in expanded(product.criteria))
    return [{"id": id_, "zh": said.zh, "en": said.en} for id_, said in words]


def _document(product: Product) -> str:
    return product.model_dump_json()


def _digest(products_: Sequence[Product]) -> str:
    text = "\n".join(_document(product) for product in products_)
    return hashlib.sha256(text.encode()).hexdigest()


def _require_operator(caller: Caller) -> None:
    if caller.role is not Role.operator:
        raise NotAllowedError("只有平台运营人员可以这样做。", "Only the operator may do this.")
