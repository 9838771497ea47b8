"""How refusals are said: RFC 9457 problem documents under /api, a page with the same two sentences elsewhere."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from asgi_correlation_id import correlation_id
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from service.errors import BadRequestError, BusyError, ServiceError
from service.http.rate import TooManyError
from service.work.core_errors import CORE_ERRORS

API: Final = "/api/"
MEDIA_TYPE: Final = "application/problem+json"

_HTTP_SENTENCES: Final[Mapping[int, tuple[str, str, str]]] = {
    404: ("not-found", "没有这个页面或资源。", "There is no such page or resource."),
    405: ("method-not-allowed", "此地址不支持这种操作。", "This address does not support that method."),
    413: ("too-large", "请求内容过大。", "The request is too large."),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One refusal: its status, its kind (the last part of the problem type) and its sentence in both languages."""

    status: int
    kind: str
    zh: str
    en: str
    errors: tuple[Mapping[str, str], ...] = ()
    retry_after_seconds: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the problem document."""
        document: dict[str, Any] = {
            "type": f"urn:rongqiao:problem:{self.kind}",
            "title": self.kind.replace("-", " "),
            "status": self.status,
            "detail": f"{self.zh} {self.en}",
            "zh": self.zh,
            "en": self.en,
            "request_id": correlation_id.get(),
        }
        if self.errors:
            document["errors"] = list(self.errors)
        return document

    @property
    def headers(self) -> dict[str, str]:
        """The headers that the answer carries beside the usual."""
        return {} if self.retry_after_seconds is None else {"Retry-After": str(self.retry_after_seconds)}


Page = Callable[[Request, Problem], Response]


def install(app: FastAPI, page: Page) -> None:
    """Make `app` say its refusals by this module, outside /api as `page` renders them."""
    app.state.problem_page = page

    def service_error(request: Request, error: Exception) -> Response:
        if not isinstance(error, ServiceError):
            raise TypeError(type(error).__name__)
        return respond(request, error)

    def validation_error(request: Request, error: Exception) -> Response:
        if not isinstance(error, RequestValidationError):
            raise TypeError(type(error).__name__)
        return _answer(request, _of_validation(error.errors()))

    def http_error(request: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            raise TypeError(type(error).__name__)
        kind, zh, en = _HTTP_SENTENCES.get(error.status_code, ("refused", "请求无法处理。", "The request was refused."))
        return _answer(request, Problem(error.status_code, kind, zh, en))

    def core_error(request: Request, error: Exception) -> Response:
        return respond(request, BadRequestError("计算未能完成，未返回任何结果。", f"{error}."))

    app.add_exception_handler(ServiceError, service_error)
    for kind_of_error in CORE_ERRORS:
        app.add_exception_handler(kind_of_error, core_error)
    app.add_exception_handler(RequestValidationError, validation_error)
    app.add_exception_handler(HTTPException, http_error)


def respond(request: Request, error: ServiceError) -> Response:
    """Return the answer that says `error`."""
    retry = error.retry_after_seconds if isinstance(error, BusyError | TooManyError) else None
    return _answer(request, Problem(error.status, error.kind, error.zh, error.en, retry_after_seconds=retry))


def unexpected(request: Request) -> Response:
    """Return the answer to what nobody foresaw: no internals, but the number under which the log has them."""
    zh = "系统出现意外错误，未返回任何结果；请凭请求编号联系平台。"
    en = "Something unexpected went wrong and nothing was answered; give the platform the request number."
    return _answer(request, Problem(500, "unexpected", zh, en))


def _answer(request: Request, problem: Problem) -> Response:
    if request.url.path.startswith(API):
        return JSONResponse(problem.as_json(), problem.status, headers=problem.headers, media_type=MEDIA_TYPE)
    page: Page = request.app.state.problem_page
    return page(request, problem)


def _of_validation(found: Sequence[Any]) -> Problem:
    # The value that was sent is not repeated: it may be personal.
    errors = tuple(
        {"place": ".".join(str(part) for part in one["loc"]), "kind": str(one["type"]), "en": str(one["msg"])}
        for one in found
    )
    return Problem(422, "bad-value", "请求中有无效的值。", "A value of the request is not valid.", errors)
