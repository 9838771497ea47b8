"""Taking data in: facts through their door, enterprises, grounds and report into the database, the act into the log."""

from collections.abc import Iterable
from pathlib import Path

import orjson

from service.access.caller import GROUND_PURPOSES, Caller, Ground
from service.audit.tags import Tag
from service.ingest.deliveries import DeliveryReport, Format, take_delivery
from service.store import consent_store, entity_store, log_store, release_store
from service.store.engine import Session
from service.work.home import Home

__all__ = ["DeliveryReport", "take"]

#: Formats whose publication itself is the ground on which the operator may evaluate and train.
GROUND_OF_FORMAT = {"cumcm2020c": Ground.open_research_set}


def take(home: Home, caller: Caller, path: Path, format_: Format, *, ground: Ground | None = None) -> DeliveryReport:
    """Take a delivery; good rows are kept, others quarantined and counted in the report.

    `ground` names the ground without consent of these firms (`synthetic` for a generated province); the open invoice
    set brings its own. Raises `IngestError` where nothing could be read, leaving the home as it was.
    """
    report = take_delivery(home.folder, path, format_, received_on=home.today)
    ground = ground or GROUND_OF_FORMAT.get(format_)
    with home.database.write() as session:
        new = entity_store.put_enterprises(session, ((one.id, one.scheme, one.name) for one in report.enterprises))
        release_store.put_delivery(
            session, report.delivery_id, format_, report.received_on, orjson.dumps(report.as_json()).decode()
        )
        body = {"delivery": report.delivery_id, "format": format_, "new_enterprises": new, "tables": report.counts()}
        log_store.append(session, Tag.delivery_taken, home.now(), caller.log_name, report.delivery_id, body)
        if ground is not None:
            _record_ground(home, session, caller, ground, (one.id for one in report.enterprises))
    return report


def _record_ground(home: Home, session: Session, caller: Caller, ground: Ground, enterprises: Iterable[str]) -> None:
    purposes = frozenset(purpose.value for purpose in GROUND_PURPOSES)
    records = [consent_store.GroundRecord(enterprise, ground.value, purposes) for enterprise in enterprises]
    new = consent_store.record_grounds(session, records, home.today)
    if new:
        body = {"ground": ground.value, "purposes": sorted(purposes), "enterprises": new}
        log_store.append(session, Tag.ground_recorded, home.now(), caller.log_name, None, body)
