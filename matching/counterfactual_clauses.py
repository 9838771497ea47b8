"""A product's clauses over one row: told in plain Python, thousands of times, with the values at which they turn.

An implementation of its own of what `matching.compile` and `matching.eligibility` say over columns of numpy: tests hold
both to the same verdicts. A row is a mapping from column to stored value (fen, whole number, double, code, days since
1970), None where it is missing; what is asked for stands in it as `@amount` (fen) and `@term` (months).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from matching.acts import AMOUNT, TERM
from matching.amounts import PPM
from matching.criteria import (
    EPOCH,
    AllOf,
    AnyOf,
    BeforeAsOf,
    Between,
    Clause,
    Comparison,
    Condition,
    Leaf,
    Membership,
    Not,
    RatioComparison,
    Shown,
    bound_ppm,
    columns_of,
    expanded,
    threshold,
)
from matching.eligibility import AMOUNT_RANGE, CREDIT_LINE, TERM_RANGE, Request
from matching.errors import MatchingError
from matching.product import CapsLimit, Limit, Product, ShareLimit
from matching.vocabulary import column

Value = int | float | str | None
Row = Mapping[str, Value]
Told = bool | None
Tell = Callable[[Row, int], Told]

MONTHS_PER_YEAR = 12
PPM_UNITS = frozenset({"ratio", "log"})


@dataclass(frozen=True, slots=True)
class Demand:
    """One clause: whether it holds in a row on a day (days since 1970), and what it reads."""

    id: str
    columns: tuple[str, ...]
    tell: Tell
    leaves: tuple[Leaf, ...]
    is_public: bool = True


@dataclass(frozen=True, slots=True)
class Demands:
    """A product as one row meets it: the clauses that are advised on, and those that no firm is told of."""

    product: Product
    public: tuple[Demand, ...]
    internal: tuple[Demand, ...]


def demands(product: Product, request: Request) -> Demands:
    """Return a product's clauses with the request's own, in the order in which they are evaluated."""
    clauses = [_demand(clause) for clause in expanded(product.criteria)]
    clauses += _asked(product, request)
    public = tuple(one for one in clauses if one.is_public)
    return Demands(product, public, tuple(one for one in clauses if not one.is_public))


def credit_line_fen(product: Product, row: Row) -> tuple[int, bool]:
    """Return the firm's limit by cap and rules in fen, and whether every rule could be computed."""
    least, is_complete = product.amount_max_fen, True
    for limit in product.limits:
        found = _limit(limit, row)
        is_complete &= found is not None
        least = least if found is None else min(least, found)
    return max(least, 0), is_complete


def compiled(condition: Condition) -> Tell:
    """Return the function that tells a condition without references."""
    match condition:
        case AllOf(all=parts):
            return _all([compiled(part) for part in parts])
        case AnyOf(any=parts):
            return _any([compiled(part) for part in parts])
        case Not(part=part):
            inner = compiled(part)
            return lambda row, day: None if (told := inner(row, day)) is None else not told
        case RatioComparison():
            return _ratio(condition)
        case Comparison(value=BeforeAsOf()):
            return _day(condition)
        case Between() | Membership() | Comparison():
            return _leaf(condition)
        case _:
            raise MatchingError("expand the criteria before they are told")


def days_before(day: int, before: BeforeAsOf) -> int:
    """Count back from a day, by days or by calendar months (to the month's last day where it is shorter)."""
    if before.days_before is not None:
        return day - before.days_before
    of = date.fromordinal(EPOCH.toordinal() + day)
    months = of.year * MONTHS_PER_YEAR + of.month - 1 - (before.months_before or 0)
    return months_first(months) + min(of.day, months_first(months + 1) - months_first(months)) - 1


def months_first(months: int) -> int:
    """Return the first day (days since 1970) of a month counted from year 0."""
    return (date(months // MONTHS_PER_YEAR, months % MONTHS_PER_YEAR + 1, 1) - EPOCH).days


def _demand(clause: Clause) -> Demand:
    return Demand(
        id=clause.id,
        columns=columns_of(clause.require),
        tell=compiled(clause.require),
        leaves=tuple(_leaves(clause.require)),
        is_public=clause.shown is Shown.public,
    )


def _leaves(condition: Condition) -> Iterator[Leaf]:
    match condition:
        case AllOf(all=parts) | AnyOf(any=parts):
            for part in parts:
                yield from _leaves(part)
        case Not(part=part):
            yield from _leaves(part)
        case Comparison() | RatioComparison() | Between() | Membership():
            yield condition


def _asked(product: Product, request: Request) -> Iterator[Demand]:
    if request.amount_fen is not None:
        low, high = product.amount_min_fen, product.amount_max_fen
        yield Demand(AMOUNT_RANGE, (AMOUNT,), _within(AMOUNT, low, high), ())
    if request.term_months is not None:
        shortest, longest = product.term_min_months, product.term_max_months
        yield Demand(TERM_RANGE, (TERM,), _within(TERM, shortest, longest), ())
    if product.limits:
        names = dict.fromkeys(name for limit in product.limits for name in limit_columns(limit))
        yield Demand(CREDIT_LINE, (*names, AMOUNT), _covers(product), ())


def limit_columns(limit: Limit) -> tuple[str, ...]:
    """Name the columns a limit rule reads."""
    match limit:
        case ShareLimit(of=of):
            return (of,)
        case CapsLimit(by=by):
            return (by,)
        case _:
            return (limit.by, limit.of)


def _within(name: str, low: int, high: int) -> Tell:
    def tell(row: Row, _day: int) -> Told:
        value = row.get(name)
        return None if not isinstance(value, int) else low <= value <= high

    return tell


def _covers(product: Product) -> Tell:
    def tell(row: Row, _day: int) -> Told:
        asked = row.get(AMOUNT)
        need = asked if isinstance(asked, int) else product.amount_min_fen
        line, is_complete = credit_line_fen(product, row)
        if line < need:
            return False
        return True if is_complete else None

    return tell


def _limit(limit: Limit, row: Row) -> int | None:
    if isinstance(limit, ShareLimit):
        return _share(row.get(limit.of), limit.share_ppm)
    code = row.get(limit.by)
    if code is None:
        return None
    if isinstance(limit, CapsLimit):
        return limit.caps_fen.get(str(code), 0)
    share = limit.shares_ppm.get(str(code), 0)
    return 0 if share == 0 else _share(row.get(limit.of), share)


def _share(money: Value, ppm: int) -> int | None:
    return money * ppm // PPM if isinstance(money, int) else None


def _all(parts: Sequence[Tell]) -> Tell:
    def tell(row: Row, day: int) -> Told:
        found: Told = True
        for part in parts:
            told = part(row, day)
            if told is False:
                return False
            found = None if told is None else found
        return found

    return tell


def _any(parts: Sequence[Tell]) -> Tell:
    def tell(row: Row, day: int) -> Told:
        found: Told = False
        for part in parts:
            told = part(row, day)
            if told is True:
                return True
            found = None if told is None else found
        return found

    return tell


def bound(name: str, written: int | str) -> int | float | str:
    """Return a written value as stored values are compared with it: whole numbers, doubles, codes."""
    of = column(name)
    found = threshold(of, written)
    return found / PPM if of.unit in PPM_UNITS and isinstance(found, int) else found


def _leaf(leaf: Comparison | Between | Membership) -> Tell:
    name, holds = leaf.column, _holds(leaf)

    def tell(row: Row, _day: int) -> Told:
        value = row.get(name)
        return None if value is None else holds(value)

    return tell


def _holds(leaf: Comparison | Between | Membership) -> Callable[[int | float | str], bool]:
    if isinstance(leaf, Membership):
        wanted = frozenset(bound(leaf.column, value) for value in leaf.values)
        return lambda value: value in wanted
    if isinstance(leaf, Between):
        low, high = bound(leaf.column, leaf.low), bound(leaf.column, leaf.high)
        return lambda value: bool(low <= value <= high)  # type: ignore[operator] # a column holds one type
    if isinstance(leaf.value, BeforeAsOf):
        raise MatchingError("a day counted back is told with the day")
    return _compared(leaf.op, bound(leaf.column, leaf.value))


def _compared(op: str, against: float | str) -> Callable[[int | float | str], bool]:
    # A column holds values of one type, which `check_clause` has seen to.
    match op:
        case "at_least":
            return lambda value: bool(value >= against)  # type: ignore[operator]
        case "at_most":
            return lambda value: bool(value <= against)  # type: ignore[operator]
        case "above":
            return lambda value: bool(value > against)  # type: ignore[operator]
        case "below":
            return lambda value: bool(value < against)  # type: ignore[operator]
        case _:
            return lambda value: value == against


def _day(leaf: Comparison) -> Tell:
    name, op, before = leaf.column, leaf.op, leaf.value

    def tell(row: Row, day: int) -> Told:
        value = row.get(name)
        if value is None or not isinstance(before, BeforeAsOf):
            return None
        return _compared(op, days_before(day, before))(value)

    return tell


def _ratio(leaf: RatioComparison) -> Tell:
    ppm, holds = bound_ppm(leaf), _compared(leaf.op, 0)

    def tell(row: Row, _day: int) -> Told:
        value, over = row.get(leaf.column), row.get(leaf.over)
        if not isinstance(value, int) or not isinstance(over, int) or over <= 0:
            return None
        return holds(value * PPM - ppm * over)

    return tell
