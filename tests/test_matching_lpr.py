"""Loan prime rates by day, and rates that follow them, worked out by hand."""

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from matching_worlds import product, profiles

from matching.cost import all_in
from matching.eligibility import Request, evaluate
from matching.errors import CostError
from matching.frame import Frame
from matching.lpr import loan_prime_rates, rate_on, rates_on
from matching.particulars import Base
from matching.rank import nominal_ppm, terms_of

SERIES = loan_prime_rates()


def test_days_rise_and_rates_are_whole_basis_points_that_only_fell() -> None:
    assert list(SERIES.days) == sorted(set(SERIES.days))
    assert SERIES.days[0] == date(2019, 8, 20)
    for rates in SERIES.rates_ppm.values():
        assert len(rates) == len(SERIES.days)
        assert all(rate % 500 == 0 for rate in rates)  # quoted in steps of 5 basis points
        assert all(later <= earlier for earlier, later in pairwise(rates))
    assert all(long > short for short, long in zip(*SERIES.rates_ppm.values(), strict=True))


@pytest.mark.parametrize(
    ("day", "one_year", "five_years"),
    [
        (date(2019, 8, 20), 42_500, 48_500),
        (date(2019, 9, 19), 42_500, 48_500),
        (date(2019, 9, 20), 42_000, 48_500),
        (date(2022, 8, 21), 37_000, 44_500),
        (date(2022, 8, 22), 36_500, 43_000),
        (date(2025, 5, 20), 30_000, 35_000),
        (date(2030, 1, 1), 30_000, 35_000),
    ],
)
def test_a_rate_holds_from_its_day_to_the_day_before_the_next(day: date, one_year: int, five_years: int) -> None:
    assert (SERIES.on(Base.lpr_1y, day), SERIES.on(Base.lpr_5y, day)) == (one_year, five_years)


def test_the_series_says_up_to_which_day_it_is_known_and_nothing_before_its_first() -> None:
    assert SERIES.is_known(SERIES.known_until)
    assert not SERIES.is_known(SERIES.known_until + timedelta(days=1))
    with pytest.raises(CostError, match="2019-08-19"):
        SERIES.on(Base.lpr_1y, date(2019, 8, 19))


def test_a_product_follows_its_rule_within_floor_and_cap() -> None:
    day = date(2025, 6, 1)
    rule = {"base": "lpr_1y", "spread_bp": 65}
    assert rate_on(product(), day) == 60_000  # as published
    assert rate_on(product(rate_rule=rule), day) == 36_500  # 3.00 % + 0.65 %
    assert rate_on(product(rate_rule=rule | {"base": "lpr_5y"}), day) == 41_500
    assert rate_on(product(rate_rule=rule | {"floor": "0.04"}), day) == 40_000
    assert rate_on(product(rate_rule=rule | {"cap": "0.035"}), day) == 35_000
    assert rate_on(product(rate_rule=rule), date(2024, 10, 20)) == 40_000  # 3.35 % + 0.65 %
    with pytest.raises(CostError, match="below 0"):
        rate_on(product(rate_rule={"base": "lpr_1y", "spread_bp": -301}), day)


def test_the_all_in_rate_of_a_day_follows_the_rule_and_without_a_day_is_the_published_one() -> None:
    lent = product(rate_rule={"base": "lpr_1y", "spread_bp": 100}, repayment="bullet", annual_rate="0.06")
    loan = np.array([100_000_00])
    assert all_in(lent, loan, 12).rate_ppm.tolist() == [60_000]
    assert all_in(lent, loan, 12, on=date(2025, 6, 1)).rate_ppm.tolist() == [40_000]
    plain = product(repayment="bullet")
    assert all_in(plain, loan, 12, on=date(2025, 6, 1)).rate_ppm.tolist() == [60_000]


def test_rows_of_many_days_are_each_priced_at_the_rate_of_their_own() -> None:
    lent = product(repayment="bullet", rate_rule={"base": "lpr_1y", "spread_bp": 65})
    # The day before the first rate of all, and three days around two changes.
    days = [date(2019, 8, 19), date(2025, 5, 20), date(2024, 10, 20), date(2025, 5, 19)]
    table = profiles([{"sales_12m_fen": 10**9}] * 4).set_column(1, "as_of", pa.array(days, pa.date32()))
    found = evaluate(lent, Frame(table), Request(100_000_00, 12))
    assert terms_of(found).price.rate_ppm.tolist() == [60_000, 36_500, 40_000, 37_500]
    assert [nominal_ppm(found, row) for row in range(4)] == [60_000, 36_500, 40_000, 37_500]
    unsafe = product(rate_rule={"base": "lpr_1y", "spread_bp": -500})
    assert rates_on(unsafe, np.array([20_000, 20_000])).tolist() == [60_000, 60_000]  # less than nothing: as published
