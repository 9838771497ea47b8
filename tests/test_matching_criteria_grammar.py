"""Days counted back, ratios and references: the oracle agrees, edges are exact, and what cannot be is refused."""

import json
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from criteria_worlds import whole_conditions, whole_criteria, whole_rows
from hypothesis import example, given
from hypothesis import strategies as st
from matching_worlds import AS_OF, Row, clause, product, profiles
from oracle_criteria import before, told

from matching.answer import Settings
from matching.compile import compile_clause
from matching.compile_days import days_before
from matching.compile_ratios import compared
from matching.criteria import EPOCH, BeforeAsOf, Clause, Shown, expanded
from matching.criteria_check import check_clause, check_criteria
from matching.eligibility import Request, evaluate
from matching.errors import CriteriaError, ProductError
from matching.frame import Frame
from matching.lists import products_for
from matching.product import load_products, sample_products
from matching.render import as_json
from matching.sentence import clause_words

VERDICT = {True: 1, False: 0, None: -1}
INT64 = st.integers(-(2**63), 2**63 - 1)


def clauses(*rows: Row) -> tuple[Clause, ...]:
    return tuple(Clause.model_validate(row) for row in rows)


def requiring(name: str, require: Row, **more: Any) -> Row:  # noqa: ANN401
    return {"id": name, "require": require, **more}


def verdicts(condition: Row, table: pa.Table) -> list[int]:
    node = compile_clause(Clause.model_validate(requiring("c", condition)))
    return node.truth(Frame(table)).verdicts().tolist()


@given(condition=whole_conditions(), firms=st.lists(whole_rows(), min_size=1, max_size=4))
def test_the_whole_grammar_agrees_with_the_oracle(condition: Row, firms: list[Row]) -> None:
    expected = [VERDICT[told(condition, firm, AS_OF)] for firm in firms]
    assert verdicts(condition, profiles(firms)) == expected


@given(criteria=whole_criteria(), firm=whole_rows())
def test_references_mean_what_they_refer_to(criteria: list[Row], firm: Row) -> None:
    lent = product(criteria=criteria)
    found = evaluate(lent, profiles([firm]), Request())
    named = {row["id"]: row["require"] for row in criteria}
    expected = [VERDICT[told(row["require"], firm, AS_OF, named)] for row in criteria]
    assert found.clause_verdicts[0].tolist() == expected


@given(criteria=whole_criteria(), firm=whole_rows())
def test_an_open_clause_names_what_leaves_it_open(criteria: list[Row], firm: Row) -> None:
    frame = Frame(profiles([firm]))
    for one in expanded(clauses(*criteria)):
        node = compile_clause(one)
        named = [name for name, mask in node.lacking(frame).items() if mask[0]]
        assert all(firm[name] is None or firm[name] <= 0 for name in named)
        assert bool(named) >= bool(node.truth(frame).open[0])
        room = node.headroom(frame)[0]
        assert np.isnan(room) or 0 <= room <= 1


@given(as_of=st.dates(date(1990, 1, 1), date(2100, 1, 1)), months=st.integers(0, 60), days=st.integers(0, 800))
def test_days_are_counted_back_over_the_calendar(as_of: date, months: int, days: int) -> None:
    number = np.array([(as_of - EPOCH).days])
    for written in ({"months_before": months}, {"days_before": days}):
        found = days_before(number, BeforeAsOf.model_validate(written))[0]
        assert found == (before(as_of, **written) - EPOCH).days


@pytest.mark.parametrize(
    ("as_of", "months", "day"),
    [
        (date(2024, 3, 31), 1, date(2024, 2, 29)),
        (date(2023, 3, 31), 1, date(2023, 2, 28)),
        (date(2024, 2, 29), 12, date(2023, 2, 28)),
        (date(2024, 1, 15), 1, date(2023, 12, 15)),
        (date(2024, 5, 31), 3, date(2024, 2, 29)),
    ],
)
def test_a_month_without_that_day_gives_its_last(as_of: date, months: int, day: date) -> None:
    found = days_before(np.array([(as_of - EPOCH).days]), BeforeAsOf(months_before=months))
    assert found[0] == (day - EPOCH).days


def test_each_row_counts_back_from_its_own_day() -> None:
    table = profiles([{"last_invoice_on": date(2020, 1, 1)}] * 2)
    days = pa.array([date(2020, 1, 31), date(2020, 2, 1)])
    table = table.set_column(table.schema.get_field_index("as_of"), "as_of", days)
    recent = {"column": "last_invoice_on", "op": "at_least", "value": {"days_before": 30}}
    assert verdicts(recent, table) == [1, 0]


def test_a_day_counted_back_needs_a_day() -> None:
    table = profiles([{"last_invoice_on": date(2020, 1, 1)}]).drop_columns(["as_of"])
    with pytest.raises(CriteriaError, match="have none"):
        verdicts({"column": "last_invoice_on", "op": "at_least", "value": {"days_before": 30}}, table)


@example(values=2**53 + 1, over=2**53, ppm=10**6)
@example(values=2**62 + 1, over=2**62, ppm=10**6)
@example(values=2**63 - 1, over=2**63 - 1, ppm=10**6 - 1)
@example(values=-(2**63), over=3, ppm=-1)
@given(values=INT64, over=st.integers(1, 2**63 - 1), ppm=st.integers(-(10**15), 10**15))
def test_ratios_are_compared_without_rounding_or_overflow(values: int, over: int, ppm: int) -> None:
    side = compared(np.array([values]), np.array([over]), ppm)[0]
    exact = Fraction(values, over) - Fraction(ppm, 10**6)
    assert side == (exact > 0) - (exact < 0)


@given(
    over=st.integers(1, 1000) | st.integers(10**16, (2**63 - 1) // 12),
    ppm=st.integers(0, 12_000_000),
    beside=st.integers(-1, 1),
)
def test_a_ratio_on_its_bound_is_on_it(over: int, ppm: int, beside: int) -> None:
    values = over * ppm // 10**6 + beside
    side = compared(np.array([values]), np.array([over]), ppm)[0]
    assert side == (values * 10**6 > ppm * over) - (values * 10**6 < ppm * over)


@pytest.mark.parametrize(("over", "expected"), [(200_00, 1), (0, -1), (-5, -1), (None, -1), (199_99, 0)])
def test_a_ratio_over_nothing_cannot_be_told(over: int | None, expected: int) -> None:
    half = {"column": "loan_balance_fen", "over": "sales_12m_fen", "op": "at_most", "value": "0.5"}
    firms = profiles([{"loan_balance_fen": 100_00, "sales_12m_fen": over}])
    assert verdicts(half, firms) == [expected]
    assert verdicts({"not": half}, firms) == [{1: 0, 0: 1, -1: -1}[expected]]


HAS_SALES = {"column": "sales_12m_fen", "op": "at_least", "value": 1}
TWICE = {"column": "loan_balance_fen", "over": "sales_12m_fen", "op": "at_most", "value": 2}
BAD: dict[str, tuple[Row, str]] = {
    "unknown column": ({"column": "sales_of_dreams", "op": "at_least", "value": 1}, "unknown column"),
    "unknown divisor": ({**TWICE, "over": "sales_of_dreams"}, "unknown column"),
    "two units": ({**TWICE, "over": "buyers_12m"}, "mixes units"),
    "divided by itself": ({**TWICE, "over": "loan_balance_fen"}, "divided by itself"),
    "divided by a flag": ({**TWICE, "column": "has_had_loan", "over": "is_high_tech"}, "cannot stand in a ratio"),
    "divided ratios": ({**TWICE, "column": "top_buyer_share_12m", "over": "buyer_hhi_12m"}, "cannot stand in a ratio"),
    "seven decimals": ({**TWICE, "value": "0.0000001"}, "more decimals"),
    "money against a day": ({"column": "sales_12m_fen", "op": "above", "value": {"days_before": 3}}, "mixes units"),
    "a day against money": ({"column": "last_sale_on", "op": "above", "value": 5000}, "last_sale_on .day."),
    "money in thirds of a fen": ({"column": "sales_12m_fen", "op": "above", "value": "0.001"}, "more decimals"),
    "a count in parts": ({"column": "buyers_12m", "op": "above", "value": "1.5"}, "whole number"),
    "a code above": ({"column": "tax_rating", "op": "above", "value": "A"}, "holds codes"),
    "a number without end": ({"column": "sales_12m_fen", "op": "above", "value": "9" * 99}, "too long"),
    "a number beyond all": ({"column": "sales_12m_fen", "op": "above", "value": "1e999999999"}, "too large"),
    "a share of nothing": ({"column": "top_buyer_share_12m", "op": "above", "value": "1e-999999999"}, "decimals"),
    "a digit behind the last": (
        {"column": "sales_12m_fen", "op": "above", "value": "1.0000000000000000000000000000000001"},
        "decimals",
    ),
    "no number at all": ({"column": "top_buyer_share_12m", "op": "above", "value": "NaN"}, "top_buyer"),
    "a count beyond all": ({"column": "buyers_12m", "op": "above", "value": 10**30}, "too large"),
    "an empty range": ({"column": "buyers_12m", "op": "between", "low": 3, "high": 2}, "empty"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_evaluated_is_refused_and_named(name: str) -> None:
    condition, says = BAD[name]
    with pytest.raises(CriteriaError, match=f"clause odd: .*{says}"):
        check_criteria(clauses(requiring("odd", condition)))


@pytest.mark.parametrize(
    "nothing",
    [
        {"column": "sales_12m_fen", "op": "equals", "value": 0},
        {"column": "sales_12m_fen", "op": "at_most", "value": "-5"},
        {"column": "sales_12m_fen", "op": "below", "value": "0.01"},
        {"all": [HAS_SALES, {"column": "sales_12m_fen", "op": "between", "low": -1, "high": 0}]},
        {"any": [{"clause": "same"}]},
    ],
)
def test_a_product_that_divides_by_what_it_holds_at_zero_is_refused(nothing: Row) -> None:
    rows = [requiring("same", {"column": "sales_12m_fen", "op": "equals", "value": 0})] if "any" in nothing else []
    with pytest.raises(ProductError, match="clause ratio: divides by zero, for clause"):
        product(criteria=[requiring("ratio", TWICE), *rows, requiring("none", nothing)])
    open_way = {"any": [nothing, HAS_SALES]}
    if not rows:
        assert product(criteria=[requiring("ratio", TWICE), requiring("none", open_way)])


def test_two_clauses_of_one_id_are_refused() -> None:
    with pytest.raises(CriteriaError, match="one id"):
        expanded(clauses(requiring("a", HAS_SALES), requiring("a", TWICE)))


LOOPS = {
    "itself": ([("a", "a")], "a → a"),
    "two": ([("a", "b"), ("b", "a")], "loop"),
    "five": ([("a", "b"), ("b", "c"), ("c", "d"), ("d", "e"), ("e", "c")], "c → d → e → c|d → e → c → d|e → c → d → e"),
}


@pytest.mark.parametrize("name", LOOPS)
def test_a_loop_is_named(name: str) -> None:
    pairs, says = LOOPS[name]
    with pytest.raises(CriteriaError, match=says):
        check_criteria(clauses(*(requiring(one, {"clause": other}) for one, other in pairs)))


def test_a_loop_through_two_hundred_clauses_ends_in_a_sentence() -> None:
    ring = [requiring(f"c{n}", {"not": {"clause": f"c{(n + 1) % 200}"}}) for n in range(200)]
    with pytest.raises(CriteriaError, match="loop"):
        expanded(clauses(*ring))


def test_an_unknown_reference_names_both() -> None:
    with pytest.raises(CriteriaError, match="clause a: refers to clause ghost"):
        expanded(clauses(requiring("a", {"any": [HAS_SALES, {"clause": "ghost"}]})))


def test_references_do_not_multiply_beyond_the_most() -> None:
    doubled = [requiring("c0", HAS_SALES)]
    doubled += [requiring(f"c{n}", {"all": [{"clause": f"c{n - 1}"}] * 2}) for n in range(1, 60)]
    with pytest.raises(CriteriaError, match="more than 200 comparisons"):
        expanded(clauses(*doubled))


def test_references_count_towards_the_depth_whatever_their_order() -> None:
    chain = [requiring("c0", HAS_SALES), *(requiring(f"c{n}", {"not": {"clause": f"c{n - 1}"}}) for n in range(1, 10))]
    for rows in (chain, chain[::-1]):
        with pytest.raises(CriteriaError, match="nested more than 8 deep"):
            expanded(clauses(*rows))
        assert [one.id for one in expanded(clauses(*(row for row in rows if row["id"] != "c9")))]


@pytest.mark.parametrize(
    "criteria",
    [
        [requiring(f"c{n}", HAS_SALES) for n in range(10_000)],
        [requiring("c", {"all": [HAS_SALES] * 10_000})],
        [requiring("a", {"all": [HAS_SALES] * 150}), requiring("b", {"any": [{"clause": "a"}] * 10_000})],
        [requiring("a", {"column": "buyers_12m", "op": "in", "values": list(range(10_000))})],
        [requiring("a", {"column": "buyers_12m", "op": "in", "values": list(range(201))})],
        [requiring("a", {"column": "region", "op": "in", "values": [str(n) for n in range(10_000)]})],
    ],
    ids=["clauses", "parts", "references", "numbers", "too many numbers", "codes"],
)
def test_ten_thousand_are_refused(criteria: list[Row]) -> None:
    with pytest.raises(ProductError, match=r"200|1000"):
        product(criteria=criteria)


@pytest.mark.parametrize("digits", [16, 4_000, 5_000, 100_000])
def test_a_number_of_many_digits_is_refused(digits: int) -> None:
    text = json.dumps([json.loads(_plain_product())])
    value = json.dumps(HAS_SALES | {"value": "#"}).replace('"#"', "9" * digits)
    with pytest.raises(ProductError, match=r"too large|digits") as refused:
        load_products(text.replace('"@"', value))
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize("levels", [9, 200, 5_000, 100_000])
def test_what_nests_too_deep_is_refused(levels: int) -> None:
    deep = '{"not":' * levels + json.dumps(HAS_SALES) + "}" * levels
    text = json.dumps([json.loads(_plain_product())]).replace('"@"', deep)
    with pytest.raises(ProductError, match=r"deep|recursion|Recursion"):
        load_products(text)


def _plain_product() -> str:
    row = product().model_dump(mode="json") | {"criteria": [{"id": "c", "require": "@"}]}
    return json.dumps(row)


def test_what_refers_to_the_banks_own_condition_is_the_banks_own() -> None:
    hidden = requiring("inner", HAS_SALES, shown="bank_only")
    open_ = requiring("outer", {"not": {"clause": "inner"}})
    plain = requiring("plain", TWICE)
    assert [one.shown for one in expanded(clauses(open_, hidden, plain))] == [
        Shown.bank_only,
        Shown.bank_only,
        Shown.public,
    ]


def test_a_clause_that_still_refers_is_neither_compiled_nor_worded_nor_checked() -> None:
    referring = clauses(requiring("a", {"clause": "b"}))[0]
    for act in (compile_clause, clause_words, check_clause):
        with pytest.raises(CriteriaError, match="expand"):
            act(referring)


@pytest.mark.parametrize("written", [{}, {"days_before": 3, "months_before": 1}, {"days_before": -1}, {"weeks": 2}])
def test_a_day_before_is_written_one_way(written: Row) -> None:
    with pytest.raises(ProductError):
        product(criteria=[clause("c", "last_sale_on", "at_least", written)])  # type: ignore[arg-type]


@pytest.mark.parametrize("ground", ["watch_list", "fraud", "laundering"])
@pytest.mark.parametrize("shown", [None, "public", "range"])
def test_grounds_of_suspicion_are_the_banks_alone(ground: str, shown: str | None) -> None:
    row = requiring("c", HAS_SALES, ground=ground) | ({} if shown is None else {"shown": shown})
    with pytest.raises(ProductError, match="bank only"):
        product(criteria=[row])
    assert product(criteria=[row | {"shown": "bank_only"}]).criteria[0].ground == ground


def test_products_without_the_new_words_are_written_as_before() -> None:
    for one in sample_products():
        document = json.loads(one.model_dump_json())
        for row in document["criteria"]:
            assert set(row) - {"reason_zh"} == {"id", "require", "zh", "en"}
            assert row.get("reason_zh", "") is not None
    expected = {"id": "c", "require": TWICE, "zh": None, "en": None}
    assert Clause.model_validate(requiring("c", TWICE)).model_dump(mode="json") == expected


HALF = {"column": "loan_balance_fen", "over": "sales_12m_fen", "op": "at_most", "value": "0.5"}
RECENT = {"column": "last_sale_on", "op": "at_least", "value": {"days_before": 100}}


def answer(criterion: Row, firm: Row) -> dict[str, Any]:
    lists = products_for(profiles([firm]), [product(criteria=[criterion])], None, Request(), Settings(b"key"))
    return as_json(lists)


@pytest.mark.parametrize(
    ("loans", "value"),
    [
        (60_000_00, "6万元，为近12个月开票销售额（10万元）的60%"),
        (50_001_00, "50,001元，为近12个月开票销售额（10万元）的50.001%"),
        (50_000_01, "50,000.01元，为近12个月开票销售额（10万元）的50%（略高于）"),
    ],
)
def test_a_refused_ratio_shows_both_amounts_and_what_one_is_of_the_other(loans: int, value: str) -> None:
    told = answer(requiring("c", HALF), {"loan_balance_fen": loans, "sales_12m_fen": 100_000_00})["does_not_fit"][0]
    assert told["criterion"] == "贷款余额不超过近12个月开票销售额的50%"
    assert told["value"] == value
    assert told["values"] == [
        {"column": "loan_balance_fen", "value": loans},
        {"column": "sales_12m_fen", "value": 100_000_00},
    ]


def test_a_ratio_gives_a_reason_with_both_amounts() -> None:
    firm = {"loan_balance_fen": 20_000_00, "sales_12m_fen": 100_000_00}
    reason = answer(requiring("c", HALF), firm)["fits"][0]["reasons"][0]
    said = "贷款余额2万元，为近12个月开票销售额（10万元）的20%，符合“贷款余额不超过近12个月开票销售额的50%”的要求"
    assert reason["text"].startswith(said)
    assert (reason["column"], reason["value"], reason["threshold"], reason["unit"]) == (
        "loan_balance_fen",
        20_000_00,
        50_000_00,
        "fen",
    )
    assert reason["code"] == "clears_easily"


def test_a_ratio_over_nothing_says_so_and_calls_nothing_missing() -> None:
    told = answer(requiring("c", HALF), {"loan_balance_fen": 1, "sales_12m_fen": 0})["may_fit"][0]
    assert told["reasons"][0]["text"] == (
        "近12个月开票销售额不为正数，无法计算比例，不能判断是否满足“贷款余额不超过近12个月开票销售额的50%”"
    )
    half_missing = answer(requiring("c", HALF), {"sales_12m_fen": 0})["may_fit"][0]["reasons"][0]
    assert half_missing["text"].startswith("暂缺贷款余额，无法判断")


def test_a_recent_day_gives_a_reason_with_the_day_and_its_bound() -> None:
    told = answer(requiring("c", RECENT), {"last_sale_on": date(2020, 2, 1)})["fits"][0]["reasons"][0]
    assert told["text"].startswith("最近一笔开票销售日期为2020年2月1日，符合“最近100天内有过开票销售”的要求")
    assert (told["value"], told["threshold"]) == ("2020-02-01", "2019-11-13")


def test_a_fixed_day_gives_a_reason_too() -> None:
    fixed = {"column": "last_sale_on", "op": "between", "low": "2020-01-01", "high": "2020-03-01"}
    told = answer(requiring("c", fixed), {"last_sale_on": date(2020, 2, 1)})["fits"][0]["reasons"][0]
    assert "2020年2月1日，符合在2020年1月1日至2020年3月1日之间的要求" in told["text"]
    assert told["threshold"] == "2020-01-01"


def test_a_refused_day_is_shown_as_a_day() -> None:
    told = answer(requiring("c", RECENT), {"last_sale_on": date(2019, 11, 12)})["does_not_fit"][0]
    assert (told["criterion"], told["value"]) == ("最近100天内有过开票销售", "2019年11月12日")


def test_headroom_of_days_and_ratios_by_hand() -> None:
    frame = Frame(profiles([{"last_sale_on": date(2020, 1, 22), "loan_balance_fen": 30, "sales_12m_fen": 100}, {}]))
    long_ago = {**RECENT, "op": "at_most", "value": {"days_before": 10}}
    rooms = [
        compile_clause(clauses(requiring("c", condition))[0]).headroom(frame).tolist()
        # 70 of 100 days · 20 ÷ (20 + 10) · 1 − 30/50 · 0.2 ÷ (0.2 + 0.1)
        for condition in (RECENT, long_ago, HALF, {**HALF, "op": "at_least", "value": "0.1"})
    ]
    assert [room[0] for room in rooms] == pytest.approx([0.7, 2 / 3, 0.4, 2 / 3])
    assert all(np.isnan(room[1]) for room in rooms)


def test_a_product_without_the_new_words_keeps_its_digest() -> None:
    # Computed before there were days counted back, ratios, references, `shown` and `ground`.
    assert product().digest() == "093cc2896b17155652db02d0199aee2129042cf4158287ae1e8f8e82ae26b1e1"


def test_a_web_of_references_is_refused_before_it_is_walked() -> None:
    web = [requiring(f"c{n}", {"any": [{"clause": f"c{n + 1}"}] * 100}) for n in range(199)]
    with pytest.raises(CriteriaError, match=r"more than 200|nested more than"):
        expanded(clauses(*web, requiring("c199", HAS_SALES)))
