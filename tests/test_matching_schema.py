"""The open schema of criteria: what is published accepts what the program accepts, and refuses what anyone can see."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from criteria_worlds import whole_criteria
from hypothesis import given
from matching_worlds import Row, product

from matching.cel import to_cel
from matching.criteria import expanded
from matching.errors import ProductError
from matching.product import Product, sample_products
from matching.schema import criteria_schema, schema_document
from matching.shown import criteria_for_firm

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "criteria.schema.json"
SCHEMA = criteria_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
SALES = {"column": "sales_12m_fen", "op": "at_least", "value": 500_000}
RATIO = {"column": "loan_balance_fen", "over": "sales_12m_fen", "op": "at_most", "value": "0.5"}


def test_the_published_schema_is_current_and_a_schema() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == schema_document()
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"].endswith("2020-12/schema")


@pytest.mark.parametrize("one", sample_products(), ids=lambda one: one.id)
def test_every_sample_product_is_valid(one: Product) -> None:
    assert list(VALIDATOR.iter_errors(one.model_dump(mode="json")["criteria"])) == []


@given(criteria=whole_criteria())
def test_what_the_program_accepts_the_schema_accepts(criteria: list[Row]) -> None:
    assert product(criteria=criteria)
    assert list(VALIDATOR.iter_errors(json.loads(json.dumps(criteria)))) == []


BAD: dict[str, Any] = {
    "no clause": [],
    "an id with a space": [{"id": "a b", "require": SALES}],
    "no condition": [{"id": "a"}],
    "a float": [{"id": "a", "require": SALES | {"value": 0.5}}],
    "an unknown column": [{"id": "a", "require": SALES | {"column": "dreams"}}],
    "an unknown op": [{"id": "a", "require": SALES | {"op": "over"}}],
    "a strange key": [{"id": "a", "require": SALES | {"unit": "yuan"}}],
    "money in words": [{"id": "a", "require": SALES | {"value": "five"}}],
    "money with three decimals": [{"id": "a", "require": SALES | {"value": "0.001"}}],
    "a count with decimals": [{"id": "a", "require": SALES | {"column": "buyers_12m", "value": "1.5"}}],
    "a code above": [{"id": "a", "require": {"column": "tax_rating", "op": "above", "value": "A"}}],
    "a number for a code": [{"id": "a", "require": {"column": "tax_rating", "op": "equals", "value": 1}}],
    "money for a day": [{"id": "a", "require": {"column": "last_sale_on", "op": "above", "value": 1}}],
    "a day for money": [{"id": "a", "require": SALES | {"value": {"days_before": 9}}}],
    "days and months": [
        {
            "id": "a",
            "require": {"column": "last_sale_on", "op": "above", "value": {"days_before": 9, "months_before": 1}},
        }
    ],
    "neither days nor months": [{"id": "a", "require": {"column": "last_sale_on", "op": "above", "value": {}}}],
    "a ratio of flags": [{"id": "a", "require": RATIO | {"column": "is_high_tech"}}],
    "a ratio that equals": [{"id": "a", "require": RATIO | {"op": "equals"}}],
    "an empty group": [{"id": "a", "require": {"all": []}}],
    "two kinds at once": [{"id": "a", "require": {"all": [SALES], "any": [SALES]}}],
    "a ground in the open": [{"id": "a", "require": SALES, "ground": "fraud"}],
    "a range without its end": [{"id": "a", "require": {"column": "buyers_12m", "op": "between", "low": 1}}],
    "a set without values": [{"id": "a", "require": {"column": "tax_rating", "op": "in", "values": []}}],
    "too many": [{"id": f"c{n}", "require": SALES} for n in range(201)],
}


@pytest.mark.parametrize("name", BAD)
def test_what_anyone_can_see_is_refused_by_both(name: str) -> None:
    assert not VALIDATOR.is_valid(BAD[name])
    with pytest.raises(ProductError):
        product(criteria=BAD[name])


def test_every_part_is_told_in_both_languages() -> None:
    for name, definition in SCHEMA["$defs"].items():
        told = definition.get("description", definition.get("title", ""))
        assert any("\u4e00" <= letter <= "\u9fff" for letter in told), name
        assert any("a" <= letter <= "z" for letter in told), name


def test_the_example_of_the_document_is_what_it_says() -> None:
    text = (DOCUMENT.parent / "criteria.md").read_text(encoding="utf-8")
    written = re.findall(r'```json\n"criteria": (.*?)```', text, re.DOTALL)[0]
    assert list(VALIDATOR.iter_errors(json.loads(written))) == []
    lent = product(criteria=json.loads(written))
    for row in criteria_for_firm(lent):
        assert row["zh"].replace("，", "") in text.replace("\n", "").replace("，", "")
    exported = to_cel(expanded(lent.criteria)[2])
    assert f"debt  yes  {exported.yes}\n" in text
    assert f"debt  no   {exported.no}\n" in text
