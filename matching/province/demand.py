"""Who asks for a loan in each half year, when, for how much and for how long."""

from dataclasses import dataclass

import numpy as np

from matching.province.calibration import Demand
from matching.province.firms import Firms
from matching.province.timeline import NEVER, Floats, Ints, Rng, Timeline

ROUND_MONTHS, ROUNDS = 6, 6
TERMS = np.array([6, 12, 24, 36])
#: Amounts up to this (yuan) are small: by its terms, and by what a firm expects of the way to it.
SMALL_YUAN = 300_000.0
_WAN_FEN = 1_000_000
# Cash is short from so many days before a firm stops paying.
_SHORT_DAYS = 180


@dataclass(frozen=True, slots=True)
class Asked:
    """The requests of one half year, one firm at most once, in order of the firms' codes.

    `firm` is the place in the bucket, `serial` counts a firm's requests from 1; days count from 1970-01-01.
    """

    firm: Ints
    serial: Ints
    day: Ints
    amount_fen: Ints
    term_months: Ints

    @property
    def size(self) -> int:
        """How many requests."""
        return self.firm.size


def half_year(timeline: Timeline, number: int) -> tuple[int, int]:
    """Return the first day of half year `number` (0 to 5) and the day after its last on which anybody asks."""
    begin, end = (int(timeline.starts[one * ROUND_MONTHS]) for one in (number, number + 1))
    # Nothing is asked on the window's last day, whose facts are the last to arrive.
    return begin, min(end, timeline.end_day)


def ask(firms: Firms, days: tuple[int, int], asked_before: Ints, settings: Demand, rng: Rng) -> Asked:
    """Return the requests between two days (the second not among them); `asked_before` counts those of each firm."""
    begin, end = days
    day = begin + (rng.random(firms.size) * (end - begin)).astype(np.int64)
    wants = rng.random(firms.size) < _chances(firms, day, settings)
    is_there = (day >= firms.founded_on + settings.least_age_days) & (day < firms.left_on)
    pays = day < firms.distressed_on + settings.distress_grace_days
    amount = _amounts(firms, settings, rng.standard_normal(firms.size))
    term = _terms(amount, settings, rng.random(firms.size))
    firm = np.flatnonzero(wants & is_there & pays)
    firm = firm[np.argsort(np.array(firms.codes)[firm])]
    return Asked(firm, asked_before[firm] + 1, day[firm], amount[firm], term[firm])


def _chances(firms: Firms, day: Ints, settings: Demand) -> Floats:
    usual = np.where(firms.is_thin, settings.ask_chances[1], settings.ask_chances[0])
    is_short = (firms.distressed_on < NEVER) & (firms.distressed_on - day < _SHORT_DAYS)
    return np.where(is_short, usual * settings.distressed_more, usual)


def _amounts(firms: Firms, settings: Demand, spread: Floats) -> Ints:
    """Return amounts in fen, whole ten thousands of yuan."""
    scale = np.array(settings.amount_scales)[firms.kind]
    yuan = np.clip(firms.yearly_sales * scale * np.exp(settings.amount_spread * spread), *settings.amount_bounds)
    amounts: Ints = np.maximum(np.round(yuan * 100 / _WAN_FEN), 1).astype(np.int64) * _WAN_FEN
    return amounts


def _terms(amount: Ints, settings: Demand, drawn: Floats) -> Ints:
    small, large = (np.cumsum(one) for one in (settings.small_terms, settings.large_terms))
    place: Ints = np.where(
        amount <= SMALL_YUAN * 100,
        np.searchsorted(small, drawn, side="right"),
        np.searchsorted(large, drawn, side="right"),
    )
    terms: Ints = TERMS[np.minimum(place, TERMS.size - 1)]
    return terms
