"""The risk model of a study: the platform's trees and scorecard on features learned from any table.

The fit reads its rows in an order and in inner folds that come of what the rows say, never of a key. An inner fold is
scored by features, trees and scorecard that saw none of its rows; on those scores the calibration is fitted and the
champion chosen by the platform's rule: the trees replace the scorecard only where the 95 % paired bootstrap interval
of the difference of AUC (scorecard less trees) lies wholly below zero.

Where rows are dated, older ones count less (`HALF_LIFE_YEARS`). The column of weights counts whole in what is told by
outcomes and in the calibration; in the growth of trees by its root, for weights that differ as ten to one cost more
precision than the mix they restore is worth (measured on the valid windows of tests/bench/search_risk.py).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import count, takewhile
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.artifact_folder import json_bytes
from models.boosted import LEAST_TO_CHOOSE, Boosted, Metric, Split, choose_trees, fit_members, held_out
from models.boosting import LARGE, Booster
from models.bootstrap import Interval, draw_measure, draw_weights
from models.calibration_curves import Curve, curve_from_json, fit_curve
from models.default_risk import LEAST_OUTCOMES, ModelKind
from models.errors import ArtifactError, NotEnoughOutcomesError, StudyError
from models.inputs import ModelInput
from models.logistic import probability
from models.metrics import Floats, weighted_auc
from models.scorecard import Scorecard, fit_scorecard
from models.selection import fine_information
from models.study_config import StudyColumns, StudyConfig, StudyKind, TableColumns
from models.study_features import Encoded, RiskFeatures, fit_features
from models.study_order import content_hash, features_of, order_of
from models.study_table import StudyRows
from models.table_summaries import SummarySpec, summaries
from models.target_encoding import Outcomes, counts_bytes, counts_from
from models.validation import Rows

#: A row this many years older than the newest counts half.
HALF_LIFE_YEARS: Final = 4.0
#: How far a level's rate is drawn to that of the level above, in rows of average weight.
STRENGTH: Final = 50.0
#: Folds by which the rows of a fit are told by one another's outcomes.
TOLD_FOLDS: Final = 10
#: Inputs that a scorecard may choose from: those of highest information value, for each takes long to be classed.
MOST_CARD_INPUTS: Final = 40
_DAYS_IN_YEAR = 365.25
#: Bootstrap draws behind the choice of champion; many rows need fewer, and their weights much memory.
_DRAWS, _DRAWS_OF_MANY, _MANY = 1000, 200, 5000
_FORMAT: Final = 1
_MODEL, _COUNTS = "risk.json", "counts.parquet"
_LABEL = "label"  # a description must name one; a stored model reads none

Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True, slots=True)
class CalibratedScorecard:
    """A scorecard with its calibration on rows it did not see."""

    scorecard: Scorecard
    calibration: Curve

    def log_odds(self, matrix: Floats) -> Floats:
        """Return the calibrated log-odds of bad of each row."""
        return self.calibration.log_odds(self.scorecard.log_odds(matrix))


@dataclass(frozen=True)
class RiskStudy:
    """A fitted risk model; `compared` is the paired difference of AUC behind the choice (None: not compared)."""

    features: RiskFeatures
    tables: SummarySpec | None
    joined: StudyConfig  # the study, of which the key and the further tables are read again
    kind: ModelKind
    model: Boosted | CalibratedScorecard
    compared: Interval | None

    def predict(self, rows: StudyRows, tables: Tables) -> Floats:
        """Return the probability of bad of each row, strictly between 0 and 1; it depends on the row alone."""
        numbers = dict(rows.numbers)
        if self.tables is not None:
            numbers |= _columns(summaries(tables, self.joined, rows.keys, self.tables)[0])
        return probability(self.model.log_odds(self.features.matrix(rows.levels, numbers)))

    def files(self) -> dict[str, bytes]:
        """Return the bytes of every file of the model by name; the counts as Parquet, all else as text."""
        described = {
            "format": _FORMAT,
            "kind": self.kind.value,
            "features": self.features.as_json(),
            "tables": None if self.tables is None else self.tables.as_json(),
            "key": self.joined.key,
            "joined": {name: asdict(one) for name, one in self.joined.tables.items()},
            "compared": None if self.compared is None else asdict(self.compared),
            "calibration": self.model.calibration.as_json(),
        }
        files = {_COUNTS: counts_bytes(self.features.encodings)}
        if isinstance(self.model, Boosted):
            files |= {_member(number): one.text.encode() for number, one in enumerate(self.model.boosters)}
        else:
            described["scorecard"] = self.model.scorecard.as_json()
        return {**files, _MODEL: json_bytes(described)}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> "RiskStudy":
        """Return the model that `files` wrote; ArtifactError where they cannot be read as one."""
        try:
            return cls._from_files(files)
        except (KeyError, TypeError, ValueError) as error:
            raise ArtifactError(f"the files cannot be read as the risk model of a study: {error!r}") from error

    @classmethod
    def _from_files(cls, files: Mapping[str, bytes]) -> "RiskStudy":
        described = json.loads(files[_MODEL])
        if described["format"] != _FORMAT:
            raise ValueError(f"format {described['format']}")
        features = RiskFeatures.from_json(described["features"], counts_from(files[_COUNTS]))
        curve, kind = curve_from_json(described["calibration"]), ModelKind(described["kind"])
        model: Boosted | CalibratedScorecard
        if kind is ModelKind.boosted:
            names = takewhile(files.__contains__, map(_member, count()))
            model = Boosted(tuple(Booster(files[name].decode()) for name in names), curve)
        else:
            model = CalibratedScorecard(Scorecard.from_json(described["scorecard"], features.inputs), curve)
        tables, compared = described["tables"], described["compared"]
        return cls(
            features=features,
            tables=None if tables is None else SummarySpec.from_json(tables),
            joined=_joined(described["key"], described["joined"]),
            kind=kind,
            model=model,
            compared=None if compared is None else Interval(**compared),
        )


def fit_study(rows: StudyRows, tables: Tables, config: StudyConfig, seed: int, *, quick: bool = False) -> RiskStudy:
    """Return the champion fitted on these rows, each with a label; their order changes nothing.

    `quick` compares no scorecard, chooses no size and fits one booster: for walks that fit at every quarter.
    Raises NotEnoughOutcomesError under 10 bad or 10 good rows.
    """
    metric = _metric(config)
    examples, spec = _examples(rows, tables, config)
    _require_outcomes(examples.bad)
    held = held_out(examples.plain(), seed)
    splits = [_split(examples, mask, config) for mask in held]
    weight = np.concatenate([examples.weight[mask] for mask in held])
    encoded = _encoded(examples, config)
    told = (encoded.features, spec, config)
    chosen = choose_trees(splits, seed, (LARGE,) if quick else None, metric)
    bad = np.concatenate([split.asked.bad for split in splits])
    if not quick:
        # A scorecard takes long to fit: where there are bad rows enough one inner fold compares.
        one = splits[:1] if examples.bad.sum() >= LEAST_TO_CHOOSE else splits
        cards = np.concatenate([_card_scores(split) for split in one])
        compared = _compare(one, cards, chosen.raw[: len(cards)], seed)
        if compared.high >= 0:
            card = _card(examples.rows_of(encoded), encoded.features.inputs)
            calibrated = CalibratedScorecard(card, fit_curve(cards, bad[: len(cards)], weight[: len(cards)]))
            return RiskStudy(*told, ModelKind.scorecard, calibrated, compared)
    boosters = fit_members(examples.rows_of(encoded), encoded.features.inputs, chosen.trees, seed, 1 if quick else None)
    model = Boosted(boosters, fit_curve(chosen.raw, bad, weight))
    return RiskStudy(*told, ModelKind.boosted, model, None if quick else compared)


def encode_apart(seen: StudyRows, asked: StudyRows, config: StudyConfig) -> Split:
    """Return rows to fit on and rows to score by features of the first alone; both have labels (for searches)."""
    return _apart(_examples(seen, {}, config)[0], _examples(asked, {}, config)[0], config)


@dataclass(frozen=True, slots=True)
class _Examples:
    """The rows of a fit in order of what they say; `hashes` tells rows apart by their features alone."""

    rows: StudyRows
    bad: NDArray[np.int64]
    weight: Floats  # of the column times the decay
    growth: Floats  # the same with the root of the column
    hashes: NDArray[np.uint64]

    def take(self, mask: NDArray[np.bool_]) -> "_Examples":
        return _Examples(self.rows.take(mask), self.bad[mask], self.weight[mask], self.growth[mask], self.hashes[mask])

    def plain(self) -> Rows:
        """Return the rows without a matrix, for their folds."""
        return Rows(np.empty((len(self.bad), 0)), self.bad, self.hashes.astype(np.str_), self.growth)

    def rows_of(self, encoded: Encoded) -> Rows:
        return replace(self.plain(), matrix=encoded.matrix)

    def outcomes(self) -> Outcomes:
        fold = (self.hashes % np.uint64(TOLD_FOLDS)).astype(np.int64)
        return Outcomes(self.bad.astype(np.float64), self.weight, fold, TOLD_FOLDS)


def _examples(rows: StudyRows, tables: Tables, config: StudyConfig) -> tuple[_Examples, SummarySpec | None]:
    if rows.label is None or np.isnan(rows.label).any():
        raise StudyError("a row of the fit has no label")
    numbers, spec = dict(rows.numbers), None
    if config.tables:
        found, spec = summaries(tables, config, rows.keys)
        numbers |= _columns(found)
    if not numbers and not rows.levels:
        raise StudyError("the study names no column that a model could read")
    full = replace(rows, numbers=numbers)
    features = features_of(full)
    decay, weight = _decay(full), np.ones(len(full)) if full.weight is None else full.weight
    order = order_of(content_hash([*features, rows.label, weight, decay]))
    ordered = full.take(order)
    examples = _Examples(
        rows=ordered,
        bad=rows.label[order].astype(np.int64),
        weight=(weight * decay)[order],
        growth=(np.sqrt(weight) * decay)[order],
        hashes=content_hash(features)[order],
    )
    return examples, spec


def _joined(key: str, told: Mapping[str, Any]) -> StudyConfig:
    """Return a study that says which key and which further tables are read, and nothing else."""
    tables = {
        name: TableColumns(one["order"], tuple(one["numbers"]), tuple(one["categories"])) for name, one in told.items()
    }
    return StudyConfig(StudyKind.risk, StudyColumns(query=key, label=_LABEL), tables=tables)


def _member(number: int) -> str:
    return f"trees-{number}.txt"


def _columns(found: pd.DataFrame) -> dict[str, Floats]:
    return {str(name): found[name].to_numpy(dtype=np.float64) for name in found.columns}


def _decay(rows: StudyRows) -> Floats:
    """Return the weight by age, 1 on the newest day; a row without a day counts as the oldest."""
    if rows.day is None or np.isnat(rows.day).all():
        return np.ones(len(rows))
    known = ~np.isnat(rows.day)
    age = np.zeros(len(rows))
    age[known] = (rows.day[known].max() - rows.day[known]).astype(np.float64)
    age[~known] = age[known].max()
    return np.asarray(np.exp2(-age / _DAYS_IN_YEAR / HALF_LIFE_YEARS), dtype=np.float64)


def _encoded(examples: _Examples, config: StudyConfig) -> Encoded:
    return fit_features(examples.rows, config, examples.outcomes(), STRENGTH)


def _split(examples: _Examples, mask: NDArray[np.bool_], config: StudyConfig) -> Split:
    """Return the rows outside the mask to fit on and those under it to score, by features of the first alone."""
    return _apart(examples.take(~mask), examples.take(mask), config)


def _apart(seen: "_Examples", asked: "_Examples", config: StudyConfig) -> Split:
    encoded = _encoded(seen, config)
    matrix = encoded.features.matrix(asked.rows.levels, asked.rows.numbers)
    return Split(seen.rows_of(encoded), replace(asked.plain(), matrix=matrix), encoded.features.inputs)


def _card_scores(split: Split) -> Floats:
    return _card(split.seen, split.inputs).log_odds(split.asked.matrix)


def _card(rows: Rows, inputs: tuple[ModelInput, ...]) -> Scorecard:
    """Return the scorecard of the inputs that tell most alone; the others are held to be missing."""
    told = [fine_information(rows.matrix[:, place], rows.bad, one)[0] for place, one in enumerate(inputs)]
    left = np.argsort(-np.asarray(told), kind="stable")[MOST_CARD_INPUTS:]
    matrix = rows.matrix.copy()
    matrix[:, left] = np.nan
    return fit_scorecard(matrix, rows.bad, inputs)


def _compare(splits: Sequence[Split], cards: Floats, trees: Floats, seed: int) -> Interval:
    """Return the difference of AUC (scorecard less trees) on the rows that neither saw."""
    bad = np.concatenate([split.asked.bad for split in splits])
    units = np.concatenate([split.asked.enterprises for split in splits])
    draws = draw_weights(units, bad, seed=seed, draws=_DRAWS_OF_MANY if len(bad) > _MANY else _DRAWS)
    areas = [draw_measure(weighted_auc, bad, score[None, :], draws) for score in (cards, trees)]
    return areas[0].less(areas[1]).interval()


def _metric(config: StudyConfig) -> Metric:
    """Return what the study wants its trees chosen by, preset log-loss (StudyError for what is none)."""
    if config.metric is not None and config.metric not in set(Metric):
        raise StudyError(f"{config.metric!r} is no metric of a risk study; it is one of {', '.join(Metric)}")
    return Metric(config.metric or Metric.log_loss)


def _require_outcomes(bad: NDArray[np.int64]) -> None:
    bads, goods = int(bad.sum()), int(len(bad) - bad.sum())
    if min(bads, goods) < LEAST_OUTCOMES:
        raise NotEnoughOutcomesError(
            f"a risk model needs at least {LEAST_OUTCOMES} rows that turned out bad and {LEAST_OUTCOMES} that did "
            f"not; {bads} and {goods} are known"
        )
