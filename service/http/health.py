"""Whether the process lives, whether it can answer, and its figures."""

from typing import Final

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from service.errors import ServiceError
from service.http.callers import HomeDep
from service.work.home import require_ready

router = APIRouter(tags=["operation"])

LOOPBACK: Final = frozenset({"127.0.0.1", "::1"})
FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


@router.get("/livez")
def livez() -> dict[str, str]:
    """Say that the process lives."""
    return {"status": "ok"}


@router.get("/readyz")
def readyz(home: HomeDep) -> Response:
    """Say whether questions can be answered: the database is at the newest migration and the facts are readable."""
    try:
        require_ready(home)
    except ServiceError as error:
        return JSONResponse({"status": "not ready", "zh": error.zh, "en": error.en}, 503)
    return JSONResponse({"status": "ok"})


@router.get("/metrics", include_in_schema=False)
def metrics(request: Request) -> Response:
    """Give the figures to a scraper on this machine; behind a proxy, or from elsewhere, there is no such page."""
    client = request.client.host if request.client else ""
    if client not in LOOPBACK or any(name in request.headers for name in FORWARDED):
        raise HTTPException(404)
    return Response(generate_latest(request.app.state.figures.registry), media_type=CONTENT_TYPE_LATEST)
