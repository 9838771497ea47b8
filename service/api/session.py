"""Entering and leaving by JSON, with the same cookie as the pages."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from service.http import sessions
from service.http.callers import HomeDep
from service.http.rate import limit_sign_in
from service.work import sign_in

router = APIRouter(prefix="/api/session", tags=["session"])


class Entering(BaseModel):
    """Who enters."""

    model_config = ConfigDict(extra="forbid")

    login: Annotated[str, Field(max_length=200)]


@router.post("")
def enter(request: Request, home: HomeDep, entering: Entering) -> dict[str, str | None]:
    """Enter as a demo user."""
    limit_sign_in(request)
    caller = sign_in.enter(home, entering.login)
    sessions.begin(request, caller.login)
    return {
        "login": caller.login,
        "role": caller.role.value,
        "bank": caller.bank,
        "enterprise": caller.enterprise,
    }


@router.delete("", status_code=204)
def leave(request: Request) -> None:
    """End the session."""
    sessions.end(request)
