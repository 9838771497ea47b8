"""Criteria as CEL (Common Expression Language), so that another engine can say what they say.

Only comparison, `&&`, `||`, `!`, `in`, arithmetic and presence tests are used, over operands of one type: numbers are
doubles (money in fen, ratios as fractions), days are days since 1970 as doubles, codes are strings. CEL has two truth
values and these criteria have three, so every condition becomes two expressions: `yes` is true where it holds, `no`
where it fails, and where neither is true it cannot be told.

A row is the map `p` of `cel_row`: what is missing has no key. A day so many months before the day asked for is not a
matter of arithmetic; it comes with the row (`as_of_3_months_before`).

Where doubles say something else than whole numbers, see `DISAGREEMENTS`.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from matching.amounts import PPM
from matching.compile import PPM_UNITS
from matching.compile_days import as_of_days, days_before
from matching.criteria import (
    AllOf,
    AnyOf,
    BeforeAsOf,
    Between,
    Clause,
    Comparison,
    Condition,
    EdgeValue,
    Leaf,
    Membership,
    Not,
    RatioComparison,
    bound_ppm,
    columns_of,
    expanded,
    leaves,
    threshold,
)
from matching.frame import Frame
from matching.labels import Words
from matching.vocabulary import Column, column

SIGNS = {"at_least": ">=", "at_most": "<=", "above": ">", "below": "<", "equals": "=="}
AS_OF_DAY = "as_of"
#: All that is known to differ between the exact criteria and their export; the tests show each of them.
DISAGREEMENTS = (
    Words(
        "比例条件在CEL中按双精度相乘比较：任一乘积（分子×10⁶或分母×百万分比界限）超过2⁵³时，紧贴界限的行可能判断不同",
        "a ratio is compared by products of doubles: where one (numerator × 10⁶, or divisor × the bound in millionths)"
        " is beyond 2⁵³, a row right beside the bound may be told otherwise",
    ),
    Words(
        "NaN在本平台视为缺失；CEL引擎遇NaN报错或各不相同，故导出的行不含NaN",
        "NaN is missing here; engines of CEL raise or differ over it, so a row that is exported holds none",
    ),
    Words(
        "部分引擎允许整数与双精度相等，部分报错；导出只含双精度，行中数值也须为双精度",
        "some engines let an integer equal a double and some refuse it: the export and its rows hold doubles alone",
    ),
)


@dataclass(frozen=True, slots=True)
class Cel:
    """A condition as two expressions over the map `p`: where it holds and where it fails."""

    yes: str
    no: str


def to_cel(what: Clause | Sequence[Clause]) -> Cel:
    """Write a clause without references, or all clauses of a product, as CEL.

    Of several clauses `yes` is that all hold and `no` that one fails; request and limit are no criteria. Raises
    CriteriaError where they do not fit the dictionary.
    """
    if isinstance(what, Clause):
        return _condition(what.require)
    return _joined([_condition(clause.require) for clause in expanded(what)], is_all=True)


def cel_row(frame: Frame, row: int, criteria: Sequence[Clause]) -> dict[str, dict[str, float | str]]:
    """Return the map `p` of one row for these criteria: doubles, days since 1970 as doubles, codes; nothing missing."""
    told: dict[str, float | str] = {}
    months: set[int] = set()
    has_days = False
    for clause in expanded(criteria):
        for name in columns_of(clause.require):
            if column(name).unit == "code":
                code = frame.value(name, row)
                told |= {} if code is None else {name: str(code)}
            elif frame.numbers(name).known[row]:
                told[name] = float(frame.numbers(name).values[row])
        for leaf in leaves(clause.require):
            if isinstance(leaf, Comparison) and isinstance(leaf.value, BeforeAsOf):
                has_days = True
                months |= set() if leaf.value.months_before is None else {leaf.value.months_before}
    if has_days:
        as_of = as_of_days(frame)[row : row + 1]
        told[AS_OF_DAY] = float(as_of[0])
        told |= {_months(count): float(days_before(as_of, BeforeAsOf(months_before=count))[0]) for count in months}
    return {"p": told}


def _condition(condition: Condition) -> Cel:
    match condition:
        case AllOf(all=parts) | AnyOf(any=parts):
            return _joined([_condition(part) for part in parts], is_all=isinstance(condition, AllOf))
        case Not(part=part):
            turned = _condition(part)
            return Cel(turned.no, turned.yes)
        case _:
            (leaf,) = leaves(condition)
            present, holds = _leaf(leaf, column(leaf.column))
            return Cel(f"({present} && {holds})", f"({present} && !({holds}))")


def _joined(parts: Sequence[Cel], *, is_all: bool) -> Cel:
    if len(parts) == 1:
        return parts[0]
    yes, no = (" && ", " || ") if is_all else (" || ", " && ")
    return Cel(f"({yes.join(part.yes for part in parts)})", f"({no.join(part.no for part in parts)})")


def _leaf(leaf: Leaf, of: Column) -> tuple[str, str]:
    """Return that what is read is there, and what is asked of it."""
    name = f"p.{of.name}"
    present = f"has({name})"
    match leaf:
        case RatioComparison(over=over, op=op):
            divisor = f"p.{column(over).name}"
            bound = _double(bound_ppm(leaf))
            told = f"{present} && has({divisor}) && {divisor} > 0.0"
            return told, f"{name} * {_double(PPM)} {SIGNS[op]} {bound} * {divisor}"
        case Comparison(op=op, value=BeforeAsOf() as before):
            return present, f"{name} {SIGNS[op]} {_day(before)}"
        case Comparison(op=op, value=value):
            return present, f"{name} {SIGNS[op]} {_value(of, value)}"
        case Between(low=low, high=high):
            return present, f"{name} >= {_value(of, low)} && {name} <= {_value(of, high)}"
        case Membership(values=values):
            return present, f"{name} in [{', '.join(_value(of, value) for value in values)}]"


def _day(before: BeforeAsOf) -> str:
    if before.months_before is not None:
        return f"p.{_months(before.months_before)}"
    return f"p.{AS_OF_DAY} - {_double(before.days_before or 0)}"


def _months(count: int) -> str:
    return f"{AS_OF_DAY}_{count}_months_before"


def _value(of: Column, value: EdgeValue | BeforeAsOf) -> str:
    bound = threshold(of, value)
    if isinstance(bound, str):
        return _string(bound)
    return _double(bound / PPM if of.unit in PPM_UNITS else bound)


def _string(text: str) -> str:
    # JSON's escapes are CEL's too but for characters beyond 16 bits; ASCII keeps line ends and quotes out.
    escaped = (json.dumps(one)[1:-1] if ord(one) < 1 << 16 else f"\\U{ord(one):08x}" for one in text)
    return f'"{"".join(escaped)}"'


def _double(number: float) -> str:
    return repr(float(number))
