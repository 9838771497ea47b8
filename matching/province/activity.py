"""What each firm sells month by month: level, growth, season, the turn into distress."""

from dataclasses import dataclass

import numpy as np

from matching.province.firms import Firms
from matching.province.timeline import MONTHS, Bools, Floats, Rng, Timeline

# Strength of the season and the month of its peak; sections not named sell alike all year.
_SEASONS = {"A": (0.45, 10), "C": (0.10, 11), "E": (0.35, 7), "F": (0.12, 12), "H": (0.20, 7), "R": (0.25, 8)}
# By calendar month, every firm: little is invoiced around the Spring Festival and much at the year's end, as in the
# mean shares of sales that 425 Chinese firms (CUMCM 2020 C) had in the months of 2017 to 2019, half as strong.
_CALENDAR = np.array([1.10, 0.70, 0.88, 0.90, 0.95, 0.95, 0.98, 1.0, 1.0, 1.05, 1.15, 1.34])
# Depth of the fall in sales at the bottom of a distress.
_FALL = 0.6


@dataclass(frozen=True, slots=True)
class Activity:
    """The firms over the window: expected sales in yuan and what moves them, a row a firm, a column a month."""

    firms: Firms
    timeline: Timeline
    expected: Floats
    is_open: Bools
    turmoil: Floats


def draw_activity(firms: Firms, timeline: Timeline, rng: Rng) -> Activity:
    """Draw each firm's sales path; growth follows quality, a distress takes most of it away."""
    months = np.arange(MONTHS)
    yearly_growth = 0.03 + 0.16 * firms.quality + 0.13 * rng.standard_normal(firms.size)
    path = yearly_growth[:, None] * (months[None, :] - MONTHS / 2) / 12 + _noise(firms, rng)
    turmoil = firms.turmoil((timeline.starts[:-1] + timeline.lasts) // 2)
    level = np.exp(path) * _season(firms, timeline) * (1.0 - _FALL * turmoil)
    is_open = (timeline.starts[None, :-1] >= firms.founded_on[:, None]) & (
        timeline.lasts[None, :] < firms.left_on[:, None]
    )
    return Activity(firms, timeline, firms.yearly_sales[:, None] / 12 * level, is_open, turmoil)


def _noise(firms: Firms, rng: Rng) -> Floats:
    """Return a wandering of each firm's level that forgets half in two months, wider for the weaker."""
    width = 0.18 * np.exp(-0.25 * firms.quality)
    shocks = width[:, None] * rng.standard_normal((firms.size, MONTHS))
    for month in range(1, MONTHS):
        shocks[:, month] += 0.7 * shocks[:, month - 1]
    return shocks


def _season(firms: Firms, timeline: Timeline) -> Floats:
    strength = np.array([_SEASONS.get(one, (0.0, 1))[0] for one in firms.sections])
    peak = np.array([_SEASONS.get(one, (0.0, 1))[1] for one in firms.sections])
    phase = 2 * np.pi * (timeline.calendar_months[None, :] - peak[:, None]) / 12
    season: Floats = (1.0 + strength[:, None] * np.cos(phase)) * _CALENDAR[timeline.calendar_months - 1][None, :]
    return season
