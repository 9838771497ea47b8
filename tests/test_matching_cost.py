"""All-in rates against figures worked out by hand, closed forms and an exact root."""

from decimal import Decimal, getcontext
from fractions import Fraction
from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matching_worlds import Row, product, profiles

from matching.amounts import half_even
from matching.cost import MOST_RATE_PPM, all_in, annual_rate, cash_flows
from matching.eligibility import Request, evaluate
from matching.errors import CostError
from matching.frame import Frame
from matching.preference import plain_key, price_key
from matching.product import Product
from matching.rank import score

HUNDRED_THOUSAND = 100_000_00


def loan(repayment: str, *fees: Row, rate: str = "0.06") -> Product:
    return product(repayment=repayment, fees=list(fees), annual_rate=rate)


def rate_of(lent: Product, months: int, fen: int = HUNDRED_THOUSAND) -> int:
    return int(all_in(lent, np.array([fen]), months).rate_ppm[0])


def fee(**how: object) -> Row:
    return {"kind": "guarantee", "payer": "enterprise", **how}


@pytest.mark.parametrize(
    ("repayment", "months", "expected"),
    [
        ("bullet", 12, 60_000),  # 106,000 back after a year
        ("bullet", 6, 60_900),  # 1.03² − 1
        ("interest_monthly", 12, 61_678),  # 1.005¹² − 1 = 0.0616778
        ("interest_monthly", 36, 61_678),
        ("equal_principal", 10, 61_678),  # 10,000 and exact interest each month
        ("equal_instalments", 12, 61_678),
    ],
)
def test_a_loan_without_fees_costs_its_interest_compounded(repayment: str, months: int, expected: int) -> None:
    assert rate_of(loan(repayment), months) == expected


def test_a_fee_in_advance_shrinks_what_is_received() -> None:
    # 99,000 received, 106,000 back: 106 ÷ 99 − 1
    assert rate_of(loan("bullet", fee(rate="0.01")), 12) == round((106 / 99 - 1) * 1e6) == 70_707
    assert rate_of(loan("bullet", fee(amount_yuan="1000")), 12) == 70_707


def test_a_yearly_fee_is_paid_at_the_start_of_each_begun_year() -> None:
    # 99,000 = 1,000 v + 112,000 v² over two years
    v = (-1000 + sqrt(1000**2 + 4 * 112_000 * 99_000)) / (2 * 112_000)
    assert rate_of(loan("bullet", fee(rate="0.01", each="year")), 24) == round((1 / v - 1) * 1e6)
    flows = cash_flows(loan("bullet", fee(rate="0.01", each="year")), np.array([HUNDRED_THOUSAND]), 13)
    assert np.flatnonzero(flows[0]).tolist() == [0, 12, 13]


def test_only_what_the_enterprise_pays_enters() -> None:
    by_others = [fee(rate="0.02") | {"payer": "bank"}, fee(rate="0.03") | {"payer": "government"}]
    assert rate_of(loan("bullet", *by_others), 12) == 60_000


def test_an_unknown_fee_is_named_and_not_counted_as_zero() -> None:
    priced = all_in(loan("bullet", fee(unknown=True)), np.array([HUNDRED_THOUSAND]), 12)
    assert priced.unknown == ("guarantee",)
    assert all_in(loan("bullet", fee(unknown=True) | {"payer": "bank"}), np.array([1]), 12).unknown == ()


def test_equal_principal_to_the_fen() -> None:
    # 100.00 yuan in three: 33.33, 33.33, 33.34; interest 0.50, 0.33(335), 0.16(67) → half even
    flows = cash_flows(loan("equal_principal"), np.array([10_000]), 3)
    assert flows.tolist() == [[10_000, -3_333 - 50, -3_333 - 33, -3_334 - 17]]


def test_equal_instalments_to_the_fen() -> None:
    # The instalment of 120,000 at 0.5 % over 12 months is 10,327.97(16); the last one settles what is left.
    flows = cash_flows(loan("equal_instalments"), np.array([120_000_00]), 12)[0]
    assert flows[1:12].tolist() == [-1_032_797] * 11
    assert abs(flows[12] + 1_032_797) < 12
    balance = 120_000_00
    for paid in -flows[1:]:
        balance += half_even(balance * 5, 1000) - int(paid)
    assert balance == 0


def test_equal_instalments_without_interest() -> None:
    assert cash_flows(loan("equal_instalments", rate="0"), np.array([100]), 3).tolist() == [[100, -33, -33, -34]]


def test_fees_that_eat_the_loan_leave_no_rate() -> None:
    priced = all_in(loan("bullet", fee(amount_yuan=500)), np.array([500_00, 501_00]), 12)
    assert priced.priced.tolist() == [False, True]


@pytest.mark.parametrize(("fen", "months"), [(0, 12), (100, 0)])
def test_a_loan_of_nothing_or_for_no_time_is_refused(fen: int, months: int) -> None:
    with pytest.raises(CostError):
        cash_flows(loan("bullet"), np.array([fen]), months)


@given(
    payments=st.lists(st.integers(0, 10**9), min_size=1, max_size=36),
    part=st.integers(50, 100),
)
def test_the_rate_is_the_root(payments: list[int], part: int) -> None:
    received = max(sum(payments) * part // 100, 1)
    flows = np.array([[received, *(-paid for paid in payments)]], dtype=np.int64)
    rate, priced = annual_rate(flows)
    assert bool(priced[0]) == (sum(payments) >= received)
    if priced[0]:
        assert abs(int(rate[0]) - min(exact_rate(received, payments), MOST_RATE_PPM)) <= 1


@settings(max_examples=60)
@given(
    months=st.integers(1, 36),
    repayment=st.sampled_from(["bullet", "interest_monthly", "equal_instalments"]),
    each=st.sampled_from(["once", "year"]),
    rates=st.tuples(st.integers(0, 1_100_000), st.integers(0, 1_100_000)).map(sorted),
    annual=st.integers(0, 300_000),
)
def test_a_dearer_fee_never_ranks_or_scores_higher(
    months: int, repayment: str, each: str, rates: list[int], annual: int
) -> None:
    keys, scores = [], []
    for rate in rates:
        charged = fee(rate=str(Decimal(rate) / 10**6), each=each)
        lent = loan(repayment, charged, rate=str(Decimal(annual) / 10**6)).model_copy(update={"term_min_months": 1})
        found = evaluate(lent, Frame(profiles([{"sales_12m_fen": 10**9}])), Request(HUNDRED_THOUSAND, months))
        result = score(found, np.array([0.9]))
        keys.append((price_key(result.terms.price, 0), plain_key(lent, None)))
        scores.append((int(result.components["price"][0]), int(result.ppm[0])))
    assert keys[0][0] <= keys[1][0]
    assert keys[0][1] <= keys[1][1]
    assert scores[0] >= scores[1]


def test_a_fee_of_nearly_the_whole_loan_is_told_as_the_most_there_is() -> None:
    # One month: 1,000 received, 100,500 back, 100.5¹² a year.
    assert rate_of(loan("bullet", fee(rate="0.99")), 1) == MOST_RATE_PPM


@given(amounts=st.lists(st.integers(10_000_00, 10**10), min_size=2, max_size=5), months=st.integers(1, 36))
def test_a_price_does_not_depend_on_the_loans_beside_it(amounts: list[int], months: int) -> None:
    lent = loan("equal_instalments", fee(amount_yuan=777), rate="0.0435")
    together = all_in(lent, np.array(amounts), months).rate_ppm.tolist()
    assert together == [rate_of(lent, months, amount) for amount in amounts]


@given(amount=st.integers(1, 10**13), rate=st.integers(0, 10**6))
def test_interest_is_rounded_half_even_without_overflow(amount: int, rate: int) -> None:
    lent = product(repayment="interest_monthly", annual_rate=str(Decimal(rate) / 10**6))
    interest = -int(cash_flows(lent, np.array([amount]), 2)[0, 1])
    assert interest == round(Fraction(amount * rate, 12 * 10**6))


def exact_rate(received: int, payments: list[int]) -> int:
    """Find the root by halving in 60 digits."""
    getcontext().prec = 60
    low, high = Decimal(0), Decimal(1)
    for _ in range(120):
        middle = (low + high) / 2
        worth = Decimal(0)
        for paid in reversed(payments):
            worth = (worth + paid) * middle
        low, high = (low, middle) if worth > received else (middle, high)
    return int((((1 / high) ** 12 - 1) * 10**6).to_integral_value())
