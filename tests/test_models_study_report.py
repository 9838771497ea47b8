"""The report of a match study: every figure of the same requests, tracks apart, the cost by the caller's clock."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from study_worlds import CONFIG, invented_rows, truth_of

from models.baseline_counts import CountedFit, Fading, Scorer, blocks, match_by
from models.errors import StudyError
from models.match_judged import TOP, Method
from models.ranked import Ranked
from models.study_metrics import AcquireMeasure, Figure, MatchMeasure, figures, in_tail, match_values, true_ranks
from models.study_report import MatchAsked, MatchReport, match_report
from models.study_table import StudyRows

PLACES = CONFIG.columns.place


class CountingModel:
    """A fitted ranker in form: a fading back-off as the whole, popularity as its counts alone."""

    def __init__(self, history: StudyRows) -> None:
        """Count the rows of the fit."""
        self._history = history
        self._fit = CountedFit.of(history)
        self._whole: Scorer = self._fit.back_off(PLACES, Fading(15.0), 3.0)
        self.asked: list[int] = []

    @property
    def options(self) -> Sequence[str]:
        return self._fit.options

    @property
    def sizes(self) -> np.ndarray:
        return self._fit.sizes

    def match(self, rows: StudyRows, top: int) -> Ranked:
        return match_by(self._whole, rows, top)

    def match_by_counts(self, rows: StudyRows, top: int) -> Ranked:
        return match_by(self._fit.popularity(Fading(None)), rows, top)

    def acquire(self, rows: StudyRows, min_customers: int, top: int, options: np.ndarray | None = None) -> Ranked:
        assert min_customers == 1
        assert options is not None
        self.asked = options.tolist()
        scores = np.concatenate([self._whole.scores(part) for _, part in blocks(rows)])[:, options]
        order = np.argsort(-scores, axis=0, kind="stable")[:top]
        return Ranked(
            order.T.ravel(), np.repeat(options, len(order)), np.take_along_axis(scores, order, axis=0).T.ravel()
        )

    def rolling(self, stream: StudyRows, rows: StudyRows, top: int) -> Ranked:
        assert len(stream) >= len(rows)
        return match_by(self._fit.popularity(Fading(None), ("state",)), rows, top)


def spoken(told: Mapping[str, Figure]) -> dict[str, Figure]:
    """Return the figures that say something."""
    return {name: figure for name, figure in told.items() if figure.count}


def ticking() -> Iterator[float]:
    now = 0.0
    while True:
        yield now
        now += 0.5


@pytest.fixture(scope="module")
def world() -> tuple[StudyRows, StudyRows]:
    """Return the rows of a fit and the rows after it."""
    rows = invented_rows(3500)
    return rows.take(rows.in_splits(("train",))), rows.take(rows.in_splits(("test",)))


def reported(history: StudyRows, queries: StudyRows, stream: StudyRows | None) -> MatchReport:
    clock = ticking()
    return match_report(MatchAsked(CountingModel(history), history, queries, stream), CONFIG, 1, lambda: next(clock))


@pytest.fixture(scope="module")
def report(world: tuple[StudyRows, StudyRows]) -> MatchReport:
    return reported(world[0], world[1], world[1])


def test_every_method_is_judged_once(report: MatchReport) -> None:
    assert [row.name for row in report.rows] == [
        "ranker",
        "ranker's counts alone",
        "popularity",
        "popularity by state",
        "popularity by town",
        "place back-off",
        "back-off x naive Bayes with half-life",
        "ALS (implicit)",
        "plain LightGBM LambdaRank",
    ]
    assert {one.against for one in report.differences if one.method == "ranker"} == {
        row.name for row in report.rows[1:]
    }


def test_the_figures_are_of_the_orders_themselves(report: MatchReport, world: tuple[StudyRows, StudyRows]) -> None:
    model = CountingModel(world[0])
    truth = truth_of(world[1], tuple(model.options))
    ranks = true_ranks(model.match(world[1], TOP), truth)
    own = figures(match_values(ranks, in_tail(truth, model.sizes)))
    assert spoken(report.rows[0].match) == spoken(own)
    assert report.rows[0].acquire[AcquireMeasure.average_precision].count == report.counts["judged_options"]
    assert report.counts["queries"] == len(world[1])
    assert report.largest_true == 1.0  # 30 options, so all are among the 50 largest
    assert report.rows[0].largest == 1.0


def test_only_options_with_enough_customers_are_judged(world: tuple[StudyRows, StudyRows]) -> None:
    few = world[1].take(np.arange(100))
    counts = np.bincount(truth_of(few, tuple(CountingModel(world[0]).options)))
    one = reported(world[0], few, None)
    assert one.counts["judged_options"] == (counts >= 20).sum() == 0
    assert all(row.acquire == {} for row in one.rows)
    assert not any("MAP" in line for line in one.lines())


def test_counts_of_the_ranker_and_popularity_are_one_here(report: MatchReport) -> None:
    counts, popularity = report.rows[1], report.rows[2]
    assert (counts.method, popularity.method) == (Method.counts, Method.popularity)
    assert spoken(counts.match) == spoken(popularity.match)
    against = [one.match[MatchMeasure.mrr] for one in report.differences if one.against == counts.name]
    assert against[0].excludes_zero


def test_the_rolling_track_stands_apart(report: MatchReport, world: tuple[StudyRows, StudyRows]) -> None:
    assert report.rolling is not None
    assert spoken(report.rolling.match) == spoken(report.rows[3].match)  # popularity by state, which the stand-in gives
    assert report.differences[-1].method == "ranker, rolling"
    assert report.differences[-1].against == "ranker"
    tracks = {(line["track"], line["method"]) for line in report.as_json()["rows"]}
    assert ("rolling", "ranker, rolling") in tracks
    assert len([track for track, _ in tracks if track == "rolling"]) == 1
    still = reported(world[0], world[1].take(np.arange(50)), None)
    assert still.rolling is None
    assert not any("滚动 rolling" in line for line in still.lines())


def test_the_cost_is_told_by_the_callers_clock(report: MatchReport) -> None:
    assert report.cost.requests == 200
    assert (report.cost.full_alone, report.cost.counts_alone) == (500.0, 500.0)  # every look is half a second later
    assert report.cost.full_together == pytest.approx(500.0 / 200)
    assert (report.cost.ratio_alone, report.cost.ratio_together) == (1.0, 1.0)


def test_the_report_is_one_document_and_lines(report: MatchReport) -> None:
    document = json.loads(json.dumps(report.as_json(), allow_nan=False))
    tail = [line for line in document["rows"] if line["measure"] == "tail_hit_at_10"]
    assert {line["count"] for line in tail} == {0}  # no option is outside the fifty largest
    assert {line["estimate"] for line in tail} == {None}
    lines = report.lines()
    assert any(line.startswith("| 排序模型（全量） ranker |") for line in lines)
    assert any("half-life" in line for line in lines if line.startswith("说明 note"))


def test_the_same_is_reported_of_the_same(world: tuple[StudyRows, StudyRows], report: MatchReport) -> None:
    again = reported(world[0], world[1], world[1])
    assert again.as_json() == report.as_json()


def test_an_absent_library_is_a_note_and_no_failure(
    world: tuple[StudyRows, StudyRows], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "implicit.als", None)
    one = reported(world[0].take(np.arange(400)), world[1].take(np.arange(60)), None)
    assert not [row for row in one.rows if row.method is Method.als]
    assert any("rongqiao[study]" in note for note in one.notes)


def test_a_small_fit_chooses_nothing_and_says_so(world: tuple[StudyRows, StudyRows]) -> None:
    one = reported(world[0].take(np.arange(60)), world[1].take(np.arange(60)), None)
    assert [row.method for row in one.rows[-2:]] == [Method.popularity, Method.back_off]
    assert one.notes == ("60 rows are too few for a baseline that chooses anything",)
    assert one.counts["unseen"] > 0


def test_trees_that_nothing_teaches_are_a_note(world: tuple[StudyRows, StudyRows]) -> None:
    rows = world[0].take(np.arange(400))
    strangers = pd.Categorical([f"lender {number}" for number in range(400)])
    history = replace(rows, option=strangers)  # nobody is taken twice, and 100 are first
    one = reported(history, history.take(np.arange(30)), None)
    assert not [row for row in one.rows if row.method is Method.trees]
    assert any(note.startswith("plain LightGBM LambdaRank: no row") for note in one.notes)


def test_a_study_without_days_or_places_is_reported(world: tuple[StudyRows, StudyRows]) -> None:
    config = replace(CONFIG, columns=replace(CONFIG.columns, place=(), date=None))
    history, queries = (replace(rows, day=None) for rows in world)
    few = history.take(np.arange(0, len(history), 5))
    one = match_report(MatchAsked(CountingModel(few), few, queries, queries), config, 1, lambda: 0.0)
    assert one.rolling is None
    assert any("names no place" in note for note in one.notes)


def test_a_report_on_nothing_is_refused(world: tuple[StudyRows, StudyRows]) -> None:
    with pytest.raises(StudyError, match="which option was taken"):
        reported(world[0], replace(world[1], option=None), None)
