"""JSON for banks: own products, the enterprises that fit one, and a profile that its enterprise opened to the bank."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.requests import Request

from service.api import profile_document
from service.api.asking import PagedDep
from service.errors import BadRequestError
from service.http.callers import BankVisitor, HomeDep
from service.work import catalogue, match, match_pages, product_versions, profiles

router = APIRouter(prefix="/api/bank", tags=["bank"])


@router.get("/products")
def products(home: HomeDep, visitor: BankVisitor) -> list[dict[str, Any]]:
    """List the bank's own products."""
    return catalogue.products(home, visitor.caller)


@router.get("/products/{product_id}/enterprises")
def enterprises(home: HomeDep, visitor: BankVisitor, product_id: str, asked: PagedDep) -> dict[str, Any]:
    """Answer which enterprises fit one of the bank's products, may fit, do not, and have not authorised.

    With `size` the answer is a first page: its `cursor` and `next_page` ask for the next one in the same order.
    """
    caller = visitor.caller
    if asked.cursor is not None:
        return match_pages.further_page(home, caller, product_id, asked.cursor, asked.page).document
    if asked.is_paged:
        return match_pages.first_page(home, caller, product_id, asked.question).document
    return match.enterprises_for(home, caller, product_id, asked.question).document


async def _document(request: Request) -> str:
    """Read the body as it was sent: amounts are exact text, which a parser of floats would spoil."""
    try:
        return (await request.body()).decode()
    except UnicodeDecodeError:
        raise BadRequestError("产品文件不是 UTF-8 文本。", "The product is no text in UTF-8.") from None


@router.post("/products", status_code=201)
def save(home: HomeDep, visitor: BankVisitor, document: Annotated[str, Depends(_document)]) -> list[dict[str, Any]]:
    """Save one product of the bank, or several, each as its next version; tell what a review found."""
    return [one.as_json() for one in product_versions.save(home, visitor.caller, document)]


@router.get("/products/{product_id}/versions")
def versions(home: HomeDep, visitor: BankVisitor, product_id: str) -> list[dict[str, Any]]:
    """List all versions of one of the bank's products, newest first."""
    return product_versions.versions(home, visitor.caller, product_id)


@router.delete("/products/{product_id}", status_code=204)
def withdraw(home: HomeDep, visitor: BankVisitor, product_id: str) -> None:
    """Take one of the bank's products out of every answer at once."""
    product_versions.withdraw(home, visitor.caller, product_id)


@router.get("/enterprises/{enterprise_id}/profile")
def profile(home: HomeDep, visitor: BankVisitor, enterprise_id: str) -> dict[str, Any]:
    """Give the profile of an enterprise that has a live `query` authorisation for this bank."""
    return profile_document.as_json(profiles.view(home, visitor.caller, enterprise_id))
