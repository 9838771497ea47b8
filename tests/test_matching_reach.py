"""How many firms reach a product, and the sentence that reports those nobody reaches."""

from datetime import date

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from matching_worlds import Row, clause, product, profiles, rows

from matching.compile import YES
from matching.eligibility import Request, evaluate
from matching.reach import reach_words, reachable

SALES = [clause("sales", "sales_12m_fen", "at_least", 100)]
RICH = product(id="rich", criteria=SALES)
LARGE = product(id="large", criteria=[clause("sales", "sales_12m_fen", "at_least", 10**9)])
LINE = product(id="line", criteria=SALES, limits=[{"rule": "share", "of": "sales_12m_fen", "share": "0.5"}])
OLD = product(id="old", criteria=[clause("age", "age_months", "at_least", 2)])


def test_only_firms_that_meet_every_criterion_count() -> None:
    table = profiles([{"sales_12m_fen": 100_00}, {"sales_12m_fen": 99_99}, {"sales_12m_fen": None}])
    assert reachable([RICH, LARGE], table) == {"rich": 1, "large": 0}


def test_a_limit_that_does_not_reach_the_least_loan_counts_as_no() -> None:
    table = profiles([{"sales_12m_fen": 20_000_00}, {"sales_12m_fen": 19_999_00}])
    assert reachable([RICH, LINE], table) == {"rich": 2, "line": 1}


def test_rows_before_the_first_day_do_not_count() -> None:
    table = profiles([{"sales_12m_fen": 100_00}] * 3)
    days = pa.array([date(2026, 1, day) for day in (4, 5, 6)], pa.date32())
    table = table.set_column(table.column_names.index("as_of"), "as_of", days)
    assert reachable([product(id="cold", criteria=SALES, offered_from="2026-01-05")], table) == {"cold": 2}


@given(st.lists(rows(), max_size=8))
def test_it_counts_what_is_evaluated(firms: list[Row]) -> None:
    table = profiles(firms)
    for one in (RICH, OLD):
        assert reachable([one], table) == {one.id: int((evaluate(one, table, Request()).verdict == YES).sum())}


def test_the_sentence_names_those_nobody_reaches_in_order() -> None:
    assert reach_words({"b": 0, "a": 0, "c": 3}).zh == "3个产品中有2个没有任何企业符合条件：a、b。"
    assert reach_words({"b": 0, "a": 0, "c": 3}).en == "Of 3 products, 2 are reached by no firm: a, b."
    assert reach_words({"c": 3}).zh == "1个产品都至少有一家企业符合条件。"
