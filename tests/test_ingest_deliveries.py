"""Deliveries end to end: what is taken, dropped, quarantined and refused, and that nothing is ever half-written."""

import csv
import json
import random
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from delivered import GOOD, RECEIVED_ON, A, B, registry, row, write_csv
from hypothesis import given, settings
from hypothesis import strategies as st

from features.tables import TABLES
from features.uscc import make_uscc
from service.ingest.deliveries import DeliveryReport, take_delivery
from service.ingest.errors import EmptyFileError, EncodingError, HeaderError, IngestError, UnknownTableError
from service.ingest.progress import tell_nobody
from service.store.facts import Facts, Grant

EVERYTHING = Grant(None, frozenset(TABLES), "test")


def take(home: Path, path: Path, received_on: date = RECEIVED_ON) -> DeliveryReport:
    return take_delivery(home, path, "tables", received_on=received_on, progress=tell_nobody)


def counts(report: DeliveryReport, table: str) -> tuple[int, ...]:
    return tuple(report.counts()[table].values())


def stored(home: Path, table: str) -> list[dict[str, object]]:
    with duckdb.connect() as connection:
        Facts(home).sources(EVERYTHING).bind(connection)
        return connection.sql(f"FROM {table} ORDER BY ALL").to_arrow_table().to_pylist()


def contents(home: Path) -> dict[str, bytes]:
    return {str(one.relative_to(home)): one.read_bytes() for one in (home / "facts").rglob("*") if one.is_file()}


def full_delivery(folder: Path) -> Path:
    registry(folder)
    for name in TABLES:
        if name != "enterprises":
            write_csv(folder, name, [row(name), row(name, enterprise=B)])
    return folder


def test_every_accepted_table_is_taken(tmp_path: Path) -> None:
    report = take(tmp_path / "home", full_delivery(tmp_path / "in"))
    assert {name: counts(report, name) for name in TABLES} == dict.fromkeys(TABLES, (2, 2, 0, 0, 0))
    assert [one.id for one in report.enterprises] == sorted([f"uscc:{A}", f"uscc:{B}"])
    assert report.enterprises[0].name == f"企业{report.enterprises[0].id[-4:]}"
    assert report.coverage == {"uscc": frozenset(TABLES)}
    assert Facts(tmp_path / "home").latest_known_on() == date(2024, 6, 10)
    assert report.anything_kept
    assert report.sentences() == []


def test_delivering_again_drops_all_and_changes_no_byte(tmp_path: Path) -> None:
    home = tmp_path / "home"
    take(home, full_delivery(tmp_path / "in"))
    before = contents(home)
    report = take(home, tmp_path / "in", received_on=date(2024, 7, 15))
    assert {counts(report, name) for name in TABLES} == {(2, 0, 0, 2, 0)}
    assert report.anything_kept
    assert contents(home) == before


def test_good_rows_of_a_bad_file_are_taken_and_the_rest_named(tmp_path: Path) -> None:
    home, folder = tmp_path / "home", tmp_path / "in"
    registry(folder)
    stranger = make_uscc("91", "620102", 99)
    rows = [
        row("invoices"),
        row("invoices", invoice_no="2", issued_on="2024-13-01"),
        row("invoices", invoice_no="3", known_on="2024-07-01"),
        row("invoices", invoice_no="4", enterprise=stranger),
        row("invoices", invoice_no="5", amount_yuan="1.005", status="?"),
        row("invoices"),
        row("invoices", invoice_no="6", total_yuan="1"),
    ]
    path = write_csv(folder, "invoices", rows)
    path.write_text(path.read_text(encoding="utf-8") + "too,short\n", encoding="utf-8")
    report = take(home, folder)
    assert counts(report, "invoices") == (8, 2, 1, 1, 5)
    with (home / "deliveries" / report.delivery_id / "quarantine.csv").open(encoding="utf-8-sig", newline="") as file:
        listed = [
            (one["file"], int(one["row"]), one["field"], one["rule"], one["value"]) for one in csv.DictReader(file)
        ]
    assert sorted(listed) == [
        ("invoices.csv", 2, "issued_on", "wrong_date", "2024-13-01"),
        ("invoices.csv", 3, "known_on", "known_in_future", "2024-07-01"),
        ("invoices.csv", 4, "enterprise", "unknown_enterprise", stranger),
        ("invoices.csv", 5, "amount_yuan", "too_many_decimals", "1.005"),
        ("invoices.csv", 5, "status", "unknown_code", "?"),
        ("invoices.csv", 8, "", "wrong_width", "too,short"),
    ]
    kept = json.loads((home / "deliveries" / report.delivery_id / "report.json").read_bytes())
    assert kept["tables"]["invoices"]["reasons"]["unknown_code"] == 1
    assert kept["tables"]["invoices"]["warnings"] == {"total_differs": 1}
    assert len(stored(home, "invoices")) == 2
    assert any("第 3 行" in one for one in report.sentences())


def test_an_enterprise_of_an_earlier_delivery_is_known(tmp_path: Path) -> None:
    home = tmp_path / "home"
    registry(tmp_path / "first")
    take(home, tmp_path / "first")
    assert counts(take(home, write_csv(tmp_path / "second", "loans", [row("loans")])), "loans") == (1, 1, 0, 0, 0)


def test_a_quarantined_enterprise_is_unknown_to_what_speaks_of_it(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write_csv(
        folder, "enterprises", [row("enterprises"), row("enterprises", enterprise=B, registered_capital_yuan="-5")]
    )
    write_csv(folder, "penalties", [row("penalties"), row("penalties", enterprise=B)])
    report = take(tmp_path / "home", folder)
    assert counts(report, "enterprises") == counts(report, "penalties") == (2, 1, 0, 0, 1)
    assert [one.id for one in report.enterprises] == [f"uscc:{A}"]


def test_where_nothing_can_be_taken_the_report_says_so(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "in", "enterprises", [row("enterprises", enterprise=A[:17] + "?")])
    report = take(tmp_path / "home", path)
    assert not report.anything_kept
    assert "Nothing could be taken" in report.sentences()[-1]
    assert Facts(tmp_path / "home").latest_known_on() is None


def gbk(folder: Path) -> Path:
    return write_csv(folder, "invoices", [row("invoices")], encoding="gbk")


def empty(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "loans.csv").touch()
    return folder / "loans.csv"


def misnamed(folder: Path) -> Path:
    return write_csv(folder, "invoice", [row("invoices")])


def without_a_column(folder: Path) -> Path:
    return write_csv(folder, "judgments", [{key: value for key, value in GOOD["judgments"].items() if key != "role"}])


def of_a_wrong_type(folder: Path) -> Path:
    folder.mkdir(parents=True)
    frame = pa.table({key: [value] for key, value in GOOD["penalties"].items()})
    at = frame.column_names.index("amount_yuan")
    pq.write_table(frame.set_column(at, "amount_yuan", pa.array([1.5], pa.float32())), folder / "penalties.parquet")
    return folder / "penalties.parquet"


REFUSED = [
    (gbk, EncodingError),
    (empty, EmptyFileError),
    (misnamed, UnknownTableError),
    (without_a_column, HeaderError),
    (of_a_wrong_type, HeaderError),
]


@pytest.mark.parametrize(("make", "error"), REFUSED, ids=[one.__name__ for one, _ in REFUSED])
def test_an_unreadable_file_is_refused_alone_and_named_beside_good_ones(
    tmp_path: Path, make: object, error: type[IngestError]
) -> None:
    assert callable(make)
    path = make(tmp_path / "alone")
    with pytest.raises(error) as refused:
        take(tmp_path / "home", path)
    assert path.name in refused.value.en
    assert not (tmp_path / "home" / "facts").exists()
    registry(tmp_path / "both")
    (tmp_path / "both" / path.name).write_bytes(path.read_bytes())
    report = take(tmp_path / "home", tmp_path / "both")
    assert counts(report, "enterprises") == (2, 2, 0, 0, 0)
    assert [(type(one), one.file) for one in report.refused] == [(error, path.name)]
    assert any(path.name in one for one in report.sentences())


def test_several_unreadable_files_are_all_named(tmp_path: Path) -> None:
    gbk(tmp_path / "in")
    misnamed(tmp_path / "in")
    with pytest.raises(IngestError, match=r"(?s)invoices\.csv.*invoice\.csv"):
        take(tmp_path / "home", tmp_path / "in")


@pytest.mark.parametrize("path", ["nowhere", "bare"])
def test_no_delivery_is_said(tmp_path: Path, path: str) -> None:
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "README.txt").write_text("nothing", encoding="utf-8")
    with pytest.raises(IngestError, match=path):
        take(tmp_path / "home", tmp_path / path)


def test_a_register_without_rows_is_an_answer_and_a_stream_is_none(tmp_path: Path) -> None:
    home, folder = tmp_path / "home", tmp_path / "in"
    folder.mkdir()
    (folder / "invoices.csv").write_text(",".join(GOOD["invoices"]), encoding="utf-8")
    assert not take(home, folder).anything_kept
    (folder / "loans.csv").write_text(",".join(GOOD["loans"]), encoding="utf-8")
    assert take(home, folder).anything_kept
    registry(tmp_path / "firms")
    take(home, tmp_path / "firms")
    assert stored(home, "loans") == []


def test_a_register_of_which_nothing_could_be_taken_is_no_answer(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    registry(folder)
    write_csv(folder, "loans", [row("loans", balance_yuan="-1")])
    report = take(tmp_path / "home", folder)
    assert counts(report, "loans") == (1, 0, 0, 0, 1)
    assert report.coverage == {"uscc": frozenset({"enterprises"})}


def test_parquet_and_csv_of_one_table_are_taken_together(tmp_path: Path) -> None:
    home, folder = tmp_path / "home", tmp_path / "in"
    registry(folder)
    write_csv(folder, "invoices", [row("invoices"), row("invoices", invoice_no="2")])
    frame = pa.table({key: [value, value] for key, value in row("invoices", invoice_no="2").items()})
    at = frame.column_names.index("invoice_no")
    pq.write_table(frame.set_column(at, "invoice_no", pa.array([2, 3])), folder / "invoices.parquet")
    assert counts(take(home, folder), "invoices") == (4, 3, 0, 1, 0)


def test_conflicting_rows_are_quarantined_with_file_and_row(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    registry(folder)
    write_csv(folder, "tax_arrears", [row("tax_arrears"), row("tax_arrears", amount_yuan="501")])
    report = take(tmp_path / "home", folder)
    assert counts(report, "tax_arrears") == (2, 1, 0, 0, 1)
    (finding,) = report.tables["tax_arrears"].findings
    assert (finding.field, finding.rule.value) == ("enterprise + tax + arisen_on", "conflicting_rows")


def test_a_late_void_supersedes_over_two_deliveries(tmp_path: Path) -> None:
    home = tmp_path / "home"
    registry(tmp_path / "first")
    write_csv(tmp_path / "first", "invoices", [row("invoices")])
    take(home, tmp_path / "first")
    take(home, write_csv(tmp_path / "second", "invoices", [row("invoices", status="void", known_on="2024-06-01")]))
    found = [(one["is_void"], one["known_on"], one["superseded_on"]) for one in stored(home, "invoices")]
    assert sorted(found, key=str) == [
        (False, date(2024, 5, 4), date(2024, 6, 1)),
        (True, date(2024, 6, 1), None),
    ]


def test_the_newest_name_is_an_enterprise_s_name(tmp_path: Path) -> None:
    home = tmp_path / "home"
    new = row("enterprises", name="新名", known_on="2024-06-01")
    take(home, write_csv(tmp_path / "new", "enterprises", [new]))
    report = take(home, write_csv(tmp_path / "old", "enterprises", [row("enterprises", name="旧名")]))
    assert [one.name for one in report.enterprises] == ["新名"]
    assert len(stored(home, "enterprises")) == 2


ROWS = st.lists(
    st.builds(
        lambda number, known, status: row(
            "invoices", invoice_no=str(number), known_on=f"2024-06-{known:02}", status=status
        ),
        st.integers(1, 5),
        st.integers(1, 4),
        st.sampled_from(["valid", "void"]),
    ),
    min_size=2,
    max_size=12,
)


@settings(max_examples=10)
@given(rows=ROWS, shuffler=st.randoms(use_true_random=False))
def test_shuffled_input_gives_the_same_files(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, str]], shuffler: random.Random
) -> None:
    homes = []
    for order in (rows, shuffler.sample(rows, len(rows))):
        folder = tmp_path_factory.mktemp("order")
        registry(folder / "in")
        write_csv(folder / "in", "invoices", order)
        take(folder / "home", folder / "in")
        homes.append(contents(folder / "home"))
    assert homes[0] == homes[1]


def test_a_write_that_breaks_off_leaves_the_old_facts_and_can_be_repeated(tmp_path: Path) -> None:
    home = tmp_path / "home"
    registry(tmp_path / "first")
    write_csv(tmp_path / "first", "invoices", [row("invoices")])
    take(home, tmp_path / "first")
    before = stored(home, "invoices")
    digest = Facts(home).digest()
    rows = [row("invoices", invoice_no="2"), row("invoices", status="void", known_on="2024-06-01")]
    second = write_csv(tmp_path / "second", "invoices", rows)
    # The new bucket is written; where the new layout would be laid, a folder stands in the way.
    obstacle = home / "facts" / "layout.json.partial"
    obstacle.mkdir()
    with pytest.raises(IsADirectoryError):
        take(home, second)
    assert len(list((home / "facts" / "invoices").iterdir())) == 2
    assert stored(home, "invoices") == before
    assert Facts(home).digest() == digest
    obstacle.rmdir()
    assert counts(take(home, second), "invoices") == (2, 2, 0, 0, 0)
    assert len(stored(home, "invoices")) == 3
    take(home, second)
    assert len(list((home / "facts" / "invoices").iterdir())) == 1


def test_a_reader_that_began_before_a_delivery_reads_on(tmp_path: Path) -> None:
    home = tmp_path / "home"
    registry(tmp_path / "first")
    write_csv(tmp_path / "first", "invoices", [row("invoices")])
    take(home, tmp_path / "first")
    with duckdb.connect() as connection:
        Facts(home).sources(EVERYTHING).bind(connection)
        take(home, write_csv(tmp_path / "second", "invoices", [row("invoices", invoice_no="2")]))
        assert connection.sql("SELECT count(*) FROM invoices").fetchall() == [(1,)]
    assert len(stored(home, "invoices")) == 2
