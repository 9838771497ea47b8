"""What an accepted table is: its columns at the edge and as stored, its key, its event day and who supplies it."""

from dataclasses import dataclass
from enum import StrEnum

from features.columns import ENTERPRISE, KNOWN_ON

#: Largest amount taken, in fen either way (ten trillion yuan): a slip of the pen ends here, not in a sum.
LARGEST_FEN = 10**15


class ColumnKind(StrEnum):
    """What a column holds, and how its text at the edge is read."""

    enterprise = "enterprise"  # an id without its scheme
    text = "text"
    code = "code"  # one of a closed list
    day = "day"  # YYYY-MM-DD
    money = "money"  # yuan at the edge, fen as stored
    rate = "rate"  # a fraction at the edge, millionths as stored
    number = "number"


class TableKind(StrEnum):
    """What it means that an enterprise has no row: nothing is known (stream), or there is none (register)."""

    stream = "stream"
    register = "register"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a delivered file.

    `name` is the name in the file, `stored` the name in the facts. `least` and `most` bound the stored value (fen,
    millionths or the number itself). A column that is not `required` may be left out or empty. `has_happened` marks
    days that cannot be known before they come: such a day after `known_on` is refused; `is_month_end` days that stand
    for a month, of which no other day is taken. `true_when` (codes only) stores whether the code is that one.
    """

    name: str
    kind: ColumnKind
    zh: str
    en: str
    stored: str = ""
    required: bool = True
    codes: tuple[str, ...] = ()
    pattern: str | None = None
    least: int | None = None
    most: int | None = None
    has_happened: bool = False
    is_month_end: bool = False
    true_when: str | None = None

    def __post_init__(self) -> None:
        """Store under the name in the file where no other is given."""
        if not self.stored:
            object.__setattr__(self, "stored", self.name)


@dataclass(frozen=True, slots=True)
class Table:
    """The contract of one accepted table, the same for every source.

    `key` (stored names, the enterprise among them) says which rows speak of the same fact; `event_on` is the day it
    happened. `supplier_zh` and `supplier_en` name who can supply the table where it is missing. `usual_lag_days` is how
    long after the event the source usually publishes it.
    """

    name: str
    zh: str
    en: str
    is_public: bool
    kind: TableKind
    key: tuple[str, ...]
    event_on: str
    columns: tuple[Column, ...]
    supplier_zh: str
    supplier_en: str
    usual_lag_days: int

    def column(self, stored: str) -> Column:
        """Return the column of that stored name; raise `KeyError` where the table has none."""
        for one in self.columns:
            if one.stored == stored:
                return one
        raise KeyError(stored)


def enterprise_column() -> Column:
    """Return the column that every table begins with."""
    return Column(ENTERPRISE, ColumnKind.enterprise, "统一社会信用代码", "unified social credit code")


def known_on_column() -> Column:
    """Return the column that every table ends with: left out, the day of the delivery is taken."""
    return Column(KNOWN_ON, ColumnKind.day, "知悉日", "first day the platform could have used the fact", required=False)


def text(name: str, zh: str, en: str, *, required: bool = True, pattern: str | None = None) -> Column:
    """Return a column of text; `pattern` must match the whole."""
    return Column(name, ColumnKind.text, zh, en, required=required, pattern=pattern)


def code(name: str, zh: str, en: str, codes: tuple[str, ...], *, required: bool = True) -> Column:
    """Return a column of one of `codes`."""
    return Column(name, ColumnKind.code, zh, en, codes=codes, required=required)


def day(name: str, zh: str, en: str, *, required: bool = True, has_happened: bool = False) -> Column:
    """Return a column of days."""
    return Column(name, ColumnKind.day, zh, en, required=required, has_happened=has_happened)


def month_end(name: str, zh: str, en: str) -> Column:
    """Return a column of the last days of months that are over."""
    return Column(name, ColumnKind.day, zh, en, has_happened=True, is_month_end=True)


def money(stored: str, zh: str, en: str, *, required: bool = True, least: int = -LARGEST_FEN) -> Column:
    """Return a column stored as `<x>_fen` and delivered as `<x>_yuan`; `least` in fen."""
    name = stored.removesuffix("_fen") + "_yuan"
    return Column(name, ColumnKind.money, zh, en, stored=stored, required=required, least=least, most=LARGEST_FEN)


def number(name: str, zh: str, en: str, *, least: int, most: int) -> Column:
    """Return a column of whole numbers between the bounds."""
    return Column(name, ColumnKind.number, zh, en, least=least, most=most)


def rate(name: str, zh: str, en: str, *, required: bool = True) -> Column:
    """Return a column of a share or yearly rate from 0 to 1, stored as `<name>_ppm` in millionths."""
    return Column(name, ColumnKind.rate, zh, en, stored=f"{name}_ppm", required=required, least=0, most=1_000_000)
