"""The query parameters that every match question shares."""

from typing import Annotated

from fastapi import Depends, Query

from service import edge
from service.work.match import Question

_TEXT = 40


def _question(
    amount: Annotated[
        str | None, Query(max_length=_TEXT, description="amount in yuan as decimal text, exact to the fen")
    ] = None,
    term: Annotated[str | None, Query(max_length=_TEXT, description="term in whole months")] = None,
    as_of: Annotated[
        str | None, Query(max_length=_TEXT, description="day of the data, YYYY-MM-DD; preset: the latest known")
    ] = None,
    top: Annotated[str | None, Query(max_length=_TEXT, description="cut each list at this many rows")] = None,
) -> Question:
    return Question(
        amount_fen=None if amount is None else edge.amount_fen(amount),
        term_months=None if term is None else edge.term_months(term),
        as_of=None if as_of is None else edge.day(as_of),
        top=None if top is None else edge.list_length(top),
    )


QuestionDep = Annotated[Question, Depends(_question)]
