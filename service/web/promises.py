"""The public page of promise and outcome, without signing in."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from service.http.callers import HomeDep, visitor_of
from service.http.rate import limit_public_read
from service.web.pages import render
from service.work import odds

router = APIRouter(include_in_schema=False)


@router.get("/promises")
def promises(request: Request, home: HomeDep) -> HTMLResponse:
    """Show the table, newest month first."""
    limit_public_read(request)
    return render(request, "promises.html", visitor_of(request, home), told=odds.promises(home))
