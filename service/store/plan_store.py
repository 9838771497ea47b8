"""Joint plans: a row per day in the database, the places in a file of the home named by the SHA-256 of its content."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import select

from service.store.engine import Session
from service.store.orm import PlanRow

# Small groups of rows, so that one firm's are found without reading the others'.
_GROUP_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """A plan's row: the day it is of, the SHA-256 of its places, and what it comes to as JSON text."""

    as_of: date
    digest: str
    document: str


def put(session: Session, plan: StoredPlan) -> None:
    """Add or replace the plan of its day."""
    session.merge(PlanRow(as_of=plan.as_of, digest=plan.digest, document=plan.document))
    session.flush()


def newest(session: Session, as_of: date, most_days: int) -> StoredPlan | None:
    """Return the newest plan of a day up to `as_of` and no older than `most_days`, None where there is none."""
    query = (
        select(PlanRow)
        .where(PlanRow.as_of <= as_of, PlanRow.as_of >= as_of - timedelta(days=most_days))
        .order_by(PlanRow.as_of.desc())
        .limit(1)
    )
    row = session.scalars(query).first()
    return None if row is None else StoredPlan(row.as_of, row.digest, row.document)


def write_places(home: Path, places: pa.Table) -> str:
    """Write the places of a plan to the home and return the SHA-256 of their content, which names the file."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, places.schema) as stream:
        stream.write_table(places.combine_chunks())
    digest = hashlib.sha256(memoryview(sink.getvalue())).hexdigest()
    folder = home / "plans"
    folder.mkdir(parents=True, exist_ok=True)
    path = _file(home, digest)
    scratch = path.with_suffix(".part")
    pq.write_table(places, scratch, row_group_size=_GROUP_ROWS)
    scratch.replace(path)
    return digest


def read_places(home: Path, digest: str, column: str, value: str, wanted: Mapping[str, str]) -> dict[str, int]:
    """Return of the rows whose `column` is `value` the place by the other side's id; `wanted` names both columns.

    Nothing where the file is gone: an answer is then ordered without the plan.
    """
    try:
        found = pq.read_table(_file(home, digest), filters=[(column, "=", value)], columns=list(wanted.values()))
    except FileNotFoundError:
        return {}
    ids, places = (found.column(wanted[name]).to_pylist() for name in ("id", "place"))
    return {str(one): int(place or 0) for one, place in zip(ids, places, strict=True)}


def _file(home: Path, digest: str) -> Path:
    return home / "plans" / f"{digest}.parquet"
