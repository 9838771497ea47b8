"""The all-in annual rate of a loan: the internal rate of return over what the firm receives and pays.

Cash flows are exact fen, month by month: the amount less fees on day 0, then interest and principal by the product's
schedule, and the yearly fees at the start of each begun year. The rate i per month that makes
Σ flow_t ÷ (1 + i)^t = 0 is annualised as (1 + i)¹² − 1 and given in millionths. Only fees that the enterprise pays
enter; a fee that is not published is named, never counted as zero: the rate is then a lower bound.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from matching.amounts import PPM, half_even
from matching.errors import CostError
from matching.frame import Floats, Ints, Mask
from matching.lpr import rate_on, rates_on
from matching.product import Fee, FeeKind, Product, Repayment
from matching.schedule import level_factor

MONTHS = 12
YEARLY = MONTHS * PPM
# Newton's steps: from v = 1 they fall towards the root from one side. Ten reach the nearest millionth for up to 300 % a
# year, 120 months and 30 % of fees in advance; the number is fixed, for a row must not depend on the rows beside it.
STEPS = 10
# A dearer loan than 100,000 % a year is told as that: beyond, the power would leave 64 bits.
MOST_RATE_PPM = 1_000_000_000


@dataclass(frozen=True, slots=True)
class AllIn:
    """The rate per loan in millionths, where there is one, and which fees the enterprise pays are unknown."""

    rate_ppm: Ints
    priced: Mask
    unknown: tuple[FeeKind, ...]


def all_in(product: Product, amounts: Ints, months: int | Ints, *, on: date | None = None) -> AllIn:
    """Price loans of these amounts (fen, positive) over one term or each over its own, by the fees that are known.

    With a day `on`, a product that follows the loan prime rate is priced at its rate of that day, else as published.
    """
    if on is not None:
        product = product.model_copy(update={"annual_rate_ppm": rate_on(product, on)})
    unknown = tuple(fee.kind for fee in product.fees if fee.unknown and fee.payer == "enterprise")
    rates, priced = np.zeros(amounts.size, dtype=np.int64), np.zeros(amounts.size, dtype=np.bool_)
    each = np.broadcast_to(months, amounts.shape)
    for term in np.unique(each):
        rows = each == term
        distinct, back = np.unique(amounts[rows], return_inverse=True)
        of_distinct, are_priced = annual_rate(cash_flows(product, distinct, int(term)))
        rates[rows], priced[rows] = of_distinct[back], are_priced[back]
    return AllIn(rates, priced, unknown)


def all_in_by_day(product: Product, amounts: Ints, months: Ints, days: Ints) -> AllIn:
    """Price loans as `all_in` does, each at the rate of its own day (days since 1970; `matching.lpr.rates_on`)."""
    of_row = rates_on(product, days)
    rates, priced = np.zeros(amounts.size, dtype=np.int64), np.zeros(amounts.size, dtype=np.bool_)
    price = all_in(product, amounts[:0], months[:0])
    for rate in np.unique(of_row):
        rows = of_row == rate
        dated = product.model_copy(update={"annual_rate_ppm": int(rate)})
        price = all_in(dated, amounts[rows], months[rows])
        rates[rows], priced[rows] = price.rate_ppm, price.priced
    return AllIn(rates, priced, price.unknown)


def cash_flows(product: Product, amounts: Ints, months: int) -> Ints:
    """Lay out what the firm receives (+) and pays (−), in fen: one row per amount, columns month 0 to `months`."""
    if months < 1 or (amounts.size and int(amounts.min()) < 1):
        raise CostError("a loan has a positive amount and a term of at least one month")
    flows = -_repaid(product, amounts, months)
    flows[:, 0] += amounts
    for fee in product.fees:
        if fee.payer == "enterprise" and not fee.unknown:
            flows[:, : months : MONTHS if fee.each == "year" else months] -= _fee(fee, amounts)[:, None]
    return flows


def annual_rate(flows: Ints) -> tuple[Ints, Mask]:
    """Return per row the annual rate in millionths and whether there is one.

    A row must start with a receipt and go on with payments that add up to no less; others have no rate here. A rate
    above MOST_RATE_PPM is given as that.
    """
    payments = -flows[:, 1:]
    priced = (flows[:, 0] > 0) & (payments >= 0).all(axis=1) & (payments.sum(axis=1) >= flows[:, 0])
    # A row without a rate is all nothing from here on, lest its steps run away.
    scaled = np.where(priced[:, None], flows / np.maximum(flows[:, :1], 1), 0.0)
    discount = np.ones(flows.shape[0])
    for _ in range(STEPS):
        value, slope = _horner(scaled, discount)
        discount = discount - value / np.where(slope < 0, slope, -1.0)
    growth = 1.0 / np.where(priced, discount, 1.0)
    squared = growth * growth
    fourth = squared * squared
    rates = np.minimum(np.rint((fourth * fourth * fourth - 1.0) * PPM), MOST_RATE_PPM)
    return np.where(priced, rates, 0).astype(np.int64), priced


def _horner(flows: Floats, at: Floats) -> tuple[Floats, Floats]:
    value = np.zeros_like(at)
    slope = np.zeros_like(at)
    for month in range(flows.shape[1] - 1, -1, -1):
        slope = slope * at + value
        value = value * at + flows[:, month]
    return value, slope


def _repaid(product: Product, amounts: Ints, months: int) -> Ints:
    paid = np.zeros((amounts.size, months + 1), dtype=np.int64)
    rate = product.annual_rate_ppm
    match product.repayment:
        case Repayment.bullet:
            paid[:, months] = amounts + _part(amounts, rate * months, YEARLY)
        case Repayment.interest_monthly:
            paid[:, 1:] = _part(amounts, rate, YEARLY)[:, None]
            paid[:, months] += amounts
        case Repayment.equal_principal:
            parts = np.tile(amounts // months, (months, 1))
            parts[-1] += amounts - amounts // months * months
            _amortise(paid, amounts, rate, list(parts))
        case Repayment.equal_instalments:
            instalment = _instalments(amounts, rate, months)
            _amortise_by_instalment(paid, amounts, rate, instalment)
    return paid


def _amortise(paid: Ints, amounts: Ints, rate: int, parts: list[Ints]) -> None:
    balance = amounts.copy()
    for month, part in enumerate(parts, start=1):
        paid[:, month] = part + _part(balance, rate, YEARLY)
        balance = balance - part


def _amortise_by_instalment(paid: Ints, amounts: Ints, rate: int, instalment: Ints) -> None:
    balance = amounts.copy()
    last = paid.shape[1] - 1
    for month in range(1, last):
        interest = _part(balance, rate, YEARLY)
        paid[:, month] = instalment
        balance = balance + interest - instalment
    paid[:, last] = balance + _part(balance, rate, YEARLY)


def _instalments(amounts: Ints, rate: int, months: int) -> Ints:
    factor = level_factor(rate, months)
    return np.array([half_even(int(fen) * factor.numerator, factor.denominator) for fen in amounts], dtype=np.int64)


def _fee(fee: Fee, amounts: Ints) -> Ints:
    if fee.rate_ppm is not None:
        return _part(amounts, fee.rate_ppm, PPM)
    return np.full(amounts.size, fee.amount_fen or 0, dtype=np.int64)


def _part(amounts: Ints, numerator: int, denominator: int) -> Ints:
    # amount × numerator ÷ denominator, half even, without leaving 64 bits: the amount is split first.
    whole, rest = np.divmod(amounts, denominator)
    quotient, left = np.divmod(rest * numerator, denominator)
    twice = 2 * left
    up = (twice > denominator) | ((twice == denominator) & ((quotient + whole * numerator) % 2 == 1))
    rounded: Ints = whole * numerator + quotient + up
    return rounded
