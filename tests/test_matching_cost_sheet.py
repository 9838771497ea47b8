"""Loans laid out with policies to the fen, and their annual rates, worked out by hand."""

from datetime import date
from itertools import combinations
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matching_worlds import Row, product
from policy_worlds import HALF, capped, fee_policy, loan, policy

from matching.cost import all_in, cash_flows
from matching.cost_items import ItemKind, Laid, Loan, Party, lay_out
from matching.cost_sheet import as_json, as_text, cost_sheet, due_on
from matching.errors import CostError
from matching.policy import Policy, go_together
from matching.policy_price import all_in_with, cheapest
from matching.product import Product, Repayment
from matching.schedule import schedule

REGISTRATION: Row = {"kind": "registration", "payer": "enterprise", "amount_yuan": "500"}
GUARANTEE: Row = {"kind": "guarantee", "payer": "enterprise", "rate": "0.01", "each": "year"}
UNKNOWN: Row = {"kind": "valuation", "payer": "enterprise", "unknown": True}


def lent(repayment: str, *fees: Row, rate: str = "0.06", **changes: object) -> Product:
    return product(repayment=repayment, fees=list(fees), annual_rate=rate, **changes)


def late(lag: int = 12, **changes: object) -> Policy:
    return policy(subsidy={"share": "0.5", "paid": "after_repaid", "lag_months": lag} | changes)


def payments(laid: Laid, kind: ItemKind) -> list[tuple[int, int]]:
    (item,) = [one for one in laid.items if one.kind is kind]
    return [(one.month, one.fen) for one in item.payments]


def test_bullet() -> None:
    # 100,000 less 500 received; 100,000 and 6,000 of interest back after a year: 106,000 ÷ 99,500 − 1 = 0.0653266…
    priced = all_in_with(lent("bullet", REGISTRATION), [], loan())
    assert priced.rate_ppm == 65_327
    assert priced.laid.total_fen == 650_000
    assert payments(priced.laid, ItemKind.interest) == [(12, 600_000)]
    assert payments(priced.laid, ItemKind.registration) == [(0, 50_000)]


def test_bullet_with_a_late_subsidy() -> None:
    # Half of 6,000 a year after repayment: 99,500 = 106,000 v − 3,000 v² with v = 1 ÷ (1 + rate) (the other is 34).
    v = (106_000 - sqrt(106_000**2 - 4 * 3_000 * 99_500)) / (2 * 3_000)
    priced = all_in_with(lent("bullet", REGISTRATION), [late()], loan())
    assert payments(priced.laid, ItemKind.subsidy) == [(24, 300_000)]
    assert priced.rate_ppm == round((1 / v - 1) * 1e6) == 36_230
    assert priced.laid.total_fen == 650_000 - 300_000


def test_a_subsidy_paid_at_once_is_worth_more_than_the_same_paid_late() -> None:
    # With the interest: 103,000 ÷ 99,500 − 1.
    at_once = all_in_with(lent("bullet", REGISTRATION), [late(0)], loan()).rate_ppm
    assert at_once == round((103 / 99.5 - 1) * 1e6) == 35_176
    rates = [all_in_with(lent("bullet"), [late(lag)], loan()).rate_ppm or 0 for lag in (0, 1, 6, 12, 36)]
    assert rates == sorted(set(rates))
    assert rates[-1] < 60_000


def test_equal_instalments() -> None:
    # The instalment of 120,000 at 0.5 % a month over 12 months: 120,000 · 0.005 · 1.005¹² ÷ (1.005¹² − 1) = 10,327.97.
    # First months: interest 600.00 and principal 9,727.97; interest 0.5 % of 110,272.03 = 551.36, principal 9,776.61.
    priced = all_in_with(lent("equal_instalments"), [], loan(120_000))
    first, second, *_, last = priced.laid.instalments
    assert (first.interest_fen, first.principal_fen) == (60_000, 972_797)
    assert (second.interest_fen, second.principal_fen) == (55_136, 977_661)
    assert sum(one.principal_fen for one in priced.laid.instalments) == 12_000_000
    assert abs(last.principal_fen + last.interest_fen - 1_032_797) < 12
    assert priced.rate_ppm == 61_678  # 1.005¹² − 1


def test_equal_instalments_with_a_subsidy_of_each_instalment() -> None:
    # Half of each month's interest back at once: about a loan at 3 %; half of 600.00, of 551.36, …
    half = policy(subsidy=HALF | {"paid": "with_instalment"})
    priced = all_in_with(lent("equal_instalments"), [half], loan(120_000))
    assert payments(priced.laid, ItemKind.subsidy)[:2] == [(1, 30_000), (2, 27_568)]
    assert priced.rate_ppm is not None
    assert abs(priced.rate_ppm - 30_416) <= 2  # 1.0025¹² − 1


def test_equal_principal_with_a_quarterly_subsidy() -> None:
    # 12,000 at 1 % a month over 3 months: 4,000 and interest 120, 80, 40; half of it, 60 + 40 + 20, in month 3 + 2.
    plain = lent("equal_principal", rate="0.12")
    half = policy(subsidy=HALF | {"lag_months": 2})
    laid = all_in_with(plain, [half], loan(12_000, 3)).laid
    assert payments(laid, ItemKind.interest) == [(1, 12_000), (2, 8_000), (3, 4_000)]
    assert payments(laid, ItemKind.subsidy) == [(5, 12_000)]
    assert laid.flows(1_200_000) == {0: 1_200_000, 1: -412_000, 2: -408_000, 3: -404_000, 5: 12_000}
    assert laid.total_fen == 12_000


def test_quarters_and_years_are_those_of_the_loan_and_the_last_may_be_short() -> None:
    monthly = lent("interest_monthly", rate="0.12")  # 1,000 of interest a month
    for paid, expected in (
        ("quarterly", [(3, 150_000), (6, 150_000), (7, 50_000)]),
        ("yearly", [(7, 350_000)]),
        ("with_instalment", [(month, 50_000) for month in range(1, 8)]),
        ("after_repaid", [(7, 350_000)]),
    ):
        half = policy(subsidy=HALF | {"paid": paid})
        assert payments(lay_out(monthly, [half], loan(100_000, 7)), ItemKind.subsidy) == expected
    yearly = policy(subsidy=HALF | {"paid": "yearly"})
    assert payments(lay_out(monthly, [yearly], loan(100_000, 14)), ItemKind.subsidy) == [(12, 600_000), (14, 100_000)]


def test_points_are_of_the_balance_and_never_more_than_the_interest_or_the_cap() -> None:
    def subsidised(rate: str, **subsidy: object) -> list[tuple[int, int]]:
        point = policy(subsidy={"points": "0.01", "paid": "after_repaid", **subsidy})
        return payments(lay_out(lent("interest_monthly", rate=rate), [point], loan()), ItemKind.subsidy)

    # 100,000 · 1 % ÷ 12 = 83.33 a month.
    assert subsidised("0.06") == [(12, 12 * 8_333)]
    assert subsidised("0.005") == [(12, 12 * 4_167)]  # 41.67 is all the interest
    assert subsidised("0.06", cap_yuan="250") == [(12, 25_000)]
    bullet = policy(subsidy={"points": "0.01", "paid": "yearly"})
    assert payments(lay_out(lent("bullet"), [bullet], loan()), ItemKind.subsidy) == [(12, 100_000)]


def test_two_subsidies_share_the_interest_and_pay_no_more_than_it() -> None:
    most = policy(id="most", subsidy={"share": "0.8", "paid": "with_instalment"})
    half = policy(subsidy=HALF | {"paid": "with_instalment"})
    laid = lay_out(lent("bullet"), [most, half], loan())
    by_policy = {item.policy: item.total_fen for item in laid.items if item.kind is ItemKind.subsidy}
    assert by_policy == {"half": 300_000, "most": 300_000}
    assert laid.total_fen == 0


def test_a_yearly_guarantee_fee_and_a_policy_that_lowers_it() -> None:
    # 1 % at the start of each of two years: 99,000 = 1,000 v + 112,000 v² (as in the test of costs).
    v = (-1000 + sqrt(1000**2 + 4 * 112_000 * 99_000)) / (2 * 112_000)
    plain = all_in_with(lent("bullet", GUARANTEE), [], loan(months=24))
    assert payments(plain.laid, ItemKind.guarantee) == [(0, 100_000), (12, 100_000)]
    assert plain.rate_ppm == round((1 / v - 1) * 1e6)
    # 0.5 %: 99,500 = 500 v + 112,000 v².
    w = (-500 + sqrt(500**2 + 4 * 112_000 * 99_500)) / (2 * 112_000)
    lower = all_in_with(lent("bullet", GUARANTEE), [fee_policy("0.005")], loan(months=24))
    assert payments(lower.laid, ItemKind.guarantee) == [(0, 50_000), (12, 50_000)]
    assert lower.rate_ppm == round((1 / w - 1) * 1e6)
    waived = all_in_with(lent("bullet", GUARANTEE), [fee_policy("0")], loan(months=24))
    assert payments(waived.laid, ItemKind.guarantee) == []
    assert waived.rate_ppm == all_in_with(lent("bullet"), [], loan(months=24)).rate_ppm


def test_a_guarantee_policy_never_raises_a_fee_nor_touches_what_others_pay() -> None:
    higher = lay_out(lent("bullet", GUARANTEE), [fee_policy("0.02")], loan())
    assert payments(higher, ItemKind.guarantee) == [(0, 100_000)]
    (item,) = [one for one in higher.items if one.kind is ItemKind.guarantee]
    assert item.policy is None
    by_bank = lay_out(lent("bullet", GUARANTEE | {"payer": "bank"}), [fee_policy("0")], loan())
    assert payments(by_bank, ItemKind.guarantee) == [(0, 100_000)]
    assert by_bank.total_fen == 600_000


def test_an_unknown_fee_is_named_makes_a_lower_bound_and_a_policy_may_make_it_known() -> None:
    plain = lent("bullet", UNKNOWN)
    sheet = cost_sheet(plain, all_in_with(plain, [], loan()), loan())
    document = as_json(sheet)
    assert document["is_lower_bound"]
    assert document["unknown"] == ["valuation"]
    (unknown,) = [item for item in document["items"] if item["kind"] == "valuation"]
    assert (unknown["total_fen"], unknown["is_known"], unknown["payments"]) == (None, False, [])
    assert any("评估费" in note["zh"] and "valuation fee" in note["en"] for note in document["notes"])
    assert any("至少 at least" in line for line in as_text(sheet))
    assert any("未公布" in line for line in as_text(sheet))
    guarantee = lent("bullet", {"kind": "guarantee", "payer": "enterprise", "unknown": True})
    assert all_in_with(guarantee, [], loan()).unknown == (ItemKind.guarantee,)
    known = all_in_with(guarantee, [fee_policy("0.01")], loan())
    assert known.unknown == ()
    assert known.rate_ppm == round((106 / 99 - 1) * 1e6)
    by_bank = lent("bullet", UNKNOWN | {"payer": "bank"})
    assert all_in_with(by_bank, [], loan()).unknown == ()


def test_a_rate_cap_lowers_the_rate_of_the_day_and_a_subsidy_is_of_the_capped_interest() -> None:
    laid = lay_out(lent("bullet"), [capped("0.04"), policy()], loan())
    assert laid.rate_ppm == 40_000
    assert payments(laid, ItemKind.interest) == [(12, 400_000)]
    assert payments(laid, ItemKind.subsidy) == [(12, 200_000)]
    assert lay_out(lent("bullet"), [capped("0.07")], loan()).rate_ppm == 60_000
    # The one-year LPR of 2026-01-31 is 3.00 %.
    by_base = capped("0.01", rate_cap={"base": "lpr_1y", "spread_bp": 150})
    assert lay_out(lent("bullet"), [by_base], loan()).rate_ppm == 45_000
    ruled = lent("bullet", rate_rule={"base": "lpr_1y", "spread_bp": 85})
    assert lay_out(ruled, [], loan()).rate_ppm == 38_500


def test_risk_compensation_is_shown_and_changes_no_price() -> None:
    fund = policy(id="fund", kind="risk_compensation", subsidy=None)
    plain = lent("bullet")
    priced = all_in_with(plain, [fund], loan())
    assert priced.rate_ppm == 60_000
    document = as_json(cost_sheet(plain, priced, loan()))
    assert [one["id"] for one in document["policies"]] == ["fund"]
    assert any("不改变企业的成本" in note["zh"] for note in document["notes"])


def test_fees_that_eat_the_loan_leave_no_rate() -> None:
    dear = lent("bullet", REGISTRATION | {"amount_yuan": "100000"})
    assert all_in_with(dear, [], loan()).rate_ppm is None
    assert as_json(cost_sheet(dear, all_in_with(dear, [], loan()), loan()))["all_in_rate"] is None
    with pytest.raises(CostError):
        all_in_with(dear, [], loan(0))


def test_the_sheet_names_payer_payee_day_and_amount_of_every_item() -> None:
    plain = lent("bullet", GUARANTEE, REGISTRATION | {"payer": "bank"})
    sheet = cost_sheet(plain, all_in_with(plain, [late()], loan()), loan())
    document = as_json(sheet)
    told = [
        (item["kind"], item["payer"]["code"], item["payee"]["code"], one["due_on"], one["amount_fen"])
        for item in document["items"]
        for one in item["payments"]
    ]
    assert told == [
        ("interest", "enterprise", "bank", "2027-01-31", 600_000),
        ("guarantee", "enterprise", "guarantor", "2026-01-31", 100_000),
        ("registration", "bank", "registry", "2026-01-31", 50_000),
        ("subsidy", "government", "enterprise", "2028-01-31", 300_000),
    ]
    assert document["total_cost_fen"] == 600_000 + 100_000 - 300_000
    assert document["without_policies"]["total_cost_fen"] == 700_000
    assert document["without_policies"]["all_in_rate_ppm"] == round((106 / 99 - 1) * 1e6)
    text = "\n".join(as_text(sheet))
    assert "财政贴息 interest subsidy: 3000 元 · 财政 → 借款企业 · 2028-01-31 · 政策 policy half" in text
    assert "合计成本 total cost 4000 元" in text


@pytest.mark.parametrize(
    ("months", "expected"),
    [
        (0, "2026-01-31"),
        (1, "2026-02-28"),
        (2, "2026-03-31"),
        (11, "2026-12-31"),
        (12, "2027-01-31"),
        (25, "2028-02-29"),
    ],
)
def test_a_day_that_a_month_lacks_is_its_last(months: int, expected: str) -> None:
    assert due_on(date(2026, 1, 31), months) == date.fromisoformat(expected)


@given(
    repayment=st.sampled_from(list(Repayment)),
    amount=st.integers(10_000_00, 10**10),
    months=st.integers(1, 40),
    rate=st.integers(0, 300_000),
)
def test_the_schedule_is_that_of_the_vectorised_flows(
    repayment: Repayment, amount: int, months: int, rate: int
) -> None:
    plain = product(repayment=repayment.value).model_copy(update={"annual_rate_ppm": rate})
    paid = np.zeros(months + 1, dtype=np.int64)
    for one in schedule(repayment, rate, amount, months):
        paid[one.month] = one.principal_fen + one.interest_fen
    assert (-cash_flows(plain, np.array([amount]), months)[0, 1:]).tolist() == paid[1:].tolist()


@given(
    repayment=st.sampled_from(list(Repayment)),
    yuan=st.integers(10_000, 10**7),
    months=st.integers(1, 30),
    fee=st.integers(0, 50_000),
)
def test_without_policies_the_rate_is_that_of_the_vectorised_price(
    repayment: Repayment, yuan: int, months: int, fee: int
) -> None:
    plain = lent(repayment.value, GUARANTEE | {"rate": str(fee / 1e6)}, REGISTRATION)
    fast = all_in(plain, np.array([yuan * 100]), months)
    exact = all_in_with(plain, [], loan(yuan, months)).rate_ppm
    assert exact is not None
    assert bool(fast.priced[0])
    assert abs(int(fast.rate_ppm[0]) - exact) <= 1


def test_the_cheapest_set_is_that_of_brute_force_over_all_that_go_together() -> None:
    on_own = ["guarantee", "relending"]
    candidates = [
        policy(id="half", combines_with=on_own),
        policy(id="late", subsidy={"share": "0.52", "paid": "after_repaid", "lag_months": 60}, combines_with=on_own),
        fee_policy("0.005", combines_with=["interest_subsidy"]),
        capped("0.055", combines_with=["interest_subsidy"]),
        policy(id="gone", subsidy={"share": "1", "paid": "with_instalment"}, valid_until="2026-01-30"),
        policy(id="small", subsidy={"share": "1", "paid": "with_instalment"}, loans={"amount_max_yuan": 100}),
    ]
    plain = lent("interest_monthly", GUARANTEE)
    asked: Loan = loan()
    usable = candidates[:4]
    tried = [
        all_in_with(plain, chosen, asked)
        for size in range(len(usable) + 1)
        for chosen in combinations(usable, size)
        if go_together(chosen)
    ]
    best = cheapest(plain, candidates, asked)
    assert best.rate_ppm == min(one.rate_ppm for one in tried if one.rate_ppm is not None)
    assert [one.id for one in best.policies] == ["fee", "half"]
    assert cheapest(plain, list(reversed(candidates)), asked) == best
    assert cheapest(plain, [], asked).policies == ()
    assert {item.payer for item in best.laid.items} == {Party.enterprise, Party.government}


def test_of_very_many_policies_the_foremost_are_used_and_none_is_an_error() -> None:
    plain = lent("bullet")
    idle = [capped("0.9", id=f"idle-{place:02d}") for place in range(20)]
    helping = [
        policy(id=f"pays-{place:02d}", subsidy={"points": f"0.0{place:02d}1", "paid": "yearly"}) for place in range(14)
    ]
    found = cheapest(plain, [*idle, *helping], loan())
    # Each combines with every other: the twelve that pay most are used together, in any order of what is handed in.
    assert [one.id for one in found.policies] == [f"pays-{place:02d}" for place in range(2, 14)]
    assert cheapest(plain, [*helping[::-1], *idle[::-1]], loan()) == found
    assert cheapest(plain, idle, loan()).rate_ppm == cheapest(plain, [], loan()).rate_ppm
