"""Rendering a page: templates with autoescape, the visitor's header, and the page that says a refusal."""

from typing import Any, Final

from asgi_correlation_id import correlation_id
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from service.access.caller import Role
from service.http.callers import ROLE_NAMES, Visitor, visitor_of
from service.http.problems import Problem
from service.web import labels
from service.web.filters import FILTERS

MENUS: Final[dict[Role, tuple[tuple[str, str, str], ...]]] = {
    Role.bank: (("/bank", "我行产品", "our products"),),
    Role.enterprise: (
        ("/enterprise", "匹配产品", "products"),
        ("/enterprise/choices", "排序与标签", "order and tags"),
        ("/enterprise/profile", "我的画像", "my profile"),
        ("/enterprise/authorisations", "我的授权", "my authorisations"),
    ),
    Role.regulator: (("/regulator", "匹配日志", "match log"),),
    Role.operator: (("/operator", "模型", "models"),),
}


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("service.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS)
    environment.globals["labels"] = labels
    return environment


TEMPLATES: Final = _environment()


def home_page_of(role: Role) -> str:
    """Return the address of the role's first page."""
    menu = MENUS[role]
    return menu[0][0] if menu else "/"


def _current(role: Role | None, path: str) -> str:
    """Return the menu's address that a page belongs to: the longest that its own begins with, or nothing."""
    found = [href for href, _, _ in MENUS[role] if path == href or path.startswith(f"{href}/")] if role else []
    return max(found, key=len, default="")


def render(request: Request, template: str, visitor: Visitor | None, status: int = 200, **context: Any) -> HTMLResponse:  # noqa: ANN401 (a template's values)
    """Return the page that `template` makes of `context`."""
    role = visitor.caller.role if visitor else None
    text = TEMPLATES.get_template(template).render(
        path=request.url.path,
        visitor=visitor,
        role_names=ROLE_NAMES[role] if role else None,
        menu=MENUS[role] if role else (),
        current=_current(role, request.url.path),
        **context,
    )
    return HTMLResponse(text, status)


def problem_page(request: Request, problem: Problem) -> HTMLResponse:
    """Return the page that says `problem`. It asks the database for nothing when that is what failed."""
    shaken = problem.status >= 500 or "session" not in request.scope  # noqa: PLR2004
    visitor = None if shaken else visitor_of(request, request.app.state.home)
    back = home_page_of(visitor.caller.role) if visitor else "/"
    page = render(
        request, "problem.html", visitor, problem.status, problem=problem, request_id=correlation_id.get(), back=back
    )
    page.headers.update(problem.headers)
    return page
