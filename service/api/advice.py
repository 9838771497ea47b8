"""JSON of advice: for enterprises what would make products fit, for banks what jumped before an application."""

from typing import Any

from fastapi import APIRouter

from service.api.asking import QuestionDep
from service.http.callers import BankVisitor, EnterpriseVisitor, HomeDep, own_enterprise
from service.work import advice
from service.work import flags as flags_work

enterprise = APIRouter(prefix="/api/enterprise", tags=["enterprise"])
bank = APIRouter(prefix="/api/bank", tags=["bank"])


@enterprise.get("/products/{product_id}/advice")
def of_product(home: HomeDep, visitor: EnterpriseVisitor, product_id: str, question: QuestionDep) -> dict[str, Any]:
    """Advise the caller's enterprise on one product: the cheapest changes that make it fit, or why nothing does."""
    return advice.advise_product(home, visitor.caller, own_enterprise(visitor), product_id, question).document


@enterprise.get("/advice")
def of_all(home: HomeDep, visitor: EnterpriseVisitor, question: QuestionDep) -> dict[str, Any]:
    """Advise the caller's enterprise on what would make more products fit, best first."""
    return advice.advise_more(home, visitor.caller, own_enterprise(visitor), question).document


@bank.get("/enterprises/{enterprise_id}/flags")
def flags(home: HomeDep, visitor: BankVisitor, enterprise_id: str) -> dict[str, Any]:
    """Give what jumped in the last three months at an enterprise that has opened its profile to this bank."""
    return flags_work.flags(home, visitor.caller, enterprise_id).document
