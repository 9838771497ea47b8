"""The annual rate of dated cash flows: the r > −1 at which Σ amount ÷ (1 + r)^(days ÷ 365) is 0, days from the first.

Flows of one day are one flow, summed exactly. With x = (1 + r)^(−1/365) the sum is one of whole powers, and all its
positive roots are found (`matching.positive_roots`); each is a rate that solves the equation. Several can: a flow has
as many or fewer by an even number than it turns (Descartes). A small receipt after the last payment, such as a subsidy
paid after the loan is repaid, always brings a second one at which nearly all money would vanish within a year; it
prices nothing. So of several those at or below −90 % are not counted.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal, Inexact, localcontext
from math import gcd, isfinite

from matching.errors import CostError
from matching.positive_roots import MAX_DIGITS, Term, positive_roots

DAYS = 365
# Of several rates those at which more than nine tenths would vanish within a year price nothing.
VANISHING = Decimal("-0.9")
SHOWN = 10


def xirr(flows: Iterable[tuple[date, Decimal]]) -> float:
    """Return the annual rate of flows in any order, as a fraction, correct to the last bit or two of a double.

    Raises CostError where there is no flow, where all have one sign, where no rate solves them, or several do.
    """
    return the_rate(_terms(net(flows)), DAYS)


def the_rate(terms: tuple[Term, ...], periods: int) -> float:
    """Return the one annual rate of flows by whole periods, so many a year; raise CostError where there is not one."""
    found = annual_rates(terms, periods)
    counted = [rate for rate in found if rate > VANISHING] if len(found) > 1 else list(found)
    if not found:
        raise CostError("现金流虽有收有付，但没有任何年利率能使其现值为零。No annual rate brings these flows to zero.")
    if len(counted) != 1:
        several = counted or list(found)
        shown = ", ".join(f"{float(rate):.6%}" for rate in several[:SHOWN]) + ("…" if len(several) > SHOWN else "")
        raise CostError(
            f"现金流有{len(several)}个年利率，无法给出唯一结果：{shown}。"
            f"{len(several)} annual rates solve these flows, so none is the rate: {shown}."
        )
    rate = float(counted[0])
    if not isfinite(rate):
        raise CostError("年利率过大，无法表示。The annual rate is too large to be written.")
    return rate


def annual_rates(terms: tuple[Term, ...], periods: int) -> tuple[Decimal, ...]:
    """Return every annual rate above −1 that brings flows by whole periods to 0, rising; a double one once.

    Raises CostError where there is no flow or all have one sign.
    """
    if not terms:
        raise CostError("没有非零的现金流。There is no cash flow other than zero.")
    if len({term.coefficient > 0 for term in terms}) == 1:
        raise CostError(
            "现金流只有一个方向，没有收付转换，无法计算利率。"
            "The cash flows never turn: all have one sign, so there is no rate."
        )
    step = gcd(*(term.exponent - terms[0].exponent for term in terms))
    stepped = [Term((term.exponent - terms[0].exponent) // step, term.coefficient) for term in terms]
    with localcontext(Context(prec=2 * MAX_DIGITS, Emax=MAX_EMAX, Emin=MIN_EMIN)):
        rates = [(-logarithm * periods / step).exp() - 1 for logarithm in positive_roots(stepped)]
    return tuple(reversed(rates))


def net(flows: Iterable[tuple[date, Decimal]]) -> dict[date, Decimal]:
    """Sum the flows of each day exactly, without days that come to 0, in order of day."""
    listed = list(flows)
    figures = [amount for _, amount in listed if amount]
    widest = max((amount.adjusted() for amount in figures), default=0)
    finest = min((_exponent(amount) for amount in figures), default=0)
    exact = Context(prec=min(widest - finest + len(str(len(listed))) + 3, MAX_PREC), Emax=MAX_EMAX, Emin=MIN_EMIN)
    exact.traps[Inexact] = True
    of_day: dict[date, Decimal] = {}
    for day, amount in listed:
        of_day[day] = exact.add(of_day.get(day, Decimal(0)), amount)
    return {day: of_day[day] for day in sorted(of_day) if of_day[day]}


def _terms(of_day: Mapping[date, Decimal]) -> tuple[Term, ...]:
    first = min(of_day, default=date.min)
    return tuple(Term((day - first).days, amount) for day, amount in of_day.items())


def _exponent(amount: Decimal) -> int:
    exponent = amount.as_tuple().exponent
    if not isinstance(exponent, int):
        raise CostError(f"{amount} 不是金额。It is no amount.")
    return exponent
