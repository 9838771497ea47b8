"""How a ranker's reasons are worded: the firm's value and where it stands, a term of the product, a past share."""

from collections.abc import Callable, Mapping, Sequence

from matching.labels import CHANGES, CODE_IS, CODES, LASTING, NONE_OF, SALES_MONTHS, Words
from matching.product import FeeKind, Guarantee, Product
from matching.reason_words import FEES, NUMERALS, REPAID
from matching.segments import AMOUNT_BOUNDS_YUAN, SALES_BOUNDS_YUAN, TERM_BOUNDS_MONTHS
from matching.sentence import bound_words, money, months, percent, value_words
from matching.vocabulary import Column
from models import affinity
from models.affinity import Measure

FEN_PER_YUAN = 100
DECILES, HALF = 9, 5
RECORDS = Words("平台匹配记录", "match records of the platform")
CAUTION = Words("需注意：", "Caution: ")
GUARANTEES: dict[Guarantee, Words] = {
    Guarantee.unsecured: Words("信用", "unsecured"),
    Guarantee.guarantor: Words("保证", "guarantor"),
    Guarantee.guarantee_company: Words("担保公司担保", "guarantee company"),
    Guarantee.mortgage: Words("抵押", "mortgage"),
    Guarantee.pledge: Words("质押", "pledge"),
    Guarantee.receivables: Words("应收账款质押", "receivables"),
    Guarantee.livestock: Words("活体抵押", "livestock"),
    Guarantee.government_fund: Words("政府风险补偿", "government risk fund"),
}
_SHOWN, _APPLIED = (
    "about {} of the showings of {} to {} ended in {}",
    "about {} of the applications for {} by {} were {}",
)
_DONE: dict[Measure, tuple[str, str, str, str]] = {
    # What was done before, what became of it, and both in an English sentence.
    Measure.taken: ("看到", "最终用款", _SHOWN, "a loan taken"),
    Measure.applied: ("看到", "提出申请", _SHOWN, "an application"),
    Measure.granted: ("申请", "获批", _APPLIED, "granted"),
}


def cautioned(words: Words) -> Words:
    """Mark what speaks against a pair that fits."""
    return Words(f"{CAUTION.zh}{words.zh}", f"{CAUTION.en}{words.en}")


def firm_words(of: Column, value: int | str) -> Words:
    """Word a firm's own value as a statement."""
    if isinstance(value, str):
        frame = CODE_IS.get(of.name, Words(of.zh + "为{}", of.en + " is {}"))
        said = value_words(of, value)
        return Words(frame.zh.format(said.zh), frame.en.format(said.en))
    special = _special(of, value)
    if special is not None:
        return special
    said = value_words(of, value)
    return Words(f"{of.zh}{said.zh}", f"{of.en} {said.en}")


def _special(of: Column, value: int) -> Words | None:
    if of.name in NONE_OF and value == 0:
        return NONE_OF[of.name]
    if of.name in LASTING:
        said = months(value)
        return Words(LASTING[of.name].zh.format(said.zh), f"{of.en}: {value}")
    if of.name in SALES_MONTHS:
        window = SALES_MONTHS[of.name]
        return Words(f"近{window}个月中{value}个月有开票销售", f"sales invoices in {value} of {window} months")
    if of.name in CHANGES:
        size = percent(abs(value), 1)
        went = Words(f"增长{size}", f"up {size}") if value >= 0 else Words(f"下降{size}", f"down {size}")
        return Words(f"{CHANGES[of.name].zh}{went.zh}", f"{CHANGES[of.name].en} {went.en}")
    return value_words(of, value) if of.name == "months_since_last_sale" else None


def is_as_most(below: int, above: int) -> bool:
    """Tell whether a value is that of most of its kind: so many deciles lie below it, so many above."""
    return DECILES - below - above >= HALF


def is_in_the_middle(below: int, above: int) -> bool:
    """Tell whether a value lies above and below about half of its kind: so many deciles below, so many above."""
    return max(below, above) <= HALF


def place_words(below: int, above: int, kind: str) -> Words:
    """Word a place among the firms of a kind: so many tenths of them lie below the value, so many above it."""
    of = _kind(kind)
    if is_as_most(below, above):
        return Words(f"与多数{of.zh}相同", f"as most of its kind ({of.en})")
    if is_in_the_middle(below, above):
        return Words(f"处于{of.zh}的中间水平", f"in the middle of its kind ({of.en})")
    how, tenths = (Words("高于", "above"), below) if below >= above else (Words("低于", "below"), above)
    return Words(f"{how.zh}约{NUMERALS[tenths]}成{of.zh}", f"{how.en} about {tenths} in 10 of its kind ({of.en})")


def demanded_words(of: Column, low: int | None, high: int | None) -> Words:
    """Word the product's own bounds beside a value."""
    if low is not None and high is not None:
        first, last = bound_words(of, low), bound_words(of, high)
        return Words(f"产品要求在{first.zh}至{last.zh}之间", f"{first.en} to {last.en} demanded")
    if low is not None:
        bound = bound_words(of, low)
        return Words(f"产品要求不低于{bound.zh}", f"at least {bound.en} demanded")
    bound = bound_words(of, high or 0)
    return Words(f"产品要求不超过{bound.zh}", f"at most {bound.en} demanded")


def missing_value_words(of: Column, who: Words) -> Words:
    """Word a value that the firm has not provided."""
    return Words(
        f"未提供{of.zh}，排序模型按未知处理，可由{who.zh}补充",
        f"{of.en} not provided, so the model takes it as unknown; can come from {who.en}",
    )


def rate_words(all_in_ppm: int, nominal_ppm: int, place: tuple[int, int] | None) -> Words:
    """Word a price and, `place` given as rank and number, where it stands among the products that fit."""
    rate, nominal = percent(all_in_ppm, 2), percent(nominal_ppm, 2)
    zh, en = f"年化综合成本{rate}（名义年利率{nominal}）", f"all-in {rate} a year (nominal {nominal})"
    if place is None:
        return Words(zh, en)
    rank, number = place
    return Words(
        f"{zh}，在符合条件的{number}个产品中由低到高排第{rank}", f"{en}, number {rank} from below of {number} that fit"
    )


def range_words(product: Product, asked_fen: int | None) -> Words:
    """Word what a product lends beside what is asked."""
    low, high = money(product.amount_min_fen), money(product.amount_max_fen)
    words = Words(f"产品额度{low.zh}至{high.zh}", f"lends {low.en} to {high.en}")
    if asked_fen is None:
        return words
    amount = money(asked_fen)
    return Words(f"{words.zh}，申请{amount.zh}", f"{words.en}, {amount.en} asked for")


def term_words(product: Product, asked_months: int | None) -> Words:
    """Word for how long a product lends beside the term asked."""
    low, high = product.term_min_months, product.term_max_months
    words = Words(f"产品期限{low}至{high}个月", f"term of {low} to {high} months")
    if asked_months is None:
        return words
    return Words(f"{words.zh}，申请{asked_months}个月", f"{words.en}, {asked_months} asked for")


def amount_words(asked_fen: int, sales_fen: int | None, part_ppm: int) -> Words:
    """Word the amount asked beside a year's sales, or beside the most that the product lends."""
    amount, part = money(asked_fen), percent(part_ppm, 0)
    if sales_fen is None:
        return Words(
            f"申请{amount.zh}，为产品最高额度的{part}", f"{amount.en} asked for, {part} of the most that is lent"
        )
    sales = money(sales_fen, exact=False)
    return Words(
        f"申请{amount.zh}，约为近12个月开票销售额{sales.zh}的{part}",
        f"{amount.en} asked for, about {part} of {sales.en} sold in 12 months",
    )


def guarantee_words(product: Product) -> Words:
    """Word what secures the loan."""
    said = GUARANTEES[product.guarantee]
    return Words(f"担保方式为{said.zh}", f"guarantee: {said.en}")


def repayment_words(product: Product) -> Words:
    """Word how the loan is repaid."""
    return Words(f"还款方式为{REPAID[product.repayment].zh}", REPAID[product.repayment].en)


def novelty_words(first: Words, age_months: int) -> Words:
    """Word since when the product is offered."""
    return Words(
        f"该产品自{first.zh}起提供，至今满{age_months}个月", f"offered since {first.en}, {age_months} full months ago"
    )


def fees_words(unknown: Sequence[FeeKind]) -> Words:
    """Word whether all fees are published."""
    if not unknown:
        return Words("费用均已公布", "all fees are published")
    zh, en = "、".join(FEES[kind].zh for kind in unknown), ", ".join(FEES[kind].en for kind in unknown)
    return Words(f"{zh}未公布，实际成本会更高", f"{en} not published, so it costs more")


def score_words(ppm: int) -> Words:
    """Word the transparent score without the firm's standing, in points of a hundred."""
    points = percent(ppm, 1).rstrip("%")
    return Words(
        f"条件、额度与价格的透明评分{points}分（满分100）", f"transparent score of line, criteria, price {points}"
    )


def share_words(measure: Measure, level: str, segments: Mapping[str, str], ppm: int, overall_ppm: int) -> Words | None:
    """Word a past share of firms like this one beside that of everybody; None where the segment is not known."""
    group = _group(level, segments)
    if group is None:
        return None
    before, after, sentence, done = _DONE[measure]
    share, overall = percent(ppm, 0), percent(overall_ppm, 0)
    of = Words("该产品", "this product")
    if level.startswith("bank"):
        of = Words("该行产品", "the bank's products")
    elif level == "kind_section":
        of = Words("各产品", "any product")
    return Words(
        f"{group.zh}{before}{of.zh}后约{share}{after}，全部企业和产品平均约{overall}",
        f"{sentence.format(share, of.en, group.en, done)}, {overall} over all firms and products",
    )


def record_words(measure: Measure, level: str, count: int | None, least: int) -> Words:
    """Word how often the platform has met such a pair; `count` is None where it is fewer than `least`."""
    of = Words("该行对同类主体", "the bank and this kind of firm") if level.startswith("bank") else _OF_RECORD[level]
    what = (
        Words("笔申请有审批结果", "applications decided")
        if measure is Measure.granted
        else Words("次展示有结果", "showings settled")
    )
    if count is None:
        return Words(f"{of.zh}在平台上近期不足{least}{what.zh}", f"{of.en}: fewer than {least} recent {what.en}")
    return Words(f"{of.zh}在平台上近期约有{count}{what.zh}", f"{of.en}: about {count} recent {what.en}")


_OF_RECORD = {
    "product": Words("该产品", "this product"),
    "product_kind_section": Words("该产品对同类同行业企业", "this product and this kind and section"),
}


def _group(level: str, segments: Mapping[str, str]) -> Words | None:
    names = _NAMED[level]
    if any(not segments[name] for name in names):
        return None
    parts = [_SAID[name](segments[name]) for name in names]
    if level in ("product", "bank"):
        return Words("企业", "firms")
    zh = "的".join(part.zh for part in parts)
    return Words(zh if affinity.KIND in names else f"{zh}的企业", ", ".join(part.en for part in parts))


_NAMED: dict[str, tuple[str, ...]] = {
    "product": (),
    "bank": (),
    "bank_kind": (affinity.KIND,),
    "bank_section": (affinity.SECTION,),
    "kind_section": (affinity.SECTION, affinity.KIND),
    "product_section": (affinity.SECTION,),
    "product_kind_section": (affinity.SECTION, affinity.KIND),
    "product_prefecture": (affinity.PREFECTURE,),
    "product_size": (affinity.SIZE,),
    "product_amount": (affinity.AMOUNT_BAND,),
    "product_term": (affinity.TERM_BAND,),
}


def _kind(code: str) -> Words:
    # In a sentence about firms of one kind the plain word would read as all firms.
    return Words("公司类企业", "company") if code == "company" else CODES["kind"].get(code, Words("同类主体", code))


def _code_of(name: str, code: str) -> Words:
    return CODES[name].get(code, Words(code, code))


def _money_band(what: Words, bounds: tuple[int, ...], band: str) -> Words:
    place = int(band)
    edges = [money(bound * FEN_PER_YUAN) for bound in bounds]
    return _band_words(what, edges, place)


def _band_words(what: Words, edges: list[Words], place: int) -> Words:
    if place == 0:
        return Words(f"{what.zh}{edges[0].zh}及以下", f"{what.en} up to {edges[0].en}")
    if place == len(edges):
        return Words(f"{what.zh}{edges[-1].zh}以上", f"{what.en} above {edges[-1].en}")
    low, high = edges[place - 1], edges[place]
    return Words(f"{what.zh}{low.zh}至{high.zh}", f"{what.en} {low.en} to {high.en}")


_SALES, _AMOUNT, _TERM = (
    Words("近12个月开票销售额", "sales of"),
    Words("申请金额", "amounts of"),
    Words("申请期限", "terms of"),
)
_SAID: Mapping[str, Callable[[str], Words]] = {
    affinity.KIND: _kind,
    affinity.SECTION: lambda code: _code_of("industry_section", code),
    affinity.PREFECTURE: lambda code: _code_of("prefecture", code),
    affinity.SIZE: lambda band: _money_band(_SALES, SALES_BOUNDS_YUAN, band),
    affinity.AMOUNT_BAND: lambda band: _money_band(_AMOUNT, AMOUNT_BOUNDS_YUAN, band),
    affinity.TERM_BAND: lambda band: _band_words(_TERM, [months(one) for one in TERM_BOUNDS_MONTHS], int(band)),
}
