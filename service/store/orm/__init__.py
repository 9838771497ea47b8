"""ORM classes, one file per subject."""

from service.store.orm.base import Base
from service.store.orm.consent import AuthorisationRow, GroundRow
from service.store.orm.deliveries import DeliveryRow
from service.store.orm.entities import EnterpriseRow, ProductRow, UserRow
from service.store.orm.log import LogEntryRow
from service.store.orm.releases import ModelRow, SnapshotRow

__all__ = [
    "AuthorisationRow",
    "Base",
    "DeliveryRow",
    "EnterpriseRow",
    "GroundRow",
    "LogEntryRow",
    "ModelRow",
    "ProductRow",
    "SnapshotRow",
    "UserRow",
]
