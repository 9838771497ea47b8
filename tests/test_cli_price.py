"""The command `rongqiao price`: one JSON document and 0, or a sentence on standard error and 1."""

import json
from pathlib import Path

import pytest

from service.cli import main

HEADER = "date,amount\n"


def run(tmp_path: Path, content: bytes, *options: str) -> int:
    path = tmp_path / "flows.csv"
    path.write_bytes(content)
    return main(["price", str(path), *options])


def test_the_rate_is_one_json_document_unrounded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "\ufeff" + HEADER + "2026-01-01,1\n2025-01-01,-3\n2026-01-01,3.333333333333333333333333\n"
    assert run(tmp_path, text.encode(), "--json") == 0
    said = capsys.readouterr()
    assert json.loads(said.out) == {"rate": 4.333333333333333333333333 / 3 - 1}
    assert said.err == ""


def test_a_reader_gets_a_line_in_both_languages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, f"{HEADER}2025-01-01,-100\n2026-01-01,105\n".encode()) == 0
    assert "年化利率 annual rate（XIRR, Act/365）: 5.000000%（0.05）" in capsys.readouterr().out


@pytest.mark.parametrize("options", [(), ("--json",)])
@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "empty"),
        (HEADER.encode(), "no cash flow"),
        (f"{HEADER}2025-01-01,5\n".encode(), "never turn"),
        (f"{HEADER}2025-01-01,-100\n2026-01-01,230\n2027-01-01,-132\n".encode(), "2 annual rates"),
        (f"{HEADER}2025-01-01,-100\n2026-01-01,100\n2027-01-01,-100\n".encode(), "No annual rate"),
        (f"{HEADER}2025-02-30,-100\n".encode(), "Line 2, date"),
        ("date,amount\n2025-01-01,一百\n".encode("gb18030"), "not UTF-8"),
    ],
)
def test_what_has_no_rate_exits_1_with_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, what: str, options: tuple[str, ...]
) -> None:
    assert run(tmp_path, content, *options) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert what in said.err
    assert said.err.startswith("rongqiao: ")


def test_a_file_that_is_not_there_exits_1_with_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["price", str(tmp_path / "absent.csv"), "--json"]) == 1
    assert "absent.csv" in capsys.readouterr().err
