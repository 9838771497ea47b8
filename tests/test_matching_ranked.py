"""The learned order: it orders what fits, by side, and changes nothing else."""

import json
import random
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matching_worlds import Row, clause, product, profiles, rows
from ranked_worlds import LinearRanker, counted, linear, nothing_known, ordering

from matching.compile import YES
from matching.eligibility import Request, evaluate
from matching.frame import Floats
from matching.lists import MatchLists, Settings, enterprises_for, products_for
from matching.pair_table import Fitting, feature_table, ranker_inputs
from matching.product import Product
from matching.rank import score
from matching.ranked import Order, Ordering
from matching.render import as_json, as_log

KEY = Settings(tie_key=b"request and release")
SALES = [clause("sales", "sales_12m_fen", "at_least", 100)]
SHARE = {"rule": "share", "of": "sales_12m_fen", "share": "5"}
PRODUCTS = (
    product(id="p-sales", criteria=SALES, limits=[SHARE], amount_min_yuan=1),
    product(id="p-cheap", criteria=SALES, annual_rate="0.03"),
    product(id="p-void", criteria=[clause("void", "sales_void_ratio_12m", "at_most", "0.1")], annual_rate="0.05"),
    product(id="p-kind", criteria=[clause("kind", "kind", "equals", "company")], guarantee="mortgage"),
    product(id="p-twin", criteria=[clause("kind", "kind", "equals", "company")], guarantee="mortgage"),
)
REQUESTS = st.builds(Request, st.sampled_from([None, 50_000_00, 700_000_00]), st.sampled_from([None, 1, 12]))
FIRMS = st.lists(rows(), min_size=1, max_size=8)
ONE = st.sampled_from(PRODUCTS)
SEEN = counted(PRODUCTS[:2], 60)
WEIGHTS = {"annual_rate_ppm": -1e-5, "sales_12m_fen": 1e-8, "buyers_12m": 0.3, "criteria_room_ratio": 1.0}
MARKS = st.lists(st.floats(-700, 700), min_size=40, max_size=40)


class Whim(LinearRanker):
    """Scores that follow from nothing; it would put anything anywhere."""

    marks: list[float]

    def order_score(self, features: pd.DataFrame) -> Floats:
        return np.array(self.marks[: len(features)])

    def chance_score(self, features: pd.DataFrame) -> Floats:
        return np.array([1 / (1 + np.exp(-mark)) for mark in self.marks[: len(features)]])


def whim(table: Any, marks: list[float]) -> Ordering:  # noqa: ANN401 (a table of Arrow)
    found = Whim(ranker_inputs(table.column_names), {})
    found.marks = marks
    return Ordering(found, nothing_known())


def verdicts(lists: MatchLists) -> dict[str, set[str]]:
    names = ("fits", "may_fit", "does_not_fit")
    return {name: {row.id for row in getattr(lists, name)} for name in names}


@given(firms=FIRMS, one=ONE, request=REQUESTS, marks=MARKS)
def test_no_order_moves_a_pair_from_one_list_to_another(
    firms: list[Row], one: Product, request: Request, marks: list[float]
) -> None:
    table = profiles(firms)
    wild = whim(table, marks)
    plain = enterprises_for(table, one, None, request, KEY)
    moved = enterprises_for(table, one, None, request, KEY, ordering=wild)
    assert verdicts(moved) == verdicts(plain)
    assert (moved.counts, moved.first_failing_counts) == (plain.counts, plain.first_failing_counts)
    eligible = np.flatnonzero(evaluate(one, table, request).verdict == YES)
    assert {row.id for row in moved.fits} == {f"test:{row}" for row in eligible}
    firm = table.slice(0, 1)
    mine = products_for(firm, PRODUCTS, None, request, KEY, ordering=wild)
    assert verdicts(mine) == verdicts(products_for(firm, PRODUCTS, None, request, KEY))


@given(firms=FIRMS, one=ONE, request=REQUESTS)
def test_what_may_fit_or_does_not_stays_as_the_transparent_score_has_it(
    firms: list[Row], one: Product, request: Request
) -> None:
    table = profiles(firms)
    plain = enterprises_for(table, one, None, request, KEY)
    learned = enterprises_for(table, one, None, request, KEY, ordering=ordering(table, WEIGHTS))
    assert (learned.may_fit, learned.does_not_fit) == (plain.may_fit, plain.does_not_fit)
    assert {row.id: row.transparent_ppm for row in learned.fits} == {row.id: row.score_ppm for row in plain.fits}
    assert (plain.order, learned.order) == (Order.transparent_score, Order.ranker)


@given(firms=FIRMS, one=ONE, request=REQUESTS, seed=st.integers(0, 99))
def test_the_order_of_the_input_changes_nothing(firms: list[Row], one: Product, request: Request, seed: int) -> None:
    table = profiles(firms)
    learned = ordering(table, WEIGHTS, SEEN)
    shuffled = random.Random(seed).sample(range(len(firms)), len(firms))  # noqa: S311 (no secret)
    turned = random.Random(seed).sample(PRODUCTS, len(PRODUCTS))  # noqa: S311 (no secret)
    assert enterprises_for(table.take(shuffled), one, None, request, KEY, ordering=learned) == enterprises_for(
        table, one, None, request, KEY, ordering=learned
    )
    firm = table.slice(0, 1)
    assert products_for(firm, turned, None, request, KEY, ordering=learned) == products_for(
        firm, PRODUCTS, None, request, KEY, ordering=learned
    )


@given(firms=FIRMS, one=ONE, request=REQUESTS)
def test_a_pair_scores_the_same_alone_and_among_others(firms: list[Row], one: Product, request: Request) -> None:
    table = profiles(firms)
    learned = ordering(table, WEIGHTS, SEEN)
    all_of_them = {row.id: row for row in enterprises_for(table, one, None, request, KEY, ordering=learned).fits}
    alone = enterprises_for(table.slice(0, 1), one, None, request, KEY, ordering=learned).fits
    assert [all_of_them.get("test:0")] == (list(alone) or [None])


def test_a_firm_reads_the_order_within_its_request_and_a_bank_chances() -> None:
    table = profiles([{"sales_12m_fen": 300_000_00, "buyers_12m": 4}])
    learned = ordering(table, {"annual_rate_ppm": -1e-5, "buyers_12m": 0.25})
    mine = products_for(table, PRODUCTS[:2], None, Request(), KEY, ordering=learned)
    # 4 buyers give 1; 3 % takes .3 off and 6 % takes .6: 1 ÷ (1 + e^−.7) and 1 ÷ (1 + e^−.4).
    assert [(row.id, row.score_ppm) for row in mine.fits] == [("p-cheap", 668_188), ("p-sales", 598_688)]
    theirs = enterprises_for(table, PRODUCTS[1], None, Request(), KEY, ordering=learned)
    assert [(row.id, row.score_ppm) for row in theirs.fits] == [("test:0", 668_188)]
    assert isinstance(learned.ranker, LinearRanker)
    assert all("enterprise" not in seen.columns for seen in learned.ranker.seen)


def test_raw_scores_beyond_the_doubles_are_none_and_all() -> None:
    table = profiles([{"sales_12m_fen": 300_000_00}])
    found = products_for(table, PRODUCTS[:2], None, Request(), KEY, ordering=whim(table, [-2000.0, 2000.0]))
    assert [(row.id, row.score_ppm) for row in found.fits] == [("p-cheap", 1_000_000), ("p-sales", 0)]


def test_equal_scores_stand_in_the_order_the_key_gives() -> None:
    table = profiles([{"kind": "company", "buyers_12m": 2}] * 12)
    learned = ordering(table, {"buyers_12m": 0.1})
    orders = {
        tuple(row.id for row in enterprises_for(table, PRODUCTS[3], None, Request(), how, ordering=learned).fits)
        for how in (Settings(tie_key=bytes([key])) for key in range(5))
    }
    assert len(orders) == 5


def test_top_cuts_after_the_order_and_tells_the_same() -> None:
    table = profiles([{"kind": "company", "buyers_12m": place} for place in range(9)])
    learned = ordering(table, {"buyers_12m": 0.1}, granted=0.4)
    whole = enterprises_for(table, PRODUCTS[3], None, Request(), KEY, ordering=learned)
    cut = enterprises_for(table, PRODUCTS[3], None, Request(), Settings(tie_key=KEY.tie_key, top=3), ordering=learned)
    assert (cut.fits, cut.counts) == (whole.fits[:3], whole.counts)
    assert cut.candidates_digest == whole.candidates_digest
    assert [row.id for row in cut.fits] == ["test:8", "test:7", "test:6"]


def test_the_digest_holds_the_score_that_orders() -> None:
    table = profiles([{"kind": "company", "buyers_12m": 3}])
    digests = {
        enterprises_for(table, PRODUCTS[3], None, Request(), KEY, ordering=learned).candidates_digest
        for learned in (None, ordering(table, {"buyers_12m": 0.1}), ordering(table, {"buyers_12m": 0.2}))
    }
    assert len(digests) == 3


def test_the_ranker_reads_the_one_table_that_it_was_fitted_on() -> None:
    table = profiles([{"sales_12m_fen": 300_000_00, "buyers_12m": 4}])
    request, affinity = Request(50_000_00, 12), counted(PRODUCTS[:2], 60)
    ranker = linear(table, WEIGHTS)
    products_for(table, PRODUCTS[:2], 0.9, request, KEY, ordering=Ordering(ranker, affinity))
    fittings = []
    for one in PRODUCTS[:2]:
        eligibility = evaluate(one, table, request)
        fittings.append(Fitting(eligibility, score(eligibility, np.array([np.nan])), np.array([0])))
    expected = feature_table(fittings, affinity)
    names = [item.name for item in ranker.inputs]
    pd.testing.assert_frame_equal(ranker.seen[0][names], expected[names])


def test_what_was_granted_of_applications_stands_beside_what_fits_alone() -> None:
    table = profiles([{"sales_12m_fen": 300_000_00}, {}])
    told = enterprises_for(
        table, PRODUCTS[1], None, Request(), KEY, ordering=ordering(table, WEIGHTS, granted=0.3124567)
    )
    assert [row.granted_of_applied_ppm for row in told.fits + told.may_fit] == [312_457, None]
    silent = enterprises_for(table, PRODUCTS[1], None, Request(), KEY, ordering=ordering(table, WEIGHTS))
    assert silent.fits[0].granted_of_applied_ppm is None
    data = as_json(told)
    assert json.loads(json.dumps(data)) == data
    assert (data["order"], data["fits"][0]["granted_of_applied_ppm"]) == ("ranker", 312_457)
    assert data["fits"][0]["transparent_score"] == told.fits[0].transparent_ppm / 1_000_000
    assert as_log(told)["fits"][0]["granted_of_applied_ppm"] == 312_457
    assert "granted_of_applied_ppm" not in as_log(silent)["fits"][0]


@given(firms=FIRMS, one=ONE, request=REQUESTS)
def test_a_log_of_a_learned_order_holds_integers_and_strings_only(
    firms: list[Row], one: Product, request: Request
) -> None:
    table = profiles(firms)
    logged = as_log(enterprises_for(table, one, None, request, KEY, ordering=ordering(table, WEIGHTS, granted=0.2)))
    assert {type(leaf) for leaf in _leaves(logged)} <= {int, str}


@pytest.mark.parametrize("empty", [True, False])
def test_nothing_that_fits_is_an_answer(empty: bool) -> None:  # noqa: FBT001 (a case)
    table = profiles([] if empty else [{"sales_12m_fen": 1}])
    found = enterprises_for(table, PRODUCTS[0], None, Request(), KEY, ordering=ordering(profiles([{}]), WEIGHTS))
    assert (found.fits, found.order) == ((), Order.ranker)
    assert products_for(profiles([{}]), [], None, Request(), KEY, ordering=ordering(table, WEIGHTS)).fits == ()


def _leaves(data: Any) -> list[Any]:  # noqa: ANN401 (whatever JSON holds)
    if isinstance(data, dict):
        return [leaf for key, value in data.items() for leaf in [key, *_leaves(value)]]
    if isinstance(data, list):
        return [leaf for value in data for leaf in _leaves(value)]
    return [data]
