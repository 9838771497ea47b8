"""The order of what fits: a transparent score in millionths, the same number whichever side asks.

score = Σ wₖ·cₖ ÷ Σ wₖ over the components that can be computed, each cₖ in [0, 1]:

* standing  1 − probability of default by the risk model; left out where there is no model for the firm;
* line      with an amount asked: 1 − amount ÷ line, the part of the firm's limit that stays free; without one:
            line ÷ (line + sales of 12 months ÷ 5), which is ½ where the limit is a fifth of the year's sales, and left
            out where the product has no limit rule, for its cap says nothing about this firm, and always where a
            value that a limit rule needs is missing;
* criteria  how far the firm clears the numeric bounds, 0 at a bound to 1 far from it, mean over the public clauses that
            hold; one that cannot be told counts as 0;
* price     1 − all-in annual rate ÷ 12 % (four times the one-year LPR, above which courts do not protect a rate), not
            below 0; 0 where a fee is not published, so that keeping a fee secret never pays.

Left out means that the weights of the others are spread over it, with one exception: where the line is left out for
want of a value of the firm's, its weight stays, as though it were 0. So withholding never pays: with the same standing
a firm that may fit scores no higher for a value that is missing. Nothing of a bank (name, size, fees to the platform)
enters. Components are rounded to millionths, half to even; from there on all arithmetic is in integers.
"""

import hashlib
from dataclasses import dataclass, fields

import numpy as np

from features.columns import AS_OF
from matching.amounts import PPM
from matching.compile import CANNOT_TELL, NO, YES, mean_known
from matching.cost import AllIn, all_in_by_day
from matching.eligibility import Eligibility, Requests
from matching.frame import Floats, Frame, Ints, Mask
from matching.lpr import published_or_ruled
from matching.product import Product

TIE_BYTES = 16
SALES_12M = "sales_12m_fen"
REFERENCE_SHARE = 5
PRICE_CEILING_PPM = 120_000
REFERENCE_TERM_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Weights:
    """What each component counts for, in any unit: only the proportions matter."""

    standing: int = 400_000
    line: int = 200_000
    criteria: int = 250_000
    price: int = 150_000

    def __post_init__(self) -> None:
        """Refuse weights that leave nothing to decide or turn a component around."""
        values = [getattr(self, field.name) for field in fields(self)]
        if min(values) < 0 or self.price == 0:
            raise ValueError("weights are not negative, and the price, which is always known, counts for something")


@dataclass(frozen=True, slots=True)
class Terms:
    """What the loan would be: the amount and the term per row, and its price.

    Where `example` is true the amount is not the firm's, by its limit or its request: it only shows what a loan costs.
    """

    amounts_fen: Ints
    months: Ints
    price: AllIn
    example: Mask


@dataclass(frozen=True, slots=True)
class Score:
    """Per row the score in millionths; the components in millionths with −1 where left out; and the terms priced."""

    ppm: Ints
    components: dict[str, Ints]
    terms: Terms


PRESET = Weights()


def score(eligibility: Eligibility, standing: Floats, weights: Weights = PRESET) -> Score:
    """Score every row. `standing` is 1 − probability of default per row, NaN where no model speaks of the firm.

    Only rows that fit or may fit are scored and priced; what stands in the others says nothing.
    """
    terms = terms_of(eligibility)
    components = {
        "standing": _ppm(np.clip(standing, 0.0, 1.0)),
        "line": _ppm(_line(eligibility)),
        "criteria": _ppm(_criteria(eligibility)),
        "price": _price(terms.price),
    }
    total = np.zeros(eligibility.frame.rows, dtype=np.int64)
    weight = np.zeros_like(total)
    withheld = {"line": _line_withheld(eligibility)}
    for name, values in components.items():
        known = values >= 0
        total += np.where(known, values * getattr(weights, name), 0)
        weight += np.where(known | withheld.get(name, False), getattr(weights, name), 0)
    return Score(_divided(total, weight), components, terms)


def terms_of(eligibility: Eligibility) -> Terms:
    """Return the terms a row is priced at: as asked; else the firm's limit, and 12 months or the nearest term lent.

    Without a limit rule the limit is the product's cap, and while a limit is open the least the product lends is
    priced: both are examples. A rate that follows the loan prime rate is that of the row's own day.
    """
    product, asked = eligibility.product, _requests(eligibility)
    months = asked_term(product, asked)
    still_open = ~eligibility.line.complete
    example = still_open | ((asked.amounts_fen == 0) & (not product.limits))
    of_line = np.clip(eligibility.line.fen, product.amount_min_fen, product.amount_max_fen)
    amounts = np.where(asked.amounts_fen > 0, asked.amounts_fen, of_line)
    amounts = np.where(still_open, product.amount_min_fen, amounts)
    live = eligibility.verdict != NO
    rates, priced = np.zeros_like(amounts), np.zeros_like(live)
    price = all_in_by_day(product, amounts[live], months[live], eligibility.frame.days[live])
    rates[live], priced[live] = price.rate_ppm, price.priced
    return Terms(amounts, months, AllIn(rates, priced, price.unknown), example)


def asked_term(product: Product, asked: Requests) -> Ints:
    """Return in each row the term asked for, else 12 months; the nearest the product lends for."""
    wished = np.where(asked.term_months > 0, asked.term_months, REFERENCE_TERM_MONTHS)
    return np.clip(wished, product.term_min_months, product.term_max_months)


def nominal_ppm(eligibility: Eligibility, row: int) -> int:
    """Return the annual rate, in millionths, at which a row's loan is priced."""
    return published_or_ruled(eligibility.product, eligibility.frame.day(AS_OF, row))


def tie(key: bytes, content: bytes) -> str:
    """Order those of equal score: a hash of the content under a key that follows from request and release.

    For a product the content is all but its names (`Product.content`), for a firm its id: neither the input's order nor
    a name decides, and over many requests nobody is always first. The key has 1 to 64 bytes.
    """
    return hashlib.blake2b(content, key=key, digest_size=TIE_BYTES).hexdigest()


def _requests(eligibility: Eligibility) -> Requests:
    return Requests.of(eligibility.request, eligibility.frame.rows)


def _line(eligibility: Eligibility) -> Floats:
    line = eligibility.line.fen.astype(np.float64)
    asked = _requests(eligibility).amounts_fen
    free = np.where(line > 0, np.clip(1.0 - asked / np.maximum(line, 1.0), 0.0, 1.0), 0.0)
    beside = np.full_like(line, np.nan)
    if eligibility.product.limits:
        beside = line / (line + _sales(eligibility.frame) / REFERENCE_SHARE)
    return np.where(eligibility.line.complete, np.where(asked > 0, free, beside), np.nan)


def _line_withheld(eligibility: Eligibility) -> Mask:
    """Say where a missing value, of a limit rule or of the sales beside it, keeps the line from being counted."""
    beside = (_requests(eligibility).amounts_fen == 0) & bool(eligibility.product.limits)
    return np.asarray(~eligibility.line.complete | (beside & ~eligibility.frame.numbers(SALES_12M).known))


def _sales(frame: Frame) -> Floats:
    sales = frame.numbers(SALES_12M)
    return np.where(sales.known & (sales.values > 0), sales.values.astype(np.float64), np.nan)


def _criteria(eligibility: Eligibility) -> Floats:
    # What a firm may not read of a clause must not show in a score either: only public clauses are measured.
    rooms = [np.full(eligibility.frame.rows, np.nan)]
    for place, node in enumerate(eligibility.nodes):
        if not eligibility.told[place]:
            continue
        verdicts = eligibility.clause_verdicts[:, place]
        room = np.where(verdicts == YES, node.headroom(eligibility.frame), np.nan)
        rooms.append(np.where(verdicts == CANNOT_TELL, 0.0, room))
    return mean_known(rooms)


def _price(price: AllIn) -> Ints:
    if price.unknown:
        return np.zeros_like(price.rate_ppm)
    cheap = _ppm(np.clip(1.0 - price.rate_ppm / PRICE_CEILING_PPM, 0.0, 1.0))
    return np.where(price.priced, cheap, 0)


def _ppm(values: Floats) -> Ints:
    """Round to millionths, half to even; −1 stands for NaN."""
    known = ~np.isnan(values)
    return np.where(known, np.rint(np.where(known, values, 0.0) * PPM), -1).astype(np.int64)


def _divided(total: Ints, by: Ints) -> Ints:
    quotient, rest = np.divmod(total, by)
    twice = 2 * rest
    rounded: Ints = quotient + ((twice > by) | ((twice == by) & (quotient % 2 == 1)))
    return rounded
