"""The nightly plan: the orders of both sides together, for firms with a live authorisation of matching.

A firm without one, or one that left planning, stands outside: nothing of it enters the plan, and its own list is not
moved. What the plan comes to is logged with its digest before anything is shown by it.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from features.columns import DECIDED_ON, ENTERPRISE, OUTCOME, PRODUCT, REQUEST_NO, REQUESTED_ON
from features.dictionary import dictionary_hash
from matching.amounts import PPM
from matching.choice_states import GRANTING
from matching.joint_plan import BANK_PLACE, PLACE, QUARTER_MONTHS, Wants, joint_plan, pressures, seats, wants
from matching.tags import without_tags
from service.access import consent
from service.access.caller import COMMAND, Caller, Purpose
from service.access.consent import Permit
from service.audit.tags import Tag
from service.errors import ChoiceChangedError, ConsentChangedError, NothingToDoError
from service.store import choice_store, consent_store, log_store, plan_store
from service.store.engine import Session
from service.store.facts import Access
from service.store.plan_store import StoredPlan
from service.work.catalogue import Catalogue, catalogue, require_operator
from service.work.ground import standing_of
from service.work.history import match_history
from service.work.home import Home
from service.work.learned import learned_order
from service.work.profile import known_day, rows
from service.work.train_risk import active_model

#: A plan serves so many days: after a missed night or two, not after a week.
SERVES_DAYS: Final = 7
_QUARTER_DAYS = 91


@dataclass(frozen=True, slots=True)
class _Planned:
    """Who is planned, on what basis, and the state of authorisations and choices in which that was found."""

    permit: Permit
    access: Access
    catalogue: Catalogue
    deleted: Mapping[str, tuple[str, ...]]
    outside: frozenset[str]
    version: tuple[int, ...]

    def require_unchanged(self, session: Session) -> None:
        if choice_store.deleted_tags(session, self.permit.covered) != self.deleted:
            raise ChoiceChangedError
        if (consent_store.version(session), choice_store.not_planned(session)) != (self.version, self.outside):
            raise ConsentChangedError
        self.catalogue.require_unchanged(session)


def run(home: Home, caller: Caller, as_of: date | None = None) -> dict[str, Any]:
    """Plan the orders of both sides as of a day, store and log the plan, and return what it comes to.

    Only the operator may. Raises `NothingToDoError` where no firm authorised matching, `ConsentChangedError` or
    `CatalogueChangedError` where the ground changed meanwhile.
    """
    require_operator(caller)
    as_of = known_day(home, as_of)
    planned = _ground(home)
    wanted, made_of = _wants(home, planned, as_of)
    tie_key = hashlib.sha256(orjson.dumps([as_of.isoformat(), dictionary_hash(), made_of])).digest()
    share = _share_asking(home, planned, as_of)
    plan = joint_plan(wanted, tie_key, share)
    figures = {
        **plan.figures,
        "left_planning": len(planned.outside & planned.permit.covered),
        "share_asking": share,
        "seats": seats(wanted, tie_key),
    }
    pressure = pressures(planned.catalogue.products, _granted(home, as_of))
    document = {
        "as_of": as_of.isoformat(),
        "made_of": made_of,
        "pressure": pressure,
        "figures": _whole(figures),
        "deleted_tags": {firm: list(tags) for firm, tags in planned.deleted.items()},
    }
    digest = plan_store.write_places(home.folder, plan.table)
    with home.database.write() as session:
        planned.require_unchanged(session)
        plan_store.put(session, StoredPlan(as_of, digest, orjson.dumps(document).decode()))
        body = {**document, "plan": digest, "tie_key": tie_key.hex(), "products": planned.catalogue.digest}
        number = log_store.append(session, Tag.plan_made, home.now(), caller.log_name, None, body)
    return {"as_of": as_of.isoformat(), "plan": digest, **figures, "pressure": pressure, "log_entry": number}


def planned_for(home: Home, enterprise: str, as_of: date) -> Mapping[str, int] | None:
    """Return the place of each product in a firm's part of the plan that serves a day, None where it has none."""
    return _places(home, as_of, ENTERPRISE, enterprise, {"id": PRODUCT, "place": PLACE})


def planned_firms(home: Home, product: str, as_of: date) -> Mapping[str, int] | None:
    """Return the place of each firm in a product's part of the plan that serves a day, None where it has none."""
    return _places(home, as_of, PRODUCT, product, {"id": ENTERPRISE, "place": BANK_PLACE})


def pressure_for(home: Home, as_of: date) -> Mapping[str, int] | None:
    """Return what nearly used quotas take from scores (millionths by product); None without a plan of the quarter."""
    found = _newest(home, as_of)
    if found is None or _quarter(found.as_of) != _quarter(as_of):
        return None
    pressure: dict[str, int] = orjson.loads(found.document)["pressure"]
    return pressure or None


def planned_tags(home: Home, as_of: date) -> Mapping[str, tuple[str, ...]]:
    """Return the tags that firms had deleted when the plan that serves a day was made, by firm."""
    found = _newest(home, as_of)
    stored = {} if found is None else orjson.loads(found.document).get("deleted_tags", {})
    return {str(firm): tuple(tags) for firm, tags in stored.items()}


def plan_id(home: Home, as_of: date) -> str | None:
    """Return the SHA-256 of the plan that serves a day, for the log of what was shown by it."""
    found = _newest(home, as_of)
    return None if found is None else found.digest


def _ground(home: Home) -> _Planned:
    with home.database.read() as session:
        permit = consent.telling_permit(session, home.today)
        products = catalogue(session)
        outside = choice_store.not_planned(session)
        deleted = choice_store.deleted_tags(session, permit.covered)
        version = consent_store.version(session)
    access = permit.beyond_public
    kept = [
        replace(one, enterprises=tuple(x for x in one.enterprises or () if x not in outside)) for one in access.grants
    ]
    access = Access(tuple(one for one in kept if one.enterprises), access.purpose)
    if not access.grants:
        raise NothingToDoError("没有企业授权匹配，无需计划。", "No firm authorised matching; there is nothing to plan.")
    return _Planned(permit, access, products, deleted, outside, version)


def _wants(home: Home, planned: _Planned, as_of: date) -> tuple[Wants, dict[str, str | None]]:
    """Return what both sides want, and the ids of what that was computed with."""
    profiles = rows(home, planned.access, as_of)
    readable = without_tags(profiles, planned.deleted) if planned.deleted else None
    learned, model = learned_order(home, planned.catalogue, as_of), active_model(home)
    standing = standing_of(model, profiles if readable is None else readable)
    ordering = None if learned is None else learned.ordering
    found = wants(profiles, planned.catalogue.products, standing, ordering, readable)
    made_of = {
        "model": None if model is None else model[0].id,
        "order_model": None if learned is None else learned.ranking.id,
        "acceptance_model": None if learned is None or learned.acceptance is None else learned.acceptance.id,
    }
    return found, made_of


def _share_asking(home: Home, planned: _Planned, as_of: date) -> float:
    """Return which share of the planned firms asks within a quarter, by the last one; all where none is known of."""
    history = match_history(home, planned.access, as_of)
    firms = sum(len(one.enterprises or ()) for one in planned.access.grants)
    if history is None:
        return 1.0
    requests = history.requests
    since = pa.scalar(as_of - timedelta(days=_QUARTER_DAYS - 1), pa.date32())
    recent = requests.filter(pc.greater_equal(requests.column(REQUESTED_ON), since))
    asked = len(recent.group_by([ENTERPRISE, REQUEST_NO]).aggregate([]))
    return asked / firms if asked else 1.0


def _granted(home: Home, as_of: date) -> dict[str, int]:
    """Return the loans granted in the quarter up to a day, by product, of firms whose history may be counted."""
    with home.database.read() as session:
        permit = consent.permit(session, COMMAND, Purpose.model_training, home.today)
    history = match_history(home, permit.access, as_of)
    if history is None:
        return {}
    decisions = history.decisions
    first = pa.scalar(_quarter(as_of), pa.date32())
    granted = pa.array(sorted(str(one) for one in GRANTING), pa.string())
    kept = decisions.filter(
        pc.and_(
            pc.greater_equal(decisions.column(DECIDED_ON), first),
            pc.is_in(decisions.column(OUTCOME).cast(pa.string()), value_set=granted),
        )
    )
    # A grant that was settled later has two versions.
    once = kept.group_by([ENTERPRISE, REQUEST_NO, PRODUCT]).aggregate([])
    counted = once.group_by([PRODUCT]).aggregate([([], "count_all")])
    return {str(row[PRODUCT]): int(row["count_all"]) for row in counted.to_pylist()}


def _places(home: Home, as_of: date, column: str, value: str, wanted: Mapping[str, str]) -> dict[str, int] | None:
    found = _newest(home, as_of)
    return None if found is None else plan_store.read_places(home.folder, found.digest, column, value, wanted) or None


def _newest(home: Home, as_of: date) -> StoredPlan | None:
    with home.database.read() as session:
        return plan_store.newest(session, as_of, SERVES_DAYS)


def _quarter(day: date) -> date:
    return date(day.year, day.month - (day.month - 1) % QUARTER_MONTHS, 1)


def _whole(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return figures as a log holds them: no float, but millionths under a name that says so."""
    found: dict[str, Any] = {}
    for name, value in figures.items():
        if isinstance(value, Mapping):
            found[name] = _whole(value)
        elif isinstance(value, float):
            found[f"{name}_ppm"] = round(value * PPM)
        else:
            found[name] = value
    return found
