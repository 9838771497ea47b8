"""Rows of the order that is not personal: what everybody would read, and of the firm only which products fit it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from matching.amounts import ratio_text
from matching.preference import plain_key
from matching.product import Product
from matching.shown import criteria_for_firm

#: The kinds of key of `plain_key`: what has no rate at all.
_UNPRICED = 2
# What a row says of the firm, by its key, and what stands there instead.
_PERSONAL: Mapping[str, Any] = {
    "score": None,
    "transparent_score": None,
    "granted_of_applied": None,
    "granted_of_applied_ppm": None,
    "reasons": [],
    "missing": [],
    "components": {},
    "credit_line_yuan": None,
    "credit_line_is_cap": False,
    "amount_yuan": None,
    "all_in_rate": None,
    "last_invoice_on": None,
    "criterion_id": "",
    "value": "",
    "value_en": "",
    "values": [],
}


def for_everybody(document: Mapping[str, Any], products: Mapping[str, Product], day: date) -> dict[str, Any]:
    """Return a document with rows that are the same for every firm they stand in the same list of.

    Each names the product's terms, its criteria as any firm reads them, and the all-in rate of the reference loan.
    """

    def row(one: Mapping[str, Any]) -> dict[str, Any]:
        product = products[one["product"]]
        kept = {key: _PERSONAL.get(key, value) for key, value in one.items()}
        said = criteria_for_firm(product)
        words = {
            "criterion": "；".join(words["zh"] for words in said),
            "criterion_en": "; ".join(words["en"] for words in said),
        }
        return kept | {"term_months": None, "reference_rate": reference_rate(product, day)} | words

    lists = {name: [row(one) for one in document[name]] for name in ("fits", "may_fit", "does_not_fit")}
    return dict(document) | lists | {"first_failing_counts": {}, "last_invoice_on": None}


def logged_for_everybody(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a log's lists as they were shown: the products of each, in their order."""
    lists = {name: [{"id": one["id"]} for one in body[name]] for name in ("fits", "may_fit", "does_not_fit")}
    return dict(body) | lists | {"first_failing_counts": {}}


def reference_rate(product: Product, day: date) -> str | None:
    """Return the all-in rate of the reference loan as decimal text, None where there is none."""
    kind, rate_ppm = plain_key(product, day)
    return None if kind == _UNPRICED else ratio_text(rate_ppm)
