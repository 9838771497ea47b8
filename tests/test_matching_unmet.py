"""Unmet demand: by hand on small tables, and against a count in plain Python over random worlds."""

import json
from dataclasses import astuple
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matching_worlds import clause, product, profiles, rows

from matching.compile import CANNOT_TELL, NO, YES
from matching.eligibility import Requests, evaluate
from matching.errors import CriteriaError
from matching.loosening import admission, steps, with_value, without
from matching.product import Product
from matching.unmet import (
    AMOUNT_FEN,
    FEW,
    GROUPS,
    OPEN,
    OTHERS,
    PLACE,
    REQUESTS,
    UNMET,
    Demand,
    barriers,
    by_group,
    group_words,
    told,
)

WAN = 1_000_000


def asked(*amounts_wan: int) -> Requests:
    """Ask for amounts in units of 10,000 yuan, 0 for none, without a term."""
    amounts = np.array(amounts_wan, dtype=np.int64) * WAN
    return Requests(amounts, np.zeros_like(amounts))


def two_products() -> list[Product]:
    """Make one product that asks for sales and age, and one for sales alone, higher."""
    young = [clause("sales", "sales_12m_fen", "at_least", 500_000), clause("age", "age_months", "at_least", 24)]
    return [
        product(id="grown", criteria=young),
        product(id="large", criteria=[clause("sales", "sales_12m_fen", "at_least", 5_000_000)]),
    ]


FIRMS = [
    {"sales_12m_fen": 60_000_000, "age_months": 30, "prefecture": "620100", "industry_section": "C"},  # fits grown
    {"sales_12m_fen": 60_000_000, "age_months": 20, "prefecture": "620100", "industry_section": "C"},  # age alone
    {"sales_12m_fen": 10_000_000, "age_months": 30, "prefecture": "620200", "industry_section": "F"},  # sales, of both
    {"sales_12m_fen": 10_000_000, "age_months": 20, "prefecture": "620200", "industry_section": "F"},  # both, and sales
    {"sales_12m_fen": 60_000_000, "prefecture": "620200", "industry_section": "F"},  # cannot be told; sales of large
]


def test_what_fits_nothing_is_counted_by_place_and_what_keeps_it_out_by_hand() -> None:
    demand = Demand.of(profiles(FIRMS), asked(10, 20, 30, 40, 50), two_products())
    assert demand.unmet.tolist() == [False, True, True, True, True]
    table = by_group(demand, (PLACE,)).set_index(PLACE)
    assert table.loc["620100"].tolist() == [2, 1, 0, 1, 20 * WAN]
    assert table.loc["620200"].tolist() == [3, 3, 1, 0, 120 * WAN]
    assert [astuple(one) for one in barriers(demand)] == [
        # All five miss the sales of "large" and nothing else of it; of the unmet, 4 and 5 have no other way in.
        ("large", "sales", 5, 4, 140 * WAN, 2),
        ("grown", "age", 1, 1, 20 * WAN, 0),
        ("grown", "sales", 1, 1, 30 * WAN, 0),
    ]


def test_the_amount_asked_keeps_out_like_any_criterion() -> None:
    small = product(id="small", amount_max_yuan=100_000, criteria=[clause("age", "age_months", "at_least", 1)])
    demand = Demand.of(profiles(FIRMS[:2]), asked(10, 20), [small])
    assert [(one.criterion, one.unmet) for one in barriers(demand)] == [("amount_range", 1)]


def test_a_change_admits_those_it_lets_in_with_their_expected_loss() -> None:
    products = two_products()
    demand = Demand.of(profiles(FIRMS), asked(10, 20, 30, 40, 0), products)
    chances = np.array([0.01, 0.02, 0.5, 0.5, np.nan])
    younger = admission(demand, "grown", with_value(products[0], "age", 20), chances, lgd_ppm=500_000)
    # Firm 2 alone: 200,000 yuan × 2 % × ½ = 2,000 yuan; before, firm 1 alone: 100,000 × 1 % × ½.
    assert (younger.admitted, younger.unmet, younger.shut_out) == (1, 1, 0)
    assert (younger.amount_fen, younger.expected_loss_fen) == (20 * WAN, 200_000)
    assert (younger.loss_ppm, younger.before_loss_ppm) == (10_000, 5_000)
    older = admission(demand, "grown", with_value(products[0], "age", 31), chances)
    assert (older.admitted, older.shut_out, older.loss_ppm) == (0, 1, None)
    open_to_all = admission(demand, "grown", without(products[0], "age"), chances)
    # Without the age the fifth firm fits too; no model speaks of it, so it is counted and costs nothing.
    assert (open_to_all.admitted, open_to_all.without_model) == (2, 1)
    assert open_to_all.amount_fen == 20 * WAN


def test_steps_try_the_values_of_those_kept_out_and_then_leave_the_criterion_out() -> None:
    firms = [{"sales_12m_fen": 60_000_000, "age_months": age} for age in (3, 6, 9, 12, 36)]
    only = two_products()[:1]
    demand = Demand.of(profiles(firms), asked(10, 10, 10, 10, 10), only)
    tried = steps(demand, "grown", "age", np.full(5, 0.01))
    # Never the last of all: it would be the value of one firm.
    assert [step.value for step in tried] == [12, 9, 6, None]
    assert [step.admission.admitted for step in tried] == [1, 2, 3, 4]


def test_steps_write_thresholds_that_let_in_exactly_whom_they_name() -> None:
    ratios = [0.1234567, 0.2, 0.25, 0.3]
    firms = [{"sales_void_ratio_12m": ratio} for ratio in ratios]
    strict = product(id="strict", criteria=[clause("void", "sales_void_ratio_12m", "below", "0.1")])
    demand = Demand.of(profiles(firms), asked(10, 10, 10, 10), [strict, two_products()[1]])
    tried = steps(demand, "strict", "void", np.full(4, 0.01))
    # Two figures, up; "below" is strict, so a value of two figures is let in by the next.
    assert [step.value for step in tried] == ["0.13", "0.21", "0.26"]
    assert [step.admission.admitted for step in tried] == [1, 2, 3]


@pytest.mark.parametrize(
    ("column", "op", "stored", "written"),
    [
        ("sales_12m_fen", "at_least", 51_234_599, "510000"),
        ("sales_12m_fen", "above", 51_000_000, "500000"),
        ("sales_12m_fen", "at_most", 51_234_599, "520000"),
        ("tax_arrears_fen", "below", 0, "1"),
        ("sales_12m_fen", "at_least", -51_234_599, "-520000"),
        ("age_months", "at_least", 127, 120),
        ("age_months", "at_most", 127, 130),
        ("age_months", "above", 7, 6),
        ("last_invoice_on", "at_most", date(2019, 12, 14), "2019-12-31"),
        ("last_invoice_on", "below", date(2019, 12, 14), "2020-01-01"),
        ("last_invoice_on", "at_least", date(2019, 12, 14), "2019-12-01"),
        ("last_invoice_on", "above", date(2019, 12, 14), "2019-11-30"),
    ],
)
def test_a_threshold_has_two_figures_and_lets_in(column: str, op: str, stored: object, written: int | str) -> None:
    never = {"at_least": "2100-01-01", "above": "2100-01-01", "at_most": "1900-01-01", "below": "1900-01-01"}
    far = 10**12 if op in ("at_least", "above") else -(10**12)
    bound = never[op] if column == "last_invoice_on" else far if column == "age_months" else str(far)
    one = product(criteria=[clause("edge", column, op, bound)])
    demand = Demand.of(profiles([{column: stored}]), asked(10), [one])
    (step,) = steps(demand, "plain", "edge", np.array([0.1]))
    assert step.value == written
    assert step.admission.admitted == 1


def test_what_cannot_be_loosened_says_so() -> None:
    products = two_products()
    demand = Demand.of(profiles(FIRMS), asked(10, 20, 30, 40, 50), products)
    with pytest.raises(CriteriaError, match="no clause nothing"):
        steps(demand, "grown", "nothing", np.full(5, 0.1))
    with pytest.raises(CriteriaError, match="not among those judged"):
        steps(demand, "other", "age", np.full(5, 0.1))
    with pytest.raises(CriteriaError, match="is the only one"):
        without(products[1], "sales")
    either = {"id": "either", "require": {"any": [clause("a", "age_months", "at_least", 24)["require"]]}}
    grouped = product(id="grouped", criteria=[either, clause("s", "sales_12m_fen", "at_least", 1)])
    with pytest.raises(CriteriaError, match="not one comparison"):
        with_value(grouped, "either", 3)


def test_a_changed_clause_loses_the_sentence_written_for_the_old_threshold() -> None:
    worded = product(criteria=[clause("age", "age_months", "at_least", 24, zh="成立满两年", en="two years old")])
    assert with_value(worded, "age", 12).criteria[0].zh is None


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ([(50, 20), (30, 12)], [("a", 20), ("b", 12)]),
        # A group of few requests cannot stand alone: the smallest of the others joins it.
        ([(50, 20), (30, 12), (5, 5)], [("a", 20), (OTHERS, 17)]),
        # Two such groups are enough for each other.
        ([(50, 20), (9, 5), (9, 5), (9, 5)], [("a", 20), (OTHERS, 15)]),
        # The rest of a row is a count as well: here two.
        ([(50, 20), (9, 9), (8, 6)], [("a", None), (OTHERS, None)]),
        # Few unmet of many requests are few firms too, and a second number hides with them.
        ([(50, 20), (30, 3), (40, 12)], [("a", 20), ("b", None), ("c", None)]),
        ([(50, 4), (30, 0), (40, 7)], [("a", None), ("b", 0), ("c", None)]),
        # Where the total is small nothing is told of it.
        ([(50, 4), (30, 0), (40, 0)], [("a", None), ("b", None), ("c", None)]),
        ([(9, 3)], []),
    ],
)
def test_no_small_count_is_told_and_none_follows_by_subtraction(
    counts: list[tuple[int, int]], shown: list[tuple[str, int | None]]
) -> None:
    table = pd.DataFrame(
        [
            {PLACE: "abcdef"[place], REQUESTS: asked_, UNMET: unmet, OPEN: 0, FEW: 0, AMOUNT_FEN: unmet * WAN}
            for place, (asked_, unmet) in enumerate(counts)
        ]
    )
    safe = told(table, (PLACE,))
    values = [None if pd.isna(value) else int(value) for value in safe[UNMET]]
    assert list(zip(safe[PLACE], values, strict=True)) == shown
    assert [None if pd.isna(value) else value // WAN for value in safe[AMOUNT_FEN]] == values


def test_every_code_of_a_group_has_words() -> None:
    assert group_words("size", "0").zh == "年开票销售额20万元及以下"
    assert group_words("size", "4").zh == "年开票销售额2,000万元以上"
    assert group_words("size", "").zh == "未知"
    assert group_words("place", "620100").zh == "兰州市"
    assert group_words("industry", "").zh == "未知"


@given(st.lists(rows(), min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_barriers_and_groups_agree_with_a_count_row_by_row(firms: list[dict[str, object]], shuffle: object) -> None:
    products = two_products()
    requests = asked(*[10] * len(firms))
    table = profiles(firms)
    demand = Demand.of(table, requests, products)
    expected: dict[tuple[str, str], int] = {}
    for row in range(len(firms)):
        one = [evaluate(item, table.slice(row, 1), asked(10)) for item in products]
        assert demand.unmet[row] == all(int(found.verdict[0]) != YES for found in one)
        for item, found in zip(products, one, strict=True):
            verdicts = found.clause_verdicts[0].tolist()
            if verdicts.count(NO) == 1 and CANNOT_TELL not in verdicts:
                key = (item.id, found.clause_ids[verdicts.index(NO)])
                expected[key] = expected.get(key, 0) + 1
    assert {(one.product, one.criterion): one.requests for one in barriers(demand)} == expected
    assert by_group(demand, GROUPS)[UNMET].sum() == int(demand.unmet.sum())
    order = list(range(len(firms)))
    shuffle.shuffle(order)  # type: ignore[attr-defined]
    again = Demand.of(table.take(order), requests, products)
    assert by_group(again).to_json() == by_group(demand).to_json()
    assert barriers(again) == barriers(demand)


def test_a_table_of_steps_can_be_written_as_json() -> None:
    demand = Demand.of(profiles(FIRMS), asked(10, 20, 30, 40, 50), two_products())
    assert json.dumps([step.value for step in steps(demand, "large", "sales", np.full(5, 0.1))])
