"""The three lists: what must hold whatever firms, products and requests there are."""

import json
import random
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matching_worlds import Row, clause, product, profiles, rows

from matching.eligibility import Request
from matching.errors import MatchingError
from matching.lists import MatchLists, Settings, enterprises_for, products_for
from matching.render import as_json, as_log

KEY = Settings(tie_key=b"request and release")
SHARE = {"rule": "share", "of": "sales_12m_fen", "share": "5"}
BY_RATING = {"rule": "caps", "by": "tax_rating", "caps_yuan": {"A": 600_000, "B": 1}}
SECRET = {"kind": "service", "payer": "enterprise", "unknown": True}
HAS_BUYERS_OR_AGE: Row = {
    "any": [
        {"column": "buyers_12m", "op": "above", "value": 1},
        {"column": "age_months", "op": "at_least", "value": 2},
    ]
}
CLEAN_COMPANY = [clause("kind", "kind", "equals", "company"), clause("no_arrears", "tax_arrears_fen", "equals", 0)]
SALES = [clause("sales", "sales_12m_fen", "at_least", 100)]
VOID = [clause("void", "sales_void_ratio_12m", "at_most", "0.1")]
PRODUCTS = (
    product(id="p-any", criteria=[{"id": "either", "require": HAS_BUYERS_OR_AGE}]),
    product(id="p-sales", criteria=SALES, limits=[SHARE], amount_min_yuan=1),
    product(id="p-rating", criteria=VOID, limits=[BY_RATING], annual_rate="0.05"),
    product(id="p-kind", criteria=CLEAN_COMPANY, fees=[SECRET]),
    product(id="p-twin", criteria=CLEAN_COMPANY, fees=[SECRET]),
)
REQUESTS = st.builds(Request, st.sampled_from([None, 50_000_00, 700_000_00]), st.sampled_from([None, 1, 12]))
FIRMS = st.lists(rows(), min_size=1, max_size=8)
STANDINGS = st.lists(st.none() | st.floats(0, 1), min_size=8, max_size=8)


def known(standings: list[float | None]) -> dict[str, float]:
    return {f"test:{place}": value for place, value in enumerate(standings) if value is not None}


def by_id(lists: MatchLists) -> dict[str, tuple[Any, ...]]:
    """Where every candidate stands and why, apart from the order."""
    found: dict[str, tuple[Any, ...]] = {}
    for name in ("fits", "may_fit"):
        for row in getattr(lists, name):
            assert row.id not in found
            found[row.id] = (name, row.score_ppm, row.reasons, row.missing, row.all_in_ppm)
    for refusal in lists.does_not_fit:
        assert refusal.id not in found
        found[refusal.id] = ("does_not_fit", refusal.criterion_id, refusal.values)
    return found


@given(firms=FIRMS, standings=STANDINGS, request=REQUESTS)
def test_both_directions_give_a_pair_the_same_verdict_score_and_reasons(
    firms: list[Row], standings: list[float | None], request: Request
) -> None:
    table, good = profiles(firms), known(standings)
    for_products = {one.id: by_id(enterprises_for(table, one, good, request, KEY)) for one in PRODUCTS}
    for place in range(len(firms)):
        name = f"test:{place}"
        theirs = by_id(products_for(table.slice(place, 1), PRODUCTS, good.get(name), request, KEY))
        assert theirs == {one.id: for_products[one.id][name] for one in PRODUCTS}


@given(firms=FIRMS, standings=STANDINGS, request=REQUESTS, seed=st.integers(0, 99))
def test_the_order_of_firms_changes_nothing(
    firms: list[Row], standings: list[float | None], request: Request, seed: int
) -> None:
    table, good = profiles(firms), known(standings)
    order = random.Random(seed).sample(range(len(firms)), len(firms))  # noqa: S311 (no secret)
    for one in PRODUCTS:
        assert enterprises_for(table.take(order), one, good, request, KEY) == enterprises_for(
            table, one, good, request, KEY
        )


@given(firm=rows(), request=REQUESTS, seed=st.integers(0, 99))
def test_the_order_of_products_changes_nothing(firm: Row, request: Request, seed: int) -> None:
    shuffled = random.Random(seed).sample(PRODUCTS, len(PRODUCTS))  # noqa: S311 (no secret)
    table = profiles([firm])
    assert products_for(table, shuffled, 0.9, request, KEY) == products_for(table, PRODUCTS, 0.9, request, KEY)


@given(firm=rows(), request=REQUESTS)
def test_another_product_changes_no_row_of_the_others(firm: Row, request: Request) -> None:
    table = profiles([firm])
    few, all_of_them = (by_id(products_for(table, some, 0.9, request, KEY)) for some in (PRODUCTS[:3], PRODUCTS))
    assert few == {name: all_of_them[name] for name in few}


@given(firms=FIRMS, request=REQUESTS)
def test_every_pair_is_in_one_list_in_order_and_for_its_reasons(firms: list[Row], request: Request) -> None:
    table = profiles(firms)
    for one in PRODUCTS:
        lists = enterprises_for(table, one, None, request, KEY)
        assert set(by_id(lists)) == {f"test:{place}" for place in range(len(firms))}
        assert sum(lists.counts.values()) == len(firms)
        assert sum(lists.first_failing_counts.values()) == lists.counts["does_not_fit"]
        for rows_ in (lists.fits, lists.may_fit):
            scores = [row.score_ppm for row in rows_]
            assert scores == sorted(scores, reverse=True)
            assert all(0 <= score <= 1_000_000 for score in scores)
            assert all(1 <= len(row.reasons) <= 4 for row in rows_)
        assert all(not row.missing for row in lists.fits)
        assert all(row.missing for row in lists.may_fit)
        assert [row.id for row in lists.does_not_fit] == sorted(row.id for row in lists.does_not_fit)


@given(firms=FIRMS, request=REQUESTS)
def test_what_is_missing_never_fits_where_it_is_asked(firms: list[Row], request: Request) -> None:
    blind = [firm | {"buyers_12m": None, "age_months": None} for firm in firms]
    lists = enterprises_for(profiles(blind), PRODUCTS[0], None, request, KEY)
    assert not lists.fits


def test_top_cuts_each_list_and_counts_before() -> None:
    table = profiles([{"age_months": months} for months in (1, 1, 2, 3, None, None, 5)])
    lent = product(criteria=[clause("age", "age_months", "at_least", 2)])
    whole = enterprises_for(table, lent, None, Request(), KEY)
    cut = enterprises_for(table, lent, None, Request(), Settings(tie_key=KEY.tie_key, top=1))
    assert cut.counts == whole.counts == {"fits": 3, "may_fit": 2, "does_not_fit": 2}
    assert (cut.fits, cut.may_fit, cut.does_not_fit) == (whole.fits[:1], whole.may_fit[:1], whole.does_not_fit[:1])
    assert (cut.first_failing_counts, cut.candidates_digest) == ({"age": 2}, whole.candidates_digest)


def test_equal_firms_stand_in_an_order_the_key_gives() -> None:
    table = profiles([{"age_months": 24}] * 12)
    lent = product(criteria=[clause("age", "age_months", "at_least", 2)])
    orders = {
        tuple(row.id for row in enterprises_for(table, lent, None, Request(), Settings(tie_key=bytes([key]))).fits)
        for key in range(5)
    }
    assert len(orders) == 5


def test_a_millionth_decides_before_any_key() -> None:
    table = profiles([{"age_months": 24}] * 2)
    lent = product(criteria=[clause("age", "age_months", "at_least", 2)])
    good = {"test:0": 0.900000, "test:1": 0.900003}
    for key in range(20):
        fits = enterprises_for(table, lent, good, Request(), Settings(tie_key=bytes([key]))).fits
        assert [row.id for row in fits] == ["test:1", "test:0"]
        assert 1 <= fits[0].score_ppm - fits[1].score_ppm <= 3


def test_the_digest_holds_no_score_of_a_refused_firm() -> None:
    table = profiles([{"age_months": 1}])
    lent = product(criteria=[clause("age", "age_months", "at_least", 2)])
    digests = {enterprises_for(table, lent, good, Request(), KEY).candidates_digest for good in (None, {"test:0": 0.5})}
    assert len(digests) == 1


def test_names_of_products_and_banks_do_not_decide() -> None:
    firm = profiles([{"kind": "company", "tax_arrears_fen": 0}])
    plain = [product(id=f"p{place}", annual_rate="0.06", term_max_months=12 + place) for place in range(6)]
    lent = [one.model_copy(update={"criteria": PRODUCTS[3].criteria}) for one in plain]
    renamed = [
        one.model_copy(update={"id": f"z{9 - place}", "bank": f"b{place}", "name": f"名{place}", "bank_name": "行"})
        for place, one in enumerate(lent)
    ]
    terms = {one.id: one.term_max_months for one in [*lent, *renamed]}
    orders = [
        [terms[row.id] for row in products_for(firm, some, None, Request(), KEY).fits] for some in (lent, renamed)
    ]
    assert orders[0] == orders[1]


def test_the_digest_tells_a_changed_score_and_not_the_order() -> None:
    table = profiles([{"age_months": 24}, {"age_months": 30}])
    lent = product(criteria=[clause("age", "age_months", "at_least", 2)])
    digests = {
        enterprises_for(some, lent, good, Request(), KEY).candidates_digest
        for some, good in ((table, None), (table.take([1, 0]), None), (table, {"test:0": 0.5}))
    }
    assert len(digests) == 2


def test_no_firm_and_no_product_are_answers() -> None:
    empty = enterprises_for(profiles([]), PRODUCTS[1], None, Request(), KEY)
    assert (empty.fits, empty.counts) == ((), {"fits": 0, "may_fit": 0, "does_not_fit": 0})
    assert products_for(profiles([{}]), [], None, Request(), KEY).fits == ()


def test_wrong_use_is_refused() -> None:
    with pytest.raises(MatchingError, match="one profile"):
        products_for(profiles([{}, {}]), PRODUCTS, None, Request(), KEY)
    with pytest.raises(MatchingError, match="more than one profile"):
        enterprises_for(profiles([{"enterprise": "a"}, {"enterprise": "a"}]), PRODUCTS[0], None, Request(), KEY)
    for wrong in ({"tie_key": b""}, {"tie_key": bytes(65)}, {"tie_key": b"k", "top": -1}):
        with pytest.raises(MatchingError, match="tie key"):
            Settings(**wrong)


@given(firms=FIRMS, standings=STANDINGS, request=REQUESTS)
def test_a_log_holds_integers_and_strings_only(
    firms: list[Row], standings: list[float | None], request: Request
) -> None:
    for one in PRODUCTS:
        logged = as_log(enterprises_for(profiles(firms), one, known(standings), request, KEY))
        assert {type(leaf) for leaf in leaves(logged)} <= {int, str}


def test_json_has_the_agreed_keys() -> None:
    table = profiles([{"age_months": 24, "sales_12m_fen": 300_00}, {}, {"age_months": 1, "buyers_12m": 0}])
    answer = as_json(enterprises_for(table, PRODUCTS[0], {"test:0": 0.9}, Request(), KEY, names={"test:0": "甲公司"}))
    assert json.loads(json.dumps(answer)) == answer
    fits, may_fit, refused = answer["fits"][0], answer["may_fit"][0], answer["does_not_fit"][0]
    assert (fits["enterprise"], fits["name"], 0 < fits["score"] <= 1) == ("test:0", "甲公司", True)
    assert {"code", "text"} <= fits["reasons"][0].keys()
    # Without limit rules the line is the product's cap, and said to be so.
    assert (fits["credit_line_yuan"], fits["credit_line_is_cap"], fits["amount_yuan"]) == ("1000000", True, "1000000")
    assert [item["column"] for item in may_fit["missing"]] == ["buyers_12m", "age_months"]
    assert "税务部门" in may_fit["missing"][0]["who"]
    assert (refused["enterprise"], refused["criterion_id"]) == ("test:2", "either")
    assert refused["value"] == "近12个月客户数0家；成立月数1个月"
    assert refused["values"] == [{"column": "buyers_12m", "value": 0}, {"column": "age_months", "value": 1}]


def test_amounts_that_cannot_be_told_are_null_in_json() -> None:
    answer = as_json(enterprises_for(profiles([{"sales_12m_fen": 300_00}, {}]), PRODUCTS[1], None, Request(), KEY))
    fits, may_fit = answer["fits"][0], answer["may_fit"][0]
    assert (fits["credit_line_yuan"], fits["credit_line_is_cap"], fits["amount_yuan"]) == ("1500", False, "1500")
    assert (may_fit["credit_line_yuan"], may_fit["credit_line_is_cap"], may_fit["amount_yuan"]) == (None, False, None)
    assert "line" not in may_fit["components"]
    assert fits.keys() | {"missing"} == may_fit.keys()


def leaves(data: Any) -> list[Any]:  # noqa: ANN401 (whatever JSON holds)
    if isinstance(data, dict):
        return [leaf for key, value in data.items() for leaf in [key, *leaves(value)]]
    if isinstance(data, list):
        return [leaf for value in data for leaf in leaves(value)]
    return [data]


def test_a_product_is_in_no_list_before_its_first_day() -> None:
    table = profiles([{"sales_12m_fen": 300_00}])
    (always, today, tomorrow) = (
        product(id=name, criteria=SALES, amount_min_yuan=1, offered_from=first)
        for name, first in (("always", None), ("today", "2020-02-21"), ("tomorrow", "2020-02-22"))
    )
    lists = products_for(table, [always, today, tomorrow], 0.9, Request(), KEY)
    assert {row.id for row in lists.fits} == {"always", "today"}
    assert lists.counts == {"fits": 2, "may_fit": 0, "does_not_fit": 0}
    assert lists == products_for(table, [always, today], 0.9, Request(), KEY)
    assert len(enterprises_for(table, today, None, Request(), KEY).fits) == 1
    early = enterprises_for(table, tomorrow, None, Request(), KEY)
    assert early.counts == {"fits": 0, "may_fit": 0, "does_not_fit": 0}


def test_firms_are_left_out_by_their_own_day() -> None:
    table = profiles([{"sales_12m_fen": 300_00}, {"sales_12m_fen": 300_00}])
    days = pa.array([date(2026, 1, 4), date(2026, 1, 5)], pa.date32())
    table = table.set_column(table.column_names.index("as_of"), "as_of", days)
    lent = product(criteria=SALES, amount_min_yuan=1, offered_from="2026-01-05")
    assert [row.id for row in enterprises_for(table, lent, None, Request(), KEY).fits] == ["test:1"]
