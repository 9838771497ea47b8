"""Verdicts over clauses, request and the firm's own limit."""

import numpy as np
import pyarrow as pa
import pytest
from matching_worlds import Row, clause, product, profiles

from matching.eligibility import Request, credit_line, evaluate
from matching.errors import CriteriaError, RequestError
from matching.frame import Frame
from matching.product import Product

SHARE = {"rule": "share", "of": "sales_12m_fen", "share": "0.2"}
CAPS = {"rule": "caps", "by": "tax_rating", "caps_yuan": {"A": 600_000, "B": 300_000}}
SHARES = {"rule": "shares", "by": "tax_rating", "of": "sales_12m_fen", "shares": {"A": "0.3", "B": "0.1"}}
OPEN_TO_ALL = [clause("age", "age_months", "at_least", 0)]


def line_of(limits: list[Row], firm: Row) -> tuple[int, bool, int]:
    line = credit_line(product(limits=limits), Frame(profiles([firm])))
    return int(line.fen[0]) // 100, bool(line.complete[0]), int(line.binding[0])


@pytest.mark.parametrize(
    ("firm", "expected"),
    [
        ({"sales_12m_fen": 1_000_000_00, "tax_rating": "A"}, (200_000, True, 1)),
        ({"sales_12m_fen": 2_000_000_00, "tax_rating": "B"}, (300_000, True, 2)),
        ({"sales_12m_fen": 9_000_000_00, "tax_rating": "A"}, (600_000, True, 2)),
        ({"sales_12m_fen": 9_000_000_00, "tax_rating": "D"}, (0, True, 2)),  # a rating that is not named gets nothing
        ({"sales_12m_fen": 1_000_000_00, "tax_rating": None}, (200_000, False, 1)),
        ({"sales_12m_fen": None, "tax_rating": None}, (1_000_000, False, 0)),
        ({"sales_12m_fen": -5_00, "tax_rating": "A"}, (0, True, 1)),
    ],
)
def test_the_limit_is_the_least_of_cap_and_rules_and_says_which_binds(
    firm: Row, expected: tuple[int, bool, int]
) -> None:
    assert line_of([SHARE, CAPS], firm) == expected


def test_a_share_by_rating_needs_the_money_only_where_the_rating_is_named() -> None:
    assert line_of([SHARES], {"sales_12m_fen": 1_000_000_00, "tax_rating": "B"}) == (100_000, True, 1)
    assert line_of([SHARES], {"sales_12m_fen": None, "tax_rating": "B"})[1] is False
    assert line_of([SHARES], {"sales_12m_fen": None, "tax_rating": "C"}) == (0, True, 1)


def test_a_share_is_rounded_down_to_the_fen_and_does_not_overflow() -> None:
    lent = product(limits=[SHARE | {"share": "0.333333"}], amount_max_yuan=10**12)
    fen = [100, 10**14 - 1]
    line = credit_line(lent, Frame(profiles([{"sales_12m_fen": amount} for amount in fen])))
    assert line.fen.tolist() == [amount * 333_333 // 1_000_000 for amount in fen]


def verdict(lent: Product, firm: Row, request: Request) -> tuple[int, str]:
    found = evaluate(lent, profiles([firm]), request)
    first = int(found.first_failing[0])
    return int(found.verdict[0]), found.clause_ids[first] if first >= 0 else ""


def test_amount_and_term_are_asked_only_where_given() -> None:
    lent, firm = product(criteria=OPEN_TO_ALL), {"age_months": 1}
    assert verdict(lent, firm, Request()) == (1, "")
    assert evaluate(lent, profiles([firm]), Request()).clause_ids == ("age",)
    assert verdict(lent, firm, Request(amount_fen=9_999_99)) == (0, "amount_range")
    assert verdict(lent, firm, Request(amount_fen=10_000_00, term_months=3)) == (1, "")
    assert verdict(lent, firm, Request(amount_fen=1_000_000_01)) == (0, "amount_range")
    assert verdict(lent, firm, Request(term_months=37)) == (0, "term_range")


def test_a_limit_below_what_is_needed_fails_and_one_that_cannot_be_told_stays_open() -> None:
    lent = product(criteria=OPEN_TO_ALL, limits=[SHARE, CAPS])
    small = {"age_months": 1, "sales_12m_fen": 40_000_00}
    assert verdict(lent, small | {"tax_rating": "A"}, Request()) == (0, "credit_line")  # 8,000 < 10,000
    assert verdict(lent, small, Request()) == (0, "credit_line")  # whatever the rating would be
    big = {"age_months": 1, "sales_12m_fen": 1_000_000_00}
    assert verdict(lent, big, Request()) == (-1, "")
    assert verdict(lent, big | {"tax_rating": "A"}, Request(amount_fen=200_000_00)) == (1, "")
    assert verdict(lent, big | {"tax_rating": "A"}, Request(amount_fen=200_000_01)) == (0, "credit_line")
    missing = evaluate(lent, profiles([big]), Request()).missing()["credit_line"]
    assert [name for name, mask in missing.items() if mask[0]] == ["tax_rating"]


def test_the_first_failing_clause_is_the_first_in_written_order_whatever_is_open_before() -> None:
    lent = product(
        criteria=[
            clause("open", "buyers_12m", "at_least", 1),
            clause("later", "age_months", "at_least", 12),
            clause("last", "age_months", "at_least", 6),
        ]
    )
    found = evaluate(lent, profiles([{"age_months": 3}]), Request())
    assert verdict(lent, {"age_months": 3}, Request()) == (0, "later")
    assert found.clause_verdicts.tolist() == [[-1, 0, 0]]
    assert found.open_clauses(0) == ("open",)


def test_no_firm_at_all_is_an_answer() -> None:
    found = evaluate(product(limits=[SHARE, CAPS]), profiles([]), Request(amount_fen=100_000_00))
    assert found.verdict.size == 0


def test_an_unknown_column_is_named() -> None:
    lent = product()
    broken = lent.model_copy(
        update={"criteria": (lent.criteria[0].model_copy(update={"require": clause_of("no_such_column")}),)}
    )
    with pytest.raises(CriteriaError, match="no_such_column"):
        evaluate(broken, profiles([{}]), Request())


def clause_of(column: str) -> object:
    require = product().criteria[0].require
    return require.model_copy(update={"column": column})


@pytest.mark.parametrize("wrong", [{"amount_fen": 0}, {"amount_fen": -1}, {"term_months": 0}, {"term_months": 601}])
def test_a_request_nobody_can_make_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(RequestError):
        Request(**wrong)


def test_dictionary_encoded_and_chunked_profiles_are_read_alike() -> None:
    firms = profiles([{"tax_rating": "A"}, {"tax_rating": None}, {"tax_rating": "C"}])
    lent = product(criteria=[{"id": "r", "require": {"column": "tax_rating", "op": "in", "values": ["A", "B"]}}])
    chunked = pa.concat_tables([firms.slice(0, 1), firms.slice(1)])
    encoded = firms.set_column(2, "tax_rating", firms.column("tax_rating").dictionary_encode())
    for table in (firms, chunked, encoded):
        np.testing.assert_array_equal(evaluate(lent, table, Request()).verdict, [1, -1, 0])
