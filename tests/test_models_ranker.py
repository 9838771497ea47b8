"""The ranker on lists whose reasons are known: it finds them, copies no place, and refuses what leaks."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from ranking_tables import INPUTS, LIST, table

from models.errors import NotEnoughOutcomesError, TrainingTableError
from models.inputs import ModelInput
from models.ranker import Choice, Ranker, Side, choose, fit_ranker
from models.ranking_boosting import Objective
from models.ranking_metrics import Measure, Queries, measure
from models.ranking_table import RankingTable

SEED = 3
CHOICE = Choice({Side.enterprise: Objective.lambdarank, Side.bank: Objective.choice}, {})


@cache
def train() -> RankingTable:
    return table(900, 1)


@cache
def ranker() -> Ranker:
    return fit_ranker(train(), INPUTS, CHOICE, SEED)


def ndcg(of: RankingTable, score: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> float:
    kept = of.is_random
    query = np.unique(of.query[kept], return_inverse=True)[1]
    queries = Queries(query, of.is_taken[kept], np.arange(int(kept.sum())))
    return float(measure(queries, score[kept], Measure.ndcg_at_10)[1].mean())


def test_both_sides_beat_each_column_alone() -> None:
    test = table(900, 2)
    single = max(
        ndcg(test, -test.features["annual_rate_ppm"].to_numpy()),
        ndcg(test, test.features["line_room_ratio"].to_numpy()),
    )
    assert ndcg(test, ranker().order_score(test.features)) > single + 0.02
    assert ndcg(test, ranker().chance_score(test.features)) > single + 0.02


def test_a_place_is_not_copied() -> None:
    """What stood early in the written lists (low `noise`) was taken more; the order does not follow it."""
    test = table(400, 4)
    ours = ndcg(test, ranker().order_score(test.features))
    assert np.corrcoef(ranker().order_score(test.features), -test.features["noise"])[0, 1] < 0.35
    assert ours > ndcg(test, -test.features["noise"].to_numpy()) + 0.05


@pytest.mark.parametrize("objective", Objective)
def test_a_dearer_product_never_scores_higher(objective: Objective) -> None:
    one = fit_ranker(train(), INPUTS, Choice(dict.fromkeys(Side, objective), {}), SEED)
    rows = table(50, 5).features
    dearer = rows.assign(annual_rate_ppm=rows["annual_rate_ppm"] + 5_000)
    assert (one.order_score(dearer) <= one.order_score(rows)).all()
    assert (one.chance_score(dearer) <= one.chance_score(rows)).all()


def test_the_order_of_rows_changes_no_byte() -> None:
    order = np.random.default_rng(6).permutation(len(train()))
    mixed = train()._at(order)  # noqa: SLF001 (the table itself has no other way to be shuffled)
    for objective, booster in fit_ranker(mixed, INPUTS, CHOICE, SEED).boosters.items():
        assert booster.text == ranker().boosters[objective].text


def test_contributions_add_up_to_the_score() -> None:
    rows = table(30, 7).features
    parts = ranker().contributions(rows, Side.enterprise)
    assert list(parts.table.columns) == list(ranker().features)
    assert parts.base + parts.table.sum(axis=1).to_numpy() == pytest.approx(ranker().order_score(rows), abs=1e-9)


def test_a_withheld_table_is_met() -> None:
    rows = table(40, 8).features
    bare = ranker().order_score(rows.drop(columns="sales_12m_fen"))
    assert np.isfinite(bare).all()
    assert (bare == ranker().order_score(rows.assign(sales_12m_fen=np.nan))).all()


def test_a_score_does_not_depend_on_the_rows_beside_it() -> None:
    rows = table(20, 9).features
    alone = np.concatenate([ranker().order_score(rows.iloc[[place]]) for place in range(len(rows))])
    assert (alone == ranker().order_score(rows)).all()
    assert len(ranker().order_score(rows.iloc[:0])) == 0


def test_the_objectives_are_chosen_on_the_validation_rows() -> None:
    choice = choose(train(), table(300, 10, first_day="2024-11-01", days=80), INPUTS, SEED)
    for side in Side:
        values = choice.validation[side]
        assert values[choice.objectives[side]] == max(values.values())
    assert Objective.lambdarank not in choice.validation[Side.bank]


def test_peers_are_distinct_firms_of_a_kind() -> None:
    deciles = ranker().peers["company"]["sales_12m_fen"]
    firms = train().features.iloc[::LIST]
    own = firms.loc[firms["kind"] == "company", "sales_12m_fen"]
    assert len(deciles) == 9
    assert sum(own <= deciles[4]) == pytest.approx(len(own) / 2, abs=1)


def test_few_firms_are_no_peers() -> None:
    few = fit_ranker(train(), INPUTS, CHOICE, SEED).peers
    assert set(few) == {"company", "cooperative"}
    small = train().where(np.isin(train().query, np.unique(train().query)[:300]))
    with_few = replace(
        small, features=small.features.assign(kind=np.where(np.arange(len(small)) < 40 * LIST, "farm", "company"))
    )
    assert fit_ranker(with_few, INPUTS, CHOICE, SEED).peers["farm"] == {}


def test_too_few_taken_are_refused() -> None:
    small = train().where(np.isin(train().query, np.unique(train().query)[:40]))
    with pytest.raises(NotEnoughOutcomesError, match="were granted and taken"):
        fit_ranker(small, INPUTS, CHOICE, SEED)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"newest_known": ("2030-01-01", "datetime64[s]")}, "became known after the day of the request"),
        ({"state": ("not_shown", "U9")}, "was not shown"),
        ({"state": ("granted", "U9")}, "an outcome that no shown pair can have"),
        ({"item": ("p0", "U2")}, "stands twice"),
        ({"position": (0, "int64")}, "stands at no place"),
    ],
)
def test_a_row_that_leaks_is_named(change: dict[str, tuple[object, str]], rule: str) -> None:
    one = train()
    for name, (value, kind) in change.items():
        column = getattr(one, name).astype(kind).copy()
        column[1] = np.array(value, dtype=kind)
        with pytest.raises(TrainingTableError, match=rf"row 2: product p\d of request R00000 .*{rule}"):
            replace(one, **{name: column})


def test_an_outcome_is_no_input() -> None:
    one = replace(train(), features=train().features.assign(is_granted=train().is_taken))
    with pytest.raises(TrainingTableError, match="is_granted is known only once"):
        fit_ranker(one, (*INPUTS, ModelInput("is_granted")), CHOICE, SEED)


def test_a_request_with_a_pending_pair_has_no_label() -> None:
    """Else the last weeks, in which only applications are known, would say that whatever is shown is taken."""
    recent = train().query == "R00007"
    state = np.where(recent & (train().is_taken == 0), "pending", train().state)
    kept = replace(train(), state=state).labelled()
    assert len(kept) == len(train()) - LIST
    assert "R00007" not in kept.query
