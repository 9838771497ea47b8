"""Annual rates of dated flows against hand-made cases, brackets by scipy, and exact counts of roots by Sturm."""

import math
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

from matching.errors import CostError
from matching.flow_file import read_flows
from matching.positive_roots import Term, positive_roots, sign_changes
from matching.xirr import annual_rates, net, xirr

START = date(2025, 1, 1)
Flow = tuple[int, str]


def rate(*flows: Flow) -> float:
    return xirr([(START + timedelta(days), Decimal(amount)) for days, amount in flows])


def logarithms(coefficients: Sequence[int]) -> list[float]:
    terms = [Term(place, Decimal(one)) for place, one in enumerate(coefficients) if one]
    return [float(root) for root in positive_roots(terms)]


@pytest.mark.parametrize(
    ("flows", "expected"),
    [
        ([(0, "-100"), (365, "110")], 0.1),
        ([(365, "110"), (0, "-100")], 0.1),
        ([(0, "100"), (365, "-110")], 0.1),
        ([(0, "-100"), (365, "50")], -0.5),
        ([(0, "-100"), (365, "100")], 0.0),
        ([(0, "-100"), (730, "1")], -0.9),
        ([(0, "-100"), (365, "5")], -0.95),  # the only rate is the rate, however far below 0
        ([(0, "-100"), (365, "2600")], 25.0),
        ([(0, "-100"), (73, "110")], 0.61051),
        ([(0, "-60"), (0, "-40"), (365, "0"), (365, "200"), (365, "-90")], 0.1),
        ([(0, "-0.1"), (0, "-0.2"), (365, "0.3")], 0.0),  # 0.1 + 0.2 is not 0.3 in doubles
        ([(0, "-1" + "0" * 40), (365, "1" + "0" * 39 + "1")], 1e-40),
        ([(0, "-1" + "0" * 400), (365, "1" + "0" * 399 + "1")], 0.0),
        ([(0, "-1"), (365, "2.4"), (730, "-1.44")], 0.2),  # (1.2 v − 1)² = 0: one rate, met twice
        ([(0, "-1"), (365, "3.6"), (730, "-4.32"), (1095, "1.728")], 0.2),  # (1.2 v − 1)³
        ([(0, "-1"), (365, "1"), (730, "-1"), (1095, "1")], 0.0),  # (v − 1)(v² + 1): turns three times
    ],
)
def test_rates_worked_out_by_hand(flows: list[Flow], expected: float) -> None:
    assert rate(*flows) == pytest.approx(expected, rel=4e-16, abs=1e-60)


def test_a_subsidy_after_repayment_turns_the_flows_twice_and_leaves_one_rate() -> None:
    # 100,000 − 105,000 v + 2,500 v² = 0: v = (105,000 − √(105,000² − 4·2,500·100,000)) ÷ 5,000; the other v is 41.
    v = (105_000 - (105_000**2 - 10**9) ** 0.5) / 5_000
    assert rate((0, "100000"), (365, "-105000"), (730, "2500")) == pytest.approx(1 / v - 1, rel=1e-12)


@pytest.mark.parametrize(
    ("flows", "what"),
    [
        ([], "no cash flow"),
        ([(0, "0"), (365, "0.00")], "no cash flow"),
        ([(0, "-5"), (0, "5")], "no cash flow"),
        ([(0, "-100"), (365, "-1")], "never turn"),
        ([(0, "100"), (365, "1")], "never turn"),
        ([(0, "-100"), (0, "110")], "never turn"),
        ([(0, "-100"), (0, "200"), (365, "10")], "never turn"),
        ([(0, "-1"), (365, "2.4"), (730, "-1.4400000000000000000000001")], "No annual rate"),
        ([(0, "-1"), (365, "1"), (730, "-1")], "No annual rate"),
        ([(0, "-100"), (365, "230"), (730, "-132")], r"2 annual rates .*: 10\.000000%, 20\.000000%"),
        ([(0, "-1600"), (365, "10000"), (730, "-10000")], r"2 annual rates .*: 25\.000000%, 400\.000000%"),
        ([(0, "-1"), (365, "2.4"), (730, "-1.4399999999999999999999999")], "2 annual rates"),
        ([(0, "-1000"), (365, "3600"), (730, "-4310"), (1095, "1716")], r"3 annual rates .*: 10.*, 20.*, 30"),
        ([(0, "-10"), (365, "25"), (730, "-10")], r"2 annual rates .*: -50.*, 100"),
        ([(0, "-1"), (1, "1" + "0" * 50)], "too large"),
    ],
)
def test_flows_without_one_rate_are_refused_with_a_sentence(flows: list[Flow], what: str) -> None:
    with pytest.raises(CostError, match=what):
        rate(*flows)


def test_thirty_years_of_months_end_where_halving_ends() -> None:
    flows = [(0, "-1000000"), *((round(month * 365.25 / 12), "5000.01") for month in range(1, 361))]

    def worth(at: float) -> float:
        return math.fsum(float(amount) * (1 + at) ** (-days / 365) for days, amount in flows)

    assert rate(*flows) == pytest.approx(brentq(worth, 0.0, 1.0, xtol=1e-15), abs=1e-12)


def test_thousands_of_rows_that_turn_thousands_of_times_are_settled() -> None:
    # Σ (−v)^i up to 4,000 is (1 + v^4001) ÷ (1 + v), never 0.
    with pytest.raises(CostError, match="No annual rate"):
        rate(*((day, "-1" if day % 2 else "1") for day in range(4001)))


def test_twelve_rates_close_together_are_told_apart() -> None:
    # Π (1 − (1 + k ÷ 20)·v) for k = 1 … 12: between the roots doubles lose every figure of the value.
    factors = np.array([1], dtype=object)
    for k in range(1, 13):
        factors = np.convolve(factors, np.array([20, -20 - k], dtype=object))
    terms = tuple(Term(place, Decimal(int(one))) for place, one in enumerate(factors))
    rates = [float(one) for one in annual_rates(terms, 1)]
    assert rates == pytest.approx([k / 20 for k in range(1, 13)], rel=1e-14)


def test_amounts_of_thousands_of_figures_are_priced_exactly() -> None:
    # 10^3000 − 10^3001 v + 10^−3001 v²: the other root is near v = 10^6002, a rate next to −100 %.
    last = "0." + "0" * 3000 + "1"
    assert rate((0, "1" + "0" * 3000), (365, "-1" + "0" * 3001), (730, last)) == pytest.approx(9.0, rel=1e-15)


def test_order_and_splitting_of_rows_change_no_bit() -> None:
    flows = [(0, "-1000.07"), (31, "12.5"), (59, "12.5"), (400, "1100.013")]
    split = [(400, "1100"), (59, "12.25"), (0, "-1000"), (59, "0.25"), (400, "0.013"), (31, "12.5"), (0, "-0.07")]
    assert rate(*flows) == rate(*split)


def test_days_are_summed_exactly_and_those_of_nothing_dropped() -> None:
    flows = [
        (START, Decimal("1e30")),
        (START, Decimal("1e-30")),
        (START, Decimal("-1e30")),
        (date(2025, 2, 1), Decimal(0)),
    ]
    assert net(flows) == {START: Decimal("1e-30")}


@given(
    received=st.integers(1, 10**9),
    payments=st.lists(st.tuples(st.integers(200, 4000), st.integers(1, 10**9)), min_size=1, max_size=12),
)
def test_flows_that_turn_once_have_the_rate_that_scipy_brackets(received: int, payments: list[tuple[int, int]]) -> None:
    found = rate((0, str(received)), *((days, str(-amount)) for days, amount in payments))

    def worth(log_growth: float) -> float:
        return received - sum(amount * math.exp(-log_growth * days / 365) for days, amount in payments)

    # A thousand million against one within 200 days is e^(−38) to e^38 a year.
    expected = math.exp(brentq(worth, -60.0, 60.0, xtol=1e-14))
    assert 1 + found == pytest.approx(expected, rel=1e-9, abs=4e-16)


@given(st.lists(st.integers(-9, 9), min_size=2, max_size=9))
def test_there_are_as_many_roots_as_sturm_counts(coefficients: list[int]) -> None:
    if not any(coefficients):
        return
    terms = [Term(place, Decimal(one)) for place, one in enumerate(coefficients) if one]
    found = logarithms(coefficients)
    assert len(found) == _sturm(coefficients)
    assert len(found) <= sign_changes(terms)
    for logarithm in found:
        at = np.exp(logarithm)
        powers = at ** np.arange(len(coefficients))
        assert abs(powers @ coefficients) <= 1e-12 * (powers @ np.abs(coefficients))


@given(
    st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), min_size=1, max_size=4),
    st.sampled_from([[1], [1, 1], [1, 0, 1], [3, -1, 2]]),
)
def test_planted_roots_are_found_each_once(roots: list[tuple[int, int]], beside: list[int]) -> None:
    """Π (q·x − p), times a factor without a positive root, roots repeated as they come."""
    planted = np.array(beside, dtype=object)
    for p, q in roots:
        planted = np.convolve(planted, np.array([-p, q], dtype=object))
    expected = sorted({Fraction(p, q) for p, q in roots})
    assert logarithms([int(one) for one in planted]) == pytest.approx(
        [float(np.log(float(one))) for one in expected], rel=1e-13, abs=1e-15
    )


def test_rates_rise_and_periods_count_per_year() -> None:
    terms = tuple(Term(place, Decimal(one)) for place, one in ((0, -100), (12, 230), (24, -132)))
    assert [float(one) for one in annual_rates(terms, 12)] == pytest.approx([0.1, 0.2], rel=1e-15)


def _sturm(coefficients: list[int]) -> int:
    """Count distinct positive roots by Sturm's chain in fractions: sign changes at 0+ less those at infinity."""
    first = [Fraction(one) for one in coefficients]
    while not first[0]:
        first.pop(0)
    while not first[-1]:
        first.pop()
    chain = [first, [place * one for place, one in enumerate(first)][1:]]
    while chain[-1]:
        rest = list(chain[-2])
        while len(rest) >= len(chain[-1]):
            factor, shift = rest[-1] / chain[-1][-1], len(rest) - len(chain[-1])
            for place, one in enumerate(chain[-1]):
                rest[place + shift] -= factor * one
            rest.pop()
        while rest and not rest[-1]:
            rest.pop()
        chain.append([-one for one in rest])
    ends = ([one[0] for one in chain if one], [one[-1] for one in chain if one])
    at_zero, at_infinity = ([one > 0 for one in end if one] for end in ends)
    return _turns(at_zero) - _turns(at_infinity)


def _turns(signs: list[bool]) -> int:
    return sum(one != other for one, other in pairwise(signs))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "empty"),
        ("\n \n", "empty"),
        ("day,amount\n", "header is date,amount, not 'day,amount'"),
        ("Date,Amount\n", "header is date,amount"),
        ("date,amount,note\n", "header is date,amount"),
        ("date;amount\n", "header is date,amount"),
        ("date,amount,date\n", "names the column date twice"),
        ("date,amount\n2025-01-01\n", "Line 2 has 1 fields"),
        ("date,amount\n\n2025-01-01,1,2\n", "Line 3 has 3 fields"),
        ('date,amount\n2025-01-01,"1,000"\n', "Line 2 has 3 fields"),
        ("date,amount\n2025-02-29,1\n", "Line 2, date: there is no day 2025-02-29"),
        ("date,amount\n0000-01-01,1\n", "there is no day 0000-01-01"),
        ("date,amount\n2025-1-1,1\n", "Line 2, date: '2025-1-1' is no day"),
        ("date,amount\n20250101,1\n", "Line 2, date"),
        ("date,amount\n2025-01-01T00:00:00,1\n", "Line 2, date"),
        *(
            (f"date,amount\n2025-01-01,5\n2025-01-02,{wrong}\n", "Line 3, amount")
            for wrong in (
                "",
                "NaN",
                "inf",
                "-Infinity",
                "1e5",
                "1E5",
                "0x10",
                "1_000",
                "--1",
                "1.2.3",
                "¥5",
                "５",
                ".",
                "+",
            )
        ),
    ],
)
def test_a_file_that_is_not_as_agreed_is_refused_with_line_and_field(text: str, what: str) -> None:
    with pytest.raises(CostError, match=what):
        read_flows(text)


def test_a_file_is_read_as_written() -> None:
    long = "0." + "1234567890" * 500
    text = f'\ufeff"date","amount"\r\n2025-01-31, +1.50 \r\n\r\n2024-02-29,-{long}\r\n0001-01-01,.5'
    assert read_flows(text) == [
        (date(2025, 1, 31), Decimal("1.50")),
        (date(2024, 2, 29), Decimal(f"-{long}")),
        (date(1, 1, 1), Decimal("0.5")),
    ]
    assert read_flows("amount,date\n7,2025-01-31\n") == [(date(2025, 1, 31), Decimal(7))]
