"""The amount-and-term form of the list pages: what was typed, what it means, and what is wrong with it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from service import edge
from service.errors import BadRequestError
from service.work.match import Question

PRESET_ROWS: Final = 20
MORE_ROWS: Final = 200

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asking:
    """The form as typed, the question it makes (None where it makes none), and the refusal of each field."""

    amount: str
    term: str
    rows: int
    question: Question | None
    errors: dict[str, BadRequestError]

    @property
    def status(self) -> int:
        """The page's status."""
        return BadRequestError.status if self.errors else 200

    def query(self, rows: int) -> str:
        """Return the same question with another number of rows, as the query of an address."""
        return urlencode({"amount_wan": self.amount, "term": self.term, "top": rows})


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
