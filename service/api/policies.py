"""JSON of policies and costs: what is pushed to a firm, its choice and its cost sheets; counts for regulators."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from service import edge
from service.http.callers import EnterpriseVisitor, HomeDep, RegulatorVisitor, own_enterprise
from service.work import cost, policies

enterprise = APIRouter(prefix="/api/enterprise", tags=["enterprise"])
regulator = APIRouter(prefix="/api/regulator", tags=["regulator"])
_TEXT = 40
Id = Annotated[str, Path(max_length=60)]


@enterprise.get("/policies")
def pushed(home: HomeDep, visitor: EnterpriseVisitor) -> list[dict[str, Any]]:
    """List the policies pushed to the firm and how far each has come; what is new counts as read."""
    return policies.of_firm(home, visitor.caller)


@enterprise.post("/policies/{policy_id}/apply", status_code=204)
def apply(home: HomeDep, visitor: EnterpriseVisitor, policy_id: Id) -> None:
    """Note that the firm applied for a policy."""
    policies.apply(home, visitor.caller, policy_id)


@enterprise.put("/policy-notices/opt-out", status_code=204)
def opt_out(home: HomeDep, visitor: EnterpriseVisitor) -> None:
    """Push no policy to the firm any more, from this moment on."""
    policies.choose_notices(home, visitor.caller, wanted=False)


@enterprise.delete("/policy-notices/opt-out", status_code=204)
def opt_in(home: HomeDep, visitor: EnterpriseVisitor) -> None:
    """Push policies to the firm again."""
    policies.choose_notices(home, visitor.caller, wanted=True)


@enterprise.get("/products/{product_id}/cost")
def cost_sheet(
    home: HomeDep,
    visitor: EnterpriseVisitor,
    product_id: Id,
    amount: Annotated[str, Query(max_length=_TEXT, description="amount in yuan as decimal text")],
    term: Annotated[str, Query(max_length=_TEXT, description="term in whole months")],
) -> dict[str, Any]:
    """Lay out what a loan drawn today would cost the firm, with the policies that are certainly for it."""
    own_enterprise(visitor)
    asked = cost.Asked(product_id, edge.amount_fen(amount), edge.term_months(term))
    return cost.cost(home, visitor.caller, asked).document


@regulator.get("/policies")
def counts(home: HomeDep, visitor: RegulatorVisitor) -> list[dict[str, Any]]:
    """List policies and how many firms are in each state, of ten and more."""
    return policies.summary(home, visitor.caller)
