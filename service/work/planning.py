"""What the joint plan of both sides brings to one list; nothing where no plan serves the day."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from service.work import plan
from service.work.ground import Ground
from service.work.home import Home


@dataclass(frozen=True, slots=True)
class Plan:
    """Places in the plan that serves the day, what quotas nearly used take from scores (millionths), and its digest."""

    places: Mapping[str, int] | None = None
    pressure: Mapping[str, int] | None = None
    id: str | None = None

    @property
    def logged(self) -> dict[str, str]:
        """Return what a log entry names of it."""
        return {} if self.id is None else {"plan": self.id}


UNPLANNED: Final = Plan()


def plan_of_firm(home: Home, enterprise: str, ground: Ground) -> Plan:
    """Return what planning brings to the list of a firm that authorised matching and left planning on.

    Its places hold only while its tags are those that it was planned by.
    """
    places, pressure = plan.planned_for(home, enterprise, ground.as_of), plan.pressure_for(home, ground.as_of)
    if places and enterprise in _changed(home, ground):
        places = None
    return Plan(places, pressure, plan.plan_id(home, ground.as_of)) if places or pressure else UNPLANNED


def plan_of_product(home: Home, product: str, ground: Ground) -> Plan:
    """Return what planning brings to the list of a product; pressure moves no firm before another.

    Firms that left planning, or changed their tags since, are out of it at once.
    """
    places = plan.planned_firms(home, product, ground.as_of) or {}
    out = ground.outside | _changed(home, ground) if places else frozenset()
    places = {firm: place for firm, place in places.items() if firm not in out}
    return Plan(places, None, plan.plan_id(home, ground.as_of)) if places else UNPLANNED


def _changed(home: Home, ground: Ground) -> frozenset[str]:
    """Return the firms of the answer whose deleted tags are not those of the plan."""
    then, now = plan.planned_tags(home, ground.as_of), ground.deleted
    concerned = (then.keys() | now.keys()) & ground.permit.covered
    return frozenset(firm for firm in concerned if then.get(firm, ()) != now.get(firm, ()))
