"""Criteria and values as sentences a banker would write, in Chinese and English."""

from collections.abc import Sequence
from decimal import Decimal

from matching.amounts import PPM
from matching.compile import FLIPPED, OPPOSITE
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
    SameAs,
    bound_ppm,
    expanded,
    references,
    threshold,
)
from matching.eligibility import AMOUNT_RANGE, TERM_RANGE, Request
from matching.errors import CriteriaError
from matching.labels import CODE_IS, CODE_IS_NOT, LASTING, MEASURES, RECENT, Words
from matching.product import Product
from matching.special_words import special
from matching.value_words import (
    AMOUNTS,
    COUNTED,
    COUNTS,
    DAYS,
    bound_words,
    day_zh,
    digits,
    money,
    months,
    part_words,
    percent,
    value_words,
)
from matching.vocabulary import Column, column

__all__ = [
    "DAYS",
    "before_words",
    "bound_words",
    "clause_words",
    "criterion_words",
    "day_zh",
    "money",
    "months",
    "part_words",
    "percent",
    "ratio_words",
    "since_words",
    "value_words",
]

# Ages and tiers are low or high, not few or many.
LOW_OR_HIGH = frozenset({"岁", "级"})


def criterion_words(product: Product, criterion_id: str, request: Request) -> Words:
    """Word a clause of the product, or one of the three the request and the limit bring (see `eligibility`)."""
    if criterion_id == AMOUNT_RANGE:
        low, high = money(product.amount_min_fen), money(product.amount_max_fen)
        return Words(f"申请金额在{low.zh}至{high.zh}之间", f"amount between {low.en} and {high.en}")
    if criterion_id == TERM_RANGE:
        low_term, high_term = product.term_min_months, product.term_max_months
        return Words(f"借款期限在{low_term}至{high_term}个月之间", f"term of {low_term} to {high_term} months")
    for place, clause in enumerate(product.criteria):
        if clause.id == criterion_id:
            refers = any(references(clause.require))
            return clause_words(expanded(product.criteria)[place] if refers else clause)
    if request.amount_fen is not None:
        asked = money(request.amount_fen)
        return Words(f"测算可贷额度能覆盖申请金额{asked.zh}", f"credit line covers the {asked.en} asked for")
    least = money(product.amount_min_fen)
    return Words(f"测算可贷额度达到起贷金额{least.zh}", f"credit line reaches the least loan of {least.en}")


def clause_words(clause: Clause) -> Words:
    """Word one clause: as written in the product, else from its condition, which refers to no other clause."""
    words = _words(clause.require, negated=False, inner=False)
    return Words(clause.zh or words.zh, clause.en or words.en)


def _words(condition: Condition, *, negated: bool, inner: bool) -> Words:
    match condition:
        case Not(part=part):
            return _words(part, negated=not negated, inner=inner)
        case AllOf(all=parts) | AnyOf(any=parts):
            if len(parts) == 1:
                return _words(parts[0], negated=negated, inner=inner)
            return _joined(parts, is_all=isinstance(condition, AllOf) != negated, negated=negated, inner=inner)
        case SameAs(clause=name):
            raise CriteriaError(f"clause {name} is referred to: expand the criteria before they are worded")
        case _:
            return _leaf(condition, column(condition.column), negated=negated)


def _joined(parts: Sequence[Condition], *, is_all: bool, negated: bool, inner: bool) -> Words:
    words = [_words(part, negated=negated, inner=True) for part in parts]
    zh = ("，且" if is_all else "，或").join(word.zh for word in words)
    en = (" and " if is_all else " or ").join(word.en for word in words)
    return Words(f"（{zh}）", f"({en})") if inner else Words(zh, en)


def _leaf(leaf: Leaf, of: Column, *, negated: bool) -> Words:
    match leaf:
        case RatioComparison(over=over, op=op):
            return ratio_words(of, column(over), FLIPPED[op] if negated else op, bound_ppm(leaf))
        case Comparison(op=op, value=BeforeAsOf() as before):
            return since_words(of, OPPOSITE[op] if negated else op, before)
        case _:
            return _fixed(leaf, of, negated=negated)


def _fixed(leaf: Comparison | Between | Membership, of: Column, *, negated: bool) -> Words:
    match leaf:
        case Between(low=low, high=high) if of.name in LASTING and not negated:
            least, most = (
                _compared(of, "at_least", int(threshold(of, low)), negated=False),
                bound_words(of, int(threshold(of, high))),
            )
            return Words(f"{least.zh}且不超过{most.zh}", f"{least.en} and at most {most.en}")
        case Between(low=low, high=high):
            first, last = (bound_words(of, threshold(of, end)) for end in (low, high))
            return Words(
                f"{of.zh}{'不' if negated else ''}在{first.zh}至{last.zh}之间",
                f"{of.en} {'not ' if negated else ''}between {first.en} and {last.en}",
            )
        case Membership(values=values):
            return _among(of, [threshold(of, value) for value in values], negated=negated)
        case Comparison(op="equals", value=1) if negated and of.unit == "flag":
            return _compared(of, "equals", 0, negated=False)
        case Comparison(op="equals", value=value) if of.unit == "code" or (negated and value != 0):
            return _among(of, [threshold(of, value)], negated=negated)
        case Comparison(op=op, value=value):
            return _compared(of, op, int(threshold(of, value)), negated=negated)


def before_words(before: BeforeAsOf) -> Words:
    """Word a day counted back: 90天前, 6个月前, 1年前."""
    if before.months_before is not None:
        span = months(before.months_before)
        return Words(f"{span.zh}前", f"{span.en} before") if before.months_before else Words("当日", "the day itself")
    count = before.days_before or 0
    return (
        Words(f"{count}天前", f"{count} day{'s' * (count != 1)} before") if count else Words("当日", "the day itself")
    )


def since_words(of: Column, op: str, before: BeforeAsOf) -> Words:
    """Word how long ago something was last: within so long there was some, or none."""
    if op in ("equals", "differs"):
        when, (zh, en) = before_words(before), ("为", "on") if op == "equals" else ("不为", "not on")
        return Words(f"{of.zh}{zh}{when.zh}", f"{of.en}: {en} {when.en}")
    words = RECENT.get(of.name)
    days = before.days_before
    span = months(before.months_before) if days is None and before.months_before else None
    if days is not None:
        # A day more or less turns "after" and "not after" into a span that is within.
        within = days if op in ("at_least", "below") else days - 1
        span = Words(f"{within}天", f"{within} day{'s' * (within != 1)}") if within > 0 else None
    elif op in ("above", "at_most"):
        span = None
    if words is None or span is None:
        when = before_words(before)
        return Words(f"{of.zh}{DAYS[op].zh}{when.zh}", f"{of.en}: {DAYS[op].en} {when.en}")
    some, none = words
    told = some if op in ("at_least", "above") else none
    return Words(f"最近{span.zh}内{told.zh}", f"{told.en} within the last {span.en}")


def ratio_words(of: Column, over: Column, op: str, ppm: int) -> Words:
    """Word what one column must be of another: 贷款余额不超过近12个月开票销售额的50%."""
    how = _how(of)[op]
    if ppm <= 0:
        return Words(
            f"{of.zh}与{over.zh}之比{how.zh}{percent(ppm)}", f"{of.en} over {over.en}: {how.en} {percent(ppm)}"
        )
    if ppm == PPM:
        return Words(f"{of.zh}{how.zh}{over.zh}", f"{of.en}: {how.en} {over.en}")
    if ppm > PPM:
        times = digits(Decimal(ppm) / PPM, 6)
        return Words(f"{of.zh}{how.zh}{over.zh}的{times}倍", f"{of.en}: {how.en} {times} times {over.en}")
    return Words(f"{of.zh}{how.zh}{over.zh}的{percent(ppm)}", f"{of.en}: {how.en} {percent(ppm)} of {over.en}")


def _compared(of: Column, op: str, bound: int, *, negated: bool) -> Words:
    if op == "equals" and negated:
        op, negated = "above", False  # only zero comes here: not none is some
    effective = FLIPPED[op] if negated else op
    said = special(of, effective, bound)
    if said is not None:
        return said
    how, value = _how(of)[effective], bound_words(of, bound)
    if effective == "above" and bound == 0 and of.unit == "fen":
        return Words(f"{of.zh}大于{value.zh}", f"{of.en}: more than {value.en}")
    if effective == "above" and bound == 0 and of.unit == "count":
        return _compared(of, "at_least", 1, negated=False)
    return Words(f"{of.zh}{how.zh}{value.zh}", f"{of.en}: {how.en} {value.en}")


def _how(of: Column) -> dict[str, Words]:
    if of.unit in ("day", "year"):
        return DAYS
    is_low = of.name in MEASURES and MEASURES[of.name].zh in LOW_OR_HIGH
    return COUNTS if of.unit in COUNTED and not is_low else AMOUNTS


def _among(of: Column, values: Sequence[int | str], *, negated: bool) -> Words:
    frames = CODE_IS_NOT if negated else CODE_IS
    plain = Words(of.zh + ("不为{}" if negated else "为{}"), of.en + (" is not {}" if negated else " is {}"))
    texts = [bound_words(of, value) for value in values]
    zh, en = _listed([text.zh for text in texts], "、", "或"), _listed([text.en for text in texts], ", ", " or ")
    frame = frames.get(of.name, plain)
    return Words(frame.zh.format(zh), frame.en.format(en))


def _listed(texts: Sequence[str], comma: str, last: str) -> str:
    return texts[0] if len(texts) == 1 else comma.join(texts[:-1]) + last + texts[-1]
