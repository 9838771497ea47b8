"""Advice equals trying everything, in cost and sets; carried out it makes the product fit; a refusal is proved."""

from datetime import date
from typing import Any

import pytest
from advice_worlds import AS_OF, criteria, situations, small_acts
from brute_advice import brute, verdicts
from hypothesis import given, settings
from hypothesis import strategies as st
from matching_worlds import product

from matching.acts import AMOUNT, TERM, Outcome, packaged_acts
from matching.counterfactual import TIERS, Advice, Plan, Status, advise, ask, cheapest
from matching.counterfactual_clauses import demands
from matching.counterfactual_paths import Path, calendar_paths, path_of
from matching.counterfactual_question import Situation
from matching.criteria import EPOCH
from matching.eligibility import Request
from matching.product import Product

ACTS = small_acts()
DOING = frozenset({Outcome.sure, Outcome.granted})
LINES = [
    [],
    [{"rule": "caps", "by": "tax_rating", "caps_yuan": {"A": 900000, "B": 300000, "C": 20000}}],
    [{"rule": "share", "of": "sales_12m_fen", "share": "0.5"}],
]
REQUESTS = [Request(), Request(50_000_000, 12), Request(2_000_000, 48)]
Row = dict[str, Any]


def fits(one: Product, plan: Plan) -> bool:
    """Tell a plan's row by the evaluation over columns."""
    row = dict(plan.row) | {AMOUNT: plan.request.amount_fen, TERM: plan.request.term_months}
    return verdicts(one, [row], AS_OF)[0]


@settings(max_examples=60)
@given(criteria(), situations(), st.sampled_from(LINES), st.sampled_from(REQUESTS))
def test_the_cheapest_sets_are_those_of_trying_everything(
    clauses: list[Row], situation: Situation, limits: list[Row], request: Request
) -> None:
    one = product(criteria=clauses, limits=limits)
    question = ask(one, request, situation, ACTS, demands(one, request).public, DOING)
    plans = cheapest(question)
    tried = brute(one, request, situation, ACTS, DOING)
    assert (None if not plans else (plans[0].cost, frozenset(tuple(sorted(plan.acts)) for plan in plans))) == tried
    assert len({plan.cost for plan in plans}) <= 1


@settings(max_examples=80)
@given(criteria(), situations(), st.sampled_from(LINES), st.sampled_from(REQUESTS))
def test_what_is_advised_makes_the_product_fit_and_what_is_refused_is_proved(
    clauses: list[Row], situation: Situation, limits: list[Row], request: Request
) -> None:
    one = product(criteria=clauses, limits=limits)
    advice = advise(one, request, situation, ACTS)
    now = verdicts(one, [dict(situation.row) | {AMOUNT: request.amount_fen, TERM: request.term_months}], AS_OF)[0]
    assert (advice.status is Status.fits) == now
    assert bool(advice.plans) == (advice.status in {status for status, _ in TIERS})
    for plan in advice.plans:
        assert fits(one, plan)
    if advice.status is Status.no_change:
        _check_proof(one, request, situation, advice)


def _check_proof(one: Product, request: Request, situation: Situation, advice: Advice) -> None:
    """Hold the blocking clauses to it: alone they have no plan, and with any one of them left out there is one."""
    public = demands(one, request).public
    blocking = [demand for demand in public if demand.id in advice.blocking]
    assert blocking

    def possible(some: list[Any]) -> bool:
        return bool(cheapest(ask(one, request, situation, ACTS, some, frozenset(Outcome))))

    assert not possible(blocking)
    for left_out in blocking:
        rest = [demand for demand in blocking if demand is not left_out]
        assert not rest or possible(rest)


def _firm(paths: dict[str, Path] | None = None, **row: Any) -> Situation:  # noqa: ANN401 (stored values)
    known: Row = {"kind": "company", "unfiled_returns_24m": 0, "late_filings_12m": 0, "tax_arrears_fen": 0}
    return Situation(known | row, (AS_OF - EPOCH).days, paths or {})


def _clause(name: str, column: str, op: str, value: Any, **more: Any) -> Row:  # noqa: ANN401
    return {"id": name, "require": {"column": column, "op": op, "value": value}, **more}


def test_filing_what_is_missing_counts_as_late_and_the_next_rule_is_not_run_into() -> None:
    rules = [_clause("filed", "unfiled_returns_24m", "equals", 0), _clause("late", "late_filings_12m", "at_most", 1)]
    advice = advise(product(criteria=rules), Request(), _firm(unfiled_returns_24m=2), ACTS)
    (plan,) = advice.plans
    # Filed at once, both would count as late; on the ninth day they no longer do.
    assert (plan.cost, plan.acts) == ((9, 1, 1), ("file_returns",))
    assert plan.row["late_filings_12m"] == 0
    assert (plan.waited, plan.waited_for) == (("late_filings_12m",), ("late",))


def test_waiting_is_counted_to_the_day_and_ends_before_another_rule_bites() -> None:
    rules = [_clause("old", "age_months", "at_least", 24), _clause("young", "age_months", "at_most", 25)]
    paths = {"age_months": Path((3, 8), (24, 26))}
    (plan,) = advise(product(criteria=rules), Request(), _firm(paths, age_months=23), ACTS).plans
    assert (plan.cost, plan.acts, plan.waited) == ((3, 0, 0), (), ("age_months",))
    late = {"age_months": Path((8,), (26,))}
    advice = advise(product(criteria=rules), Request(), _firm(late, age_months=23), ACTS)
    assert (advice.status, set(advice.blocking)) == (Status.no_change, {"old", "young"})


def test_two_equally_cheap_sets_are_both_given() -> None:
    either = [
        {"column": "lenders_count", "op": "at_most", "value": 1},
        {"column": "executed_open_count", "op": "equals", "value": 0},
    ]
    acts = ACTS.model_copy(
        update={
            "acts": tuple(
                act.model_copy(update={"days": 3, "effort": 8}) for act in ACTS.acts if act.id in ("pay_off", "settle")
            )
        }
    )
    advice = advise(
        product(criteria=[{"id": "either", "require": {"any": either}}]),
        Request(),
        _firm(lenders_count=3, executed_open_count=1),
        acts,
    )
    assert {plan.acts for plan in advice.plans} == {("settle",), ("pay_off",)}


def test_what_nothing_moves_is_named() -> None:
    rules = [_clause("kind", "kind", "equals", "cooperative"), _clause("owed", "tax_arrears_fen", "equals", 0)]
    advice = advise(product(criteria=rules), Request(), _firm(tax_arrears_fen=100), ACTS)
    assert (advice.status, advice.blocking, advice.stuck) == (Status.no_change, ("kind",), ("kind",))


def test_what_is_missing_can_only_be_told() -> None:
    rules = [_clause("sales", "sales_12m_fen", "at_least", 5000), _clause("owed", "tax_arrears_fen", "equals", 0)]
    advice = advise(product(criteria=rules), Request(), _firm(tax_arrears_fen=100), ACTS)
    assert advice.status is Status.can_be_told
    assert {act for plan in advice.plans for act in plan.acts} == {"tell:invoices", "pay_arrears"}


def test_a_dispute_is_the_last_resort_and_says_so() -> None:
    advice = advise(
        product(criteria=[_clause("late", "late_filings_12m", "equals", 0)]), Request(), _firm(late_filings_12m=2), ACTS
    )
    assert (advice.status, advice.plans[0].acts) == (Status.if_wrong, ("dispute",))


@pytest.mark.parametrize("shown", ["bank_only", "range"])
@pytest.mark.parametrize("debts", [0, 3])
def test_no_advice_speaks_of_internal_conditions_nor_depends_on_them(shown: str, debts: int) -> None:
    rules = [
        _clause("owed", "tax_arrears_fen", "equals", 0),
        _clause("secret", "lenders_count", "at_most", 1, shown=shown),
    ]
    advice = advise(product(criteria=rules), Request(), _firm(tax_arrears_fen=100, lenders_count=debts), ACTS)
    assert (advice.status, advice.has_internal) == (Status.plan, True)
    assert [plan.acts for plan in advice.plans] == [("pay_arrears",)]
    met = advise(product(criteria=rules), Request(), _firm(lenders_count=debts), ACTS)
    assert met.status is (Status.fits if debts <= 1 else Status.internal)


def test_another_amount_and_term_may_be_asked_for() -> None:
    one = product(criteria=[_clause("owed", "tax_arrears_fen", "equals", 0)], limits=LINES[2])
    firm = _firm(sales_12m_fen=60_000_000)
    (plan,) = advise(one, Request(80_000_000, 48), firm, ACTS).plans
    assert (plan.days, plan.effort) == (0, 0)
    assert plan.request == Request(30_000_000, 36)


def test_the_calendar_ages_a_firm_no_sooner_than_it_may() -> None:
    paths = calendar_paths({"age_months": 23, "months_since_first_sale": 11}, date(2026, 1, 31), 70)
    # A month on from 31 January is the last of February; the first of March counts a month of sales more.
    assert paths["age_months"] == Path((28, 59), (24, 25))
    assert paths["months_since_first_sale"] == Path((1, 29, 60), (12, 13, 14))
    assert path_of({0: 2, 5: 2, 9: 1, 7: 2}, 2) == Path((9,), (1,))
    assert path_of({0: 2, 5: 2}, 2) is None


def test_the_packaged_acts_advise_on_a_firm_with_two_missing_returns() -> None:
    rules = [_clause("filed", "unfiled_returns_24m", "equals", 0), _clause("old", "age_months", "at_least", 24)]
    row = {"unfiled_returns_24m": 2, "late_filings_12m": 0, "age_months": 22}
    situation = Situation(row, (AS_OF - EPOCH).days, calendar_paths(row, AS_OF, 1096))
    (plan,) = advise(product(criteria=rules), Request(), situation, packaged_acts()).plans
    assert (plan.days, plan.acts, plan.waited) == (61, ("file_returns",), ("age_months",))
