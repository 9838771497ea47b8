"""One set of acts on one day, and the question whether one value per column satisfies every clause together."""

from collections.abc import Mapping, Sequence

from matching.acts import AMOUNT, TERM, Act, Add, Ask, Change, Down, Follow, Put, Recode, Tell, Up
from matching.amounts import PPM
from matching.counterfactual_clauses import (
    Demand,
    Row,
    Value,
    bound,
    compiled,
    credit_line_fen,
    days_before,
    limit_columns,
)
from matching.counterfactual_question import Question
from matching.criteria import BeforeAsOf, Between, Comparison, Leaf, Membership, RatioComparison, bound_ppm, columns_of
from matching.product import CapsLimit, Product, ShareLimit, SharesLimit
from matching.vocabulary import column

#: A code that no criterion names.
ANOTHER_CODE = "∗"
#: An amount above every bound.
LARGE = 10**15
NEAR = (-1, 0, 1)


class Trial:
    """The row on a day with some acts done: fixed where nothing is chosen, a list of values where there is a choice."""

    def __init__(self, question: Question, acts: Sequence[Act], day: int) -> None:
        """Lay out the choices; `base` is the row on that day without any act."""
        self.acts = tuple(acts)
        self.day = question.as_of
        self._product = question.product
        moved = {name: path.at(day, question.row.get(name)) for name, path in question.paths.items()}
        self.base: dict[str, Value] = {**question.row, **moved}
        self.demands = (*question.demands, *(_then(act) for act in acts if act.then is not None))
        self._leaves: dict[str, list[Leaf]] = {}
        for one in self.demands:
            for leaf in one.leaves:
                for name in (leaf.column, leaf.over) if isinstance(leaf, RatioComparison) else (leaf.column,):
                    self._leaves.setdefault(name, []).append(leaf)
        self._row = dict(self.base)
        self._follows: list[Follow] = []
        self._domains: dict[str, tuple[Value, ...]] = {}
        doing = [(act, change) for act in acts if not _is_void(act, self.base) for change in act.changes]
        for _, change in doing:
            self._bring(change, day)
        for act, change in doing:
            self._lay(change, act)
        # What is asked for comes last: how much may be asked for depends on the rest.
        self._order = sorted(self._domains, key=lambda name: name in (AMOUNT, TERM))

    def solve(self, demands: Sequence[Demand]) -> Row | None:
        """Return the row with the first choice of values that satisfies the clauses, the least change first."""
        follows = {one.column: one.fall_of for one in self._follows}
        reads = [self._choices(one, follows) for one in demands]
        order = [name for name in self._order if any(name in read for read in reads)]
        at = [max((order.index(name) for name in read), default=-1) for read in reads]
        checks: list[list[Demand]] = [[] for _ in range(len(order) + 1)]
        for one, place in zip(demands, at, strict=True):
            checks[place + 1].append(one)
        # What no clause reads takes its first value: done all the same by an act that puts it so, else as it is.
        unread = {name: self._domains[name][0] for name in self._order if name not in order}
        row = {**self._row, **unread}
        if not self._holds(checks[0], row):
            return None
        return row if self._assigned(row, order, checks, 0) else None

    def with_choices_of(self, row: Row) -> Row:
        """Return the row of this day with the values that were chosen in another, and with what follows them."""
        found = dict(self._row)
        for name in self._order:
            found[name] = row.get(name)
            self._carry(name, found)
        return found

    def _assigned(
        self, row: dict[str, Value], order: Sequence[str], checks: Sequence[Sequence[Demand]], at: int
    ) -> bool:
        if at == len(order):
            return True
        name = order[at]
        for value in self._values(name, row):
            row[name] = value
            self._carry(name, row)
            if self._holds(checks[at + 1], row) and self._assigned(row, order, checks, at + 1):
                return True
        row[name] = self._row.get(name)
        self._carry(name, row)
        return False

    def _holds(self, demands: Sequence[Demand], row: Row) -> bool:
        return all(one.tell(row, self.day) is True for one in demands)

    def _choices(self, demand: Demand, follows: Mapping[str, str]) -> frozenset[str]:
        """Return the choices that a clause's verdict depends on."""
        names = {follows.get(name, name) for name in demand.columns} | set(demand.columns)
        if AMOUNT in names:
            names |= {name for limit in self._product.limits for name in limit_columns(limit)}
        return frozenset(names & self._domains.keys())

    def _carry(self, name: str, row: dict[str, Value]) -> None:
        """Let what follows a column follow it."""
        for one in self._follows:
            if one.fall_of == name:
                was, now, start = self.base.get(name), row.get(name), self._row.get(one.column)
                if isinstance(was, int) and isinstance(now, int) and isinstance(start, int):
                    row[one.column] = start + max(was - now, 0)

    def _bring(self, change: Change, day: int) -> None:
        """Note what comes with an act beside what it is chosen for."""
        match change:
            case Add(column=name, by=by):
                more = self._row.get(name)
                self._row[name] = more + by if isinstance(more, int) else more
            case Follow(fades_days=fades) if day < fades:
                self._follows.append(change)

    def _lay(self, change: Change, act: Act) -> None:
        """Note the values among which an act lets a column be chosen."""
        now = self.base.get(change.column)
        match change:
            case Ask() | Tell():
                self._domains[change.column] = self._told(change.column) if isinstance(change, Tell) else (now,)
            case Put(to=to):
                self._domains[change.column] = (now if now is None else to,)
            case Recode(codes=codes):
                options = codes.get(str(now), ()) if isinstance(now, str) else ()
                also = (now,) if len(act.changes) > 1 or not options else ()
                self._domains[change.column] = (*also, *options)
            case Down(to=to):
                self._domains[change.column] = self._whole(change.column, now, to, now)
            case Up(most=most):
                highest = now + most if isinstance(now, int) else now
                self._domains[change.column] = self._whole(change.column, now, now, highest)

    def _values(self, name: str, row: Row) -> tuple[Value, ...]:
        if name not in (AMOUNT, TERM):
            return self._domains[name]
        asked, product = self.base.get(name), self._product
        if not isinstance(asked, int):
            return (asked,)
        if name == TERM:
            return (min(max(asked, product.term_min_months), product.term_max_months),)
        most = min(product.amount_max_fen, credit_line_fen(product, row)[0])
        return (max(min(asked, most), product.amount_min_fen),)

    def _whole(self, name: str, now: Value, low: Value, high: Value) -> tuple[Value, ...]:
        """Return the whole numbers of a range at which anything turns, nearest to today's first."""
        if not (isinstance(now, int) and isinstance(low, int) and isinstance(high, int)) or low > high:
            return (now,)
        turning = {value + near for value in self._turning(name) if isinstance(value, int) for near in NEAR}
        turning |= self._carried_turns(name, now)
        inside = {now, low, high} | {value for value in turning if low <= value <= high}
        return tuple(sorted(inside, key=lambda value: (abs(value - now), value)))

    def _carried_turns(self, name: str, now: int) -> set[int]:
        """Return the values of a column at which a comparison with what follows it turns."""
        found: set[int] = set()
        for one in self._follows:
            start = self._row.get(one.column)
            if one.fall_of == name and isinstance(start, int):
                turns = (value for value in self._turning(one.column) if isinstance(value, int))
                found |= {now - (value + near - start) for value in turns for near in NEAR}
        return found

    def _turning(self, name: str) -> set[Value]:
        """Return the values of a column at which a comparison turns."""
        found: set[Value] = set()
        for leaf in self._leaves.get(name, ()):
            match leaf:
                case RatioComparison():
                    found |= self._ratio_turns(leaf, name)
                case Between(low=low, high=high):
                    found |= {bound(name, low), bound(name, high)}
                case Membership(values=values):
                    found |= {bound(name, value) for value in values}
                case Comparison(value=BeforeAsOf() as before):
                    found.add(days_before(self.day, before))
                case Comparison(value=int() | str() as value):
                    found.add(bound(name, value))
        return found

    def _ratio_turns(self, leaf: RatioComparison, name: str) -> set[Value]:
        """Return where a ratio meets its bound, for every value that its other column may have."""
        ppm, other = bound_ppm(leaf), leaf.over if name == leaf.column else leaf.column
        values = {self._row.get(other), *self._domains.get(other, ())}
        whole = [value for value in values if isinstance(value, int)]
        if name == leaf.column:
            return {ppm * value // PPM for value in whole}
        return {0, *(value * PPM // ppm for value in whole if ppm != 0)}

    def _told(self, name: str) -> tuple[Value, ...]:
        """Return one value for each way in which the clauses can read a column that nobody knows yet."""
        unit, turning = column(name).unit, self._turning(name)
        if unit == "code":
            named = {value for value in turning if isinstance(value, str)} | set(_limit_codes(self._product, name))
            return (*sorted(named), ANOTHER_CODE)
        if unit in ("ratio", "log"):
            # Between two bounds of millionths there is nothing that a criterion could tell apart.
            steps = {float(value) + near / PPM for value in turning if isinstance(value, int | float) for near in NEAR}
            return tuple(
                sorted({0.0, *(float(value) for value in turning if not isinstance(value, str | None)), *steps})
            )
        if unit == "flag":
            return (0, 1)
        whole = {
            value + near for value in (*turning, *self._limit_turns(name)) if isinstance(value, int) for near in NEAR
        }
        return tuple(sorted({0, LARGE, *whole} if unit == "fen" else {0, *whole}))

    def _limit_turns(self, name: str) -> set[int]:
        """Return the amounts of a column from which a limit rule lends what is needed."""
        asked, product = self.base.get(AMOUNT), self._product
        needs = {product.amount_min_fen} | ({asked} if isinstance(asked, int) else set())
        shares: set[int] = set()
        for limit in product.limits:
            if isinstance(limit, ShareLimit) and limit.of == name:
                shares.add(limit.share_ppm)
            if isinstance(limit, SharesLimit) and limit.of == name:
                shares |= set(limit.shares_ppm.values())
        return {-(-need * PPM // share) for need in needs for share in shares}


def _is_void(act: Act, base: Row) -> bool:
    """Say that an act has nothing to change on that day: then it brings nothing beside, either."""
    for change in act.changes:
        now = base.get(change.column)
        match change:
            case Ask() | Tell():
                return False
            case Put(to=to) if now is not None and now != to:
                return False
            case Down(to=to) if isinstance(now, int) and now > to:
                return False
            case Up() if now is not None:
                return False
            case Recode(codes=codes) if isinstance(now, str) and now in codes:
                return False
    return True


def _then(act: Act) -> Demand:
    """Return what an act demands of the row it is part of: that it does not fail."""
    if act.then is None:
        raise ValueError(f"act {act.id} demands nothing")
    tell = compiled(act.then)
    return Demand(f"then:{act.id}", columns_of(act.then), lambda row, day: tell(row, day) is not False, ())


def _limit_codes(product: Product, name: str) -> tuple[str, ...]:
    found: list[str] = []
    for limit in product.limits:
        if isinstance(limit, CapsLimit) and limit.by == name:
            found += limit.caps_fen
        if isinstance(limit, SharesLimit) and limit.by == name:
            found += limit.shares_ppm
    return tuple(found)
