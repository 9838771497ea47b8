"""Products composed with policies into one annualised all-in cost, and the policies that make a loan cheapest.

The rate i per month solves Σ flow_t ÷ (1 + i)^t = 0 over what the firm receives and pays, and is annualised as
(1 + i)¹² − 1, as `matching.cost` does without policies. A subsidy paid after the last instalment makes the flows turn
twice and brings a second solution near −100 %; the rate is the highest one, which is that of the loan itself as the
subsidy goes to nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from itertools import combinations

from matching.amounts import PPM
from matching.cost_items import ItemKind, Laid, Loan, lay_out
from matching.errors import CostError
from matching.policy import MAX_TOGETHER, Policy, go_together
from matching.positive_roots import Term
from matching.product import Product
from matching.xirr import annual_rates

MONTHS = 12
_SHARP = Context(prec=60)


@dataclass(frozen=True, slots=True)
class Priced:
    """A loan laid out and its all-in annual rate in millionths; None where what is known has no rate."""

    laid: Laid
    policies: tuple[Policy, ...]
    rate_ppm: int | None

    @property
    def unknown(self) -> tuple[ItemKind, ...]:
        """The fees that are not published; with any, the rate is a lower bound."""
        return self.laid.unknown


def all_in_with(product: Product, policies: Sequence[Policy], loan: Loan) -> Priced:
    """Price a loan under policies, all of them used; without any it is the rate of `matching.cost.all_in`.

    Raises PolicyError where they are not in force, not for this loan or exclude each other.
    """
    laid = lay_out(product, policies, loan)
    return Priced(laid, tuple(sorted(policies, key=lambda policy: policy.id)), _rate(laid.flows(loan.amount_fen)))


def cheapest(product: Product, policies: Sequence[Policy], loan: Loan) -> Priced:
    """Price a loan under those of the policies that hold for it and together make it cheapest.

    No policy makes a loan dearer, so only sets to which none can be added are tried; of equal ones the least ids win.
    Of more than MAX_TOGETHER policies, those that change nothing of the loan are left out, then those that alone make
    it cheaper by the least: with so many, the cheapest set of the others is found, which need not be the cheapest.
    """
    usable = [
        policy
        for policy in sorted(policies, key=lambda one: one.id)
        if policy.in_force(loan.drawn_on) and policy.loans.cover(product, loan.amount_fen, loan.months)
    ]
    if len(usable) > MAX_TOGETHER:
        usable = _foremost(product, usable, loan)
    tried = [all_in_with(product, chosen, loan) for chosen in _largest(usable)]
    return min(tried, key=_dearness)


def _foremost(product: Product, policies: Sequence[Policy], loan: Loan) -> list[Policy]:
    """Return the MAX_TOGETHER policies that alone make a loan cheapest, in order of id; none that changes nothing."""
    plain = lay_out(product, (), loan)
    alone = [all_in_with(product, (policy,), loan) for policy in policies]
    helping = [one for one in alone if (one.laid.flows(loan.amount_fen), one.unknown) != _told(plain, loan)]
    first = sorted(helping, key=_dearness)[:MAX_TOGETHER]
    return sorted((one.policies[0] for one in first), key=lambda policy: policy.id)


def _told(laid: Laid, loan: Loan) -> tuple[dict[int, int], tuple[ItemKind, ...]]:
    return laid.flows(loan.amount_fen), laid.unknown


def _largest(policies: Sequence[Policy]) -> list[tuple[Policy, ...]]:
    """Return the sets of policies that go together and to which none can be added."""
    found: list[tuple[Policy, ...]] = []
    for size in range(len(policies), -1, -1):
        for chosen in combinations(policies, size):
            if go_together(chosen) and not any(set(_ids(chosen)) <= set(_ids(larger)) for larger in found):
                found.append(chosen)
    return found


def _dearness(priced: Priced) -> tuple[bool, int, int, tuple[str, ...]]:
    rate = priced.rate_ppm
    return rate is None, len(priced.unknown), rate or 0, _ids(priced.policies)


def _ids(policies: Sequence[Policy]) -> tuple[str, ...]:
    return tuple(policy.id for policy in policies)


def _rate(flows: dict[int, int]) -> int | None:
    if not flows or next(iter(flows.items()))[1] < 0:
        return None
    try:
        rates = annual_rates(tuple(Term(month, Decimal(fen)) for month, fen in flows.items()), MONTHS)
    except CostError:
        return None
    return int(_SHARP.to_integral_value(_SHARP.multiply(rates[-1], Decimal(PPM)))) if rates else None
