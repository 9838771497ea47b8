"""The ranker of a match study: what it may know, that nothing else moves it, and that it beats what it is built on."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from models.errors import ArtifactError
from models.option_affinity import Affinity, AffinitySettings
from models.option_features import Matrix, Requests, feature_names, features, option_facts
from models.option_ranker import OptionRanker, OptionSettings, fit_options, tie_of
from models.option_segments import choose_segments
from models.option_snapshot import Ledger
from models.option_trees import TreeSettings, TreeSize
from models.option_windows import WindowSettings, training_windows
from models.ranked import Ranked
from models.study_config import StudyConfig
from models.study_order import by_content
from models.study_table import StudyRows
from tests.option_worlds import CONFIG, read, table, without

SEED = 5
PRESETS = OptionSettings()


def fitted(frame: pd.DataFrame, config: StudyConfig = CONFIG, settings: OptionSettings = PRESETS) -> OptionRanker:
    """Fit a history as a study does."""
    return fit_options(by_content(read(frame, config)), config, SEED, settings)


@cache
def ranker() -> OptionRanker:
    """Return a ranker with trees."""
    found = fitted(table(2_500, 1))
    assert found.trees is not None
    return found


def said(ranked: Ranked) -> tuple[bytes, ...]:
    """Return an order's bytes."""
    return ranked.place.tobytes(), ranked.option.tobytes(), ranked.score.tobytes()


def reciprocal(ranked: Ranked, asked: StudyRows, options: list[str]) -> float:
    """Return the mean reciprocal rank."""
    assert asked.option is not None
    taken = np.array([options.index(text) for text in asked.option.astype(str)])
    rank = np.arange(len(ranked)) - np.searchsorted(ranked.place, ranked.place) + 1
    return float(np.sum((ranked.option == taken[ranked.place]) / rank) / len(asked))


def test_trees_order_better_than_counts() -> None:
    """On requests of a later draw, by mean reciprocal rank."""
    asked, model = read(table(1_500, 2)), ranker()
    options = list(model.options)
    by_trees = reciprocal(model.match(asked, 12), asked, options)
    by_counts = reciprocal(model.match_by_counts(asked, 12), asked, options)
    assert by_trees > by_counts > 0.4


def test_a_match_is_grouped_and_best_first() -> None:
    """Requests in their order, scores falling, chances of a whole that sum to no more than 1."""
    asked = read(table(40, 3))
    found = ranker().match(asked, 5)
    assert found.place.tolist() == np.repeat(np.arange(40), 5).tolist()
    score = found.score.reshape(40, 5)
    assert (np.diff(score, axis=1) <= 0).all()
    assert (score.sum(axis=1) <= 1.0 + 1e-9).all()
    assert (found.score > 0).all()


def test_an_order_of_rows_or_their_keys_changes_nothing() -> None:
    """A shuffled history with other keys gives the same files."""
    frame = table(600, 4)
    shuffled = frame.sample(frac=1, random_state=3).assign(id=[f"x{number}" for number in range(600)])
    assert fitted(frame).files() == fitted(shuffled).files()


def test_a_request_is_answered_by_itself() -> None:
    """Fewer requests in another order have the same answers to the byte, both ways."""
    asked, model = read(table(120, 5)), ranker()
    some = np.random.default_rng(1).permutation(120)[:37]
    whole, part = model.match(asked, 4), model.match(asked.take(some), 4)
    rows = (some[:, None] * 4 + np.arange(4)).ravel()
    assert part.option.tobytes() == whole.option[rows].tobytes()
    assert part.score.tobytes() == whole.score[rows].tobytes()
    chances = {(place, option): score for place, option, score in _pairs(model.acquire(asked, 1, 120))}
    for place, option, score in _pairs(model.acquire(asked.take(some), 1, 37)):
        assert chances[int(some[place]), option] == score


def test_an_option_is_offered_its_likeliest_requests() -> None:
    """Options with customers enough, each with its rows best first; where trees alone order, as a match scores them."""
    asked, model = read(table(60, 6)), ranker()
    assert model.trees is not None
    assert model.trees.affinity_weight == 0.0
    matched = {(place, option): score for place, option, score in _pairs(model.match(asked, 12))}
    found = model.acquire(asked, 20, 15)
    assert set(found.option.tolist()) == set(np.flatnonzero(model.sizes >= 20).tolist())
    for place, option, score in _pairs(found):
        assert matched[place, option] == score
    assert (np.diff(found.score.reshape(-1, 15), axis=1) <= 0).all()
    assert np.unique(model.acquire(asked, 1, 3, np.array([2, 4])).option).tolist() == [2, 4]


def test_the_affinity_weighs_within_a_request_alone() -> None:
    """With a very large weight the order is the affinity's; what requests are compared by stays."""
    asked, model = read(table(30, 17)), ranker()
    assert model.trees is not None
    heavy = replace(model, trees=replace(model.trees, affinity_weight=1e4))
    assert heavy.match(asked, 3).option.tolist() == model.match_by_counts(asked, 3).option.tolist()
    assert said(heavy.acquire(asked, 1, 5)) == said(model.acquire(asked, 1, 5))


def test_a_stored_ranker_scores_to_the_byte_alike() -> None:
    """Files give back the ranker; files of something else say so."""
    asked, model = read(table(50, 7)), ranker()
    again = OptionRanker.from_files(model.files())
    assert said(again.match(asked, 6)) == said(model.match(asked, 6))
    assert said(again.acquire(asked, 5, 9)) == said(model.acquire(asked, 5, 9))
    assert again.files() == model.files()
    with pytest.raises(ArtifactError, match="not of a match study"):
        OptionRanker.from_files({})


def test_windows_ask_of_later_rows_alone() -> None:
    """Every request of a window is of its day or later, and the rows before the first window are most of all."""
    days = np.sort(np.random.default_rng(1).integers(0, 100, 5_000))
    windows = training_windows(days, SEED)
    assert len(windows) == 4
    assert all((days[window.rows] >= window.day).all() for window in windows)
    assert all(len(np.unique(window.rows)) == len(window.rows) for window in windows)
    assert (days < windows[0].day).mean() > 0.6


def test_a_windows_features_know_nothing_of_its_days() -> None:
    """Other options on the window's days or later leave every feature as it is; on earlier days they do not."""
    frame = table(400, 8).sort_values("day", ignore_index=True)
    day = frame["day"].iloc[300]
    requests = frame[frame["day"] >= day]

    def of(changed: pd.Series) -> Matrix:
        other = frame["bank"].mask(changed, "银行 3")
        return _features(
            read(frame.assign(bank=other)), read(requests), int(day.to_numpy().astype("M8[D]").astype(int))
        )

    as_it_is = of(frame["day"] < frame["day"].min())
    assert of(frame["day"] >= day).tobytes() == as_it_is.tobytes()
    assert of(frame["day"] < day).tobytes() != as_it_is.tobytes()


def test_features_have_the_names_of_their_columns() -> None:
    """A column per name; the option's size and the request's amount as plain loops give them."""
    frame = table(200, 9)
    rows, asked = read(frame), read(table(5, 10))
    assert rows.option is not None
    names = list(feature_names(choose_segments(rows, CONFIG)))
    matrix = _features(rows, asked, 20_000)
    assert matrix.shape == (5 * len(rows.option.categories), len(names))
    assert np.unique(matrix[:, names.index("amount")]) == pytest.approx(
        np.unique(np.log(asked.numbers["amount"])), rel=1e-6
    )
    assert np.isfinite(matrix[:, : names.index("amount")]).all()


@pytest.mark.parametrize("count", [1, 2, 12])
def test_few_rows_are_ranked_by_counts(count: int) -> None:
    """A history too small to learn an order from still has one."""
    model = fitted(table(count, 11))
    assert model.trees is None
    found = model.match(read(table(4, 12)), 3)
    assert np.isfinite(found.score).all()
    assert len(found) == 4 * min(3, len(model.options))


@pytest.mark.parametrize(
    "missing",
    [
        ("place",),
        ("amount",),
        ("industry",),
        ("date",),
        ("place", "industry", "categories", "numbers", "amount", "date"),
    ],
)
def test_a_study_may_lack_any_kind_of_column(missing: tuple[str, ...]) -> None:
    """No place, no amount, no industry, no date, or nothing at all but the option."""
    config = without(*missing)
    if len(missing) > 1:  # rows need something to say: the form alone
        config = replace(config, columns=replace(config.columns, categories=("form",)))
    model = fitted(table(2_000, 13), config)
    assert model.trees is not None
    found = model.match(read(table(5, 14), config), 4)
    assert len(found) == 20
    assert np.isfinite(found.score).all()


def test_levels_never_seen_and_rows_without_anything_have_an_order() -> None:
    """An unseen state, and a request that says nothing."""
    asked = table(2, 15)
    levels = ["state", "city", "district", "sector", "trade", "form"]
    asked.loc[0, levels] = "never seen"
    asked.loc[1, levels] = None
    asked[["amount", "staff"]] = np.nan
    found = ranker().match(read(asked), 12)
    assert np.isfinite(found.score).all()
    assert len(found) == 24


def test_the_rolling_track_counts_earlier_days_alone() -> None:
    """A request of a day is answered as by the counts of all rows before it; its own day changes nothing."""
    frame = table(2_500, 16).sort_values("day", ignore_index=True)
    history, stream = frame.iloc[:1_800], frame.iloc[1_800:]
    stream = stream[stream["bank"].isin(history["bank"]) & (stream["day"] > history["day"].max())]
    model = fitted(history)
    rows = read(stream)
    found = model.rolling(rows, rows, 5)
    assert found.place.tolist() == np.repeat(np.arange(len(stream)), 5).tolist()
    last = stream["day"].max()
    other = read(stream.assign(bank=stream["bank"].mask(stream["day"] == last, "银行 1")))
    assert said(model.rolling(other, rows, 5)) == said(found)
    first = rows.take(np.flatnonzero((stream["day"] == stream["day"].min()).to_numpy()))
    answered = model.match(first, 5)
    assert (found.option[np.isin(found.place, _places(stream, stream["day"].min()))] == answered.option).mean() > 0.9


def test_small_studies_get_smaller_trees() -> None:
    """The presets by size: a study of few requests cannot carry the large ones."""
    assert TreeSettings().few.num_leaves < TreeSettings().many.num_leaves


def test_other_settings_are_stored_and_the_presets_are_the_preset() -> None:
    """Settings reach the ranker and come back from its files; naming the presets changes no byte of them."""
    frame, asked = table(600, 18), read(table(30, 19))
    size = TreeSize(num_leaves=4, min_data_in_leaf=20, num_iterations=10, learning_rate=0.2)
    settings = OptionSettings(
        half_lives=(0.1, 0.4, 3.0),
        affinity=AffinitySettings(place_prior=4.0),
        windows=WindowSettings(newest=0.5, windows=2),
        trees=TreeSettings(depth=3, few=size, few_affinity=0.5),
    )
    model, preset = fitted(frame, settings=settings), fitted(frame)
    assert model.trees is not None
    assert (model.trees.depth, model.trees.affinity_weight, model.settings.place_prior) == (3, 0.5, 4.0)
    assert model.snapshot.half_lives[2] == pytest.approx(30 * model.snapshot.half_lives[0])
    again = OptionRanker.from_files(model.files())
    assert said(again.match(asked, 6)) == said(model.match(asked, 6))
    assert said(again.acquire(asked, 1, 9)) == said(model.acquire(asked, 1, 9))
    heads = [found.reshape(30, 6) for found in (model.match(asked, 6).option, model.match_by_counts(asked, 6).option)]
    assert heads[0][:, 3:].tolist() == heads[1][:, 3:].tolist()  # beyond their depth the trees order nothing
    assert fitted(frame, settings=OptionSettings()).files() == preset.files() != model.files()


def _features(rows: StudyRows, asked: StudyRows, day: int) -> Matrix:
    assert rows.day is not None
    assert rows.option is not None
    rows = rows.take(np.argsort(rows.day, kind="stable"))
    assert rows.day is not None
    assert rows.option is not None
    days = rows.day.astype(np.int64)
    segments = choose_segments(rows.take(days < day), CONFIG)
    options = rows.option.categories.tolist()
    ledger = Ledger.of(rows, days, rows.option.codes.astype(np.int64), segments, len(options))
    snapshot = ledger.snapshot(day, (3.0, 10.0, 40.0))
    counted = Affinity(snapshot, segments, AffinitySettings(), tie_of(options))
    requests = Requests(segments.hashes(asked), asked.numbers, len(asked))
    candidates = counted.top(counted.asked(requests.hashes, requests.count), len(options))
    return features(counted, option_facts(snapshot, segments), requests, candidates)


def _pairs(ranked: Ranked) -> list[tuple[int, int, float]]:
    return list(zip(ranked.place.tolist(), ranked.option.tolist(), ranked.score.tolist(), strict=True))


def _places(frame: pd.DataFrame, day: pd.Timestamp) -> np.ndarray:
    return np.flatnonzero((frame["day"] == day).to_numpy())


def test_a_row_without_a_day_counts_as_the_oldest() -> None:
    """One missing day neither fails nor moves what the others say; without any day there are no days."""
    held = by_content(read(table(60, 8)))
    assert held.day is not None
    day = held.day.copy()
    day[:2] = day.min()
    gone = day.copy()
    gone[0] = np.datetime64("NaT")
    asked = read(table(20, 9))
    found = fit_options(replace(held, day=gone), CONFIG, SEED).match(asked, 5)
    assert np.isfinite(found.score).all()
    assert said(found) == said(fit_options(replace(held, day=day), CONFIG, SEED).match(asked, 5))
    dayless = replace(held, day=np.full(len(held), np.datetime64("NaT"), dtype="datetime64[D]"))
    assert said(fit_options(dayless, CONFIG, SEED).match(asked, 5)) == said(
        fit_options(replace(held, day=None), CONFIG, SEED).match(asked, 5)
    )


def test_every_option_can_be_asked_for_and_scores_fall() -> None:
    """However many are asked for: each option once, finite, best first, also beyond what the trees ordered."""
    model, asked = ranker(), read(table(25, 11))
    found = model.match(asked, 10_000)
    for row in range(len(asked)):
        mine = found.place == row
        assert sorted(found.option[mine].tolist()) == list(range(len(model.options)))
        assert (np.diff(found.score[mine]) <= 0).all()
