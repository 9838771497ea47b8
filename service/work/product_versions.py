"""Products saved, withdrawn and listed by version: every version is kept, with who saved it and when.

Criteria are reviewed when a product is saved: what contradicts itself, can never be met, or shuts out whom it may not
is refused; what is merely odd is reported.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matching.lint import Finding, Severity, review
from matching.product import Product, load_products
from service.access.caller import Caller, Role
from service.audit.tags import Tag
from service.errors import NotAllowedError, UnfitProductError
from service.store import log_store, product_store
from service.store.engine import Session
from service.store.log_store import moment
from service.store.product_store import Saving, Version
from service.work.catalogue import Catalogue, catalogue, digest_of, require_operator
from service.work.home import Home


@dataclass(frozen=True, slots=True)
class Saved:
    """A version as it was saved, and what the review found that does not forbid it."""

    version: Version
    findings: tuple[Finding, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as a document."""
        return {
            "product": self.version.product,
            "number": self.version.number,
            "digest": self.version.digest,
            "findings": [
                {
                    "kind": one.kind.value,
                    "severity": one.severity.value,
                    "zh": one.words.zh,
                    "en": one.words.en,
                    "clauses": list(one.clauses),
                }
                for one in self.findings
            ],
        }


def load(home: Home, caller: Caller, path: Path) -> int:
    """Put the products of a JSON file into the home, each as its next version; return how many. Operator only."""
    require_operator(caller)
    products = load_products(path.read_text(encoding="utf-8"))
    with home.database.write() as session:
        _require_one_team(products, catalogue(session))
        for product in products:
            _reviewed(home, product)
            _save(session, home, caller, product)
        body = {"products": len(products), "digest": digest_of(products)}
        log_store.append(session, Tag.products_loaded, home.now(), caller.log_name, None, body)
    return len(products)


def save(home: Home, caller: Caller, text: str) -> list[Saved]:
    """Save the products of a JSON text (one, or an array) as their next versions, each logged.

    A bank saves its own; the operator any. Raises `NotAllowedError`, and ProductError or CriteriaError for what cannot
    be read as a product.
    """
    products = load_products(text if text.lstrip().startswith("[") else f"[{text}]")
    reviewed = [(product, _reviewed(home, product)) for product in products]
    with home.database.write() as session:
        offered = catalogue(session)
        for product in products:
            _require_own(session, caller, product, offered)
        _require_one_team(products, offered)
        saved = [Saved(_save(session, home, caller, one), found) for one, found in reviewed]
        for one in saved:
            body = {"number": one.version.number, "digest": one.version.digest}
            log_store.append(session, Tag.product_saved, home.now(), caller.log_name, one.version.product, body)
    return saved


def withdraw(home: Home, caller: Caller, product_id: str) -> Version:
    """Take a product out of every answer at once; raise `UnknownProductError` where none of that id is offered."""
    with home.database.write() as session:
        product = catalogue(session).get(product_id)
        _require_bank(caller, product.bank)
        found = product_store.withdraw(session, product.id, _saving(home, caller))
        log_store.append(
            session, Tag.product_withdrawn, home.now(), caller.log_name, product.id, {"number": found.number}
        )
    return found


def versions(home: Home, caller: Caller, product_id: str) -> list[dict[str, Any]]:
    """List all versions of a product, newest first, logged; a bank its own, the operator any."""
    with home.database.write() as session:
        found = product_store.versions(session, product_id)
        kept = next((Product.model_validate_json(one.document) for one in found if one.document), None)
        product = kept or catalogue(session).get(product_id)
        _require_bank(caller, product.bank)
        log_store.append(session, Tag.versions_listed, home.now(), caller.log_name, product_id, {"count": len(found)})
    return [
        {
            "number": one.number,
            "digest": one.digest,
            "saved_at": one.saved_at,
            "saved_by": one.saved_by,
            "withdrawn": one.is_withdrawal,
        }
        for one in found
    ]


def logged_versions(session: Session, products: Sequence[Product]) -> dict[str, Any]:
    """Return what a log entry names of products: the digest of each version, and its number where one is kept."""
    numbers = product_store.numbers(session, [product.id for product in products])
    return {
        product.id: {"digest": product.digest()} | ({"number": numbers[product.id]} if product.id in numbers else {})
        for product in products
    }


def _save(session: Session, home: Home, caller: Caller, product: Product) -> Version:
    return product_store.save(session, product.id, product.model_dump_json(), product.digest(), _saving(home, caller))


def _require_one_team(products: Sequence[Product], offered: Catalogue) -> None:
    """Refuse desks of one bank that tell of different teams; a bank changes its team in all its products at once."""
    saved = {one.id for one in products}
    teams: dict[str, tuple[int, int]] = {}
    for one in (*(kept for kept in offered.products if kept.id not in saved), *products):
        if one.desk is None:
            continue
        team = one.desk.officers, one.desk.files_per_officer_month
        if teams.setdefault(one.bank, team) != team and any(new.bank == one.bank for new in products):
            raise UnfitProductError(
                f"产品 {one.id} 不能保存：同一银行各产品的客户经理人数和每人每月件数须一致。",
                f"Product {one.id} is not saved: all products of a bank tell of one team of officers.",
            )


def _reviewed(home: Home, product: Product) -> tuple[Finding, ...]:
    """Return what a review finds; raise `UnfitProductError` where it finds what no product may have."""
    found = review(product, home.today)
    errors = [one for one in found if one.severity is Severity.error]
    if errors:
        zh, en = "；".join(one.words.zh for one in errors), "; ".join(one.words.en for one in errors)
        raise UnfitProductError(f"产品 {product.id} 不能保存：{zh}。", f"Product {product.id} is not saved: {en}.")
    return found


def _saving(home: Home, caller: Caller) -> Saving:
    return Saving(moment(home.now()), caller.log_name)


def _require_own(session: Session, caller: Caller, product: Product, offered: Catalogue) -> None:
    """Refuse a product of another bank, and one under an id that is or ever was another bank's."""
    _require_bank(caller, product.bank)
    before = [one for one in offered.products if one.id == product.id]
    kept = product_store.versions(session, product.id)
    before += [Product.model_validate_json(one.document) for one in kept if not one.is_withdrawal]
    for one in before:
        _require_bank(caller, one.bank)


def _require_bank(caller: Caller, bank: str) -> None:
    if caller.role is Role.operator or (caller.role is Role.bank and caller.bank == bank):
        return
    raise NotAllowedError("只能管理本行的产品。", "Only the bank itself may do this with its products.")
