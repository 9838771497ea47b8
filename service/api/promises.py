"""The public table promise and outcome by JSON, without signing in."""

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request

from service.http.callers import HomeDep
from service.http.rate import limit_public_read
from service.work import odds

router = APIRouter(prefix="/api/public", tags=["public"])


@router.get("/promises")
def promises(request: Request, home: HomeDep) -> dict[str, Any]:
    """Return what bands promised of applications and what was granted, by bank and month."""
    limit_public_read(request)
    return odds.promises(home)
