"""What a feature is: its names, unit and meaning, and what it reads."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum


class Unit(StrEnum):
    """What a value counts, and with it how it is stored and shown."""

    fen = "fen"  # int64
    ratio = "ratio"  # double, 1 is 100 %
    log = "log"  # double, natural logarithm
    count = "count"  # type: ignore[assignment]  # int64; hides str.count, which nobody calls on a unit
    months = "months"  # int64
    days = "days"  # int64
    year = "year"  # int64
    flag = "flag"  # int64, 1 is yes
    code = "code"  # string
    day = "day"  # date32


class Block(StrEnum):
    """The groups of features; each has its definitions in `features/sql/<block>.sql`."""

    registry = "registry"
    invoices = "invoices"
    tax = "tax"
    credit = "credit"
    public_record = "public_record"
    qualifications = "qualifications"
    employment = "employment"


@dataclass(frozen=True, slots=True)
class Feature:
    """A column of a profile.

    `precision` is the number of decimals shown. `direction` is +1 where more is safer for a lender, −1 where more is
    riskier and 0 where neither may be assumed: models are held to it. `tables` are those without which the feature is
    missing. `personal` marks what, of a sole proprietor or a family farm registered as one, speaks of its owner as a
    person. `family` is the name in SQL, where `w` stands for the window of `window` months.
    """

    name: str
    zh: str
    en: str
    block: Block
    unit: Unit
    precision: int
    direction: int
    tables: frozenset[str]
    personal: bool
    family: str
    window: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """What the features of one table have in common."""

    block: Block
    tables: frozenset[str]
    personal: bool = False

    def feature(self, name: str, unit: Unit, zh: str, en: str, *, direction: int = 0) -> Feature:
        """Return a feature without a window."""
        return Feature(
            name=name,
            zh=zh,
            en=en,
            block=self.block,
            unit=unit,
            precision=_PRECISION.get(unit, 0),
            direction=direction,
            tables=self.tables,
            personal=self.personal,
            family=name,
        )

    def windowed(  # noqa: PLR0913 - the columns of the dictionary, read as a table
        self, name: str, windows: tuple[int, ...], unit: Unit, zh: str, en: str, *, direction: int = 0
    ) -> Iterator[Feature]:
        """Yield one feature per window; `{w}` in name and labels is the number of months."""
        for w in windows:
            one = self.feature(name.format(w=w), unit, zh.format(w=w), en.format(w=w), direction=direction)
            yield replace(one, family=name.replace("{w}m", "w"), window=w)


_PRECISION = {Unit.fen: 2, Unit.ratio: 4, Unit.log: 6}
