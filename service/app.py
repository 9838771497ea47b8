"""The application: one home served as JSON and pages, built without side effects on import."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import anyio.to_thread
from asgi_correlation_id import CorrelationIdMiddleware
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.staticfiles import StaticFiles

from service.api import advice as advice_api
from service.api import bank as bank_api
from service.api import enterprise as enterprise_api
from service.api import policies as policies_api
from service.api import promises as promises_api
from service.api import readiness as readiness_api
from service.api import regulator as regulator_api
from service.api import session as session_api
from service.api import unmet as unmet_api
from service.http import health, middleware, problems, sessions
from service.http.rate import PublicReadLimit, SignInLimit
from service.settings import Settings
from service.web import bank, enterprise, front, operator, promises, regulator
from service.web.pages import problem_page
from service.work.home import Home

THREADS: Final = 8  # as many as the database's pool has connections: more would only wait there
SIGN_INS_A_MINUTE: Final = 60
PUBLIC_READS_A_MINUTE: Final = 60
ROUTERS: Final = (
    health.router,
    session_api.router,
    bank_api.router,
    enterprise_api.router,
    regulator_api.router,
    policies_api.enterprise,
    policies_api.regulator,
    readiness_api.enterprise,
    readiness_api.bank,
    readiness_api.regulator,
    advice_api.enterprise,
    advice_api.bank,
    unmet_api.bank,
    unmet_api.regulator,
    promises_api.router,
    front.router,
    promises.router,
    bank.router,
    enterprise.router,
    regulator.router,
    operator.router,
)


def create_app(home: Home, settings: Settings) -> FastAPI:
    """Return the application that serves `home`; its session key is made in the home at the first call."""
    figures = middleware.Figures()
    app = FastAPI(
        title="融桥 RongQiao",
        description="Credit-based matching of enterprises and bank products, with reasons and an audited log.",
        openapi_url="/api/openapi.json",
        docs_url=None,  # the stock pages load scripts from elsewhere, which our content security policy forbids
        redoc_url=None,
        lifespan=_lifespan,
        middleware=_middleware(home, settings, figures),
    )
    app.state.home = home
    app.state.figures = figures
    app.state.sign_ins = SignInLimit(SIGN_INS_A_MINUTE)
    app.state.public_reads = PublicReadLimit(PUBLIC_READS_A_MINUTE)
    problems.install(app, problem_page)
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "web" / "static"), name="static")
    return app


@asynccontextmanager
async def _lifespan(_app: FastAPI) -> AsyncIterator[None]:
    anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
    yield


def _middleware(home: Home, settings: Settings, figures: middleware.Figures) -> list[Middleware]:
    """Return what stands around the routes, the outermost first."""
    return [
        Middleware(middleware.SecurityHeaders),
        Middleware(CorrelationIdMiddleware),
        Middleware(middleware.Observe, figures=figures),
        Middleware(middleware.SameOrigin),
        Middleware(
            SessionMiddleware,
            secret_key=sessions.session_key(home.folder),
            session_cookie=sessions.COOKIE,
            max_age=sessions.MAX_AGE_SECONDS,
            same_site="lax",
            https_only=settings.secure_cookies,
        ),
    ]
