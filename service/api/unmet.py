"""JSON of unmet demand: for banks that design products, and for regulators."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from service import edge
from service.http.callers import BankVisitor, HomeDep, RegulatorVisitor
from service.work import unmet

bank = APIRouter(prefix="/api/bank", tags=["bank"])
regulator = APIRouter(prefix="/api/regulator", tags=["regulator"])

Day = Annotated[str | None, Query(max_length=40, description="day of the data, YYYY-MM-DD; preset: the latest known")]


@bank.get("/unmet")
def for_bank(home: HomeDep, visitor: BankVisitor, as_of: Day = None) -> dict[str, Any]:
    """Tell how much demand of a year fits nothing, and which criteria of the bank's own products keep it out."""
    return unmet.unmet_demand(home, visitor.caller, edge.day(as_of) if as_of else None)


@bank.get("/products/{product_id}/criteria/{criterion_id}/changes")
def changes(
    home: HomeDep, visitor: BankVisitor, product_id: str, criterion_id: str, as_of: Day = None
) -> dict[str, Any]:
    """Tell what looser thresholds of one criterion of an own product would admit, and their expected loss."""
    return unmet.criterion(home, visitor.caller, product_id, criterion_id, edge.day(as_of) if as_of else None)


@regulator.get("/unmet")
def for_regulator(home: HomeDep, visitor: RegulatorVisitor, as_of: Day = None) -> dict[str, Any]:
    """Tell how much demand of a year fits nothing, and which criteria keep it out."""
    return unmet.unmet_demand(home, visitor.caller, edge.day(as_of) if as_of else None)
