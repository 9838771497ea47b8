"""CEL as an oracle: another engine tells every row as the compiler does, and where it cannot, that is listed here."""

import re
from datetime import date

import cel
import pytest
from criteria_worlds import whole_conditions, whole_criteria, whole_rows
from hypothesis import given
from hypothesis import strategies as st
from matching_worlds import Row, clause, product, profiles

from matching.cel import DISAGREEMENTS, Cel, cel_row, to_cel
from matching.compile import compile_clause
from matching.criteria import Clause, expanded
from matching.eligibility import Request, evaluate
from matching.frame import Frame
from matching.product import sample_products

# Up to here a hundred million yuan times 10⁶, or twelve times it in millionths, is a whole double.
EXACT_FEN = 750_000_000
STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
TOKEN = re.compile(
    r"p\.[a-z0-9_]+|has|&&|\|\||!|>=|<=|==|>|<|\bin\b|[()\[\],*-]|[0-9]+\.[0-9]+(e[+-]?[0-9]+)?|[0-9]+e[+-]?[0-9]+| "
)


def modest(row: Row) -> Row:
    """Keep amounts where products of doubles are whole."""
    return {name: min(value, EXACT_FEN) if name.endswith("_fen") and value else value for name, value in row.items()}


def verdict(written: Cel, row: dict[str, dict[str, float | str]]) -> int:
    yes, no = (cel.evaluate(text, row) for text in (written.yes, written.no))
    assert {type(yes), type(no)} == {bool}
    assert not (yes and no)
    return 1 if yes else 0 if no else -1


@given(condition=whole_conditions(), firm=whole_rows().map(modest))
def test_another_engine_tells_as_the_compiler_does(condition: Row, firm: Row) -> None:
    one, frame = Clause.model_validate({"id": "c", "require": condition}), Frame(profiles([firm]))
    told = compile_clause(one).truth(frame).verdicts()[0]
    assert verdict(to_cel(one), cel_row(frame, 0, [one])) == told


@given(criteria=whole_criteria(), firm=whole_rows().map(modest))
def test_whole_criteria_agree_references_and_all(criteria: list[Row], firm: Row) -> None:
    lent = product(criteria=criteria)
    found = evaluate(lent, profiles([firm]), Request())
    assert verdict(to_cel(lent.criteria), cel_row(found.frame, 0, lent.criteria)) == found.verdict[0]


@given(condition=whole_conditions())
def test_only_the_agreed_part_of_cel_is_used(condition: Row) -> None:
    written = to_cel(Clause.model_validate({"id": "c", "require": condition}))
    for text in (written.yes, written.no):
        assert TOKEN.sub("", STRING.sub("", text)) == ""


def test_no_condition_grows_beyond_its_length() -> None:
    leaf = {"column": "buyers_12m", "op": "at_least", "value": 5}
    lengths = []
    for levels in (0, 2, 7):
        nested: Row = {"all": [leaf, leaf]}
        for _ in range(levels):
            nested = {"not": nested}
        lengths.append(len(to_cel(Clause.model_validate({"id": "c", "require": nested})).yes))
    assert max(lengths) - min(lengths) <= len("!()") * 2


@pytest.mark.parametrize("code", ["A", '"', "\\", "\n", "\r", "中", "😀", "\x00", "it's", "a\u2028b", "${x}", "%"])
def test_any_code_is_written_so_that_it_is_read_again(code: str) -> None:
    one = Clause.model_validate(clause("c", "kind", "equals", code))
    assert cel.evaluate(to_cel(one).yes, {"p": {"kind": code}}) is True
    assert cel.evaluate(to_cel(one).no, {"p": {"kind": code + "x"}}) is True


def test_two_hundred_clauses_are_one_expression() -> None:
    rows = [clause(f"c{n}", "buyers_12m", "at_least", n) for n in range(200)]
    written = to_cel(product(criteria=rows).criteria)
    assert [verdict(written, {"p": row}) for row in ({"buyers_12m": 199.0}, {"buyers_12m": 198.0}, {})] == [1, 0, -1]


@pytest.mark.parametrize("one", sample_products(), ids=lambda one: one.id)
def test_every_sample_product_has_an_export_that_runs(one: object) -> None:
    criteria = one.criteria  # type: ignore[attr-defined]
    assert verdict(to_cel(criteria), cel_row(Frame(profiles([{"age_months": 1}])), 0, criteria)) in (-1, 0)


def test_a_month_before_comes_with_the_row() -> None:
    one = Clause.model_validate(clause("c", "last_sale_on", "at_least", {"months_before": 3}))  # type: ignore[arg-type]
    frame = Frame(profiles([{"last_sale_on": date(2019, 11, 21)}]))
    row = cel_row(frame, 0, [one])
    assert row == {"p": {"last_sale_on": 18221.0, "as_of": 18313.0, "as_of_3_months_before": 18221.0}}
    assert verdict(to_cel(one), row) == 1


# What differs, each shown: none of it is averaged away or left out of the comparison above without a word.


@pytest.mark.parametrize(
    ("op", "value", "amount", "over", "exact", "by_doubles"),
    [
        ("at_most", 1, 2**53 + 1, 2**53, 0, 1),  # both are one double
        ("at_most", 1, EXACT_FEN + 1, EXACT_FEN, 0, 0),  # a fen beside the bound, within the range that is promised
        ("at_least", "0.333333", 333_333_333_332, 1_000_000_999_997, 0, 1),  # the products are one double
    ],
)
def test_first_disagreement_ratios_of_very_large_amounts(  # noqa: PLR0913, PLR0917
    op: str, value: int | str, amount: int, over: int, exact: int, by_doubles: int
) -> None:
    ratio = {"column": "loan_balance_fen", "over": "sales_12m_fen", "op": op, "value": value}
    one = Clause.model_validate({"id": "c", "require": ratio})
    frame = Frame(profiles([{"loan_balance_fen": amount, "sales_12m_fen": over}]))
    assert compile_clause(one).truth(frame).verdicts()[0] == exact
    assert verdict(to_cel(one), cel_row(frame, 0, [one])) == by_doubles


def test_second_disagreement_not_a_number() -> None:
    one = Clause.model_validate(clause("c", "top_buyer_share_12m", "at_most", "0.5"))
    frame = Frame(profiles([{"top_buyer_share_12m": float("nan")}]))
    assert cel_row(frame, 0, [one]) == {"p": {}}
    assert verdict(to_cel(one), cel_row(frame, 0, [one])) == -1
    with pytest.raises(TypeError):
        cel.evaluate(to_cel(one).yes, {"p": {"top_buyer_share_12m": float("nan")}})


def test_third_disagreement_integers_beside_doubles() -> None:
    # This engine lets 5 equal 5.0; others refuse: what is exported holds doubles alone.
    one = Clause.model_validate(clause("c", "buyers_12m", "equals", 5))
    row = cel_row(Frame(profiles([{"buyers_12m": 5}])), 0, [one])
    assert isinstance(row["p"]["buyers_12m"], float)
    assert "5.0" in to_cel(one).yes


def test_the_disagreements_that_are_listed_are_those_shown_here() -> None:
    assert len(DISAGREEMENTS) == len(
        [name for name in globals() if name.endswith(("amounts", "a_number", "beside_doubles"))]
    )


@given(beside=st.integers(-3, 3), bound=st.sampled_from([10**15, 10**15 - 1, 1, 0, -(10**15)]), huge=st.booleans())
def test_plain_amounts_never_disagree_however_large(beside: int, bound: int, huge: bool) -> None:  # noqa: FBT001
    # A bound is at most 10¹⁵ fen, a whole double; rounding an amount to a double keeps it on its side of one.
    sign = "-" if bound < 0 else ""
    yuan = f"{sign}{abs(bound) // 100}.{abs(bound) % 100:02d}"
    amount = 2**63 - 1 - abs(beside) if huge else bound + beside
    frame = Frame(profiles([{"sales_12m_fen": amount}]))
    for op in ("at_least", "at_most", "above", "below", "equals"):
        one = Clause.model_validate(clause("c", "sales_12m_fen", op, yuan))
        assert verdict(to_cel(one), cel_row(frame, 0, [one])) == compile_clause(one).truth(frame).verdicts()[0]


@given(numerator=st.integers(-40, 40), divisor=st.integers(1, 40), ppm=st.integers(-(10**6), 10**6))
def test_columns_of_ratios_never_disagree(numerator: int, divisor: int, ppm: int) -> None:
    share = numerator / divisor
    frame = Frame(profiles([{"sales_growth_12m_ratio": share}]))
    written = f"{'-' if ppm < 0 else ''}{abs(ppm) // 10**6}.{abs(ppm) % 10**6:06d}"
    for op in ("at_least", "at_most", "above", "below", "equals"):
        one = Clause.model_validate(clause("c", "sales_growth_12m_ratio", op, written))
        assert verdict(to_cel(one), cel_row(frame, 0, [one])) == compile_clause(one).truth(frame).verdicts()[0]
    assert expanded([one]) == (one,)
