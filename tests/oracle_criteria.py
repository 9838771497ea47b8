"""Criteria told the slow way: one row, one comparison after the other, in exact decimals. Nothing of the compiler."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

Verdict = bool | None
Value = int | float | str | None

COMPARE = {
    "at_least": lambda x, bound: x >= bound,
    "at_most": lambda x, bound: x <= bound,
    "above": lambda x, bound: x > bound,
    "below": lambda x, bound: x < bound,
    "equals": lambda x, bound: x == bound,
}


def told(condition: Mapping[str, Any], row: Mapping[str, Any]) -> Verdict:
    """Tell yes (True), no (False) or cannot tell (None) for a condition as written in the file and a stored row."""
    if "all" in condition:
        verdicts = [told(part, row) for part in condition["all"]]
        return False if False in verdicts else None if None in verdicts else True
    if "any" in condition:
        verdicts = [told(part, row) for part in condition["any"]]
        return True if True in verdicts else None if None in verdicts else False
    if "not" in condition:
        verdict = told(condition["not"], row)
        return None if verdict is None else not verdict
    return _leaf(condition, row.get(condition["column"]))


def _leaf(leaf: Mapping[str, Any], value: Value) -> Verdict:
    if value is None:
        return None
    name, op = leaf["column"], leaf["op"]
    x = _edge(name, value)
    if op == "between":
        return _number(leaf["low"]) <= x <= _number(leaf["high"])
    if op == "in":
        return x in [_number(one) for one in leaf["values"]]
    return bool(COMPARE[op](x, _number(leaf["value"])))


def _edge(name: str, value: Value) -> Decimal | str:
    if isinstance(value, str):
        return value
    if name.endswith("_fen"):
        return Decimal(value) / 100
    # The shortest decimal that gives this double is the fraction that was meant.
    return Decimal(repr(value))


def _number(written: int | str) -> Decimal | str:
    try:
        return Decimal(written)
    except ArithmeticError:
        return str(written)
