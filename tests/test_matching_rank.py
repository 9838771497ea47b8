"""The score, worked out on paper, and what may not touch it."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from matching_worlds import POOL, Row, clause, conditions, product, profiles, rows

from matching.compile import NO
from matching.eligibility import Request, evaluate
from matching.frame import Frame
from matching.product import Product
from matching.rank import Score, Weights, score, tie

FIRM: Row = {"sales_12m_fen": 2_000_000_00}
NAN = float("nan")
# Half of the firm's sales is the product's cap, 1,000,000 yuan.
LIMITED = product(limits=[{"rule": "share", "of": "sales_12m_fen", "share": "0.5"}])
LIMITS: list[list[Row]] = [
    [],
    [{"rule": "share", "of": "sales_12m_fen", "share": "0.5"}],
    [{"rule": "caps", "by": "tax_rating", "caps_yuan": {"A": 1_000_000, "B": 30_000, "D": 5_000}}],
    [{"rule": "shares", "by": "tax_rating", "of": "sales_12m_fen", "shares": {"A": "0.9", "B": "0.3"}}],
]
FIXED_FEE: Row = {"kind": "registration", "payer": "enterprise", "amount_yuan": 30}


def scored(lent: Product, firm: Row, standing: float, request: Request, weights: Weights | None = None) -> Score:
    found = evaluate(lent, Frame(profiles([firm])), request)
    return score(found, np.array([standing]), weights or Weights())


def test_a_score_worked_out_on_paper() -> None:
    # standing 0.98 · line 100 ÷ (100 + 200 ÷ 5) = 0.714286 · criteria 1 − 50 ÷ 200 = 0.75
    # price: 6 % monthly is 6.1678 % a year, 1 − 0.061678 ÷ 0.12 = 0.486017
    result = scored(LIMITED, FIRM, 0.98, Request())
    assert {name: int(values[0]) for name, values in result.components.items()} == {
        "standing": 980_000,
        "line": 714_286,
        "criteria": 750_000,
        "price": 486_017,
    }
    # 0.4 · 980,000 + 0.2 · 714,286 + 0.25 · 750,000 + 0.15 · 486,017 = 795,259.75
    assert result.ppm.tolist() == [795_260]


def test_without_a_model_the_other_weights_are_spread() -> None:
    result = scored(LIMITED, FIRM, NAN, Request())
    # (142,857.2 + 187,500 + 72,902.55) ÷ 0.6 = 672,099.58
    assert result.components["standing"].tolist() == [-1]
    assert result.ppm.tolist() == [672_100]


def test_without_a_limit_rule_the_cap_is_no_line_of_the_firms() -> None:
    result = scored(product(), FIRM, 0.98, Request())
    # (0.4 · 980,000 + 0.25 · 750,000 + 0.15 · 486,017) ÷ 0.8 = 815,503.1875
    assert (result.components["line"].tolist(), result.ppm.tolist()) == ([-1], [815_503])
    assert (result.terms.amounts_fen.tolist(), result.terms.example.tolist()) == ([1_000_000_00], [True])
    asked = scored(product(), FIRM, 0.98, Request(amount_fen=250_000_00))
    assert (asked.components["line"].tolist(), asked.terms.example.tolist()) == ([750_000], [False])


def test_with_an_amount_the_line_is_what_stays_free() -> None:
    # line 1,000,000, asked 250,000
    assert scored(product(), FIRM, NAN, Request(amount_fen=250_000_00)).components["line"].tolist() == [750_000]


def test_sales_that_are_missing_leave_the_line_out() -> None:
    caps = {"rule": "caps", "by": "tax_rating", "caps_yuan": {"A": 300_000}}
    lent = product(criteria=[clause("age", "age_months", "at_least", 12)], limits=[caps])
    result = scored(lent, {"age_months": 24, "tax_rating": "A"}, NAN, Request())
    assert result.components["line"].tolist() == [-1]
    # Its weight stays: (0.25 · 500,000 + 0.15 · 486,017) ÷ 0.6 = 329,837.58
    assert result.ppm.tolist() == [329_838]


def test_while_a_limit_is_open_the_line_is_left_out_and_the_least_loan_priced() -> None:
    caps = {"rule": "caps", "by": "tax_rating", "caps_yuan": {"A": 300_000}}
    fixed_fee = {"kind": "registration", "payer": "enterprise", "amount_yuan": 100}
    lent = product(limits=[caps], fees=[fixed_fee], repayment="bullet")
    for request in (Request(), Request(amount_fen=250_000_00)):
        result = scored(lent, FIRM, NAN, request)
        assert result.components["line"].tolist() == [-1]
        assert (result.terms.amounts_fen.tolist(), result.terms.example.tolist()) == ([10_000_00], [True])
        # 10,600 back for 9,900
        assert result.terms.price.rate_ppm.tolist() == [round((10_600 / 9_900 - 1) * 1e6)]


def test_codes_alone_leave_the_criteria_out() -> None:
    lent = product(criteria=[clause("kind", "kind", "equals", "company")])
    assert scored(lent, FIRM | {"kind": "company"}, NAN, Request()).components["criteria"].tolist() == [-1]


def test_an_open_clause_counts_as_no_room_at_all() -> None:
    lent = product(
        criteria=[
            clause("sales_12m", "sales_12m_fen", "at_least", 500_000),
            clause("age", "age_months", "at_least", 12),
        ]
    )
    assert scored(lent, FIRM | {"age_months": 12}, NAN, Request()).components["criteria"].tolist() == [375_000]
    assert scored(lent, FIRM, NAN, Request()).components["criteria"].tolist() == [375_000]
    assert scored(lent, {}, NAN, Request()).components["criteria"].tolist() == [0]


def test_a_code_that_decides_does_not_make_up_for_a_withheld_figure() -> None:
    either = {
        "any": [clause("", "kind", "equals", "company")["require"], clause("", "age_months", "at_least", 2)["require"]]
    }
    lent = product(
        criteria=[{"id": "either", "require": either}, clause("sales", "sales_12m_fen", "at_least", 500_000)]
    )
    firm = FIRM | {"kind": "company"}
    assert scored(lent, firm | {"age_months": 4}, NAN, Request()).components["criteria"].tolist() == [625_000]
    assert scored(lent, firm, NAN, Request()).components["criteria"].tolist() == [375_000]
    assert scored(lent, firm | {"age_months": 1}, NAN, Request()).components["criteria"].tolist() == [750_000]


@given(
    firm=rows(),
    withheld=st.sets(st.sampled_from(sorted(POOL)), min_size=1),
    criteria=st.lists(conditions(), min_size=1, max_size=4),
    limits=st.sampled_from(LIMITS),
    asked=st.sampled_from([None, 30_000_00]),
)
def test_withholding_a_value_never_raises_the_score(
    firm: Row, withheld: set[str], criteria: list[Row], limits: list[Row], asked: int | None
) -> None:
    clauses = [{"id": f"c{place}", "require": require} for place, require in enumerate(criteria)]
    lent = product(criteria=clauses, limits=limits, fees=[FIXED_FEE])
    frame = Frame(profiles([firm, firm | dict.fromkeys(withheld)]))
    found = evaluate(lent, frame, Request(amount_fen=asked))
    assume((found.verdict != NO).all())
    told, untold = score(found, np.array([0.9, 0.9])).ppm.tolist()
    assert untold <= told


def test_a_secret_fee_earns_nothing_and_a_dear_loan_nothing_either() -> None:
    secret = product(fees=[{"kind": "service", "payer": "enterprise", "unknown": True}])
    assert scored(secret, FIRM, NAN, Request()).components["price"].tolist() == [0]
    assert scored(product(annual_rate="0.2"), FIRM, NAN, Request()).components["price"].tolist() == [0]


def test_terms_are_as_asked_or_the_firms_limit_for_twelve_months() -> None:
    limited = product(limits=[{"rule": "share", "of": "sales_12m_fen", "share": "0.1"}], term_min_months=18)
    terms = scored(limited, FIRM, NAN, Request()).terms
    assert (terms.amounts_fen.tolist(), terms.months.tolist()) == ([200_000_00], [18])
    terms = scored(limited, FIRM, NAN, Request(150_000_00, 24)).terms
    assert (terms.amounts_fen.tolist(), terms.months.tolist()) == ([150_000_00], [24])


def test_better_standing_and_a_lower_price_score_higher() -> None:
    base = scored(product(), FIRM, 0.9, Request()).ppm[0]
    assert scored(product(), FIRM, 0.95, Request()).ppm[0] > base
    assert scored(product(annual_rate="0.05"), FIRM, 0.9, Request()).ppm[0] > base
    assert scored(product(), {"sales_12m_fen": 2_500_000_00}, NAN, Request()).components["criteria"][0] > 750_000


def test_weights_are_data() -> None:
    only_standing = Weights(standing=1, line=0, criteria=0, price=1)
    assert scored(product(), FIRM, 0.98, Request(), only_standing).ppm.tolist() == [(980_000 + 486_017) // 2]
    for wrong in ({"standing": -1}, {"price": 0}):
        with pytest.raises(ValueError, match="weights"):
            Weights(**wrong)


def test_ties_follow_content_and_key_alone() -> None:
    renamed = product(name="另名", bank="zzz", bank_name="大行", id="aaa")
    assert tie(b"k1", renamed.content()) == tie(b"k1", product().content())
    assert tie(b"k1", b"E1") != tie(b"k2", b"E1")
    first_under = {tie(bytes([key]), b"E1") < tie(bytes([key]), b"E2") for key in range(20)}
    assert first_under == {True, False}
