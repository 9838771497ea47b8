"""Advice by trying everything: every set of acts, every day, every value, told by the evaluation over columns.

Nothing of the search, nor of its own reading of clauses: what acts mean is written here a second time.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import combinations
from itertools import product as choices
from typing import Any

import pyarrow as pa
from matching_worlds import TYPES
from oracle_criteria import told

from matching.acts import AMOUNT, TERM, Act, Acts, Change, Outcome, start_days
from matching.counterfactual_question import Situation
from matching.criteria import EPOCH, Comparison, Membership, Shown, columns_of, expanded, leaves, threshold
from matching.eligibility import Request, Requests, evaluate
from matching.product import Product
from matching.vocabulary import column

Cost = tuple[int, int, int]
Answer = tuple[Cost, frozenset[tuple[str, ...]]] | None
Row = dict[str, Any]
#: Whole ranges up to this length are tried value by value, longer ones at what criteria name and next to it.
WHOLE = 40


def brute(  # noqa: PLR0913, PLR0917 (the firm, what it asks, and what may be done)
    product: Product,
    request: Request,
    situation: Situation,
    acts: Acts,
    outcomes: frozenset[Outcome],
    days: Sequence[int] | None = None,
) -> Answer:
    """Return the least cost and every set of acts that reaches it, None where nothing makes the product fit.

    `days` are those tried, preset: every day up to the horizon.
    """
    public = product.model_copy(
        update={"criteria": tuple(one for one in expanded(product.criteria) if one.shown is Shown.public)}
    )
    as_of = date.fromordinal(EPOCH.toordinal() + situation.as_of)
    today = {**situation.row, AMOUNT: request.amount_fen, TERM: request.term_months}
    ready = {act.id: _ready(act, as_of, situation) for act in acts.acts}
    # What neither the product nor the demand of an act it may need names cannot matter; everything else is tried.
    text = public.model_dump_json() + f'"{AMOUNT}" "{TERM}"'
    text += "".join(str(act.then) for act in acts.acts if any(f'"{name}"' in text for name in act.columns))
    named = {name for act in acts.acts for name in act.columns if f'"{name}"' in text or f"'{name}'" in text}
    able = [
        act
        for act in acts.acts
        if act.outcome in outcomes
        and ready[act.id] is not None
        and _allowed(act.only_if, today, as_of)
        and not named.isdisjoint(act.columns)
        and all(today.get(name) is not None for name in act.columns if name in (AMOUNT, TERM))
    ]
    names = {name for name in today if f'"{name}"' in text} | {name for act in able for name in act.columns} | named
    grid, alone, seen = _grid(public, able), _Alone(public, as_of), set[tuple[Any, ...]]()
    for day in days if days is not None else range(acts.horizon_days + 1):
        base = {name: today.get(name) for name in sorted(names)}
        base |= {name: path.at(day, base[name]) for name, path in situation.paths.items() if name in names}
        usable = [act for act in able if (ready[act.id] or 0) <= day]
        fades = [change.fades_days <= day for act in usable for change in act.changes if change.way == "follow"]
        key = (*base.values(), *(act.id for act in usable), *fades)
        if key in seen:
            continue  # a day on which nothing differs from one on which nothing fitted
        seen.add(key)
        if not alone.possible(base, usable, grid, day):
            continue
        found = _cheapest(public, base, usable, grid, day, as_of)
        if found:
            effort, count = min((sum(act.effort for act in one), len(one)) for one in found)
            least = {
                tuple(sorted(act.id for act in one))
                for one in found
                if (sum(act.effort for act in one), len(one)) == (effort, count)
            }
            return (day, effort, count), frozenset(least)
    return None


class _Alone:
    """Whether each clause by itself can hold on a day, by whatever acts touch it: where one cannot, nothing fits.

    Told by the oracle of criteria; remembered by what the clause reads, for most days are alike to it.
    """

    def __init__(self, product: Product, as_of: date) -> None:
        self._product, self._as_of = product, as_of
        self._clauses = [(set(columns_of(one.require)), one.require) for one in product.criteria]
        self._known: dict[tuple[Any, ...], bool] = {}

    def possible(self, base: Row, usable: Sequence[Act], grid: Mapping[str, set[Any]], day: int) -> bool:
        """Say whether every clause can hold by itself."""
        return all(self._can_hold(number, base, usable, grid, day) for number in range(len(self._clauses)))

    def _can_hold(self, number: int, base: Row, usable: Sequence[Act], grid: Mapping[str, set[Any]], day: int) -> bool:
        names, condition = self._clauses[number]
        touching = [act for act in usable if not names.isdisjoint(act.columns)]
        read = names | {name for act in touching for name in act.columns}
        key = (number, *((name, base.get(name)) for name in sorted(read)), *(act.id for act in touching))
        key += tuple(change.fades_days <= day for act in touching for change in act.changes if change.way == "follow")
        if key not in self._known:
            self._known[key] = any(
                _told(condition, row, self._as_of) is True
                for size in range(len(touching) + 1)
                for chosen in combinations(touching, size)
                if _side_by_side(chosen)
                for row in _outcomes(base, chosen, grid, day, self._product)
            )
        return self._known[key]


def _cheapest(  # noqa: PLR0913, PLR0917 (the firm on a day, and what may be done)
    product: Product, base: Row, usable: Sequence[Act], grid: Mapping[str, set[Any]], day: int, as_of: date
) -> list[tuple[Act, ...]]:
    """Return the sets of acts, of the least number of steps in cost tried first, that fit on a day."""
    sets = [chosen for size in range(len(usable) + 1) for chosen in combinations(usable, size) if _side_by_side(chosen)]
    sets.sort(key=lambda chosen: (sum(act.effort for act in chosen), len(chosen)))
    rows: list[Row] = []
    of: list[tuple[Act, ...]] = []
    for chosen in sets:
        for row in _outcomes(base, chosen, grid, day, product):
            rows.append(row)
            of.append(chosen)
    fits = verdicts(product, rows, as_of)
    return [chosen for chosen, fit, row in zip(of, fits, rows, strict=True) if fit and _then(chosen, row, as_of)]


def verdicts(product: Product, rows: Sequence[Row], as_of: date) -> list[bool]:
    """Tell by the evaluation over columns which rows fit."""
    names = dict.fromkeys(name for row in rows for name in row if not name.startswith("@"))
    columns = {name: pa.array([row.get(name) for row in rows], type=_type(name)) for name in names}
    head = {"enterprise": pa.array([f"test:{n}" for n in range(len(rows))]), "as_of": pa.array([as_of] * len(rows))}
    asked = [pa.array([row.get(name) or 0 for row in rows], pa.int64()).to_numpy() for name in (AMOUNT, TERM)]
    return [bool(one == 1) for one in evaluate(product, pa.table(head | columns), Requests(*asked)).verdict]


def _type(name: str) -> pa.DataType:
    found: pa.DataType = TYPES.get(str(column(name).unit), pa.int64())  # type: ignore[assignment] # of mixed subclasses
    return found


def _outcomes(
    base: Row, chosen: Sequence[Act], grid: Mapping[str, set[Any]], day: int, product: Product
) -> Iterator[Row]:
    """Yield every row that a set of acts can lead to."""
    doing = [act for act in chosen if _does_anything(act, base)]
    options: dict[str, list[Any]] = {}
    for change in (change for act in doing for change in act.changes):
        values = _values(change, base.get(change.column), grid.get(change.column, set()), product)
        if values:
            options[change.column] = sorted(values)
    for taken in choices(*options.values()):
        row = base | dict(zip(options, taken, strict=True))
        for change in (change for act in doing for change in act.changes):
            if change.way == "add" and row.get(change.column) is not None:
                row[change.column] += change.by
            if change.way == "follow" and day < change.fades_days and row.get(change.column) is not None:
                row[change.column] += max(0, (base[change.fall_of] or 0) - (row[change.fall_of] or 0))
        yield row


def _values(change: Change, now: Any, named: set[Any], product: Product) -> set[Any]:  # noqa: ANN401, PLR0911 (stored values, way by way)
    match change.way:
        case "down" | "up" if isinstance(now, int):
            low, high = (change.to, now) if change.way == "down" else (now, now + change.most)
            inside = range(low, high + 1) if high - low <= WHOLE else [*named, low, high]
            return {now} | {value for value in inside if low <= value <= high}
        case "set" if now is not None:
            return {change.to}
        case "codes" if now is not None:
            return {now, *change.codes.get(now, ())}
        case "ask" if change.column == TERM:
            return {now, product.term_min_months, product.term_max_months}
        case "ask":
            # The least that is lent is what fits soonest; which amount is asked for is no part of the cost.
            return {now, product.amount_min_fen, product.amount_max_fen}
        case "tell":
            return named
    return set()


def _does_anything(act: Act, base: Row) -> bool:
    for change in act.changes:
        now = base.get(change.column)
        if change.way in ("ask", "tell"):
            return True
        if now is None or change.way in ("add", "follow"):
            continue
        if change.way == "up" or (change.way == "down" and now > change.to):
            return True
        if (change.way == "set" and now != change.to) or (change.way == "codes" and now in change.codes):
            return True
    return False


def _side_by_side(chosen: Sequence[Act]) -> bool:
    names = [change.column for act in chosen for change in act.changes if change.way != "add"]
    return len(set(names)) == len(names)


def _then(chosen: Sequence[Act], row: Row, as_of: date) -> bool:
    return all(act.then is None or _told(act.then, row, as_of) is not False for act in chosen)


def _allowed(condition: Any, row: Row, as_of: date) -> bool:  # noqa: ANN401 (a condition or none)
    return condition is None or _told(condition, row, as_of) is True


def _told(condition: Any, row: Row, as_of: date) -> bool | None:  # noqa: ANN401 (a condition)
    # The oracle reads text of digits as a number: codes, such as those of places, are given a letter.
    lettered = {name: f"c{value}" if isinstance(value, str) else value for name, value in row.items()}
    return told(_written(condition), lettered, as_of)


@lru_cache(maxsize=4096)
def _written(condition: Any) -> Any:  # noqa: ANN401 (a condition)
    return _lettered(condition.model_dump(mode="json"))


def _lettered(part: Any) -> Any:  # noqa: ANN401 (a condition as written)
    if isinstance(part, list):
        return [_lettered(one) for one in part]
    if not isinstance(part, dict):
        return part
    if "column" not in part:
        return {key: _lettered(value) for key, value in part.items()}
    if column(part["column"]).unit != "code":
        return part
    named = {"values": [f"c{one}" for one in part["values"]]} if "values" in part else {"value": f"c{part['value']}"}
    return part | named


def _ready(act: Act, as_of: date, situation: Situation) -> int | None:
    year = situation.row.get("tax_rating_year")
    start = start_days(act, as_of, year if isinstance(year, int) else None, situation.starts)
    return None if start is None else start + act.days


def _grid(product: Product, able: Sequence[Act]) -> dict[str, set[Any]]:
    """Return by column the values that criteria name, and their neighbours."""
    found: dict[str, set[Any]] = {}
    conditions = [clause.require for clause in product.criteria]
    conditions += [act.then for act in able if act.then is not None]
    for leaf in (leaf for condition in conditions for leaf in leaves(condition)):
        of = column(leaf.column)
        if isinstance(leaf, Membership):
            named = [threshold(of, value) for value in leaf.values]
        elif isinstance(leaf, Comparison):
            named = [threshold(of, leaf.value)] if isinstance(leaf.value, int | str) else []
        elif leaf.op == "between":
            named = [threshold(of, leaf.low), threshold(of, leaf.high)]
        else:
            named = []
        near = {value + step for value in named if isinstance(value, int) for step in (-1, 0, 1)}
        found.setdefault(leaf.column, set()).update(near or named)
    return found
