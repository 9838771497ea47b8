"""What may be said of firms without authorisation depends on nothing that is not public."""

from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.columns import AS_OF, ENTERPRISE
from matching.eligibility import Request
from matching.product import load_products
from matching.public_list import meeting_public_criteria

PUBLIC = {"age_months", "kind"}
PRODUCT = """[{"id": "p", "name": "品", "bank": "b", "bank_name": "行", "is_sample": true,
 "amount_min_yuan": 10000, "amount_max_yuan": 100000, "term_min_months": 3, "term_max_months": 12,
 "annual_rate": "0.05", "repayment": "bullet", "guarantee": "unsecured",
 "limits": [{"rule": "share", "of": "sales_12m_fen", "share": "0.2"}],
 "criteria": [
  {"id": "age", "require": {"column": "age_months", "op": "at_least", "value": 24}},
  {"id": "sales", "require": {"column": "sales_12m_fen", "op": "at_least", "value": 500000}},
  {"id": "either", "require": {"any": [{"column": "kind", "op": "equals", "value": "company"},
                                        {"column": "sales_months_12m", "op": "at_least", "value": 6}]}}]}]"""


def _profiles(rows: list[tuple[str, int | None, str | None]]) -> pa.Table:
    """Profiles of public columns, the private ones missing."""
    return pa.table(
        {
            ENTERPRISE: pa.array([row[0] for row in rows], pa.string()),
            AS_OF: pa.array([None] * len(rows), pa.date32()),
            "age_months": pa.array([row[1] for row in rows], pa.int64()),
            "kind": pa.array([row[2] for row in rows], pa.string()),
            "sales_12m_fen": pa.array([None] * len(rows), pa.int64()),
            "sales_months_12m": pa.array([None] * len(rows), pa.int64()),
            "last_invoice_on": pa.array([None] * len(rows), pa.date32()),
        }
    )


def test_public_clauses_decide_and_private_ones_do_not() -> None:
    (product,) = load_products(PRODUCT)
    profiles = _profiles([("z", 24, None), ("young", 23, None), ("unknown", None, "company"), ("a", 300, "company")])
    # `sales` and `either` read private columns, so they exclude nobody; an unknown age is not "meets".
    assert meeting_public_criteria(product, profiles, Request(), PUBLIC) == ("a", "z")


@pytest.mark.parametrize(("amount", "meets"), [(1_000_000, ("a",)), (999_999, ()), (10_000_001, ())])
def test_the_request_is_a_public_criterion(amount: int, meets: tuple[str, ...]) -> None:
    (product,) = load_products(PRODUCT)
    assert meeting_public_criteria(product, _profiles([("a", 300, None)]), Request(amount_fen=amount), PUBLIC) == meets


@given(st.permutations([("b", 30, "company"), ("c", 10, None), ("a", 99, None), ("d", None, None)]))
def test_the_order_of_the_input_changes_nothing(rows: list[tuple[str, int | None, str | None]]) -> None:
    (product,) = load_products(PRODUCT)
    assert meeting_public_criteria(product, _profiles(rows), Request(), PUBLIC) == ("a", "b")


def test_no_firm_is_named_before_the_product_is_offered() -> None:
    (product,) = load_products(PRODUCT)
    profiles = _profiles([("a", 300, None)])
    profiles = profiles.set_column(1, AS_OF, pa.array([date(2026, 1, 4)], pa.date32()))
    for first, meets in ((date(2026, 1, 4), ("a",)), (date(2026, 1, 5), ())):
        lent = product.model_copy(update={"offered_from": first})
        assert meeting_public_criteria(lent, profiles, Request(), PUBLIC) == meets
