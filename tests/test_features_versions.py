"""Versions of facts: duplicates, supersession, conflicts, and that no order of rows or deliveries matters."""

import random
from dataclasses import dataclass
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.tables import TABLES, stored_schema
from features.versions import CONFLICT, DUPLICATE, KEPT, merge_versions, row_ids

INVOICES = TABLES["invoices"]
ARREARS = TABLES["tax_arrears"]
START = date(2024, 1, 1)


def day(number: int) -> date:
    return START + timedelta(days=number)


@dataclass(frozen=True, order=True)
class Note:
    """One row as it was delivered: which invoice, what is said of it, known since when."""

    invoice: int
    known: int
    is_void: bool = False
    tax: int = 13

    def values(self) -> dict[str, object]:
        return {
            "enterprise": f"uscc:{self.invoice % 2}",
            "direction": "sale",
            "invoice_no": str(self.invoice),
            "issued_on": START,
            "counterparty": "买方",
            "amount_fen": 100,
            "tax_fen": self.tax,
            "total_fen": 100 + self.tax,
            "is_void": self.is_void,
            "known_on": day(self.known),
            "known_on_basis": "recorded",
            "superseded_on": None,
            "row_id": 0,
        }


def invoices(notes: list[Note]) -> pa.Table:
    rows = pa.Table.from_pylist([one.values() for one in notes], schema=stored_schema(INVOICES))
    return rows.set_column(rows.num_columns - 1, stored_schema(INVOICES).field("row_id"), row_ids(INVOICES, rows))


def merged(*deliveries: list[Note]) -> pa.Table:
    stored = None
    for one in deliveries:
        stored = merge_versions(INVOICES, stored, invoices(one)).rows
    assert stored is not None
    return stored


def visible(rows: pa.Table, number: int) -> list[tuple[str, bool, int]]:
    on = pa.scalar(day(number))
    newest = pc.fill_null(pc.greater(rows["superseded_on"], on), pa.scalar(value=True))
    seen = rows.filter(pc.and_(pc.less_equal(rows["known_on"], on), newest))
    return sorted((one["invoice_no"], one["is_void"], one["tax_fen"]) for one in seen.to_pylist())


def test_equal_rows_are_kept_once() -> None:
    result = merge_versions(INVOICES, None, invoices([Note(1, 0), Note(1, 0), Note(2, 0), Note(1, 3)]))
    assert sorted(result.fates.tolist()) == [KEPT, KEPT, DUPLICATE, DUPLICATE]
    assert result.fates[3] == DUPLICATE
    assert result.rows["superseded_on"].null_count == 2


def test_a_late_void_supersedes_and_an_earlier_day_still_sees_the_invoice() -> None:
    rows = merged([Note(1, 0)], [Note(1, 5, is_void=True)])
    assert visible(rows, 4) == [("1", False, 13)]
    assert visible(rows, 5) == [("1", True, 13)]
    assert rows["superseded_on"].to_pylist().count(day(5)) == 1


def test_of_one_day_the_void_row_stays_whichever_comes_first() -> None:
    void, valid = Note(1, 0, is_void=True), Note(1, 0)
    for deliveries in ([[void, valid]], [[valid, void]], [[valid], [void]], [[void], [valid]]):
        rows = merged(*deliveries)
        assert rows.num_rows == 1
        assert visible(rows, 0) == [("1", True, 13)]
    assert merge_versions(INVOICES, None, invoices([valid, void])).fates.tolist() == [DUPLICATE, KEPT]


def test_a_value_that_comes_back_is_a_new_version() -> None:
    rows = merged([Note(1, 0)], [Note(1, 2, tax=6)], [Note(1, 4)])
    assert [visible(rows, number)[0][2] for number in (1, 3, 5)] == [13, 6, 13]


def test_a_row_known_earlier_takes_its_place_before_what_is_stored() -> None:
    rows = merged([Note(1, 5, is_void=True)], [Note(1, 1)])
    assert visible(rows, 4) == [("1", False, 13)]
    assert visible(rows, 5) == [("1", True, 13)]


def test_a_correction_of_the_same_day_replaces_what_no_day_would_see() -> None:
    rows = merged([Note(1, 0)], [Note(1, 0, tax=6)])
    assert rows.num_rows == 1
    assert visible(rows, 0) == [("1", False, 6)]


def test_two_contents_of_one_delivery_and_day_are_in_conflict() -> None:
    notes = [Note(1, 0), Note(1, 0, tax=6), Note(2, 0)]
    first = merge_versions(INVOICES, None, invoices(notes))
    assert sorted(first.fates.tolist()) == [KEPT, KEPT, CONFLICT]
    again = merge_versions(INVOICES, first.rows, invoices(notes))
    assert not again.is_changed
    assert again.rows.equals(first.rows)
    assert sorted(again.fates.tolist()) == [DUPLICATE, DUPLICATE, CONFLICT]


def test_tables_without_a_void_mark_have_versions_too() -> None:
    values = {
        "enterprise": "uscc:1",
        "tax": "vat",
        "arisen_on": START,
        "amount_fen": 500,
        "cleared_on": None,
        "known_on": START,
        "known_on_basis": "recorded",
        "superseded_on": None,
        "row_id": 0,
    }
    later = values | {"cleared_on": day(9), "known_on": day(9)}
    rows = pa.Table.from_pylist([later, values], schema=stored_schema(ARREARS))
    rows = rows.set_column(rows.num_columns - 1, stored_schema(ARREARS).field("row_id"), row_ids(ARREARS, rows))
    found = merge_versions(ARREARS, None, rows).rows.sort_by("known_on").to_pylist()
    assert [one["superseded_on"] for one in found] == [day(9), None]


def test_row_ids_follow_content_alone() -> None:
    ids = row_ids(INVOICES, invoices([Note(1, 0), Note(1, 7), Note(1, 0, tax=1), Note(2, 0)])).to_pylist()
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3
    assert min(ids) >= 0


NOTES = st.lists(
    st.builds(Note, st.integers(1, 4), st.integers(0, 3), st.booleans(), st.sampled_from([6, 13])),
    min_size=1,
    max_size=25,
)


@given(NOTES, st.randoms(use_true_random=False))
def test_no_order_of_rows_matters(notes: list[Note], shuffler: random.Random) -> None:
    shuffled = notes.copy()
    shuffler.shuffle(shuffled)
    first = merge_versions(INVOICES, None, invoices(notes))
    second = merge_versions(INVOICES, None, invoices(shuffled))
    assert first.rows.equals(second.rows)
    assert sorted(first.fates.tolist()) == sorted(second.fates.tolist())


@given(NOTES)
def test_what_is_delivered_again_changes_nothing(notes: list[Note]) -> None:
    first = merge_versions(INVOICES, None, invoices(notes))
    again = merge_versions(INVOICES, first.rows, invoices(notes))
    assert not again.is_changed
    assert again.rows.equals(first.rows)
    assert KEPT not in again.fates


@given(NOTES)
def test_every_day_sees_what_a_plain_reading_of_the_rows_gives(notes: list[Note]) -> None:
    rows = merged(notes)
    for number in range(5):
        expected = {}
        for one in sorted({note for note in notes if note.known <= number}, key=lambda note: note.known):
            same_day = [other for other in notes if (other.invoice, other.known) == (one.invoice, one.known)]
            void = [other for other in same_day if other.is_void]
            expected[one.invoice] = {(other.is_void, other.tax) for other in void or same_day}
        seen = visible(rows, number)
        assert [name for name, _, _ in seen] == [str(one) for one in sorted(expected)]
        assert all((is_void, tax) in expected[int(name)] for name, is_void, tax in seen)


@given(NOTES, st.integers(0, 2**25 - 1))
def test_however_facts_are_parted_into_deliveries_the_same_rows_are_seen(notes: list[Note], parts: int) -> None:
    # One content per invoice and day, and none that comes back: else being later is itself something new.
    facts = list({(one.invoice, one.known): one for one in notes}.values())
    facts = list({(one.invoice, one.is_void, one.tax): one for one in facts}.values())
    first = [one for number, one in enumerate(facts) if parts >> number & 1]
    second = [one for number, one in enumerate(facts) if not parts >> number & 1]
    whole = merged(facts)
    for deliveries in ((first, second), (second, first)):
        assert merged(*(one for one in deliveries if one)).equals(whole)


@pytest.mark.parametrize("column", ["amount_fen", "counterparty", "invoice_no", "direction"])
def test_rows_that_differ_in_the_key_are_different_facts(column: str) -> None:
    other: dict[str, object] = {"amount_fen": 101, "counterparty": "另一方", "invoice_no": "9", "direction": "purchase"}
    rows = pa.Table.from_pylist(
        [Note(1, 0).values(), Note(1, 0).values() | {column: other[column]}], schema=stored_schema(INVOICES)
    )
    assert merge_versions(INVOICES, None, rows).fates.tolist() == [KEPT, KEPT]
