"""JSON of goals: a firm keeps and drops its own; banks and regulators read what became of ten and more."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from service import edge
from service.http.callers import BankVisitor, EnterpriseVisitor, HomeDep, RegulatorVisitor
from service.http.numbers import LARGEST_ID
from service.work import readiness
from service.work.match import Question

enterprise = APIRouter(prefix="/api/enterprise", tags=["enterprise"])
bank = APIRouter(prefix="/api/bank", tags=["bank"])
regulator = APIRouter(prefix="/api/regulator", tags=["regulator"])


class Wish(BaseModel):
    """The product a firm waits for, and what it would ask for."""

    model_config = ConfigDict(extra="forbid")

    product: Annotated[str, Field(max_length=100)]
    amount: Annotated[str | None, Field(max_length=40)] = None
    term: Annotated[str | None, Field(max_length=40)] = None


@enterprise.get("/goals")
def goals(home: HomeDep, visitor: EnterpriseVisitor) -> list[dict[str, Any]]:
    """List the firm's goals, newest first."""
    return readiness.goals(home, visitor.caller)


@enterprise.post("/goals", status_code=201)
def keep(home: HomeDep, visitor: EnterpriseVisitor, wish: Wish) -> dict[str, Any]:
    """Keep a goal for a product that does not fit yet, with what is missing and the cheapest plan."""
    asked = Question(
        amount_fen=None if wish.amount is None else edge.amount_fen(wish.amount),
        term_months=None if wish.term is None else edge.term_months(wish.term),
    )
    return readiness.set_goal(home, visitor.caller, wish.product, asked.request)


@enterprise.delete("/goals/{goal_id}", status_code=204)
def drop(home: HomeDep, visitor: EnterpriseVisitor, goal_id: Annotated[int, Path(ge=1, le=LARGEST_ID)]) -> None:
    """Give a goal up."""
    readiness.give_up(home, visitor.caller, goal_id)


@enterprise.put("/goal-notices/opt-out", status_code=204)
def opt_out(home: HomeDep, visitor: EnterpriseVisitor) -> None:
    """Tell the firm nothing of its goals any more, from this moment on."""
    readiness.choose_notices(home, visitor.caller, wanted=False)


@enterprise.delete("/goal-notices/opt-out", status_code=204)
def opt_in(home: HomeDep, visitor: EnterpriseVisitor) -> None:
    """Tell the firm of its goals again."""
    readiness.choose_notices(home, visitor.caller, wanted=True)


@bank.get("/readiness")
def for_bank(home: HomeDep, visitor: BankVisitor) -> list[dict[str, Any]]:
    """Tell what became of the goals for the bank's own products, of ten and more."""
    return readiness.summary(home, visitor.caller)


@regulator.get("/readiness")
def for_regulator(home: HomeDep, visitor: RegulatorVisitor) -> list[dict[str, Any]]:
    """Tell what became of the goals for all products, of ten and more."""
    return readiness.summary(home, visitor.caller)
