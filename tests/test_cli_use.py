"""How the command ends and what it says where something is wrong, on small hand-made deliveries."""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from delivered import A, B, registry, row, write_csv

from service.cli import main


def _fails(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    assert main([*argv]) == 1
    said = capsys.readouterr()
    assert said.out.count("{") == 0
    assert "Traceback" not in said.err
    return said.err


def _home(tmp_path: Path) -> Path:
    registry(tmp_path / "in")
    write_csv(tmp_path / "in", "invoices", [row("invoices")])
    home = tmp_path / "home"
    assert main(["ingest", "tables", str(tmp_path / "in"), "--home", str(home)]) == 0
    return home


@pytest.mark.parametrize(
    "argv",
    [
        ["match", "--enterprise", "E1"],
        ["profile"],
        ["train"],
        ["list", "products"],
        ["audit", "verify"],
        ["serve"],
    ],
)
def test_without_a_home_every_command_says_what_to_run_first_and_makes_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], argv: list[str]
) -> None:
    assert "rongqiao ingest" in _fails(capsys, *argv, "--home", str(tmp_path / "nowhere"))
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["match"],
        ["match", "--enterprise", "E1", "--product", "p"],
        ["match", "--enterprise", "E1", "--amount", "-1"],
        ["match", "--enterprise", "E1", "--amount", "1.005"],
        ["match", "--enterprise", "E1", "--amount", "nan"],
        ["match", "--enterprise", "E1", "--term", "1.5"],
        ["match", "--enterprise", "E1", "--top", "0"],
        ["match", "--enterprise", "E1", "--as-of", "2026-02-30"],
        ["ingest", "pickles", "x"],
        ["audit"],
        ["demo", "--port", "http"],
        ["serve", "--port", "99999"],
    ],
)
def test_wrong_use_ends_with_two(argv: list[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(argv)
    assert end.value.code == 2


def test_an_older_database_is_refused_with_the_command_that_mends_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = _home(tmp_path)
    with sqlite3.connect(home / "rongqiao.db") as base:
        base.execute("UPDATE alembic_version SET version_num = '0000'")
    capsys.readouterr()
    said = _fails(capsys, "serve", "--home", str(home))
    assert f"rongqiao db upgrade --home {home}" in said


def test_good_rows_of_a_bad_delivery_are_kept_and_the_command_ends_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    registry(tmp_path / "in")
    bad = row("invoices", issued_on="2024-02-30", invoice_no="2")
    write_csv(tmp_path / "in", "invoices", [row("invoices"), bad])
    argv = ["ingest", "tables", str(tmp_path / "in"), "--home", str(tmp_path / "home"), "--json"]
    assert main(argv) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["tables"]["invoices"]["taken"] == 1
    assert report["tables"]["invoices"]["quarantined"] == 1
    held = (tmp_path / "home" / "deliveries" / report["delivery"] / "quarantine.csv").read_text("utf-8-sig")
    assert "issued_on" in held
    assert "2024-02-30" in held


def test_where_nothing_could_be_taken_the_command_ends_with_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_csv(tmp_path / "in", "enterprises", [row("enterprises", enterprise="91620102XX00000000")])
    argv = ["ingest", "tables", str(tmp_path / "in"), "--home", str(tmp_path / "home"), "--json"]
    assert main(argv) == 1
    said = capsys.readouterr()
    assert "没有任何可接收的数据" in said.err
    assert json.loads(said.out)["tables"]["enterprises"]["quarantined"] == 1


def test_a_day_to_come_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = str(_home(tmp_path))
    for command in (["profile"], ["match", "--enterprise", A], ["match", "--product", "sample-01"]):
        assert "9999-12-31" in _fails(capsys, *command, "--as-of", "9999-12-31", "--home", home)


def test_a_demo_that_was_interrupted_is_begun_anew_and_another_home_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "demo.building").mkdir()
    (tmp_path / "demo.building" / "rongqiao.db").write_bytes(b"half")
    argv = ["demo", "--enterprises", "50", "--no-serve", "--home"]
    assert main([*argv, str(tmp_path / "demo")]) == 0
    assert main([*argv, str(tmp_path / "demo")]) == 0, "a finished demo is opened as it is"
    assert not (tmp_path / "demo.building").exists()
    other = _home(tmp_path)
    capsys.readouterr()
    assert str(other) in _fails(capsys, *argv, str(other))


def test_a_home_without_outcomes_trains_nothing_says_so_and_still_matches(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = str(_home(tmp_path))
    capsys.readouterr()
    assert "违约结果" in _fails(capsys, "train", "--home", home)
    assert main(["match", "--enterprise", A, "--home", home, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["model"] is None
    assert "尚无风险模型" in " ".join(note["zh"] for note in answer["notes"])


def test_a_firm_without_a_ground_is_matched_on_public_columns_and_listed_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = str(_home(tmp_path))
    capsys.readouterr()
    assert main(["match", "--enterprise", A, "--home", home, "--json"]) == 0
    firm = json.loads(capsys.readouterr().out)
    assert not firm["authorised"]
    assert firm["counts"]["fits"] == 0
    missing = {item["column"] for one in firm["may_fit"] for item in one["missing"]}
    assert "sales_12m_fen" in missing, "its invoices are on file and stay closed"
    assert main(["match", "--product", "sample-01", "--home", home, "--json"]) == 0
    product = json.loads(capsys.readouterr().out)
    assert sum(product["counts"].values()) == 0
    assert [one["enterprise"] for one in product["without_authorisation"]] == sorted([f"uscc:{A}", f"uscc:{B}"])
    assert all(one.keys() == {"enterprise", "name"} for one in product["without_authorisation"])


def test_the_same_question_gives_the_same_bytes_but_for_its_log_entry(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = str(_home(tmp_path))
    answers = []
    for _ in range(2):
        capsys.readouterr()
        assert main(["match", "--enterprise", A, "--home", home, "--json"]) == 0
        answers.append([line for line in capsys.readouterr().out.splitlines() if '"log_entry"' not in line])
    assert answers[0] == answers[1]


def test_another_programs_features_package_stops_the_command(tmp_path: Path) -> None:
    (tmp_path / "features").mkdir()
    (tmp_path / "features" / "__init__.py").write_text("raise SystemExit('the stranger was run')\n", encoding="utf-8")
    call = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from service.cli import main; sys.exit(main(['list']))"
    ended = subprocess.run(  # noqa: S603 (our own interpreter and words)
        [sys.executable, "-c", call], capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1]
    )
    assert ended.returncode == 1
    assert "features" in ended.stderr
    assert "stranger was run" not in ended.stderr
