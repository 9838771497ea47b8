"""The patterns by which a column can betray an outcome: how its numbers, days and codes are written."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.leak_gain import Ints
from models.metrics import Floats

Mask = NDArray[np.bool_]

#: Multiples that people and programmes round to; months, minutes and weeks among them.
MULTIPLES: Final = (*range(2, 13), 15, 20, 24, 25, 30, 50, 60, 100, 500, 1000, 5000, 10_000, 100_000)
_MOST_DECIMALS = 4
_SCALED_SHARE = 0.9  # of values are whole at the scale of a column, else it has no last digit
_MOST_DIGITS = 7
_LEAST_ROWS = 15  # of a pattern's smaller side
_LEAST_SHARE = 0.002
_EXACT = 1e-9
_EXACT_BELOW = 1e14  # doubles above hold no digit after the point
_MOSTLY_DISTINCT = 0.3
_ATOM_SHARE = 0.005
_GAP = 3.0  # spans of the middle 90 % between a code for "none" and the other values
_NEAR = 0.1
_MOST_GROUPS = 200
_MOST_PREFIX = 8
_ROWS_PER_GROUP = 10
_FIRST_DAY = -25_567.0  # 1900-01-01, the zero of spreadsheets
_WEEK = 7


@dataclass(frozen=True)
class Pattern:
    """A division of rows into groups: `groups` numbers each row's; binary ones hold 1 where the pattern is there."""

    zh: str
    en: str
    groups: Ints

    @property
    def is_binary(self) -> bool:
        """Whether a row has the pattern or has it not."""
        return int(self.groups.max(initial=0)) <= 1


def number_patterns(value: Floats) -> Iterator[Pattern]:
    """Yield the digit patterns of finite numbers other than 0: decimals, roundness, last digits, repeats."""
    decimals = _decimals(value)
    yield Pattern("小数位数", "the number of decimals", decimals)
    yield Pattern("有效数字位数", "the number of significant digits", _significant(value))
    scales = {0} | {int(np.argmax(np.bincount(decimals).cumsum() >= _SCALED_SHARE * len(value)))}
    for scale in sorted(scale for scale in scales if scale <= _MOST_DECIMALS):
        yield from _whole_patterns(np.round(value * 10.0**scale), decimals <= scale, scale)
    _, unit, times = np.unique(value, return_inverse=True, return_counts=True)
    if len(times) > _MOSTLY_DISTINCT * len(value):
        yield _binary("同一数值多次出现", "being a value that occurs more than once", times[unit] > 1)


def special_values(value: Floats) -> list[float]:
    """Return the values that stand for something else than an amount, in ascending order.

    Codes for "none" (-1, 99, 9999, 1900-01-01, and whatever stands far from all others) and a value that many rows
    share where others are distinct (an imputed one).
    """
    distinct, times = np.unique(value, return_counts=True)
    often = times >= max(_LEAST_ROWS, _ATOM_SHARE * len(value))
    return [
        float(one)
        for one, count in zip(distinct[often].tolist(), times[often].tolist(), strict=True)
        if one != 0 and (_is_code(one, count, value) or _is_apart(one, value) or _is_filled(one, count, value))
    ]


def day_patterns(day: NDArray[np.datetime64]) -> Iterator[Pattern]:
    """Yield the calendar patterns of days: weekday, first and last of a month."""
    number = day.astype("datetime64[D]").astype(np.int64)
    yield Pattern("星期几", "the day of the week", (number + 3) % _WEEK)
    month = day.astype("datetime64[M]")
    yield _binary("每月首日", "being the first day of a month", day == month.astype("datetime64[D]"))
    last = (day + np.timedelta64(1, "D")).astype("datetime64[M]") > month
    yield _binary("每月末日", "being the last day of a month", last)


def text_patterns(levels: Sequence[str], codes: Ints) -> Iterator[Pattern]:
    """Yield the patterns of how codes are written; `codes` are the rows' places in `levels`, none missing."""
    shapes = [_shape(level) for level in levels]
    rows = len(codes)
    yield _level_pattern("文本长度", "the length of the text", [str(len(level)) for level in levels], codes)
    yield _level_pattern("书写格式", "the format (letters, digits, signs)", shapes, codes)
    yield _level_pattern("首位是否为0", "a leading zero", [str(level[:1] == "0") for level in levels], codes)
    yield _level_pattern("末位字符", "the last character", [level[-1:] for level in levels], codes)
    most = max(_MOST_GROUPS // 4, rows // _ROWS_PER_GROUP)
    blocks = [re.split(r"[^0-9A-Za-z\u4e00-\u9fff]", level, maxsplit=1)[0] for level in levels]
    if len(set(blocks)) < len(set(levels)) and 1 < len(set(blocks)) <= most:
        yield _level_pattern("首段编号", "the first block", blocks, codes)
    shared = _shared(levels)
    for length in range(shared + 1, shared + 1 + _MOST_PREFIX):
        starts = [level[:length] for level in levels]
        if len(set(starts)) > min(most, len(levels) // 2):
            break
        yield _level_pattern(f"前{length}位", f"the first {length} characters", starts, codes)


def plain_text(level: str) -> str:
    """Return a level without what only the way of writing adds: case, blanks, signs."""
    return re.sub(r"[^0-9a-z\u4e00-\u9fff]", "", level.casefold())


def numbers_in(levels: Sequence[str]) -> Floats | None:
    """Return the number at the end of each level, or None where fewer than 9 in 10 levels end in one."""
    found = [re.search(r"(\d{1,15})\D*$", level) for level in levels]
    if sum(one is not None for one in found) < _SCALED_SHARE * len(levels):
        return None
    return np.array([float(one.group(1)) if one else np.nan for one in found])


def days_in(levels: Sequence[str]) -> NDArray[np.datetime64] | None:
    """Return the day that each level names, or None where they are not all days."""
    if not levels or not all(re.match(r"\d{4}[-/.]?\d{2}[-/.]?\d{2}(\D|$)", level) for level in levels):
        return None
    texts = pd.Series([re.sub(r"[-/.]", "", level[:10])[:8] for level in levels])
    days = pd.to_datetime(texts, format="%Y%m%d", errors="coerce")
    return None if days.isna().any() else np.asarray(days.to_numpy(dtype="datetime64[D]"))


def days_as_numbers(value: Floats) -> NDArray[np.datetime64] | None:
    """Return the days that numbers such as 20060304 name, or None where they are not all such."""
    if not len(value) or not ((value >= 19_000_101) & (value <= 21_001_231) & (value == np.round(value))).all():  # noqa: PLR2004
        return None
    distinct, unit = np.unique(value, return_inverse=True)
    days = pd.to_datetime(pd.Series(distinct.astype(np.int64).astype(str)), format="%Y%m%d", errors="coerce")
    return None if days.isna().any() else np.asarray(days.to_numpy(dtype="datetime64[D]"))[unit]


def is_worth_asking(pattern: Pattern) -> bool:
    """Return whether two groups at least have enough rows to tell anything."""
    size = np.sort(np.bincount(pattern.groups))[::-1]
    return len(size) > 1 and int(size[1:].sum()) >= max(_LEAST_ROWS, _LEAST_SHARE * len(pattern.groups))


def _whole_patterns(scaled: Floats, is_whole: Mask, scale: int) -> Iterator[Pattern]:
    unit = "" if scale == 0 else f"（以 {10.0**-scale:g} 计）"
    of = "" if scale == 0 else f" (counted in {10.0**-scale:g})"
    for multiple in MULTIPLES:
        holds = is_whole & (np.mod(scaled, multiple) == 0)
        yield _binary(f"是否为{multiple}的倍数{unit}", f"being a multiple of {multiple}{of}", holds)
    digit = np.where(is_whole, np.mod(np.abs(scaled), 10), 10).astype(np.int64)
    yield Pattern(f"末位数字{unit}", f"the last digit{of}", digit)
    pair = np.where(is_whole, np.mod(np.abs(scaled), 100), 100).astype(np.int64)
    yield Pattern(f"末两位数字{unit}", f"the last two digits{of}", pair)


def _binary(zh: str, en: str, holds: Mask) -> Pattern:
    return Pattern(zh, en, holds.astype(np.int64))


def _decimals(value: Floats) -> Ints:
    found = np.full(len(value), _MOST_DECIMALS + 1, dtype=np.int64)
    for places in range(_MOST_DECIMALS, -1, -1):
        scaled = value * 10.0**places
        exact = np.abs(scaled - np.round(scaled)) <= np.maximum(_EXACT * np.abs(scaled), 1e-7)
        found[exact & (np.abs(scaled) < _EXACT_BELOW)] = places
    return found


def _significant(value: Floats) -> Ints:
    with np.errstate(divide="ignore"):
        order = np.floor(np.log10(np.abs(value)))
    mantissa = value / 10.0**order
    found = np.full(len(value), _MOST_DIGITS, dtype=np.int64)
    for digits in range(_MOST_DIGITS - 1, 0, -1):
        scaled = mantissa * 10.0 ** (digits - 1)
        found[np.abs(scaled - np.round(scaled)) <= _EXACT * 10.0**digits] = digits
    return found - 1


def _is_code(one: float, count: int, value: Floats) -> bool:
    digits = str(int(abs(one))) if one == int(one) else ""
    if one == _FIRST_DAY or (one < 0 and digits in {"1", "9"} and not ((value < 0) & (value != one)).any()):
        return True
    if len(digits) < 2 or set(digits) not in ({"9"}, {"8"}):  # noqa: PLR2004 (99, not 9)
        return False
    near = (np.abs(value - one) <= _NEAR * abs(one)) & (value != one)
    return int(near.sum()) < count


def _is_apart(one: float, value: Floats) -> bool:
    others = value[value != one]
    if len(others) < _LEAST_ROWS or others.min() < one < others.max():
        return False
    low, high = np.quantile(others, [0.05, 0.95])
    return bool(float(np.abs(others - one).min()) > _GAP * (high - low) > 0)


def _is_filled(one: float, count: int, value: Floats) -> bool:
    others = value[value != one]
    if not len(others) or not others.min() < one < others.max():
        return False
    times = np.unique(others, return_counts=True)[1]
    return len(times) > _MOSTLY_DISTINCT * len(others) and count > 5 * int(times.max())


def _level_pattern(zh: str, en: str, of_level: Sequence[str], codes: Ints) -> Pattern:
    """Return the pattern of a text per level; the rarest texts share a group."""
    texts, place = np.unique(np.array(of_level, dtype=str), return_inverse=True)
    rows = np.bincount(place[codes], minlength=len(texts))
    rank = np.empty(len(texts), dtype=np.int64)
    rank[np.lexsort((np.arange(len(texts)), -rows))] = np.arange(len(texts))
    return Pattern(zh, en, np.minimum(rank, max(_MOST_GROUPS, len(codes) // _ROWS_PER_GROUP))[place[codes]])


def _shape(level: str) -> str:
    found = re.sub(r"\d+", "9", level)
    found = re.sub(r"[A-Z]+", "A", found)
    found = re.sub(r"[a-z]+", "a", found)
    return re.sub(r"[\u4e00-\u9fff]+", "字", found)


def _shared(levels: Sequence[str]) -> int:
    """Return how many first characters all levels share."""
    first, last = min(levels), max(levels)
    return next((place for place, (one, two) in enumerate(zip(first, last, strict=False)) if one != two), len(first))
