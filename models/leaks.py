"""The leak check of a study: which columns tell the label by more than their value.

A column leaks where its missingness, the way its numbers or codes are written, its day against the row's own day, the
order of rows or the prefix of an id predicts the label beyond a smooth function of its value (and of the row's day):
then it was filled in, rewritten or sorted after the outcome, or stands for something that the study does not name.
Every pattern is judged out of fold (`models/leak_gain.py`) and named only where the gain is real for as many patterns
as were tried (a likelihood ratio with Bonferroni's correction, and three standard errors over distinct values) and
large enough to matter. A column that separates implausibly well by its value alone is named too.

For risk the label is the study's. For a match study it is taken to be "the option was X" for each of the five options
with the most rows, their gains added up: a column whose writing tells who served a request was filled in by the one
who did. Weights are not used: a leak shows in any mix of rows.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.leak_columns import (
    LeakKind,
    Sample,
    Trial,
    code_trials,
    number_trials,
    presence_trial,
    repeated_trial,
    sequence_trial,
    text_trials,
)
from models.leak_gain import Ints, Labels, folds_of, group_log_odds, smooth_log_odds, units_of
from models.leaks_found import ORDER, REPEATED, Findings, found_in
from models.metrics import Floats
from models.study_config import StudyConfig, StudyKind, TableColumns
from models.study_table import StudyRows, as_numbers, as_text

__all__ = ["Findings", "leak_check"]

MOST_ROWS: Final = 20_000  # of each class, or of a match study: enough to measure a share of half a percent
LEAST_LABELLED: Final = 30  # rows of each class
OPTIONS: Final = 5
_ROWS_PER_LEVEL = 3  # more, and a code recurs: it is a group that honestly may differ
_MOSTLY_DISTINCT = 0.3

Mask = NDArray[np.bool_]


def leak_check(
    rows: StudyRows, config: StudyConfig, seed: int = 0, tables: Mapping[str, pd.DataFrame] | None = None
) -> Findings:
    """Return the columns that tell the label by more than their value.

    `rows` are those of the fit, in the order of the file; `tables` the further tables by name, as read. Large tables
    are looked at in a sample by hash of the key, of bad and of good rows alike. Raises StudyError where a further
    table lacks a column or holds what it cannot.
    """
    places, bad = _sampled(rows, config, seed)
    if not len(places):
        return Findings(len(rows), 0, 0, 0, ())
    by_key = np.argsort(rows.keys[places].astype(str), kind="stable")  # so that sums do not know the order of rows
    places, bad = places[by_key], bad[by_key]
    taken = rows.take(places)
    sample = _sample(taken, bad, seed)
    given = {name: held for name, held in config.tables.items() if tables is not None and name in tables}
    loose = {name for name, column in rows.levels.items() if _recurs(column)} | {config.key}
    # In a match study options are local, and so is whatever recurs.
    nested = {*config.columns.place, *config.columns.industry, *(loose if config.kind is StudyKind.match else ())}
    is_repeated, is_first = _repeated(rows)
    once = np.flatnonzero(is_first[places])  # else every number of a row that stands twice would be one that recurs
    trials = [*_column_trials(taken.take(once), config, nested, sample.take(once))]
    trials.extend(_row_trials(rows, places, sample, config))
    if is_repeated.any():
        trials.append(repeated_trial(REPEATED, is_repeated[places], sample))
    for name, held in given.items():
        trials.extend(_table_trials(name, held, (tables or {})[name], (config.key, taken), sample))
    columns = len(rows.levels) + len(rows.numbers)
    columns += sum(len(held.numbers) + len(held.categories) for held in given.values())
    return found_in(trials, (len(rows), len(places), columns), loose=loose, has_day=sample.day is not None)


def _sampled(rows: StudyRows, config: StudyConfig, seed: int) -> tuple[Ints, Floats]:
    """Return the places of the rows looked at and their labels (rows × labels); none where too few have a label."""
    digest = _digests(rows, seed)
    if config.kind is StudyKind.match:
        return _match_sample(rows, digest)
    if rows.label is None:
        return _NOTHING
    classes = [np.flatnonzero(rows.label == label) for label in (0.0, 1.0)]
    if min(len(held) for held in classes) < LEAST_LABELLED:
        return _NOTHING
    places = np.sort(np.concatenate([_least(held, digest, MOST_ROWS) for held in classes]))
    return places, rows.label[places][:, None]


def _match_sample(rows: StudyRows, digest: NDArray[np.uint64]) -> tuple[Ints, Floats]:
    if rows.option is None:
        return _NOTHING
    codes = np.asarray(rows.option.codes, dtype=np.int64)
    places = np.sort(_least(np.flatnonzero(codes >= 0), digest, MOST_ROWS))
    size = np.bincount(codes[places], minlength=len(rows.option.categories))
    largest = np.lexsort((np.arange(len(size)), -size))[:OPTIONS]
    largest = largest[(size[largest] >= LEAST_LABELLED) & (size[largest] <= len(places) - LEAST_LABELLED)]
    if not len(largest):
        return _NOTHING
    return places, (codes[places][:, None] == largest).astype(np.float64)


def _digests(rows: StudyRows, seed: int) -> NDArray[np.uint64]:
    """Return a number per key that depends on the key and the seed alone."""
    return np.asarray(pd.util.hash_array(rows.keys, hash_key=f"{seed:016d}"[-16:], categorize=False), dtype=np.uint64)


def _least(places: Ints, digest: NDArray[np.uint64], most: int) -> Ints:
    return places if len(places) <= most else places[np.argsort(digest[places], kind="stable")[:most]]


def _sample(rows: StudyRows, bad: Floats, seed: int) -> Sample:
    unit = units_of(rows.keys.astype(str))
    fold = folds_of(unit, seed)
    labels = Labels(bad, np.zeros_like(bad))
    labels = labels.beside(group_log_odds(np.zeros(len(bad), dtype=np.int64), labels, fold))
    day = rows.day
    if day is None or np.isnat(day).all():
        return Sample(labels, unit, fold, None, seed)
    number = np.where(np.isnat(day), np.nan, day.astype(np.float64))
    number = np.where(np.isnan(number), np.nanmedian(number), number)
    return Sample(
        labels.beside(smooth_log_odds(number, labels, fold)), unit, fold, number.astype("datetime64[D]"), seed
    )


def _column_trials(rows: StudyRows, config: StudyConfig, nested: set[str], sample: Sample) -> Iterator[Trial]:
    made = {name for name, derived in config.derive.items() if derived.source in rows.levels}
    for name, value in rows.numbers.items():
        yield from number_trials(name, value, sample, is_day=name in rows.dated)
    for name, column in rows.levels.items():
        if name in made:  # says nothing that its source does not
            continue
        yield from _text_trials(name, column, sample, is_nested=name in nested)


def _text_trials(name: str, column: pd.Categorical, sample: Sample, *, is_nested: bool = False) -> Iterator[Trial]:
    levels = [str(level) for level in column.categories]
    return text_trials(name, levels, np.asarray(column.codes, dtype=np.int64), sample, is_nested=is_nested)


def _row_trials(rows: StudyRows, places: Ints, sample: Sample, config: StudyConfig) -> Iterator[Trial]:
    """Yield the trials of the order of rows and of the key."""
    yield sequence_trial(ORDER, LeakKind.order, places.astype(np.float64), sample)
    if config.columns.query is not None:
        keys, codes = np.unique(rows.keys[places].astype(str), return_inverse=True)
        yield from code_trials(config.columns.query, keys.tolist(), np.asarray(codes, dtype=np.int64), sample)


def _repeated(rows: StudyRows) -> tuple[Mask, Mask]:
    """Return which rows stand several times, and which stand for the first time, by what the study reads of them.

    None counts as repeated where that is no wonder: without a column of mostly distinct numbers.
    """
    held = list(rows.numbers.values())
    if not any(len(np.unique(value[np.isfinite(value)])) > _MOSTLY_DISTINCT * len(rows) for value in held):
        return np.zeros(len(rows), dtype=np.bool_), np.ones(len(rows), dtype=np.bool_)
    digest = np.zeros(len(rows), dtype=np.uint64)
    for part in [*held, *(np.asarray(column.codes, dtype=np.int64) for column in rows.levels.values())]:
        digest = digest * _ODD + pd.util.hash_array(part)
    _, first, unit, times = np.unique(digest, return_index=True, return_inverse=True, return_counts=True)
    empty = np.all([np.isnan(value) for value in held], axis=0)
    is_first = np.zeros(len(rows), dtype=np.bool_)
    is_first[first] = True
    return (times[unit] > 1) & ~empty, is_first | empty


def _table_trials(
    name: str, held: TableColumns, table: pd.DataFrame, joined: tuple[str, StudyRows], sample: Sample
) -> Iterator[Trial]:
    """Yield the trials of a further table: whether a firm has rows in it, and the columns of its latest row."""
    key, rows = joined
    latest = _latest(table, key, held.order)
    place = pd.Index(as_text(latest[key]).astype(str)).get_indexer(pd.Index(rows.keys.astype(str)))
    yield presence_trial(name, place >= 0, sample)
    present = np.flatnonzero(place >= 0)
    latest, sample = latest.iloc[place[present]], sample.take(present)
    if not _has_both(sample):
        return
    for column in held.numbers:
        value = as_numbers(latest[column], column)
        yield from number_trials(f"{name}.{column}", value, sample, is_day=latest[column].dtype.kind == "M")
    for column in held.categories:
        yield from _text_trials(f"{name}.{column}", as_text(latest[column]), sample)


def _latest(table: pd.DataFrame, key: str, order: str | None) -> pd.DataFrame:
    held = table[table[key].notna()]
    held = held if order is None else held.sort_values(order, kind="stable", na_position="first")
    return held.drop_duplicates(key, keep="last")


def _has_both(sample: Sample) -> bool:
    bad = sample.labels.bad.sum(axis=0)
    return bool((bad >= LEAST_LABELLED).any() and (len(sample.unit) - bad >= LEAST_LABELLED).any())


def _recurs(column: pd.Categorical) -> bool:
    used = np.unique(column.codes[column.codes >= 0])
    return bool(len(column) > _ROWS_PER_LEVEL * max(len(used), 1))


_ODD: Final = np.uint64(0x9E3779B97F4A7C15)
_NOTHING: Final = (np.empty(0, dtype=np.int64), np.empty((0, 1)))
