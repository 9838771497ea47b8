"""Rows of profile snapshots, models and deliveries."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum

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


class ModelState(StrEnum):
    """The states of a model: approved by somebody before it may be active, one active of a purpose at a time."""

    trained = "trained"  # it has no figures on held-out rows
    evaluated = "evaluated"
    approved = "approved"
    active = "active"
    retired = "retired"


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A trained model's row; `metrics` is JSON text, moments are UTC as the log writes them, None until it happens."""

    id: str
    purpose: str
    as_of: date
    probability_name: str
    kind: str
    state: str
    metrics: str
    trained_at: str | None = None
    approved_by: str | None = None
    approved_at: str | None = None
    activated_at: str | None = None
    retired_at: str | None = None


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


def put_model(session: Session, model: ModelVersion) -> ModelVersion:
    """Add a model, trained or evaluated, as the newest; return it as it is kept.

    An id stands for an artifact's bytes: one that is there already keeps its state, its approval and its moments.
    """
    row = session.get(ModelRow, model.id)
    if row is None:
        row = ModelRow(**_columns(model))
    row.sequence = (session.scalar(select(func.max(ModelRow.sequence))) or 0) + 1
    session.add(row)
    session.flush()
    return _version(row)


def approve(session: Session, id_: str, by: str, at: str) -> ModelVersion:
    """Note who approved a model and when; the caller has checked that its state allows it."""
    row = session.get_one(ModelRow, id_)
    row.state, row.approved_by, row.approved_at = ModelState.approved, by, at
    session.flush()
    return _version(row)


def activate(session: Session, id_: str, at: str) -> tuple[ModelVersion, ModelVersion | None]:
    """Make a model the active one of its purpose; return it and the one that is retired for it, if any."""
    row = session.get_one(ModelRow, id_)
    before = _active(session, row.purpose)
    if before is not None and before is not row:
        before.state, before.retired_at = ModelState.retired, at
        session.flush()  # first: no two are active at any moment
    row.state, row.activated_at, row.retired_at = ModelState.active, at, None
    session.flush()
    return _version(row), None if before is None or before is row else _version(before)


def retire(session: Session, id_: str, at: str) -> ModelVersion:
    """Put a model out of use."""
    row = session.get_one(ModelRow, id_)
    row.state, row.retired_at = ModelState.retired, at
    session.flush()
    return _version(row)


def model(session: Session, id_: str) -> ModelVersion | None:
    """Return the model of an id, or None."""
    row = session.get(ModelRow, id_)
    return None if row is None else _version(row)


def models(session: Session) -> list[ModelVersion]:
    """Return all models, the newest first."""
    return [_version(row) for row in session.scalars(select(ModelRow).order_by(ModelRow.sequence.desc()))]


def active_model(session: Session, purpose: str) -> ModelVersion | None:
    """Return the active model of a purpose, or None."""
    row = _active(session, purpose)
    return None if row is None else _version(row)


def _active(session: Session, purpose: str) -> ModelRow | None:
    return session.scalar(select(ModelRow).where(ModelRow.purpose == purpose, ModelRow.state == ModelState.active))


def _columns(version: ModelVersion) -> dict[str, object]:
    return {field.name: getattr(version, field.name) for field in fields(version)}


def _version(row: ModelRow) -> ModelVersion:
    return ModelVersion(**{field.name: getattr(row, field.name) for field in fields(ModelVersion)})


def put_delivery(session: Session, id_: str, format_: str, received_on: date, report: str) -> None:
    """Add a delivery with its report (JSON text)."""
    session.merge(DeliveryRow(id=id_, format=format_, received_on=received_on, report=report))
    session.flush()


def deliveries(session: Session) -> Iterable[tuple[str, str, date, str]]:
    """Return (id, format, day, report) of all deliveries, newest first."""
    rows = session.scalars(select(DeliveryRow).order_by(DeliveryRow.received_on.desc(), DeliveryRow.id.desc()))
    return [(row.id, row.format, row.received_on, row.report) for row in rows]
