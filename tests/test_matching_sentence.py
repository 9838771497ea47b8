"""Sentences as a banker writes them: a table to be read by one."""

import pytest
from matching_worlds import Row, product

from matching.criteria import Clause
from matching.eligibility import Request
from matching.sentence import clause_words, criterion_words, money, value_words
from matching.vocabulary import column


def compared(name: str, op: str, value: int | str) -> Row:
    return {"column": name, "op": op, "value": value}


TABLE: list[tuple[Row, str]] = [
    (compared("sales_12m_fen", "at_least", 500_000), "近12个月开票销售额不低于50万元"),
    (compared("sales_12m_fen", "above", "1234567.89"), "近12个月开票销售额高于1,234,567.89元"),
    (compared("sales_12m_fen", "below", 300_000_000), "近12个月开票销售额低于3亿元"),
    (compared("sales_void_ratio_12m", "at_most", "0.1"), "近12个月销项发票作废率不超过10%"),
    (compared("sales_months_12m", "at_least", 10), "近12个月中至少10个月有开票销售"),
    (compared("sales_months_6m", "at_least", 6), "近6个月月月有开票销售"),
    (compared("sales_growth_12m_ratio", "at_least", "-0.2"), "近12个月开票销售额较上一年度同期降幅不超过20%"),
    (compared("sales_growth_12m_ratio", "at_least", 0), "近12个月开票销售额较上一年度同期未下降"),
    (compared("sales_growth_12m_ratio", "at_least", "0.15"), "近12个月开票销售额较上一年度同期增幅不低于15%"),
    (compared("months_since_last_sale", "at_most", 0), "上一个完整月有开票销售"),
    (compared("months_since_last_sale", "at_most", 2), "最近3个完整月内有开票销售"),
    (compared("days_since_last_invoice", "at_most", 90), "最近90天内开过发票"),
    (compared("age_months", "at_least", 24), "成立满2年"),
    (compared("age_months", "at_least", 18), "成立满18个月"),
    (compared("age_months", "at_most", 60), "成立不超过5年"),
    (compared("buyers_12m", "at_least", 5), "近12个月客户数不少于5家"),
    (compared("buyers_12m", "below", 5), "近12个月客户数少于5家"),
    (compared("tax_arrears_fen", "equals", 0), "无欠税"),
    (compared("dishonest_open_count", "at_most", 0), "未被列入失信被执行人名单"),
    (compared("max_days_past_due_24m", "at_most", 0), "近24个月贷款无逾期"),
    (compared("max_days_past_due_24m", "at_most", 30), "近24个月贷款最长逾期天数不超过30天"),
    (compared("has_had_loan", "equals", 0), "为首贷户（此前无贷款记录）"),
    ({"not": compared("has_had_loan", "equals", 1)}, "为首贷户（此前无贷款记录）"),
    (compared("is_high_tech", "equals", 1), "为有效期内的高新技术企业"),
    ({"not": compared("is_high_tech", "equals", 1)}, "非高新技术企业"),
    ({"not": compared("is_model_farm", "equals", 0)}, "为有效期内的示范家庭农场"),
    (compared("legal_representative_changes_6m", "at_most", 0), "近6个月法定代表人未变更"),
    (compared("registration_changes_12m", "at_most", 2), "近12个月登记变更次数不超过2次"),
    (compared("insured_count", "at_least", 15), "参保人数不少于15人"),
    (compared("insured_growth_12m_ratio", "at_least", "-0.1"), "参保人数较12个月前降幅不超过10%"),
    (compared("insurance_unpaid_12m_fen", "equals", 0), "近12个月社会保险费无欠缴"),
    (compared("honours_count", "at_least", 1), "有效荣誉资质数不少于1项"),
    (compared("registration_status", "equals", "active"), "登记状态为存续（在营）"),
    (compared("last_invoice_on", "at_least", "2020-01-31"), "最近一张发票日期不早于2020年1月31日"),
    ({"column": "tax_rating", "op": "in", "values": ["A", "B", "M"]}, "纳税信用等级为A级、B级或M级"),
    ({"not": compared("tax_rating", "equals", "D")}, "纳税信用等级不为D级"),
    ({"column": "prefecture", "op": "in", "values": ["620100", "620400"]}, "注册地在兰州市或白银市"),
    ({"column": "lenders_count", "op": "between", "low": 1, "high": 4}, "有余额的贷款机构数在1家至4家之间"),
    ({"not": compared("sales_void_ratio_12m", "above", "0.1")}, "近12个月销项发票作废率不超过10%"),
    (
        {"any": [compared("sales_12m_fen", "at_least", 100_000), compared("age_months", "at_least", 36)]},
        "近12个月开票销售额不低于10万元，或成立满3年",
    ),
    (
        {
            "all": [
                compared("age_months", "at_least", 12),
                {"any": [compared("has_had_loan", "equals", 1), compared("tax_arrears_fen", "equals", 0)]},
            ]
        },
        "成立满1年，且（有过贷款记录，或无欠税）",
    ),
    (
        {"not": {"any": [compared("tax_rating", "equals", "D"), compared("age_months", "below", 12)]}},
        "纳税信用等级不为D级，且成立满1年",
    ),
]


@pytest.mark.parametrize(("condition", "sentence"), TABLE)
def test_a_condition_reads_as_a_banker_writes_it(condition: Row, sentence: str) -> None:
    assert clause_words(Clause.model_validate({"id": "c", "require": condition})).zh == sentence


def test_a_written_sentence_goes_before_the_generated_one() -> None:
    clause = Clause.model_validate({"id": "c", "require": TABLE[0][0], "zh": "年开票五十万以上"})
    assert clause_words(clause).zh == "年开票五十万以上"
    assert clause_words(clause).en.endswith("at least CNY 500,000")


@pytest.mark.parametrize(
    ("fen", "exact", "rounded"),
    [
        (0, "0元", "0元"),
        (99, "0.99元", "0.99元"),
        (320_000, "3,200元", "3,200元"),
        (1_234_567_89, "1,234,567.89元", "123.46万元"),
        (123_450_000_00, "12,345万元", "1.23亿元"),
        (-50_000_00, "-5万元", "-5万元"),
    ],
)
def test_amounts_are_short_only_where_nothing_is_lost(fen: int, exact: str, rounded: str) -> None:
    assert money(fen).zh == exact
    assert money(fen, exact=False).zh == rounded


def test_a_value_just_beside_its_bound_does_not_read_like_the_bound() -> None:
    sales, share = column("sales_12m_fen"), column("top_buyer_share_12m")
    assert value_words(sales, 499_999_99, 500_000_00).zh == "499,999.99元"
    assert value_words(sales, 500_000_00, 500_000_00).zh == "50万元"
    assert value_words(share, 500_001, 500_000).zh == "50.0001%"
    assert value_words(share, None).zh == "缺失"


def test_what_request_and_limit_ask_is_worded_too() -> None:
    lent = product()
    assert criterion_words(lent, "amount_range", Request(1)).zh == "申请金额在1万元至100万元之间"
    assert criterion_words(lent, "term_range", Request()).zh == "借款期限在3至36个月之间"
    assert criterion_words(lent, "credit_line", Request()).zh == "测算可贷额度达到起贷金额1万元"
    assert criterion_words(lent, "credit_line", Request(300_000_00)).zh == "测算可贷额度能覆盖申请金额30万元"
