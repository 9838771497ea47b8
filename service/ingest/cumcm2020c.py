"""Format `cumcm2020c`: the VAT invoices of 425 firms published for CUMCM 2020, problem C.

The set names no day of knowing, so `known_on` is the invoice's day and marked assumed. Two attachments code their
counterparties apart. Whether a firm defaulted has no day and lives apart from the facts; the bank's rating is not kept,
for in this set it is the label by another name.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from features.columns import COUNTERPARTY, DIRECTION, ENTERPRISE, INVOICE_NO, INVOICES, ISSUED_ON, KNOWN_ON, STATUS
from features.quality import Source
from features.tables import TABLES, KnownOnBasis
from features.tables.invoices import PURCHASE, SALE, VALID, VOID
from features.uscc import Scheme
from service.ingest.errors import HeaderError, NoDeliveryError
from service.ingest.intake import CheckedFile, Intake, check_file
from service.ingest.progress import Tell
from service.ingest.readers import ReadFile, read_file

#: The attachments: 123 firms with a rating and an outcome, 302 without.
ATTACHMENTS = {"with_credit": "1", "without_credit": "2"}
_DIRECTIONS = {"purchase": PURCHASE, "sales": SALE}
_STATES = {"有效发票": VALID, "作废发票": VOID}
#: The set's own column names by those of the contract.
_OWN = {
    ENTERPRISE: "enterprise_id",
    INVOICE_NO: "invoice_no",
    ISSUED_ON: "invoice_date",
    COUNTERPARTY: "counterparty_id",
    "amount_yuan": "amount",
    "tax_yuan": "tax",
    "total_yuan": "total",
    STATUS: "status",
}


def read_cumcm2020c(path: Path, received_on: date, tell: Tell) -> Intake:
    """Read and check the folder of the set; raise `NoDeliveryError` where a file of it is missing."""
    _require_files(path)
    names: dict[str, str] = {}
    defaults: dict[str, bool] = {}
    for attachment in ATTACHMENTS:
        firms = read_file(path / f"enterprises_{attachment}.parquet")
        names |= _column(firms, "enterprise_name")
        if "defaulted" in firms.frame.column_names:
            defaults |= {one: value == "true" for one, value in _column(firms, "defaulted").items()}
    source = Source(received_on, Scheme.cumcm2020c, KnownOnBasis.assumed)
    files = []
    for number, (name, attachment, direction) in enumerate(_invoice_files()):
        tell(name, number, len(ATTACHMENTS) * len(_DIRECTIONS))
        files.append(_check(read_file(path / name), attachment, direction, source, names))
    return Intake(Scheme.cumcm2020c.value, tuple(files), names=names, undated_defaults=defaults)


def _invoice_files() -> list[tuple[str, str, str]]:
    return [
        (f"{word}_invoices_{attachment}.parquet", number, direction)
        for attachment, number in ATTACHMENTS.items()
        for word, direction in _DIRECTIONS.items()
    ]


def _require_files(path: Path) -> None:
    names = [f"enterprises_{one}.parquet" for one in ATTACHMENTS] + [name for name, _, _ in _invoice_files()]
    missing = [name for name in names if not (path / name).is_file()]
    if missing:
        listed = ", ".join(missing)
        raise NoDeliveryError("missing_file", f"{path} 缺少文件 {listed}。", f"{path} lacks {listed}.")


def _check(read: ReadFile, attachment: str, direction: str, source: Source, known: Collection[str]) -> CheckedFile:
    columns: dict[str, pa.ChunkedArray[Any]] = {
        ours: read.frame[own] for ours, own in _OWN.items() if own in read.frame.column_names
    }
    columns[DIRECTION] = pa.chunked_array([pa.repeat(direction, read.frame.num_rows)])
    if ISSUED_ON in columns:
        columns[KNOWN_ON] = columns[ISSUED_ON]
    if COUNTERPARTY in columns:
        columns[COUNTERPARTY] = _mapped(columns[COUNTERPARTY], lambda code: f"{attachment}:{code}")
    if STATUS in columns:
        # The words come with stray blanks; other words stay as they are, to be quarantined.
        columns[STATUS] = _mapped(columns[STATUS], lambda word: _STATES.get(word.strip(), word))
    frame = ReadFile(read.name, pa.Table.from_arrays(list(columns.values()), names=list(columns)), read.rows)
    return check_file(frame, TABLES[INVOICES], source, known, _OWN)


def _mapped(column: "pa.ChunkedArray[Any]", change: Callable[[str], str]) -> "pa.ChunkedArray[Any]":
    coded = column.cast(pa.string()).combine_chunks().dictionary_encode()
    words = [change(str(one)) for one in coded.dictionary.to_pylist()]
    return pa.chunked_array([pa.array(words, pa.string()).take(coded.indices)])


def _column(firms: ReadFile, name: str) -> Mapping[str, str]:
    missing = [one for one in ("enterprise_id", name) if one not in firms.frame.column_names]
    if missing:
        listed = ", ".join(missing)
        raise HeaderError(
            "missing_column",
            f"缺少必需的列 {listed}。",
            f"the required columns {listed} are missing.",
            file=firms.name,
            field=listed,
        )
    ids = firms.frame["enterprise_id"].cast(pa.string()).to_pylist()
    values = firms.frame[name].cast(pa.string()).to_pylist()
    return {f"{Scheme.cumcm2020c}:{one}": str(value).strip() for one, value in zip(ids, values, strict=True)}
