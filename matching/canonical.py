"""Conditions in one form of the many that demand the same: what an order of equals may turn on, and no wording of it.

`not` stands at comparisons alone, nested `all` and `any` are one, parts are sorted and named once, of two bounds on
one side the other's is left out where it decides nothing, and values are as they are compared. All of it holds in
three-valued logic too: what is missing stays so. Not every pair of equal conditions has one form: `age_months at_least
0`, which nobody fails, is still a demand.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Final

from matching.criteria import (
    AllOf,
    AnyOf,
    BeforeAsOf,
    Between,
    Clause,
    Comparison,
    Condition,
    Leaf,
    Membership,
    Not,
    RatioComparison,
    bound_ppm,
    threshold,
)
from matching.errors import CriteriaError
from matching.vocabulary import column

AND, OR = "all", "any"
AT_LEAST, AT_MOST = "at_least", "at_most"
_OPPOSITE: Final = {AT_LEAST: "below", AT_MOST: "above", "below": AT_LEAST, "above": AT_MOST}
_OTHER: Final = {AND: OR, OR: AND}
# What is held in whole units: above 11 is at least 12.
_STEPPED: Final = frozenset({"fen", "count", "months", "days", "day"})

Form = str
"""A JSON text: the canonical form of a condition."""


def demands(clauses: Sequence[Clause]) -> list[Form]:
    """Return the forms of what all the clauses (expanded) demand together, sorted."""
    return _joined(AND, [_form(clause.require, negated=False) for clause in clauses])


def _form(condition: Condition, *, negated: bool) -> Form:
    match condition:
        case Not(part=part):
            return _form(part, negated=not negated)
        case AllOf(all=parts) | AnyOf(any=parts):
            written = AND if isinstance(condition, AllOf) else OR
            kind = _OTHER[written] if negated else written
            return _group(kind, [_form(part, negated=negated) for part in parts])
        case Between(column=name, low=low, high=high):
            ends = [Comparison(column=name, op=AT_LEAST, value=low), Comparison(column=name, op=AT_MOST, value=high)]
            return _group(OR if negated else AND, [_leaf(end, negated=negated) for end in ends])
        case Comparison() | RatioComparison() | Membership():
            return _leaf(condition, negated=negated)
        case _:
            raise CriteriaError("a reference to a clause must be expanded before criteria are compared")


def _leaf(leaf: Leaf, *, negated: bool) -> Form:
    match leaf:
        case RatioComparison(column=name, over=over, op=op):
            return _text("ratio", name, over, _OPPOSITE[op] if negated else op, bound_ppm(leaf))
        case Membership(column=name, values=values):
            among = sorted({threshold(column(name), value) for value in values}, key=str)
            return _text("not in" if negated else "in", name, among)
        case Comparison(column=name, op=op, value=BeforeAsOf() as back):
            said = op if not negated else _OPPOSITE.get(op, "not equals")
            return _text("before", name, said, back.days_before, back.months_before)
        case Comparison(column=name, op="equals", value=value) if not isinstance(value, BeforeAsOf):
            return _text("not in" if negated else "in", name, [threshold(column(name), value)])
        case Comparison(column=name, op=op, value=value) if not isinstance(value, BeforeAsOf):
            return _bound(name, _OPPOSITE[op] if negated else op, int(threshold(column(name), value)))
        case _:  # pragma: no cover (a range is taken apart before)
            raise CriteriaError("this is no comparison")


def _bound(name: str, op: str, value: int) -> Form:
    if column(name).unit in _STEPPED:
        value += {"above": 1, "below": -1}.get(op, 0)
        op = {"above": AT_LEAST, "below": AT_MOST}.get(op, op)
    return _text("bound", name, op, value)


def _group(kind: str, parts: Sequence[Form]) -> Form:
    joined = _joined(kind, parts)
    return joined[0] if len(joined) == 1 else _text(kind, joined)


def _joined(kind: str, parts: Iterable[Form]) -> list[Form]:
    """Return the parts of a group, those of a part that is such a group itself among them, each once and in order."""
    flat: set[Form] = set()
    bounds: dict[tuple[str, str], int] = {}
    for part in parts:
        read = json.loads(part)
        for one in read[1] if read[0] == kind else [part]:
            head, *rest = json.loads(one)
            if head == "bound" and rest[1] in (AT_LEAST, AT_MOST):
                name, op, value = rest
                # Of two lower bounds all demand the higher, any the lower.
                tighter = max if (op == AT_LEAST) == (kind == AND) else min
                bounds[name, op] = tighter(bounds.get((name, op), value), value)
            else:
                flat.add(one)
    return sorted(flat | {_text("bound", name, op, value) for (name, op), value in bounds.items()})


def _text(*parts: object) -> Form:
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
