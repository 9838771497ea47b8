"""The enterprise's pages: which products fit, its own profile, and its authorisations."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Path
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from service.http.callers import EnterpriseVisitor, HomeDep, own_enterprise
from service.http.numbers import LARGEST_ID
from service.web import asking
from service.web.pages import render
from service.web.profile_blocks import blocks_of
from service.work import authorise, catalogue, choices, match, profiles
from service.work.question import SORTS

router = APIRouter(prefix="/enterprise", include_in_schema=False)

AUTHORISATIONS = "/enterprise/authorisations"
FULLY = "/enterprise"
CHOICES = "/enterprise/choices"


@router.get("")
def products(request: Request, home: HomeDep, visitor: EnterpriseVisitor) -> HTMLResponse:
    """Show which products fit, may fit and do not."""
    form = asking.read_firm(request.query_params)
    answer: dict[str, Any] | None = None
    if form.question is not None:
        answer = match.products_for(home, visitor.caller, own_enterprise(visitor), form.question).document
    sorts = [(one.value, words.zh, words.en) for one, words in SORTS.items()]
    return render(request, "enterprise_products.html", visitor, form.status, form=form, answer=answer, sorts=sorts)


@router.get("/choices")
def chosen(request: Request, home: HomeDep, visitor: EnterpriseVisitor) -> HTMLResponse:
    """Show the standing order, planning, and the tags, each with a button to delete or restore it."""
    return render(request, "enterprise_choices.html", visitor, chosen=choices.read(home, visitor.caller))


@router.post("/choices")
def choose(
    home: HomeDep,
    visitor: EnterpriseVisitor,
    sort: Annotated[str, Form(max_length=40)],
    planned: Annotated[str, Form(max_length=3)] = "",
) -> RedirectResponse:
    """Keep the order, and planning where its box is ticked."""
    choices.choose(home, visitor.caller, match.sort_of(sort), is_planned=planned == "on")
    return RedirectResponse(CHOICES, 303)


@router.post("/tags/{tag}/{act}")
def change_tag(
    home: HomeDep, visitor: EnterpriseVisitor, tag: str, act: Literal["delete", "restore"]
) -> RedirectResponse:
    """Delete a tag, or give it back."""
    (choices.delete_tag if act == "delete" else choices.restore_tag)(home, visitor.caller, tag)
    return RedirectResponse(f"{CHOICES}#tags", 303)


@router.get("/profile")
def profile(request: Request, home: HomeDep, visitor: EnterpriseVisitor) -> HTMLResponse:
    """Show what is on file and what is missing."""
    view = profiles.view(home, visitor.caller, own_enterprise(visitor))
    return render(request, "profile.html", visitor, view=view, blocks=blocks_of(view), own=True)


@router.get("/authorisations")
def authorisations(request: Request, home: HomeDep, visitor: EnterpriseVisitor) -> HTMLResponse:
    """Show what was authorised to whom until when, with withdrawing and giving one tap each."""
    given = authorise.of(home, visitor.caller)
    live = [one for one in given if authorise.is_live(one, home.today)]
    names = _bank_names(catalogue.products(home, visitor.caller))
    granted = {one.bank for one in live if one.kind == "query"}
    return render(
        request,
        "enterprise_authorisations.html",
        visitor,
        live=live,
        past=[one for one in given if one not in live],
        bank_names=names,
        other_banks=sorted((name, bank) for bank, name in names.items() if bank not in granted),
        has_matching=any(one.kind == "matching" for one in live),
    )


@router.post("/authorisations")
def give(
    home: HomeDep, visitor: EnterpriseVisitor, bank: Annotated[str, Form(max_length=100)] = ""
) -> RedirectResponse:
    """Authorise the platform's matching, or one bank to see the profile where `bank` names it."""
    if bank:
        authorise.to_bank(home, visitor.caller, bank)
        return RedirectResponse(AUTHORISATIONS, 303)
    authorise.standard(home, visitor.caller)
    return RedirectResponse(FULLY, 303)


@router.post("/authorisations/{authorisation_id}/revoke")
def revoke(
    home: HomeDep, visitor: EnterpriseVisitor, authorisation_id: Annotated[int, Path(ge=1, le=LARGEST_ID)]
) -> RedirectResponse:
    """Withdraw an authorisation at once."""
    authorise.revoke(home, visitor.caller, authorisation_id)
    return RedirectResponse(AUTHORISATIONS, 303)


def _bank_names(products_: list[dict[str, Any]]) -> dict[str, str]:
    return {one["bank"]: one["bank_name"] for one in products_}
