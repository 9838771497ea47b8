"""Rows of profile snapshots, models and deliveries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from service.store.engine import Session
from service.store.orm import DeliveryRow, ModelRow, SnapshotRow


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A profile snapshot: day, hash, and the digests of the facts and the dictionary behind it."""

    as_of: date
    hash: str
    facts: str
    dictionary: str
    enterprises: int


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A trained model's row; `metrics` is JSON text."""

    id: str
    purpose: str
    as_of: date
    probability_name: str
    kind: str
    state: str
    metrics: str


def put_snapshot(session: Session, snapshot: Snapshot) -> None:
    """Add or replace the snapshot of its day."""
    session.merge(
        SnapshotRow(
            as_of=snapshot.as_of,
            hash=snapshot.hash,
            facts=snapshot.facts,
            dictionary=snapshot.dictionary,
            enterprises=snapshot.enterprises,
        )
    )
    session.flush()


def snapshot(session: Session, as_of: date) -> Snapshot | None:
    """Return the snapshot of that day, or None."""
    row = session.get(SnapshotRow, as_of)
    return None if row is None else Snapshot(row.as_of, row.hash, row.facts, row.dictionary, row.enterprises)


def put_model(session: Session, model: ModelVersion) -> None:
    """Add a model as the newest of its purpose; an active one takes the place of the active one before it."""
    if model.state == "active":
        active = select(ModelRow).where(ModelRow.purpose == model.purpose, ModelRow.state == "active")
        for row in session.scalars(active):
            row.state = "retired"
    newest = session.scalar(select(func.max(ModelRow.sequence))) or 0
    session.merge(
        ModelRow(
            id=model.id,
            purpose=model.purpose,
            as_of=model.as_of,
            probability_name=model.probability_name,
            kind=model.kind,
            state=model.state,
            metrics=model.metrics,
            sequence=newest + 1,
        )
    )
    session.flush()


def active_model(session: Session, purpose: str) -> ModelVersion | None:
    """Return the active model of a purpose, or None."""
    row = session.scalar(select(ModelRow).where(ModelRow.purpose == purpose, ModelRow.state == "active"))
    if row is None:
        return None
    return ModelVersion(row.id, row.purpose, row.as_of, row.probability_name, row.kind, row.state, row.metrics)


def put_delivery(session: Session, id_: str, format_: str, received_on: date, report: str) -> None:
    """Add a delivery with its report (JSON text)."""
    session.merge(DeliveryRow(id=id_, format=format_, received_on=received_on, report=report))
    session.flush()


def deliveries(session: Session) -> Iterable[tuple[str, str, date, str]]:
    """Return (id, format, day, report) of all deliveries, newest first."""
    rows = session.scalars(select(DeliveryRow).order_by(DeliveryRow.received_on.desc(), DeliveryRow.id.desc()))
    return [(row.id, row.format, row.received_on, row.report) for row in rows]
