"""Who may have what: a product's clauses, the request and the firm's own limit, over many firms at once."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from matching.amounts import MAX_FEN, PPM
from matching.compile import CANNOT_TELL, NO, YES, Node, Truth, Verdicts, compile_clause
from matching.criteria import Clause, Shown, expanded
from matching.errors import RequestError
from matching.frame import Frame, Ints, Mask
from matching.product import CapsLimit, Limit, Product, ShareLimit, SharesLimit

MAX_MONTHS = 600
AMOUNT_RANGE, TERM_RANGE, CREDIT_LINE = "amount_range", "term_range", "credit_line"


@dataclass(frozen=True, slots=True)
class Request:
    """What the firm asks for; what is None is not asked."""

    amount_fen: int | None = None
    term_months: int | None = None

    def __post_init__(self) -> None:
        """Refuse amounts and terms that nobody can ask for."""
        if self.amount_fen is not None and not 0 < self.amount_fen <= MAX_FEN:
            raise RequestError("the amount asked for is more than nothing and at most ten trillion yuan")
        if self.term_months is not None and not 0 < self.term_months <= MAX_MONTHS:
            raise RequestError(f"the term asked for is 1 to {MAX_MONTHS} months")


@dataclass(frozen=True, slots=True, eq=False)
class Requests:
    """What each row of a frame asks for: an amount in fen and a term in months, 0 where none is asked."""

    amounts_fen: Ints
    term_months: Ints

    def __post_init__(self) -> None:
        """Refuse columns of different length, and amounts and terms that nobody can ask for."""
        if self.amounts_fen.shape != self.term_months.shape or self.amounts_fen.ndim != 1:
            raise RequestError("amounts and terms are two columns of one length")
        if ((self.amounts_fen < 0) | (self.amounts_fen > MAX_FEN)).any():
            raise RequestError("an amount asked for is more than nothing and at most ten trillion yuan")
        if ((self.term_months < 0) | (self.term_months > MAX_MONTHS)).any():
            raise RequestError(f"a term asked for is 1 to {MAX_MONTHS} months")

    @classmethod
    def of(cls, request: "Request | Requests", rows: int) -> "Requests":
        """Return a request per row: the same for all, or as given (RequestError where their number is another)."""
        if isinstance(request, Request):
            asked = (request.amount_fen or 0, request.term_months or 0)
            return cls(*(np.full(rows, value, dtype=np.int64) for value in asked))
        if len(request.amounts_fen) != rows:
            raise RequestError(f"{len(request.amounts_fen)} requests for {rows} rows")
        return request


@dataclass(frozen=True, slots=True)
class CreditLine:
    """Each firm's own limit: the least of the cap and of those rules that can be computed.

    `binding` is the rule that gives it (0 the cap, i the product's limit i − 1); `complete` is false where a rule could
    not be computed and the true limit may be lower.
    """

    fen: Ints
    complete: Mask
    binding: npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Eligibility:
    """The verdict of one product over the rows of a frame, clause by clause in written order."""

    product: Product
    request: Request | Requests
    frame: Frame
    clause_ids: tuple[str, ...]
    clause_verdicts: Verdicts  # rows × clauses
    verdict: Verdicts
    first_failing: npt.NDArray[np.int32]  # place in clause_ids, −1 where none fails
    line: CreditLine
    nodes: tuple[Node, ...]
    clauses: tuple[Clause, ...]  # the product's, without references

    @property
    def told(self) -> tuple[bool, ...]:
        """Say of which clauses anybody may be told how far they are cleared: the public ones."""
        return tuple(clause.shown is Shown.public for clause in self.clauses)

    def request_of(self, row: int) -> Request:
        """Return what is asked for in one row."""
        if isinstance(self.request, Request):
            return self.request
        amount, term = int(self.request.amounts_fen[row]), int(self.request.term_months[row])
        return Request(amount or None, term or None)

    def open_clauses(self, row: int) -> tuple[str, ...]:
        """Name the clauses that cannot be told in this row."""
        return tuple(
            name for name, verdict in zip(self.clause_ids, self.clause_verdicts[row], strict=True) if verdict < 0
        )

    def missing(self) -> dict[str, dict[str, Mask]]:
        """Return by clause and column where a missing value leaves the clause open."""
        named = {
            clause.id: node.lacking(self.frame) for clause, node in zip(self.product.criteria, self.nodes, strict=True)
        }
        if CREDIT_LINE in self.clause_ids:
            still = self.clause_verdicts[:, self.clause_ids.index(CREDIT_LINE)] == CANNOT_TELL
            named[CREDIT_LINE] = _limits_lacking(self.product, self.frame, still)
        return named


def evaluate(product: Product, table: pa.Table | Frame, request: Request | Requests) -> Eligibility:
    """Evaluate one product over a table of profiles, for all rows at once, with one request or one per row.

    A row fits where every clause holds, fails where one fails, and cannot be told otherwise. The request's amount and
    term are asked only where given (of one request per row: where any row asks, and hold where it does not); a limit
    that is less than what is needed (the amount asked, else the least amount the product lends) fails the clause
    `credit_line`. Raises CriteriaError where criteria and profiles do not match, RequestError where there is not one
    request per row.
    """
    frame = table if isinstance(table, Frame) else Frame(table)
    clauses = expanded(product.criteria)
    nodes = tuple(compile_clause(clause) for clause in clauses)
    line = credit_line(product, frame)
    truths = [(clause.id, node.truth(frame)) for clause, node in zip(product.criteria, nodes, strict=True)]
    truths += _asked(product, request, frame.rows)
    if product.limits:
        amounts = Requests.of(request, frame.rows).amounts_fen
        truths.append((CREDIT_LINE, _enough(line, np.where(amounts > 0, amounts, product.amount_min_fen))))
    grid = np.stack([truth.verdicts() for _, truth in truths], axis=1)
    fails = grid == NO
    verdict = np.where(fails.any(axis=1), NO, np.where((grid == CANNOT_TELL).any(axis=1), CANNOT_TELL, YES))
    first = np.where(fails.any(axis=1), fails.argmax(axis=1), -1)
    return Eligibility(
        product=product,
        request=request,
        frame=frame,
        clause_ids=tuple(name for name, _ in truths),
        clause_verdicts=grid,
        verdict=verdict.astype(np.int8),
        first_failing=first.astype(np.int32),
        line=line,
        nodes=nodes,
        clauses=clauses,
    )


def credit_line(product: Product, frame: Frame) -> CreditLine:
    """Compute each firm's limit under the product's cap and rules, rounded down to the fen, never below zero."""
    fen = np.full(frame.rows, product.amount_max_fen, dtype=np.int64)
    complete = np.ones(frame.rows, dtype=np.bool_)
    binding = np.zeros(frame.rows, dtype=np.int16)
    for place, limit in enumerate(product.limits, start=1):
        values, known = _limit(limit, frame)
        lower = known & (values < fen)
        fen = np.where(lower, values, fen)
        binding = np.where(lower, np.int16(place), binding)
        complete &= known
    return CreditLine(np.maximum(fen, 0), complete, binding)


def _enough(line: CreditLine, need: Ints) -> Truth:
    enough = line.fen >= need
    return Truth(enough & line.complete, ~enough)


def _asked(product: Product, request: Request | Requests, rows: int) -> list[tuple[str, Truth]]:
    each = Requests.of(request, rows)
    asked = []
    if _is_asked(request, "amount_fen", each.amounts_fen):
        asked.append((AMOUNT_RANGE, _within(each.amounts_fen, product.amount_min_fen, product.amount_max_fen)))
    if _is_asked(request, "term_months", each.term_months):
        asked.append((TERM_RANGE, _within(each.term_months, product.term_min_months, product.term_max_months)))
    return asked


def _is_asked(request: Request | Requests, name: str, values: Ints) -> bool:
    return getattr(request, name) is not None if isinstance(request, Request) else bool((values > 0).any())


def _within(values: Ints, least: int, most: int) -> Truth:
    holds = (values == 0) | ((values >= least) & (values <= most))
    return Truth(holds, ~holds)


def _limit(limit: Limit, frame: Frame) -> tuple[Ints, Mask]:
    if isinstance(limit, ShareLimit):
        money = frame.numbers(limit.of)
        return _share(money.values.astype(np.int64, copy=False), np.int64(limit.share_ppm)), money.known
    codes = frame.codes(limit.by)
    table = limit.caps_fen if isinstance(limit, CapsLimit) else limit.shares_ppm
    looked_up = np.array([table.get(name, 0) for name in codes.names] + [0], dtype=np.int64)[codes.places]
    if isinstance(limit, CapsLimit):
        return looked_up, codes.known
    money = frame.numbers(limit.of)
    # A code that is not named gets nothing, whatever the money is.
    known = codes.known & (money.known | (looked_up == 0))
    return np.where(looked_up == 0, 0, _share(money.values.astype(np.int64, copy=False), looked_up)), known


def _share(fen: Ints, ppm: Ints | np.int64) -> Ints:
    # Split before multiplying: fen × ppm would leave 64 bits from 92 billion yuan on.
    whole, rest = np.divmod(fen, PPM)
    return whole * ppm + rest * ppm // PPM


def _limits_lacking(product: Product, frame: Frame, still: Mask) -> dict[str, Mask]:
    found: dict[str, Mask] = {}
    for limit in product.limits:
        unknown = still & ~_limit(limit, frame)[1]
        for name in _limit_columns(limit):
            found[name] = found.get(name, np.zeros_like(still)) | (unknown & ~frame.known(name))
    return found


def _limit_columns(limit: Limit) -> tuple[str, ...]:
    match limit:
        case ShareLimit(of=of):
            return (of,)
        case CapsLimit(by=by):
            return (by,)
        case SharesLimit(by=by, of=of):
            return (by, of)
