"""A bank that asks twice, on two days or of two versions of a product, learns no firm by the difference."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import orjson
from matching_worlds import clause
from served import Site
from starlette.testclient import TestClient

from matching.product import sample_products
from matching.small_counts import two_figures
from service.access.caller import Role
from service.audit.tags import Tag
from service.work import product_versions

pytest_plugins = ["served_fixtures"]
COUNTS = {"requests", "firms", "unmet", "may_fit_only", "few_products", "only_way", "admitted", "without_model"}
MONEY = {"unmet_amount_yuan", "amount_yuan", "expected_loss_yuan"}


def named(document: object) -> Iterator[tuple[str, Any]]:
    """Yield every key of a document, however deep, with its value."""
    if isinstance(document, dict):
        for name, value in document.items():
            yield name, value
            yield from named(value)
    elif isinstance(document, list):
        for one in document:
            yield from named(one)


def require_coarse(document: dict[str, Any]) -> None:
    """Require tens of firms and two figures of money and shares everywhere, so that no difference tells one firm."""
    found = list(named(document))
    assert found
    for name, value in found:
        if value is None:
            continue
        if name in COUNTS:
            assert value % 10 == 0, name
        if name in MONEY:
            assert two_figures(int(Decimal(value) * 100)) == Decimal(value) * 100, name
        if name.endswith("_ppm") and not name.startswith("loss_given"):
            assert two_figures(value) == value, name


def save(site: Site, threshold: str) -> str:
    """Save a version of a product of the bank that asks for so much of sales, and return its id."""
    caller = site.caller(Role.bank)
    own = next(one for one in sample_products() if one.bank == caller.bank)
    plain = json.loads(own.model_dump_json())
    for name in ("rate_rule", "places", "limits", "offered_from"):
        plain.pop(name, None)
    plain["criteria"] = [
        clause("sales", "sales_12m_fen", "at_least", threshold),
        clause("age", "age_months", "at_least", 1),
    ]
    product_versions.save(site.home, caller, json.dumps([plain]))
    return str(own.id)


def last_entry(site: Site, tag: Tag) -> dict[str, Any]:
    """Return the last entry of an act."""
    ((entry,), *_) = site.rows("select entry from log_entries where tag = ? order by id desc", tag.value)
    found: dict[str, Any] = orjson.loads(entry)
    return found


def asked(client: TestClient, address: str, **parameters: str) -> dict[str, Any]:
    """Return an answer."""
    answer = client.get(address, params=parameters)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_neither_days_nor_versions_nor_steps_tell_a_firm(site: Site) -> None:
    client = site.client(Role.bank)
    latest = asked(client, "/api/bank/unmet")
    require_coarse(latest)
    assert latest["firms"] >= 10
    day = date.fromisoformat(latest["as_of"])
    before = day.replace(day=1) - timedelta(days=1)
    require_coarse(asked(client, "/api/bank/unmet", as_of=before.isoformat()))
    for refused in (before - timedelta(days=1), day + timedelta(days=1), before.replace(day=15)):
        answer = client.get("/api/bank/unmet", params={"as_of": refused.isoformat()})
        assert answer.status_code == 422
        assert answer.json()["type"].endswith("bad-value")
    logged = last_entry(site, Tag.unmet_read)
    assert {"facts", "dictionary", "authorisations", "grounds", "products", "told"} <= logged.keys()

    # Everybody fails so high a bound: the thresholds tried would be the sales of single firms.
    product = save(site, "1000000000000")
    changes = f"/api/bank/products/{product}/criteria/sales/changes"
    found = asked(client, changes)
    require_coarse(found)
    values = [step["value"] for step in found["steps"] if step["value"] is not None]
    assert values
    assert all(two_figures(int(value)) == int(value) for value in values)
    admitted = [step["admitted"] for step in found["steps"]]
    assert admitted == sorted(admitted)
    save(site, str(int(values[0]) + 1))
    again = asked(client, changes)
    require_coarse(again)
    require_coarse(asked(client, "/api/bank/unmet"))
    body = last_entry(site, Tag.criterion_tried)
    assert body["loss_given_default_ppm"] == 400_000
