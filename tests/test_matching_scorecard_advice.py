"""Hints over a scorecard equal trying every combination of classes, and step nowhere that an act does not lead."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.acts import packaged_acts
from matching.counterfactual_question import Situation
from matching.errors import MatchingError
from matching.scorecard_advice import Option, cheapest_switches, feasible_options, hint_words, log_odds_of
from models.binning import Bins
from models.inputs import InputKind, ModelInput
from models.scorecard import Scorecard, Variable

RATINGS = ("A", "B", "M", "C", "D")


def _card(woes: list[list[float]], names: list[str] | None = None, intercept: float = -1.0) -> Scorecard:
    inputs = tuple(ModelInput(name) for name in names or [f"x{n}" for n in range(len(woes))])
    variables = []
    for place, woe in enumerate(woes):
        cells = len(woe) - 1
        bins = Bins(tuple(n + 0.5 for n in range(cells - 1)), (), (1,) * len(woe), (1,) * len(woe), tuple(woe))
        variables.append(Variable(place, bins, 1.0))
    return Scorecard(inputs, tuple(variables), intercept)


@st.composite
def _problems(
    draw: st.DrawFn,
) -> tuple[Scorecard, "np.ndarray[tuple[int], np.dtype[np.float64]]", dict[int, list[Option]]]:
    size = draw(st.integers(1, 4))
    figure = st.sampled_from([-2.0, -1.0, -0.5, 0.0, 0.25, 0.5, 1.0, 2.0])
    woes = [draw(st.lists(figure, min_size=3, max_size=5)) for _ in range(size)]
    row = np.array([float(draw(st.integers(0, len(woe) - 2))) for woe in woes])
    cost = st.sampled_from([0.0, 0.5, 1.0, 2.0, 4.0])
    options = {
        place: [Option(cell, draw(cost)) for cell in draw(st.sets(st.integers(0, len(woe) - 2), max_size=4))]
        for place, woe in enumerate(woes)
    }
    return _card(woes), row, options


@settings(max_examples=120)
@given(_problems(), st.sampled_from([-3.0, -1.5, -1.0, -0.25, 0.0]), st.none() | st.integers(1, 3))
def test_the_cheapest_hint_is_that_of_trying_everything(
    problem: tuple[Scorecard, "np.ndarray[tuple[int], np.dtype[np.float64]]", dict[int, list[Option]]],
    most: float,
    switches: int | None,
) -> None:
    card, row, options = problem
    tables = [[-woe for woe in variable.bins.woe] for variable in card.variables]
    costs = []
    for chosen in product(*([None, *options[place]] for place in range(len(tables)))):
        made = [(place, one) for place, one in enumerate(chosen) if one is not None and one.cell != int(row[place])]
        cells = {place: one.cell for place, one in made}
        total = card.intercept + sum(table[cells.get(place, int(row[place]))] for place, table in enumerate(tables))
        if total <= most and (switches is None or len(made) <= switches):
            costs.append(sum(one.cost for _, one in made))
    hint = cheapest_switches(card, row, most, options, most_switches=switches)
    assert (None if hint is None else hint.cost) == (min(costs) if costs else None)
    if hint is not None:
        moved = row.copy()
        for switch in hint.switches:
            moved[switch.variable] = float(switch.option.cell)
        # The scorecard itself, over the changed row, comes under the cut-off.
        assert card.log_odds(moved[np.newaxis])[0] == pytest.approx(hint.log_odds)
        assert hint.log_odds <= most


def test_steps_stay_within_what_acts_can_do() -> None:
    names = ["unfiled_returns_24m", "sales_12m_fen", "max_days_past_due_24m", "tax_rating"]
    woes = [[2.0, 0.0, -2.0, 0.0], [-3.0, 3.0, 0.0], [2.0, -2.0, 0.0], [2.0, 1.0, 0.5, -1.0, -2.0, 0.0]]
    card = _card(woes, names)
    inputs = (*card.inputs[:3], ModelInput("tax_rating", -1, InputKind.ordinal, RATINGS))
    card = Scorecard(inputs, card.variables, card.intercept)
    situation = Situation(
        {"unfiled_returns_24m": 3, "sales_12m_fen": 0, "max_days_past_due_24m": 40, "tax_rating": "C"}, 20_000
    )
    options = feasible_options(card, situation, packaged_acts())
    # Sales are never advised on, and what a loan was late cannot be undone.
    assert set(options) == {0, 3}
    assert {(one.cell, one.value, one.act) for one in options[0]} == {(0, 0, "file_returns"), (1, 1, "file_returns")}
    assert {one.value for one in options[3]} == {"B"}
    encoded = np.array([3.0, 0.0, 40.0, 3.0])
    hint = cheapest_switches(card, encoded, log_odds_of(0.96), options)
    assert hint is not None
    assert [switch.option.act for switch in hint.switches] == ["file_returns"]
    words = hint_words(card, hint, situation, 0.99)
    assert all("往往" in one.zh for one in words)
    assert "不是获批承诺" in words[-1].zh


def test_what_is_under_the_cut_off_costs_nothing_and_what_cannot_get_there_has_no_hint() -> None:
    card = _card([[1.0, -1.0, 0.0]], intercept=0.0)
    assert cheapest_switches(card, np.array([0.0]), 0.0, {}) == cheapest_switches(card, np.array([0.0]), -1.0, {})
    assert cheapest_switches(card, np.array([1.0]), 0.0, {}) is None
    with pytest.raises(MatchingError, match="between 0 and 1"):
        log_odds_of(1.0)
