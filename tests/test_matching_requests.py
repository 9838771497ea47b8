"""A request per row gives what the same request alone gives: verdict, clauses, limit, terms, price and score."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matching_worlds import Row, conditions, product, profiles, rows

from matching.compile import NO, YES
from matching.cost import all_in
from matching.eligibility import AMOUNT_RANGE, TERM_RANGE, Eligibility, Request, Requests, evaluate
from matching.errors import RequestError
from matching.frame import Frame
from matching.product import Product, Repayment
from matching.rank import score

LIMITS: list[list[Row]] = [
    [],
    [{"rule": "share", "of": "sales_12m_fen", "share": "0.5"}],
    [{"rule": "caps", "by": "tax_rating", "caps_yuan": {"A": 60_000, "B": 300}}],
    [{"rule": "shares", "by": "tax_rating", "of": "sales_12m_fen", "shares": {"A": "0.9", "B": "0.3"}}],
]
FEES: list[list[Row]] = [
    [],
    [{"kind": "guarantee", "payer": "enterprise", "rate": "0.01", "each": "year"}],
    [{"kind": "service", "payer": "enterprise", "unknown": True}],
]
# At the bounds of the products below and a fen or a month beside them; 0 asks for nothing.
AMOUNTS = st.sampled_from([0, 99_99, 100_00, 50_000_00, 60_000_00, 60_000_01, 100_000_00, 100_000_01])
TERMS = st.sampled_from([0, 1, 2, 3, 12, 24, 25, 600])
FIRMS = st.lists(st.tuples(rows(), AMOUNTS, TERMS), min_size=1, max_size=6)


@st.composite
def lent(draw: st.DrawFn) -> Product:
    return product(
        criteria=[{"id": f"c{place}", "require": draw(conditions())} for place in range(draw(st.integers(1, 3)))],
        limits=draw(st.sampled_from(LIMITS)),
        fees=draw(st.sampled_from(FEES)),
        repayment=draw(st.sampled_from(list(Repayment))).value,
        amount_min_yuan=100,
        amount_max_yuan=100_000,
        term_min_months=2,
        term_max_months=24,
    )


def all_of(found: Eligibility, row: int) -> Row:
    scored = score(found, np.full(found.frame.rows, 0.9))
    failing = int(found.first_failing[row])
    told = {
        "verdict": int(found.verdict[row]),
        "failing": found.clause_ids[failing] if failing >= 0 else "",
        "clauses": {
            name: int(verdict)
            for name, verdict in zip(found.clause_ids, found.clause_verdicts[row], strict=True)
            # Where this row asks for nothing, the two clauses of those that ask hold for it.
            if name not in (AMOUNT_RANGE, TERM_RANGE) or verdict != YES
        },
        "line": int(found.line.fen[row]),
        "amount": int(scored.terms.amounts_fen[row]),
        "months": int(scored.terms.months[row]),
        "example": bool(scored.terms.example[row]),
    }
    if found.verdict[row] == NO:
        return told
    parts = {name: int(values[row]) for name, values in scored.components.items()}
    price = (int(scored.terms.price.rate_ppm[row]), bool(scored.terms.price.priced[row]))
    return told | {"score": int(scored.ppm[row]), "parts": parts, "price": price}


@given(lent(), FIRMS)
def test_each_row_is_told_what_its_request_alone_would_be_told(
    offered: Product, firms: list[tuple[Row, int, int]]
) -> None:
    asked = Requests(np.array([fen for _, fen, _ in firms]), np.array([term for _, _, term in firms]))
    together = evaluate(offered, Frame(profiles([firm for firm, _, _ in firms])), asked)
    for row, (firm, fen, term) in enumerate(firms):
        alone = evaluate(offered, profiles([firm]), Request(fen or None, term or None))
        assert all_of(together, row) == all_of(alone, 0)
        assert together.request_of(row) == alone.request


@given(st.lists(st.tuples(st.integers(1, 10**9), st.integers(1, 40)), max_size=8), st.sampled_from(FEES))
def test_each_loan_is_priced_over_its_own_term(loans: list[tuple[int, int]], fees: list[Row]) -> None:
    offered = product(fees=fees, repayment="equal_instalments")
    amounts, months = np.array([fen for fen, _ in loans], dtype=int), np.array([term for _, term in loans], dtype=int)
    together = all_in(offered, amounts, months)
    for place, (fen, term) in enumerate(loans):
        alone = all_in(offered, np.array([fen]), term)
        assert (together.rate_ppm[place], together.priced[place]) == (alone.rate_ppm[0], alone.priced[0])
    assert together.rate_ppm.size == len(loans)


@pytest.mark.parametrize(
    ("amounts", "terms", "sentence"),
    [
        ([-1], [1], "more than nothing"),
        ([10**15 + 1], [1], "at most ten trillion"),
        ([1], [601], "1 to 600 months"),
        ([1], [-1], "1 to 600 months"),
        ([1, 2], [1], "one length"),
    ],
)
def test_requests_that_nobody_can_make_are_refused(amounts: list[int], terms: list[int], sentence: str) -> None:
    with pytest.raises(RequestError, match=sentence):
        Requests(np.array(amounts), np.array(terms))


def test_a_request_too_few_is_refused() -> None:
    two = Frame(profiles([{"age_months": 1}, {"age_months": 2}]))
    with pytest.raises(RequestError, match="1 requests for 2 rows"):
        evaluate(product(), two, Requests(np.array([1]), np.array([1])))


def test_a_frame_without_rows_is_evaluated() -> None:
    nobody = Frame(profiles([{"age_months": 1}]).slice(0, 0))
    nothing = np.zeros(0, dtype=np.int64)
    found = evaluate(product(), nobody, Requests(nothing, nothing))
    assert score(found, np.zeros(0)).ppm.size == found.verdict.size == 0
    assert json.dumps(found.clause_ids)
