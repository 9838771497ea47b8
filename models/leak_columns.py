"""The trials of one column in the leak check: each asks whether a pattern tells the label beyond the value."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from models.leak_gain import Gain, Ints, Labels, folds_of, gain_of, group_log_odds, promise, smooth_log_odds, units_of
from models.leak_probes import (
    Pattern,
    day_patterns,
    days_as_numbers,
    days_in,
    is_worth_asking,
    number_patterns,
    numbers_in,
    plain_text,
    special_values,
    text_patterns,
)
from models.metrics import Floats, auc

Mask = NDArray[np.bool_]
Days = NDArray[np.datetime64]

_LEAST_ROWS = 200
_LEAST_VALUES = 20  # distinct ones; fewer and a pattern of numbers is a name for a few values
_LEAST_LEVELS = 30
_PROMISING_NATS = 5.0  # within the sample; what is named needs more than twice as many out of fold
_PROMISING_SHARE = 0.002
_BINS = 100
_ONE = 1e-4  # of rows lie after their own day where that is an exception


class LeakKind(StrEnum):
    """By what a column tells the label."""

    missing = "missing"
    digits = "digits"
    special = "special"
    calendar = "calendar"
    after = "after"
    form = "format"
    prefix = "prefix"
    sequence = "sequence"
    order = "order"
    repeated = "repeated"
    presence = "presence"
    alone = "alone"


@dataclass(frozen=True)
class Sample:
    """The rows that are looked at: labels with the log-odds of the day, and what ties a row to its fold."""

    labels: Labels
    unit: Ints
    fold: Ints
    day: Days | None
    seed: int

    def take(self, rows: Ints) -> "Sample":
        """Return the sample of these rows, whose own base rate is known before anything else."""
        day, fold = None if self.day is None else self.day[rows], self.fold[rows]
        labels = self.labels.take(rows)
        labels = labels.beside(group_log_odds(np.zeros(len(rows), dtype=np.int64), labels, fold))
        return Sample(labels, self.unit[rows], fold, day, self.seed)


@dataclass(frozen=True, slots=True)
class Trial:
    """One pattern of one column; `rates` is how often it stands in bad rows and in others (binary patterns only)."""

    column: str
    kind: LeakKind
    zh: str
    en: str
    gain: Gain
    rates: tuple[float, float] | None = None
    area: float | None = None


def number_trials(column: str, value: Floats, sample: Sample, *, is_day: bool) -> Iterator[Trial]:
    """Yield the trials of a column of numbers (NaN is missing)."""
    present = np.isfinite(value)
    yield from missing_trials(column, ~present, sample)
    yield _alone(column, _bins(value), sample)
    rows = np.flatnonzero(present)
    if len(rows) < _LEAST_ROWS:
        return
    days = value[rows].astype("datetime64[D]") if is_day else days_as_numbers(value[rows])
    special = special_values(value[rows])
    for one in special:
        pattern = Pattern(f"是否为特殊值 {one:.15g}", f"being the special value {one:.15g}", _ints(value[rows] == one))
        yield _by_row(column, LeakKind.special, pattern, sample.take(rows))
    plain = ~np.isin(value[rows], special)
    if days is not None:
        yield from day_trials(column, days[plain], sample.take(rows[plain]))
        return
    plain &= value[rows] != 0
    yield from _digit_trials(column, value[rows[plain]], sample.take(rows[plain]))


def text_trials(
    column: str, levels: Sequence[str], codes: Ints, sample: Sample, *, is_nested: bool = False
) -> Iterator[Trial]:
    """Yield the trials of a column of text; `codes` are places in `levels`, -1 is missing.

    A nested code (a place, an industry) honestly says more by its first characters: of it only the missing is asked.
    """
    blank = np.array([not level.strip() or plain_text(level) in {"nan", "null", "na"} for level in levels], dtype=bool)
    present = (codes >= 0) & ~np.append(blank, True)[codes]
    yield from missing_trials(column, ~present, sample)
    yield _alone(column, _rank(codes + 1), sample)
    rows = np.flatnonzero(present)
    if len(rows) < _LEAST_ROWS or is_nested:
        return
    used, place = np.unique(codes[rows], return_inverse=True)
    held, sample = [levels[code] for code in used.tolist()], sample.take(rows)
    days = days_in(held)
    if days is not None:
        yield from day_trials(column, days[place], sample)
    elif len(held) >= _LEAST_LEVELS:
        yield from code_trials(column, held, place.astype(np.int64), sample)
    else:
        yield from _writing_trials(column, held, place.astype(np.int64), sample)


def code_trials(column: str, levels: Sequence[str], codes: Ints, sample: Sample) -> Iterator[Trial]:
    """Yield the trials of a column of many codes: how they are written, their prefix, their sequence."""
    fold = folds_of(codes, sample.seed)
    for pattern in text_patterns(levels, codes):
        kind = LeakKind.prefix if pattern.en.startswith("the first") else LeakKind.form
        yield _judged(column, kind, pattern, sample.labels, (codes, fold))
    number = numbers_in(levels)
    if number is not None:
        held = np.flatnonzero(np.isfinite(number[codes]))
        yield sequence_trial(column, LeakKind.sequence, number[codes[held]], sample.take(held))


def sequence_trial(column: str, kind: LeakKind, number: Floats, sample: Sample) -> Trial:
    """Return the trial whether a running number tells the label by a smooth function of it."""
    log_odds = smooth_log_odds(number, sample.labels, sample.fold)
    words = {
        LeakKind.sequence: ("编号大小", "the running number"),
        LeakKind.order: ("行序", "the place in the file"),
        LeakKind.after: ("距本行日期的天数", "the days from the row's own day"),
    }
    zh, en = words[kind]
    area = _area(sample.labels, log_odds) if kind is LeakKind.after else None
    return Trial(column, kind, zh, en, gain_of(log_odds, sample.labels, sample.unit), area=area)


def missing_trials(column: str, is_missing: Mask, sample: Sample) -> Iterator[Trial]:
    """Yield the trial whether it tells the label that a value is missing."""
    yield _by_row(column, LeakKind.missing, Pattern("是否缺失", "being missing", _ints(is_missing)), sample)


def presence_trial(column: str, is_present: Mask, sample: Sample) -> Trial:
    """Return the trial whether it tells the label that a firm has rows in a further table."""
    return _by_row(column, LeakKind.presence, Pattern("有无记录", "having a record", _ints(is_present)), sample)


def repeated_trial(column: str, is_repeated: Mask, sample: Sample) -> Trial:
    """Return the trial whether it tells the label that a row stands several times."""
    pattern = Pattern("整行重复", "standing several times, all columns alike", _ints(is_repeated))
    return _by_row(column, LeakKind.repeated, pattern, sample)


def day_trials(column: str, days: Days, sample: Sample) -> Iterator[Trial]:
    """Yield the trials of a column of days: against the row's own day, and in the calendar."""
    if len(days) < _LEAST_ROWS:
        return
    if sample.day is not None:
        lag = (days - sample.day).astype(np.float64)
        after = lag > 0
        pattern = Pattern("晚于本行日期", "lying after the row's own day", _ints(after))
        yield _by_row(column, LeakKind.after, pattern, sample)
        if after.mean() > _ONE and len(np.unique(lag)) > 1:
            yield sequence_trial(column, LeakKind.after, lag, sample)
    number = days.astype(np.float64)
    units = units_of(number)
    fold = folds_of(units, sample.seed)
    if int(units.max()) < _LEAST_VALUES:
        return
    labels = sample.labels.beside(smooth_log_odds(number, sample.labels, fold))
    for pattern in day_patterns(days):
        yield _judged(column, LeakKind.calendar, pattern, labels, (units, fold))


def _digit_trials(column: str, value: Floats, sample: Sample) -> Iterator[Trial]:
    if len(value) < _LEAST_ROWS:
        return
    units = units_of(value)
    if int(units.max()) < _LEAST_VALUES:
        return
    fold = folds_of(units, sample.seed)
    labels = sample.labels.beside(smooth_log_odds(value, sample.labels, fold))
    for pattern in number_patterns(value):
        yield _judged(column, LeakKind.digits, pattern, labels, (units, fold))


def _writing_trials(column: str, levels: Sequence[str], codes: Ints, sample: Sample) -> Iterator[Trial]:
    """Yield the trial of few levels that are written in several ways ("Yes", "yes "): the way beside the level."""
    plain, place = np.unique(np.array([plain_text(level) for level in levels], dtype=str), return_inverse=True)
    if len(plain) == len(levels):
        return
    known = group_log_odds(place[codes].astype(np.int64), sample.labels, sample.fold)
    pattern = Pattern("同一取值的写法", "the way one value is written", codes)
    yield _judged(column, LeakKind.form, pattern, sample.labels.beside(known), (sample.unit, sample.fold))


def _alone(column: str, groups: Ints, sample: Sample) -> Trial:
    """Return how well the value separates by itself (area under the curve, out of fold, mean over labels)."""
    log_odds = group_log_odds(groups, sample.labels, sample.fold)
    gain = gain_of(log_odds, sample.labels, sample.unit)
    return Trial(column, LeakKind.alone, "数值本身", "the value alone", gain, area=_area(sample.labels, log_odds))


def _by_row(column: str, kind: LeakKind, pattern: Pattern, sample: Sample) -> Trial:
    return _judged(column, kind, pattern, sample.labels, (sample.unit, sample.fold))


def _judged(column: str, kind: LeakKind, pattern: Pattern, labels: Labels, tied: tuple[Ints, Ints]) -> Trial:
    """Return the trial of a pattern; one that does not even promise much within the sample is not fitted."""
    units, fold = tied
    nothing = Trial(column, kind, pattern.zh, pattern.en, Gain(0.0, 0.0, 0.0))
    least = max(_PROMISING_NATS, _PROMISING_SHARE * labels.open_nats())
    if not is_worth_asking(pattern) or promise(pattern.groups, labels) < least:
        return nothing
    gain = gain_of(group_log_odds(pattern.groups, labels, fold), labels, units)
    return Trial(column, kind, pattern.zh, pattern.en, gain, _rates(pattern, labels))


def _rates(pattern: Pattern, labels: Labels) -> tuple[float, float] | None:
    if not pattern.is_binary or labels.bad.shape[1] > 1:
        return None
    bad, held = labels.bad[:, 0] == 1, pattern.groups == 1
    return (float(held[bad].mean()), float(held[~bad].mean())) if bad.any() and not bad.all() else None


def _area(labels: Labels, log_odds: Floats) -> float:
    columns = [(labels.bad[:, one], log_odds[:, one]) for one in range(labels.bad.shape[1])]
    return float(np.mean([auc(bad, score) for bad, score in columns if 0 < bad.sum() < len(bad)] or [0.5]))


def _bins(value: Floats) -> Ints:
    """Return the bin of each value: a distinct value each where they are few, else hundredths; missing has its own."""
    present = np.isfinite(value)
    if not present.any():
        return np.zeros(len(value), dtype=np.int64)
    edges = np.unique(value[present])
    if len(edges) > _BINS:
        edges = np.unique(np.quantile(value[present], np.arange(1, _BINS) / _BINS))
    return np.where(present, np.searchsorted(edges, value, side="left") + 1, 0).astype(np.int64)


def _rank(codes: Ints) -> Ints:
    return np.asarray(np.unique(codes, return_inverse=True)[1], dtype=np.int64)


def _ints(mask: Mask) -> Ints:
    return mask.astype(np.int64)
