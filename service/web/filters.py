"""How pages write amounts, rates, scores, days and ids: one place, so that they are alike everywhere."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote

YUAN_PER_WAN: Final = 10_000
FEN_PER_WAN: Final = 1_000_000
CHINA: Final = timezone(timedelta(hours=8))


def wan(yuan: str | int) -> str:
    """Write an amount in yuan (text or integer) in 万元 with two decimals: "1,250.00"."""
    return f"{Decimal(yuan) / YUAN_PER_WAN:,.2f}"


def fen_wan(fen: int) -> str:
    """Write an amount in fen in 万元 with two decimals."""
    return f"{Decimal(fen) / FEN_PER_WAN:,.2f}"


def percent(ratio: str | int) -> str:
    """Write a decimal fraction (text) as a percentage with two decimals: "4.85%"."""
    return f"{Decimal(ratio) * 100:.2f}%"


def ppm_percent(millionths_: int) -> str:
    """Write a rate in millionths as a percentage with two decimals."""
    return f"{Decimal(millionths_) / 10_000:.2f}%"


def ppm_whole_percent(millionths_: int) -> str:
    """Write a share in millionths as a whole percentage, as one writes what is "about" so much: "31%"."""
    return f"{Decimal(millionths_) / 10_000:.0f}%"


def points(score: float) -> str:
    """Write a score between 0 and 1 in points of a hundred with one decimal: "73.2"."""
    return f"{score * 100:.1f}"


def millionths(score: int) -> str:
    """Write a score in millionths in points of a hundred with one decimal."""
    return f"{Decimal(score) / 10_000:.1f}"


def count(number: int) -> str:
    """Write a count with separators: "2,000"."""
    return f"{number:,}"


def day(value: date | str | None) -> str:
    """Write a day (ISO text or date) as "2026年6月30日", as reasons do; a dash where there is none."""
    if value is None:
        return "—"
    found = date.fromisoformat(value) if isinstance(value, str) else value
    return f"{found.year}年{found.month}月{found.day}日"


def moment(text: str) -> str:
    """Write an instant of the log (UTC) in China's time: "2026年6月30日 14:05:06"; other text stays as it is."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return text
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    local = instant.astimezone(CHINA)
    return f"{day(local.date())} {local:%H:%M:%S}"


def bare(id_: str) -> str:
    """Write an enterprise id without its scheme, as people know it."""
    return id_.partition(":")[2] or id_


def segment(id_: str) -> str:
    """Write an id as one segment of an address."""
    return quote(id_, safe=":")


FILTERS: Final[dict[str, Callable[..., Any]]] = {
    one.__name__: one
    for one in (
        wan,
        fen_wan,
        percent,
        ppm_percent,
        ppm_whole_percent,
        points,
        millionths,
        count,
        day,
        moment,
        bare,
        segment,
    )
}
