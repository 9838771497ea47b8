"""The operator's pages: the models with their states, one model with its figures, and the acts upon it."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from service.http.callers import HomeDep, OperatorVisitor
from service.web.model_reading import MEASURES, kind_words, read_metrics
from service.web.pages import render
from service.web.warning_reading import HEADS, read_warning
from service.work import model_watch, releases

router = APIRouter(prefix="/operator", include_in_schema=False)

ModelId = Annotated[str, Path(max_length=100)]


@router.get("")
def models(request: Request, home: HomeDep, visitor: OperatorVisitor) -> HTMLResponse:
    """List the models, those in use first by purpose."""
    found = [releases.as_json(one) for one in releases.models(home, visitor.caller)]
    purposes = [(purpose, zh, [one for one in found if one["purpose"] == purpose]) for purpose, zh in _PURPOSES]
    return render(
        request, "operator_models.html", visitor, purposes=purposes, has_models=bool(found), states=releases.STATES_ZH
    )


@router.get("/models/{model_id}")
def model(request: Request, home: HomeDep, visitor: OperatorVisitor, model_id: ModelId) -> HTMLResponse:
    """Show one model: its state, who approved it, how it was last found, and its figures."""
    found = releases.as_json(releases.show(home, visitor.caller, model_id))
    return render(
        request,
        "operator_model.html",
        visitor,
        model=found,
        purpose=releases.PURPOSES_ZH.get(found["purpose"], found["purpose"]),
        state=releases.STATES_ZH[found["state"]],
        kind=kind_words(found["kind"]),
        reading=read_metrics(found["metrics"]),
        measures=MEASURES,
        warning=read_warning(found["metrics"]),
        warning_heads=HEADS,
        watched=model_watch.last_watch(home, visitor.caller, model_id),
    )


@router.post("/models/{model_id}/approve")
def approve(home: HomeDep, visitor: OperatorVisitor, model_id: ModelId) -> RedirectResponse:
    """Approve an evaluated model."""
    return _back(releases.approve(home, visitor.caller, model_id).id)


@router.post("/models/{model_id}/activate")
def activate(home: HomeDep, visitor: OperatorVisitor, model_id: ModelId) -> RedirectResponse:
    """Make an approved model the active one of its purpose."""
    return _back(releases.activate(home, visitor.caller, model_id).id)


@router.post("/models/{model_id}/retire")
def retire(home: HomeDep, visitor: OperatorVisitor, model_id: ModelId) -> RedirectResponse:
    """Put a model out of use."""
    return _back(releases.retire(home, visitor.caller, model_id).id)


_PURPOSES = tuple(releases.PURPOSES_ZH.items())


def _back(model_id: str) -> RedirectResponse:
    return RedirectResponse(f"/operator/models/{model_id}", 303)
