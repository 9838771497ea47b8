"""The forms of the list pages: what was typed, what it means, and what is wrong with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from service import edge
from service.errors import BadRequestError
from service.work.match import Question, narrowing_of, sort_of

PRESET_ROWS: Final = 20
MORE_ROWS: Final = 200
#: What a bank narrows its list by, as the form and the address name it.
FILTERS: Final = ("place", "section", "sales_band")
_YUAN_PER_WAN: Final = 10_000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asking:
    """The form as typed, the question it makes (None where it makes none), and the refusal of each field.

    `more` holds the fields that only one side has: the order of a firm, what a bank narrows its list by.
    """

    amount: str
    term: str
    rows: int
    question: Question | None
    errors: dict[str, BadRequestError]
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """The page's status."""
        return BadRequestError.status if self.errors else 200

    def query(self, rows: int) -> str:
        """Return the same question with another number of rows, as the query of an address."""
        return urlencode({"amount_wan": self.amount, "term": self.term, **self.more, "top": rows})


def read_firm(query: QueryParams) -> Asking:
    """Read a firm's form: as `read`, and `sort`, the order it wants this once (empty: its standing choice)."""
    return _with_more(read(query), query, ("sort",), lambda sort: {"sort": sort_of(sort)})


def read_bank(query: QueryParams) -> Asking:
    """Read a bank's form: as `read`, and what the list is narrowed by."""
    return _with_more(read(query), query, FILTERS, lambda *typed: {"narrowing": narrowing_of(*typed)})


def asked_before(document: Mapping[str, Any]) -> Asking:
    """Return the form of a further page as its first page was asked."""
    yuan, term, narrowing = document["amount_yuan"], document["term_months"], document["narrowing"]
    return Asking(
        amount="" if yuan is None else f"{(Decimal(yuan) / _YUAN_PER_WAN).normalize():f}",
        term="" if term is None else str(term),
        rows=document["size"],
        question=Question(),
        errors={},
        more={name: "" if narrowing[name] is None else str(narrowing[name]) for name in FILTERS},
    )


def read(query: QueryParams) -> Asking:
    """Read the form from an address: `amount_wan` (万元), `term` (months), `top` (rows); empty fields are not asked."""
    errors: dict[str, BadRequestError] = {}

    def field(name: str, parse: Callable[[str], T]) -> T | None:
        text = query.get(name, "").strip()
        if not text:
            return None
        try:
            return parse(text)
        except BadRequestError as error:
            errors[name] = error
            return None

    amount = field("amount_wan", edge.amount_wan_fen)
    term = field("term", edge.term_months)
    rows = field("top", edge.list_length) or PRESET_ROWS
    question = None if errors else Question(amount_fen=amount, term_months=term, top=rows)
    return Asking(query.get("amount_wan", ""), query.get("term", ""), rows, question, errors)


def _with_more(
    form: Asking, query: QueryParams, names: tuple[str, ...], parse: Callable[..., dict[str, Any]]
) -> Asking:
    typed = [query.get(name, "").strip() for name in names]
    more = dict(zip(names, typed, strict=True))
    try:
        changes = parse(*typed)
    except BadRequestError as error:
        return replace(form, question=None, errors=form.errors | {names[0]: error}, more=more)
    question = None if form.question is None else replace(form.question, **changes)
    return replace(form, question=question, more=more)
