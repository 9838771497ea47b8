"""Advice in words a firm can follow, and the list of what gains most products soonest."""

from typing import Any

from advice_worlds import AS_OF
from matching_worlds import product

from matching.acts import packaged_acts
from matching.counterfactual import Advice, Status, advise
from matching.counterfactual_clauses import Value, demands
from matching.counterfactual_many import gains
from matching.counterfactual_paths import Path
from matching.counterfactual_question import Situation
from matching.counterfactual_words import blocked_words, head_words, step_words
from matching.criteria import EPOCH
from matching.eligibility import Request
from matching.product import Product

ACTS = packaged_acts()
FILED = {"id": "filed", "require": {"column": "unfiled_returns_24m", "op": "equals", "value": 0}}
OLD = {"id": "old", "require": {"column": "age_months", "op": "at_least", "value": 24}}
PAID = {"id": "paid", "require": {"column": "tax_arrears_fen", "op": "equals", "value": 0}}
SOLD = {"id": "sold", "require": {"column": "sales_12m_fen", "op": "at_least", "value": 900000}}
TRADE = {"id": "trade", "require": {"column": "industry_section", "op": "in", "values": ["A"]}}


def _firm(paths: dict[str, Path] | None = None, **row: Value) -> Situation:
    known: dict[str, Value] = {
        "unfiled_returns_24m": 2,
        "late_filings_12m": 0,
        "tax_arrears_fen": 1_234_500,
        "age_months": 22,
        "sales_12m_fen": 10_000_000,
        "industry_section": "C",
    }
    return Situation(known | row, (AS_OF - EPOCH).days, paths or {"age_months": Path((12, 73), (23, 24))})


def _of(criteria: list[dict[str, Any]], request: Request = Request(), **changes: object) -> Advice:  # noqa: B008 (frozen)
    return advise(product(criteria=criteria, **changes), request, _firm(), ACTS)


def test_steps_say_what_how_long_and_how_hard_and_waiting_is_counted_to_the_day() -> None:
    advice = _of([FILED, PAID, OLD])
    (plan,) = advice.plans
    steps = step_words(advice, plan, AS_OF)
    assert [(step.text.zh, step.days, step.effort.zh) for step in steps] == [
        ("清缴欠税12,345元", 3, "中等"),
        ("补报2期应报未报的纳税申报", 5, "很小"),
        ("还需等待73天（至2026年9月11日），届时满足：成立满2年", 73, "无"),
    ]
    assert steps[2].text.en == "wait 73 days (until 2026-09-11); then: established for at least 2 years"
    assert head_words(advice).zh == "完成以下各项后即符合公开条件。"


def test_another_amount_is_worded_as_asking_for_it() -> None:
    little = {"id": "little", "require": {"column": "sales_12m_fen", "op": "at_least", "value": 1}}
    advice = _of([little], Request(300_000_000, 12))
    (plan,) = advice.plans
    assert [step.text.zh for step in step_words(advice, plan, AS_OF)] == ["把申请金额由300万元调整为100万元"]


def test_what_cannot_change_is_said_plainly_and_trade_is_never_to_be_raised() -> None:
    trade, sold = _of([TRADE]), _of([SOLD])
    assert (trade.status, sold.status) == (Status.no_change, Status.no_change)
    assert [one.zh for one in blocked_words(trade, _firm().row, 1096)] == [
        "3年内无法满足：所属行业为农、林、牧、渔业",
        "行业门类（制造业）不能改变",
    ]
    assert blocked_words(sold, _firm().row, 1096)[1].zh == "近12个月开票销售额（10万元）由真实经营形成，不作为改变建议"


def test_what_gains_most_products_for_its_days_comes_first() -> None:
    def made(name: str, criteria: list[dict[str, Any]]) -> Product:
        return product(id=name, criteria=criteria)

    products = [
        made("a", [FILED]),
        made("b", [FILED]),
        made("c", [FILED, PAID]),
        made("d", [OLD]),
        made("e", [TRADE]),
        made("f", [FILED, {**OLD, "shown": "bank_only"}]),
    ]
    situation, request = _firm(), Request()
    asked = {one.id: demands(one, request) for one in products}
    advices = [advise(one, request, situation, ACTS, asked[one.id]) for one in products]
    found = gains(advices, asked, request, situation, ACTS)
    # Filing alone gains two in five days; with the arrears paid three; the age of 24 months comes last. The product
    # with an internal condition is in none of them, for nobody can say that it fits.
    assert [(gain.plan.acts, gain.plan.days, gain.gained) for gain in found] == [
        (("file_returns", "pay_tax_arrears"), 5, ("a", "b", "c")),
        (("file_returns",), 5, ("a", "b")),
        ((), 73, ("d",)),
    ]
