"""Advice in words: numbered steps with their time and effort, what only waiting brings, and what cannot change."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from matching.acts import AMOUNT, TERM, Outcome, effort_words, is_forbidden
from matching.amounts import PPM
from matching.counterfactual import Advice, Plan, Status, Step
from matching.counterfactual_clauses import Row, Value
from matching.criteria import EPOCH
from matching.eligibility import CREDIT_LINE
from matching.labels import Words
from matching.sentence import criterion_words, day_zh, money, months, value_words
from matching.vocabulary import column

DAYS_PER_YEAR = 365
INTERNAL = Words(
    "该产品还有银行内部条件，本建议不涉及，是否符合由银行判断。",
    "The product also has internal conditions of the bank, of which this advice says nothing.",
)
HEADS = {
    Status.fits: Words("目前已符合该产品的条件。", "The product fits already."),
    Status.plan: Words("完成以下各项后即符合公开条件。", "Once this is done, the published criteria are met."),
    Status.can_be_told: Words(
        "完成以下各项后才能判断是否符合，结果取决于补充的数据。",
        "Once this is done it can be told whether the product fits; that depends on what is supplied.",
    ),
    Status.if_wrong: Words(
        "只有在记录确有错误并经更正后才会符合。", "It would fit only if a record is wrong and is corrected."
    ),
    Status.no_change: Words("没有可行的改变能使该产品适合。", "No feasible change makes the product fit."),
    Status.internal: Words(
        "公开条件均已满足，还有银行内部条件未满足或尚不能判断。",
        "All published criteria are met; internal conditions of the bank are not, or cannot be told.",
    ),
}
ASKED = Words("同时提出申请时：", "When applying: ")


@dataclass(frozen=True, slots=True)
class StepWords:
    """One step for a reader: what, how many days from today until it is done, and the effort."""

    act: str
    text: Words
    days: int
    effort: Words


def head_words(advice: Advice) -> Words:
    """Word how a product stands."""
    return HEADS[advice.status]


def step_words(advice: Advice, plan: Plan, as_of: date) -> tuple[StepWords, ...]:
    """Word the steps of a plan, those soonest done first, waiting last."""
    found = [_step(step) for step in plan.steps]
    found.sort(key=lambda one: (one.days, one.act))
    return (*found, *_waiting(advice, plan, as_of))


def blocked_words(advice: Advice, today: Row, horizon_days: int) -> tuple[Words, ...]:
    """Word the proof that nothing makes a product fit: the clauses, and the columns that nothing moves."""
    request = advice.request
    demanded = [criterion_words(advice.product, name, request) for name in advice.blocking]
    years = horizon_days // DAYS_PER_YEAR
    zh, en = "；".join(one.zh for one in demanded), "; ".join(one.en for one in demanded)
    if len(demanded) > 1:
        first = Words(f"{years}年内无法同时满足：{zh}", f"Within {years} years these cannot all be met: {en}")
    else:
        first = Words(f"{years}年内无法满足：{zh}", f"Within {years} years this cannot be met: {en}")
    return (first, *(_stuck(name, today.get(name)) for name in advice.stuck if not name.startswith("@")))


def _stuck(name: str, value: Value) -> Words:
    of, words = column(name), worded(name, value)
    if is_forbidden(name) and of.block != "registry":
        return Words(
            f"{of.zh}（{words.zh}）由真实经营形成，不作为改变建议",
            f"{of.en} ({words.en}) comes of real trade; no change is advised",
        )
    return Words(f"{of.zh}（{words.zh}）不能改变", f"{of.en} ({words.en}) cannot be changed")


def worded(name: str, value: Value) -> Words:
    """Word a stored value of a column, or an amount or term that is asked for."""
    if name == AMOUNT and isinstance(value, int):
        return money(value)
    if name == TERM and isinstance(value, int):
        return months(value)
    of = column(name)
    if isinstance(value, float):
        return value_words(of, round(value * PPM))
    if of.unit == "day" and isinstance(value, int):
        return value_words(of, date.fromordinal(EPOCH.toordinal() + value).isoformat())
    return value_words(of, value)


def _step(step: Step) -> StepWords:
    chosen = {change.column for change in step.act.changes if change.way not in ("add", "follow")}
    changed = [(name, before, after) for name, before, after in step.changes if before != after and name in chosen]
    zh, en = step.act.zh, step.act.en
    if changed and step.act.outcome is not Outcome.told:
        name, before, after = changed[0]
        was, now, change = _exactly(name, before), _exactly(name, after), _change(changed)
        zh = zh.format(before=was.zh, after=now.zh, change=change.zh)
        en = en.format(before=was.en, after=now.en, change=change.en)
    if step.act.outcome is Outcome.granted:
        zh, en = f"{zh}（须经主管部门认定）", f"{en} (an authority decides)"
    return StepWords(step.act.id, Words(zh, en), step.ready, Words(*effort_words(step.act.effort)))


def _exactly(name: str, value: Value) -> Words:
    """Word a value as it must be done: an amount to pay is never rounded."""
    is_money = not name.startswith("@") and column(name).unit == "fen"
    return money(value) if is_money and isinstance(value, int) else worded(name, value)


def _change(changed: list[tuple[str, Value, Value]]) -> Words:
    """Word by how much columns change, each named where there are several."""
    found = []
    for name, before, after in changed:
        if not (isinstance(before, int) and isinstance(after, int)):
            continue
        words = _exactly(name, abs(before - after))
        of = None if name.startswith("@") else column(name)
        named = Words(f"{of.zh}{words.zh}", f"{of.en}: {words.en}") if of is not None and len(changed) > 1 else words
        found.append(named)
    return Words("、".join(one.zh for one in found), ", ".join(one.en for one in found))


def _waiting(advice: Advice, plan: Plan, as_of: date) -> Iterator[StepWords]:
    if not plan.waited:
        return
    day = as_of + timedelta(days=plan.days)
    brought = [criterion_words(advice.product, name, advice.request) for name in plan.waited_for if name != CREDIT_LINE]
    then_zh, then_en = "；".join(one.zh for one in brought), "; ".join(one.en for one in brought)
    acts = max((step.ready for step in plan.steps), default=0)
    zh = f"还需等待{plan.days}天（至{day_zh(day)}），届时满足：{then_zh}"
    en = f"wait {plan.days} days (until {day.isoformat()}); then: {then_en}"
    if acts >= plan.days:
        zh, en = f"其间（至{day_zh(day)}）时间也使其满足：{then_zh}", f"meanwhile (by {day.isoformat()}): {then_en}"
    yield StepWords("wait", Words(zh, en), plan.days, Words("无", "none"))
