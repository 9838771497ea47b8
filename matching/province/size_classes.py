"""Size classes of enterprises by the table of 2017 (国统字〔2017〕213号), its thresholds as data."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from matching.province.timeline import Ints

#: In order; a size class is a place in it.
SIZE_CLASSES = ("micro", "small", "medium", "large")
# Money in the table is in ten thousands of yuan.
_UNIT = 10_000
_INDICATORS = ("employees", "sales_10k_yuan", "assets_10k_yuan")


@dataclass(frozen=True, slots=True)
class SizeRow:
    """A row of the table: the codes its industries begin with, and lower bounds of small, medium and large.

    `employees` counts people, the two others are whole yuan; an indicator the row does not list is None.
    """

    name: str
    codes: tuple[str, ...]
    employees: tuple[int, ...] | None
    sales_yuan: tuple[int, ...] | None
    assets_yuan: tuple[int, ...] | None


def size_classes(industries: Sequence[str], employees: Ints, sales_yuan: Ints, assets_yuan: Ints) -> Ints:
    """Return each enterprise's place in `SIZE_CLASSES`.

    `industries` are codes of GB/T 4754-2017 such as `F51`. An enterprise is of the highest class all of whose lower
    bounds it reaches in every indicator that its industry's row lists, and micro where it misses one for small.
    """
    table = size_table()
    rows = {code: _row_of(code) for code in dict.fromkeys(industries)}
    row = np.array([rows[code] for code in industries], dtype=np.int64)
    least = np.full(row.size, len(SIZE_CLASSES) - 1, dtype=np.int64)
    for place, one in enumerate(table):
        here = np.flatnonzero(row == place)
        for bounds, values in (
            (one.employees, employees),
            (one.sales_yuan, sales_yuan),
            (one.assets_yuan, assets_yuan),
        ):
            if bounds is not None:
                least[here] = np.minimum(least[here], np.searchsorted(np.array(bounds), values[here], side="right"))
    return least


@cache
def size_table() -> tuple[SizeRow, ...]:
    """Return the table's rows; the last has every industry that no other names."""
    text = (files("matching.province") / "data" / "size_classes.json").read_text(encoding="utf-8")
    return tuple(_read_row(one) for one in json.loads(text)["rows"])


def _read_row(one: dict[str, object]) -> SizeRow:
    people, sales, assets = (one.get(name) for name in _INDICATORS)
    return SizeRow(
        str(one["name"]), _texts(one["codes"]), _bounds(people, 1), _bounds(sales, _UNIT), _bounds(assets, _UNIT)
    )


def _texts(codes: object) -> tuple[str, ...]:
    return tuple(map(str, codes)) if isinstance(codes, list) else ()


def _bounds(listed: object, unit: int) -> tuple[int, ...] | None:
    return tuple(int(one) * unit for one in listed) if isinstance(listed, list) else None


def _row_of(industry: str) -> int:
    """Return the place of the row with the longest code that the industry begins with."""
    found = [
        (len(code), place) for place, row in enumerate(size_table()) for code in row.codes if industry.startswith(code)
    ]
    return max(found)[1]
