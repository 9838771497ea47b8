"""Cash flows written as CSV: header `date,amount`, a row per flow, days as YYYY-MM-DD, amounts as plain decimals."""

import re
from datetime import date
from decimal import Decimal

from matching.errors import CostError

COLUMNS = ("date", "amount")
_LINE_END = re.compile(r"\r\n|\n|\r")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PLAIN = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
_SHOWN = 40


def read_flows(text: str) -> list[tuple[date, Decimal]]:
    """Read flows in written order, amounts exactly as written however long.

    The two columns may stand in either order; empty lines are skipped, a byte-order mark too. Raises CostError that
    names the line and the field for whatever is not as agreed.
    """
    numbered = [
        (number, _fields(line))
        for number, line in enumerate(_LINE_END.split(text.removeprefix("\ufeff")), start=1)
        if line.strip()
    ]
    if not numbered:
        raise CostError("文件是空的，第一行应为 date,amount。The file is empty; its first line is date,amount.")
    order = _order(numbered[0][1])
    return [_flow(number, fields, order) for number, fields in numbered[1:]]


def _fields(line: str) -> list[str]:
    return [_unquoted(field.strip()) for field in line.split(",")]


def _unquoted(field: str) -> str:
    return field[1:-1].strip() if len(field) > 1 and field[0] == field[-1] == '"' else field


def _order(header: list[str]) -> tuple[int, int]:
    for name in COLUMNS:
        if header.count(name) > 1:
            raise CostError(f"第1行：列 {name} 重复。The header names the column {name} twice.")
    if sorted(header) != sorted(COLUMNS):
        written = _cut(",".join(header))
        raise CostError(f"第1行：列名应为 date,amount，而不是 {written}。The header is date,amount, not {written}.")
    return header.index("date"), header.index("amount")


def _flow(number: int, fields: list[str], order: tuple[int, int]) -> tuple[date, Decimal]:
    if len(fields) != len(COLUMNS):
        raise CostError(
            f"第{number}行：应有2个字段，实有{len(fields)}个。Line {number} has {len(fields)} fields instead of 2."
        )
    return _day(number, fields[order[0]]), _amount(number, fields[order[1]])


def _day(number: int, written: str) -> date:
    if not _DAY.fullmatch(written):
        raise CostError(
            f"第{number}行，date：{_cut(written)} 不是 YYYY-MM-DD 格式的日期。"
            f"Line {number}, date: {_cut(written)} is no day written as YYYY-MM-DD."
        )
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise CostError(
            f"第{number}行，date：没有 {written} 这一天。Line {number}, date: there is no day {written}."
        ) from None


def _amount(number: int, written: str) -> Decimal:
    if not _PLAIN.fullmatch(written):
        raise CostError(
            f"第{number}行，amount：{_cut(written)} 不是普通小数（不用科学计数法、千分位或货币符号）。"
            f"Line {number}, amount: {_cut(written)} is no plain decimal such as -1234.5."
        )
    return Decimal(written)


def _cut(written: str) -> str:
    return repr(written if len(written) <= _SHOWN else written[:_SHOWN] + "…")
