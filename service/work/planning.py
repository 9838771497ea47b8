"""What the joint plan of both sides brings to one firm's list; nothing where there is no plan for the day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from service.work.home import Home


@dataclass(frozen=True, slots=True)
class Plan:
    """Places of products in a firm's part of the plan, and what quotas nearly used take from scores (millionths)."""

    places: Mapping[str, int] | None = None
    pressure: Mapping[str, int] | None = None


UNPLANNED: Final = Plan()


def plan_of(home: Home, enterprise: str, as_of: date, *, wants_plan: bool) -> Plan:  # noqa: ARG001 (no plan is made yet)
    """Return what planning brings to a firm that authorised matching; its places only where it left planning on."""
    return UNPLANNED
