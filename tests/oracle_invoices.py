"""Invoice features in plain Python, row by row: what the SQL must agree with, and shares but column names with."""

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from features.columns import (
    AMOUNT_FEN,
    COUNTERPARTY,
    DIRECTION,
    IS_VOID,
    ISSUED_ON,
    KNOWN_ON,
    SUPERSEDED_ON,
    TAX_FEN,
)

Row = Mapping[str, Any]
Values = dict[str, Any]
SERIES = 38
YUAN = 100
SMOOTHING = 10_000 * YUAN


def known_rows(rows: Iterable[Row], as_of: date, event_on: str) -> list[Row]:
    """Return the rows that were known on the day, in the version of that day."""
    return [
        row
        for row in rows
        if row[KNOWN_ON] <= as_of
        and (row[SUPERSEDED_ON] is None or row[SUPERSEDED_ON] > as_of)
        and (row[event_on] is None or row[event_on] <= as_of)
    ]


def months_between(earlier: date, later: date) -> int:
    """Return by how many calendar months the second day's month is after the first's."""
    return (later.year - earlier.year) * 12 + later.month - earlier.month


def invoice_features(rows: Iterable[Row], as_of: date) -> Values:
    """Return the invoice features of one enterprise; an empty dict where no invoice is known."""
    known = known_rows(rows, as_of, ISSUED_ON)
    if not known:
        return {}
    sales, purchases = (
        Side([row for row in known if row[DIRECTION] == direction], as_of) for direction in ("sale", "purchase")
    )
    values: Values = {}
    for window in (3, 6, 12, 24):
        values[f"sales_{window}m_fen"] = sales.amount(1, window)
    for window in (6, 12, 24):
        values[f"sales_months_{window}m"] = len(sales.selling_months(1, window))
    values |= of_twelve_months(sales, purchases)
    values |= since(sales, purchases, as_of)
    values |= levels(sales, purchases, as_of)
    values |= series(sales, as_of)
    return values


@dataclass(frozen=True)
class Side:
    """The sales or the purchases of a firm as known on a day."""

    rows: list[Row]
    as_of: date

    @property
    def valid(self) -> list[Row]:
        return [row for row in self.rows if not row[IS_VOID]]

    def back(self, row: Row) -> int:
        return months_between(row[ISSUED_ON], self.as_of)

    def within(self, rows: list[Row], first: int, last: int) -> list[Row]:
        return [row for row in rows if first <= self.back(row) <= last]

    def amount(self, first: int, last: int) -> int:
        return sum(row[AMOUNT_FEN] for row in self.within(self.valid, first, last))

    def total(self) -> int:
        return sum(row[AMOUNT_FEN] for row in self.valid)

    def selling_months(self, first: int, last: int) -> set[int]:
        return {self.back(row) for row in self.within(self.valid, first, last) if row[AMOUNT_FEN] > 0}

    def partners(self, rows: list[Row]) -> dict[str, int]:
        """Return by counterparty the amount, at least zero."""
        amounts: dict[str, int] = defaultdict(int)
        for row in rows:
            amounts[row[COUNTERPARTY]] += row[AMOUNT_FEN]
        return {name: max(amount, 0) for name, amount in amounts.items()}

    def calendar_year(self, year: int) -> int:
        return max(sum(row[AMOUNT_FEN] for row in self.valid if row[ISSUED_ON].year == year), 0)


def of_twelve_months(sales: Side, purchases: Side) -> Values:
    rows, bought = sales.within(sales.valid, 1, 12), purchases.within(purchases.valid, 1, 12)
    buyers, before = sales.partners(rows), sales.partners(sales.within(sales.valid, 13, 24))
    suppliers = purchases.partners(bought)
    now, then = sales.amount(1, 12), sales.amount(13, 24)
    monthly = [sales.amount(back, back) for back in range(12, 0, -1)]
    return {
        "purchases_12m_fen": purchases.amount(1, 12),
        "zero_sales_months_12m": 12 - len(sales.selling_months(1, 12)),
        "sales_void_ratio_12m": share(IS_VOID, sales.within(sales.rows, 1, 12)),
        "purchase_void_ratio_12m": share(IS_VOID, purchases.within(purchases.rows, 1, 12)),
        "sales_red_letter_ratio_12m": ratio(sum(row[AMOUNT_FEN] < 0 for row in rows), len(rows)),
        "sales_red_letter_amount_ratio_12m": ratio(-negative(rows), positive(rows)),
        "top_buyer_share_12m": top_share(buyers),
        "buyer_hhi_12m": concentration(buyers),
        "top_supplier_share_12m": top_share(suppliers),
        "buyers_12m": len(buyers),
        "suppliers_12m": len(suppliers),
        "buyers_new_12m_ratio": ratio(len(buyers.keys() - before.keys()), len(buyers)),
        "buyers_lost_12m_ratio": ratio(len(before.keys() - buyers.keys()), len(before)),
        "sales_growth_12m_ratio": ratio(now - then, then) if then > 0 else None,
        "sales_cv_12m": statistics.stdev(map(Fraction, monthly)) / (now / 12) if now > 0 else None,
        "sales_trend_12m_ratio": slope(monthly) / Fraction(now, 12) if now > 0 else None,
    }


def since(sales: Side, purchases: Side, as_of: date) -> Values:
    sold = [row for row in sales.valid if row[AMOUNT_FEN] > 0]
    days = [row[ISSUED_ON] for row in sales.valid + purchases.valid]
    complete = [sales.back(row) for row in sold if sales.back(row) > 0]
    return {
        "months_since_first_sale": max((sales.back(row) for row in sold), default=None),
        "months_since_last_sale": min(complete) - 1 if complete else None,
        "days_since_last_invoice": (as_of - max(days)).days if days else None,
        "last_invoice_on": max(days, default=None),
        "last_sale_on": max((row[ISSUED_ON] for row in sold), default=None),
    }


def levels(sales: Side, purchases: Side, as_of: date) -> Values:
    sold, bought = sales.total(), purchases.total()
    active = len({months_between(row[ISSUED_ON], as_of) for row in sales.valid + purchases.valid})
    tax = sum(row[TAX_FEN] for row in sales.valid) - sum(row[TAX_FEN] for row in purchases.valid)
    base = max(abs(sold), YUAN)
    values = {
        "sales_per_active_month_log": log1p(Fraction(max(sold, 0), YUAN * active)) if active else None,
        "purchases_per_active_month_log": log1p(Fraction(max(bought, 0), YUAN * active)) if active else None,
        "gross_margin_ratio": clipped(Fraction(sold - bought, base), -5, 1) if sold else None,
        "net_vat_ratio": clipped(Fraction(tax, base), -1, 1) if sold else None,
        "sales_red_letter_amount_ratio": ratio(-negative(sales.valid), max(positive(sales.valid), YUAN))
        if positive(sales.valid)
        else None,
        "low_tax_sales_ratio": ratio(sum(is_low_taxed(row) for row in sales.valid), len(sales.valid)),
        "sales_half_year_ratio": Fraction(half_year(sales, as_of), max(sold, YUAN)) if sold > 0 else None,
    }
    for side, name, partner in ((sales, "sales", "buyer"), (purchases, "purchase", "supplier")):
        amounts = [row[AMOUNT_FEN] for row in side.valid if row[AMOUNT_FEN] > 0]
        partners = side.partners(side.valid)
        months = defaultdict(set)
        for row in side.valid:
            months[row[COUNTERPARTY]].add(side.back(row))
        values |= {
            f"{name}_void_ratio": share(IS_VOID, side.rows),
            f"{name}_red_letter_ratio": ratio(sum(row[AMOUNT_FEN] < 0 for row in side.valid), len(side.valid)),
            f"{name}_invoices_log": math.log(1 + len(side.valid)),
            f"{name}_ticket_log": log1p(statistics.median(map(Fraction, amounts)) / YUAN) if amounts else None,
            f"{name}_months": len({side.back(row) for row in side.valid}),
            f"{partner}s_log": math.log(1 + len(partners)),
            f"{partner}_hhi": concentration(partners),
            f"repeat_{partner}s_ratio": ratio(sum(len(one) > 1 for one in months.values()), len(months)),
        }
    return values | {"top_buyer_share": top_share(sales.partners(sales.valid))}


def series(sales: Side, as_of: date) -> Values:
    """Return what the 38 months to and with that of the day tell, and growth between calendar years."""
    years = [sales.calendar_year(as_of.year - back) + SMOOTHING for back in (1, 2, 3)]
    values: Values = {
        "sales_growth_last_year_log": clipped(math.log(years[0] / years[1]), -4, 4) if sales.valid else None,
        "sales_growth_year_before_log": clipped(math.log(years[1] / years[2]), -4, 4) if sales.valid else None,
        "sales_cv_38m": None,
        "zero_sales_months_38m_ratio": None,
        "sales_seasonality_38m": None,
    }
    monthly = [sales.amount(back, back) for back in range(SERIES - 1, -1, -1)]
    while monthly and monthly[0] == 0:
        monthly.pop(0)
    if not monthly:
        return values
    exact = [Fraction(amount) for amount in monthly]
    if len(exact) > 2:
        values["sales_cv_38m"] = min(statistics.stdev(exact) / max(abs(statistics.mean(exact)), YUAN), 10)
    values["zero_sales_months_38m_ratio"] = ratio(sum(amount <= 0 for amount in monthly), len(monthly))
    seasons: dict[int, Fraction] = defaultdict(Fraction)
    for back, amount in enumerate(reversed(exact)):
        seasons[(as_of.month - 1 - back) % 12] += amount
    shares = [max(amount, Fraction(0)) for amount in seasons.values()]
    if len(shares) > 1 and sum(shares) > 0:
        values["sales_seasonality_38m"] = statistics.stdev([one / sum(shares) for one in shares]) * 12
    return values


def half_year(sales: Side, as_of: date) -> int:
    """Return what was sold since the same day six months earlier (the month's last where it has no such day)."""
    year, month = divmod(as_of.year * 12 + as_of.month - 1 - 6, 12)
    day = as_of.day
    while True:
        try:
            start = date(year, month + 1, day)
            break
        except ValueError:
            day -= 1
    return sum(row[AMOUNT_FEN] for row in sales.valid if row[ISSUED_ON] >= start)


def is_low_taxed(row: Row) -> bool:
    return row[AMOUNT_FEN] != 0 and Fraction(row[TAX_FEN], row[AMOUNT_FEN]) <= Fraction(31, 1000)


def slope(values: list[int]) -> Fraction:
    """Return the least-squares slope per month of values one month apart."""
    middle = Fraction(len(values) - 1, 2)
    mean = Fraction(sum(values), len(values))
    covariance = sum((place - middle) * (value - mean) for place, value in enumerate(values))
    return Fraction(covariance) / sum((place - middle) ** 2 for place in range(len(values)))


def share(column: str, rows: list[Row]) -> Fraction | None:
    return ratio(sum(bool(row[column]) for row in rows), len(rows))


def ratio(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole else None


def top_share(amounts: dict[str, int]) -> Fraction | None:
    return ratio(max(amounts.values()), sum(amounts.values())) if amounts else None


def concentration(amounts: dict[str, int]) -> Fraction | None:
    return ratio(sum(amount * amount for amount in amounts.values()), sum(amounts.values()) ** 2)


def negative(rows: list[Row]) -> int:
    return sum(min(row[AMOUNT_FEN], 0) for row in rows)


def positive(rows: list[Row]) -> int:
    return sum(max(row[AMOUNT_FEN], 0) for row in rows)


def clipped(value: Fraction | float, low: int, high: int) -> float:
    return min(max(float(value), low), high)


def log1p(value: Fraction) -> float:
    return math.log(1 + value)
