"""Policies as data: what is read and refused, when they hold, and which go together."""

import json
from datetime import date

import pyarrow as pa
import pytest
from matching_worlds import Row, clause, product, profiles
from policy_worlds import HALF, capped, fee_policy, loan, policy, policy_row

from matching.cost_items import check_policies
from matching.errors import CriteriaError, MatchingError, PolicyError
from matching.policy import KINDS, PAID, Paid, Policy, PolicyKind, go_together, load_policies, sample_policies
from matching.policy_eligibility import eligible, verdicts
from matching.truth import CANNOT_TELL, NO, YES


def read(**changes: object) -> Policy:
    return policy(**changes)


def test_a_policy_is_read_with_money_and_rates_exact() -> None:
    half = read(subsidy=HALF | {"cap_yuan": "30000.5", "lag_months": 2}, loans={"amount_max_yuan": 300_000})
    assert half.subsidy is not None
    assert (half.subsidy.share_ppm, half.subsidy.cap_fen, half.subsidy.paid) == (500_000, 3_000_050, "quarterly")
    assert half.loans.amount_max_fen == 30_000_000
    assert Policy.model_validate_json(half.model_dump_json()) == half
    assert read().digest() == read().digest() != half.digest()


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"subsidy": None}, "exactly|says what it changes"),
        ({"subsidy": HALF | {"points": "0.01"}}, "exactly one of share and points"),
        ({"subsidy": {"paid": "yearly"}}, "exactly one of share and points"),
        ({"subsidy": HALF | {"share": "0"}}, r"subsidy\.share"),
        ({"subsidy": HALF | {"share": "1.1"}}, r"subsidy\.share"),
        ({"subsidy": HALF | {"share": 0.5}}, "would be read as a float"),
        ({"subsidy": HALF | {"cap_yuan": 0}}, r"subsidy\.cap_yuan"),
        ({"subsidy": HALF | {"paid": "someday"}}, r"subsidy\.paid"),
        ({"subsidy": HALF | {"lag_months": -1}}, r"subsidy\.lag_months"),
        ({"guarantee_fee": {"rate": "0.01"}}, "says what it changes"),
        ({"kind": "guarantee"}, "says what it changes"),
        ({"kind": "risk_compensation"}, "says what it changes"),
        ({"kind": "relending", "subsidy": None, "rate_cap": {"base": "lpr_1y"}}, "either a rate, or a base"),
        ({"kind": "relending", "subsidy": None, "rate_cap": {}}, "either a rate, or a base"),
        ({"valid_from": None}, "valid_from"),
        ({"valid_from": "2027-01-01"}, "valid_until is before valid_from"),
        ({"valid_from": "2025-02-30"}, "valid_from"),
        ({"valid_from": 20250101}, "valid_from"),
        ({"combines_with": ["guarantee", "guarantee"]}, "guarantee is named twice"),
        ({"criteria": [clause("a", "age_months", "at_least", 1)] * 2}, "clause a is named twice"),
        ({"criteria": [clause("a", "age_months", "at_least", 1, shown="bank_only")]}, "clause a is not public"),
        ({"loans": {"term_max_months": 0}}, r"loans\.term_max_months"),
        ({"commission": 1}, "commission"),
        ({"kind": "gift"}, "kind"),
    ],
)
def test_a_policy_that_is_not_as_agreed_is_refused_with_the_field(changes: Row, what: str) -> None:
    with pytest.raises(MatchingError, match=what):
        read(**changes)


def test_a_file_that_is_no_policy_file_is_refused() -> None:
    for text, what in (("{}", "JSON array"), ("[", "not JSON"), ("[1]", "number 1")):
        with pytest.raises(PolicyError, match=what):
            load_policies(text)
    with pytest.raises(PolicyError, match="policy half is named twice"):
        load_policies(json.dumps([policy_row(), policy_row()]))
    with pytest.raises(CriteriaError, match=r"policy half: .*phase_of_moon"):
        read(criteria=[clause("odd", "phase_of_moon", "at_least", 1)])


def test_a_policy_holds_on_its_first_and_last_day_and_not_beside_them() -> None:
    days = [date(2024, 12, 31), date(2025, 1, 1), date(2026, 12, 31), date(2027, 1, 1)]
    assert [read().in_force(day) for day in days] == [False, True, True, False]
    assert [read(valid_until=None).in_force(day) for day in days] == [False, True, True, True]


def test_policies_go_together_only_where_each_names_the_others_kind() -> None:
    half, fee = read(), fee_policy("0.005")
    assert go_together([half, fee])
    assert go_together([half])
    assert go_together([])
    assert not go_together([half, fee_policy("0.005", combines_with=[])])
    assert not go_together([read(combines_with=["relending"]), fee])
    alone = ["guarantee"]
    assert not go_together([read(combines_with=alone), read(id="other", combines_with=alone), fee])


def test_a_policy_that_does_not_hold_for_a_loan_is_refused_by_name() -> None:
    lent = product(guarantee="unsecured")
    check_policies(lent, [read()], loan())
    for wrong, what in (
        ([read(valid_until="2026-01-30")], "not in force on 2026-01-31"),
        ([read(loans={"guarantees": ["mortgage"]})], "not for this loan"),
        ([read(loans={"amount_max_yuan": 99_999})], "not for this loan"),
        ([read(loans={"term_max_months": 11})], "not for this loan"),
        ([read(), read()], "counts once"),
        ([read(), capped("0.03", combines_with=[])], "do not combine: cap, half"),
    ):
        with pytest.raises(PolicyError, match=what):
            check_policies(lent, wrong, loan())


def test_who_a_policy_is_for_is_told_in_three_values() -> None:
    table = profiles([{"kind": "company", "age_months": 24}, {"kind": "company", "age_months": 5}, {"age_months": 24}])
    young = read(criteria=[clause("age", "age_months", "at_least", 12), clause("kind", "kind", "equals", "company")])
    assert verdicts(young, table).tolist() == [YES, NO, CANNOT_TELL]
    assert eligible(young, table).tolist() == [True, False, False]
    assert eligible(read(), table).tolist() == [True, True, True]
    assert eligible(read(), pa.table({"enterprise": pa.array([], pa.string())})).tolist() == []


def test_the_packaged_policies_are_marked_name_their_source_and_cover_every_kind() -> None:
    packaged = sample_policies()
    assert {one.kind for one in packaged} == set(PolicyKind) == set(KINDS)
    assert set(PAID) == set(Paid)
    assert all(one.is_sample and "示例" in one.name and one.id.startswith("sample-") for one in packaged)
    assert all(len(one.source) > 10 and "示例" in one.note_zh for one in packaged)
    assert {"P068", "P069"} <= {word for one in packaged for word in ("P068", "P069") if word in one.source}
    in_force = [one for one in packaged if one.in_force(date(2026, 11, 24))]
    assert len(in_force) == len(packaged) - 1
