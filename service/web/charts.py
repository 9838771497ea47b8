"""Places and lengths of two plain charts, drawn by the templates as SVG without scripts or styles of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 640
LABEL_WIDTH: Final = 190
VALUE_WIDTH: Final = 70
BAR_HEIGHT: Final = 26
BAR_GAP: Final = 8
SIDE: Final = 320
MARGIN: Final = 48
TICKS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
SMALLEST_DOT, LARGEST_DOT = 3.0, 7.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar from the left: where it begins and how long it is, in the chart's units."""

    label: str
    text: str
    y: int
    length: float
    is_first: bool


@dataclass(frozen=True, slots=True)
class BarChart:
    """Bars below each other, longest possible bar as wide as the chart allows."""

    bars: tuple[Bar, ...]
    width: int
    height: int
    left: int = LABEL_WIDTH
    thickness: int = BAR_HEIGHT


@dataclass(frozen=True, slots=True)
class Dot:
    """One point of a square chart, y downwards."""

    x: float
    y: float
    radius: float


@dataclass(frozen=True, slots=True)
class Tick:
    """One division of an axis."""

    at_x: float
    at_y: float
    text: str


@dataclass(frozen=True, slots=True)
class SquareChart:
    """Points between 0 and `most` on both axes, with the diagonal where both are equal."""

    dots: tuple[Dot, ...]
    ticks: tuple[Tick, ...]
    side: int = SIDE
    margin: int = MARGIN


def bars(rows: Sequence[tuple[str, float]]) -> BarChart:
    """Return a chart of (label, value from 0 to 1), the first row set apart; lengths are from zero."""
    widest = WIDTH - LABEL_WIDTH - VALUE_WIDTH
    drawn = tuple(
        Bar(label, f"{value:.3f}", place * (BAR_HEIGHT + BAR_GAP), round(max(value, 0.0) * widest, 1), place == 0)
        for place, (label, value) in enumerate(rows)
    )
    return BarChart(drawn, WIDTH, len(rows) * (BAR_HEIGHT + BAR_GAP))


def square(rows: Sequence[tuple[float, float, int]]) -> SquareChart:
    """Return a chart of (expected, observed, rows); a dot's area grows with its rows."""
    most = _axis_end(max((max(expected, observed) for expected, observed, _ in rows), default=1.0))
    fullest = max((count for _, _, count in rows), default=1)
    inner = SIDE - 2 * MARGIN
    dots = tuple(
        Dot(
            round(MARGIN + expected / most * inner, 1),
            round(SIDE - MARGIN - observed / most * inner, 1),
            round(max(SMALLEST_DOT, LARGEST_DOT * (count / fullest) ** 0.5), 1),
        )
        for expected, observed, count in rows
    )
    ticks = tuple(
        Tick(round(MARGIN + one * inner, 1), round(SIDE - MARGIN - one * inner, 1), f"{one * most * 100:.0f}%")
        for one in TICKS
    )
    return SquareChart(dots, ticks)


def _axis_end(largest: float) -> float:
    """Return the next tenth, at least one tenth and at most one."""
    tenths = min(max(-(-round(largest * 1000) // 100), 1), 10)
    return tenths / 10
