"""What a loan costs, item by item in exact fen: who pays whom how much and in which month, policies included.

A guarantee fee under a policy is what is left for the firm to pay; a subsidy is a payment to the firm, in the month in
which it has the money. What is not published stays an item without an amount.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from matching.amounts import PPM, half_even
from matching.errors import CostError, PolicyError
from matching.labels import Words
from matching.lpr import PPM_PER_BP, loan_prime_rates, rate_on
from matching.policy import Paid, Policy, PolicyKind, RateCap, Subsidy, go_together
from matching.product import Fee, FeeKind, Product
from matching.schedule import YEARLY, Instalment, schedule

MONTHS = 12
PERIODS = {Paid.with_instalment: 1, Paid.quarterly: 3, Paid.yearly: 12}


class Party(StrEnum):
    """Who pays or is paid."""

    enterprise = "enterprise"
    bank = "bank"
    government = "government"
    guarantor = "guarantor"
    valuer = "valuer"
    insurer = "insurer"
    registry = "registry"
    notary = "notary"
    provider = "provider"
    other = "other"


class ItemKind(StrEnum):
    """What is paid for: interest, each kind of fee, and the subsidy."""

    interest = "interest"
    guarantee = "guarantee"
    valuation = "valuation"
    insurance = "insurance"
    registration = "registration"
    notary = "notary"
    service = "service"
    other = "other"
    subsidy = "subsidy"


PAYEES: dict[FeeKind, Party] = {
    FeeKind.guarantee: Party.guarantor,
    FeeKind.valuation: Party.valuer,
    FeeKind.insurance: Party.insurer,
    FeeKind.registration: Party.registry,
    FeeKind.notary: Party.notary,
    FeeKind.service: Party.provider,
    FeeKind.other: Party.other,
}
PARTIES: dict[Party, Words] = {
    Party.enterprise: Words("借款企业", "borrowing firm"),
    Party.bank: Words("贷款银行", "lending bank"),
    Party.government: Words("财政", "public budget"),
    Party.guarantor: Words("担保机构", "guarantee company"),
    Party.valuer: Words("评估机构", "valuer"),
    Party.insurer: Words("保险公司", "insurer"),
    Party.registry: Words("登记机关", "registry"),
    Party.notary: Words("公证机构", "notary"),
    Party.provider: Words("服务机构", "service provider"),
    Party.other: Words("其他收费方", "another party"),
}
ITEMS: dict[ItemKind, Words] = {
    ItemKind.interest: Words("贷款利息", "interest"),
    ItemKind.guarantee: Words("担保费", "guarantee fee"),
    ItemKind.valuation: Words("评估费", "valuation fee"),
    ItemKind.insurance: Words("保险费", "insurance premium"),
    ItemKind.registration: Words("登记费", "registration fee"),
    ItemKind.notary: Words("公证费", "notary fee"),
    ItemKind.service: Words("服务费", "service fee"),
    ItemKind.other: Words("其他费用", "other fee"),
    ItemKind.subsidy: Words("财政贴息", "interest subsidy"),
}


@dataclass(frozen=True, slots=True)
class Loan:
    """A loan asked about: amount in fen, term in months, and the day on which it would be drawn."""

    amount_fen: int
    months: int
    drawn_on: date


@dataclass(frozen=True, slots=True)
class Payment:
    """So much, so many months after the loan is drawn."""

    month: int
    fen: int


@dataclass(frozen=True, slots=True)
class Item:
    """One thing paid for; without payments where the amount is not published (`is_known` false) or nothing is due."""

    kind: ItemKind
    payer: Party
    payee: Party
    payments: tuple[Payment, ...]
    policy: str | None = None
    is_known: bool = True

    @property
    def total_fen(self) -> int | None:
        """The sum of its payments; None where it is not known."""
        return sum(payment.fen for payment in self.payments) if self.is_known else None


@dataclass(frozen=True, slots=True)
class Laid:
    """A loan laid out: the nominal rate in millionths, the instalments, and the items in the order of the sheet."""

    rate_ppm: int
    instalments: tuple[Instalment, ...]
    items: tuple[Item, ...]

    @property
    def unknown(self) -> tuple[ItemKind, ...]:
        """What the firm pays and nobody publishes: without it every sum is a lower bound."""
        return tuple(one.kind for one in self.items if not one.is_known and one.payer is Party.enterprise)

    @property
    def total_fen(self) -> int:
        """What the loan costs the firm beside the principal, as far as it is known."""
        return sum(_of_firm(item) * payment.fen for item in self.items for payment in item.payments)

    def flows(self, amount_fen: int) -> dict[int, int]:
        """Return by month what the firm receives (+) and pays (−), the loan itself included, months of nothing not."""
        of_month = {0: amount_fen}
        paid = [(one.month, -one.principal_fen) for one in self.instalments]
        paid += [(payment.month, -_of_firm(item) * payment.fen) for item in self.items for payment in item.payments]
        for month, fen in paid:
            of_month[month] = of_month.get(month, 0) + fen
        return {month: of_month[month] for month in sorted(of_month) if of_month[month]}


def lay_out(product: Product, policies: Sequence[Policy], loan: Loan) -> Laid:
    """Lay out a loan of a product under policies that are in force on its day and go together.

    Raises PolicyError where a policy does not hold for this loan or they do not combine, CostError for a loan of
    nothing or for no time.
    """
    check_policies(product, policies, loan)
    ordered = sorted(policies, key=lambda policy: policy.id)
    rate_ppm = _rate(product, ordered, loan.drawn_on)
    instalments = schedule(product.repayment, rate_ppm, loan.amount_fen, loan.months)
    interest = tuple(Payment(one.month, one.interest_fen) for one in instalments if one.interest_fen)
    items = [Item(ItemKind.interest, Party.enterprise, Party.bank, interest)]
    items += [_fee(fee, ordered, loan) for fee in product.fees]
    items += _subsidies(ordered, instalments, loan.months)
    return Laid(rate_ppm, instalments, tuple(items))


def check_policies(product: Product, policies: Sequence[Policy], loan: Loan) -> None:
    """Raise PolicyError where one of the policies is not in force, is not for this loan, or excludes another."""
    for policy in policies:
        if not policy.in_force(loan.drawn_on):
            raise PolicyError(
                f"政策 {policy.id} 在 {loan.drawn_on} 不在有效期内。"
                f"The policy {policy.id} is not in force on {loan.drawn_on}."
            )
        if not policy.loans.cover(product, loan.amount_fen, loan.months):
            raise PolicyError(f"政策 {policy.id} 不适用于这笔贷款。The policy {policy.id} is not for this loan.")
    if len({policy.id for policy in policies}) != len(policies):
        raise PolicyError("同一政策不能重复使用。A policy counts once.")
    if not go_together(policies):
        names = ", ".join(sorted(policy.id for policy in policies))
        raise PolicyError(f"这些政策不能同时享受：{names}。These policies do not combine: {names}.")


def _of_firm(item: Item) -> int:
    return (item.payer is Party.enterprise) - (item.payee is Party.enterprise)


def _rate(product: Product, policies: Iterable[Policy], day: date) -> int:
    caps = [cap_on(policy.rate_cap, day) for policy in policies if policy.rate_cap is not None]
    return min([rate_on(product, day), *caps])


def cap_on(cap: RateCap, day: date) -> int:
    """Return the highest rate a cap allows on a day, in millionths; CostError where it asks for what was not yet."""
    if cap.rate_ppm is not None:
        return cap.rate_ppm
    if cap.base is None or cap.spread_bp is None:
        raise CostError("a rate cap without a rate has a base and a spread")
    return max(0, loan_prime_rates().on(cap.base, day) + cap.spread_bp * PPM_PER_BP)


def _fee(fee: Fee, policies: Iterable[Policy], loan: Loan) -> Item:
    plain = Item(
        ItemKind(fee.kind.value),
        Party(fee.payer),
        PAYEES[fee.kind],
        () if fee.unknown else _fee_payments(fee, loan),
        is_known=not fee.unknown,
    )
    if fee.kind is not FeeKind.guarantee or plain.payer is not Party.enterprise:
        return plain
    # A policy names what the firm pays at most, so that it makes an unpublished fee known.
    under = [_reduced(policy, plain, loan) for policy in policies if policy.guarantee_fee is not None]
    cheapest = min(under, key=lambda item: item.total_fen or 0, default=plain)
    if plain.total_fen is not None and plain.total_fen <= (cheapest.total_fen or 0):
        return plain
    return cheapest


def _reduced(policy: Policy, plain: Item, loan: Loan) -> Item:
    rate_ppm = 0 if policy.guarantee_fee is None else policy.guarantee_fee.rate_ppm
    fen = half_even(loan.amount_fen * rate_ppm, PPM)
    payments = tuple(Payment(month, fen) for month in range(0, loan.months, MONTHS) if fen)
    return Item(plain.kind, plain.payer, plain.payee, payments, policy=policy.id)


def _fee_payments(fee: Fee, loan: Loan) -> tuple[Payment, ...]:
    fen = fee.amount_fen or 0
    if fee.rate_ppm is not None:
        fen = half_even(loan.amount_fen * fee.rate_ppm, PPM)
    months = range(0, loan.months, MONTHS) if fee.each == "year" else range(1)
    return tuple(Payment(month, fen) for month in months if fen)


def _subsidies(policies: Iterable[Policy], instalments: Sequence[Instalment], months: int) -> list[Item]:
    left = [one.interest_fen for one in instalments]
    items = []
    for policy in policies:
        if policy.kind is PolicyKind.interest_subsidy and policy.subsidy is not None:
            payments = _subsidised(policy.subsidy, instalments, left, months)
            items.append(
                Item(ItemKind.subsidy, Party.government, Party.enterprise, payments, policy=policy.id),
            )
    return items


def _subsidised(
    subsidy: Subsidy, instalments: Sequence[Instalment], left: list[int], months: int
) -> tuple[Payment, ...]:
    """Return what a subsidy pays by month, and take it from the interest that is left for the next one."""
    of_month: dict[int, int] = {}
    still = subsidy.cap_fen
    since = 0
    for place, one in enumerate(instalments):
        if subsidy.share_ppm is not None:
            fen = half_even(one.interest_fen * subsidy.share_ppm, PPM)
        else:
            fen = half_even(one.balance_fen * (subsidy.points_ppm or 0) * (one.month - since), YEARLY)
        since = one.month
        fen = min(fen, left[place]) if still is None else min(fen, left[place], still)
        left[place] -= fen
        still = None if still is None else still - fen
        month = _paid_in(subsidy, one.month, months)
        of_month[month] = of_month.get(month, 0) + fen
    return tuple(Payment(month, fen) for month, fen in sorted(of_month.items()) if fen)


def _paid_in(subsidy: Subsidy, month: int, months: int) -> int:
    period = PERIODS.get(subsidy.paid, months)
    return min(-(-month // period) * period, months) + subsidy.lag_months
