"""JSON for regulators: the match log, one entry whole, and verification."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from service.http.callers import HomeDep, RegulatorVisitor
from service.http.numbers import LARGEST_ID
from service.work import match_log

router = APIRouter(prefix="/api/regulator", tags=["regulator"])


@router.get("/log")
def log(
    home: HomeDep,
    visitor: RegulatorVisitor,
    before: Annotated[int | None, Query(ge=1, le=LARGEST_ID, description="entries older than this number")] = None,
    tag: Annotated[str | None, Query(max_length=100, description="entries of this tag alone")] = None,
) -> dict[str, Any]:
    """List a page of the log, newest first; `older` is the next page's `before`, null at the end."""
    found = match_log.entries(home, visitor.caller, before=before, tag=tag)
    older = found[-1].id if len(found) == match_log.PAGE else None
    return {"entries": [asdict(one) for one in found], "older": older}


@router.get("/log/{entry_id}")
def entry(
    home: HomeDep, visitor: RegulatorVisitor, entry_id: Annotated[int, Path(ge=1, le=LARGEST_ID)]
) -> dict[str, Any]:
    """Give one entry: its canonical text, its leaf hash, and what verification says of it."""
    view = match_log.entry(home, visitor.caller, entry_id)
    fault = None if view.fault is None else {"zh": view.fault.zh, "en": view.fault.en}
    return {**asdict(view.summary), "entry": view.raw, "leaf_hash": view.leaf_hash, "fault": fault}


@router.post("/log/verify")
def verify(home: HomeDep, visitor: RegulatorVisitor) -> dict[str, Any]:
    """Verify every entry; name those that are not as they were written."""
    result = match_log.verify_log(home, visitor.caller)
    return {"entries": result.entries, "holds": result.holds, "faults": [asdict(fault) for fault in result.faults]}
