"""The regulator's pages: the match log, one entry whole, and verification."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse

from service.http.callers import HomeDep, RegulatorVisitor
from service.http.numbers import LARGEST_ID
from service.web.log_reading import read_body
from service.web.pages import render
from service.work import match_log

router = APIRouter(prefix="/regulator", include_in_schema=False)

EntryNumber = Annotated[int, Path(ge=1, le=LARGEST_ID)]


@router.get("")
def log(
    request: Request,
    home: HomeDep,
    visitor: RegulatorVisitor,
    before: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
    tag: Annotated[str, Query(max_length=100)] = "",
) -> HTMLResponse:
    """Show a page of the log, newest first."""
    entries = match_log.entries(home, visitor.caller, before=before, tag=tag or None)
    older = entries[-1].id if len(entries) == match_log.PAGE else None
    return render(
        request,
        "regulator_log.html",
        visitor,
        entries=entries,
        tags=match_log.tags(),
        tag=tag,
        before=before,
        older=older,
    )


@router.get("/log/{entry_id}")
def entry(request: Request, home: HomeDep, visitor: RegulatorVisitor, entry_id: EntryNumber) -> HTMLResponse:
    """Show one entry whole, with what verification says of it."""
    view = match_log.entry(home, visitor.caller, entry_id)
    return render(request, "regulator_entry.html", visitor, view=view, reading=read_body(view.body, view.words))


@router.post("/verify")
def verify(request: Request, home: HomeDep, visitor: RegulatorVisitor) -> HTMLResponse:
    """Verify every entry and show the result."""
    return render(request, "regulator_verified.html", visitor, result=match_log.verify_log(home, visitor.caller))
