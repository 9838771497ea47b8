"""The packaged acts: nobody is told to dress the books, and every act is one that lasts."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from features.dictionary import FEATURES, Block
from matching.acts import REQUEST_COLUMNS, Act, Outcome, effort_words, is_forbidden, packaged_acts, start_days

Row = dict[str, Any]


def _act(**changes: Any) -> Row:  # noqa: ANN401 (the fields of an act)
    return {
        "id": "some_act",
        "changes": [{"column": "unfiled_returns_24m", "way": "down", "to": 0}],
        "days": 5,
        "effort": 1,
        "outcome": "sure",
        "zh": "做",
        "en": "do",
        **changes,
    }


def test_no_packaged_act_names_what_a_firm_is_sells_or_pays() -> None:
    acts = packaged_acts()
    named = {name for act in acts.acts for name in act.columns} - REQUEST_COLUMNS
    assert not any(map(is_forbidden, named))
    trade = {one.name for one in FEATURES.values() if one.block in (Block.invoices, Block.registry)}
    assert trade | {"tax_paid_12m_fen", "taxable_sales_12m_fen"} <= {name for name in FEATURES if is_forbidden(name)}
    assert {"unfiled_returns_24m", "tax_arrears_fen", "tax_rating", "penalties_serious_open"} <= named


@pytest.mark.parametrize(
    "column", ["sales_12m_fen", "purchases_12m_fen", "tax_paid_12m_fen", "taxable_sales_12m_fen", "age_months"]
)
def test_an_act_that_raises_sales_invoices_or_tax_is_refused(column: str) -> None:
    with pytest.raises(ValidationError, match="no act may name"):
        Act.model_validate(_act(changes=[{"column": column, "way": "up", "most": 5}]))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"column": "no_such_column", "way": "down", "to": 0}, "unknown column"),
        ({"column": "tax_rating", "way": "down", "to": 0}, "cannot change by way of down"),
        ({"column": "tax_arrears_fen", "way": "codes", "codes": {"C": ["B"]}}, "cannot change by way of codes"),
        ({"column": "insured_growth_12m_ratio", "way": "down", "to": 0}, "no act may name"),
        ({"column": "late_filings_12m", "way": "follow", "fall_of": "tax_arrears_fen", "fades_days": 9}, "follows"),
        ({"column": "late_filings_12m", "way": "sideways"}, "way"),
    ],
)
def test_acts_that_make_no_sense_are_refused_with_the_act_and_the_reason(change: Row, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Act.model_validate(_act(changes=[change]))
    with pytest.raises(ValidationError, match="changes a column twice"):
        Act.model_validate(_act(changes=[_act()["changes"][0]] * 2))


@pytest.mark.parametrize(
    ("as_of", "year", "days"),
    [
        (date(2026, 11, 24), 2025, 157),  # that of 2026 comes at the end of April 2027
        (date(2026, 3, 31), 2024, 30),  # that of 2025 comes in a month
        (date(2026, 4, 30), 2024, 365),  # on its last day the next April is the next year's
        (date(2026, 5, 1), None, 364),
        (date(2026, 2, 1), 2025, 453),  # it came early: the next is the one after
    ],
)
def test_the_yearly_rating_comes_at_the_end_of_april(as_of: date, year: int | None, days: int) -> None:
    act = next(one for one in packaged_acts().acts if one.starts == "april")
    assert start_days(act, as_of, year, {}) == days


def test_what_starts_on_a_day_that_facts_give_cannot_start_without_them() -> None:
    act = next(one for one in packaged_acts().acts if one.starts == "given")
    assert start_days(act, date(2026, 1, 1), None, {}) is None
    assert start_days(act, date(2026, 1, 1), None, {act.id: 12}) == 12


def test_what_is_missing_of_a_table_that_is_read_is_missing_for_its_own_sake() -> None:
    acts = packaged_acts()
    growth, sales = "sales_growth_12m_ratio", "sales_12m_fen"
    assert [act.id for act in acts.telling((growth, sales), frozenset())] == ["tell:invoices"]
    assert acts.telling((growth,), frozenset({sales})) == ()
    (stated,) = acts.telling(("owner_age", "debt_ratio"), frozenset({sales}))
    assert (stated.id, stated.outcome) == ("tell:stated", Outcome.told)
    assert "资产负债率" in stated.zh


def test_efforts_have_words() -> None:
    assert [effort_words(one)[0] for one in (1, 2, 4, 8, 16)] == ["很小", "较小", "中等", "较大", "很大"]
