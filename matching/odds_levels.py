"""By how much a bank's recent decisions differ from what a model told, with back-off and the windows they rest on.

A level (everything, a bank, a kind of product, a product) has a shift δ of the log-odds: the posterior of

    granted_i ~ Bernoulli(σ(logit(told_i) + δ)),   δ ~ N(prior, 1 ÷ κ),   κ = prior_count ÷ 4

over the decisions known within its window. A quarter is the information of one even decision, so the prior weighs as
much as `prior_count` of them. The prior of a bank and of a kind is the shift of everything; that of a product adds what
its bank and its kind have beyond everything (as `models.affinity` multiplies shares).

The window is the last 12 months, unless the newest part of what a bank decided speaks against the older one: of the
splits tried the one with the largest score statistic cuts it where that passes a line and where both the newest third
and the rest of the newer part moved the same way by half as much (adaptive windows: Bifet and Gavaldà 2007, ADWIN).
What is cut for a bank is cut for its products, and its prior then weighs less: it has left the others.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from matching.frame import Floats, Ints
from matching.small_counts import LEAST_SHOWN

#: Days before the day asked about at which a change may be found.
SPLITS: Final = (40, 45, 50, 60, 75, 90, 120, 150, 180, 240, 300)
_STEPS: Final = 25
_NEAR: Final = 1e-10
_LARGEST: Final = 12.0  # log-odds


@dataclass(frozen=True, slots=True)
class OddsSettings:
    """How chances are brought to what was seen.

    The preset was set by hand on held-out months of three provinces that serve no measurement (seeds 7 and 11 with
    5,000 firms, 13 with 20,000): a weaker prior or a lower line follows faster and tells no better.
    """

    window_days: int = 365
    prior_count: float = 200.0
    #: What the prior weighs where the level has left its kind.
    prior_count_cut: float = 12.0
    #: The score statistic (standard deviations) from which the newer part counts alone, and that its newest third and
    #: the rest of it must pass too: a quota that is used up weeks before its quarter ends is no lasting change.
    line: float = 3.0
    part_line: float = 1.0
    #: Firms are alike where the log-odds that the model tells differ by no more.
    alike: float = 0.6
    #: No band under so many firms.
    least: int = LEAST_SHOWN
    #: Standard deviations on either side of the middle: 90 %.
    reach: float = 1.645


@dataclass(frozen=True, slots=True)
class Seen:
    """Decisions known by a day, newest last: how many days ago each was known, what was told, and 1 where granted."""

    age_days: Ints
    log_odds: Floats
    granted: Floats

    def at(self, places: Ints) -> "Seen":
        """Return these decisions in this order."""
        return Seen(self.age_days[places], self.log_odds[places], self.granted[places])

    def within(self, days: int) -> "Seen":
        """Return those known less than so many days ago."""
        return self.at(np.flatnonzero(self.age_days < days))


@dataclass(frozen=True, slots=True)
class Shift:
    """The shift of a level: its middle and standard deviation (log-odds), and the days that it rests on."""

    middle: float
    deviation: float
    window_days: int


def shift_of(seen: Seen, prior: Shift, settings: OddsSettings, *, may_cut: bool = False) -> Shift:
    """Return the posterior shift of a level whose wider one is `prior`; its window is never the longer.

    With `may_cut` the window begins at the change that shows most, where one shows.
    """
    widest = seen.within(prior.window_days)
    cut = window_of(widest, prior, settings) if may_cut else prior.window_days
    is_cut = cut < prior.window_days
    precision = (settings.prior_count_cut if is_cut else settings.prior_count) / 4
    middle, information = _posterior(widest.within(cut), prior.middle, precision)
    inherited = precision / (information + precision) * prior.deviation
    return Shift(middle, float(np.hypot(1 / np.sqrt(information + precision), inherited)), cut)


def everything(seen: Seen, settings: OddsSettings) -> Shift:
    """Return the shift of all decisions together, whose prior is that the model is right."""
    return shift_of(seen, Shift(0.0, 0.0, settings.window_days), settings)


def window_of(seen: Seen, prior: Shift, settings: OddsSettings) -> int:
    """Return the days that count: all of the prior's window, or those since the newest lasting change.

    Of a window that was cut the rest is asked again, so that an older change does not hide a newer one.
    """
    told = _chance(seen.log_odds + prior.middle)
    whole = _Parts(seen.age_days, seen.granted - told, told * (1 - told))
    window, cut = prior.window_days, _cut(whole, prior.window_days, settings)
    while cut < window:
        window = cut
        cut = _cut(whole.within(window), window, settings)
    return window


def _cut(parts: "_Parts", window: int, settings: OddsSettings) -> int:
    best, cut = settings.line, window
    for split in (one for one in SPLITS if one < window):
        whole = parts.apart(0, split, split)
        if abs(whole.z) <= best:
            continue
        stretches = (parts.apart(0, split // 3, split), parts.apart(split // 3, split, split))
        if all(_leans(one, whole, settings) for one in stretches):
            best, cut = abs(whole.z), split
    return cut


def _leans(part: "_Apart", whole: "_Apart", settings: OddsSettings) -> bool:
    """Say whether a stretch moved the same way, by at least half as much."""
    side = np.sign(whole.shift)
    return bool(side * part.z > settings.part_line and side * part.shift >= abs(whole.shift) / 2)


@dataclass(frozen=True, slots=True)
class _Apart:
    """By how much a stretch differs from what is older: log-odds, and standard deviations."""

    shift: float
    z: float


@dataclass(frozen=True, slots=True)
class _Parts:
    age_days: Ints
    beyond: Floats
    information: Floats

    def within(self, days: int) -> "_Parts":
        newer = np.flatnonzero(self.age_days < days)
        return _Parts(self.age_days[newer], self.beyond[newer], self.information[newer])

    def apart(self, newest: int, oldest: int, split: int) -> _Apart:
        """Return how the stretch differs from what is older than `split`; nothing without either."""
        part, older = (self.age_days >= newest) & (self.age_days < oldest), self.age_days >= split
        new, old = float(self.information[part].sum()), float(self.information[older].sum())
        if min(new, old) <= 0:
            return _Apart(0.0, 0.0)
        shift = float(self.beyond[part].sum()) / new - float(self.beyond[older].sum()) / old
        return _Apart(shift, shift / float(np.sqrt(1 / new + 1 / old)))


def _posterior(seen: Seen, prior: float, precision: float) -> tuple[float, float]:
    """Return the mode of the shift and the information of the decisions there (Newton's steps)."""
    at = prior
    information = 0.0
    for _ in range(_STEPS):
        chance = _chance(seen.log_odds + at)
        information = float(np.sum(chance * (1 - chance)))
        slope = float(np.sum(seen.granted - chance)) - precision * (at - prior)
        step = slope / (information + precision)
        at = float(np.clip(at + np.clip(step, -1.0, 1.0), -_LARGEST, _LARGEST))
        if abs(step) < _NEAR:
            break
    return at, information


def _chance(log_odds: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-log_odds)), dtype=np.float64)
