"""JSON for banks: own products, the enterprises that fit one, and a profile that its enterprise opened to the bank."""

from typing import Any

from fastapi import APIRouter

from service.api import profile_document
from service.api.asking import QuestionDep
from service.http.callers import BankVisitor, HomeDep
from service.work import catalogue, match, profiles

router = APIRouter(prefix="/api/bank", tags=["bank"])


@router.get("/products")
def products(home: HomeDep, visitor: BankVisitor) -> list[dict[str, Any]]:
    """List the bank's own products."""
    return catalogue.products(home, visitor.caller)


@router.get("/products/{product_id}/enterprises")
def enterprises(home: HomeDep, visitor: BankVisitor, product_id: str, question: QuestionDep) -> dict[str, Any]:
    """Answer which enterprises fit one of the bank's products, may fit, do not, and have not authorised."""
    return match.enterprises_for(home, visitor.caller, product_id, question).document


@router.get("/enterprises/{enterprise_id}/profile")
def profile(home: HomeDep, visitor: BankVisitor, enterprise_id: str) -> dict[str, Any]:
    """Give the profile of an enterprise that has a live `query` authorisation for this bank."""
    return profile_document.as_json(profiles.view(home, visitor.caller, enterprise_id))
