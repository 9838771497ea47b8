"""How reasons are worded: each from what is true of that firm, not from one template."""

from collections.abc import Sequence
from datetime import date

from matching.amounts import PPM, half_even
from matching.compile import CodeTest, DayTest, NumberTest, RatioTest
from matching.eligibility import Eligibility
from matching.labels import CHANGES, CODE_IS, LASTING, NONE_OF, SALES_MONTHS, TRUE_OF, Words
from matching.product import CapsLimit, FeeKind, Repayment, ShareLimit
from matching.rank import Terms, nominal_ppm
from matching.sentence import (
    DAYS,
    before_words,
    bound_words,
    day_zh,
    money,
    months,
    part_words,
    percent,
    ratio_words,
    since_words,
    value_words,
)
from matching.vocabulary import Column, column

NUMERALS = "零一二三四五六七八九"
FEES: dict[FeeKind, Words] = {
    FeeKind.guarantee: Words("担保费", "guarantee fee"),
    FeeKind.valuation: Words("评估费", "valuation fee"),
    FeeKind.insurance: Words("保险费", "insurance premium"),
    FeeKind.registration: Words("登记费", "registration fee"),
    FeeKind.notary: Words("公证费", "notary fee"),
    FeeKind.service: Words("服务费", "service fee"),
    FeeKind.other: Words("其他费用", "other fees"),
}
# Why a rate without fees is not the nominal one: interest that is paid earlier costs more.
REPAID: dict[Repayment, Words] = {
    Repayment.bullet: Words("到期一次还本付息", "all is repaid at the end"),
    Repayment.interest_monthly: Words("按月付息", "interest is paid monthly"),
    Repayment.equal_principal: Words("按月等额本金还款", "equal parts of principal are repaid monthly"),
    Repayment.equal_instalments: Words("按月等额本息还款", "equal instalments are paid monthly"),
}
# How a firm's own span reads that is not worded like the demand.
LEADS: dict[str, Words] = {
    "age_months": Words("已成立", "established for"),
    "months_since_first_sale": Words("已开票经营", "invoicing for"),
}
FAR_PPM = 500_000
TWICE, FAR_TIMES = 2, 10
ONE_PERCENT_PPM = 10_000


def with_source(words: Words, source: Words, day: date | None) -> Words:
    """Add where the fact comes from and the day up to which it was seen, None where no day belongs to it."""
    if day is None:
        return Words(f"{words.zh}（{source.zh}）", f"{words.en} ({source.en})")
    return Words(f"{words.zh}（{source.zh}，截至{day_zh(day)}）", f"{words.en} ({source.en}, up to {day.isoformat()})")


def code_words(test: CodeTest, value: str) -> Words:
    """Word a code that is among those accepted."""
    of = column(test.column)
    frame = CODE_IS.get(of.name, Words(of.zh + "为{}", of.en + " is {}"))
    firm = value_words(of, value)
    wanted = [value_words(of, name) for name in sorted(test.wanted)]
    stated = Words(frame.zh.format(firm.zh), frame.en.format(firm.en))
    if test.outside:
        kept_out = "、".join(word.zh for word in wanted)
        return Words(f"{stated.zh}，不在排除范围（{kept_out}）", f"{stated.en}, not one that is left out")
    if len(wanted) == 1:
        return Words(f"{stated.zh}，符合要求", f"{stated.en}, as demanded")
    accepted = "、".join(word.zh for word in wanted)
    listed = ", ".join(word.en for word in wanted)
    return Words(f"{stated.zh}，在可接受范围（{accepted}）内", f"{stated.en}, among those accepted ({listed})")


def number_words(test: NumberTest, value: int, room_ppm: int, *, narrow: bool) -> Words:
    """Word a value beside the bound it clears; `room_ppm` is the head-room in millionths, −1 where there is none."""
    of = column(test.column)
    if of.name in NONE_OF and value == 0:
        return NONE_OF[of.name]
    if of.name in TRUE_OF and value == 1:
        return TRUE_OF[of.name]
    if test.low is not None and test.high is not None:
        return _within(of, value, test.low, test.high, outside=test.outside)
    if test.low is not None:
        return _above(of, value, test.low, narrow=narrow)
    return _below(of, value, test.high or 0, room_ppm, narrow=narrow)


def ratio_test_words(test: RatioTest, amount: int, base: int, *, narrow: bool) -> Words:
    """Word an amount beside the one it is divided by, and what is demanded of the two."""
    of, over = column(test.column), column(test.over)
    first, second, part = value_words(of, amount), value_words(over, base), part_words(amount, base, test.ppm)
    demand = ratio_words(of, over, test.op, test.ppm)
    zh, en = ("，余量较小", ", with little to spare") if narrow else ("", "")
    return Words(
        f"{of.zh}{first.zh}，为{over.zh}（{second.zh}）的{part.zh}，符合“{demand.zh}”的要求{zh}",
        f"{of.en} {first.en}, {part.en} of {over.en} ({second.en}), as demanded ({demand.en}){en}",
    )


def day_test_words(test: DayTest, value: str) -> Words:
    """Word a day beside what is demanded of it."""
    of, day = column(test.column), value_words(column(test.column), value)
    if test.op in ("equals", "differs"):
        when = before_words(test.before)
        return Words(f"{of.zh}为{day.zh}，符合要求（{when.zh}）", f"{of.en} {day.en}, as demanded ({when.en})")
    demand = since_words(of, test.op, test.before)
    return Words(f"{of.zh}为{day.zh}，符合“{demand.zh}”的要求", f"{of.en} {day.en}, as demanded ({demand.en})")


def fixed_day_words(test: NumberTest, value: str) -> Words:
    """Word a day beside the day or days it is held against."""
    of = column(test.column)
    day = value_words(of, value)
    ends = [None if bound is None else bound_words(of, bound) for bound in (test.low, test.high)]
    low, high = ends
    if low is not None and high is not None:
        apart = Words("不在", "not in") if test.outside else Words("在", "in")
        demand = Words(f"{apart.zh}{low.zh}至{high.zh}之间", f"{apart.en} {low.en} to {high.en}")
    else:
        op = {(True, True): "above", (True, False): "at_least", (False, True): "below", (False, False): "at_most"}
        how, end = DAYS[op[low is not None, test.is_open]], low or high or day
        demand = Words(f"{how.zh}{end.zh}", f"{how.en} {end.en}")
    return Words(f"{of.zh}为{day.zh}，符合{demand.zh}的要求", f"{of.en} {day.en}, as demanded ({demand.en})")


def indivisible_words(over: Column, criterion: Words, more: int) -> Words:
    """Word a ratio that cannot be told because there is nothing to divide by."""
    rest = _more(more)
    return Words(
        f"{over.zh}不为正数，无法计算比例，不能判断是否满足“{criterion.zh}”{rest.zh}",
        f"{over.en} is not positive, so the ratio cannot be told: {criterion.en}{rest.en}",
    )


def internal_words() -> Words:
    """Word that a condition which the firm may not read cannot be told."""
    return Words(
        "银行内部条件暂不能判断，由银行核实", "an internal condition of the bank cannot be told; the bank looks into it"
    )


def peer_words(of: Column, tenths: int, label: Words, *, lower: bool) -> Words:
    """Word a place among peers; `lower` where less is better."""
    zh, en = ("低于", "below") if lower else ("高于", "above")
    return Words(f"{zh}{label.zh}约{NUMERALS[tenths]}成企业", f"{of.en} {en} about {tenths} in 10 of {label.en}")


def line_words(eligibility: Eligibility, row: int) -> Words:
    """Word the firm's limit, the rule that binds it and the firm's values in that rule."""
    fen, place = int(eligibility.line.fen[row]), int(eligibility.line.binding[row])
    limit = money(fen, exact=False)
    words = _ruled(eligibility, row, place, limit) if place else _capped(eligibility, row, limit)
    asked = eligibility.request_of(row).amount_fen
    if asked is None or asked > fen:
        return words
    amount, part = money(asked), _part(asked, max(fen, 1), 0)
    return Words(f"{words.zh}，申请的{amount.zh}占其{part.zh}", f"{words.en}; the {amount.en} asked is {part.en} of it")


def price_words(eligibility: Eligibility, terms: Terms, row: int) -> Words:
    """Word the all-in annual rate, or what of it is known."""
    product, price, term = eligibility.product, terms.price, int(terms.months[row])
    amount = money(int(terms.amounts_fen[row]), exact=False)
    nominal, rate = percent(nominal_ppm(eligibility, row), 2), percent(int(price.rate_ppm[row]), 2)
    if terms.example[row]:
        base, ground = f"以借款{amount.zh}、{term}个月为例", f"for example for {amount.en} over {term} months"
    else:
        base, ground = f"按借款{amount.zh}、{term}个月测算", f"for {amount.en} over {term} months"
    if price.unknown:
        fees = _listed(price.unknown)
        return Words(
            f"{base}，名义年利率{nominal}，已知部分折合年化{rate}；{fees.zh}未公布，实际成本会更高",
            f"{ground} nominal {nominal}, {rate} a year with what is known; {fees.en} not published, so it costs more",
        )
    kinds = [fee.kind for fee in product.fees if fee.payer == "enterprise"]
    if kinds:
        fees = _listed(kinds)
        return Words(
            f"{base}，年化综合融资成本{rate}，含{fees.zh}", f"{ground} all-in {rate} a year, {fees.en} included"
        )
    if rate == nominal:
        return Words(
            f"{base}，年化综合融资成本{rate}，无其他已知费用", f"{ground} all-in {rate} a year, no other known fee"
        )
    how = REPAID[product.repayment]
    return Words(
        f"{base}，名义年利率{nominal}，{how.zh}折算年化{rate}，无其他已知费用",
        f"{ground} nominal {nominal}, {rate} a year as {how.en}, no other known fee",
    )


def standing_words(default_ppm: int, band: Words) -> Words:
    """Word the probability of default within a year and its band."""
    chance = percent(default_ppm, 1)
    return Words(
        f"信用风险{band.zh}：模型估计未来12个月违约概率约{chance}",
        f"{band.en} credit risk: about {chance} to default within 12 months",
    )


def undated_standing_words(default_ppm: int) -> Words:
    """Word a probability whose label has no day: it has no horizon, so yearly limits would give it a false band."""
    chance = percent(default_ppm, 1)
    return Words(
        f"模型估计违约概率约{chance}（标签无日期，不代表12个月）",
        f"the model finds about {chance} to default (from an undated label, not within 12 months)",
    )


def missing_words(labels: Sequence[Words], criterion: Words, suppliers: Words, more: int) -> Words:
    """Word what is not known, which demand hangs on it and who can supply it."""
    zh = "、".join(label.zh for label in labels)
    en = ", ".join(label.en for label in labels)
    rest = _more(more)
    return Words(
        f"暂缺{zh}，无法判断是否满足“{criterion.zh}”，可由{suppliers.zh}补充{rest.zh}",
        f"{en} missing, so it cannot be told whether: {criterion.en}; can come from {suppliers.en}{rest.en}",
    )


def _more(count: int) -> Words:
    return Words(f"；另有{count}项条件同样待补资料", f"; {count} more demands are open") if count else Words("", "")


def _within(of: Column, value: int, low: int, high: int, *, outside: bool) -> Words:
    firm, first, last = value_words(of, value), bound_words(of, low), bound_words(of, high)
    if outside:
        kept_out = first.zh if low == high else f"{first.zh}至{last.zh}"
        return Words(f"{of.zh}{firm.zh}，不在排除范围（{kept_out}）", f"{of.en} {firm.en}, not one that is left out")
    if low == high:
        return Words(f"{of.zh}{firm.zh}，符合要求", f"{of.en} {firm.en}, as demanded")
    return Words(
        f"{of.zh}{firm.zh}，在{first.zh}至{last.zh}的要求之内", f"{of.en} {firm.en}, within {first.en} to {last.en}"
    )


def _above(of: Column, value: int, low: int, *, narrow: bool) -> Words:
    if of.name in SALES_MONTHS:
        window = SALES_MONTHS[of.name]
        return Words(
            f"近{window}个月中{value}个月有开票销售，要求至少{low}个月",
            f"sales invoices in {value} of {window} months, {low} demanded",
        )
    if of.name in LASTING:
        lead, least = _lasted(of, _span(value)), months(low)
        return Words(f"{lead.zh}，要求满{least.zh}", f"{lead.en}, {least.en} demanded")
    if of.name in CHANGES:
        return _changed(CHANGES[of.name], value, low)
    return _just_above(of, value, low) if narrow else _well_above(of, value, low)


def _lasted(of: Column, age: Words) -> Words:
    if of.name in LEADS:
        return Words(f"{LEADS[of.name].zh}{age.zh}", f"{LEADS[of.name].en} {age.en}")
    words = LASTING[of.name]
    return Words(words.zh.format(age.zh).replace("满", "已满", 1), words.en.format(age.en).replace("at least ", "", 1))


def _well_above(of: Column, value: int, low: int) -> Words:
    firm, bound = value_words(of, value, low), bound_words(of, low)
    if of.unit == "fen" and low > 0 and value > FAR_TIMES * low:
        return Words(f"{of.zh}{firm.zh}，远高于准入线{bound.zh}", f"{of.en} {firm.en}, far above {bound.en} demanded")
    if of.unit == "fen" and low > 0 and value >= TWICE * low:
        times = _times(value, low)
        return Words(
            f"{of.zh}{firm.zh}，为准入线{bound.zh}的{times}倍",
            f"{of.en} {firm.en}, {times} times the {bound.en} demanded",
        )
    return Words(f"{of.zh}{firm.zh}，达到不低于{bound.zh}的要求", f"{of.en} {firm.en}, at least {bound.en} demanded")


def _just_above(of: Column, value: int, low: int) -> Words:
    firm, bound = value_words(of, value, low), bound_words(of, low)
    if value == low:
        return Words(f"{of.zh}{firm.zh}，刚好达到准入线", f"{of.en} {firm.en}, exactly what is demanded")
    # A bound of zero has no scale of its own: only ratios come here with one, measured in points.
    over = _part(value - low, abs(low) or PPM, 1)
    about = "约" if over.zh == over.en else ""
    return Words(
        f"{of.zh}{firm.zh}，刚过{bound.zh}的准入线，余量{about}{over.zh}",
        f"{of.en} {firm.en}, just over the {bound.en} demanded, by {over.en}",
    )


def _below(of: Column, value: int, high: int, room_ppm: int, *, narrow: bool) -> Words:
    firm, bound = value_words(of, value, high), bound_words(of, high)
    if of.name == "days_since_last_invoice":
        return Words(f"最近一次开票距今{value}天，要求{high}天内", f"last invoice {value} days ago, {high} allowed")
    if of.name == "months_since_last_sale":
        last = value_words(of, value)
        if value == 0:
            return Words(
                f"{last.zh}，满足最近{high + 1}个完整月内有开票销售的要求", f"{last.en}, within {high + 1} demanded"
            )
        return Words(f"{last.zh}，最多允许{high}个月", f"{last.en}, {high} allowed")
    if narrow:
        return Words(
            f"{of.zh}{firm.zh}，已接近{bound.zh}的上限", f"{of.en} {firm.en}, close to the most allowed, {bound.en}"
        )
    if value == 0 and of.unit == "ratio":
        return Words(f"{of.zh}为零，上限为{bound.zh}", f"{of.en} none, {bound.en} allowed")
    far = "远" if room_ppm >= FAR_PPM else ""
    return Words(
        f"{of.zh}{firm.zh}，{far}低于{bound.zh}的上限", f"{of.en} {firm.en}, {'well ' if far else ''}below {bound.en}"
    )


def _changed(words: Words, value: int, low: int) -> Words:
    size = percent(abs(value), 1)
    went = Words(f"增长{size}", f"up {size}") if value >= 0 else Words(f"下降{size}", f"down {size}")
    least = percent(abs(low))
    if low < 0:
        wanted = Words(f"允许降幅为{least}", f"down {least} allowed")
    elif low == 0:
        wanted = Words("要求不下降", "no fall allowed")
    else:
        wanted = Words(f"要求增长{least}以上", f"up {least} demanded")
    return Words(f"{words.zh}{went.zh}，{wanted.zh}", f"{words.en} {went.en}, {wanted.en}")


def _times(value: int, low: int) -> str:
    whole, tenth = divmod(half_even(value * 10, low), 10)
    return f"{whole}.{tenth}"


def _part(of_it: int, whole: int, places: int) -> Words:
    """Word a part of a whole; one below 1 % is not given to more digits than it is worth."""
    if of_it * PPM < ONE_PERCENT_PPM * whole:
        return Words("不足1%", "under 1%")
    text = percent(half_even(of_it * PPM, whole), places)
    return Words(text, text)


def _span(count: int) -> Words:
    years, rest = divmod(count, 12)
    if years and rest:
        return Words(f"{years}年{rest}个月", f"{years} years {rest} months")
    return months(count)


def _capped(eligibility: Eligibility, row: int, limit: Words) -> Words:
    """Word the product's cap, which no rule undercuts for this firm."""
    if not eligibility.product.limits:
        return Words(
            f"产品最高额度{limit.zh}，实际额度由银行核定",
            f"the product lends up to {limit.en}; the bank sets the firm's own line",
        )
    rule, frame = eligibility.product.limits[0], eligibility.frame
    if isinstance(rule, ShareLimit):
        return _share_beyond(rule.of, frame.value(rule.of, row), rule.share_ppm, limit)
    of, code = column(rule.by), frame.value(rule.by, row)
    firm = value_words(of, code)
    if isinstance(rule, CapsLimit):
        return Words(
            f"{of.zh}{firm.zh}，可贷额度为产品上限{limit.zh}",
            f"{of.en} {firm.en}, so the line is the product's cap of {limit.en}",
        )
    share = _share_beyond(rule.of, frame.value(rule.of, row), rule.shares_ppm.get(str(code), 0), limit)
    return Words(f"{of.zh}{firm.zh}，{share.zh}", f"{of.en} {firm.en}: {share.en}")


def _share_beyond(name: str, value: int | str | None, share_ppm: int, limit: Words) -> Words:
    of, part = column(name), percent(share_ppm)
    base = money(value, exact=False) if isinstance(value, int) else value_words(of, value)
    return Words(
        f"{of.zh}{base.zh}，其{part}已达到产品上限，可贷额度按上限{limit.zh}",
        f"{of.en} {base.en}, {part} of it reaches the product's cap, so the line is the cap of {limit.en}",
    )


def _ruled(eligibility: Eligibility, row: int, place: int, limit: Words) -> Words:
    rule, frame = eligibility.product.limits[place - 1], eligibility.frame
    if isinstance(rule, ShareLimit):
        return _share_of(rule.of, frame.value(rule.of, row), rule.share_ppm, limit)
    code = frame.value(rule.by, row)
    of = column(rule.by)
    firm = value_words(of, code)
    if isinstance(rule, CapsLimit):
        return Words(f"{of.zh}{firm.zh}，对应可贷额度上限{limit.zh}", f"{of.en} {firm.en} allows up to {limit.en}")
    share = _share_of(rule.of, frame.value(rule.of, row), rule.shares_ppm.get(str(code), 0), limit)
    return Words(f"{of.zh}{firm.zh}，{share.zh}", f"{of.en} {firm.en}: {share.en}")


def _share_of(name: str, value: int | str | None, share_ppm: int, limit: Words) -> Words:
    of, part = column(name), percent(share_ppm)
    base = money(value, exact=False) if isinstance(value, int) else value_words(of, value)
    return Words(
        f"按{of.zh}{base.zh}的{part}计算，可贷额度约{limit.zh}",
        f"{part} of {of.en} {base.en} gives a line of about {limit.en}",
    )


def _listed(kinds: Sequence[FeeKind]) -> Words:
    return Words("、".join(FEES[kind].zh for kind in kinds), ", ".join(FEES[kind].en for kind in kinds))
