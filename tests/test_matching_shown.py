"""What a firm may not read of a product it does not read: not in words, numbers, names, counts, order or score."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from criteria_worlds import whole_conditions, whole_rows
from hypothesis import assume, given
from hypothesis import strategies as st
from matching_worlds import AS_OF, Row, clause, product, profiles

from matching.answer import Settings
from matching.criteria import Clause, columns_of, expanded
from matching.eligibility import Request, evaluate
from matching.errors import MatchingError, ProductError
from matching.frame import Frame
from matching.lists import enterprises_for, products_for
from matching.pairs import pair_columns
from matching.product import Product
from matching.rank import score
from matching.render import as_json, as_log
from matching.shown import FAR, INTERNAL, NEAR, criteria_for_firm, distance, document_for_firm

KEY = Settings(tie_key=b"key")
SALES = {"column": "sales_12m_fen", "op": "at_least", "value": 400_000}
PUBLIC = clause("old_enough", "age_months", "at_least", 12)
HIDDEN = {"id": "enough_sales", "require": SALES, "zh": "年开票四十万以上", "en": "400,000 a year"}


def lent(*criteria: Row, **changes: Any) -> Product:  # noqa: ANN401
    return product(criteria=list(criteria), **changes)


def read(one: Product, firm: Row, **question: Any) -> dict[str, Any]:  # noqa: ANN401
    lists = products_for(profiles([firm]), [one], 0.9, Request(**question), KEY)
    return as_json(lists, for_firm=True)


def shown(row: Row, how: str) -> Row:
    return row | {"shown": how}


@pytest.mark.parametrize("how", ["range", "bank_only"])
@pytest.mark.parametrize("sales", [100_000_00, 399_999_00, 500_000_00, None])
@pytest.mark.parametrize("age", [6, 24, None])
def test_nothing_of_a_hidden_clause_is_told(how: str, sales: int | None, age: int | None) -> None:
    hidden = shown(HIDDEN, how) | {"require": SALES | {"value": "416161.17"}}
    told = json.dumps(read(lent(hidden, PUBLIC), {"sales_12m_fen": sales, "age_months": age}), ensure_ascii=False)
    for kept in ("enough_sales", "416", "41.6", "61.17", "四十万", "400,000"):
        assert kept not in told
    if how == "bank_only":
        assert "sales_12m" not in told
        assert "开票" not in told


def test_the_firm_reads_that_there_is_an_internal_condition() -> None:
    found = read(lent(shown(HIDDEN, "bank_only")), {"sales_12m_fen": 1})["does_not_fit"][0]
    assert (
        (found["criterion"], found["criterion_en"])
        == (INTERNAL.zh, INTERNAL.en)
        == (
            "银行内部条件",
            "an internal condition of the bank",
        )
    )
    assert (found["criterion_id"], found["value"], found["values"]) == ("bank_internal", "", [])


@pytest.mark.parametrize(
    ("sales", "words"), [(399_999_00, NEAR), (360_000_00, NEAR), (359_999_00, FAR), (0, FAR), (-1, FAR)]
)
def test_of_a_range_the_firm_reads_near_or_far(sales: int, words: Any) -> None:  # noqa: ANN401
    found = read(lent(shown(HIDDEN, "range")), {"sales_12m_fen": sales})["does_not_fit"][0]
    assert found["criterion"] == "近12个月开票销售额须达到银行要求（具体标准不公开）"
    assert found["value"] == words.zh
    assert found["values"] == [{"column": "sales_12m_fen"}]
    assert found["criterion_id"] == "bank_range"


def test_a_public_clause_that_fails_is_told_before_a_hidden_one() -> None:
    rows = [shown(HIDDEN, "bank_only"), shown(HIDDEN, "range") | {"id": "ranged"}, PUBLIC]
    firm = {"sales_12m_fen": 1, "age_months": 1}
    found = read(lent(*rows), firm)
    assert found["does_not_fit"][0]["criterion_id"] == "old_enough"
    assert found["first_failing_counts"] == {"old_enough": 1}
    assert read(lent(*rows), firm | {"age_months": 99})["first_failing_counts"] == {"bank_range": 1}
    assert read(lent(rows[0], PUBLIC), firm | {"age_months": 99})["first_failing_counts"] == {"bank_internal": 1}


def test_bank_and_log_read_everything() -> None:
    lists = products_for(profiles([{"sales_12m_fen": 1}]), [lent(shown(HIDDEN, "bank_only"))], None, Request(), KEY)
    row = as_json(lists)["does_not_fit"][0]
    assert (row["criterion"], row["criterion_id"], row["value"]) == ("年开票四十万以上", "enough_sales", "0.01元")
    assert as_json(lists)["first_failing_counts"] == {"enough_sales": 1}
    logged = as_log(lists)["does_not_fit"][0]
    assert (logged["criterion"], logged["told_as"]) == ("enough_sales", "bank_internal")


def test_a_hidden_clause_that_is_open_is_told_without_its_column() -> None:
    lists = products_for(
        profiles([{"age_months": 24}]), [lent(shown(HIDDEN, "bank_only"), PUBLIC)], None, Request(), KEY
    )
    for_bank, for_firm = as_json(lists)["may_fit"][0], as_json(lists, for_firm=True)["may_fit"][0]
    assert [one["column"] for one in for_bank["missing"]] == ["sales_12m_fen"]
    assert for_firm["missing"] == []
    assert for_firm["reasons"][0]["text"] == "银行内部条件暂不能判断，由银行核实"
    assert for_firm["reasons"][1:] == for_bank["reasons"][1:]
    logged = as_log(lists)["may_fit"][0]
    assert [one["column"] for one in (logged["reasons"][0], logged["told_reasons"][0])] == [
        "sales_12m_fen",
        "bank_internal",
    ]


def test_a_range_that_is_open_names_its_column_alone() -> None:
    found = read(lent(shown(HIDDEN, "range"), PUBLIC), {"age_months": 24})["may_fit"][0]
    assert [one["column"] for one in found["missing"]] == ["sales_12m_fen"]
    assert found["reasons"][0]["threshold"] == "bank_range"
    assert "须达到银行要求" in found["reasons"][0]["text"]


HIDEABLE = st.sampled_from(
    [
        lambda t: {"column": "sales_12m_fen", "op": "at_least", "value": t},
        lambda t: {"column": "sales_12m_fen", "op": "below", "value": t},
        lambda t: {"any": [{"column": "sales_12m_fen", "op": "above", "value": t}, {"clause": "c"}]},
        lambda t: {"not": {"column": "sales_12m_fen", "op": "between", "low": t, "high": 2_000_000}},
        lambda t: {"column": "loan_balance_fen", "over": "sales_12m_fen", "op": "at_most", "value": 1 + t % 3},
        lambda t: {"column": "last_invoice_on", "op": "at_least", "value": {"days_before": t % 97}},
    ]
)
AMOUNTS = st.sampled_from([0, 1, 2, 3, 100, 101, 700_000])


@given(
    hidden=HIDEABLE,
    thresholds=st.tuples(AMOUNTS, AMOUNTS),
    public=whole_conditions(),
    first=st.booleans(),
    firm=whole_rows(),
    asked=st.sampled_from([None, 50_000_00]),
)
def test_two_thresholds_of_a_bank_only_clause_read_the_same_where_the_verdict_is(  # noqa: PLR0913, PLR0917
    hidden: Callable[[int], Row],
    thresholds: tuple[int, int],
    public: Row,
    first: bool,  # noqa: FBT001 (drawn)
    firm: Row,
    asked: int | None,
) -> None:
    answers, verdicts = [], []
    for threshold in thresholds:
        rows = [{"id": "own", "require": hidden(threshold), "shown": "bank_only"}, {"id": "c", "require": public}]
        one = lent(*(rows if first else rows[::-1]))
        verdicts.append(int(evaluate(one, profiles([firm]), Request(asked)).verdict[0]))
        answers.append(json.dumps(read(one, firm, amount_fen=asked), sort_keys=True))
    assume(verdicts[0] == verdicts[1])
    assert answers[0] == answers[1]


@given(
    thresholds=st.tuples(AMOUNTS, AMOUNTS),
    public=whole_conditions(),
    firms=st.lists(whole_rows(), min_size=2, max_size=4),
)
def test_what_a_ranker_reads_of_a_pair_tells_no_hidden_threshold(
    thresholds: tuple[int, int], public: Row, firms: list[Row]
) -> None:
    told = []
    for threshold in thresholds:
        own = {"id": "own", "require": SALES | {"value": threshold}, "shown": "bank_only"}
        found = evaluate(lent(own, {"id": "c", "require": public}), profiles(firms), Request())
        # The verdict is not among the inputs; it decides who is ranked at all.
        same = replace(found, verdict=np.ones_like(found.verdict))
        scored = score(same, np.full(len(firms), 0.9))
        told.append({name: np.asarray(values).tolist() for name, values in pair_columns(same, scored).items()})
    assert repr(told[0]) == repr(told[1])


def test_what_leaks_through_the_order_of_equals_is_only_a_hash() -> None:
    # The tie of two products of one score follows from a keyed hash of their whole content.
    same = [lent(PUBLIC, shown(HIDDEN, "bank_only"), id=name) for name in ("one", "two")]
    firm = profiles([{"sales_12m_fen": 900_000_00, "age_months": 24}])
    found = as_json(products_for(firm, same, 0.9, Request(), KEY), for_firm=True)["fits"]
    assert len({row["score"] for row in found}) == 1


def test_no_firm_reads_a_list_of_firms() -> None:
    lists = enterprises_for(profiles([{"sales_12m_fen": 1}]), lent(shown(HIDDEN, "bank_only")), None, Request(), KEY)
    assert as_json(lists)["does_not_fit"][0]["criterion_id"] == "enough_sales"
    with pytest.raises(MatchingError, match="not for an enterprise"):
        as_json(lists, for_firm=True)


def test_the_catalogue_for_firms_keeps_what_is_hidden() -> None:
    rows = [PUBLIC, shown(HIDDEN, "range"), shown(HIDDEN, "bank_only") | {"id": "own"}]
    referring = {"id": "refers", "require": {"not": {"clause": "own"}}}
    one = lent(*rows, referring)
    assert criteria_for_firm(one) == [
        {"id": "old_enough", "zh": "成立满1年", "en": "established for at least 1 year"},
        {
            "id": "bank_range",
            "zh": "近12个月开票销售额须达到银行要求（具体标准不公开）",
            "en": "invoiced sales of 12 months: up to the bank's standard, which is not published",
        },
        {"id": "bank_internal", "zh": "银行内部条件", "en": "an internal condition of the bank"},
    ]
    assert [row["id"] for row in document_for_firm(one)["criteria"]] == ["old_enough"]


@pytest.mark.parametrize("name", ["bank_internal", "bank_range"])
def test_no_clause_may_be_called_like_what_stands_for_one(name: str) -> None:
    with pytest.raises(ProductError, match="reserved"):
        lent(PUBLIC | {"id": name})


def test_a_public_product_reads_the_same_for_firm_and_bank() -> None:
    lists = products_for(
        profiles(
            [
                {"sales_12m_fen": 1},
            ][:1]
        ),
        [lent(HIDDEN, PUBLIC)],
        None,
        Request(),
        KEY,
    )
    assert as_json(lists) == as_json(lists, for_firm=True)


@given(condition=whole_conditions(), firm=whole_rows())
def test_what_holds_is_at_no_distance_and_what_fails_at_some(condition: Row, firm: Row) -> None:
    clause_ = expanded((Clause.model_validate({"id": "c", "require": condition}),))[0]
    frame = Frame(profiles([firm]))
    found = evaluate(lent({"id": "c", "require": condition}), frame, Request())
    far = distance(found.nodes[0], frame)[0]
    assert (far == 0) >= bool(found.clause_verdicts[0, 0] == 1)
    assert not np.isnan(far)
    assert columns_of(clause_.require)


def test_near_in_days_and_in_ratios() -> None:
    recent = {"id": "c", "require": {"column": "last_sale_on", "op": "at_least", "value": {"days_before": 100}}}
    half = {
        "id": "c",
        "require": {"column": "loan_balance_fen", "over": "sales_12m_fen", "op": "at_most", "value": "0.5"},
    }
    day = np.datetime64(AS_OF)
    firms = [{"last_sale_on": (day - back).item()} for back in (100, 110, 111)]
    found = evaluate(lent(recent), profiles(firms), Request())
    assert distance(found.nodes[0], found.frame).tolist() == pytest.approx([0, 0.1, 0.11])
    firms = [{"loan_balance_fen": 55, "sales_12m_fen": 100}, {"loan_balance_fen": 60, "sales_12m_fen": 100}]
    found = evaluate(lent(half), profiles(firms), Request())
    assert distance(found.nodes[0], found.frame).tolist() == pytest.approx([0.1, 0.2])
