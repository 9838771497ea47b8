"""Three-valued criteria: Kleene's tables, the slow oracle, exact edges, and who is blamed for what is missing."""

import itertools
import json
from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matching_worlds import Row, conditions, profiles, rows
from oracle_criteria import told

from matching.compile import Node, compile_clause
from matching.criteria import Clause
from matching.errors import CriteriaError
from matching.frame import Frame

VALUES = {"yes": 5, "no": 0, "open": None}
AND = {
    ("yes", "yes"): 1, ("yes", "no"): 0, ("yes", "open"): -1,
    ("no", "yes"): 0, ("no", "no"): 0, ("no", "open"): 0,
    ("open", "yes"): -1, ("open", "no"): 0, ("open", "open"): -1,
}  # fmt: skip
OR = {
    ("yes", "yes"): 1, ("yes", "no"): 1, ("yes", "open"): 1,
    ("no", "yes"): 1, ("no", "no"): 0, ("no", "open"): -1,
    ("open", "yes"): 1, ("open", "no"): -1, ("open", "open"): -1,
}  # fmt: skip
HAS_BUYERS = {"column": "buyers_12m", "op": "at_least", "value": 5}
IS_OLD = {"column": "age_months", "op": "at_least", "value": 5}


def verdicts(condition: Row, table: pa.Table) -> list[int]:
    return compiled(condition).truth(Frame(table)).verdicts().tolist()


def compiled(condition: Row) -> Node:
    return compile_clause(Clause.model_validate({"id": "c", "require": condition}))


@pytest.mark.parametrize(("word", "table"), [("all", AND), ("any", OR)])
def test_and_and_or_follow_kleenes_tables(word: str, table: dict[tuple[str, str], int]) -> None:
    pairs = list(itertools.product(VALUES, VALUES))
    firms = profiles([{"buyers_12m": VALUES[left], "age_months": VALUES[right]} for left, right in pairs])
    assert verdicts({word: [HAS_BUYERS, IS_OLD]}, firms) == [table[pair] for pair in pairs]


def test_not_turns_yes_and_no_and_leaves_the_open_open() -> None:
    firms = profiles([{"buyers_12m": value} for value in VALUES.values()])
    assert verdicts({"not": HAS_BUYERS}, firms) == [0, 1, -1]


@given(condition=conditions(), firms=st.lists(rows(), min_size=1, max_size=6))
def test_the_compiler_agrees_with_the_oracle(condition: Row, firms: list[Row]) -> None:
    expected = [{True: 1, False: 0, None: -1}[told(condition, firm)] for firm in firms]
    assert verdicts(condition, profiles(firms)) == expected


@given(condition=conditions(), firm=rows())
def test_what_is_blamed_for_an_open_clause_is_missing_and_the_open_only(condition: Row, firm: Row) -> None:
    node, frame = compiled(condition), Frame(profiles([firm]))
    blamed = {name for name, mask in node.lacking(frame).items() if mask[0]}
    assert all(firm[name] is None for name in blamed)
    if told(condition, firm) is None:
        assert blamed


@given(condition=conditions(), firm=rows())
def test_headroom_is_between_nothing_and_one(condition: Row, firm: Row) -> None:
    room = compiled(condition).headroom(Frame(profiles([firm])))[0]
    assert np.isnan(room) or 0.0 <= room <= 1.0


def test_only_the_open_branch_of_any_is_blamed() -> None:
    failed = {"all": [{"column": "lenders_count", "op": "equals", "value": 9}, IS_OLD]}
    frame = Frame(profiles([{"lenders_count": 1, "age_months": None, "buyers_12m": None}]))
    lacking = compiled({"any": [failed, HAS_BUYERS]}).lacking(frame)
    assert [name for name, mask in lacking.items() if mask[0]] == ["buyers_12m"]


@pytest.mark.parametrize(
    ("op", "edge", "expected"),
    [
        ("at_least", "0.3", [1, 0, 1]),
        ("above", "0.3", [0, 0, 1]),
        ("at_most", "0.3", [1, 1, 0]),
        ("below", "0.3", [0, 1, 0]),
    ],
)
def test_a_ratio_on_its_bound_is_on_it_and_not_beside_it(op: str, edge: str, expected: list[int]) -> None:
    # 3 ÷ 10 is the double nearest to 0.3; its neighbours are not.
    three_tenths = 3 / 10
    values = [three_tenths, np.nextafter(three_tenths, 0), np.nextafter(three_tenths, 1)]
    firms = profiles([{"top_buyer_share_12m": float(value)} for value in values])
    assert verdicts({"column": "top_buyer_share_12m", "op": op, "value": edge}, firms) == expected


def test_money_beyond_the_doubles_stays_exact() -> None:
    # 2**53 + 1 fen is no double: a detour through floats would take it for its neighbour.
    fen = 2**53 + 1
    firms = profiles([{"sales_12m_fen": fen}, {"sales_12m_fen": fen - 1}])
    yuan = f"{fen // 100}.{fen % 100:02d}"
    frame = Frame(firms)
    assert frame.numbers("sales_12m_fen").values.dtype == np.int64
    with pytest.raises(CriteriaError, match="too large"):
        verdicts({"column": "sales_12m_fen", "op": "at_least", "value": yuan}, firms)
    assert frame.value("sales_12m_fen", 0) == fen


def test_a_column_the_table_lacks_is_missing_everywhere() -> None:
    assert verdicts(HAS_BUYERS, profiles([{"age_months": 1}, {"age_months": 2}])) == [-1, -1]


def test_a_nan_is_missing() -> None:
    firms = profiles([{"top_buyer_share_12m": float("nan")}])
    assert verdicts({"column": "top_buyer_share_12m", "op": "at_most", "value": "0.5"}, firms) == [-1]


def test_money_that_comes_as_a_float_is_refused() -> None:
    firms = profiles([{}]).append_column("sales_12m_fen", pa.array([1.5]))
    with pytest.raises(CriteriaError, match="cannot be double"):
        verdicts({"column": "sales_12m_fen", "op": "at_least", "value": 1}, firms)


def test_days_are_compared_as_days() -> None:
    firms = profiles([{"last_invoice_on": None}, {"last_invoice_on": date(2020, 1, 31)}])
    assert verdicts({"column": "last_invoice_on", "op": "at_least", "value": "2020-01-31"}, firms) == [-1, 1]


def test_headroom_by_hand() -> None:
    frame = Frame(
        profiles(
            [{"sales_12m_fen": 200_000_00, "top_buyer_share_12m": 0.2, "sales_growth_12m_ratio": 0.1, "buyers_12m": 3}]
        )
    )
    at_least = {"column": "sales_12m_fen", "op": "at_least", "value": 50_000}
    at_most = {"column": "top_buyer_share_12m", "op": "at_most", "value": "0.8"}
    fall = {"not": {"column": "sales_growth_12m_ratio", "op": "below", "value": "-0.3"}}
    code = {"column": "buyers_12m", "op": "equals", "value": 3}
    # 1 − 50/200 · 1 − 0.2/0.8 · 0.4 ÷ (0.4 + 0.3) · equality has no distance
    rooms = [compiled(condition).headroom(frame)[0] for condition in (at_least, at_most, fall, code)]
    assert rooms[:3] == pytest.approx([0.75, 0.75, 4 / 7])
    assert np.isnan(rooms[3])
    assert compiled({"all": [at_least, at_most, code]}).headroom(frame)[0] == 0.75


def test_criteria_json_round_trips() -> None:
    condition = {"any": [HAS_BUYERS, {"not": {"all": [IS_OLD]}}]}
    parsed = Clause.model_validate({"id": "c", "require": condition})
    assert json.loads(parsed.model_dump_json(exclude_none=True))["require"] == condition
