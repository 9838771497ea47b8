"""Criteria and values as sentences a banker would write, in Chinese and English."""

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

from matching.amounts import FEN_PER_WAN, FEN_PER_YUAN, PPM, half_even
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
    threshold,
)
from matching.eligibility import AMOUNT_RANGE, TERM_RANGE, Request
from matching.errors import CriteriaError
from matching.labels import (
    CHANGES,
    CODE_IS,
    CODE_IS_NOT,
    CODES,
    LASTING,
    MEASURES,
    MONTHS_WITH,
    NONE_OF,
    RECENT,
    SALES_MONTHS,
    SHORT,
    TRUE_OF,
    Words,
)
from matching.product import Product
from matching.vocabulary import Column, column

FEN_PER_YI = 10_000_000_000
MONTHS_PER_YEAR = 12
# Half of what one decimal of a percentage shows: less would read as none.
LEAST_SHOWN_PPM = 500
MISSING = Words("缺失", "missing")
SALES = Words("有开票销售", "sales invoices")
AMOUNTS = {
    "at_least": Words("不低于", "at least"),
    "at_most": Words("不超过", "at most"),
    "above": Words("高于", "above"),
    "below": Words("低于", "below"),
    "equals": Words("为", "is"),
}
COUNTS = AMOUNTS | {
    "at_least": Words("不少于", "at least"),
    "above": Words("多于", "more than"),
    "below": Words("少于", "fewer than"),
}
DAYS = {
    "at_least": Words("不早于", "not before"),
    "at_most": Words("不晚于", "not after"),
    "above": Words("晚于", "after"),
    "below": Words("早于", "before"),
    "equals": Words("为", "on"),
}
UNITS = {"months": ("个月", " months"), "days": ("天", " days"), "year": ("年", "")}
COUNTED = frozenset({"count", "months", "days"})


def criterion_words(product: Product, criterion_id: str, request: Request) -> Words:
    """Word a clause of the product, or one of the three the request and the limit bring (see `eligibility`)."""
    if criterion_id == AMOUNT_RANGE:
        low, high = money(product.amount_min_fen), money(product.amount_max_fen)
        return Words(f"申请金额在{low.zh}至{high.zh}之间", f"amount between {low.en} and {high.en}")
    if criterion_id == TERM_RANGE:
        low_term, high_term = product.term_min_months, product.term_max_months
        return Words(f"借款期限在{low_term}至{high_term}个月之间", f"term of {low_term} to {high_term} months")
    for clause in expanded(product.criteria):
        if clause.id == criterion_id:
            return clause_words(clause)
    if request.amount_fen is not None:
        asked = money(request.amount_fen)
        return Words(f"测算可贷额度能覆盖申请金额{asked.zh}", f"credit line covers the {asked.en} asked for")
    least = money(product.amount_min_fen)
    return Words(f"测算可贷额度达到起贷金额{least.zh}", f"credit line reaches the least loan of {least.en}")


def clause_words(clause: Clause) -> Words:
    """Word one clause: as written in the product, else from its condition, which refers to no other clause."""
    words = _words(clause.require, negated=False, inner=False)
    return Words(clause.zh or words.zh, clause.en or words.en)


def value_words(of: Column, value: int | str | None, beside: int | str | None = None) -> Words:
    """Word one value in the column's unit, exact enough to differ from the threshold `beside` it."""
    if value is None:
        return MISSING
    if of.unit == "day":
        return _day(value if isinstance(value, str) else _iso(value))
    if isinstance(value, str):
        return _code(of, value)
    if of.name == "months_since_last_sale":
        return _without_sales(value)
    tries = _tries(of, value)
    if beside == value or not isinstance(beside, int):
        return tries[0]
    other = _tries(of, beside)[0]
    return next((words for words in tries if words.zh != other.zh), tries[-1])


def bound_words(of: Column, bound: int | str) -> Words:
    """Word a bound exactly as it is compared."""
    return _tries(of, bound)[-1] if isinstance(bound, int) and of.unit != "day" else value_words(of, bound)


def money(fen: int, *, exact: bool = True) -> Words:
    """Word an amount: 万元 or 亿元 where that is short, else yuan; `exact` false rounds to two decimals (half even)."""
    en = f"CNY {_digits(Decimal(fen) / FEN_PER_YUAN, 2)}"
    for size, name in ((FEN_PER_YI, "亿元"), (FEN_PER_WAN, "万元")):
        if abs(fen) >= size and (not exact or fen % (size // 100) == 0):
            return Words(f"{_digits(Decimal(fen) / size, 2)}{name}", en)
    return Words(f"{_digits(Decimal(fen) / FEN_PER_YUAN, 2)}元", en)


def percent(ppm: int, places: int = 4) -> str:
    """Write millionths as a percentage with at most so many decimals: 48500 → "4.85%"."""
    return f"{_digits(Decimal(ppm) * 100 / PPM, places)}%"


def part_words(amount: int, base: int, beside_ppm: int) -> Words:
    """Word what part `amount` is of a positive `base`, exact enough to differ from a bound that it is not on."""
    part = half_even(amount * PPM, base)
    bound = percent(beside_ppm)
    if amount * PPM == beside_ppm * base:
        return Words(bound, bound)
    text = next((text for text in (percent(part, places) for places in (1, 2, 4)) if text != bound), None)
    if text is not None:
        return Words(text, text)
    zh, en = ("略高于", "just above") if amount * PPM > beside_ppm * base else ("略低于", "just below")
    return Words(f"{bound}（{zh}）", f"{en} {bound}")


def months(count: int) -> Words:
    """Word a span of months, whole years as years."""
    years, rest = divmod(count, MONTHS_PER_YEAR)
    if years and not rest:
        return Words(f"{years}年", f"{years} year{'s' * (years > 1)}")
    return Words(f"{count}个月", f"{count} month{'s' * (count != 1)}")


def day_zh(day: date) -> str:
    """Write a day as 2020年2月21日."""
    return f"{day.year}年{day.month}月{day.day}日"


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
    how = (COUNTS if of.unit in COUNTED else AMOUNTS)[op]
    if ppm <= 0:
        return Words(
            f"{of.zh}与{over.zh}之比{how.zh}{percent(ppm)}", f"{of.en} over {over.en}: {how.en} {percent(ppm)}"
        )
    if ppm == PPM:
        return Words(f"{of.zh}{how.zh}{over.zh}", f"{of.en}: {how.en} {over.en}")
    if ppm > PPM:
        times = _digits(Decimal(ppm) / PPM, 6)
        return Words(f"{of.zh}{how.zh}{over.zh}的{times}倍", f"{of.en}: {how.en} {times} times {over.en}")
    return Words(f"{of.zh}{how.zh}{over.zh}的{percent(ppm)}", f"{of.en}: {how.en} {percent(ppm)} of {over.en}")


def _compared(of: Column, op: str, bound: int, *, negated: bool) -> Words:
    if op == "equals" and negated:
        op, negated = "above", False  # only zero comes here: not none is some
    effective = FLIPPED[op] if negated else op
    special = _special(of, effective, bound)
    if special is not None:
        return special
    how = (COUNTS if of.unit in COUNTED else DAYS if of.unit == "day" else AMOUNTS)[effective]
    value = bound_words(of, bound)
    return Words(f"{of.zh}{how.zh}{value.zh}", f"{of.en}: {how.en} {value.en}")


def _special(of: Column, op: str, bound: int) -> Words | None:
    if of.name in NONE_OF and bound == 0 and op in ("equals", "at_most"):
        return NONE_OF[of.name]
    if of.name in TRUE_OF and (op, bound) in {("equals", 1), ("at_least", 1), ("above", 0)}:
        return TRUE_OF[of.name]
    if op in ("above", "below") and of.name in CHANGES:
        return _changed_more(CHANGES[of.name], op, bound)
    if op == "at_most":
        return _within_time(of.name, bound)
    if op == "below" and of.name in LASTING:
        words, span = LASTING[of.name], months(bound)
        return Words(words.zh.format(span.zh).replace("满", "不满", 1), f"{of.en}: less than {span.en}")
    return _long_enough(of.name, bound) if op == "at_least" else None


def _long_enough(name: str, bound: int) -> Words | None:
    if name in LASTING:
        span, words = months(bound), LASTING[name]
        return Words(words.zh.format(span.zh), words.en.format(span.en))
    if name in SALES_MONTHS:
        return _months_with(SALES_MONTHS[name], bound, SALES)
    if name in MONTHS_WITH:
        return _months_with(MONTHS_PER_YEAR, bound, MONTHS_WITH[name])
    return _change(CHANGES[name], bound) if name in CHANGES else None


def _months_with(window: int, least: int, what: Words) -> Words:
    if least >= window:
        return Words(f"近{window}个月月月{what.zh}", f"{what.en} in each of the last {window} months")
    return Words(f"近{window}个月中至少{least}个月{what.zh}", f"{what.en} in at least {least} of {window} months")


def _change(words: Words, bound: int) -> Words:
    if bound < 0:
        fall = percent(-bound)
        return Words(f"{words.zh}降幅不超过{fall}", f"{words.en} down by at most {fall}")
    if bound == 0:
        return Words(f"{words.zh}未下降", f"{words.en} not down")
    return Words(f"{words.zh}增幅不低于{percent(bound)}", f"{words.en} up by at least {percent(bound)}")


def _changed_more(words: Words, op: str, bound: int) -> Words:
    up = op == "above"
    if bound == 0:
        return Words(f"{words.zh}有所{'增长' if up else '下降'}", f"{words.en} {'up' if up else 'down'}")
    if bound > 0:
        zh, en = ("增幅高于", "up by more than") if up else ("增幅低于", "up by less than")
    else:
        zh, en = ("降幅小于", "down by less than") if up else ("降幅超过", "down by more than")
    return Words(f"{words.zh}{zh}{percent(abs(bound))}", f"{words.en} {en} {percent(abs(bound))}")


def _within_time(name: str, bound: int) -> Words | None:
    if name in SHORT:
        most = months(bound)
        return Words(SHORT[name].zh.format(most.zh), SHORT[name].en.format(most.en))
    if name == "days_since_last_invoice":
        return Words(f"最近{bound}天内开过发票", f"an invoice within the last {bound} days")
    if name == "months_since_last_sale":
        if bound == 0:
            return Words("上一个完整月有开票销售", "sales in the last full month")
        return Words(f"最近{bound + 1}个完整月内有开票销售", f"sales within the last {bound + 1} full months")
    return None


def _without_sales(count: int) -> Words:
    if count == 0:
        return Words("上一个完整月有开票销售", "sold in the last full month")
    return Words(f"已连续{count}个完整月无开票销售", f"no sale for {count} full month{'s' * (count > 1)}")


def _among(of: Column, values: Sequence[int | str], *, negated: bool) -> Words:
    frames = CODE_IS_NOT if negated else CODE_IS
    plain = Words(of.zh + ("不为{}" if negated else "为{}"), of.en + (" is not {}" if negated else " is {}"))
    texts = [bound_words(of, value) for value in values]
    zh, en = _listed([text.zh for text in texts], "、", "或"), _listed([text.en for text in texts], ", ", " or ")
    frame = frames.get(of.name, plain)
    return Words(frame.zh.format(zh), frame.en.format(en))


def _listed(texts: Sequence[str], comma: str, last: str) -> str:
    return texts[0] if len(texts) == 1 else comma.join(texts[:-1]) + last + texts[-1]


def _code(of: Column, value: str) -> Words:
    return CODES.get(of.name, {}).get(value) or Words(value, value)


def _day(iso: str) -> Words:
    return Words(day_zh(date.fromisoformat(iso)), iso)


def _iso(days: int) -> str:
    return date.fromordinal(date(1970, 1, 1).toordinal() + days).isoformat()


def _tries(of: Column, value: int) -> list[Words]:
    match of.unit:
        case "fen":
            return [money(value, exact=False), money(value)]
        case "ratio":
            short = Words("不足0.1%", "under 0.1%") if 0 < value < LEAST_SHOWN_PPM else None
            texts = [Words(text, text) for text in (percent(value, 1), percent(value, 2), percent(value))]
            return [short or texts[0], *texts[1:]]
        case "log":
            text = _digits(Decimal(value) / PPM, 6)
            return [Words(text, text)]
        case "flag" if of.name.startswith("is_"):
            return [Words("是", "yes") if value else Words("否", "no")]
        case "flag":
            return [Words("有", "yes") if value else Words("无", "no")]
        case _:
            return [_counted(of, value)]


def _counted(of: Column, value: int) -> Words:
    if of.name in LASTING:
        return months(value)
    zh, en = UNITS.get(str(of.unit)) or (MEASURES.get(of.name, Words("项", "")).zh, "")
    return Words(f"{value}{zh}", f"{value}{en}")


def _digits(number: Decimal, places: int) -> str:
    rounded = number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)
    text = f"{rounded:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
