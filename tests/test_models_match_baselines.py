"""The baselines of a match study: by hand, beside a slow oracle, and chosen without a look at what comes later."""

import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from study_worlds import CONFIG, invented, invented_rows, truth_of

from models.baseline_als import fit_als
from models.baseline_counts import (
    BackOff,
    CountedFit,
    Fading,
    NaiveBayes,
    Popularity,
    Scorer,
    best_of,
    level_keys,
    match_by,
    scored_in_full,
)
from models.baseline_trees import fit_plain_trees
from models.errors import LibraryAbsentError, StudyError
from models.match_baselines import Choice, choose_back_off, choose_columns, held_out, naive_bayes
from models.study_metrics import MatchMeasure, figures, in_tail, match_values, true_ranks
from models.study_table import StudyRows, rows_of

NO_FADING = Fading(None)

# Two states; town "x" is in both. Lenders a, b, c.
HAND = pd.DataFrame(
    {
        "id": list("123456"),
        "lender": ["a", "a", "b", "b", "c", None],
        "day": pd.to_datetime(["2024-01-01", "2024-01-11", "2024-01-11", "2024-01-11", "2024-01-11", "2024-01-12"]),
        "split": ["train"] * 6,
        "state": ["s", "s", "s", "t", "t", "t"],
        "town": ["x", "x", "y", "x", None, "x"],
        "sector": ["1"] * 6,
        "amount": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
        "form": ["f", "g", "g", None, "f", "f"],
    }
)


def by_hand() -> tuple[StudyRows, CountedFit]:
    rows = rows_of(HAND, CONFIG, is_history=True)
    return rows, CountedFit.of(rows)


def test_rows_without_an_option_are_left_out() -> None:
    _, fit = by_hand()
    assert fit.options == ("a", "b", "c")
    assert fit.sizes.tolist() == [2, 2, 1]
    with pytest.raises(StudyError, match="no row of the fit"):
        CountedFit.of(rows_of(HAND.assign(lender=None), CONFIG, is_history=True))


def test_popularity_by_hand() -> None:
    rows, fit = by_hand()
    overall = fit.popularity(NO_FADING).scores(rows)[0]
    assert overall == pytest.approx(np.array([2 + 0.4, 2 + 0.4, 1 + 0.2]) / 6)
    by_state = fit.popularity(NO_FADING, ("state",)).scores(rows)
    assert by_state[0] == pytest.approx([2 / 3, 1 / 3, 0], abs=1e-9)
    assert by_state[0, 2] > 0  # what nobody took there still has an order


def test_a_row_weighs_half_after_a_half_life() -> None:
    rows, _ = by_hand()
    assert Fading(10.0).weights(rows) == pytest.approx(2.0 ** -np.array([1.2, 0.2, 0.2, 0.2, 0.2, 0.1]))


def test_back_off_by_hand() -> None:
    rows, fit = by_hand()
    one = fit.back_off(("state", "town"), NO_FADING, prior_count=2.0)
    overall = np.array([2.4, 2.4, 1.2]) / 6
    state = (np.array([2, 1, 0]) + 2 * overall) / 5
    town = (np.array([2, 0, 0]) + 2 * state) / 4
    assert one.scores(rows)[0] == pytest.approx(town)


def test_an_unseen_place_gets_the_coarser_share_and_a_missing_one_its_own() -> None:
    _, fit = by_hand()
    one = fit.back_off(("state", "town"), NO_FADING, prior_count=2.0)
    asked = rows_of(HAND.assign(town=["new", None, "y", "x", None, "x"]), CONFIG, is_history=False)
    scores, state = one.scores(asked), fit.back_off(("state",), NO_FADING, 2.0).scores(asked)
    assert scores[0] == pytest.approx(state[0])
    assert scores[1] == pytest.approx(state[1])  # no missing town in state s
    assert scores[4] == pytest.approx((np.array([0, 0, 1]) + 2 * state[4]) / 3)


def test_naive_bayes_by_hand() -> None:
    rows, fit = by_hand()
    base = fit.back_off(("state",), NO_FADING, 2.0)
    one = NaiveBayes(base, (fit.ratios("form", NO_FADING, support=1.0),))
    share = base.scores(rows)[0]
    seen = 2 / 5  # of five rows two are f; a has 1 of 2, b 0 of 2, c 1 of 1
    factor = np.array([(1 + seen) / 3, (0 + seen) / 3, (1 + seen) / 2]) / seen
    expected = share * factor
    assert one.scores(rows)[0] == pytest.approx(expected / expected.sum(), rel=1e-6)


def scorers() -> tuple[StudyRows, CountedFit, list[Scorer]]:
    rows = invented_rows(600)
    fit = CountedFit.of(rows.take(rows.in_splits(("train",))))
    choice = Choice(20.0, 3.0, 10.0, ("form", "amount", "sector"))
    found: list[Scorer] = [
        fit.popularity(NO_FADING),
        fit.popularity(NO_FADING, ("state", "town")),
        fit.back_off(CONFIG.columns.place, Fading(20.0), 3.0),
        naive_bayes(fit, CONFIG.columns.place, choice),
    ]
    return rows.take(rows.in_splits(("test",))), fit, found


def slow_share(table: pd.DataFrame, one: pd.Series, option: str, prior: float) -> float:
    """Return the back-off's share, row by row, from a plain table with a column of weights."""
    shares = table.groupby("lender").weight.sum() + table.groupby("lender").size() / len(table)
    share = shares[option] / shares.sum()
    for names in (("state",), ("state", "town")):
        alike = table[np.logical_and.reduce([table[name] == one[name] for name in names])]
        count = alike.weight[alike.lender == option].sum()
        share = (count + prior * share) / (alike.weight.sum() + prior)
    return float(share)


def test_the_back_off_agrees_with_a_slow_oracle() -> None:
    table = invented(300, seed=3)
    rows = rows_of(table, CONFIG, is_history=True)
    fit = CountedFit.of(rows)
    age = (table.day.max() - table.day).dt.days + 1
    slow = table.assign(weight=2.0 ** (-age / 15))
    scores = fit.back_off(CONFIG.columns.place, Fading(15.0), 4.0).scores(rows.take(np.arange(5)))
    for place in range(5):
        expected = [slow_share(slow, table.iloc[place], option, 4.0) for option in fit.options]
        assert scores[place] == pytest.approx(expected)


def test_shares_sum_to_one_and_a_row_is_scored_alone() -> None:
    asked, _, found = scorers()
    for scorer in found:
        scores = scorer.scores(asked)
        if not isinstance(scorer, Popularity):
            assert scores.sum(axis=1) == pytest.approx(np.ones(len(asked)), rel=1e-5)
        turned = np.arange(len(asked))[::-1]
        assert np.array_equal(scorer.scores(asked.take(turned)), scores[turned])
        assert np.array_equal(scorer.scores(asked.take(np.array([4]))), scores[[4]])


def test_the_order_of_the_fit_changes_no_order_of_options() -> None:
    asked, fit, _ = scorers()
    mixed = CountedFit.of(fit.rows.take(np.random.default_rng(1).permutation(len(fit.rows))))
    one, other = (each.back_off(CONFIG.columns.place, NO_FADING, 3.0) for each in (fit, mixed))
    assert np.array_equal(one.scores(asked), other.scores(asked))


def test_ties_go_to_the_larger_option_then_to_the_earlier() -> None:
    options, scores = best_of(np.array([[0.5, 0.9, 0.5, 0.5]]), np.array([1, 1, 3, 1]), top=3)
    assert options.tolist() == [[1, 2, 0]]
    assert scores.tolist() == [[0.9, 0.5, 0.5]]


def test_a_place_counted_in_full_is_the_place_in_the_list() -> None:
    asked, fit, found = scorers()
    truth = truth_of(asked, fit.options)
    for scorer in found:
        ranks, columns, firsts = scored_in_full(scorer, asked, truth, np.array([2, 5]), top=8)
        assert ranks.tolist() == true_ranks(match_by(scorer, asked, 8), truth).tolist()
        assert np.array_equal(columns, scorer.scores(asked)[:, [2, 5]])
        assert firsts.option.tolist() == match_by(scorer, asked, 10).option.tolist()


def test_the_held_out_rows_are_the_newest_and_nothing_of_their_days_is_counted() -> None:
    rows = invented_rows(800)
    parts = held_out(CountedFit.of(rows), seed=1, judged=20)
    assert len(parts.rows) == 20
    assert parts.before.rows.day is not None
    assert parts.rows.day is not None
    assert parts.before.rows.day.max() < parts.rows.day.min()
    undated = held_out(CountedFit.of(replace(rows, day=None)), seed=1)
    assert 0 < len(undated.rows) < 100


def test_what_is_chosen_does_better_than_what_is_not() -> None:
    rows = invented_rows(3000)
    fit = CountedFit.of(rows.take(rows.in_splits(("train",))))
    parts = held_out(fit, seed=1)
    base = choose_back_off(parts, CONFIG.columns.place, (5.0, 30.0, None))
    assert base.half_life_days is not None  # lenders changed at day 60
    chosen = choose_columns(parts, CONFIG, base)
    assert "form" in chosen.columns
    asked = rows.take(rows.in_splits(("test",)))
    truth = truth_of(asked, fit.options)
    reached = [
        mrr(scorer, asked, truth)
        for scorer in (
            fit.popularity(NO_FADING),
            fit.back_off(CONFIG.columns.place, Fading(base.half_life_days), base.prior_count),
            naive_bayes(fit, CONFIG.columns.place, chosen),
        )
    ]
    assert reached[0] + 0.1 < reached[1] < reached[2] - 0.05


def test_plain_trees_and_factors_rank_and_repeat() -> None:
    rows = invented_rows(1500)
    fit = CountedFit.of(rows.take(rows.in_splits(("train",))))
    asked = rows.take(rows.in_splits(("test",)))
    truth = truth_of(asked, fit.options)
    plain = fit.popularity(NO_FADING)
    choice = Choice(20.0, 3.0, 10.0, ("form",))
    trees = [fit_plain_trees(fit, CONFIG, choice, seed=1) for _ in range(2)]
    assert trees[0].booster.text == trees[1].booster.text
    assert mrr(trees[0], asked, truth) > mrr(plain, asked, truth)
    parts = held_out(fit, seed=1)
    factors = [fit_als(fit, parts, CONFIG.columns.place, seed=1)[0] for _ in range(2)]
    assert factors[0].places.tobytes() == factors[1].places.tobytes()
    assert mrr(factors[0], asked, truth) > 1 / len(fit.options)
    for scorer in (trees[0], factors[0]):
        assert np.array_equal(scorer.scores(asked)[:3], scorer.scores(asked.take(np.arange(3))))


def test_the_absence_of_the_library_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    fit = CountedFit.of(invented_rows(300))
    monkeypatch.setitem(sys.modules, "implicit.als", None)
    with pytest.raises(LibraryAbsentError, match=r"rongqiao\[study\]"):
        fit_als(fit, held_out(fit, seed=1), CONFIG.columns.place, seed=1)


def test_each_level_is_keyed_by_the_first_and_itself() -> None:
    assert level_keys(("state", "zip3", "city")) == (("state",), ("state", "zip3"), ("state", "city"))


def mrr(scorer: Scorer, asked: StudyRows, truth: np.ndarray) -> float:
    ranks, _, _ = scored_in_full(scorer, asked, truth, np.array([0]), top=100)
    return figures(match_values(ranks, in_tail(truth, scorer.sizes)))[MatchMeasure.mrr].estimate


def test_a_back_off_is_what_it_says() -> None:
    _, fit, found = scorers()
    assert isinstance(found[2], BackOff)
    assert list(found[3].options) == list(fit.options)
