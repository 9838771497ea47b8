"""The query parameters that every match question shares, those of a firm's list and those of a bank's."""

from dataclasses import dataclass, replace
from typing import Annotated, Final

from fastapi import Depends, Query

from service import edge
from service.errors import BadRequestError
from service.http.numbers import LARGEST_ID
from service.work.match import Question, narrowing_of, sort_of

_TEXT: Final = 40


def _shared(
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


_Shared = Annotated[Question, Depends(_shared)]


def _of_firm(
    shared: _Shared,
    sort: Annotated[
        str | None,
        Query(max_length=_TEXT, description="chance, price, speed or plain; preset: the firm's standing choice"),
    ] = None,
) -> Question:
    return replace(shared, sort=sort_of(sort))


@dataclass(frozen=True, slots=True)
class Paged:
    """A bank's question, or a further page of one that was asked before (then `cursor`)."""

    question: Question
    is_paged: bool
    cursor: int | None
    page: int


def _of_bank(  # noqa: PLR0913, PLR0917 (what a list is narrowed to, and which page of it)
    shared: _Shared,
    place: Annotated[str, Query(max_length=_TEXT, description="2 to 6 figures of a code of GB/T 2260")] = "",
    section: Annotated[str, Query(max_length=_TEXT, description="a section of GB/T 4754, A to T")] = "",
    sales_band: Annotated[str, Query(max_length=_TEXT, description="number of a band of sales, from 0")] = "",
    size: Annotated[
        str | None, Query(max_length=_TEXT, description="rows of each list on a page: keeps the order for more pages")
    ] = None,
    cursor: Annotated[
        int | None, Query(ge=1, le=LARGEST_ID, description="the `cursor` of a first page, with no other parameter")
    ] = None,
    page: Annotated[int, Query(ge=1, le=LARGEST_ID, description="with a cursor: which page, from 2")] = 2,
) -> Paged:
    question = replace(shared, narrowing=narrowing_of(place, section, sales_band))
    if cursor is not None and (question != Question() or size is not None):
        raise BadRequestError(
            "翻页时不能更改条件：请只给 cursor 和 page。", "A cursor stands alone with its page: its question is fixed."
        )
    if size is not None and question.top is not None:
        raise BadRequestError("size 与 top 只能给一个。", "Give one of size and top.")
    if size is not None:
        question = replace(question, top=edge.list_length(size))
    return Paged(question, size is not None, cursor, page)


QuestionDep = Annotated[Question, Depends(_of_firm)]
PagedDep = Annotated[Paged, Depends(_of_bank)]
