"""Changes, honours and social insurance by hand, at the days on which they begin and end."""

from datetime import date
from typing import Any

import pytest
from fact_rows import FIRM, asked, fact, sources

from features.dictionary import FEATURES, Block, Unit
from features.engine import build_profiles
from features.tables.public_record import HONOUR_CODES

DAY = date(2024, 7, 15)


def profile(rows: dict[str, list[dict[str, Any]]], *names: str) -> list[Any]:
    (row,) = build_profiles(sources(rows), asked((FIRM, DAY)), features=names).to_pylist()
    return [row[name] for name in names]


@pytest.mark.parametrize(
    ("granted_on", "valid_until", "held"),
    [
        (date(2021, 1, 1), None, 1),
        (date(2021, 1, 1), date(2024, 7, 15), 1),
        (date(2021, 1, 1), date(2024, 7, 14), 0),
        (date(2024, 7, 15), date(2027, 1, 1), 1),
        (date(2024, 7, 16), date(2027, 1, 1), 0),
    ],
)
def test_an_honour_counts_from_its_first_to_its_last_day(granted_on: date, valid_until: date | None, held: int) -> None:
    rows = {"honours": [fact("honours", granted_on=granted_on, valid_until=valid_until)]}
    assert profile(rows, "is_high_tech", "honours_count", "is_tech_sme") == [held, held, 0]


FLAGS = [name for name, one in FEATURES.items() if one.block is Block.qualifications and one.unit is Unit.flag]


@pytest.mark.parametrize("honour", HONOUR_CODES)
def test_each_honour_raises_its_own_flag_and_no_other(honour: str) -> None:
    flags = profile({"honours": [fact("honours", honour=honour)]}, *FLAGS)
    assert dict(zip(FLAGS, flags, strict=True)) == {name: int(name == f"is_{honour}") for name in FLAGS}
    assert len(FLAGS) == len(HONOUR_CODES) - 1


def test_a_renewed_honour_counts_once() -> None:
    first, second = (fact("honours", granted_on=date(year, 1, 1), row_id=year) for year in (2019, 2022))
    assert profile({"honours": [first, second]}, "honours_count") == [1]


def test_a_change_counts_for_half_a_year_or_twelve_months() -> None:
    days = [date(2023, 6, 30), date(2023, 7, 1), date(2024, 1, 15), date(2024, 1, 16), date(2024, 7, 15)]
    rows = [fact("registration_changes", changed_on=day, row_id=number) for number, day in enumerate(days)]
    rows.append(fact("registration_changes", change="address", changed_on=date(2024, 7, 1), row_id=9))
    assert profile({"registration_changes": rows}, "legal_representative_changes_6m", "registration_changes_12m") == [
        2,
        5,
    ]


def test_what_is_known_later_is_not_seen() -> None:
    late = fact("honours", granted_on=date(2024, 1, 1), known_on=date(2024, 7, 16))
    gone = fact("honours", honour="tech_sme", granted_on=date(2024, 1, 1), superseded_on=date(2024, 7, 15))
    assert profile({"honours": [late, gone]}, "honours_count") == [0]


def month(year: int, number: int, insured: int, unpaid: int = 0) -> dict[str, Any]:
    last = {4: 30, 5: 31, 6: 30}[number]
    return fact(
        "social_insurance",
        period_end=date(year, number, last),
        insured_count=insured,
        payable_fen=1_000,
        paid_fen=1_000 - unpaid,
        row_id=year * 12 + number,
    )


INSURANCE = ("insured_count", "insured_growth_12m_ratio", "insurance_unpaid_12m_fen")


def test_people_insured_are_those_of_the_newest_month() -> None:
    rows = [month(2023, 6, 8), month(2023, 5, 3), month(2024, 5, 9), month(2024, 6, 10, unpaid=250)]
    assert profile({"social_insurance": rows}, *INSURANCE) == [10, 0.25, 250]


def test_a_month_paid_in_excess_pays_for_no_other() -> None:
    rows = [month(2024, 4, 3, unpaid=-400), month(2024, 5, 3, unpaid=300), month(2024, 6, 3, unpaid=50)]
    assert profile({"social_insurance": rows}, "insurance_unpaid_12m_fen") == [350]


def test_a_month_of_a_year_ago_is_the_last_that_stands_for_today() -> None:
    last = fact("social_insurance", period_end=date(2023, 7, 31), insured_count=4, payable_fen=9, paid_fen=2)
    assert profile({"social_insurance": [last]}, *INSURANCE) == [4, None, 7]


def test_what_is_owed_of_a_month_counts_on_its_last_day() -> None:
    rows = {"social_insurance": [month(2024, 6, 3, unpaid=50)]}
    days = asked((FIRM, date(2024, 6, 29)), (FIRM, date(2024, 6, 30)))
    found = build_profiles(sources(rows), days, features=["insurance_unpaid_12m_fen"])
    assert found["insurance_unpaid_12m_fen"].to_pylist() == [None, 50]


def test_an_old_month_does_not_stand_for_today() -> None:
    assert profile({"social_insurance": [month(2023, 6, 8, unpaid=5)]}, *INSURANCE) == [None, None, 0]


def test_without_a_row_nothing_is_known_of_insurance_and_there_is_no_honour() -> None:
    none: dict[str, list[dict[str, Any]]] = {"social_insurance": [], "honours": []}
    assert profile(none, *INSURANCE, "honours_count") == [None, None, None, 0]
    assert profile({}, "honours_count", "legal_representative_changes_6m") == [None, None]
