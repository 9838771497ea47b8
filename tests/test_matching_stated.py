"""Stated columns: criteria read them, profiles and models never do, and what nobody stated cannot be told."""

from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from fact_rows import FIRM, asked, sources
from matching_worlds import product, profiles

from features.dictionary import FEATURES, Unit
from features.engine import build_profiles
from features.errors import UnknownFeatureError
from matching.compile import CANNOT_TELL, NO, YES, NumberTest
from matching.criteria import Clause
from matching.eligibility import Request, evaluate
from matching.errors import CriteriaError
from matching.labels import CHANGES, CODE_IS, CODE_IS_NOT, CODES, LASTING, MEASURES, NONE_OF, TRUE_OF
from matching.lists import Settings, products_for
from matching.pair_table import ranker_inputs
from matching.product import Product
from matching.reason_words import number_words
from matching.segments import product_segments
from matching.sentence import clause_words
from matching.stated import REFUSED, STATED, SUPPLIER
from matching.vocabulary import column, suppliers
from matching.vocabulary import sources as sources_of
from models.errors import TrainingTableError
from models.offered import offered_inputs

ADULT = {"id": "owner_age", "require": {"column": "owner_age", "op": "between", "low": 18, "high": 60}}


def stated_product() -> Product:
    return product(criteria=[ADULT])


def with_facts(**facts: object) -> pa.Table:
    table = profiles([{}])
    for name, value in facts.items():
        table = table.append_column(name, pa.array([value]))
    return table


def test_no_stated_column_is_a_feature_nor_reads_a_table() -> None:
    assert not set(STATED) & set(FEATURES)
    assert all(not one.tables and one.window is None for one in STATED.values())
    assert all(one.zh and one.en and one.name == name for name, one in STATED.items())
    assert len({one.zh for one in (*STATED.values(), *FEATURES.values())}) == len(STATED) + len(FEATURES)


@pytest.mark.parametrize("name", sorted(STATED))
def test_no_model_takes_a_stated_column(name: str) -> None:
    with pytest.raises(TrainingTableError, match=name):
        offered_inputs([name])


def test_no_profile_holds_a_stated_column_and_no_ranker_reads_one() -> None:
    built = build_profiles(sources({}), asked((FIRM, date(2023, 6, 15))))
    assert set(FEATURES) <= set(built.column_names)
    assert not set(STATED) & set(built.column_names)
    with pytest.raises(UnknownFeatureError):
        build_profiles(sources({}), asked((FIRM, date(2023, 6, 15))), features=["owner_age"])
    with pytest.raises(TrainingTableError, match="owner_age"):
        ranker_inputs([*built.column_names, "owner_age"])


def test_units_follow_names() -> None:
    for name, one in STATED.items():
        assert (one.unit is Unit.fen) == name.endswith("_fen")
        assert (one.unit is Unit.ratio) == name.endswith("_ratio")
        assert (one.unit is Unit.day) == name.endswith("_on")
        assert not name.startswith(("is_", "has_")) or one.unit is Unit.flag


def test_words_stand_for_stated_columns_alone_and_for_every_flag() -> None:
    known = set(STATED) | set(FEATURES)
    for words in (CODES, CODE_IS, CODE_IS_NOT, MEASURES, NONE_OF, TRUE_OF, LASTING, CHANGES):
        assert set(words) <= known
    for name, one in STATED.items():
        if one.unit is Unit.code:
            assert CODES[name]
        if one.unit is Unit.flag:
            assert name in TRUE_OF or name in NONE_OF


@pytest.mark.parametrize(("age", "verdict"), [(17, NO), (18, YES), (60, YES), (61, NO), (None, CANNOT_TELL)])
def test_a_criterion_reads_what_was_stated(age: int | None, verdict: int) -> None:
    facts = with_facts() if age is None else with_facts(owner_age=age)
    assert evaluate(stated_product(), facts, Request()).verdict.tolist() == [verdict]


def test_what_nobody_stated_is_named_with_who_can_state_it() -> None:
    found = products_for(with_facts(), [stated_product()], None, Request(), Settings(b"key"))
    assert found.counts == {"fits": 0, "may_fit": 1, "does_not_fit": 0}
    assert [one.column for one in found.may_fit[0].missing] == ["owner_age"]
    assert found.may_fit[0].missing[0].who.zh == SUPPLIER[0]
    assert "企业申报、银行核实" in found.may_fit[0].reasons[0].text_zh


def test_reasons_and_refusals_word_what_was_stated() -> None:
    fits = products_for(with_facts(owner_age=40), [stated_product()], None, Request(), Settings(b"key")).fits
    assert fits[0].reasons
    refused = products_for(with_facts(owner_age=61), [stated_product()], None, Request(), Settings(b"key"))
    assert refused.does_not_fit[0].criterion.zh == "法定代表人年龄在18岁至60岁之间"
    assert refused.does_not_fit[0].value.zh == "61岁"


def test_who_supplies_and_how_affinity_counts_it() -> None:
    of = column("owner_age")
    assert suppliers(of)[0] == ("企业申报、银行核实",)
    assert sources_of(of)[0] == ("申请时申报的情况",)
    assert product_segments(stated_product())["pattern"].endswith("|other")


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_who_owns_a_firm_is_no_column(name: str) -> None:
    with pytest.raises(CriteriaError, match="R-25"):
        column(name)


SENTENCES: list[tuple[dict[str, Any], str]] = [
    ({"column": "owner_age", "op": "at_least", "value": 18}, "法定代表人年龄不低于18岁"),
    ({"column": "owner_queries_3m", "op": "at_most", "value": 6}, "近3个月征信查询次数不超过6次"),
    ({"column": "debt_ratio", "op": "at_most", "value": "0.8"}, "资产负债率不超过80%"),
    ({"column": "rd_share_ratio", "op": "at_least", "value": "0.03"}, "近一年研发费用占销售收入比例不低于3%"),
    ({"column": "has_bank_account", "op": "equals", "value": 1}, "在本行开立对公结算账户"),
    ({"column": "is_core_related", "op": "equals", "value": 0}, "与核心企业及其实际控制人无关联关系"),
    ({"column": "core_cooperation_months", "op": "at_least", "value": 12}, "与核心企业合作满1年"),
    (
        {"column": "tax_growth_12m_ratio", "op": "at_least", "value": "-0.3"},
        "近12个月纳税额较上一年度同期降幅不超过30%",
    ),
    ({"column": "province", "op": "in", "values": ["620000"]}, "注册地在甘肃省"),
    ({"column": "security_offered", "op": "in", "values": ["mortgage"]}, "以房产抵押方式提供担保"),
    ({"column": "wages_unpaid_fen", "op": "equals", "value": 0}, "无拖欠工资"),
    ({"column": "employees_count", "op": "below", "value": 300}, "职工人数少于300人"),
    ({"not": {"column": "laundering_risk", "op": "equals", "value": "high"}}, "洗钱风险等级不为高"),
]


@pytest.mark.parametrize(("condition", "sentence"), SENTENCES)
def test_stated_facts_read_as_a_banker_writes_them(condition: dict[str, Any], sentence: str) -> None:
    assert clause_words(Clause.model_validate({"id": "c", "require": condition})).zh == sentence


def test_a_stated_day_is_compared_as_a_day() -> None:
    paid = {"id": "paid", "require": {"column": "last_tax_paid_on", "op": "at_least", "value": "2019-11-21"}}
    days = [date(2019, 11, 20), date(2019, 11, 21)]
    verdicts = [evaluate(product(criteria=[paid]), with_facts(last_tax_paid_on=day), Request()).verdict for day in days]
    assert [one.tolist() for one in verdicts] == [[NO], [YES]]


REASONS: list[tuple[NumberTest, int, str]] = [
    (NumberTest("is_core_supplier", 1, 1), 1, "为核心企业上游供应商"),
    (NumberTest("is_high_tech", 1, 1), 1, "为有效期内的高新技术企业"),
    (NumberTest("core_cooperation_months", 12), 14, "与核心企业合作已满1年2个月，要求满1年"),
    (NumberTest("age_months", 12), 14, "已成立1年2个月，要求满1年"),
    (NumberTest("owner_age", 18, 60), 40, "法定代表人年龄40岁，在18岁至60岁的要求之内"),
    (NumberTest("guarantors_count", 2, 2), 2, "保证人人数2人，符合要求"),
    (NumberTest("guarantors_count", 3, 3, outside=True), 2, "保证人人数2人，不在排除范围（3人）"),
    (NumberTest("lenders_count", 1, 4, outside=True), 7, "有余额的贷款机构数7家，不在排除范围（1家至4家）"),
]


@pytest.mark.parametrize(("test", "value", "sentence"), REASONS)
def test_a_reason_says_what_the_firm_has_and_nothing_false(test: NumberTest, value: int, sentence: str) -> None:
    assert number_words(test, value, -1, narrow=False).zh == sentence
