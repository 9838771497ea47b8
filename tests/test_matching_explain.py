"""Reasons: at most four, each with the firm's own value, and worded from what is true of the firm."""

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from matching_worlds import Row, clause, product, profiles, rows

from matching.eligibility import Request
from matching.labels import Words
from matching.lists import Match, Settings, enterprises_for
from matching.product import Product
from matching.reasons import REASON_CODES, Peers, ReasonCode, reasons_document

KEY = Settings(tie_key=b"k")
LAST = date(2020, 1, 31)
SHARE = {"rule": "share", "of": "sales_12m_fen", "share": "0.2"}
BY_SALES = product(
    criteria=[
        clause("sales_12m", "sales_12m_fen", "at_least", 500_000),
        clause("void_share", "sales_void_ratio_12m", "at_most", "0.1"),
        clause("months", "sales_months_12m", "at_least", 10),
        clause("tax_rating", "tax_rating", "equals", "A"),
    ],
    limits=[SHARE],
)
FIRM: Row = {
    "sales_12m_fen": 1_286_400_00,
    "sales_void_ratio_12m": 0.012,
    "sales_months_12m": 11,
    "tax_rating": "A",
    "last_invoice_on": LAST,
}
FROM_INVOICES = "（增值税发票，截至2020年1月31日）"


def match(firm: Row, lent: Product = BY_SALES, *, good: float | None = None, **how: object) -> Match:
    request = how.pop("request", Request())
    standing = None if good is None else {"test:0": good}
    lists = enterprises_for(profiles([firm]), lent, standing, request, Settings(tie_key=b"k", **how))
    return (lists.fits or lists.may_fit)[0]


def texts(found: Match) -> list[str]:
    return [reason.text_zh for reason in found.reasons]


def codes(found: Match) -> list[str]:
    return [str(reason.code) for reason in found.reasons]


def test_a_firm_reads_its_own_figures() -> None:
    found = match(FIRM, good=0.987)
    assert texts(found) == [
        "近12个月销项发票作废率1.2%，远低于10%的上限" + FROM_INVOICES,
        "按近12个月开票销售额128.64万元的20%计算，可贷额度约25.73万元" + FROM_INVOICES,
        "模型估计违约概率约1.3%（标签无日期，不代表12个月）（违约风险模型，截至2020年2月21日）",
        "近12个月中11个月有开票销售，要求至少10个月" + FROM_INVOICES,
    ]
    assert codes(found) == ["clears_easily", "line_by_share", "standing_no_horizon", "clears_narrowly"]
    assert found.last_invoice_on == LAST


def test_reasons_are_data_too() -> None:
    best, line, *_ = match(FIRM).reasons
    assert (best.column, best.value, best.threshold, best.unit) == ("sales_void_ratio_12m", 12_000, 100_000, "ratio")
    assert (best.day, best.source_zh) == (LAST, "增值税发票")
    assert (line.column, line.value, line.unit) == ("credit_line", 257_280_00, "fen")


def test_a_dated_model_names_its_horizon() -> None:
    found = match(FIRM, good=0.94, probability_name="pd_12m")
    assert found.reasons[2].text_zh.startswith("信用风险偏高：模型估计未来12个月违约概率约6%")
    assert (found.reasons[2].column, found.reasons[2].value) == ("pd_12m", 60_000)


@pytest.mark.parametrize("good", [0.99, 0.97, 0.6])
def test_a_model_without_a_horizon_gets_no_band(good: float) -> None:
    reason = match(FIRM, good=good).reasons[2]
    assert (reason.code, reason.threshold) == (ReasonCode.standing_no_horizon, None)
    assert not re.search("较低|中等|偏高", reason.text_zh)
    assert "未来12个月" not in reason.text_zh


@pytest.mark.parametrize(
    ("good", "code", "band"),
    [(0.98, "standing_good", "较低"), (0.95, "standing_fair", "中等"), (0.949, "standing_weak", "偏高")],
)
def test_a_dated_model_has_bands(good: float, code: str, band: str) -> None:
    reason = match(FIRM, good=good, probability_name="pd_12m").reasons[2]
    assert (str(reason.code), reason.text_zh.startswith(f"信用风险{band}：")) == (code, True)


def test_money_is_told_in_multiples_and_narrow_passes_as_narrow() -> None:
    rich = match(FIRM | {"sales_12m_fen": 4_900_000_00, "sales_void_ratio_12m": 0.098})
    assert texts(rich)[0] == "近12个月开票销售额490万元，为准入线50万元的9.8倍" + FROM_INVOICES
    assert "近12个月销项发票作废率9.8%，已接近10%的上限" + FROM_INVOICES in texts(rich)
    close = match(FIRM | {"sales_12m_fen": 510_000_00})
    assert "近12个月开票销售额51万元，刚过50万元的准入线，余量约2%" + FROM_INVOICES in texts(close)


@pytest.mark.parametrize(
    ("yuan", "words"),
    [
        (5_270 * 500_000, "近12个月开票销售额26.35亿元，远高于准入线50万元"),
        (5_000_001, "近12个月开票销售额500万元，远高于准入线50万元"),
        (5_000_000, "近12个月开票销售额500万元，为准入线50万元的10.0倍"),
        (504_999, "近12个月开票销售额50.5万元，刚过50万元的准入线，余量不足1%"),
        (505_000, "近12个月开票销售额50.5万元，刚过50万元的准入线，余量约1%"),
        (500_000, "近12个月开票销售额50万元，刚好达到准入线"),
    ],
)
def test_no_absurd_multiple_and_no_share_of_nothing(yuan: int, words: str) -> None:
    assert texts(match({"sales_12m_fen": yuan * 100}, product()))[0].startswith(words + "（")


def test_a_small_part_is_told_as_such() -> None:
    asked = match(FIRM, product(amount_min_yuan=1), request=Request(amount_fen=9_999_99))
    assert any("申请的9,999.99元占其不足1%（" in text for text in texts(asked))
    low = match(FIRM | {"sales_void_ratio_12m": 0.0004})
    assert texts(low)[0].startswith("近12个月销项发票作废率不足0.1%，远低于10%的上限")
    margin = product(criteria=[clause("margin", "gross_margin_ratio", "at_least", 0)])
    assert texts(match({"gross_margin_ratio": 0.05}, margin))[0].startswith("进销毛利率5%，刚过0%的准入线，余量约5%")


def test_the_cap_is_set_beside_the_firms_sales() -> None:
    found = match(FIRM | {"sales_12m_fen": 90_000_000_00}, request=Request(amount_fen=300_000_00))
    assert texts(found)[1].startswith(
        "近12个月开票销售额9,000万元，其20%已达到产品上限，可贷额度按上限100万元，申请的30万元占其30%"
    )


def test_a_product_without_limit_rules_promises_no_line() -> None:
    lent = product(criteria=[clause("age", "sales_months_12m", "at_least", 1)], amount_max_yuan=10_000_000)
    free = match(FIRM, lent)
    assert "产品最高额度1,000万元，实际额度由银行核定（产品目录）" in texts(free)
    assert texts(free)[-1].startswith("以借款1,000万元、12个月为例，")
    asked = match(FIRM, lent, request=Request(amount_fen=300_000_00))
    assert "产品最高额度1,000万元，实际额度由银行核定，申请的30万元占其3%（产品目录）" in texts(asked)
    assert texts(asked)[-1].startswith("按借款30万元、12个月测算，")


def test_while_a_limit_is_open_no_line_is_stated_and_the_price_is_an_example() -> None:
    lent = product(criteria=[clause("age", "age_months", "at_least", 12)], limits=[SHARE])
    for request in (Request(), Request(amount_fen=300_000_00)):
        found = match({"age_months": 30}, lent, request=request)
        assert codes(found) == ["missing_decides", "clears_easily", "price_known"]
        assert texts(found)[-1].startswith("以借款1万元、12个月为例，")
        assert (found.line_fen, found.amount_fen) == (None, None)


def test_a_rating_names_the_line_it_gives() -> None:
    caps = {"rule": "caps", "by": "tax_rating", "caps_yuan": {"A": 300_000}}
    shares = {"rule": "shares", "by": "tax_rating", "of": "sales_12m_fen", "shares": {"A": "0.1"}}
    criteria = [clause("tax_rating", "tax_rating", "equals", "A")]
    beyond = [caps | {"caps_yuan": {"A": 1_000_000}}], [shares | {"shares": {"A": "0.9"}}]
    assert [texts(match(FIRM, product(criteria=criteria, limits=limits)))[1].split("（")[0] for limits in beyond] == [
        "纳税信用等级A级，可贷额度为产品上限100万元",
        "纳税信用等级A级，近12个月开票销售额128.64万元，其90%已达到产品上限，可贷额度按上限100万元",
    ]
    assert texts(match(FIRM, product(criteria=criteria, limits=[caps])))[1].startswith(
        "纳税信用等级A级，对应可贷额度上限30万元（纳税信用等级，截至2020年2月21日）"
    )
    assert texts(match(FIRM, product(criteria=criteria, limits=[shares])))[1].startswith(
        "纳税信用等级A级，按近12个月开票销售额128.64万元的10%计算，可贷额度约12.86万元"
    )


def test_a_price_says_what_it_holds_and_what_it_does_not() -> None:
    guarantee = {"kind": "guarantee", "payer": "enterprise", "rate": "0.01"}
    known = product(repayment="bullet", fees=[guarantee])
    partial = product(
        repayment="bullet", fees=[guarantee, {"kind": "valuation", "payer": "enterprise", "unknown": True}]
    )
    request = Request(amount_fen=100_000_00, term_months=12)
    firm = {"sales_12m_fen": 2_000_000_00}
    assert texts(match(firm, known, request=request))[-1].startswith(
        "按借款10万元、12个月测算，年化综合融资成本7.07%，含担保费"
    )
    found = match(firm, partial, request=request)
    assert found.reasons[-1].code is ReasonCode.price_partial
    assert "已知部分折合年化7.07%；评估费未公布，实际成本会更高" in texts(found)[-1]


@pytest.mark.parametrize(
    ("repayment", "months", "words"),
    [
        # 1 + 0.0445 ÷ 12 to the twelfth is 1.0454
        ("interest_monthly", 12, "名义年利率4.45%，按月付息折算年化4.54%，无其他已知费用"),
        ("equal_principal", 12, "名义年利率4.45%，按月等额本金还款折算年化4.54%，无其他已知费用"),
        ("equal_instalments", 12, "名义年利率4.45%，按月等额本息还款折算年化4.54%，无其他已知费用"),
        ("bullet", 12, "年化综合融资成本4.45%，无其他已知费用"),
        ("bullet", 6, "名义年利率4.45%，到期一次还本付息折算年化4.5%，无其他已知费用"),  # 1.02225² − 1
    ],
)
def test_a_rate_above_the_nominal_one_without_fees_says_why(repayment: str, months: int, words: str) -> None:
    lent = product(repayment=repayment, annual_rate="0.0445")
    request = Request(amount_fen=120_000_00, term_months=months)
    price = texts(match({"sales_12m_fen": 2_000_000_00}, lent, request=request))[-1]
    assert price == f"按借款12万元、{months}个月测算，{words}（产品目录）"


def test_what_is_missing_comes_first_with_who_can_supply_it() -> None:
    found = match(FIRM | {"tax_rating": None, "sales_months_12m": None})
    assert texts(found)[0].startswith(
        "暂缺近12个月有开票销售的月数，无法判断是否满足“近12个月中至少10个月有开票销售”，可由税务部门"
    )
    assert "另有1项条件同样待补资料" in texts(found)[0]
    assert [item.column for item in found.missing] == ["sales_months_12m", "tax_rating"]


def test_a_clean_record_is_called_so() -> None:
    lent = product(criteria=[clause("clean", "dishonest_open_count", "equals", 0)])
    found = match({"dishonest_open_count": 0}, lent)
    assert texts(found)[0].startswith("未被列入失信被执行人名单（司法裁判与执行，截至2020年2月21日）")
    assert found.reasons[0].code is ReasonCode.clean_record


@pytest.mark.parametrize(
    ("share", "tenths", "words"),
    [
        (0.012, 7, "，低于同行业约七成企业（"),
        (0.035, None, "低于10%的上限（"),  # better than three tenths only: not worth a word
        (0.000001, 8, "，低于同行业约八成企业（"),
    ],
)
def test_peers_are_named_where_the_firm_is_well_placed(share: float, tenths: int | None, words: str) -> None:
    peers = Peers(
        Words("同行业", "the industry"),
        {"sales_void_ratio_12m": [1, 2, 20_000, 21_000, 22_000, 30_000, 40_000, 60_000, 90_000]},
    )
    reason = match(FIRM | {"sales_void_ratio_12m": share}, peers=peers).reasons[0]
    assert (reason.peer_tenths, words in reason.text_zh) == (tenths, True)


@given(firm=rows())
def test_every_reason_with_a_value_shows_it_and_its_day(firm: Row) -> None:
    lists = enterprises_for(profiles([firm | {"last_invoice_on": LAST}]), WIDE, {"test:0": 0.97}, Request(), KEY)
    for row in (*lists.fits, *lists.may_fit):
        assert len({reason.text_zh for reason in row.reasons}) == len(row.reasons) <= 4
        for reason in row.reasons:
            assert re.search(END.get(reason.column, DATED) if reason.value is not None else UNDATED, reason.text_zh)
            assert reason.code in REASON_CODES
            assert not re.search(r"None|nan|[{}]", reason.text_zh + reason.text_en)


DATED = r"（.+，截至2020年(2月21日|1月31日)）$"
UNDATED = r"补充(；另有[1-9]项条件同样待补资料)?$"
# The catalogue is read, not seen up to a day.
END = {"all_in_rate": r"（产品目录）$", "credit_line": r"（(产品目录|.+，截至2020年1月31日)）$"}

WIDE = product(
    criteria=[
        clause("sales", "sales_12m_fen", "at_least", "-100"),
        clause("void", "sales_void_ratio_12m", "at_most", 1),
        clause("growth", "sales_growth_12m_ratio", "above", "-0.5"),
        {
            "id": "either",
            "require": {
                "any": [
                    clause("", "buyers_12m", "above", 1)["require"],
                    {"not": clause("", "age_months", "below", 2)["require"]},
                ]
            },
        },
        {"id": "rating", "require": {"not": clause("", "tax_rating", "equals", "D")["require"]}},
    ]
)


def test_what_is_cleared_entirely_comes_after_the_firms_figures() -> None:
    lent = product(
        criteria=[
            clause("recent", "months_since_last_sale", "at_most", 2),
            clause("sales_12m", "sales_12m_fen", "at_least", 1_000_000),
        ]
    )
    found = texts(match({"months_since_last_sale": 0, "sales_12m_fen": 1_286_400_00}, lent))
    assert found[0].startswith("近12个月开票销售额128.64万元，达到不低于100万元的要求")
    assert any(text.startswith("上一个完整月有开票销售，满足最近3个完整月内有开票销售的要求") for text in found)


def seen(firm: Row, name: str, op: str = "at_most", value: int | str = 99) -> tuple[date, str]:
    reason = match(firm, product(criteria=[clause("one", name, op, value)])).reasons[0]
    return reason.day, reason.text_zh[reason.text_zh.rindex("截至") :]


def test_a_reason_is_dated_by_what_its_column_reads() -> None:
    # The profile is of 21 February, the last sale of 3 February, the last invoice (a purchase) of 19 February.
    firm: Row = {"last_sale_on": date(2020, 2, 3), "last_invoice_on": date(2020, 2, 19)}
    month_end = (date(2020, 1, 31), "截至2020年1月31日）")
    last_sale = (date(2020, 2, 3), "截至2020年2月3日）")
    last_invoice = (date(2020, 2, 19), "截至2020年2月19日）")
    as_of = (date(2020, 2, 21), "截至2020年2月21日）")
    assert seen(firm | {"suppliers_12m": 4}, "suppliers_12m") == month_end
    assert seen(firm | {"months_since_last_sale": 1}, "months_since_last_sale") == month_end
    assert seen(firm | {"taxable_sales_12m_fen": 50_00}, "taxable_sales_12m_fen") == month_end
    assert seen(firm | {"sales_void_ratio": 0.01}, "sales_void_ratio") == last_sale
    assert seen(firm | {"repeat_buyers_ratio": 0.5}, "repeat_buyers_ratio") == last_sale
    assert seen(firm | {"days_since_last_invoice": 2}, "days_since_last_invoice") == last_invoice
    assert seen(firm | {"supplier_hhi": 0.5}, "supplier_hhi") == last_invoice
    assert seen(firm | {"penalties_12m": 1}, "penalties_12m") == as_of
    # A sale without a day of its own: the last invoice, else the day of the profile.
    assert seen(firm | {"sales_void_ratio": 0.01, "last_sale_on": None}, "sales_void_ratio") == last_invoice
    assert seen({"sales_void_ratio": 0.01}, "sales_void_ratio") == as_of


def test_no_day_is_named_where_none_belongs() -> None:
    price = match(FIRM, product()).reasons[-1]
    assert (price.day, price.text_zh[-6:]) == (date(2020, 2, 21), "（产品目录）")
    missing = match(FIRM | {"tax_rating": None}).reasons[0]
    assert missing.day == date(2020, 2, 21)
    assert missing.text_zh.endswith("可由税务部门（企业授权后提供纳税信用评价结果）补充")
    assert "截至" not in missing.text_zh
    assert "up to" not in missing.text_en


def test_a_firms_own_facts_come_before_what_is_the_products() -> None:
    # Room: void share 0.88, sales 1,286,400 of 500,000 0.61, months 1 ÷ 11; the rating has none.
    four = match(FIRM)
    assert [reason.column for reason in four.reasons] == [
        "sales_void_ratio_12m",
        "credit_line",
        "sales_months_12m",
        "sales_12m_fen",
    ]
    few = [clause("sales_12m", "sales_12m_fen", "at_least", 500_000), clause("kind", "kind", "equals", "company")]
    firm = FIRM | {"kind": "company"}
    ruled = match(firm, product(criteria=few, limits=[SHARE]))
    assert [reason.column for reason in ruled.reasons] == ["sales_12m_fen", "credit_line", "kind", "all_in_rate"]
    capped = match(firm, product(criteria=few))
    assert [reason.column for reason in capped.reasons] == ["sales_12m_fen", "kind", "credit_line", "all_in_rate"]


def test_the_clause_a_firm_clears_least_is_told_even_where_it_is_not_narrow() -> None:
    lent = product(
        criteria=[
            clause("void", "sales_void_ratio_12m", "at_most", "0.1"),
            clause("buyers", "buyers_12m", "at_least", 5),
            clause("growth", "sales_growth_12m_ratio", "at_least", "-0.3"),
            clause("recent", "months_since_last_sale", "at_most", 2),
        ],
        limits=[SHARE],
    )
    # Room: 0.88; 5 ÷ 10 = 0.5; 0.5 ÷ 0.8 = 0.625; entirely.
    firm = FIRM | {"buyers_12m": 10, "sales_growth_12m_ratio": 0.2, "months_since_last_sale": 0}
    assert [reason.column for reason in match(firm, lent, good=0.98).reasons] == [
        "sales_void_ratio_12m",
        "credit_line",
        "default_probability",
        "buyers_12m",
    ]


def test_two_firms_get_different_words() -> None:
    one = set(texts(match(FIRM, good=0.98)))
    other = set(texts(match(FIRM | {"sales_12m_fen": 777_777_00, "sales_void_ratio_12m": 0.05}, good=0.93)))
    assert len(one & other) <= 1


def test_every_code_is_described() -> None:
    assert set(REASON_CODES) == set(ReasonCode)


def test_the_document_of_reason_codes_is_current() -> None:
    document = Path(__file__).resolve().parents[1] / "docs" / "reason_codes.md"
    assert document.read_text(encoding="utf-8") == reasons_document()
