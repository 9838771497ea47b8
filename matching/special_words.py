"""Comparisons that a banker says in words of their own, not as column, comparison and bound."""

from matching.labels import CHANGES, LASTING, MONTHS_WITH, NONE_OF, SALES_MONTHS, SHORT, TRUE_OF, Words
from matching.value_words import MONTHS_PER_YEAR, months, percent
from matching.vocabulary import Column

SALES = Words("有开票销售", "sales invoices")
_COMPARE = {
    "at_least": int.__ge__,
    "at_most": int.__le__,
    "above": int.__gt__,
    "below": int.__lt__,
    "equals": int.__eq__,
}
# How a fact that is so is turned, by how its Chinese begins; what begins otherwise is preceded by 未.
_TURNED = {"为": "非", "已": "未", "由": "非由"}
_TURNED_EN = {
    "is ": "is not ",
    "has a ": "has no ",
    "has ": "has not ",
    "was ": "was not ",
    "passed ": "has not passed ",
}


def special(of: Column, op: str, bound: int) -> Words | None:
    """Return how a comparison of a column is said; None where column, comparison and bound say it well enough."""
    if of.unit == "flag":
        return _flag(of, op, bound)
    if of.name in NONE_OF and bound == 0 and op in ("equals", "at_most"):
        return NONE_OF[of.name]
    if of.name in CHANGES and op != "equals":
        return _change(CHANGES[of.name], op, bound)
    if of.name in LASTING:
        return _lasting(of.name, op, bound)
    if of.name in SALES_MONTHS or of.name in MONTHS_WITH:
        window = SALES_MONTHS.get(of.name, MONTHS_PER_YEAR)
        return _months_with(window, op, bound, MONTHS_WITH.get(of.name, SALES))
    return _within_time(of.name, op, bound)


def _flag(of: Column, op: str, bound: int) -> Words:
    allowed = [value for value in (0, 1) if _COMPARE[op](value, bound)]
    if allowed == [1]:
        return TRUE_OF.get(of.name) or _made_true(of)
    if allowed == [0]:
        return NONE_OF.get(of.name) or _made_false(of)
    if allowed:
        return Words(f"{of.zh}：是否均可", f"{of.en}: either way")
    return Words(f"{of.zh}：无法满足", f"{of.en}: cannot be met")


def _made_true(of: Column) -> Words:
    if of.name not in NONE_OF:
        return Words(f"{of.zh}为{'是' if of.name.startswith('is_') else '有'}", f"{of.en}: yes")
    none = NONE_OF[of.name]
    zh = none.zh.removeprefix("未") if none.zh.startswith("未") else none.zh.replace("无", "有", 1)
    return Words(zh, none.en.removeprefix("not "))


def _made_false(of: Column) -> Words:
    if of.name not in TRUE_OF:
        return Words(f"{of.zh}为{'否' if of.name.startswith('is_') else '无'}", f"{of.en}: no")
    true = TRUE_OF[of.name]
    begun = next((begin for begin in _TURNED_EN if true.en.startswith(begin)), None)
    en = f"not so: {true.en}" if begun is None else _TURNED_EN[begun] + true.en.removeprefix(begun)
    for whole in ("均已", "均"):
        if whole in true.zh:
            return Words(true.zh.replace(whole, "未全部", 1), f"not so: {true.en}")
    if "已" in true.zh:
        return Words(true.zh.replace("已", "未", 1), en)
    return Words(_TURNED.get(true.zh[0], f"未{true.zh[0]}") + true.zh[1:], en)


def _lasting(name: str, op: str, bound: int) -> Words | None:
    words, span = LASTING[name], months(bound)
    if op == "at_most" and name in SHORT:
        return Words(SHORT[name].zh.format(span.zh), SHORT[name].en.format(span.en))
    said = {
        "at_least": Words("满", "at least"),
        "below": Words("不满", "less than"),
        "at_most": Words("不超过", "at most"),
        "above": Words("超过", "more than"),
    }.get(op)
    if said is None:
        return None
    zh, en = words.zh.replace("满", said.zh, 1), words.en.replace("at least", said.en, 1)
    return Words(zh.format(span.zh), en.format(span.en))


def _months_with(window: int, op: str, bound: int, what: Words) -> Words | None:
    if op in ("above", "below"):
        op, bound = ("at_least", bound + 1) if op == "above" else ("at_most", bound - 1)
    if bound < 0 or bound > window:
        return None
    if op != "at_most" and bound == window:
        return Words(f"近{window}个月月月{what.zh}", f"{what.en} in each of the last {window} months")
    if op != "at_least" and bound == 0:
        return Words(
            f"近{window}个月均{what.zh.replace('有', '无', 1)}", f"{what.en} in none of the last {window} months"
        )
    zh, en = {"at_least": ("至少", "at least"), "at_most": ("最多", "at most"), "equals": ("正好", "exactly")}[op]
    return Words(f"近{window}个月中{zh}{bound}个月{what.zh}", f"{what.en} in {en} {bound} of {window} months")


def _change(words: Words, op: str, bound: int) -> Words:
    if bound == 0:
        zh, en = {
            "at_least": ("未下降", "not down"),
            "at_most": ("未增长", "not up"),
            "above": ("有所增长", "up"),
            "below": ("有所下降", "down"),
        }[op]
        return Words(f"{words.zh}{zh}", f"{words.en} {en}")
    rise = {
        "at_least": ("增幅不低于", "up by at least"),
        "at_most": ("增幅不超过", "up by at most"),
        "above": ("增幅高于", "up by more than"),
        "below": ("增幅低于", "up by less than"),
    }
    fall = {
        "at_least": ("降幅不超过", "down by at most"),
        "at_most": ("降幅不低于", "down by at least"),
        "above": ("降幅小于", "down by less than"),
        "below": ("降幅超过", "down by more than"),
    }
    zh, en = (rise if bound > 0 else fall)[op]
    return Words(f"{words.zh}{zh}{percent(abs(bound))}", f"{words.en} {en} {percent(abs(bound))}")


def _within_time(name: str, op: str, bound: int) -> Words | None:
    if name not in ("days_since_last_invoice", "months_since_last_sale") or op == "equals":
        return None
    # So long ago at least, or less: one unit more or less than above and at most.
    most = bound - (op in ("at_least", "below"))
    if most < 0:
        return None
    is_recent = op in ("at_most", "below")
    if name == "days_since_last_invoice":
        span = Words(f"最近{most}天内", f"within the last {most} day{'s' * (most > 1)}") if most else None
        zh, en = ("开过发票", "an invoice") if is_recent else ("未开过发票", "no invoice")
        return Words(f"{span.zh}{zh}", f"{en} {span.en}") if span else Words(f"当日{zh}", f"{en} on the day itself")
    zh, en = ("有开票销售", "sales") if is_recent else ("无开票销售", "no sales")
    if most == 0:
        return Words(f"上一个完整月{zh}", f"{en} in the last full month")
    return Words(f"最近{most + 1}个完整月内{zh}", f"{en} within the last {most + 1} full months")
