"""What tends to bring a firm's chance of default under a cut-off: the cheapest feasible changes of class, exactly.

The scorecard adds a figure per class of each input, so this is a multiple-choice knapsack: one class per input, least
cost, and together at most the log-odds of the cut-off. It is solved by keeping, input by input, only the states that no
other beats in both cost and log-odds (the lexicographically first of equal ones); nothing else can be part of the best.

Only inputs are changed that an act of the firm's own or an authority's moves, only to values within the act's range
that the input can hold; an act that moves two inputs is counted for each. A scorecard describes firms, not causes:
whoever files late pays late *more often*. So words say that a change tends to help (往往), never that it will, and no
product is promised for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, log
from typing import Final

import numpy as np

from matching.acts import Act, Acts, Down, Outcome, Put, Recode, Up
from matching.counterfactual_clauses import Value
from matching.counterfactual_question import Situation
from matching.counterfactual_words import worded
from matching.errors import MatchingError
from matching.labels import Words
from matching.sentence import percent
from matching.vocabulary import column
from models.inputs import InputKind, ModelInput
from models.metrics import Floats
from models.scorecard import Scorecard, Variable

PPM: Final = 1_000_000
LASTING: Final = frozenset({Outcome.sure, Outcome.granted})


@dataclass(frozen=True, slots=True)
class Option:
    """A class that an input can be brought into, what that costs, and for advice the value and the act behind it."""

    cell: int
    cost: float
    value: Value = None
    act: str = ""


@dataclass(frozen=True, slots=True)
class Switch:
    """One input that changes class: its place among the scorecard's variables and the option taken."""

    variable: int
    option: Option


@dataclass(frozen=True, slots=True)
class Hint:
    """The cheapest switches that bring the chance of default under the cut-off, and the log-odds they come to."""

    cost: float
    switches: tuple[Switch, ...]
    log_odds: float

    @property
    def pd_12m(self) -> float:
        """The chance of default that the scorecard gives once the switches are made."""
        return 1.0 / (1.0 + float(np.exp(-self.log_odds)))


@dataclass(frozen=True, slots=True)
class _State:
    cost: float
    log_odds: float
    switches: tuple[tuple[int, int], ...]  # variable and place among its options


def log_odds_of(pd_12m: float) -> float:
    """Return ln(p ÷ (1 − p)); MatchingError unless 0 < p < 1."""
    if not 0.0 < pd_12m < 1.0:
        raise MatchingError(f"a cut-off lies between 0 and 1, not at {pd_12m}")
    return log(pd_12m / (1.0 - pd_12m))


def cheapest_switches(
    card: Scorecard,
    row: Floats,
    most: float,
    options: Mapping[int, Sequence[Option]],
    *,
    most_switches: int | None = None,
) -> Hint | None:
    """Return the cheapest switches with which the row's log-odds of bad are at most `most`; None where none are.

    `row` is one encoded row; `options` gives by variable (its place in `card.variables`) what it can be brought into.
    Of equal costs the lower log-odds win, then the earlier variables and options. At most `most_switches` are made.
    """
    figures = [_figures(variable, row) for variable in card.variables]
    now = card.intercept + sum(table[cell] for table, cell in figures)
    states = [_State(0.0, now, ())]
    # What the variables still to come can take off at best: a state that cannot get there any more is dropped.
    falls = [
        min([0.0, *(table[one.cell] - table[cell] for one in options.get(place, ()))])
        for place, (table, cell) in enumerate(figures)
    ]
    rest = float(sum(falls))
    for place, (table, cell) in enumerate(figures):
        rest -= falls[place]
        reached = [
            *states,
            *(
                _State(
                    state.cost + one.cost,
                    state.log_odds + (table[one.cell] - table[cell]),
                    (*state.switches, (place, number)),
                )
                for number, one in enumerate(options.get(place, ()))
                for state in states
                if one.cell != cell and (most_switches is None or len(state.switches) < most_switches)
            ),
        ]
        states = _undominated([state for state in reached if state.log_odds + rest <= most + 1e-12], most_switches)
    fitting = [state for state in states if state.log_odds <= most]
    if not fitting:
        return None
    best = min(fitting, key=lambda state: (state.cost, state.log_odds, state.switches))
    switches = tuple(Switch(place, options[place][number]) for place, number in best.switches)
    return Hint(best.cost, switches, best.log_odds)


def feasible_options(card: Scorecard, situation: Situation, acts: Acts) -> dict[int, tuple[Option, ...]]:
    """Return by variable the classes that lasting acts can bring a firm into, each at the effort of its act.

    Of the values that lead into a class the one nearest to today's is given; values are whole, and codes those an act
    names. A class without such a value is no option.
    """
    found: dict[int, tuple[Option, ...]] = {}
    for place, variable in enumerate(card.variables):
        item = card.inputs[variable.position]
        now = situation.row.get(item.name)
        best: dict[int, Option] = {}
        today = _cell(variable, item, now)
        for act in acts.acts:
            if act.outcome not in LASTING or act.starts == "given" or item.name not in act.columns:
                continue
            for value in _values(act, item.name, now, variable):
                cell = _cell(variable, item, value)
                kept = best.get(cell)
                if cell != today and (kept is None or act.effort < kept.cost):
                    best[cell] = Option(cell, float(act.effort), value, act.id)
        if best:
            found[place] = tuple(best[cell] for cell in sorted(best))
    return found


def hint_words(card: Scorecard, hint: Hint, situation: Situation, pd_now: float) -> tuple[Words, ...]:
    """Word a hint: each change, and that firms like this tend to be safer; never that anything is granted for it."""
    found = []
    for switch in hint.switches:
        name = card.inputs[card.variables[switch.variable].position].name
        of, was, now = column(name), worded(name, situation.row.get(name)), worded(name, switch.option.value)
        found.append(
            Words(
                f"{of.zh}为{now.zh}（现为{was.zh}）的企业，违约风险往往较低",
                f"firms with {of.en} {now.en} (now {was.en}) tend to default less",
            )
        )
    before, after = percent(round(pd_now * PPM), 1), percent(round(hint.pd_12m * PPM), 1)
    whole = Words(
        f"合计：按评分卡估计的违约概率往往由{before}降至{after}左右，这是统计规律，不是获批承诺",
        f"Together the chance of default tends to fall from {before} to about {after}; no grant is promised",
    )
    return (*found, whole)


def _figures(variable: Variable, row: Floats) -> tuple[list[float], int]:
    """Return what each class of a variable adds to the log-odds of bad, and the class of the row."""
    table = [-variable.coefficient * woe for woe in variable.bins.woe]
    return table, int(variable.bins.classes(row[variable.position : variable.position + 1])[0])


def _undominated(states: list[_State], most_switches: int | None) -> list[_State]:
    """Keep the states that no other beats: with a limit on switches also in how many it has made."""
    states.sort(key=lambda state: (state.cost, state.log_odds, state.switches))
    kept: list[_State] = []
    if most_switches is None:
        lowest = inf
        for state in states:
            if state.log_odds < lowest:
                kept.append(state)
                lowest = state.log_odds
        return kept
    lowest_by = [inf] * (most_switches + 1)
    for state in states:
        made = len(state.switches)
        if state.log_odds < min(lowest_by[: made + 1]):
            kept.append(state)
            lowest_by[made] = state.log_odds
    return kept


def _cell(variable: Variable, item: ModelInput, value: Value) -> int:
    encoded = np.nan
    if item.kind is not InputKind.number:
        encoded = float(item.levels.index(str(value))) if value in item.levels else np.nan
    elif isinstance(value, int | float):
        encoded = float(value)
    return int(variable.bins.classes(np.array([encoded]))[0])


def _values(act: Act, name: str, now: Value, variable: Variable) -> tuple[Value, ...]:
    """Return the values an act can bring a column to, the nearest to today's first: one each side of every cut."""
    for change in act.changes:
        if change.column != name or now is None:
            continue
        match change:
            case Put(to=to):
                return (to,)
            case Recode(codes=codes):
                return tuple(codes.get(str(now), ()))
            case Down(to=low) if isinstance(now, int):
                return _whole(now, low, now, variable)
            case Up(most=most) if isinstance(now, int):
                return _whole(now, now, now + most, variable)
    return ()


def _whole(now: int, low: int, high: int, variable: Variable) -> tuple[Value, ...]:
    near = {int(np.floor(cut)) + step for cut in variable.bins.splits for step in (-1, 0, 1)} | {low, high}
    return tuple(sorted((value for value in near if low <= value <= high), key=lambda value: (abs(value - now), value)))
