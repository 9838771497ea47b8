"""A loan's repayment month by month in exact fen, principal and interest apart."""

from dataclasses import dataclass
from fractions import Fraction

from matching.amounts import PPM, half_even
from matching.errors import CostError
from matching.product import Repayment

YEARLY = 12 * PPM


@dataclass(frozen=True, slots=True)
class Instalment:
    """What falls due at the end of a month, and the balance on which its interest ran."""

    month: int
    principal_fen: int
    interest_fen: int
    balance_fen: int


def schedule(repayment: Repayment, rate_ppm: int, amount_fen: int, months: int) -> tuple[Instalment, ...]:
    """Lay out a loan at an annual rate in millionths; interest of a month is balance · rate ÷ 12, half even.

    The last instalment settles what rounding left. Raises CostError for a loan of nothing or for no time.
    """
    if months < 1 or amount_fen < 1:
        raise CostError("a loan has a positive amount and a term of at least one month")
    if repayment is Repayment.bullet:
        interest = half_even(amount_fen * rate_ppm * months, YEARLY)
        return (Instalment(months, amount_fen, interest, amount_fen),)
    laid, balance = [], amount_fen
    for month in range(1, months + 1):
        interest = half_even(balance * rate_ppm, YEARLY)
        principal = balance if month == months else _principal(repayment, rate_ppm, amount_fen, months, interest)
        laid.append(Instalment(month, principal, interest, balance))
        balance -= principal
    return tuple(laid)


def _principal(repayment: Repayment, rate_ppm: int, amount_fen: int, months: int, interest_fen: int) -> int:
    if repayment is Repayment.interest_monthly:
        return 0
    if repayment is Repayment.equal_principal:
        return amount_fen // months
    return level_instalment(rate_ppm, amount_fen, months) - interest_fen


def level_instalment(rate_ppm: int, amount_fen: int, months: int) -> int:
    """Return the equal instalment A·i·(1 + i)ⁿ ÷ ((1 + i)ⁿ − 1) with i the rate ÷ 12, half even to the fen."""
    factor = level_factor(rate_ppm, months)
    return half_even(amount_fen * factor.numerator, factor.denominator)


def level_factor(rate_ppm: int, months: int) -> Fraction:
    """Return the equal instalment of a loan of one, exactly; without interest an equal part."""
    monthly = Fraction(rate_ppm, YEARLY)
    growth = (1 + monthly) ** months
    return monthly * growth / (growth - 1) if rate_ppm else Fraction(1, months)
