"""Training windows: requests at the end of the fit, each seen as if it were asked on an earlier day.

The newest rows, at most a share of all, are cut by days into windows of about equal size. From the first day of each
window on every later row is a request that could have been asked then: a static fit is asked for weeks after its last
row, so the windows teach how counts look when they are fresh and when they are not. No feature of a window counts a
row of its first day or later. A request may be asked of several windows, never twice of one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.option_counts import Ints


@dataclass(frozen=True, slots=True)
class WindowSettings:
    """How many requests may be drawn, from which newest share of the rows, and in how many windows."""

    most_requests: int = 128_000  # more was worth nothing that the hours of a fit could pay
    newest: float = 0.25  # the rest must tell the counts
    windows: int = 4


@dataclass(frozen=True)
class Window:
    """Requests (rows in order of day) as of the day: all of that day or later."""

    day: int
    rows: Ints


def training_windows(
    days: Sequence[int] | Ints, seed: int, settings: WindowSettings = WindowSettings()
) -> tuple[Window, ...]:
    """Return the windows over rows in order of day, the earliest first; none where all rows are of one day."""
    day = np.asarray(days, dtype=np.int64)
    starts = _starts(day, settings)
    each = settings.most_requests // max(len(starts), 1)
    generator = np.random.default_rng(seed)
    found = []
    for start in starts:
        later = np.arange(np.searchsorted(day, start), len(day))
        drawn = later if len(later) <= each else np.sort(generator.choice(later, each, replace=False))
        found.append(Window(int(start), drawn))
    return tuple(found)


def _starts(day: Ints, settings: WindowSettings) -> Ints:
    """Return the first days of the windows."""
    wanted, windows = min(settings.most_requests, int(len(day) * settings.newest)), settings.windows
    if wanted < windows or day[0] == day[-1]:
        return np.empty(0, dtype=np.int64)
    # The rows at the windows' bounds give the days; a day that holds several bounds makes one window.
    bounds = day[len(day) - (np.arange(windows, 0, -1) * wanted) // windows]
    starts = np.unique(bounds)
    return np.asarray(starts[starts > day[0]])
