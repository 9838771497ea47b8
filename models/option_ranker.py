"""The ranker of a match study: which options suit a request, and which requests suit an option.

Counts find the candidates of a request (`models.option_affinity`); trees order them (`models.option_trees`). What is
said of a pair is the chance that the request takes the option: the candidates share their affinity by a softmax, all
other options keep theirs. Within a request the order is the trees' and the affinity's together; across requests, for an
option, it is the trees' chance.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from models.artifact_folder import json_bytes
from models.boosting import Booster
from models.errors import ArtifactError, StudyError
from models.metrics import Floats
from models.option_affinity import Affinity, AffinitySettings, Asked, Candidates
from models.option_counts import Ints
from models.option_features import OptionFacts, Requests, features, option_facts
from models.option_files import read_options, read_snapshot, snapshot_files
from models.option_segments import Segments, choose_segments
from models.option_snapshot import Ledger, Snapshot, advanced
from models.option_trees import DEPTH, OptionTrees, Taught, TreeSettings, fit_option_trees, within_reach
from models.option_windows import WindowSettings, training_windows
from models.ranked import Ranked
from models.study_config import StudyConfig
from models.study_order import content_hash, features_of
from models.study_table import StudyRows

#: Half-lives by the mean age of the rows: what is new, what counts most, and nearly all.
HALF_LIVES = (0.15, 0.5, 2.0)
_AT_ONCE = 1_000  # requests; a matter of memory alone
_FOLDS = 5  # without a date one row in so many is asked of the others
_FOR_EVER = 1e9  # days
_FAR_SHARE = 1e-6  # of its share of all: what an option has where nobody near took it
_BEHIND = 0.999  # of the least score before it, at most
_LEAST = 1e-300
_MODEL, _TREES = "options.json", "options.txt"


@dataclass(frozen=True, slots=True)
class OptionSettings:
    """What a fit is set to; half-lives by the mean age of the rows.

    The presets were set by hand on valid splits; a recorded search (tests/bench/search_options.py, seed 20260630) came
    after. On two valid splits of one file (5,495 requests each) none of the drawn settings was above them in MRR by two
    paired standard errors on both, so they stand: of ten drawn the best was +.0014 ± .0021 on the one, and of the first
    five the same was the best, +.0078 ± .0020, on the other. The presets for many requests were not searched.
    """

    half_lives: tuple[float, float, float] = HALF_LIVES
    affinity: AffinitySettings = field(default_factory=AffinitySettings)
    windows: WindowSettings = field(default_factory=WindowSettings)
    trees: TreeSettings = field(default_factory=TreeSettings)


@dataclass(frozen=True)
class OptionRanker:
    """A fitted ranker. `options` are texts in order; `sizes` how many rows of the fit took each."""

    options: Sequence[str]
    segments: Segments
    settings: AffinitySettings
    snapshot: Snapshot
    trees: OptionTrees | None

    @property
    def sizes(self) -> Ints:
        """How many rows took each option."""
        return self.snapshot.rows

    @cached_property
    def affinity(self) -> Affinity:
        """The counts-only ranker."""
        return Affinity(self.snapshot, self.segments, self.settings, self._tie)

    @property
    def _depth(self) -> int:
        return DEPTH if self.trees is None else self.trees.depth

    @cached_property
    def _tie(self) -> Ints:
        return tie_of(self.options)

    @cached_property
    def _facts(self) -> OptionFacts:
        return option_facts(self.snapshot, self.segments)

    def match(self, rows: StudyRows, top: int) -> Ranked:
        """Return the best options of each row, at most so many, rows in their order and best first."""
        parts = []
        for start in range(0, len(rows), _AT_ONCE):
            requests = self._requests(rows.take(np.arange(start, min(len(rows), start + _AT_ONCE))))
            asked = self.affinity.asked(requests.hashes, requests.count)
            found = self._ordered(requests, self.affinity.top(asked, max(top, self._depth)), across=False)
            parts.append(_ranked(self._completed(found, top), start, top))
        return _joined(parts)

    def match_by_counts(self, rows: StudyRows, top: int) -> Ranked:
        """Return the best options of each row by affinity alone."""
        requests = self._requests(rows)
        found = self.affinity.top(self.affinity.asked(requests.hashes, requests.count), top)
        return _ranked(found, 0, top)

    def acquire(self, rows: StudyRows, min_customers: int, top: int, options: Ints | None = None) -> Ranked:
        """Return the best rows of each option with so many rows in the fit, at most `top`, best first.

        `options` asks for these alone. Rows of equal score are ordered by a hash of what they say.
        """
        wanted = np.flatnonzero(self.sizes >= min_customers)
        if options is not None:
            wanted = np.intersect1d(wanted, options)
        tie = content_hash(features_of(rows)) if len(rows) else np.empty(0, dtype=np.uint64)
        best = _Best(wanted, top, tie)
        for start in range(0, len(rows), _AT_ONCE):
            part = np.arange(start, min(len(rows), start + _AT_ONCE))
            best.add(part, self._chances(rows.take(part))[:, wanted])
        return best.ranked()

    def rolling(self, stream: StudyRows, rows: StudyRows, top: int) -> Ranked:
        """Return what `match` would, each row with the counts of the fit and of the stream's earlier days."""
        if rows.day is None or stream.day is None:
            raise StudyError("a rolling track needs columns.date")
        asked, day, model, parts = rows.day.astype(np.int64), stream.day.astype(np.int64), self, []
        for one in np.unique(asked):
            model = model.advanced(stream.take((day >= model.snapshot.day) & (day < one)), int(one))
            places = np.flatnonzero(asked == one)
            found = model.match(rows.take(places), top)
            parts.append(Ranked(places[found.place], found.option, found.score))
        joined = _joined(parts)
        order = np.argsort(joined.place, kind="stable")
        return Ranked(joined.place[order], joined.option[order], joined.score[order])

    def advanced(self, rows: StudyRows, day: int) -> "OptionRanker":
        """Return the ranker with the counts of a later day: rows of known options are added, the trees stay."""
        if day <= self.snapshot.day:
            return self
        known = rows.take(_places(self.options, rows) >= 0)
        known, days = _by_day(known, _days(known))
        ledger = Ledger.of(known, days, _places(self.options, known), self.segments, len(self.options))
        newer = advanced(self.snapshot, ledger.snapshot(day, self.snapshot.half_lives))
        return replace(self, snapshot=newer)

    def files(self) -> dict[str, bytes]:
        """Return the ranker as files by name; `from_files` gives back one that scores to the byte alike."""
        told = {
            "segments": self.segments.as_json(),
            "settings": asdict(self.settings),
            "day": self.snapshot.day,
            "half_lives": self.snapshot.half_lives,
            "trees": None if self.trees is None else self.trees.numbers,
        }
        files = {_MODEL: json_bytes(told), **snapshot_files(self.snapshot, self.options)}
        return files if self.trees is None else files | {_TREES: self.trees.booster.text.encode()}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> "OptionRanker":
        """Return the ranker of these files (ArtifactError where they cannot be read)."""
        try:
            told = json.loads(files[_MODEL])
            segments, trees = Segments.from_json(told["segments"]), told["trees"]
            return cls(
                options=read_options(files),
                segments=segments,
                settings=AffinitySettings(**told["settings"]),
                snapshot=read_snapshot(files, told["day"], tuple(told["half_lives"]), segments.kinds),
                trees=None if trees is None else OptionTrees(Booster(files[_TREES].decode()), *trees),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ArtifactError(f"the files are not of a match study: {error!r}") from error

    def _requests(self, rows: StudyRows) -> Requests:
        return Requests(self.segments.hashes(rows), rows.numbers, len(rows))

    def _ordered(self, requests: Requests, found: Candidates, *, across: bool) -> Candidates:
        """Return the candidates in the trees' order; those beyond their depth follow as they are.

        With `across` the trees' chances, to compare requests by; else the order within each request.
        """
        if self.trees is None or not len(found):
            return found
        depth = self._depth
        head = Candidates(found.option[:, :depth], found.share[:, :depth])
        held = head.option >= 0
        raw = np.full(head.option.shape, -np.inf)
        matrix = features(self.affinity, self._facts, requests, head)
        raw[held] = self.trees.logits(matrix) if across else self.trees.order(matrix)
        grown = np.where(held, np.exp(raw - raw.max(axis=1)[:, None]), 0.0)
        chance = grown * (head.share.sum(axis=1) / grown.sum(axis=1))[:, None]
        order = np.lexsort((self._tie[head.option], -raw), axis=1)
        option, share = found.option.copy(), found.share.copy()
        option[:, :depth] = np.take_along_axis(head.option, order, axis=1)
        share[:, :depth] = np.take_along_axis(chance, order, axis=1)
        if not across and share.shape[1] > depth:
            # What the trees did not see stands behind what they saw, and its scores say so.
            least = np.where(held, chance, np.inf).min(axis=1)
            most = np.maximum(share[:, depth], _LEAST)
            share[:, depth:] *= np.minimum(1.0, _BEHIND * least / most)[:, None]
        return Candidates(option, share)

    def _completed(self, found: Candidates, top: int) -> Candidates:
        """Return the candidates with the options that nobody near took, by their share of all, where more are asked."""
        wanted = min(top, len(self.options))
        short = np.flatnonzero((found.option[:, :wanted] >= 0).sum(axis=1) < wanted)
        if not len(short):
            return found
        overall = self.affinity.overall
        every = np.lexsort((self._tie, -overall))
        for row in short:
            listed = found.option[row][found.option[row] >= 0]
            rest = every[~np.isin(every, listed)][: wanted - len(listed)]
            share = overall[rest] * _FAR_SHARE
            least = found.share[row, len(listed) - 1] if len(listed) else 1.0
            ends = slice(len(listed), len(listed) + len(rest))
            found.option[row, ends] = rest
            found.share[row, ends] = share * min(1.0, _BEHIND * least / max(float(share[0]), _LEAST))
        return found

    def _chances(self, rows: StudyRows) -> Floats:
        """Return the chance of every option for every row (rows × options)."""
        requests = self._requests(rows)
        asked: Asked = self.affinity.asked(requests.hashes, requests.count)
        # An option that is not offered has its share of all, small as what nobody offers is.
        chance = np.tile(self.affinity.overall * _FAR_SHARE, (requests.count, 1))
        for places, options, share in self.affinity.shares(asked):
            chance[places[:, None], options] = share
        found = self._ordered(requests, self.affinity.top(asked, self._depth), across=True)
        row, column = np.nonzero(found.option >= 0)
        chance[row, found.option[row, column]] = found.share[row, column]
        return chance


MatchModel = OptionRanker


def fit_options(
    rows: StudyRows, config: StudyConfig, seed: int, settings: OptionSettings = OptionSettings()
) -> OptionRanker:
    """Return the ranker of rows that all took an option, in an order that neither file nor key decides.

    It is as of the day after the newest row.
    """
    if rows.option is None or not len(rows):
        raise StudyError("a match study needs rows with an option")
    options = [str(text) for text in rows.option.categories[np.unique(rows.option.codes[rows.option.codes >= 0])]]
    rows = _with_days(rows)
    rows, days = _by_day(rows, _days(rows))
    option = _places(options, rows)
    windows = training_windows(days, seed, settings.windows)
    end = int(days[-1]) + 1
    cut = windows[0].day if windows else end
    earlier = int(np.searchsorted(days, cut))
    segments = choose_segments(rows.take(np.arange(earlier)), config)
    age = max(float(np.mean(cut - days[:earlier])), 1.0) if rows.day is not None else _FOR_EVER
    half_lives = tuple(age * part for part in settings.half_lives)
    ledger = Ledger.of(rows, days, option, segments, len(options))
    tie = tie_of(options)
    taught = []
    for window in windows:
        affinity = Affinity(ledger.snapshot(window.day, half_lives), segments, settings.affinity, tie)
        taught.append(_taught(affinity, rows.take(window.rows), option[window.rows], settings.trees.depth))
    trees = fit_option_trees(taught, seed, settings.trees)
    return OptionRanker(options, segments, settings.affinity, ledger.snapshot(end, half_lives), trees)


def tie_of(options: Sequence[str]) -> Ints:
    """Return a number of each option's text, by which options of equal score are ordered."""
    return pd.util.hash_array(np.asarray(options, dtype=object), categorize=False).astype(np.int64)


def _taught(affinity: Affinity, rows: StudyRows, taken: Ints, depth: int) -> Taught:
    requests = Requests(affinity.segments.hashes(rows), rows.numbers, len(rows))
    candidates = affinity.top(affinity.asked(requests.hashes, requests.count), depth)
    facts = option_facts(affinity.snapshot, affinity.segments)
    return Taught(affinity, facts, *within_reach(requests, candidates, taken))


def _days(rows: StudyRows) -> Ints:
    """Return the day of each row; without a date one row in `_FOLDS` of their order is later than the others."""
    if rows.day is not None:
        days: Ints = rows.day.astype("datetime64[D]").astype(np.int64)
        return days
    return np.asarray(np.arange(len(rows)) % _FOLDS == 0, dtype=np.int64)


def _with_days(rows: StudyRows) -> StudyRows:
    """Return the rows with the oldest day where one has none (so it counts least), without days where none has one."""
    if rows.day is None or not np.isnat(rows.day).any():
        return rows
    has_none = np.isnat(rows.day)
    day = None if has_none.all() else np.where(has_none, rows.day[~has_none].min(), rows.day)
    return replace(rows, day=day)


def _by_day(rows: StudyRows, days: Ints) -> tuple[StudyRows, Ints]:
    order = np.argsort(days, kind="stable")
    return rows.take(order), days[order]


def _places(options: Sequence[str], rows: StudyRows) -> Ints:
    if rows.option is None:
        raise StudyError("the rows were read without their options")
    places = pd.Index(np.asarray(options, dtype=object)).get_indexer(rows.option.categories.to_numpy(dtype=object))
    return np.asarray(np.append(places, -1)[rows.option.codes], dtype=np.int64)


def _ranked(found: Candidates, start: int, top: int) -> Ranked:
    option, share = found.option[:, :top], found.share[:, :top]
    row, column = np.nonzero(option >= 0)
    return Ranked(row + start, option[row, column], share[row, column])


def _joined(parts: Sequence[Ranked]) -> Ranked:
    if not parts:
        return Ranked(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0))
    return Ranked(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("place", "option", "score")))


class _Best:
    """The best rows of each option so far."""

    def __init__(self, options: Ints, top: int, tie: np.ndarray) -> None:
        self._options, self._top, self._tie = options, top, tie
        self._place = np.empty((0, len(options)), dtype=np.int64)
        self._score = np.empty((0, len(options)))

    def add(self, places: Ints, chance: Floats) -> None:
        """Consider rows: `chance` is rows × options."""
        place = np.concatenate([self._place, np.repeat(places[:, None], chance.shape[1], axis=1)])
        score = np.concatenate([self._score, chance])
        if len(place) > max(4 * self._top, 20_000):
            place, score = self._cut(place, score)
        self._place, self._score = place, score

    def ranked(self) -> Ranked:
        """Return the best of each option, options in order."""
        place, score = self._cut(self._place, self._score)
        option = np.repeat(self._options, len(place))
        return Ranked(place.T.ravel(), option, score.T.ravel())

    def _cut(self, place: Ints, score: Floats) -> tuple[Ints, Floats]:
        order = np.lexsort((self._tie[place], -score), axis=0)[: self._top]
        return np.take_along_axis(place, order, axis=0), np.take_along_axis(score, order, axis=0)
