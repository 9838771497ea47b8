"""The packaged sample products: what they ask, that they are marked and invented, and who can have them."""

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from province_worlds import profiles

from features.columns import INVOICES
from features.dictionary import FEATURES
from matching.compile import YES
from matching.criteria import leaves
from matching.eligibility import Request, evaluate
from matching.product import CapsLimit, Guarantee, Product, Repayment, ShareLimit, sample_products
from matching.province.reference import lenders

PRODUCTS = sample_products()
FIRMS = 2_000
IDS = [one.id for one in PRODUCTS]


def columns(product: Product) -> set[str]:
    """Return every column that decides whether and how much: of criteria and of limits."""
    asked = {leaf.column for clause in product.criteria for leaf in leaves(clause.require)}
    for limit in product.limits:
        asked |= {limit.of} if isinstance(limit, ShareLimit) else {limit.by}
        asked |= set() if isinstance(limit, CapsLimit) else {limit.of}
    return asked


def by_invoices_alone(product: Product) -> bool:
    return all(FEATURES[one].tables == frozenset({INVOICES}) for one in columns(product))


INVOICE_PRODUCTS = [one for one in PRODUCTS if by_invoices_alone(one)]


def test_there_are_24_of_eight_banks_each_marked() -> None:
    assert len(PRODUCTS) == 24
    assert all(one.is_sample and "示例" in one.name and "示例" in one.bank_name for one in PRODUCTS)
    assert len({one.bank for one in PRODUCTS}) == len({one.bank_name for one in PRODUCTS}) == 8
    assert all("示例产品，不构成要约" in one.note_zh for one in PRODUCTS)


def test_the_banks_are_the_lenders_of_the_province() -> None:
    assert {one.bank for one in PRODUCTS} == set(lenders())


def test_at_least_eight_ask_only_what_invoices_tell() -> None:
    assert len(INVOICE_PRODUCTS) >= 8
    assert all(len(one.criteria) >= 3 for one in INVOICE_PRODUCTS)


def test_invoice_products_run_from_small_and_dear_to_large_and_cheap() -> None:
    caps = [one.amount_max_fen for one in INVOICE_PRODUCTS]
    rates = [one.annual_rate_ppm for one in INVOICE_PRODUCTS]
    assert max(caps) >= 20 * min(caps)
    assert np.corrcoef(np.log(caps), rates)[0, 1] < -0.8
    assert len({(one.amount_max_fen, one.annual_rate_ppm) for one in INVOICE_PRODUCTS}) == len(INVOICE_PRODUCTS)


def test_products_cover_what_banks_ask() -> None:
    asked = Counter(name for one in PRODUCTS for name in columns(one))
    for name in (
        "tax_rating",
        "age_months",
        "prefecture",
        "industry_section",
        "has_had_loan",
        "lenders_count",
        "executed_open_count",
        "dishonest_open_count",
        "tax_arrears_fen",
        "kind",
        "sales_growth_12m_ratio",
    ):
        assert asked[name] >= 1, name
    assert {one.guarantee for one in PRODUCTS} >= set(Guarantee) - {Guarantee.pledge}
    assert {one.repayment for one in PRODUCTS} == set(Repayment)
    assert any(isinstance(limit, CapsLimit) for one in PRODUCTS for limit in one.limits)


@pytest.mark.parametrize("product", PRODUCTS, ids=IDS)
def test_amount_term_and_rate_are_plausible(product: Product) -> None:
    assert 1_000_000 <= product.amount_min_fen < product.amount_max_fen <= 1_000_000_000
    assert 3 <= product.term_min_months <= product.term_max_months <= 120
    assert 30_000 <= product.annual_rate_ppm <= 100_000
    assert len(product.note_zh) >= 40


@pytest.mark.parametrize("product", PRODUCTS, ids=IDS)
def test_a_firm_just_over_the_threshold_gets_the_least_amount(product: Product) -> None:
    floors = {
        leaf.column: leaf.value
        for clause in product.criteria
        for leaf in leaves(clause.require)
        if leaf.op == "at_least" and leaf.column.endswith("_fen")
    }
    for limit in product.limits:
        if isinstance(limit, ShareLimit) and limit.of in floors:
            assert int(floors[limit.of]) * 100 * limit.share_ppm >= product.amount_min_fen * 1_000_000


def test_no_bank_or_product_bears_the_name_of_a_published_one(data_folder: Path) -> None:
    path = data_folder.parent / "domain" / "products.csv"
    if not path.is_file():
        pytest.skip("the list of published products is missing")
    with path.open(encoding="utf-8", newline="") as lines:
        published = list(csv.DictReader(lines))
    patterns = {row["id"] for row in published}
    names = {row["bank"] for row in published if row["bank"]}
    titles = {row["product"] for row in published}
    for one in PRODUCTS:
        assert one.pattern in patterns
        assert not any(name in one.bank_name for name in names)
        assert one.name.removesuffix("（示例）") not in titles


@pytest.fixture(scope="module")
def province_profiles() -> pa.Table:
    return profiles(FIRMS)


@pytest.mark.parametrize("product", PRODUCTS, ids=IDS)
def test_every_product_is_reached_by_some_firms_and_not_by_all(product: Product, province_profiles: pa.Table) -> None:
    fits = evaluate(product, province_profiles, Request()).verdict == YES
    assert 1 <= fits.sum() < 0.7 * len(fits)


def test_about_half_the_province_has_a_product(province_profiles: pa.Table) -> None:
    fits = np.stack([evaluate(one, province_profiles, Request()).verdict == YES for one in PRODUCTS])
    assert 0.4 < fits.any(axis=0).mean() < 0.98
