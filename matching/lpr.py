"""Loan prime rates by day, and the rate of a product that follows them.

The series is packaged (`data/lpr.json`): days of change since 2019-08-20, announced by the National Interbank Funding
Center. It is known up to `LoanPrimeRates.known_until`; a day after that uses the last rates, and `is_known` says so.
"""

import json
from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

import numpy as np

from matching.amounts import ppm_of
from matching.criteria import EPOCH
from matching.errors import CostError
from matching.frame import Ints
from matching.particulars import Base
from matching.product import Product

PPM_PER_BP = 100


@dataclass(frozen=True, slots=True)
class LoanPrimeRates:
    """The days of change, rising, the rates by base in millionths, and the last day for which they are known."""

    days: tuple[date, ...]
    rates_ppm: dict[Base, tuple[int, ...]]
    known_until: date

    def on(self, base: Base, day: date) -> int:
        """Return the rate in force on a day in millionths; CostError before the first."""
        place = bisect_right(self.days, day)
        if place == 0:
            raise CostError(
                f"{day} 尚无贷款市场报价利率，首日为 {self.days[0]}。"
                f"There was no loan prime rate on {day}; the first is of {self.days[0]}."
            )
        return self.rates_ppm[base][place - 1]

    def is_known(self, day: date) -> bool:
        """Say whether the series reaches to a day."""
        return day <= self.known_until


@cache
def loan_prime_rates() -> LoanPrimeRates:
    """Return the packaged series."""
    data = json.loads((files("matching") / "data" / "lpr.json").read_text(encoding="utf-8"))
    rows = data["rates"]
    return LoanPrimeRates(
        tuple(date.fromisoformat(row["from"]) for row in rows),
        {base: tuple(ppm_of(row[base.value]) for row in rows) for base in Base},
        date.fromisoformat(data["known_until"]),
    )


def rate_on(product: Product, day: date) -> int:
    """Return the annual rate of a product on a day in millionths: by its rule within floor and cap, else as published.

    Raises CostError where the rule asks for a loan prime rate before there was one, or gives less than nothing.
    """
    rule = product.rate_rule
    if rule is None:
        return product.annual_rate_ppm
    rate = loan_prime_rates().on(rule.base, day) + rule.spread_bp * PPM_PER_BP
    if rule.floor_ppm is not None:
        rate = max(rate, rule.floor_ppm)
    if rule.cap_ppm is not None:
        rate = min(rate, rule.cap_ppm)
    if rate < 0:
        raise CostError(f"产品 {product.id} 在 {day} 的利率低于零。The rate of {product.id} on {day} is below 0.")
    return rate


def published_or_ruled(product: Product, day: date | None) -> int:
    """Return the rate at which a product is compared with others on a day, in millionths: by its rule where it can be.

    Without a day, before the first loan prime rate, and where the rule gives less than nothing, it is as published.
    """
    if day is None:
        return product.annual_rate_ppm
    try:
        return rate_on(product, day)
    except CostError:
        return product.annual_rate_ppm


def rates_on(product: Product, days: Ints) -> Ints:
    """Return the same by day (days since 1970)."""
    if product.rate_rule is None:
        return np.full(days.shape, product.annual_rate_ppm, dtype=np.int64)
    distinct, back = np.unique(days, return_inverse=True)
    first = EPOCH.toordinal()
    found = [published_or_ruled(product, date.fromordinal(first + int(day))) for day in distinct]
    return np.array(found, dtype=np.int64)[back]
