"""Plain LightGBM as a baseline of a match study: LambdaRank over the counts' best candidates and the raw columns.

It is fitted on rows of the newest part of the fit, with features counted on what lies before it, and is not tuned: the
library's own preset values but for the number of threads. At use the counts are those of the whole fit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.baseline_counts import Coding, CountedFit, NaiveBayes, best_of, blocks
from models.boosting import Booster, load_lightgbm
from models.errors import StudyError
from models.match_baselines import Choice, held_out, naive_bayes
from models.metrics import Floats
from models.study_config import StudyConfig
from models.study_table import StudyRows

Ints = NDArray[np.int64]
Read = tuple[tuple[Coding, ...], tuple[str, ...]]  # nominal columns and numbers that are read as they stand

CANDIDATES = 100
TAUGHT = 20_000  # rows of the newest part that it is fitted on
MOST_LEVELS = 250  # a raw column of more levels is left to the counts
_PLAIN: Final[Mapping[str, Any]] = {
    "objective": "lambdarank",
    "num_iterations": 100,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}


@dataclass(frozen=True)
class PlainTrees:
    """The trees' softmax over the candidates of each row; what is no candidate keeps the counts' share."""

    base: NaiveBayes
    raw: tuple[Coding, ...]
    numbers: tuple[str, ...]
    booster: Booster

    @property
    def options(self) -> tuple[str, ...]:
        """The options in order of their text."""
        return tuple(self.base.options)

    @property
    def sizes(self) -> Ints:
        """The rows of each option in the fit."""
        return self.base.sizes

    def scores(self, rows: StudyRows) -> Floats:
        """Return rows × options."""
        shares = self.base.scores(rows)
        options, held = best_of(shares, self.sizes, CANDIDATES)
        features = _features(self.base, (self.raw, self.numbers), rows, (options, held))
        logits = self.booster.raw(features).reshape(options.shape)
        grown = np.exp(logits - logits.max(axis=1, keepdims=True))
        softmax = grown / grown.sum(axis=1, keepdims=True)
        np.put_along_axis(shares, options, softmax * held.sum(axis=1, keepdims=True), axis=1)
        return shares


def fit_plain_trees(whole: CountedFit, config: StudyConfig, choice: Choice, seed: int) -> PlainTrees:
    """Fit the trees on the newest part and return them over the counts of the whole fit.

    Raises StudyError where no row of the newest part has its option among the counts' best, so that none can teach.
    """
    parts = held_out(whole, seed, TAUGHT)
    before = naive_bayes(parts.before, config.columns.place, choice)
    levels = (Coding.of(whole.rows, name) for name in config.columns.levels)
    raw = tuple(coding for coding in levels if len(coding) <= MOST_LEVELS)
    read = (raw, config.columns.all_numbers)
    matrices, labels = [], []
    for places, part in blocks(parts.rows):
        options, held = best_of(before.scores(part), before.sizes, CANDIDATES)
        is_true = options == parts.truth[places][:, None]
        kept = is_true.any(axis=1)
        matrices.append(_features(before, read, part.take(kept), (options[kept], held[kept])))
        labels.append(is_true[kept])
    if not any(len(label) for label in labels):
        raise StudyError("no row of the newest part took one of the options that stand first by what lies before it")
    booster = _fitted(np.concatenate(matrices), np.concatenate(labels), len(raw), seed)
    return PlainTrees(naive_bayes(whole, config.columns.place, choice), raw, config.columns.all_numbers, booster)


def _fitted(matrix: Floats, label: NDArray[np.bool_], nominal: int, seed: int) -> Booster:
    lightgbm = load_lightgbm()
    data = lightgbm.Dataset(
        matrix,
        label=label.ravel().astype(np.float64),
        group=np.full(*label.shape),
        categorical_feature=list(range(nominal)),
        params={"verbosity": -1, "num_threads": 1},
    )
    return Booster(lightgbm.train({**_PLAIN, "seed": seed}, data).model_to_string())


def _features(base: NaiveBayes, read: Read, rows: StudyRows, candidates: tuple[Ints, Floats]) -> Floats:
    """Return one row per query and candidate: the raw columns, then what the counts say of the pair."""
    (raw, numbers), (options, share) = read, candidates
    width = options.shape[1]
    own: list[Any] = [coding.codes(rows) for coding in raw] + [rows.numbers[name] for name in numbers]
    columns: list[Any] = [np.repeat(column, width) for column in own]
    columns += [np.tile(np.arange(width), len(rows)), np.log(base.sizes + 1.0)[options].ravel()]
    columns += [_pick(base.base.scores(rows), options), share.ravel()]
    for table in base.base.tables:
        held, total = table.at(rows)
        columns += [_pick(held, options), _pick(held / np.maximum(total, 1.0), options)]
    columns += [ratio.logs[ratio.coding.codes(rows)[:, None], options].ravel() for ratio in base.ratios]
    return np.column_stack(columns)


def _pick(values: Floats, options: Ints) -> Floats:
    return np.asarray(np.take_along_axis(values, options, axis=1).ravel())
