"""ORM classes, one file per subject."""

from service.store.orm.base import Base
from service.store.orm.catalogue import NoticeRow, OptOutRow, PolicyPushRow, PolicyRow, ProductVersionRow
from service.store.orm.choices import DeletedTagRow, GoalRow, OrderChoiceRow
from service.store.orm.consent import AuthorisationRow, GroundRow
from service.store.orm.deliveries import DeliveryRow
from service.store.orm.entities import EnterpriseRow, ProductRow, UserRow
from service.store.orm.log import LogEntryRow
from service.store.orm.releases import ModelRow, PlanRow, SnapshotRow

__all__ = [
    "AuthorisationRow",
    "Base",
    "DeletedTagRow",
    "DeliveryRow",
    "EnterpriseRow",
    "GoalRow",
    "GroundRow",
    "LogEntryRow",
    "ModelRow",
    "NoticeRow",
    "OptOutRow",
    "OrderChoiceRow",
    "PlanRow",
    "PolicyPushRow",
    "PolicyRow",
    "ProductRow",
    "ProductVersionRow",
    "SnapshotRow",
    "UserRow",
]
