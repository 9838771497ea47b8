"""Joint plans: a row per day in the database, the places in a file of the home named by the SHA-256 of its content."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import select

from service.store.engine import Session
from service.store.orm import PlanRow


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
    """Write the places of a plan to the home and return the SHA-256 of the file, which names it."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, places.schema) as stream:
        stream.write_table(places.combine_chunks())
    content = memoryview(sink.getvalue())
    digest = hashlib.sha256(content).hexdigest()
    path = _file(home, digest)
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(".part")
    scratch.write_bytes(content)
    scratch.replace(path)
    return digest


def read_places(home: Path, digest: str, column: str, value: str, wanted: Mapping[str, str]) -> dict[str, int]:
    """Return of the rows whose `column` is `value` the place by the other side's id; `wanted` names both columns.

    Nothing where the file is gone: an answer is then ordered without the plan.
    """
    try:
        with pa.memory_map(str(_file(home, digest))) as source, pa.ipc.open_stream(source) as stream:
            table = stream.read_all()
            found = table.filter(pc.equal(table.column(column), pa.scalar(value)))
    except FileNotFoundError:
        return {}
    ids, places = (found.column(wanted[name]).to_pylist() for name in ("id", "place"))
    return {str(one): int(place or 0) for one, place in zip(ids, places, strict=True)}


def _file(home: Path, digest: str) -> Path:
    return home / "plans" / f"{digest}.arrow"
