"""What happens around every request: security headers, the same-origin rule, a log line, figures, the last net."""

import sys
import time
import traceback
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import structlog
from asgi_correlation_id import correlation_id
from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import NotAllowedError
from service.http.problems import respond, unexpected

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
STATIC: Final = "/static/"
READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class SecurityHeaders:
    """Puts the security headers on every response; only static files may be kept by a cache."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        keep = scope["path"].startswith(STATIC)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                # After an authorisation was withdrawn, the back button must not show what it had opened.
                headers["Cache-Control"] = "max-age=3600" if keep else "no-store"
            await send(message)

        await self.app(scope, receive, send_with_headers)


class SameOrigin:
    """Refuses a state-changing request that does not say it comes from this site's own pages or from no page at all."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and scope["method"] not in READING and not is_same_origin(Headers(scope=scope)):
            refusal = NotAllowedError(
                "请求来自其他网站，已拒绝。", "The request does not come from this site; refused."
            )
            await respond(Request(scope, receive), refusal)(scope, receive, send)
            return
        await self.app(scope, receive, send)


def is_same_origin(headers: Headers) -> bool:
    """Whether `Sec-Fetch-Site` is same-origin or none or, where the browser sends none, `Origin` is the host itself."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == headers.get("host")


class Figures:
    """The service's figures for Prometheus, by route template so that no id is among them."""

    def __init__(self) -> None:
        """Start at zero, in a registry of this application's own."""
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "rongqiao_requests", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "rongqiao_request_seconds", "Time to the whole answer.", ("route",), registry=self.registry
        )


class Observe:
    """Writes one JSON line and two figures per request, and turns what nobody foresaw into a 500 without internals.

    Lines hold the route's template, never the path, query, login or body: these may name an enterprise.
    """

    def __init__(self, app: ASGIApp, figures: Figures) -> None:
        """Wrap `app`; count into `figures`."""
        self.app = app
        self.figures = figures
        self.log = lines()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status = 0
        started = time.perf_counter()

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, send_and_note)
        except Exception as error:  # noqa: BLE001 (the process boundary: one request's fault must not say more than that)
            self.log.warning("failed", error=type(error).__name__, where=_places(error), request=correlation_id.get())
            if status == 0:
                await unexpected(Request(scope, receive))(scope, receive, send_and_note)
        self._note(scope, status, time.perf_counter() - started)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = STATIC if scope["path"].startswith(STATIC) else getattr(scope.get("route"), "path", "unknown")
        method = scope["method"] if scope["method"] in READING | {"POST", "DELETE"} else "other"
        self.figures.requests.labels(method, route, str(status)).inc()
        self.figures.seconds.labels(route).observe(seconds)
        self.log.info(
            "answered",
            method=method,
            route=route,
            status=status,
            ms=round(seconds * 1000),
            request=correlation_id.get(),
        )


def lines() -> Any:  # noqa: ANN401 (structlog's loggers are typed by their wrapper)
    """Return a logger that writes JSON lines to standard error."""
    return structlog.wrap_logger(
        _StandardError(),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.BoundLogger,
    )


class _StandardError:
    """Writes to what standard error is at that moment."""

    def _write(self, line: str) -> None:
        sys.stderr.write(line + "\n")

    info = warning = _write


def _places(error: BaseException) -> list[str]:
    # The message is left out: a database error's holds the values of the statement.
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)[-8:]]
