"""Files as they come: encodings, headers, widths, and what only looks like a table."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from service.ingest.errors import EmptyFileError, EncodingError, HeaderError, IngestError, WrongFileError
from service.ingest.readers import read_file


def written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "with mark"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["unix", "windows"])
def test_csv_is_read_as_text_whatever_it_looks_like(tmp_path: Path, mark: bytes, end: str) -> None:
    content = mark + end.join(["编号, 金额", '007,"1,5"', "NA,", ""]).encode()
    read = read_file(written(tmp_path, "t.csv", content))
    assert read.frame.to_pydict() == {"编号": ["007", "NA"], "金额": ["1,5", None]}
    assert read.rows.tolist() == [1, 2]


def test_rows_of_another_width_are_set_aside_with_their_numbers(tmp_path: Path) -> None:
    content = b'a,b\n1,2\n3\n\n4,"5\n6"\n7,8,9\n1,1\n'
    read = read_file(written(tmp_path, "t.csv", content))
    assert read.frame.to_pydict() == {"a": ["1", "4", "1"], "b": ["2", "5\n6", "1"]}
    assert read.rows.tolist() == [1, 3, 5]
    assert read.wrong_width == ((2, "3"), (4, "7,8,9"))


def test_a_header_without_rows_is_a_table_without_rows(tmp_path: Path) -> None:
    read = read_file(written(tmp_path, "t.csv", b"a,b"))
    assert (read.frame.num_rows, read.frame.column_names) == (0, ["a", "b"])


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_an_empty_file_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(EmptyFileError, match=name):
        read_file(written(tmp_path, name, b""))
    with pytest.raises(EmptyFileError):
        read_file(written(tmp_path, "blank.csv", b"\xef\xbb\xbf\r\n \n"))


@pytest.mark.parametrize(
    ("encoding", "said", "line"), [("gbk", "GBK", 3), ("gb18030", "GBK", 3), ("utf-16", "UTF-16", 1)]
)
def test_another_encoding_is_named_with_the_line(tmp_path: Path, encoding: str, said: str, line: int) -> None:
    content = "a,b\n1,2\n名称,3\n".encode(encoding)
    with pytest.raises(EncodingError) as refused:
        read_file(written(tmp_path, "t.csv", content))
    assert said in refused.value.en
    assert f"line {line}" in refused.value.en
    assert "UTF-8" in refused.value.zh
    assert refused.value.as_json()["rule"] == "wrong_encoding"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("t.csv", b"PK\x03\x04rest", "XLSX"),
        ("t.csv", b"PAR1rest", "Parquet"),
        ("t.csv", b"a,b\n1,\x002\n", "zero bytes"),
        ("t.parquet", b"a,b\n1,2\n", "PAR1"),
        ("t.parquet", b"PAR1 and then nothing", "Parquet"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_refused(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    with pytest.raises(WrongFileError, match=said):
        read_file(written(tmp_path, name, content))


def test_a_column_named_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HeaderError) as refused:
        read_file(written(tmp_path, "t.csv", b"a,b, a\n1,2,3\n"))
    assert (refused.value.rule, refused.value.field) == ("column_twice", "a")


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    table = pa.table({"a": pa.array([1, None], pa.int32())})
    pq.write_table(table, tmp_path / "t.parquet")
    assert read_file(tmp_path / "t.parquet").frame.schema.field("a").type == pa.int32()


def test_a_truncated_parquet_file_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": list(range(1000))}), tmp_path / "whole.parquet")
    content = (tmp_path / "whole.parquet").read_bytes()
    with pytest.raises(IngestError):
        read_file(written(tmp_path, "t.parquet", content[: len(content) // 2]))
