"""Who asks, in which role, and for which purpose."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """The four kinds of user."""

    bank = "bank"
    enterprise = "enterprise"
    regulator = "regulator"
    operator = "operator"


class Purpose(StrEnum):
    """The closed list of purposes that facts may be read for."""

    matching = "matching"
    due_diligence = "due_diligence"
    decision = "decision"
    monitoring = "monitoring"
    model_training = "model_training"
    evaluation = "evaluation"


class Kind(StrEnum):
    """What an authorisation opens: `matching` to the platform, `query` to one named bank."""

    matching = "matching"
    query = "query"


class Ground(StrEnum):
    """Grounds for reading without an authorisation, by the operator only."""

    open_research_set = "open research set"
    synthetic = "synthetic"


#: A ground never serves a bank's, firm's or regulator's reading.
GROUND_PURPOSES = (Purpose.evaluation, Purpose.model_training)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the login, its role, and the bank or enterprise it acts for."""

    login: str
    role: Role
    bank: str | None = None
    enterprise: str | None = None

    @property
    def log_name(self) -> str:
        """The caller as the log names it."""
        return f"{self.role.value}:{self.login}"


#: The command acts as this caller.
COMMAND = Caller("command", Role.operator)
