"""Rows of the goals that firms keep."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, update

from service.store.engine import Session
from service.store.orm import GoalRow

OPEN = "open"


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal: the firm, the product, where it stands, and as JSON what was missing, the plan and what was asked."""

    id: int
    enterprise: str
    product: str
    state: str
    document: str
    set_on: date
    review_on: date
    ended_on: date | None


def put(session: Session, enterprise: str, product: str, document: str, days: tuple[date, date]) -> Goal:
    """Keep an open goal from the first of two days, to be looked at again on the second; return it.

    Where the firm keeps one for the product already, that one gets the new document and day to look at it again.
    """
    set_on, review_on = days
    row = session.scalar(
        select(GoalRow).where(GoalRow.enterprise == enterprise, GoalRow.product == product, GoalRow.state == OPEN)
    )
    if row is None:
        row = GoalRow(enterprise=enterprise, product=product, state=OPEN, set_on=set_on)
        session.add(row)
    row.document, row.review_on = document, review_on
    session.flush()
    return _goal(row)


def of_enterprise(session: Session, enterprise: str) -> list[Goal]:
    """Return a firm's goals, newest first."""
    query = select(GoalRow).where(GoalRow.enterprise == enterprise).order_by(GoalRow.id.desc())
    return [_goal(row) for row in session.scalars(query)]


def open_goals(session: Session) -> list[Goal]:
    """Return all open goals, in order of number."""
    return [_goal(row) for row in session.scalars(select(GoalRow).where(GoalRow.state == OPEN).order_by(GoalRow.id))]


def every(session: Session) -> list[Goal]:
    """Return all goals, in order of number."""
    return [_goal(row) for row in session.scalars(select(GoalRow).order_by(GoalRow.id))]


def end(session: Session, goal_id: int, state: str, day: date) -> bool:
    """Close an open goal; return whether it was open."""
    ended = session.execute(
        update(GoalRow)
        .where(GoalRow.id == goal_id, GoalRow.state == OPEN)
        .values(state=state, ended_on=day)
        .returning(GoalRow.id)
    ).first()
    return ended is not None


def _goal(row: GoalRow) -> Goal:
    return Goal(row.id, row.enterprise, row.product, row.state, row.document, row.set_on, row.review_on, row.ended_on)
