"""One search for a plan: the firm, the clauses to satisfy, the acts it can do and when, and the days to try."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from matching.acts import AMOUNT, TERM, Act, Acts, Follow, Outcome, start_days
from matching.counterfactual_clauses import Demand, Row, Value, compiled
from matching.counterfactual_paths import Paths
from matching.criteria import EPOCH, columns_of
from matching.eligibility import Request
from matching.product import Product

RATING_YEAR = "tax_rating_year"


@dataclass(frozen=True, slots=True)
class Situation:
    """One firm as of a day: its row, the paths of what time moves, and when acts can start that facts alone date.

    `row` holds every known column in stored units (days since 1970 for days), `as_of` is in days since 1970.
    """

    row: Row
    as_of: int
    paths: Paths = field(default_factory=dict)
    starts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """What is searched: `row` is the firm's with what is asked for, narrowed to what any clause or act reads."""

    product: Product
    request: Request
    as_of: int
    row: Row
    paths: Paths
    demands: tuple[Demand, ...]
    ready: Mapping[str, int]
    acts: tuple[Act, ...]
    days: tuple[int, ...]

    def is_stuck(self, name: str) -> bool:
        """Say that no act and no time moves a column."""
        return name not in self.paths and not any(name in act.columns for act in self.acts)

    def is_hopeless(self, demand: Demand) -> bool:
        """Say that a clause does not hold today and that nothing it reads can be moved."""
        return demand.tell(self.row, self.as_of) is not True and all(map(self.is_stuck, demand.columns))


def ask(  # noqa: PLR0913, PLR0917 (the firm, what it asks, and what may be done)
    product: Product,
    request: Request,
    situation: Situation,
    acts: Acts,
    clauses: Sequence[Demand],
    outcomes: frozenset[Outcome],
) -> Question:
    """Return the search over some clauses with the acts of some outcomes that this firm can do within the horizon."""
    row = asked_row(situation, request)
    needed = {name for one in clauses for name in one.columns}
    missing = tuple(sorted(name for name in needed if row.get(name) is None and not name.startswith("@")))
    known = frozenset(name for name, value in row.items() if value is not None and not name.startswith("@"))
    tells = acts.telling(missing, known) if missing and Outcome.told in outcomes else ()
    touching = _reaching(needed, [act for act in (*acts.acts, *tells) if act.outcome in outcomes])
    able = [act for act in touching if _can_do(act, row, situation.as_of)]
    ready = {
        act.id: day for act in able if (day := _ready(act, row, situation)) is not None and day <= acts.horizon_days
    }
    used = _reaching(needed, [act for act in able if act.id in ready])
    names = needed | {name for act in used for name in (*act.columns, *_then_columns(act))}
    paths = {name: path for name, path in situation.paths.items() if name in names}
    narrowed = {name: row.get(name) for name in (*names, AMOUNT, TERM)}
    tried = tuple(sorted(day for day in _days(clauses, used, ready, paths) if 0 <= day <= acts.horizon_days))
    return Question(product, request, situation.as_of, narrowed, paths, tuple(clauses), ready, used, tried)


def asked_row(situation: Situation, request: Request) -> dict[str, Value]:
    """Return a firm's row with what it asks for."""
    asked: dict[str, Value] = {AMOUNT: request.amount_fen, TERM: request.term_months}
    return {**situation.row, **asked}


def _can_do(act: Act, row: Row, as_of: int) -> bool:
    if any(change.way == "ask" and row.get(change.column) is None for change in act.changes):
        return False
    return act.only_if is None or compiled(act.only_if)(row, as_of) is True


def _ready(act: Act, row: Row, situation: Situation) -> int | None:
    year = row.get(RATING_YEAR)
    as_of = EPOCH.fromordinal(EPOCH.toordinal() + situation.as_of)
    start = start_days(act, as_of, year if isinstance(year, int) else None, situation.starts)
    return None if start is None else start + act.days


def _then_columns(act: Act) -> tuple[str, ...]:
    return () if act.then is None else columns_of(act.then)


def _reaching(needed: set[str], able: Sequence[Act]) -> tuple[Act, ...]:
    """Return the acts that touch what is needed, or what such an act demands in its turn, in the order given."""
    names, used = set(needed), set[str]()
    while True:
        more = [act for act in able if act.id not in used and not names.isdisjoint(act.columns)]
        if not more:
            return tuple(act for act in able if act.id in used)
        used |= {act.id for act in more}
        names |= {name for act in more for name in _then_columns(act)}


def _days(clauses: Sequence[Demand], acts: Sequence[Act], ready: Mapping[str, int], paths: Paths) -> set[int]:
    """Return the days on which an act is done, a path moves or a side effect fades."""
    names = {name for one in clauses for name in one.columns} | {name for act in acts for name in _then_columns(act)}
    found = {0, *(ready[act.id] for act in acts)}
    # A column that an act changes beside is read by the act too: where its path moves, the act may do more or less.
    names |= {name for act in acts for name in act.columns}
    found |= set(chain.from_iterable(path.days for name, path in paths.items() if name in names))
    return found | {change.fades_days for act in acts for change in act.changes if isinstance(change, Follow)}
