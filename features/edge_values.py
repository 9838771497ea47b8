"""Reads delivered values: text or typed columns become stored columns, and what cannot be read is named by a rule.

Nothing is rounded. A floating-point number counts as the shortest decimal that denotes it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.errors import ColumnTypeError
from features.rules import Rule
from features.tables.contract import Column, ColumnKind
from features.tables.stored import arrow_type

Values: TypeAlias = "pa.Array[Any]"
Mask: TypeAlias = npt.NDArray[np.bool_]
#: Takes a trimmed text that is not empty, gives the stored value or the rule that it breaks.
ReadText: TypeAlias = Callable[[str], "str | int | bool | date | Rule"]

FEN_DECIMALS = 2
PPM_DECIMALS = 6
_INT64_DIGITS = 18

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}")
# Line breaks and the like would break reports, and the separators under which contents are hashed.
_CONTROL = r"[\x00-\x1f\x7f]"
_DECIMAL = r"^(?P<sign>[+-]?)(?P<whole>[0-9]{1,16})(?:\.(?P<part>[0-9]+))?$"
# Days outside are typing errors or markers for "none" such as 0001-01-01 and 9999-12-31.
_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)


@dataclass(frozen=True, slots=True)
class ReadColumn:
    """Stored values (null where missing or unreadable) and, per rule, which rows break it."""

    values: Values
    faults: tuple[tuple[Rule, Mask], ...]


def read_column(column: Column, delivered: "pa.ChunkedArray[Any]", read_id: ReadText) -> ReadColumn:
    """Read a delivered column by its contract, bounds included; `read_id` reads the enterprise's id.

    Raises `ColumnTypeError` where the delivered type cannot hold such values exactly.
    """
    array = _plain(delivered)
    if pa.types.is_null(array.type):
        return ReadColumn(array.cast(arrow_type(column)), ())
    match column.kind:
        case ColumnKind.money:
            read = _read_decimals(column, array, FEN_DECIMALS, Rule.wrong_amount)
        case ColumnKind.rate:
            read = _read_decimals(column, array, PPM_DECIMALS, Rule.wrong_number)
        case ColumnKind.number:
            read = _read_numbers(column, array)
        case ColumnKind.day:
            read = _read_days(column, array)
        case ColumnKind.enterprise:
            read = _by_value(_as_text(column, array), read_id, pa.string())
        case ColumnKind.code:
            read = _by_value(_as_text(column, array), _code_reader(column), arrow_type(column))
        case ColumnKind.text:
            read = _read_texts(column, array)
    return _bounded(column, read)


def true_mask(array: Values) -> Mask:
    """Return a boolean array as a mask, null counting as false."""
    filled: Mask = array.to_numpy(zero_copy_only=False)
    return filled if array.null_count == 0 else filled == True  # noqa: E712 (objects, None among them)


def _plain(delivered: "pa.ChunkedArray[Any]") -> Values:
    array = delivered.combine_chunks()
    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    if pa.types.is_large_string(array.type) or pa.types.is_string_view(array.type):
        array = array.cast(pa.string())
    return array


def _trimmed(array: Values) -> Values:
    trimmed = pc.utf8_trim_whitespace(array)
    return _without(trimmed, true_mask(pc.equal(trimmed, pa.scalar(""))))


def _as_text(column: Column, array: Values) -> Values:
    if pa.types.is_string(array.type):
        return _trimmed(array)
    if pa.types.is_integer(array.type):
        return array.cast(pa.string())
    raise ColumnTypeError(column.name, str(array.type))


def _by_value(texts: Values, read: ReadText, stored: pa.DataType) -> ReadColumn:
    encoded = texts.dictionary_encode()
    answers = [read(one) for one in encoded.dictionary.to_pylist() if one is not None]
    values = pa.array([None if isinstance(one, Rule) else one for one in answers], stored).take(encoded.indices)
    faults = []
    for rule in sorted({one for one in answers if isinstance(one, Rule)}):
        broken = pa.array([one is rule for one in answers], pa.bool_()).take(encoded.indices)
        faults.append((rule, true_mask(broken)))
    return ReadColumn(values, tuple(faults))


def _code_reader(column: Column) -> ReadText:
    codes = frozenset(column.codes)

    def read(text: str) -> str | bool | Rule:
        if text not in codes:
            return Rule.unknown_code
        return text if column.true_when is None else text == column.true_when

    return read


def _read_texts(column: Column, array: Values) -> ReadColumn:
    texts = _as_text(column, array)
    odd = true_mask(pc.match_substring_regex(texts, _CONTROL))
    if column.pattern is not None:
        odd |= true_mask(pc.invert(pc.match_substring_regex(texts, f"^(?:{column.pattern})$")))
    return ReadColumn(_without(texts, odd), ((Rule.wrong_form, odd),))


def _read_days(column: Column, array: Values) -> ReadColumn:
    if pa.types.is_string(array.type):
        return _by_value(_trimmed(array), _day, pa.date32())
    if pa.types.is_date(array.type) or (pa.types.is_timestamp(array.type) and array.type.tz is None):
        days = array.cast(pa.date32(), safe=False)
    else:
        raise ColumnTypeError(column.name, str(array.type))
    with_time = true_mask(pc.not_equal(days.cast(array.type), array))
    outside = true_mask(pc.or_(pc.less(days, pa.scalar(_FIRST_DAY)), pc.greater(days, pa.scalar(_LAST_DAY))))
    wrong = with_time | outside
    return ReadColumn(_without(days, wrong), ((Rule.wrong_date, wrong),))


def _day(text: str) -> date | Rule:
    if not _DAY.fullmatch(text):
        return Rule.wrong_date
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return Rule.wrong_date
    return day if _FIRST_DAY <= day <= _LAST_DAY else Rule.wrong_date


def _read_numbers(column: Column, array: Values) -> ReadColumn:
    if pa.types.is_string(array.type):
        return _by_value(
            _trimmed(array), lambda text: int(text) if _NUMBER.fullmatch(text) else Rule.wrong_number, pa.int64()
        )
    if pa.types.is_float64(array.type):
        return _renamed(_read_floats(array, 0, Rule.wrong_number), Rule.too_many_decimals, Rule.wrong_number)
    return _read_integers(column, array, 0)


def _read_decimals(column: Column, array: Values, decimals: int, wrong: Rule) -> ReadColumn:
    if pa.types.is_decimal(array.type):
        array = array.cast(pa.string())
    if pa.types.is_string(array.type):
        return _read_decimal_texts(_trimmed(array), decimals, wrong)
    if pa.types.is_float64(array.type):
        return _read_floats(array, decimals, wrong)
    return _read_integers(column, array, decimals)


def _read_decimal_texts(texts: Values, decimals: int, wrong: Rule) -> ReadColumn:
    found = pc.extract_regex(texts, _DECIMAL)
    unreadable = true_mask(pc.and_(pc.is_valid(texts), pc.is_null(found)))
    part = pc.utf8_rtrim(pc.struct_field(found, "part"), "0")
    finer = true_mask(pc.greater(pc.utf8_length(part), pa.scalar(decimals)))
    digits = pc.binary_join_element_wise(
        pc.struct_field(found, "sign"),
        pc.struct_field(found, "whole"),
        pc.utf8_rpad(pc.utf8_slice_codeunits(part, 0, decimals), decimals, "0"),
        "",
    )
    # int64 reads no plus sign, and not more than 18 digits whatever they are.
    digits = pc.if_else(pc.starts_with(digits, "+"), pc.utf8_slice_codeunits(digits, 1), digits)
    long = true_mask(pc.greater(pc.utf8_length(digits), pa.scalar(_INT64_DIGITS)))
    values = _without(digits, unreadable | finer | long).cast(pa.int64())
    return ReadColumn(
        values, ((wrong, unreadable), (Rule.too_many_decimals, finer), (Rule.out_of_range, long & ~finer))
    )


def _read_floats(array: Values, decimals: int, wrong: Rule) -> ReadColumn:
    numbers = array.to_numpy(zero_copy_only=False)
    missing = np.isnan(numbers)
    infinite = np.isinf(numbers)
    scale = 10**decimals
    # Below this a whole number of units over the scale is the double nearest to that decimal, so equality decides.
    large = ~infinite & (np.abs(numbers) >= 2**52 / scale)
    safe = np.where(missing | infinite | large, 0.0, numbers)
    units = np.rint(safe * scale)
    finer = units / scale != safe
    values = pa.array(units.astype(np.int64), pa.int64(), mask=missing | infinite | large | finer)
    return ReadColumn(values, ((wrong, infinite), (Rule.too_many_decimals, finer), (Rule.out_of_range, large)))


def _read_integers(column: Column, array: Values, decimals: int) -> ReadColumn:
    if not pa.types.is_integer(array.type):
        raise ColumnTypeError(column.name, str(array.type))
    # Beyond this the product would not fit; narrower types than int64 cannot get there.
    most = 10 ** (18 - decimals)
    is_wide = array.type.bit_width == pa.int64().bit_width
    large = (
        true_mask(pc.or_(pc.greater(array, pa.scalar(most)), pc.less(array, pa.scalar(-most))))
        if is_wide
        else _none_of(array)
    )
    values = pc.multiply(_without(array, large).cast(pa.int64()), 10**decimals)
    return ReadColumn(values, ((Rule.out_of_range, large),))


def _none_of(array: Values) -> Mask:
    return np.zeros(len(array), np.bool_)


def _bounded(column: Column, read: ReadColumn) -> ReadColumn:
    faults = list(read.faults)
    if column.least is not None:
        rule = {0: Rule.negative, 1: Rule.not_positive}.get(column.least, Rule.out_of_range)
        faults.append((rule, true_mask(pc.less(read.values, pa.scalar(column.least)))))
    if column.most is not None:
        faults.append((Rule.out_of_range, true_mask(pc.greater(read.values, pa.scalar(column.most)))))
    return ReadColumn(read.values, tuple(one for one in faults if one[1].any()))


def _without(array: Values, gone: Mask) -> Values:
    kept: Values = pc.if_else(pa.array(gone), pa.scalar(None, array.type), array)
    return kept


def _renamed(read: ReadColumn, old: Rule, new: Rule) -> ReadColumn:
    return ReadColumn(read.values, tuple((new if rule is old else rule, mask) for rule, mask in read.faults))
