"""The packaged sample products: what they ask, that they are marked and invented, and who can have them."""

import csv
import hashlib
import re
from collections import Counter
from datetime import date
from itertools import combinations
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from province_worlds import profiles
from scipy.stats import spearmanr

from features.columns import INVOICES
from features.dictionary import FEATURES
from matching.compile import YES
from matching.criteria import BeforeAsOf, Comparison, Leaf, Membership, leaves
from matching.eligibility import Request, evaluate
from matching.lpr import rate_on
from matching.particulars import Base, Stage
from matching.product import CapsLimit, Guarantee, Product, Repayment, ShareLimit, sample_products
from matching.province.banks import known_banks
from matching.province.reference import lenders
from matching.reach import reach_words, reachable
from matching.sentence import clause_words

PRODUCTS = sample_products()
FIRST = PRODUCTS[:24]
#: SHA-256 over the digests of the first 24 products, which stay as they were first published.
FIRST_DIGEST = "cb047a1690af2b874f6382cb478186e2dbfecc06edfbb778fbc1923e4427205b"
FIRST_BANKS = 8
#: What products came to say later beside price, limits and criteria; clauses came to give reasons.
BESIDE = {"rate_rule": None, "places": (), "desk": None, "service": None, "stage": None, "value_zh": None}
FIRMS = 2_000
IDS = [one.id for one in PRODUCTS]


def columns(product: Product) -> set[str]:
    """Return every column that decides whether and how much: of criteria and of limits."""
    asked = {leaf.column for clause in product.criteria for leaf in leaves(clause.require)}
    for limit in product.limits:
        asked |= {limit.of} if isinstance(limit, ShareLimit) else {limit.by}
        asked |= set() if isinstance(limit, CapsLimit) else {limit.of}
    return asked


def _codes(leaf: Leaf) -> set[str]:
    return {str(value) for value in leaf.values} if isinstance(leaf, Membership) else set()


def by_invoices_alone(product: Product) -> bool:
    return all(FEATURES[one].tables == frozenset({INVOICES}) for one in columns(product))


INVOICE_PRODUCTS = [one for one in PRODUCTS if by_invoices_alone(one)]


def test_there_are_enough_of_enough_banks_each_marked() -> None:
    assert len(PRODUCTS) >= 64
    assert [one.id for one in PRODUCTS] == [f"sample-{place:02}" for place in range(1, len(PRODUCTS) + 1)]
    assert all(
        one.is_sample and one.name.endswith("（示例）") and one.bank_name.endswith("（示例）") for one in PRODUCTS
    )
    assert len({(one.bank, one.bank_name) for one in PRODUCTS}) == len({one.bank for one in PRODUCTS})
    assert len({one.bank_name for one in PRODUCTS}) == len({one.bank for one in PRODUCTS}) >= FIRST_BANKS + 4
    assert all(one.bank.startswith("sample-") and "示例产品，不构成要约" in one.note_zh for one in PRODUCTS)


def test_the_first_24_are_as_they_were() -> None:
    said = [[clause.model_copy(update={"reason_zh": None}) for clause in one.criteria] for one in FIRST]
    first = [
        one.model_copy(update=BESIDE | {"criteria": tuple(clauses)}) for one, clauses in zip(FIRST, said, strict=True)
    ]
    assert hashlib.sha256("".join(one.digest() for one in first).encode()).hexdigest() == FIRST_DIGEST
    assert len({one.bank for one in FIRST}) == FIRST_BANKS


@pytest.mark.parametrize("product", PRODUCTS, ids=IDS)
def test_desk_and_service_are_those_of_the_bank_and_a_rule_gives_the_published_rate(product: Product) -> None:
    bank = known_banks()[product.bank]
    assert product.desk is not None
    assert product.service is not None
    assert set(product.desk.branches) == bank.branches
    assert product.desk.officers == bank.officers
    assert product.service.reply_days == bank.days
    assert product.stage is not None
    assert product.value_zh
    # The rates were published while the loan prime rates of May 2025 held.
    assert rate_on(product, date(2026, 6, 30)) == product.annual_rate_ppm


def test_stages_of_life_rules_and_quotas_differ() -> None:
    assert {one.stage for one in PRODUCTS} >= {Stage.start_up, Stage.growth, Stage.mature}
    assert {None if one.rate_rule is None else one.rate_rule.base for one in PRODUCTS} == {None, *Base}
    assert len({one.desk.quota_loans for one in PRODUCTS if one.desk is not None}) >= 5


def test_the_lenders_of_the_province_offer_products() -> None:
    assert set(lenders()) <= {one.bank for one in PRODUCTS}


def test_no_two_are_the_same_but_for_names_and_days() -> None:
    timeless = [one.model_copy(update={"offered_from": None}) for one in PRODUCTS]
    assert len({one.content() for one in timeless}) == len(PRODUCTS)
    assert len({one.name for one in PRODUCTS}) == len(PRODUCTS)
    conditions = [(one.model_dump_json(include={"criteria", "guarantee", "limits"}), one.id) for one in timeless]
    alike = [(first[1], second[1]) for first, second in combinations(conditions, 2) if first[0] == second[0]]
    assert alike == []


def test_no_column_orders_them_all() -> None:
    """The cheapest is not the largest nor the longest: terms trade against each other and against criteria."""
    columns = {
        "rate": [one.annual_rate_ppm for one in PRODUCTS],
        "cap": [-one.amount_max_fen for one in PRODUCTS],
        "term": [-one.term_max_months for one in PRODUCTS],
        "criteria": [-len(one.criteria) for one in PRODUCTS],
    }
    for first, second in combinations(columns.values(), 2):
        assert abs(spearmanr(first, second).statistic) < 0.85
    for part in (Guarantee, Repayment):
        for code in part:
            rates = [one.annual_rate_ppm for one in PRODUCTS if code in (one.guarantee, one.repayment)]
            assert len(rates) >= 3, code


def test_several_of_several_banks_open_in_the_last_half_year() -> None:
    cold = [one for one in PRODUCTS if one.offered_from is not None]
    assert len(cold) >= 8
    assert len({one.bank for one in cold}) >= 4
    assert len({one.guarantee for one in cold}) >= 4
    for one in cold:
        assert one.offered_from is not None
        assert date(2026, 1, 5) <= one.offered_from <= date(2026, 4, 30)


@pytest.mark.parametrize("product", PRODUCTS, ids=IDS)
def test_criteria_read_as_sentences(product: Product) -> None:
    for clause in product.criteria:
        words = clause_words(clause)
        assert not re.search(r"[a-z_]{3,}", words.zh), words.zh
        assert "_" not in words.en
        assert not re.search(r"[一-鿿]", words.en)


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
        "legal_representative_changes_6m",
        "insured_count",
        "honours_count",
        "is_high_tech",
        "is_specialised",
        "is_tech_sme",
        "is_leading_agri",
        "is_model_cooperative",
        "is_model_farm",
    ):
        assert asked[name] >= 1, name
    named = {
        text
        for one in PRODUCTS
        for clause in one.criteria
        for leaf in leaves(clause.require)
        if leaf.column in {"kind", "industry_section"}
        for text in _codes(leaf)
    }
    assert named >= {"company", "sole_proprietor", "cooperative", "family_farm", *"ACEFGH"}
    assert {one.guarantee for one in PRODUCTS} >= set(Guarantee)
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
        leaf.column: int(leaf.value)
        for clause in product.criteria
        for leaf in leaves(clause.require)
        if isinstance(leaf, Comparison) and not isinstance(leaf.value, BeforeAsOf)
        if leaf.op == "at_least" and leaf.column.endswith("_fen")
    }
    for limit in product.limits:
        if isinstance(limit, ShareLimit) and limit.of in floors:
            assert floors[limit.of] * 100 * limit.share_ppm >= product.amount_min_fen * 1_000_000


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


def test_no_product_is_out_of_reach(province_profiles: pa.Table) -> None:
    reach = reachable(PRODUCTS, province_profiles)
    assert reach_words(reach).zh == f"{len(PRODUCTS)}个产品都至少有一家企业符合条件。"


def test_a_firm_has_a_choice_whether_its_file_is_thick_or_thin(province_profiles: pa.Table) -> None:
    fits = np.stack([evaluate(one, province_profiles, Request()).verdict == YES for one in PRODUCTS]).sum(axis=0)
    active = pc.equal(province_profiles["registration_status"], "active").to_numpy()
    lent = pc.equal(province_profiles["has_had_loan"], 1).to_numpy()
    invoicing = pc.greater_equal(pc.fill_null(province_profiles["sales_months_12m"], 0), 4).to_numpy()
    thin = active & ~lent & ~invoicing
    assert thin.mean() > 0.1
    assert 10 <= np.median(fits[thin]) <= 30
    assert 10 <= np.median(fits[active & ~thin]) <= 30
    assert 0.9 < (fits > 0).mean() < 1
