"""The criteria of a product in other languages than ours: the open schema they follow, and CEL."""

from typing import Any

from matching.cel import DISAGREEMENTS, to_cel
from matching.criteria import expanded
from matching.schema import criteria_schema
from service.access.caller import Caller
from service.audit.tags import Tag
from service.store import log_store
from service.work.catalogue import catalogue, require_operator
from service.work.home import Home


def schema() -> dict[str, Any]:
    """Return the JSON Schema that every product's criteria follow; it tells nothing of any product."""
    return criteria_schema()


def cel(home: Home, caller: Caller, product_id: str) -> dict[str, Any]:
    """Return a product's criteria as CEL, clause by clause and as a whole, logged; for the operator, for all is in it.

    Raises `UnknownProductError`, or `NotAllowedError` for another caller.
    """
    require_operator(caller)
    with home.database.write() as session:
        found = catalogue(session)
        product = found.get(product_id)
        body = {"count": 1, "products": found.digest, "products_source": found.source, "product": product_id}
        log_store.append(session, Tag.products_listed, home.now(), caller.log_name, None, body)
    clauses = [(clause, to_cel(clause)) for clause in expanded(product.criteria)]
    whole = to_cel(product.criteria)
    return {
        "product": product_id,
        "clauses": [
            {"id": clause.id, "shown": str(clause.shown), "yes": told.yes, "no": told.no} for clause, told in clauses
        ],
        "yes": whole.yes,
        "no": whole.no,
        "differs": [{"zh": words.zh, "en": words.en} for words in DISAGREEMENTS],
    }
