"""Cases told the slow way, from the text of a file alone: exact fractions, one firm at a time; nothing of the product.

A rate is not solved for but checked: the value of the cash flows must change its sign within half a millionth of it.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from operator import eq, ge, gt, le, lt
from typing import Any

Row = Mapping[str, Any]
Asked = tuple[Fraction | None, int | None]
COMPARE = {"at_least": ge, "at_most": le, "above": gt, "below": lt, "equals": eq}
DIGITS = 50


def verdict(product: Row, firm: Row, as_of: date, asked: Asked) -> tuple[str, str | None]:
    """Return yes, no or cannot tell, and the first criterion that fails."""
    clauses = {clause["id"]: clause["require"] for clause in product["criteria"]}
    told = [(name, told_of(require, firm, as_of, clauses)) for name, require in clauses.items()]
    amount, term = asked
    low, high = (Fraction(product[name]) for name in ("amount_min_yuan", "amount_max_yuan"))
    if amount is not None:
        told.append(("amount_range", low <= amount <= high))
    if term is not None:
        told.append(("term_range", product["term_min_months"] <= term <= product["term_max_months"]))
    limits = [_limit(limit, firm) for limit in product.get("limits", ())]
    if limits:
        enough = min([high, *(one for one in limits if one is not None)]) >= (low if amount is None else amount)
        told.append(("credit_line", None if enough and None in limits else enough))
    failing = next((name for name, one in told if one is False), None)
    if failing is not None:
        return "no", failing
    return ("cannot tell" if any(one is None for _, one in told) else "yes"), None


def told_of(require: Row, firm: Row, as_of: date, clauses: Mapping[str, Row]) -> bool | None:
    """Tell one condition: True, False, or None where it cannot be told."""
    if "clause" in require:
        return told_of(clauses[require["clause"]], firm, as_of, clauses)
    if "not" in require:
        inner = told_of(require["not"], firm, as_of, clauses)
        return None if inner is None else not inner
    for key, decides in (("all", False), ("any", True)):
        if key in require:
            parts = [told_of(part, firm, as_of, clauses) for part in require[key]]
            return decides if decides in parts else None if None in parts else not decides
    value = firm.get(require["column"])
    if value is None:
        return None
    if "over" in require:
        below = Fraction(firm.get(require["over"], 0))
        return bool(COMPARE[require["op"]](Fraction(value) / below, Fraction(require["value"]))) if below > 0 else None
    return _compared(require, value, as_of)


def _compared(require: Row, value: Any, as_of: date) -> bool:  # noqa: ANN401 (whatever a file holds)
    x = _read(value)
    match require["op"]:
        case "in":
            return x in [_read(one) for one in require["values"]]
        case "between":
            return bool(_read(require["low"]) <= x <= _read(require["high"]))
        case op:
            bound = require["value"]
            return bool(COMPARE[op](x, _before(as_of, bound) if isinstance(bound, dict) else _read(bound)))


def _read(value: Any) -> Any:  # noqa: ANN401 (a number, a day, else a code)
    for read in (Fraction, date.fromisoformat):
        try:
            return read(value)
        except (ValueError, TypeError):
            continue
    return value


def _before(as_of: date, back: Row) -> date:
    if "days_before" in back:
        return as_of - timedelta(days=back["days_before"])
    month = as_of.year * 12 + as_of.month - 1 - back["months_before"]
    return next(
        found for day in range(as_of.day, 0, -1) if (found := _day(month // 12, month % 12 + 1, day)) is not None
    )


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _limit(limit: Row, firm: Row) -> Fraction | None:
    code, money = firm.get(limit.get("by", "")), firm.get(limit.get("of", ""))
    if limit["rule"] == "share":
        return None if money is None else _cut(Fraction(money) * Fraction(limit["share"]))
    if code is None:
        return None
    if limit["rule"] == "caps":
        return Fraction(limit["caps_yuan"].get(code, 0))
    share = limit["shares"].get(code)
    if share is None:
        return Fraction(0)
    return None if money is None else _cut(Fraction(money) * Fraction(share))


def _cut(yuan: Fraction) -> Fraction:
    return Fraction(yuan * 100 // 1, 100)


def is_rate(product: Row, amount: Fraction, months: int, written: str) -> bool:
    """Say whether the annual rate of the loan, rounded to the millionth, is the one that is written."""
    flows = _flows(product, int(amount * 100), months)
    half = Decimal("0.0000005")
    with localcontext() as context:
        context.prec = DIGITS
        below, above = (_value(flows, Decimal(written) + shift) for shift in (-half, half))
    return below <= 0 <= above


def _value(flows: list[int], annual: Decimal) -> Decimal:
    discount = (1 + annual) ** (Decimal(-1) / 12)
    total = Decimal(0)
    for flow in reversed(flows):
        total = total * discount + flow
    return total


def _flows(product: Row, amount: int, months: int) -> list[int]:
    flows = [amount, *(-paid for paid in _paid(product, amount, months))]
    for fee in product.get("fees", ()):
        if fee["payer"] != "enterprise" or "unknown" in fee:
            continue
        cost = _even(amount * Fraction(fee["rate"])) if "rate" in fee else int(Fraction(fee["amount_yuan"]) * 100)
        for month in range(0, months, 12) if fee.get("each") == "year" else (0,):
            flows[month] -= cost
    return flows


def _paid(product: Row, amount: int, months: int) -> list[int]:
    rate = Fraction(product["annual_rate"]) / 12
    if product["repayment"] == "bullet":
        return [0] * (months - 1) + [amount + _even(amount * rate * months)]
    if product["repayment"] == "interest_monthly":
        interest = _even(amount * rate)
        return [interest] * (months - 1) + [interest + amount]
    left, paid = amount, []
    level = _even(amount * rate / (1 - (1 + rate) ** -months)) if rate else _even(Fraction(amount, months))
    for month in range(1, months + 1):
        interest = _even(left * rate)
        part = amount // months if product["repayment"] == "equal_principal" else level - interest
        part = left if month == months else part
        paid.append(part + interest)
        left -= part
    return paid


def _even(fen: Fraction) -> int:
    return round(fen)  # Python rounds a fraction half to even
