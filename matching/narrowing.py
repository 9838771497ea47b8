"""What a bank narrows its list of firms to: a place, a section of industry, a band of sales.

A firm of which the column is missing is not in a narrowed list: it cannot be told. So of firms whose public columns
alone may be read, a list narrowed by sales holds none, and one narrowed by place or industry depends on nothing else.
"""

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from matching.amounts import FEN_PER_YUAN
from matching.errors import RequestError
from matching.frame import Frame, Mask
from matching.labels import CODES
from matching.rank import SALES_12M
from matching.segments import PREFECTURE, SALES_BOUNDS_YUAN, SECTION

REGION = "region"
_CODE: Final = re.compile(r"[1-9]\d{1,5}")
#: Bands of sales in 12 months, from the lowest; each up to and with its bound, the last open.
BANDS: Final = len(SALES_BOUNDS_YUAN) + 1


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What firms a list holds; what is None does not narrow it.

    `place` is a code of GB/T 2260 or the beginning of one (2 to 6 figures), `section` a letter of GB/T 4754,
    `sales_band` the number of a band of sales, from 0.
    """

    place: str | None = None
    section: str | None = None
    sales_band: int | None = None

    def __post_init__(self) -> None:
        """Refuse codes and bands that there are none of."""
        if self.place is not None and not _CODE.fullmatch(self.place):
            raise RequestError(f"{self.place!r} is no place: write 2 to 6 figures of its code (GB/T 2260)")
        if self.section is not None and self.section not in CODES[SECTION]:
            raise RequestError(f"{self.section!r} is no section of industry: write a letter from A to T (GB/T 4754)")
        if self.sales_band is not None and not 0 <= self.sales_band < BANDS:
            raise RequestError(f"{self.sales_band} is no band of sales: there are 0 to {BANDS - 1}")

    @property
    def is_any(self) -> bool:
        """Say whether nothing is narrowed."""
        return self == ANYBODY

    def among(self, profiles: pa.Table) -> Mask:
        """Say which rows of profiles are within."""
        frame = Frame(profiles)
        within: Mask = np.ones(frame.rows, dtype=np.bool_)
        if self.place is not None:
            within &= _begins(frame, self.place)
        if self.section is not None:
            within &= frame.codes(SECTION).among(frozenset({self.section}))
        if self.sales_band is not None:
            sales = frame.numbers(SALES_12M)
            bounds = [yuan * FEN_PER_YUAN for yuan in SALES_BOUNDS_YUAN]
            within &= sales.known & (np.searchsorted(bounds, sales.values, side="left") == self.sales_band)
        return within


ANYBODY: Final = Narrowing()


def _begins(frame: Frame, place: str) -> Mask:
    """Say where the region, else the prefecture, lies in a place: 520100 is all that begins with 5201."""
    prefix = place
    while len(prefix) > 2 and len(place) == 6 and prefix.endswith("00"):  # noqa: PLR2004 (a code's figures)
        prefix = prefix[:-2]
    region, prefecture = (frame.codes(name) for name in (REGION, PREFECTURE))
    in_region, in_prefecture = (
        codes.among(frozenset(name for name in codes.names if name.startswith(prefix)))
        for codes in (region, prefecture)
    )
    return np.where(region.known, in_region, in_prefecture)
