"""The real VAT-invoice set: its dirt on a small copy of its form, and its counts on the set itself."""

from datetime import date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from service.ingest.deliveries import DeliveryReport, take_delivery
from service.ingest.errors import HeaderError, IngestError
from service.ingest.progress import tell_nobody
from service.store.facts import Access, Facts, Grant

RECEIVED_ON = date(2024, 6, 30)
GROUND = Grant(None, frozenset({"invoices"}), "ground")
COLUMNS: dict[str, pa.DataType] = {
    "enterprise_id": pa.string(),
    "invoice_no": pa.int64(),
    "invoice_date": pa.timestamp("ms"),
    "counterparty_id": pa.string(),
    "amount": pa.float64(),
    "tax": pa.float64(),
    "total": pa.float64(),
    "status": pa.string(),
}
DAY = datetime(2018, 3, 1)  # noqa: DTZ001 (the set's days have no zone)


def take(home: Path, path: Path) -> DeliveryReport:
    return take_delivery(home, path, "cumcm2020c", received_on=RECEIVED_ON, progress=tell_nobody)


def write_invoices(folder: Path, name: str, *rows: tuple[object, ...]) -> None:
    arrays = [pa.array([row[at] for row in rows], kind) for at, kind in enumerate(COLUMNS.values())]
    pq.write_table(pa.table(dict(zip(COLUMNS, arrays, strict=True))), folder / f"{name}.parquet")


@pytest.fixture
def small_set(tmp_path: Path) -> Path:
    """Return a folder of the set's form: every kind of dirt once."""
    folder = tmp_path / "cumcm2020c"
    folder.mkdir()
    rated = {"enterprise_id": ["E1", "E2"], "enterprise_name": ["甲 ", "乙"], "credit_rating": ["A", "D"]}
    pq.write_table(pa.table(rated | {"defaulted": [False, True]}), folder / "enterprises_with_credit.parquet")
    bare = {"enterprise_id": ["E3"], "enterprise_name": ["个体经营E3 "]}
    pq.write_table(pa.table(bare), folder / "enterprises_without_credit.parquet")
    sale = ("E1", 7, DAY, "B1", 943.4, 56.6, 1000.0, "有效发票")
    write_invoices(
        folder,
        "sales_invoices_with_credit",
        sale,
        sale,  # a full duplicate
        (*sale[:3], "B2", *sale[4:]),  # one number, two counterparties: two invoices
        (*sale[:7], " 作废发票"),  # the same invoice as void, with the set's stray blank
        ("E2", 8, DAY, "B1", -10.0, 1.38, -10.0, "有效发票"),  # the tax has the wrong sign
    )
    write_invoices(folder, "purchase_invoices_with_credit", sale)  # the same row in the other direction
    write_invoices(folder, "sales_invoices_without_credit", ("E3", 7, DAY, "B1", 0.0, 0.0, 0.0, "作废发票"))
    write_invoices(folder, "purchase_invoices_without_credit")
    return folder


def test_its_dirt_is_handled_as_described(tmp_path: Path, small_set: Path) -> None:
    report = take(tmp_path / "home", small_set)
    assert report.counts() == {
        "invoices": {
            "rows_read": 7,
            "taken": 5,
            "taken_with_warning": 1,
            "dropped_duplicates": 2,
            "quarantined": 0,
        }
    }
    assert [(one.id, one.scheme, one.name) for one in report.enterprises] == [
        ("cumcm2020c:E1", "cumcm2020c", "甲"),
        ("cumcm2020c:E2", "cumcm2020c", "乙"),
        ("cumcm2020c:E3", "cumcm2020c", "个体经营E3"),
    ]
    assert report.coverage == {"cumcm2020c": frozenset({"invoices"})}
    (warning,) = report.tables["invoices"].warnings
    assert (warning.file, warning.row, warning.field) == ("sales_invoices_with_credit.parquet", 5, "total")
    with duckdb.connect() as connection:
        Facts(tmp_path / "home").sources(GROUND).bind(connection)
        rows = connection.sql(
            "SELECT enterprise, direction, counterparty, amount_fen, is_void,"
            " known_on = issued_on AND known_on_basis = 'assumed' FROM invoices ORDER BY ALL"
        ).fetchall()
    assert rows == [
        ("cumcm2020c:E1", "purchase", "1:B1", 94340, False, True),
        ("cumcm2020c:E1", "sale", "1:B1", 94340, True, True),
        ("cumcm2020c:E1", "sale", "1:B2", 94340, False, True),
        ("cumcm2020c:E2", "sale", "1:B1", -1000, False, True),
        ("cumcm2020c:E3", "sale", "2:B1", 0, True, True),
    ]


def test_the_outcome_lives_apart_and_the_rating_nowhere(tmp_path: Path, small_set: Path) -> None:
    home = tmp_path / "home"
    take(home, small_set)
    labels = Facts(home).undated_defaults(Access((GROUND,), "evaluation"))
    assert labels is not None
    assert labels.to_pydict() == {"enterprise": ["cumcm2020c:E1", "cumcm2020c:E2"], "defaulted": [False, True]}
    for path in home.rglob("*.parquet"):
        assert "credit_rating" not in pq.read_schema(path).names
        assert ("defaulted" in pq.read_schema(path).names) == path.name.startswith("undated_defaults")


def test_a_word_that_is_no_state_is_quarantined_under_its_own_column(tmp_path: Path, small_set: Path) -> None:
    write_invoices(small_set, "purchase_invoices_with_credit", ("E2", 1, DAY, "A1", 1.0, 0.1, 1.1, "失控发票"))
    report = take(tmp_path / "home", small_set)
    (finding,) = report.tables["invoices"].findings
    assert (finding.field, finding.rule.value, finding.value) == ("status", "unknown_code", "失控发票")


def test_an_incomplete_set_is_refused_whole(tmp_path: Path, small_set: Path) -> None:
    pq.write_table(
        pq.read_table(small_set / "sales_invoices_with_credit.parquet").drop_columns(["counterparty_id"]),
        small_set / "sales_invoices_with_credit.parquet",
    )
    with pytest.raises(HeaderError, match="counterparty_id"):
        take(tmp_path / "home", small_set)
    (small_set / "sales_invoices_with_credit.parquet").unlink()
    with pytest.raises(IngestError, match="sales_invoices_with_credit"):
        take(tmp_path / "home", small_set)
    assert not (tmp_path / "home" / "facts").exists()


def test_the_real_set_s_counts(cumcm2020c: Path, tmp_path: Path) -> None:
    report = take(tmp_path, cumcm2020c)
    assert report.counts() == {
        "invoices": {
            "rows_read": 1_099_441,
            "taken": 1_087_771,
            "taken_with_warning": 5,
            "dropped_duplicates": 11_670,
            "quarantined": 0,
        }
    }
    assert len(report.enterprises) == 425
    facts = Facts(tmp_path)
    assert facts.latest_known_on() == date(2020, 2, 21)
    labels = facts.undated_defaults(Access((GROUND,), "model_training"))
    assert labels is not None
    assert (labels.num_rows, pc.sum(labels["defaulted"].cast(pa.int64())).as_py()) == (123, 27)
    with duckdb.connect() as connection:
        facts.sources(GROUND).bind(connection)
        figures = connection.sql(
            "SELECT count(DISTINCT counterparty), count(*) FILTER (amount_fen = 0 AND NOT is_void) FROM invoices"
        ).fetchall()
    assert figures == [(13_961 + 24_449 + 31_160 + 40_891, 0)]
    before = {one: one.stat().st_mtime_ns for one in (tmp_path / "facts").rglob("*.parquet")}
    again = take(tmp_path, cumcm2020c)
    assert again.counts()["invoices"]["dropped_duplicates"] == 1_099_441
    assert {one: one.stat().st_mtime_ns for one in (tmp_path / "facts").rglob("*.parquet")} == before
