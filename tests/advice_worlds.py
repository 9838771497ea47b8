"""Small worlds of advice: a few acts of a few days, random firms and criteria close to their bounds."""

from datetime import date
from typing import Any

from hypothesis import strategies as st

from matching.acts import Acts
from matching.counterfactual_paths import Path
from matching.counterfactual_question import Situation
from matching.criteria import EPOCH

AS_OF = date(2026, 6, 30)
HORIZON = 12
Row = dict[str, Any]

COUNTS = ("unfiled_returns_24m", "late_filings_12m", "executed_open_count", "lenders_count", "honours_count")


def small_acts() -> Acts:
    """Return acts of a few days over a few columns, of every way of changing one."""
    return Acts.model_validate(
        {
            "horizon_days": HORIZON,
            "acts": [
                _act("ask_amount", [{"column": "@amount", "way": "ask"}], 0, 0),
                _act("ask_term", [{"column": "@term", "way": "ask"}], 0, 0),
                _act(
                    "file_returns",
                    [
                        {"column": "unfiled_returns_24m", "way": "down", "to": 0},
                        {
                            "column": "late_filings_12m",
                            "way": "follow",
                            "fall_of": "unfiled_returns_24m",
                            "fades_days": 9,
                        },
                    ],
                    2,
                    1,
                ),
                _act("pay_arrears", [{"column": "tax_arrears_fen", "way": "down", "to": 0}], 1, 4),
                _act(
                    "settle",
                    [
                        {"column": "executed_open_count", "way": "down", "to": 0},
                        {"column": "dishonest_open_count", "way": "down", "to": 0},
                    ],
                    6,
                    8,
                    "granted",
                ),
                _act(
                    "repair_rating",
                    [{"column": "tax_rating", "way": "codes", "codes": {"D": ["C"], "C": ["B"], "B": ["A"]}}],
                    4,
                    4,
                    "granted",
                    then={"column": "unfiled_returns_24m", "op": "equals", "value": 0},
                ),
                _act(
                    "apply_high_tech",
                    [
                        {"column": "is_high_tech", "way": "set", "to": 1},
                        {"column": "honours_count", "way": "add", "by": 1},
                    ],
                    7,
                    8,
                    "granted",
                    only_if={"column": "kind", "op": "equals", "value": "company"},
                ),
                _act(
                    "apply_tech_sme",
                    [
                        {"column": "is_tech_sme", "way": "set", "to": 1},
                        {"column": "honours_count", "way": "add", "by": 1},
                    ],
                    7,
                    4,
                    "granted",
                ),
                _act("pay_off", [{"column": "lenders_count", "way": "down", "to": 1}], 3, 8),
                _act("add_guarantors", [{"column": "guarantors_count", "way": "up", "most": 2}], 3, 4),
                _act(
                    "dispute",
                    [
                        {"column": "late_filings_12m", "way": "down", "to": 0},
                        {"column": "executed_open_count", "way": "down", "to": 0},
                    ],
                    5,
                    2,
                    "if_wrong",
                ),
            ],
            "tells": [
                {"table": "invoices", "days": 1, "effort": 1, "zh": "授权", "en": "authorise"},
                {"table": "tax_filings", "days": 1, "effort": 1, "zh": "授权", "en": "authorise"},
                {"table": "", "days": 1, "effort": 1, "zh": "申报{columns}", "en": "state {columns}"},
            ],
            "waits": ["age_months", "late_filings_12m", "is_high_tech"],
        }
    )


def _act(
    name: str,
    changes: list[Row],
    days: int,
    effort: int,
    outcome: str = "sure",
    **more: Any,  # noqa: ANN401
) -> Row:
    return {
        "id": name,
        "changes": changes,
        "days": days,
        "effort": effort,
        "outcome": outcome,
        "zh": name,
        "en": name,
        **more,
    }


def situations() -> st.SearchStrategy[Situation]:
    """Draw a firm with paths: ages rise, lapses pass, an honour expires."""
    return st.builds(
        lambda row, ages, passes, ends: Situation(row, (AS_OF - EPOCH).days, _paths(row, ages, passes, ends)),
        _rows(),
        st.lists(st.integers(1, HORIZON), max_size=3, unique=True),
        st.lists(st.integers(1, HORIZON), max_size=2, unique=True),
        st.none() | st.integers(1, HORIZON),
    )


def _rows() -> st.SearchStrategy[Row]:
    few = st.integers(0, 3)
    values: dict[str, st.SearchStrategy[Any]] = dict.fromkeys(COUNTS, few)
    values |= {
        "dishonest_open_count": st.integers(0, 1),
        "guarantors_count": st.none() | st.integers(0, 2),
        "tax_arrears_fen": st.sampled_from([0, 50, 300]),
        "tax_rating": st.sampled_from(["A", "B", "C", "D", None]),
        "age_months": st.integers(10, 14),
        "is_high_tech": st.integers(0, 1),
        "is_tech_sme": st.integers(0, 1),
        "kind": st.sampled_from(["company", "cooperative"]),
        "sales_12m_fen": st.sampled_from([None, 100_000, 900_000]),
    }
    return st.fixed_dictionaries(values)


def _paths(row: Row, ages: list[int], passes: list[int], ends: int | None) -> dict[str, Path]:
    found = {}
    if ages:
        days = tuple(sorted(ages))
        found["age_months"] = Path(days, tuple(row["age_months"] + n for n in range(1, len(days) + 1)))
    if passes:
        days = tuple(sorted(passes))
        found["late_filings_12m"] = Path(
            days, tuple(max(row["late_filings_12m"] - n, 0) for n in range(1, len(days) + 1))
        )
    if ends is not None and row["is_high_tech"]:
        found["is_high_tech"] = Path((ends,), (0,))
    return found


def criteria() -> st.SearchStrategy[list[Row]]:
    """Draw one to four clauses over the columns of the acts."""
    return st.lists(_conditions(), min_size=1, max_size=4).map(
        lambda them: [{"id": f"c{number}", "require": one} for number, one in enumerate(them)]
    )


def _conditions() -> st.SearchStrategy[Row]:
    leaf = _leaves()
    pair = st.lists(leaf, min_size=2, max_size=2)
    return st.one_of(
        leaf,
        leaf,
        leaf,
        pair.map(lambda them: {"any": them}),
        pair.map(lambda them: {"all": them}),
        leaf.map(lambda one: {"not": one}),
    )


def _leaves() -> st.SearchStrategy[Row]:
    whole = st.integers(0, 3)
    ops = st.sampled_from(["at_least", "at_most", "equals", "above", "below"])
    counted = st.builds(
        lambda name, op, value: {"column": name, "op": op, "value": value},
        st.sampled_from([*COUNTS, "dishonest_open_count", "guarantors_count"]),
        ops,
        whole,
    )
    aged = st.builds(
        lambda op, value: {"column": "age_months", "op": op, "value": value},
        st.sampled_from(["at_least", "at_most"]),
        st.integers(10, 15),
    )
    owed = st.builds(
        lambda op, value: {"column": "tax_arrears_fen", "op": op, "value": value},
        st.sampled_from(["at_most", "at_least", "below"]),
        st.sampled_from([0, "0.5", "1", "2.99"]),
    )
    rated = st.lists(st.sampled_from("ABCD"), min_size=1, max_size=2, unique=True).map(
        lambda them: {"column": "tax_rating", "op": "in", "values": them}
    )
    flagged = st.builds(
        lambda name, value: {"column": name, "op": "equals", "value": value},
        st.sampled_from(["is_high_tech", "is_tech_sme"]),
        st.integers(0, 1),
    )
    kind = st.sampled_from(["company", "cooperative"]).map(lambda it: {"column": "kind", "op": "equals", "value": it})
    sold = st.sampled_from([500, 5000]).map(lambda it: {"column": "sales_12m_fen", "op": "at_least", "value": it})
    ratio = st.builds(
        lambda op, value: {"column": "unfiled_returns_24m", "over": "lenders_count", "op": op, "value": value},
        st.sampled_from(["at_most", "above"]),
        st.sampled_from(["0.5", "1", "0.4"]),
    )
    between = st.builds(
        lambda low, more: {"column": "late_filings_12m", "op": "between", "low": low, "high": low + more},
        st.integers(0, 2),
        st.integers(0, 2),
    )
    return st.one_of(counted, counted, aged, owed, rated, flagged, kind, sold, ratio, between)
