"""The affinity of options: against plain loops, and each request by itself."""

import numpy as np
import pytest

from models.option_affinity import Affinity, AffinitySettings
from models.option_ranker import tie_of
from models.option_segments import Segments, choose_segments, hash_of
from models.option_snapshot import Ledger
from models.study_config import StudyConfig
from models.study_table import StudyRows
from tests.option_worlds import CONFIG, read, table, without

HALF_LIVES = (5.0, 15.0, 60.0)
SETTINGS = AffinitySettings(place_prior=3.0, ratio_prior=2.0, place_column=1, ratio_column=2, first_prior=4.0)


def affinity(rows: StudyRows, config: StudyConfig) -> tuple[Affinity, StudyRows, Segments]:
    """Count rows as of the day after the last."""
    assert rows.day is not None
    assert rows.option is not None
    rows = rows.take(np.argsort(rows.day, kind="stable"))
    assert rows.day is not None
    assert rows.option is not None
    segments = choose_segments(rows, config)
    days = rows.day.astype(np.int64)
    options = rows.option.categories.tolist()
    ledger = Ledger.of(rows, days, rows.option.codes.astype(np.int64), segments, len(options))
    return Affinity(ledger.snapshot(int(days[-1]) + 1, HALF_LIVES), segments, SETTINGS, tie_of(options)), rows, segments


def plain(rows: StudyRows, segments: Segments, asked: dict[str, int], counted: Affinity) -> np.ndarray:
    """Return the affinity of every option by loops over rows; `asked` has the hash of each column."""
    assert rows.day is not None
    assert rows.option is not None
    day = counted.snapshot.day
    hashes = segments.hashes(rows)
    options = len(rows.option.categories)

    option, days = rows.option.codes, rows.day.astype(np.int64)

    def counts(names: tuple[str, ...], half_life: float) -> np.ndarray:
        found = np.zeros(options)
        for row in range(len(rows)):
            if all(int(hashes[name][row]) == asked[name] for name in names):
                found[option[row]] += 2.0 ** (-(day - days[row]) / half_life)
        return found

    share = counted.overall
    for number, kind in enumerate(segments.places):
        held, prior = counts(kind, HALF_LIVES[1]), SETTINGS.place_prior if number else SETTINGS.first_prior
        share = (held + prior * share) / (held.sum() + prior)
    own = counts((), HALF_LIVES[2])
    for chain in segments.attributes:
        ratio = np.ones(options)
        for name in chain:
            held = counts((name,), HALF_LIVES[2])
            if not held.any():
                continue
            expected = own * held.sum() / own.sum()
            ratio = (held + SETTINGS.ratio_prior * ratio) / (expected + SETTINGS.ratio_prior)
        share = share * ratio
    return np.asarray(share / share.sum())


@pytest.mark.parametrize("config", [CONFIG, without("place"), without("industry", "amount", "numbers")])
def test_affinity_agrees_with_plain_loops(config: StudyConfig) -> None:
    """Shares by place with back-off, times the ratios of attributes, whatever kinds of column a study has."""
    rows = read(table(150, 1), config)
    counted, sorted_rows, segments = affinity(rows, config)
    asked = read(table(6, 2), config)
    hashes = segments.hashes(asked)
    found = counted.top(counted.asked(hashes, len(asked)), 12)
    for row in range(len(asked)):
        expected = plain(sorted_rows, segments, {name: int(column[row]) for name, column in hashes.items()}, counted)
        assert found.share[row] == pytest.approx(np.sort(expected)[::-1][:12], rel=1e-9)
        assert expected[found.option[row]] == pytest.approx(found.share[row], rel=1e-9)


def test_a_category_within_the_first_place_is_a_place() -> None:
    """A district lies in one state; a form does not."""
    segments = choose_segments(read(table(400, 3)), CONFIG)
    assert set(segments.places) == {("state",), ("state", "district"), ("state", "city")}
    assert segments.attributes == (("sector", "trade"), ("form",), ("amount",), ("staff",))
    assert Segments.from_json(segments.as_json()) == segments


def test_missing_is_a_level_and_unseen_is_none() -> None:
    """A missing form shares a segment with missing ones; an unseen one shares it with nobody."""
    history = table(200, 4)
    counted, _, segments = affinity(read(history), CONFIG)
    asked = table(3, 5)
    asked["form"] = [None, "never seen", "F1"]
    place = counted.snapshot.of["form",].segments(hash_of(segments.hashes(read(asked)), ("form",)))
    assert place[1] == len(counted.snapshot.of["form",].book)
    assert len({*place.tolist()}) == 3


def test_a_request_is_scored_by_itself() -> None:
    """Fewer requests in another order have the same bytes."""
    counted, _, segments = affinity(read(table(300, 6)), CONFIG)
    asked = read(table(80, 7))
    whole = counted.top(counted.asked(segments.hashes(asked), len(asked)), 5)
    some = np.random.default_rng(2).permutation(80)[:31]
    part = counted.top(counted.asked(segments.hashes(asked.take(some)), len(some)), 5)
    assert part.option.tobytes() == whole.option[some].tobytes()
    assert part.share.tobytes() == whole.share[some].tobytes()


def test_options_of_equal_affinity_are_ordered_by_their_text() -> None:
    """Two options that are alike in all but name stand by the hash of the name, at the edge of the list too."""
    history = table(60, 8, banks=1)
    twin = history.assign(bank="银行 twin", id=[f"t{number}" for number in range(60)])
    counted, _, segments = affinity(read(history.merge(twin, how="outer")), CONFIG)
    asked = read(history)
    first = counted.top(counted.asked(segments.hashes(asked), len(asked)), 1)
    assert set(first.option.ravel().tolist()) == {int(np.argmin(counted.tie))}
