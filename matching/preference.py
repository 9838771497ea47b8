"""The order that a firm chooses for its products, and what planning with the other side may do to it.

* chance  by the ranker, or by the transparent score where there is none;
* price   by the all-in annual rate of the loan asked for; products with an unknown fee come after all whose fees are
          known, for their rate is only a lower bound;
* speed   by the hours of work until the money is there: hours to apply, and eight for each day from the application to
          the money; then by the days to a reply. Products that publish no times come last. The times are the bank's
          word: what firms saw stands beside it at /promises, where enough of them did;
* plain   the order that is not personal: by the all-in rate of one reference loan, the same for every firm on a day.
          Of the firm it depends on nothing but which products fit.

A joint plan and the pressure of a quota that is nearly used touch the order by chance alone, and never hide what the
firm's own order puts first: it stays within the first places.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

import numpy as np

from matching.amounts import PPM
from matching.cost import AllIn, all_in
from matching.labels import Words
from matching.lpr import published_or_ruled
from matching.pressure import pressure_level
from matching.product import Product

#: The loan that products are compared by in the plain order; the nearest that a product lends.
REFERENCE_AMOUNT_FEN: Final = 100_000_000
REFERENCE_MONTHS: Final = 12
#: A firm's own first choice stands among so many first places, whatever a plan says.
FIRST_PLACES: Final = 3
HOURS_A_DAY: Final = 8

Key = tuple[int, ...]


class Sort(StrEnum):
    """What a firm wants its products ordered by."""

    chance = "chance"
    price = "price"
    speed = "speed"
    plain = "plain"


@dataclass(frozen=True, slots=True)
class Planning:
    """What planning with the other side brings to a firm's list by chance.

    `places` are the places of products in the joint plan, from 1; `pressure` is what the score of a product loses, in
    millionths, because its quota of the quarter is nearly used. A product that is in neither is not touched.
    """

    places: Mapping[str, int] | None = None
    pressure: Mapping[str, int] | None = None

    def pressure_on(self, product: str, score_ppm: int) -> int:
        """Return what a score loses: never more than there is, never less than nothing."""
        return min(max((self.pressure or {}).get(product, 0), 0), score_ppm)

    def level_of(self, product: str) -> Words:
        """Return how much of a product's quota of the quarter is left."""
        return pressure_level((self.pressure or {}).get(product, 0))

    def place_of(self, product: str) -> int | None:
        """Return the product's place in the plan, None where it has none (0 means not eligible there)."""
        return (self.places or {}).get(product) or None


UNPLANNED: Final = Planning()


def price_key(price: AllIn, row: int) -> Key:
    """Order by the all-in rate of a row: known fees first, then lower bounds, then what has no rate."""
    if not price.priced[row]:
        return (2, 0)
    return (1 if price.unknown else 0, int(price.rate_ppm[row]))


def speed_key(product: Product) -> Key:
    """Order by the hours of work until the money is there, then by the days to a reply; without times last."""
    times = product.service
    if times is None:
        return (1, 0, 0)
    return (0, times.hours_to_apply + HOURS_A_DAY * times.days_to_money, times.reply_days)


def plain_key(product: Product, day: date | None) -> Key:
    """Order by the all-in rate of the reference loan on a day (None: as published), whoever asks and for whatever."""
    rate = published_or_ruled(product, day)
    amount = min(max(REFERENCE_AMOUNT_FEN, product.amount_min_fen), product.amount_max_fen)
    months = min(max(REFERENCE_MONTHS, product.term_min_months), product.term_max_months)
    dated = product.model_copy(update={"annual_rate_ppm": rate})
    return price_key(all_in(dated, np.array([amount], dtype=np.int64), months), 0)


def chance_key(score_ppm: int) -> Key:
    """Order by a score in millionths, the best first."""
    return (PPM - score_ppm,)


def followed(
    own: Sequence[int], pressed: Sequence[int], places: Mapping[int, int], top: int | None = None
) -> list[int]:
    """Return the order that a plan gives: those in it change places among each other, the others keep theirs.

    `own` is the order without planning and `pressed` the same with the pressure of quotas; the first of `own` stands
    among the first `FIRST_PLACES` of what is returned, or of `top` where the list is cut sooner. Who left the plan is
    thereby neither favoured nor punished.
    """
    planned = iter(sorted((one for one in pressed if one in places), key=lambda one: places[one]))
    found = [next(planned) if one in places else one for one in pressed]
    within = FIRST_PLACES if top is None else max(min(FIRST_PLACES, top), 1)
    if own and found.index(own[0]) >= within:
        found.remove(own[0])
        found.insert(within - 1, own[0])
    return found
