"""A ranker's reasons: from what its inputs add, by what they speak of, with value, place or bound, day and source."""

import re
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matching_worlds import Row, clause, product, profiles
from ranked_worlds import Given, LinearRanker, counted, linear, nothing_known

from features.dictionary import FEATURES
from matching.eligibility import Request
from matching.lists import Match, Settings, enterprises_for, products_for
from matching.pair_table import ranker_inputs
from matching.rank_counts import LEAST_REQUESTS
from matching.rank_families import FAMILIES
from matching.rank_reasons import Contributions
from matching.rank_telling import Standing, bears_out
from matching.rank_words import place_words
from matching.ranked import Ordering, mean_of_columns
from matching.reasons import RANKED, REASON_CODES, Reason, ReasonCode
from matching.vocabulary import column
from models.affinity import Affinity
from models.ranker import Parts, Side

KEY = Settings(tie_key=b"k")
DATED = Settings(tie_key=b"k", probability_name="pd_12m")
SALES = [clause("sales", "sales_12m_fen", "at_least", 1000), clause("void", "sales_void_ratio_12m", "at_most", "0.1")]
SHARE = {"rule": "share", "of": "sales_12m_fen", "share": "0.2"}
PRODUCTS = (
    product(id="p-line", criteria=SALES, limits=[SHARE], annual_rate="0.05"),
    product(id="p-new", criteria=SALES, annual_rate="0.07", offered_from="2019-12-05"),
    product(id="p-cheap", criteria=SALES, annual_rate="0.04", guarantee="mortgage"),
    product(id="p-fee", criteria=SALES, fees=[{"kind": "service", "payer": "enterprise", "unknown": True}]),
)
FIRM: Row = {
    "kind": "company",
    "industry_section": "F",
    "prefecture": "620100",
    "sales_12m_fen": 50_000_000,
    "sales_void_ratio_12m": 0.02,
    "age_months": 48,
    "top_buyer_share_12m": 0.2,
    "late_filings_12m": 0,
    "sales_growth_12m_ratio": 0.25,
    "sales_months_12m": 11,
    "buyers_log": 2.5,
    "tax_rating": "A",
    "repeat_buyers_ratio": None,
    "last_invoice_on": date(2020, 2, 3),
}
SEEN = counted(PRODUCTS, 200)
BY_DECILES = {
    "company": {"age_months": [6, 12, 18, 24, 30, 40, 60, 80, 99], "top_buyer_share_12m": [0.1] * 3 + [0.4] * 6}
}


def told(  # noqa: PLR0913 (one pair in all its circumstances)
    weights: Mapping[str, float],
    firm: Row = FIRM,
    *,
    of: str = "p-line",
    affinity: Affinity = SEEN,
    request: Request | None = None,
    side: Side = Side.enterprise,
    alone: bool = True,
) -> list[Reason]:
    """Return the reasons of one pair under a linear ranker, of a product alone or among the others."""
    return list(match(weights, firm, of=of, affinity=affinity, request=request, side=side, alone=alone).reasons)


def match(  # noqa: PLR0913 (one pair in all its circumstances)
    weights: Mapping[str, float],
    firm: Row = FIRM,
    *,
    of: str,
    affinity: Affinity = SEEN,
    request: Request | None = None,
    side: Side = Side.enterprise,
    alone: bool = True,
) -> Match:
    table = profiles([firm])
    learned = Ordering(linear(table, weights, BY_DECILES), affinity, Given(0.3))
    asked = request or Request()
    one = next(one for one in PRODUCTS if one.id == of)
    if side is Side.bank:
        return enterprises_for(table, one, None, asked, KEY, ordering=learned).fits[0]
    lists = products_for(table, [one] if alone else PRODUCTS, None, asked, KEY, ordering=learned)
    return next(row for row in lists.fits if row.id == of)


def codes(reasons: Sequence[Reason]) -> list[str]:
    return [str(reason.code) for reason in reasons]


def ranked_codes(reasons: Sequence[Reason]) -> list[str]:
    return [code for code in codes(reasons) if code.startswith(RANKED)]


def test_every_input_of_a_ranker_has_words_of_its_own_family() -> None:
    inputs = {item.name for item in ranker_inputs(list(FEATURES))}
    assert inputs - set(FAMILIES) == set()
    spoken = {code for one in FAMILIES.values() for code in (one.speaks_for, one.against)}
    without = {ReasonCode.rank_not_provided}
    assert spoken | without == {code for code in ReasonCode if code.startswith(RANKED)}
    assert {code for code in REASON_CODES if code.startswith(RANKED)} == spoken | without


def test_a_firms_value_its_place_its_day_and_its_source() -> None:
    (reason,) = told({"age_months": 0.01})
    assert reason.text_zh == "成立满4年，高于约六成公司类企业（经营主体登记，截至2020年2月21日）"
    assert "above about 6 in 10 of its kind (company)" in reason.text_en
    assert (reason.code, reason.column, reason.value, reason.unit) == ("rank_age", "age_months", 48, "months")
    assert (reason.peer_tenths, reason.threshold, reason.is_against) == (6, None, False)


def test_where_less_is_better_the_place_is_from_above() -> None:
    (good,) = told({"top_buyer_share_12m": 2.0})
    assert good.text_zh == "近12个月第一大客户销售占比20%，低于约六成公司类企业（增值税发票，截至2020年1月31日）"
    assert (good.peer_tenths, good.is_against) == (6, False)
    *plain, reason = told({"top_buyer_share_12m": -2.0}, FIRM | {"top_buyer_share_12m": 0.5})
    assert not [one for one in plain if one.code.startswith(RANKED)]
    assert (
        reason.text_zh == "需注意：近12个月第一大客户销售占比50%，高于约九成公司类企业（增值税发票，截至2020年1月31日）"
    )
    assert (reason.peer_tenths, reason.is_against) == (0, True)


def test_a_firms_value_is_told_only_where_its_place_bears_out_how_it_was_read() -> None:
    concentrated = FIRM | {"top_buyer_share_12m": 0.5}
    assert not ranked_codes(told({"top_buyer_share_12m": 1.0}, concentrated))
    assert not ranked_codes(told({"age_months": -1.0}))
    # Another input of the family speaks instead, though the first weighs more.
    weights = {"top_buyer_share_12m": 1.0, "buyers_12m": 0.01}
    (instead,) = told(weights, concentrated | {"buyers_12m": 7})
    assert (instead.code, instead.column) == ("rank_buyers_spread", "buyers_12m")


def test_a_value_in_the_middle_of_its_kind_is_neither_a_merit_nor_a_caution() -> None:
    for weight in (1.0, -1.0):
        assert not ranked_codes(told({"age_months": weight}, FIRM | {"age_months": 36}))
    assert place_words(5, 4, "company").zh == "处于公司类企业的中间水平"
    assert place_words(6, 3, "company").zh == "高于约六成公司类企业"


@pytest.mark.parametrize(
    ("name", "value", "standing", "merit", "caution"),
    [
        ("sales_12m_fen", 9, Standing(8, 1), True, False),
        ("sales_12m_fen", 9, Standing(1, 8), False, True),
        ("sales_void_ratio_12m", 200_000, Standing(9, 0), False, True),
        ("sales_void_ratio_12m", 1, Standing(2, 6), True, False),
        ("sales_months_12m", 12, Standing(2, 0), True, False),  # the best there is, as most are
        ("sales_months_12m", 0, Standing(0, 2), False, False),  # as most: nothing to be cautious of
        ("late_filings_12m", 0, None, True, False),
        ("is_high_tech", 1, None, True, False),
        ("is_high_tech", 0, None, False, True),
        ("registered_capital_fen", 9, Standing(5, 4), True, True),  # no direction
        ("sales_12m_fen", 9, None, True, True),  # no peers
    ],
)
def test_what_a_place_bears_out(
    name: str,
    value: int,
    standing: Standing | None,
    merit: bool,  # noqa: FBT001 (a case)
    caution: bool,  # noqa: FBT001 (a case)
) -> None:
    found = [bears_out(column(name), value, standing, against=against) for against in (False, True)]
    assert found == [merit, caution]


def test_what_is_plainly_true_but_weak_is_a_caution_and_no_merit() -> None:
    narrow = [clause("void", "sales_void_ratio_12m", "at_most", "0.1")]
    one = product(id="p-narrow", criteria=narrow, limits=[SHARE])
    table = profiles([FIRM | {"sales_void_ratio_12m": 0.098}])

    def plain(weights: Mapping[str, float], standing: float) -> list[tuple[str, bool]]:
        learned = Ordering(linear(table, weights, BY_DECILES), nothing_known())
        found = products_for(table, [one], standing, Request(), DATED, ordering=learned).fits[0].reasons
        assert all(reason.text_zh.startswith("需注意：") is reason.is_against for reason in found)
        return [(str(reason.code), reason.is_against) for reason in found]

    assert plain({}, 0.99) == [
        ("line_by_share", False),
        ("standing_good", False),
        ("price_known", False),
        ("clears_narrowly", True),
    ]
    # One caution is enough: the first of the two.
    assert plain({}, 0.8) == [("line_by_share", False), ("price_known", False), ("clears_narrowly", True)]
    led = plain({"annual_rate_ppm": -1e-4}, 0.8)
    assert led == [("line_by_share", False), ("price_known", False), ("rank_price_high", True)]
    # Nor does the model's own reading of the criteria make a merit of it.
    assert "rank_criteria_room" not in dict(plain({"criteria_room_ratio": 1.0}, 0.8))


def test_one_act_is_told_once_and_two_at_most() -> None:
    names = ["taken_product_section_ratio", "taken_product_prefecture_ratio", "taken_product_size_ratio"]
    once = told(dict.fromkeys(names, 5.0))
    assert len([one for one in once if one.source_zh == "平台匹配记录"]) == 1
    shares = [name for name, spoken in FAMILIES.items() if spoken.count is not None and name.endswith("_ratio")]
    many = [one for one in told(dict.fromkeys(shares, 5.0)) if one.unit == "ratio" and one.source_zh == "平台匹配记录"]
    assert len(many) <= 2


def test_an_amount_is_told_by_what_it_says_of_the_pair() -> None:
    asked = Request(50_000_00, 12)
    (mine,) = told({"asked_to_sales_ratio": 1.0}, request=asked)
    assert mine.text_zh == "申请5万元，为产品最高额度的5%（产品目录）"
    (theirs,) = told({"asked_to_sales_ratio": 1.0}, request=asked, side=Side.bank)
    assert theirs.text_zh.startswith("申请5万元，约为近12个月开票销售额50万元的10%（增值税发票")
    small = FIRM | {"sales_12m_fen": 200_000}
    above = enterprises_for(profiles([small]), PRODUCTS[1], None, asked, KEY, ordering=_by_amount(small, 1.0)).fits[0]
    assert "rank_amount_fits" not in codes(above.reasons)
    unusual = enterprises_for(profiles([small]), PRODUCTS[1], None, asked, KEY, ordering=_by_amount(small, -1.0))
    assert "rank_amount_unusual" in codes(unusual.fits[0].reasons)


def _by_amount(firm: Row, weight: float) -> Ordering:
    return Ordering(linear(profiles([firm]), {"asked_to_sales_ratio": weight}), nothing_known())


def test_without_peers_the_products_own_bound_stands_beside_the_value() -> None:
    (reason,) = told({"sales_12m_fen": 1e-8})
    assert reason.text_zh == "近12个月开票销售额50万元，产品要求不低于1,000元（增值税发票，截至2020年1月31日）"
    assert (reason.code, reason.threshold) == ("rank_sales_level", 100_000)
    (alone,) = told({"sales_growth_12m_ratio": 1.0})
    assert alone.text_zh.startswith("近12个月开票销售额较上一年度同期增长25%（")


def test_what_a_family_adds_is_summed_up_and_nobody_reads_a_logarithm() -> None:
    reasons = told({"buyers_log": 1.0, "top_buyer_share_12m": 0.1, "age_months": 0.05})
    assert codes(reasons) == ["rank_buyers_spread", "rank_age"]
    assert (reasons[0].column, reasons[0].value) == ("top_buyer_share_12m", 200_000)
    cancelled = told({"buyers_log": 1.0, "top_buyer_share_12m": -12.5, "age_months": 0.05})
    assert codes(cancelled) == ["rank_age"]


def test_where_nothing_the_ranker_knows_speaks_for_a_pair_what_is_plainly_true_does() -> None:
    reasons = told({"annual_rate_ppm": -1e-4})
    assert [reason.is_against for reason in reasons] == [False, False, False, True]
    assert not [one for one in reasons[:3] if one.code.startswith(RANKED)]
    assert reasons[3].code == "rank_price_high"


def test_at_most_four_and_a_caution_only_where_it_weighs_more() -> None:
    weights = {
        "age_months": 0.1,
        "sales_months_12m": 0.3,
        "buyers_log": 1.0,
        "top_buyer_share_12m": 1.0,
        "sales_growth_12m_ratio": 8.0,
        "annual_rate_ppm": -1e-5,
    }
    reasons = told(weights)
    assert codes(reasons) == ["rank_age", "rank_sales_steady", "rank_buyers_spread", "rank_sales_growth"]
    heavy = told(weights | {"annual_rate_ppm": -1e-4})
    assert codes(heavy) == ["rank_age", "rank_sales_steady", "rank_buyers_spread", "rank_price_high"]
    assert [reason.is_against for reason in heavy] == [False, False, False, True]
    assert heavy[-1].text_zh.startswith("需注意：年化综合成本")


def test_a_trifle_gets_no_sentence() -> None:
    assert codes(told({"age_months": 1.0, "sales_growth_12m_ratio": 1.0})) == ["rank_age"]


def test_without_a_word_for_what_decided_the_transparent_reasons_stand() -> None:
    reasons = told({"buyers_log": 1.0}, FIRM | {"top_buyer_share_12m": None, "buyers_12m": None})
    assert codes(reasons) == ["rank_not_provided"]
    nothing = told({})
    assert nothing
    assert not any(code.startswith(RANKED) for code in codes(nothing))


def test_what_is_not_provided_is_named_after_what_is_known() -> None:
    table = profiles([FIRM])
    ranker = linear(table, {})

    class Missing(LinearRanker):
        def contributions(self, features: pd.DataFrame, side: Side) -> Parts:
            self.seen.append(features)
            assert side is Side.enterprise
            names = [item.name for item in self.inputs]
            parts = np.zeros((len(features), len(names)))
            parts[:, names.index("repeat_buyers_ratio")] = 2.0
            parts[:, names.index("age_months")] = 1.0
            return Parts(pd.DataFrame(parts, columns=names), np.zeros(len(features)))

    learned = Ordering(Missing(ranker.inputs, {}), nothing_known())
    reasons = products_for(table, PRODUCTS[:1], None, Request(), KEY, ordering=learned).fits[0].reasons
    assert codes(reasons) == ["rank_age", "rank_not_provided"]
    assert reasons[1].text_zh.startswith("未提供")
    assert (reasons[1].column, reasons[1].value) == ("repeat_buyers_ratio", None)


def test_a_past_share_is_plain_and_named_after_its_segment() -> None:
    (reason,) = told({"taken_product_section_ratio": 5.0})
    share, overall = re.findall(r"约(\d+)%", reason.text_zh)
    # Each fourth took the first product; four products were shown: a quarter against a sixteenth, decayed alike.
    assert abs(int(share) - 25) <= 1
    assert abs(int(overall) - 6) <= 1
    assert reason.text_zh.startswith("批发和零售业的企业看到该产品后约")
    assert reason.text_zh.endswith("（平台匹配记录，截至2020年2月21日）")
    assert (reason.code, reason.source_zh) == ("rank_section_taken", "平台匹配记录")
    assert reason.value is not None
    assert abs(int(reason.value) - 250_000) < 10_000


def test_few_events_are_never_told() -> None:
    few, weights = counted(PRODUCTS, LEAST_REQUESTS - 1), {"taken_product_section_ratio": 5.0, "age_months": 0.01}
    assert codes(told(weights, affinity=few)) == ["rank_age"]
    # As many events as the bound, but decayed below it.
    assert codes(told(weights, affinity=counted(PRODUCTS, LEAST_REQUESTS + 1))) == ["rank_age"]
    *_, record = told({"applied_product_count_log": -1.0}, affinity=few)
    assert record.code == "rank_little_record"
    assert (record.value, record.threshold, "不足20次" in record.text_zh) == (None, LEAST_REQUESTS, True)
    (many,) = told({"applied_product_count_log": 1.0})
    assert many.code == "rank_track_record"
    elsewhere = told(weights, FIRM | {"industry_section": "C"})
    assert codes(elsewhere) == ["rank_age"]


@pytest.mark.parametrize("firms", [0, 1, LEAST_REQUESTS - 1])
def test_no_share_stands_on_fewer_requests_than_the_bound(firms: int) -> None:
    shares = [name for name, one in FAMILIES.items() if one.count is not None and name.endswith("_ratio")]
    seen = counted(PRODUCTS, firms, every=1)
    for name in shares:
        assert not [one for one in told({name: 1.0}, affinity=seen) if one.source_zh == "平台匹配记录"], name


def test_among_a_firms_products_only_what_tells_them_apart_is_told() -> None:
    weights = {"age_months": 0.5, "annual_rate_ppm": -1e-4}
    assert codes(told(weights, of="p-cheap", alone=False)) == ["rank_price_low"]
    assert codes(told(weights, of="p-cheap")) == ["rank_age", "rank_price_high"]
    assert codes(told(weights, of="p-new", alone=False))[-1] == "rank_price_high"
    assert codes(told(weights, of="p-cheap", side=Side.bank)) == ["rank_age"]


def test_a_mean_is_the_same_to_the_bit_in_any_order() -> None:
    parts = np.random.default_rng(3).normal(size=(301, 7)) * 10.0 ** np.arange(-3, 4)
    shuffled = parts[np.random.default_rng(4).permutation(301)]
    assert mean_of_columns(parts).tobytes() == mean_of_columns(shuffled).tobytes()
    assert np.allclose(mean_of_columns(parts), parts.mean(axis=0))


def test_a_price_stands_among_those_that_fit() -> None:
    weights = {"annual_rate_ppm": -1e-5}
    dear = told(weights, of="p-new", alone=False)
    assert dear[-1].text_zh == (
        "需注意：年化综合成本7.23%（名义年利率7%），在符合条件的4个产品中由低到高排第4（产品目录）"
    )
    cheap = told(weights, of="p-cheap", alone=False)
    assert cheap[0].text_zh == "年化综合成本4.07%（名义年利率4%），在符合条件的4个产品中由低到高排第1（产品目录）"
    assert (cheap[0].code, cheap[0].value, cheap[0].threshold) == ("rank_price_low", 40_742, 40_000)
    assert "由低到高" not in told(weights, of="p-cheap")[-1].text_zh


@pytest.mark.parametrize(
    ("name", "of", "code", "words"),
    [
        ("product_age_months", "p-new", "rank_new_product", "该产品自2019年12月5日起提供，至今满2个月（产品目录）"),
        ("guarantee", "p-cheap", "rank_guarantee", "担保方式为抵押（产品目录）"),
        ("repayment", "p-cheap", "rank_repayment", "还款方式为按月付息（产品目录）"),
        ("fee_unknown_flag", "p-fee", "rank_fees_unknown", "服务费未公布，实际成本会更高（产品目录）"),
        ("amount_max_fen", "p-line", "rank_amount_range", "产品额度1万元至100万元，申请5万元（产品目录）"),
        ("term_asked_months", "p-line", "rank_term_fits", "产品期限3至36个月，申请12个月（产品目录）"),
        ("amount_asked_fen", "p-line", "rank_amount_fits", "申请5万元，为产品最高额度的5%（产品目录）"),
        ("asked_to_line_ratio", "p-line", "rank_line_covers", "按近12个月开票销售额50万元的20%计算，可贷额度约10万元"),
        ("criteria_room_ratio", "p-line", "rank_criteria_room", "近12个月开票销售额50万元，远高于准入线1,000元"),
        ("pair_score_ratio", "p-line", "rank_transparent_score", "条件、额度与价格的透明评分"),
    ],
)
def test_what_a_product_and_a_request_are_told_by(name: str, of: str, code: str, words: str) -> None:
    *_, reason = told({name: 1.0}, of=of, request=Request(50_000_00, 12))
    assert (str(reason.code), reason.text_zh[: len(words)]) == (code, words)
    assert reason.text_en


def test_a_banks_list_tells_nothing_that_is_the_same_for_every_firm() -> None:
    weights = {name: 1e-3 for name, one in FAMILIES.items() if one.of_product} | {"age_months": 0.001}
    assert codes(told(weights, side=Side.bank)) == ["rank_age"]
    assert codes(told(weights)) == ["rank_amount_range"]


def test_a_figure_that_does_not_bear_out_how_it_was_read_is_not_told() -> None:
    # A quarter took it, more than everybody: that cannot speak against; many showings are no reason for caution.
    for name in ("taken_product_section_ratio", "applied_product_count_log"):
        assert codes(told({name: -1.0, "age_months": 0.01})) == ["rank_age"]
    # Nobody took the second.
    assert codes(told({"taken_product_section_ratio": 9.0, "age_months": 0.01}, of="p-new")) == ["rank_age"]
    against = told({"taken_product_section_ratio": -9.0, "age_months": 0.01}, of="p-new")
    assert codes(against) == ["rank_age", "rank_section_taken"]
    assert against[1].text_zh.startswith("需注意：批发和零售业的企业看到该产品后约0%最终用款")


def test_a_tight_criterion_is_told_as_a_caution() -> None:
    *_, reason = told({"criteria_room_min_ratio": -1.0}, FIRM | {"sales_void_ratio_12m": 0.098})
    assert reason.text_zh.startswith("需注意：近12个月销项发票作废率9.8%，已接近10%的上限")
    assert reason.code == "rank_criteria_tight"


def test_contributions_add_up_by_family() -> None:
    names = ["age_months", "buyers_log", "top_buyer_share_12m", "not_spoken_of"]
    parts = np.array([[1.0, 2.0, -0.5, 9.0], [-1.0, 0.0, 0.0, 9.0]])
    found = Contributions(Side.enterprise, names, parts)
    assert list(found.by_weight(0)) == [("buyers", 1.5), ("age", 1.0)]
    assert list(found.by_weight(1)) == [("age", -1.0)]
    assert found.inputs("buyers", 0, against=False) == ["buyers_log", "top_buyer_share_12m"]


@given(
    weights=st.dictionaries(st.sampled_from(sorted(FAMILIES)), st.floats(-3, 3), max_size=12),
    amount=st.sampled_from([None, 50_000_00]),
    side=st.sampled_from(list(Side)),
)
def test_whatever_decides_there_are_one_to_four_reasons_in_both_languages(
    weights: dict[str, float], amount: int | None, side: Side
) -> None:
    found = match(weights, of="p-line", request=Request(amount), side=side)
    assert 1 <= len(found.reasons) <= 4
    assert sum(reason.is_against for reason in found.reasons) <= 1
    assert not any(reason.is_against for reason in found.reasons[:-1])
    for reason in found.reasons:
        assert re.search("[\u4e00-\u9fff]", reason.text_zh)
        assert not re.search("[\u4e00-\u9fff]", reason.text_en)
        assert not found.reasons[0].is_against
        assert "nan" not in reason.text_zh + reason.text_en
        assert reason.text_zh.startswith("需注意：") is reason.is_against
