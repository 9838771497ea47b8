"""Studies: the platform's ranker and risk models on any table that a study describes.

The rows of a fit are chosen here and come to the models in an order that neither the file nor a key decides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.errors import NotEnoughOutcomesError, StudyError
from models.folds import Ints, assign_folds
from models.metrics import Floats
from models.option_ranker import MatchModel, fit_options
from models.ranked import Ranked
from models.study_config import StudyConfig, StudyKind
from models.study_order import by_content, content_hash, features_of
from models.study_risk import RiskStudy, fit_study
from models.study_table import Places, StudyRows

#: Of every study; the same table gives the same scores.
SEED: Final = 20260630

Mask = NDArray[np.bool_]
Tables = Mapping[str, pd.DataFrame]


def fit_match(history: StudyRows, config: StudyConfig, seed: int = SEED) -> MatchModel:
    """Return the ranker fitted on the rows that took an option (StudyError where none did)."""
    return fit_options(known_rows(history, config), config, seed)


def fit_risk(history: StudyRows, tables: Tables, config: StudyConfig, seed: int = SEED) -> RiskStudy:
    """Return the risk model fitted on the rows with a label; NotEnoughOutcomesError where one outcome is lacking."""
    known = known_rows(history, config)
    if known.label is None or len(np.unique(known.label)) < 2:  # noqa: PLR2004 (bad and good)
        raise NotEnoughOutcomesError("the rows of the fit have one outcome only; a risk model needs bad and good ones")
    return fit_study(known, tables, config, seed)


def risk_out_of_fold(history: StudyRows, tables: Tables, config: StudyConfig, seed: int = SEED) -> Floats:
    """Return the probability of every row by a model that did not see the row's fold."""
    fold = outer_folds(history, config, seed)
    found = np.full(len(history), np.nan)
    for one in np.unique(fold):
        asked = fold == one
        found[asked] = fit_risk(history.take(~asked), tables, config, seed).predict(history.take(asked), tables)
    return found


def match_out_of_fold(history: StudyRows, config: StudyConfig, top: int, seed: int = SEED) -> tuple[Ranked, list[str]]:
    """Return the options of every row by a ranker that did not see the row's fold, and what the options are."""
    fold = outer_folds(history, config, seed)
    parts, options = [], _options(history)
    for one in np.unique(fold):
        asked = np.flatnonzero(fold == one)
        model = fit_match(history.take(fold != one), config, seed)
        ranked = model.match(history.take(asked), top)
        place = np.searchsorted(options, np.asarray(model.options, dtype=object))
        parts.append(Ranked(asked[ranked.place], place[ranked.option], ranked.score))
    order = np.argsort(np.concatenate([part.place for part in parts]), kind="stable")
    columns = [[getattr(part, name) for part in parts] for name in ("place", "option", "score")]
    return Ranked(*(np.concatenate(column)[order] for column in columns)), options.tolist()


def outer_folds(history: StudyRows, config: StudyConfig, seed: int = SEED) -> Ints:
    """Return the fold of each row: by its key where the study names one, else by what the row says.

    Without a key the order of rows is all that a number of a row tells, and rows that say the same stay together.
    """
    if config.folds is None:
        raise StudyError("the study names no folds")
    if config.columns.query is not None:
        keys = history.keys.astype(np.str_)
    else:
        keys = content_hash(features_of(history)).astype(np.str_)
    bad = np.zeros(len(history), dtype=np.int64) if history.label is None else (history.label == 1).astype(np.int64)
    return assign_folds(keys, bad, n_folds=config.folds, seed=seed)


def fit_rows(history: StudyRows, splits: Sequence[str], reported: Places | None) -> Mask:
    """Return which rows may be learned from: those of the splits, or without any those that are not reported on.

    Raises StudyError where no row belongs to any of the splits.
    """
    if splits:
        return split_rows(history, splits)
    mask = np.ones(len(history), dtype=np.bool_)
    if reported is not None:
        mask[reported] = False
    return mask


def split_rows(history: StudyRows, splits: Sequence[str]) -> Mask:
    """Return which rows belong to one of the splits; StudyError, saying which there are, where none does."""
    if len(absent_splits(history, splits)) == len(splits):
        raise StudyError(
            f"no row belongs to split {', '.join(splits)}; there are {', '.join(_held(history)) or 'none'}"
        )
    return history.in_splits(tuple(splits))


def absent_splits(history: StudyRows, splits: Sequence[str]) -> tuple[str, ...]:
    """Return the splits of which there is no row (StudyError where the study names no splits)."""
    held = _held(history)
    return tuple(one for one in splits if one not in held)


def known_rows(history: StudyRows, config: StudyConfig) -> StudyRows:
    """Return the rows whose option or label is known, in order of what they say; a risk of weight zero leaves.

    Raises NotEnoughOutcomesError where none is left.
    """
    if config.kind is StudyKind.match:
        known = np.zeros(len(history), dtype=np.bool_) if history.option is None else history.option.codes >= 0
        what = "an option"
    else:
        known = np.zeros(len(history), dtype=np.bool_) if history.label is None else ~np.isnan(history.label)
        what = "a label"
        if history.weight is not None:
            known &= history.weight > 0
    if not known.any():
        raise NotEnoughOutcomesError(f"no row has {what}; there is nothing to learn from or to report on")
    rows = by_content(history.take(known))
    return replace(rows, option=None if rows.option is None else rows.option.remove_unused_categories())


def scored_features(config: StudyConfig) -> dict[str, list[str]]:
    """Return what a model of the study reads, by kind of column."""
    columns = config.columns
    tables = {
        f"tables.{name}": [*one.numbers, *one.categories, *((one.order,) if one.order else ())]
        for name, one in config.tables.items()
    }
    own = {"place": columns.place, "industry": columns.industry, "categories": columns.categories}
    return {**{name: list(found) for name, found in own.items()}, "numbers": list(columns.all_numbers), **tables}


def _held(history: StudyRows) -> list[str]:
    if history.split is None:
        raise StudyError("the study names no columns.split, so no split can be asked for")
    codes = np.unique(history.split.codes[history.split.codes >= 0])
    return sorted(str(one) for one in history.split.categories.to_numpy(dtype=object)[codes])


def _options(history: StudyRows) -> NDArray[np.object_]:
    if history.option is None:
        raise StudyError("the history was read without its options")
    return np.asarray(history.option.categories.to_numpy(dtype=object))
