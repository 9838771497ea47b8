"""What a study's risk model is measured against, each fitted on the same rows: one column, a scorecard, plain trees.

*Best single column*: the number that separates best in the fit, in the direction it had there. *Scorecard*: the
platform's, on the columns as they stand. *Plain LightGBM*: the library's own presets, numbers and levels of up to 50
as they stand; a second one is told every level by its smoothed rate besides (ten folds, strength 20).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from models.boosting import Booster, load_lightgbm
from models.folds import Ints
from models.inputs import InputKind, ModelInput
from models.logistic import probability
from models.metrics import Floats, auc
from models.risk_figures import Scored
from models.scorecard import fit_scorecard
from models.study_features import level_number
from models.study_order import content_hash, features_of
from models.study_table import StudyRows
from models.target_encoding import Outcomes, Rule, Vocabulary, fit_encoding, vocabulary_of

SINGLE: Final = "best single column"
SCORECARD: Final = "scorecard"
PLAIN: Final = "plain LightGBM"
PLAIN_TOLD: Final = "plain LightGBM, levels told by their rate"
BASELINES: Final = (SINGLE, SCORECARD, PLAIN, PLAIN_TOLD)
_PLAIN_TREES: Mapping[str, Any] = {
    "objective": "binary",
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}
_ROUNDS = 100
_FEW_LEVELS = 50
_FOLDS, _STRENGTH = 10, 20.0


@dataclass(frozen=True, slots=True)
class _Plain:
    """Rows to fit on and rows to score as they stand, numbers first, then the numbers of their levels."""

    names: tuple[str, ...]
    nominal: tuple[bool, ...]
    seen: Floats
    asked: Floats


def baseline_scores(
    seen: StudyRows, asked: StudyRows, seed: int, only: Collection[str] = BASELINES
) -> tuple[dict[str, Scored], str]:
    """Return the scores of the rows asked about by each baseline fitted on the others, and the single column's name.

    The rows' numbers hold those of further tables too; `seen` has labels. Predictions of the scorecard and of plain
    trees are taken as they come, without calibration.
    """
    if seen.label is None:
        raise ValueError("the rows of a fit have labels")
    bad = seen.label.astype(np.int64)
    vocabulary = vocabulary_of(seen.levels)
    plain = _plain(seen, asked, vocabulary)
    weight = np.ones(len(bad)) if seen.weight is None else seen.weight
    name, single = _single(plain, bad)
    found = {}
    if name is not None and SINGLE in only:
        found[SINGLE] = Scored(single, is_probability=False)
    if SCORECARD in only:
        found[SCORECARD] = Scored(probability(_scorecard(plain, bad)))
    if PLAIN in only:
        found[PLAIN] = Scored(_trees(plain, bad, weight, seed))
    if seen.levels and PLAIN_TOLD in only:
        told = _told(seen, asked, vocabulary, (bad, weight))
        extra = _Plain(
            (*plain.names, *(f"told {number}" for number in range(told[0].shape[1]))),
            (*plain.nominal, *(False,) * told[0].shape[1]),
            np.column_stack([plain.seen, told[0]]),
            np.column_stack([plain.asked, told[1]]),
        )
        found[PLAIN_TOLD] = Scored(_trees(extra, bad, weight, seed))
    return found, name or ""


def _plain(seen: StudyRows, asked: StudyRows, vocabulary: Vocabulary) -> _Plain:
    few = [name for name, levels in vocabulary.levels.items() if 1 < len(levels) <= _FEW_LEVELS]

    def matrix(rows: StudyRows) -> Floats:
        codes = vocabulary.codes(rows.levels)
        columns = [*rows.numbers.values(), *(level_number(codes[name], len(vocabulary.levels[name])) for name in few)]
        return np.column_stack(columns) if columns else np.empty((len(rows), 0))

    names = (*seen.numbers, *few)
    return _Plain(names, (*(False,) * len(seen.numbers), *(True,) * len(few)), matrix(seen), matrix(asked))


def _single(plain: _Plain, bad: Ints) -> tuple[str | None, Floats]:
    """Return the number that separates best in the fit, and the asked rows' values turned towards bad."""
    best, found, name = 0.5, np.zeros(len(plain.asked)), None
    for place, one in enumerate(plain.names):
        if plain.nominal[place]:
            continue
        values = plain.seen[:, place]
        known = values[~np.isnan(values)]
        if not len(known):
            continue
        middle = float(np.median(known))
        area = auc(bad, np.where(np.isnan(values), middle, values))
        if max(area, 1 - area) > best:
            best, name = max(area, 1 - area), one
            told = plain.asked[:, place]
            found = np.where(np.isnan(told), middle, told) * (1 if area >= 1 - area else -1)
    return name, found


def _scorecard(plain: _Plain, bad: Ints) -> Floats:
    inputs = tuple(
        ModelInput(f"column {place}", 0, InputKind.nominal if nominal else InputKind.number)
        for place, nominal in enumerate(plain.nominal)
    )
    return fit_scorecard(plain.seen, bad, inputs).log_odds(plain.asked)


def _trees(plain: _Plain, bad: Ints, weight: Floats, seed: int) -> Floats:
    lightgbm = load_lightgbm()
    data = lightgbm.Dataset(
        plain.seen,
        label=bad,
        weight=weight,
        categorical_feature=[place for place, nominal in enumerate(plain.nominal) if nominal],
        params={"verbosity": -1, "num_threads": 1},
    )
    booster = Booster(lightgbm.train({**_PLAIN_TREES, "seed": seed}, data, _ROUNDS).model_to_string())
    return probability(booster.raw(plain.asked))


def _told(
    seen: StudyRows, asked: StudyRows, vocabulary: Vocabulary, known: tuple[Ints, Floats]
) -> tuple[Floats, Floats]:
    """Return each level's smoothed log-odds in the rows of the fit, out of fold, and in those asked about."""
    fold = (content_hash(features_of(seen)) % np.uint64(_FOLDS)).astype(np.int64)
    outcomes = Outcomes(known[0].astype(np.float64), known[1], fold, _FOLDS)
    codes, others = vocabulary.codes(seen.levels), vocabulary.codes(asked.levels)
    pairs = [fit_encoding(codes, vocabulary, ((name,),), outcomes, Rule(_STRENGTH)) for name in vocabulary.levels]
    mine = np.column_stack([values for _, values in pairs])
    return mine, np.column_stack([encoding.values(others, vocabulary) for encoding, _ in pairs])
