"""An order of rows by what they say: neither the order of a file nor a key may change what is fitted.

Sums of doubles and samples by position depend on the order of rows, so every fit of a study reads them in this one.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.metrics import Floats
from models.study_table import Places, StudyRows

Hashes = NDArray[np.uint64]

_MISSING = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_SHIFT = np.uint64(31)


def by_content(rows: StudyRows) -> StudyRows:
    """Return the rows in order of the hash of all they say but their key; rows that say the same are one another's."""
    return rows.take(order_of(content_hash([*features_of(rows), *_told(rows)])))


def features_of(rows: StudyRows) -> list[pd.Categorical | Floats]:
    """Return the columns that a model may read, levels before numbers, in the study's order."""
    return [*rows.levels.values(), *rows.numbers.values()]


def order_of(hashes: Hashes) -> Places:
    """Return the places of rows in order of their hash; equal hashes keep their order."""
    return np.argsort(hashes, kind="stable")


def content_hash(columns: Iterable[pd.Categorical | Floats]) -> Hashes:
    """Return a hash of each row over columns of levels (by text) and of doubles; equal rows have equal hashes."""
    found: Hashes | None = None
    for column in columns:
        one = _level_hash(column) if isinstance(column, pd.Categorical) else _number_hash(column)
        found = one if found is None else _mixed(found, one)
    if found is None:
        raise ValueError("rows without a column have no content")
    return found


def _told(rows: StudyRows) -> list[pd.Categorical | Floats]:
    day = None if rows.day is None else rows.day.astype(np.int64).astype(np.float64)
    known = None if rows.outcome_on is None else rows.outcome_on.astype(np.int64).astype(np.float64)
    told: list[Any] = [day, rows.option, rows.label, rows.split, rows.weight, known]
    return [column for column in told if column is not None]


def _level_hash(column: pd.Categorical) -> Hashes:
    texts = column.categories.to_numpy(dtype=object)
    hashes = pd.util.hash_array(texts, categorize=False) if len(texts) else np.empty(0, dtype=np.uint64)
    known: Hashes = np.append(hashes, _MISSING)[column.codes]
    return known


def _number_hash(column: Floats) -> Hashes:
    values = np.where(column == 0, 0.0, column)  # one zero
    return np.where(np.isnan(values), _MISSING, pd.util.hash_array(values))


def _mixed(left: Hashes, right: Hashes) -> Hashes:
    mixed = (left ^ (left >> _SHIFT)) * _MIX + right
    return mixed ^ (mixed >> _SHIFT)
