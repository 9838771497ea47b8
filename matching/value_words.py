"""Values as a banker writes them: money, shares, spans of time, days and codes, in Chinese and English."""

from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

from matching.amounts import FEN_PER_WAN, FEN_PER_YUAN, PPM, half_even
from matching.labels import CODES, LASTING, MEASURES, Words
from matching.vocabulary import Column

FEN_PER_YI = 10_000_000_000
MONTHS_PER_YEAR = 12
# Half of what one decimal of a percentage shows: less would read as none.
LEAST_SHOWN_PPM = 500
MISSING = Words("缺失", "missing")
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
    en = f"CNY {digits(Decimal(fen) / FEN_PER_YUAN, 2)}"
    for size, name in ((FEN_PER_YI, "亿元"), (FEN_PER_WAN, "万元")):
        if abs(fen) >= size and (not exact or fen % (size // 100) == 0):
            return Words(f"{digits(Decimal(fen) / size, 2)}{name}", en)
    return Words(f"{digits(Decimal(fen) / FEN_PER_YUAN, 2)}元", en)


def percent(ppm: int, places: int = 4) -> str:
    """Write millionths as a percentage with at most so many decimals: 48500 → "4.85%"."""
    return f"{digits(Decimal(ppm) * 100 / PPM, places)}%"


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


def _without_sales(count: int) -> Words:
    if count == 0:
        return Words("上一个完整月有开票销售", "sold in the last full month")
    return Words(f"已连续{count}个完整月无开票销售", f"no sale for {count} full month{'s' * (count > 1)}")


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
            text = digits(Decimal(value) / PPM, 6)
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
    return Words(f"{value}{zh}", f"{value}{en.removesuffix('s') if value == 1 else en}")


def digits(number: Decimal, places: int) -> str:
    """Write a number with at most so many decimals, rounded half to even, and commas between thousands."""
    rounded = number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)
    text = f"{rounded:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
