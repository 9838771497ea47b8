"""Not for sale: nothing commercial is read from a document, and no name, id or size of a bank moves an order."""

import json
import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matching_worlds import Row, clause, product, profiles, rows
from ranked_worlds import counted, ordering

from matching.eligibility import Request
from matching.errors import NeutralityError
from matching.lists import MatchLists, Settings, products_for
from matching.neutrality import is_commercial, refuse_commercial
from matching.preference import Sort
from matching.product import Product, load_products
from matching.ranked import Ordering

KEY = Settings(tie_key=b"request and release")
REQUESTS = st.builds(Request, st.sampled_from([None, 50_000_00, 700_000_00]), st.sampled_from([None, 12]))
CLEAN = {"column": "tax_arrears_fen", "op": "equals", "value": 0}
SECRET = {"kind": "service", "payer": "enterprise", "unknown": True}
QUICK = {"reply_days": 3, "hours_to_apply": 2, "days_to_money": 5}
# What is offered: many alike, so that ties are frequent; the third and the fourth are the same offer twice.
OFFERS: tuple[Row, ...] = (
    {"annual_rate": "0.04", "criteria": [clause("kind", "kind", "equals", "company")]},
    {"annual_rate": "0.04", "criteria": [clause("kind", "kind", "equals", "company")], "term_max_months": 24},
    {"criteria": [{"id": "clean", "require": CLEAN}], "service": QUICK},
    {"criteria": [{"id": "clean", "require": CLEAN}], "service": QUICK},
    {"criteria": [clause("sales", "sales_12m_fen", "at_least", 100)], "fees": [SECRET]},
    {"criteria": [clause("void", "sales_void_ratio_12m", "at_most", "0.1")], "guarantee": "mortgage"},
    {"criteria": [clause("void", "sales_void_ratio_12m", "at_most", "0.1")], "guarantee": "pledge"},
)
# Which offers are one bank's, whatever it is called.
BANKS = (0, 0, 1, 2, 1, 2, 0)
FIRM = {"kind": "company", "tax_arrears_fen": 0, "sales_12m_fen": 300_000_00, "sales_void_ratio_12m": 0.02}
TEXT = st.text("广告首位推荐vip 123", min_size=1, max_size=8)
NAME = st.text("abcxyz019", min_size=1, max_size=6)


@st.composite
def guises(draw: st.DrawFn) -> "Sequence[Product]":
    """Draw the offers under other names, ids and sizes of bank, in another order."""
    ids = draw(st.lists(NAME, min_size=len(OFFERS), max_size=len(OFFERS), unique=True))
    banks = draw(st.lists(NAME, min_size=3, max_size=3, unique=True))
    found = []
    for offer, id_, bank in zip(OFFERS, ids, BANKS, strict=True):
        desk = {
            "branches": draw(st.sampled_from([[], ["620100"], ["620100", "620200"]])),
            "quota_loans": draw(st.integers(1, 900)),
            "officers": draw(st.integers(1, 500)),
            "files_per_officer_month": draw(st.integers(1, 40)),
        }
        called = {"zh": draw(TEXT), "en": draw(NAME), "id": f"c{draw(st.integers(0, 99))}"}
        changes: Row = {
            "id": id_,
            "name": draw(TEXT),
            "bank": banks[bank],
            "bank_name": draw(TEXT),
            "is_sample": draw(st.booleans()),
            "pattern": draw(st.none() | NAME),
            "note_zh": draw(TEXT),
            "value_zh": draw(TEXT),
            "desk": desk,
            "criteria": [one | called for one in offer["criteria"]],
        }
        found.append(product(**offer | changes))
    return draw(st.permutations(found))


def offered() -> tuple[Product, ...]:
    return tuple(
        product(id=f"p{place}", bank=f"b{bank}", **offer)
        for place, (offer, bank) in enumerate(zip(OFFERS, BANKS, strict=True))
    )


PLAIN = offered()


def told(lists: MatchLists, products: Sequence[Product]) -> bytes:
    """Return the order of products by content, with what scores and places say: no name, no id."""
    contents = {one.id: one.content().decode() for one in products}
    found: dict[str, Any] = {
        name: [
            (contents[row.id], row.score_ppm, row.transparent_ppm, row.all_in_ppm, row.line_fen)
            for row in getattr(lists, name)
        ]
        for name in ("fits", "may_fit")
    }
    found["does_not_fit"] = [contents[row.id] for row in lists.does_not_fit]
    found["in_order"] = {name: [contents[id_] for id_ in ids] for name, ids in lists.in_order.items()}
    return json.dumps(found, ensure_ascii=False).encode()


def in_the_order_of(products: Sequence[Product]) -> list[Product]:
    """Return the products in the order of `OFFERS`, twins by bank."""
    contents = [one.content() for one in PLAIN]
    banks: dict[bytes, list[Product]] = {}
    for one in products:
        banks.setdefault(one.content(), []).append(one)
    # The bank of the third offer has the fifth too, that of the fourth the sixth.
    fifth = banks[contents[4]][0].bank
    banks[contents[2]].sort(key=lambda one: one.bank != fifth)
    return [banks[content][0] if place != 3 else banks[content][1] for place, content in enumerate(contents)]


def learned(products: Sequence[Product], firm: Row) -> Ordering:
    """Return a ranker that reads what banks and products did before; the history names them as they are called."""
    ordered = in_the_order_of(products)
    seen = counted([ordered[0], ordered[4], ordered[2], ordered[5]], 24)
    weights = {"granted_bank_ratio": 3.0, "taken_product_ratio": 2.0, "applied_product_ratio": 1.0}
    return ordering(profiles([firm]), weights, seen)


@given(guise=guises(), request=REQUESTS, firm=rows(), sort=st.sampled_from(Sort), top=st.sampled_from([None, 2]))
def test_names_ids_and_sizes_of_banks_move_nothing(
    guise: Sequence[Product], request: Request, firm: Row, sort: Sort, top: int | None
) -> None:
    firm = firm | {"kind": "company", "tax_arrears_fen": 0}
    cut = Settings(tie_key=b"key", top=top)
    same = [told(products_for(profiles([firm]), some, 0.9, request, cut, sort=sort), some) for some in (PLAIN, guise)]
    assert same[0] == same[1]


@settings(max_examples=5)
@given(guise=guises(), request=REQUESTS)
def test_a_ranker_that_knows_banks_by_what_they_did_orders_the_same_whatever_they_are_called(
    guise: Sequence[Product], request: Request
) -> None:
    table = profiles([FIRM])
    same = [
        told(products_for(table, some, 0.9, request, KEY, ordering=learned(some, FIRM)), some)
        for some in (PLAIN, guise)
    ]
    assert same[0] == same[1]
    plainly = told(products_for(table, PLAIN, 0.9, request, KEY), PLAIN)
    assert same[0] != plainly  # the history does order


def test_of_two_offers_that_are_the_same_no_name_is_first_for_everybody() -> None:
    twins = [product(id=id_, bank=id_, **OFFERS[2]) for id_ in ("aaa", "zzz")]
    first = [
        products_for(profiles([FIRM]), twins, 0.9, Request(), Settings(tie_key=bytes([key]))).fits[0].id
        for key in range(40)
    ]
    assert 8 < first.count("aaa") < 32


def test_what_does_not_fit_is_cut_by_no_name() -> None:
    firm = profiles([FIRM | {"kind": "cooperative"}])
    named = [product(**OFFERS[0] | {"id": f"a{place}", "term_max_months": 13 + place}) for place in range(12)]
    first = {
        products_for(firm, named, 0.9, Request(), Settings(tie_key=bytes([key]), top=1)).does_not_fit[0].id
        for key in range(20)
    }
    assert len(first) > 5


@pytest.mark.parametrize(
    "key",
    [
        *("platform_fee", "Platform Fee", "PLATFORMFEE", "commission", "commissionRate", "advertising", "promoted"),
        *("is-sponsored", "membership", "membership_level", "priority", "weight", "Boost", "operator_holding"),
        *(
            "bank_size",
            "bankAssets_total_assets",
            "rank",
            "bid",
            "ｐｒｉｏｒｉｔｙ",
            "广告位",
            "平台服务费",
            "会员等级",
            "权重",
        ),
    ],
)
def test_a_commercial_field_is_refused_by_name(key: str) -> None:
    row = json.loads(product().model_dump_json(exclude_defaults=True))
    deep = [row | {key: 1}, row | {"fees": [{"kind": "other", "payer": "bank", "amount_yuan": 1, key: "x"}]}]
    deep.append(row | {"criteria": [row["criteria"][0] | {key: True}]})
    for document in deep:
        with pytest.raises(NeutralityError, match=r"商业字段") as refused:
            load_products(json.dumps([document]))
        assert key in str(refused.value)
        assert "product plain" in str(refused.value)


def test_what_a_product_may_say_is_not_commercial() -> None:
    fields = {name for one in (Product, *_parts()) for name in one.model_json_schema(by_alias=True)["properties"]}
    assert len(fields) > 40
    assert {name for name in fields if is_commercial(name)} == set()
    refuse_commercial([product().model_dump(mode="json")] * 2, "products")


def test_a_document_that_is_nested_deeply_is_looked_at_to_the_bottom() -> None:
    deep: Any = {"sponsor": 1}
    for _ in range(5000):
        deep = {"all": [deep]}
    with pytest.raises(NeutralityError, match="sponsor"):
        refuse_commercial(deep, "product x")


def _parts() -> tuple[Any, ...]:
    from matching import criteria, particulars  # noqa: PLC0415 (only this test reads the shapes)
    from matching.product import CapsLimit, Fee, ShareLimit, SharesLimit  # noqa: PLC0415

    own = (particulars.Desk, particulars.RateRule, particulars.Service, criteria.Clause, criteria.Comparison)
    return (
        *own,
        criteria.Between,
        criteria.Membership,
        criteria.RatioComparison,
        Fee,
        CapsLimit,
        ShareLimit,
        SharesLimit,
    )


def test_ids_may_be_permuted_among_banks() -> None:
    """Permuting ids leaves the order of offers and turns that of ids with it."""
    order = random.Random(3).sample(range(len(PLAIN)), len(PLAIN))  # noqa: S311 (no secret)
    permuted = [one.model_copy(update={"id": PLAIN[to].id}) for one, to in zip(PLAIN, order, strict=True)]
    before, after = (products_for(profiles([FIRM]), some, 0.9, Request(), KEY) for some in (PLAIN, permuted))
    assert [row.id for row in before.fits] != [row.id for row in after.fits]
    assert told(before, PLAIN) == told(after, permuted)
