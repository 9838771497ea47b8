"""Criteria told the slow way: one row, one comparison after the other, in exact decimals. Nothing of the compiler."""

import calendar
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

Verdict = bool | None
Value = int | float | str | date | None

COMPARE = {
    "at_least": lambda x, bound: x >= bound,
    "at_most": lambda x, bound: x <= bound,
    "above": lambda x, bound: x > bound,
    "below": lambda x, bound: x < bound,
    "equals": lambda x, bound: x == bound,
}


def told(
    condition: Mapping[str, Any],
    row: Mapping[str, Any],
    as_of: date | None = None,
    clauses: Mapping[str, Mapping[str, Any]] | None = None,
) -> Verdict:
    """Tell yes (True), no (False) or cannot tell (None) for a condition as written in the file and a stored row.

    `as_of` is the row's day, for days counted back from it; `clauses` holds the conditions that may be referred to.
    """
    if "all" in condition:
        verdicts = [told(part, row, as_of, clauses) for part in condition["all"]]
        return False if False in verdicts else None if None in verdicts else True
    if "any" in condition:
        verdicts = [told(part, row, as_of, clauses) for part in condition["any"]]
        return True if True in verdicts else None if None in verdicts else False
    if "not" in condition:
        verdict = told(condition["not"], row, as_of, clauses)
        return None if verdict is None else not verdict
    if "clause" in condition:
        return told((clauses or {})[condition["clause"]], row, as_of, clauses)
    if "over" in condition:
        return _ratio(condition, row.get(condition["column"]), row.get(condition["over"]))
    return _leaf(condition, row.get(condition["column"]), as_of)


def _ratio(leaf: Mapping[str, Any], value: Value, over: Value) -> Verdict:
    if not isinstance(value, int) or not isinstance(over, int) or over <= 0:
        return None
    return bool(COMPARE[leaf["op"]](Fraction(value, over), Fraction(str(leaf["value"]))))


def _leaf(leaf: Mapping[str, Any], value: Value, as_of: date | None) -> Verdict:
    if value is None:
        return None
    name, op = leaf["column"], leaf["op"]
    x = _edge(name, value)
    if op == "between":
        return _number(leaf["low"]) <= x <= _number(leaf["high"])
    if op == "in":
        return x in [_number(one) for one in leaf["values"]]
    if isinstance(leaf["value"], Mapping):
        assert as_of is not None
        return bool(COMPARE[op](x, before(as_of, **leaf["value"])))
    return bool(COMPARE[op](x, _number(leaf["value"])))


def before(as_of: date, days_before: int | None = None, months_before: int | None = None) -> date:
    """Count back from a day: the same day of the earlier month, or that month's last."""
    if days_before is not None:
        return as_of - timedelta(days=days_before)
    year, month = as_of.year, as_of.month
    for _ in range(months_before or 0):
        year, month = (year - 1, 12) if month == 1 else (year, month - 1)
    return date(year, month, min(as_of.day, calendar.monthrange(year, month)[1]))


def _edge(name: str, value: Value) -> Any:  # noqa: ANN401 (compared with what was written, whatever that is)
    if isinstance(value, str | date):
        return value
    if name.endswith("_fen"):
        return Decimal(value or 0) / 100
    # The shortest decimal that gives this double is the fraction that was meant.
    return Decimal(repr(value))


def _number(written: int | str) -> Any:  # noqa: ANN401
    text = str(written)
    if len(text) == len("2020-01-31") and text[4] == "-":
        return date.fromisoformat(text)
    try:
        return Decimal(written)
    except ArithmeticError:
        return text
