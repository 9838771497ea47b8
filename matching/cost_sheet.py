"""The cost sheet of a loan, 贷款明白纸: every item with payer, payee, time and amount, the sum and the annual rate.

Beside the rate with policies stands the one without, so that a firm sees what a policy is worth. A fee that is not
published is named, and every sum and rate is then marked as a lower bound.
"""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from matching.amounts import ratio_text, yuan_text
from matching.cost_items import ITEMS, PARTIES, Item, Loan
from matching.labels import Words
from matching.lpr import loan_prime_rates
from matching.particulars import BASES
from matching.policy import KINDS, Policy, PolicyKind
from matching.policy_price import Priced, all_in_with
from matching.product import Product

MONTHS = 12
LOWER_BOUND = Words(
    "有费用未公布：合计与年化成本只是下限，实际更高。",
    "A fee is not published: sum and annual cost are lower bounds, the true ones are higher.",
)
NO_RATE = Words("按已知项目算不出年化成本。", "What is known has no annual cost.")


@dataclass(frozen=True, slots=True)
class CostSheet:
    """A loan of a product, priced with the policies used and without any."""

    product: Product
    loan: Loan
    priced: Priced
    plain: Priced

    @property
    def is_lower_bound(self) -> bool:
        """Whether the firm pays a fee that nobody publishes."""
        return bool(self.priced.unknown)


def cost_sheet(product: Product, priced: Priced, loan: Loan) -> CostSheet:
    """Return the sheet of a priced loan."""
    return CostSheet(product, loan, priced, all_in_with(product, (), loan))


def due_on(drawn_on: date, months: int) -> date:
    """Return the same day so many months later, the month's last where it has no such day."""
    index = drawn_on.year * MONTHS + drawn_on.month - 1 + months
    year, month = index // MONTHS, index % MONTHS + 1
    return date(year, month, min(drawn_on.day, monthrange(year, month)[1]))


def as_json(sheet: CostSheet) -> dict[str, Any]:
    """Return the sheet as one JSON document: amounts in whole fen and as yuan text, rates as text and in millionths."""
    loan, laid = sheet.loan, sheet.priced.laid
    return {
        "product": {
            "id": sheet.product.id,
            "name": sheet.product.name,
            "bank": sheet.product.bank,
            "bank_name": sheet.product.bank_name,
        },
        "loan": {
            "amount_fen": loan.amount_fen,
            "amount_yuan": yuan_text(loan.amount_fen),
            "term_months": loan.months,
            "drawn_on": loan.drawn_on.isoformat(),
            "repayment": sheet.product.repayment.value,
        },
        "annual_rate": ratio_text(laid.rate_ppm),
        "annual_rate_ppm": laid.rate_ppm,
        "rate_rule": _rate_rule(sheet.product, loan.drawn_on),
        "items": [_item(item, loan.drawn_on) for item in laid.items],
        "instalments": [
            {
                "month": one.month,
                "due_on": due_on(loan.drawn_on, one.month).isoformat(),
                "principal_fen": one.principal_fen,
                "interest_fen": one.interest_fen,
            }
            for one in laid.instalments
        ],
        "policies": [_policy(policy) for policy in sheet.priced.policies],
        **_sums(sheet.priced),
        "without_policies": _sums(sheet.plain),
        "notes": [{"zh": words.zh, "en": words.en} for words in _notes(sheet)],
    }


def as_text(sheet: CostSheet) -> tuple[str, ...]:
    """Return the sheet as lines for a reader, Chinese first."""
    loan, laid = sheet.loan, sheet.priced.laid
    head = (
        f"贷款明白纸 cost sheet: {sheet.product.name}（{sheet.product.bank_name}）",
        f"金额 amount {yuan_text(loan.amount_fen)} 元 · 期限 term {loan.months} 个月 months",
        f"放款日 drawn on {loan.drawn_on} · 名义年利率 annual rate {_percent(laid.rate_ppm)}",
    )
    items = tuple(_line(item, loan.drawn_on) for item in laid.items)
    used = tuple(f"政策 policy {one.id}: {one.name}（{one.source}）" for one in sheet.priced.policies)
    sums = (
        f"合计成本 total cost {_at_least(sheet)}{yuan_text(laid.total_fen)} 元",
        f"年化综合成本 all-in annual rate {_at_least(sheet)}{_rate(sheet.priced)}",
        f"不享受政策时 without policies {_at_least(sheet)}{_rate(sheet.plain)}",
    )
    return (*head, *items, *used, *sums, *(f"{words.zh} {words.en}" for words in _notes(sheet)))


def _sums(priced: Priced) -> dict[str, Any]:
    rate = priced.rate_ppm
    return {
        "total_cost_fen": priced.laid.total_fen,
        "total_cost_yuan": yuan_text(priced.laid.total_fen),
        "all_in_rate": None if rate is None else ratio_text(rate),
        "all_in_rate_ppm": rate,
        "is_lower_bound": bool(priced.unknown),
        "unknown": [kind.value for kind in priced.unknown],
    }


def _item(item: Item, drawn_on: date) -> dict[str, Any]:
    total = item.total_fen
    return {
        "kind": item.kind.value,
        **_words(ITEMS[item.kind]),
        "payer": {"code": item.payer.value, **_words(PARTIES[item.payer])},
        "payee": {"code": item.payee.value, **_words(PARTIES[item.payee])},
        "payments": [
            {"month": one.month, "due_on": due_on(drawn_on, one.month).isoformat(), "amount_fen": one.fen}
            for one in item.payments
        ],
        "total_fen": total,
        "total_yuan": None if total is None else yuan_text(total),
        "is_known": item.is_known,
        "policy": item.policy,
    }


def _policy(policy: Policy) -> dict[str, Any]:
    return {
        "id": policy.id,
        "name": policy.name,
        "kind": policy.kind.value,
        **_words(KINDS[policy.kind]),
        "source": policy.source,
        "authority_zh": policy.authority_zh,
        "valid_until": None if policy.valid_until is None else policy.valid_until.isoformat(),
        "is_sample": policy.is_sample,
    }


def _rate_rule(product: Product, day: date) -> dict[str, Any] | None:
    rule = product.rate_rule
    if rule is None:
        return None
    series = loan_prime_rates()
    return {
        "base": rule.base.value,
        **_words(BASES[rule.base]),
        "base_ppm": series.on(rule.base, day),
        "spread_bp": rule.spread_bp,
        "base_known_until": series.known_until.isoformat(),
        "is_base_known": series.is_known(day),
    }


def _notes(sheet: CostSheet) -> Sequence[Words]:
    notes = []
    if sheet.is_lower_bound:
        kinds = [ITEMS[kind] for kind in sheet.priced.unknown]
        named = Words("、".join(one.zh for one in kinds), ", ".join(one.en for one in kinds))
        notes.append(Words(f"{LOWER_BOUND.zh}（{named.zh}）", f"{LOWER_BOUND.en} ({named.en})"))
    if sheet.priced.rate_ppm is None:
        notes.append(NO_RATE)
    known_until = loan_prime_rates().known_until
    if sheet.product.rate_rule is not None and sheet.loan.drawn_on > known_until:
        notes.append(
            Words(
                f"LPR 只知道到 {known_until}，按最后一期计算。",
                f"The LPR is known up to {known_until}; its last is used.",
            )
        )
    if any(policy.kind is PolicyKind.risk_compensation for policy in sheet.priced.policies):
        notes.append(
            Words(
                "风险补偿由财政补给银行，不改变企业的成本。",
                "Risk compensation is paid to the bank and does not change what the firm pays.",
            )
        )
    return notes


def _line(item: Item, drawn_on: date) -> str:
    who = f"{PARTIES[item.payer].zh} → {PARTIES[item.payee].zh}"
    name = f"{ITEMS[item.kind].zh} {ITEMS[item.kind].en}"
    under = "" if item.policy is None else f" · 政策 policy {item.policy}"
    if item.total_fen is None:
        return f"{name}: 未公布 not published · {who}{under}"
    return f"{name}: {yuan_text(item.total_fen)} 元 · {who} · {_when(item, drawn_on)}{under}"


def _when(item: Item, drawn_on: date) -> str:
    if not item.payments:
        return "无需支付 nothing due"
    first = due_on(drawn_on, item.payments[0].month)
    if len(item.payments) == 1:
        return f"{first}"
    last = due_on(drawn_on, item.payments[-1].month)
    return f"{first} 至 to {last}，{len(item.payments)}次 payments"


def _at_least(sheet: CostSheet) -> str:
    return "至少 at least " if sheet.is_lower_bound else ""


def _rate(priced: Priced) -> str:
    return "—" if priced.rate_ppm is None else _percent(priced.rate_ppm)


def _percent(ppm: int) -> str:
    return f"{ppm / 10_000:.4f}%"


def _words(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}
