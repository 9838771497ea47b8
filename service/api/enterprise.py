"""JSON for enterprises: which products fit, the own profile, and authorisations given and withdrawn."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from service.api import profile_document
from service.api.asking import QuestionDep
from service.http.callers import EnterpriseVisitor, HomeDep, own_enterprise
from service.http.numbers import LARGEST_ID
from service.work import authorise, choices, match, profiles

router = APIRouter(prefix="/api/enterprise", tags=["enterprise"])


class Giving(BaseModel):
    """What is authorised: nothing named, the platform's matching; a bank named, that bank's query of the profile."""

    model_config = ConfigDict(extra="forbid")

    bank: Annotated[str | None, Field(max_length=100)] = None


@router.get("/products")
def products(home: HomeDep, visitor: EnterpriseVisitor, question: QuestionDep) -> dict[str, Any]:
    """Answer which products fit the caller's enterprise, may fit and do not."""
    return match.products_for(home, visitor.caller, own_enterprise(visitor), question).document


class Choosing(BaseModel):
    """What a firm chooses: the order of its products, and whether a joint plan may move it; what is absent stays."""

    model_config = ConfigDict(extra="forbid")

    sort: Annotated[str | None, Field(max_length=40)] = None
    is_planned: bool | None = None


@router.get("/choices")
def chosen(home: HomeDep, visitor: EnterpriseVisitor) -> dict[str, Any]:
    """Give the enterprise's standing choice and its tags."""
    return choices.read(home, visitor.caller)


@router.put("/choices", status_code=204)
def choose(home: HomeDep, visitor: EnterpriseVisitor, choosing: Choosing) -> None:
    """Keep a choice from now on."""
    choices.choose(home, visitor.caller, match.sort_of(choosing.sort), is_planned=choosing.is_planned)


@router.delete("/tags/{tag}", status_code=204)
def delete_tag(home: HomeDep, visitor: EnterpriseVisitor, tag: str) -> None:
    """Delete a tag: no order, score or reason uses it from now on."""
    choices.delete_tag(home, visitor.caller, tag)


@router.put("/tags/{tag}", status_code=204)
def restore_tag(home: HomeDep, visitor: EnterpriseVisitor, tag: str) -> None:
    """Give a deleted tag back."""
    choices.restore_tag(home, visitor.caller, tag)


@router.get("/profile")
def profile(home: HomeDep, visitor: EnterpriseVisitor) -> dict[str, Any]:
    """Give the caller's own profile."""
    return profile_document.as_json(profiles.view(home, visitor.caller, own_enterprise(visitor)))


@router.get("/authorisations")
def authorisations(home: HomeDep, visitor: EnterpriseVisitor) -> list[dict[str, Any]]:
    """List all authorisations that the enterprise ever gave, newest first."""
    today = home.today
    return [
        {
            "id": one.id,
            "kind": one.kind,
            "purpose": one.purpose,
            "bank": one.bank,
            "tables": sorted(one.tables),
            "from": one.valid_from.isoformat(),
            "until": one.valid_until.isoformat(),
            "revoked_on": None if one.revoked_on is None else one.revoked_on.isoformat(),
            "live": authorise.is_live(one, today),
        }
        for one in authorise.of(home, visitor.caller)
    ]


@router.post("/authorisations", status_code=201)
def give(home: HomeDep, visitor: EnterpriseVisitor, giving: Giving) -> dict[str, int]:
    """Authorise for a year; one that is in force already is not given twice. The answer holds its number."""
    if giving.bank is None:
        return {"id": authorise.standard(home, visitor.caller)}
    return {"id": authorise.to_bank(home, visitor.caller, giving.bank)}


@router.post("/authorisations/{authorisation_id}/revoke", status_code=204)
def revoke(
    home: HomeDep, visitor: EnterpriseVisitor, authorisation_id: Annotated[int, Path(ge=1, le=LARGEST_ID)]
) -> None:
    """Withdraw an authorisation at once."""
    authorise.revoke(home, visitor.caller, authorisation_id)
