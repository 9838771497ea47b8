"""The bank's pages: its products, the enterprises that fit one, and an enterprise's profile."""

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from service import edge
from service.errors import ConsentMissingError
from service.http.callers import BankVisitor, HomeDep
from service.web import asking
from service.web.pages import render
from service.web.profile_blocks import blocks_of
from service.work import authorise, catalogue, match_pages, profiles
from service.work.question import places, sales_bands, sections

router = APIRouter(prefix="/bank", include_in_schema=False)


@router.get("")
def products(request: Request, home: HomeDep, visitor: BankVisitor) -> HTMLResponse:
    """List the bank's own products."""
    return render(request, "bank_products.html", visitor, products=catalogue.products(home, visitor.caller))


@router.get("/products/{product_id}")
def enterprises(request: Request, home: HomeDep, visitor: BankVisitor, product_id: str) -> HTMLResponse:
    """Show which enterprises fit a product, may fit, do not, and cannot be scored without authorisation.

    The first page fixes the order; the others (`cursor`, `page`) are further parts of it.
    """
    cursor, page = request.query_params.get("cursor", ""), request.query_params.get("page", "")
    answer: dict[str, Any] | None = None
    if cursor:
        found = match_pages.further_page(home, visitor.caller, product_id, edge.number(cursor), edge.number(page))
        answer = found.document
        form = asking.asked_before(answer)
    else:
        form = asking.read_bank(request.query_params)
        if form.question is not None:
            answer = match_pages.first_page(home, visitor.caller, product_id, form.question).document
    return render(
        request,
        "bank_enterprises.html",
        visitor,
        form.status,
        form=form,
        answer=answer,
        product_id=product_id,
        open_to_us=authorise.open_to(home, visitor.caller),
        filters={"place": places(), "section": sections(), "sales_band": sales_bands()},
    )


@router.get("/enterprises/{enterprise_id}")
def profile(request: Request, home: HomeDep, visitor: BankVisitor, enterprise_id: str) -> HTMLResponse:
    """Show an enterprise's profile where it has authorised this bank, else say what is needed."""
    try:
        view = profiles.view(home, visitor.caller, enterprise_id)
    except ConsentMissingError as error:
        return render(request, "bank_no_query.html", visitor, error.status, error=error, enterprise_id=enterprise_id)
    return render(request, "profile.html", visitor, view=view, blocks=blocks_of(view), own=False)
