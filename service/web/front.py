"""The front page, entering as a demo user, and leaving."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from service.access.caller import Role
from service.http import sessions
from service.http.callers import HomeDep, visitor_of
from service.http.rate import limit_sign_in
from service.web.pages import home_page_of, render
from service.work import catalogue, sign_in

router = APIRouter(include_in_schema=False)

ORDER = (Role.bank, Role.enterprise, Role.regulator, Role.operator)


@router.get("/")
def front(request: Request, home: HomeDep) -> HTMLResponse:
    """Say what this is and offer the demo's users by role."""
    users = sign_in.demo_users(home)
    groups = [(role.value, [user for user in users if user.role == role.value]) for role in ORDER]
    return render(
        request,
        "front.html",
        visitor_of(request, home),
        groups=dict(groups),
        is_demo=bool(users),
        has_sample_products=catalogue.has_sample_products(home),
    )


@router.post("/enter")
def enter(request: Request, home: HomeDep, login: Annotated[str, Form(max_length=200)]) -> RedirectResponse:
    """Enter as a demo user and go to the first page of its role."""
    limit_sign_in(request)
    caller = sign_in.enter(home, login)
    sessions.begin(request, caller.login)
    return RedirectResponse(home_page_of(caller.role), 303)


@router.post("/leave")
def leave(request: Request) -> RedirectResponse:
    """End the session."""
    sessions.end(request)
    return RedirectResponse("/", 303)
