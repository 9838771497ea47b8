"""What was known of a table by a day, and the newest day a profile's facts were learnt on."""

from datetime import date, timedelta

import pyarrow as pa
import pytest
from fact_rows import FIRM, asked, fact, sources
from hypothesis import given, settings
from hypothesis import strategies as st

from features.history import known_rows
from features.newest import newest_known
from features.tables import TABLES, stored_schema

DAY = date(2024, 3, 10)


def decision(outcome: str, known_on: date, row_id: int, superseded_on: date | None = None) -> dict[str, object]:
    return fact("decisions", outcome=outcome, known_on=known_on, row_id=row_id, superseded_on=superseded_on)


VERSIONS = [
    decision("granted", date(2024, 3, 11), 1, date(2024, 3, 21)),
    decision("taken", date(2024, 3, 21), 2),
    fact("decisions", request_no="R0", outcome="refused", known_on=date(2024, 5, 1), row_id=3),
]


def test_a_version_superseded_later_stands_as_the_newest() -> None:
    rows = known_rows(sources({"decisions": VERSIONS}), "decisions", date(2024, 3, 20))
    assert rows.select(["outcome", "superseded_on"]).to_pylist() == [{"outcome": "granted", "superseded_on": None}]


def test_on_the_day_a_version_is_superseded_both_are_known() -> None:
    rows = known_rows(sources({"decisions": VERSIONS}), "decisions", date(2024, 3, 21))
    assert rows.select(["outcome", "superseded_on"]).to_pylist() == [
        {"outcome": "granted", "superseded_on": date(2024, 3, 21)},
        {"outcome": "taken", "superseded_on": None},
    ]


def test_all_versions_known_are_there_in_order_of_the_key() -> None:
    rows = known_rows(sources({"decisions": reversed(VERSIONS)}), "decisions", date(2024, 5, 1))
    assert rows["row_id"].to_pylist() == [3, 1, 2]
    assert rows["superseded_on"].to_pylist() == [None, date(2024, 3, 21), None]
    assert rows.schema == stored_schema(TABLES["decisions"])


def test_a_table_that_is_not_bound_has_no_rows() -> None:
    rows = known_rows(sources({}), "shown", DAY)
    assert (rows.num_rows, rows.schema) == (0, stored_schema(TABLES["shown"]))


def test_an_unknown_table_is_refused() -> None:
    with pytest.raises(KeyError):
        known_rows(sources({}), "no_table", DAY)


def test_an_old_event_known_late_counts_from_its_known_day() -> None:
    late = fact("judgments", decided_on=date(2023, 1, 1), known_on=date(2024, 3, 11))
    early = fact("penalties", decided_on=date(2023, 2, 1), known_on=date(2023, 2, 8))
    facts = sources({"judgments": [late], "penalties": [early]})
    found = newest_known(facts, asked((FIRM, DAY), (FIRM, DAY + timedelta(days=1)), (FIRM, date(2023, 1, 31))))
    assert found["newest_known_on"].to_pylist() == [None, date(2023, 2, 8), date(2024, 3, 11)]


def test_without_tables_nothing_was_learnt() -> None:
    assert newest_known(sources({}), asked((FIRM, DAY)))["newest_known_on"].to_pylist() == [None]


FACTS = st.lists(
    st.tuples(
        st.sampled_from(["invoices", "tax_ratings", "judgments", "loans"]),
        st.integers(0, 30),
        st.integers(0, 30),
        st.one_of(st.none(), st.integers(1, 30)),
    ),
    max_size=12,
)


@settings(max_examples=25)
@given(FACTS, st.lists(st.integers(0, 60), min_size=1, max_size=4, unique=True))
def test_the_newest_day_is_that_of_a_loop_over_the_rows(
    rows: list[tuple[str, int, int, int | None]], days: list[int]
) -> None:
    made: dict[str, list[dict[str, object]]] = {}
    for number, (table, event, lag, life) in enumerate(rows):
        happened = DAY + timedelta(days=event)
        known_on = happened + timedelta(days=lag)
        ends = None if life is None else known_on + timedelta(days=life)
        row = fact(table, **{TABLES[table].event_on: happened}, known_on=known_on, superseded_on=ends, row_id=number)
        made.setdefault(table, []).append(row)
    asked_days = [DAY + timedelta(days=day) for day in sorted(days)]
    found = newest_known(sources(made), asked(*((FIRM, day) for day in asked_days)))
    for day, newest in zip(asked_days, found["newest_known_on"].to_pylist(), strict=True):
        visible = [
            row["known_on"]
            for table, listed in made.items()
            for row in listed
            if _visible(row, day, TABLES[table].event_on)
        ]
        assert newest == max(visible, default=None)  # type: ignore[type-var]


def _visible(row: dict[str, object], day: date, event_on: str) -> bool:
    known_on, ends, happened = row["known_on"], row["superseded_on"], row[event_on]
    assert isinstance(known_on, date)
    assert isinstance(happened, date)
    return known_on <= day and happened <= day and (not isinstance(ends, date) or ends > day)


def test_the_tables_are_joined_in_any_order() -> None:
    rows = [decision("refused", date(2024, 3, 11), number) for number in range(3)]
    one, other = sources({"decisions": rows}), sources({"decisions": rows[::-1]})
    assert isinstance(known_rows(one, "decisions", DAY), pa.Table)
    last = date(2024, 4, 1)
    assert known_rows(one, "decisions", last).equals(known_rows(other, "decisions", last))
