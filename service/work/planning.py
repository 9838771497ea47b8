"""What the joint plan of both sides brings to one list; nothing where no plan serves the day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from service.work import plan
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


def plan_of_firm(home: Home, enterprise: str, as_of: date) -> Plan:
    """Return what planning brings to the list of a firm that authorised matching and left planning on."""
    places, pressure = plan.planned_for(home, enterprise, as_of), plan.pressure_for(home, as_of)
    return Plan(places, pressure, plan.plan_id(home, as_of)) if places or pressure else UNPLANNED


def plan_of_product(home: Home, product: str, as_of: date) -> Plan:
    """Return what planning brings to the list of a product; pressure moves no firm before another."""
    places = plan.planned_firms(home, product, as_of)
    return Plan(places, None, plan.plan_id(home, as_of)) if places else UNPLANNED
