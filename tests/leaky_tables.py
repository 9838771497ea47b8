"""Made tables for the leak check: fifty honest columns, some of them hard, and leaks of many kinds drawn by seed."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Draw = np.random.Generator

FIRST_DAY = np.datetime64("2018-01-01")


class Firms:
    """Rows with a day, a base rate that drifts over it, a latent quality and an outcome."""

    def __init__(self, rows: int, seed: int) -> None:
        """Draw the rows; the outcome depends on quality and day alone."""
        self.draw = np.random.default_rng([seed, 20_211])
        self.rows = rows
        self.late = np.sort(self.draw.random(rows))
        self.day = FIRST_DAY + np.floor(self.late * 1400).astype(np.int64)
        self.quality = self.draw.normal(size=rows)
        self.bad = self.draw.random(rows) < 1 / (1 + np.exp(2.6 - 1.5 * self.late + 1.6 * self.quality))

    def noisy(self, weight: float) -> Floats:
        """Return a standard normal that shares `weight` with the quality."""
        return np.asarray(weight * self.quality + np.sqrt(1 - weight**2) * self.draw.normal(size=self.rows))

    def amount(self, weight: float = 0.4) -> Floats:
        """Return lognormal amounts between hundreds and millions, larger for the better."""
        return np.asarray(np.exp(10.5 + 1.3 * self.noisy(weight)))

    def chance(self, for_bad: float, for_good: float) -> NDArray[np.bool_]:
        """Return which rows are struck, at the one rate among bad rows and at the other among good ones."""
        return np.asarray(self.draw.random(self.rows) < np.where(self.bad, for_bad, for_good))


def codes(draw: Draw, rows: int, length: int = 6) -> NDArray[np.object_]:
    """Return random codes of capitals and digits."""
    signs = np.array(list("ABCDEFGHJKLMNPQRTUWXY0123456789"))
    return np.array(["".join(one) for one in signs[draw.integers(len(signs), size=(rows, length))]], dtype=object)


def honest_columns(firms: Firms) -> dict[str, object]:
    """Return fifty columns without a leak: strong, bent, stepped, rounded, heavy-tailed, missing by chance, late."""
    draw, rows = firms.draw, firms.rows
    found: dict[str, object] = {}
    for place, weight in enumerate((0.9, 0.7, 0.5, 0.2, 0.0)):
        found[f"smooth_{place}"] = firms.noisy(weight)
        found[f"amount_{place}"] = np.round(firms.amount(weight), 2)
        found[f"rounded_{place}"] = two_digits(firms.amount(weight))
        found[f"count_{place}"] = draw.poisson(np.exp(1.0 - weight * firms.quality)).astype(np.float64)
        found[f"gaps_{place}"] = np.where(draw.random(rows) < 0.1 + 0.12 * place, np.nan, firms.noisy(weight))
        found[f"sector_{place}"] = sectors(firms, 4 + 9 * place, weight)
    found["bent"] = firms.noisy(0.6) ** 2
    found["step"] = np.where(firms.noisy(0.8) > 0.3, 1.0, 0.0) * 5000 + np.round(draw.random(rows) * 4000, -1)
    found["tail"] = np.round(np.exp(2 * draw.standard_t(2, size=rows).clip(-6, 6) + firms.noisy(0.5)), 3)
    found["none_or_some"] = np.where(firms.noisy(0.7) > 0, 0.0, np.round(firms.amount()))
    found["capped"] = np.minimum(np.round(firms.amount(0.6), -2), 50_000.0)
    found["term_months"] = np.where(
        draw.random(rows) < 0.7, 12 * draw.integers(1, 11, rows), draw.integers(6, 120, rows)
    )
    found["rate"] = np.round(0.04 + 0.0025 * np.round(4 * (2 - firms.noisy(0.5))), 4)
    found["share"] = np.round(1 / (1 + np.exp(firms.noisy(0.6))), 4)
    found["grade"] = np.clip(np.round(5 - 2 * firms.noisy(0.8)), 1, 10)
    found["employees"] = guessed(np.exp(2 + firms.noisy(0.3)), draw)
    found["begun_late"] = np.where(firms.late < 0.5, np.nan, firms.noisy(0.3))
    found["drifting"] = 3 * firms.late + firms.noisy(0.2)
    found["registered_on"] = firms.day - np.round(np.exp(6.5 + firms.noisy(0.4))).astype(np.int64)
    found["due_on"] = firms.day + 30 * draw.integers(3, 37, rows)
    found["lender"] = np.array(
        [f"{name} bank{' of the county' * (number % 3)}" for number, name in enumerate(codes(draw, 150))], dtype=object
    )[np.minimum((150 * draw.random(rows) ** 2), 149).astype(np.int64)]
    found["district"] = regions(firms)
    found["hash"] = codes(draw, rows, 12)
    found["serial"] = np.array([f"C{100_000 + number}" for number in range(rows)], dtype=object)
    found["flag"] = blanked(np.where(firms.noisy(0.5) > 0, "yes", "no"), draw.random(rows) < 0.4)
    found["balance"] = np.where(draw.random(rows) < 0.02, -1.0, np.round(firms.amount(0.3)))
    return found


def blanked(values: NDArray[Any], is_blank: NDArray[np.bool_]) -> "pd.Series[Any]":
    """Return the values with nothing where they are blank."""
    return pd.Series(values, dtype=object).mask(is_blank)


def two_digits(value: Floats) -> Floats:
    """Return the values to two significant digits."""
    unit = 10 ** (np.floor(np.log10(value)) - 1)
    return np.asarray(np.round(value / unit) * unit)


def guessed(value: Floats, draw: Draw) -> Floats:
    """Return whole numbers, above ten mostly guessed to the next five."""
    return np.asarray(np.where((value > 10) & (draw.random(len(value)) < 0.7), 5 * np.round(value / 5), np.ceil(value)))


def sectors(firms: Firms, count: int, weight: float) -> NDArray[np.object_]:
    """Return coded sectors, the later letters for the worse firms."""
    place = np.clip(np.floor((firms.noisy(weight) + 2.5) / 5 * count), 0, count - 1).astype(np.int64)
    return np.array([f"{chr(65 + one % 26)}{one:02d}" for one in range(count)], dtype=object)[place]


def regions(firms: Firms) -> NDArray[np.object_]:
    """Return six-digit districts; the regions of their first two digits differ a little in quality."""
    region = np.clip(np.floor((firms.noisy(0.25) + 2.5) * 6), 0, 29).astype(np.int64)
    return np.array(
        [f"{11 + one}{tail:04d}" for one, tail in zip(region, firms.draw.integers(1, 30, firms.rows), strict=True)],
        dtype=object,
    )


def _missing(firms: Firms) -> object:
    return np.where(firms.chance(0.35, 0.08), np.nan, firms.noisy(0.3))


def _missing_text(firms: Firms) -> object:
    return blanked(sectors(firms, 12, 0.2), firms.chance(0.1, 0.4))


def _twelves(firms: Firms) -> object:
    months = firms.draw.integers(8, 121, firms.rows)
    return np.where(firms.chance(0.12, 0.8), 12 * np.maximum(np.round(months / 12), 1), months).astype(np.float64)


def _thousands(firms: Firms) -> object:
    amount = np.round(firms.amount() + 1000)
    return np.where(firms.chance(0.6, 0.2), np.round(amount, -3), amount)


def _cents(firms: Firms) -> object:
    amount = firms.amount()
    return np.where(firms.chance(0.7, 0.25), np.round(amount), np.round(amount, 2))


def _digits(firms: Firms) -> object:
    amount = firms.amount()
    return np.where(firms.chance(0.15, 0.5), two_digits(amount), np.round(amount))


def _last_digit(firms: Firms) -> object:
    amount = 10 * np.floor(firms.amount() / 10)
    return amount + np.where(firms.chance(0.5, 0.1), 9, firms.draw.integers(0, 10, firms.rows))


def _after(firms: Firms) -> object:
    days = np.where(
        firms.chance(0.7, 0.1), firms.draw.integers(1, 200, firms.rows), -firms.draw.integers(1, 200, firms.rows)
    )
    return firms.day + days


def _long_after(firms: Firms) -> object:
    return firms.day + np.where(
        firms.bad, firms.draw.integers(60, 500, firms.rows), firms.draw.integers(300, 800, firms.rows)
    )


def _prefix(firms: Firms) -> object:
    first = np.where(firms.chance(0.7, 0.2), "G", "K")
    return np.array([a + b for a, b in zip(first, codes(firms.draw, firms.rows), strict=True)], dtype=object)


def _sequence(firms: Firms) -> object:
    number = firms.draw.permutation(firms.rows) + np.where(firms.bad, firms.rows // 2, 0)
    return np.array([f"N{one:06d}" for one in number], dtype=object)


def _sentinel(firms: Firms) -> object:
    return np.where(firms.chance(0.25, 0.04), 9999.0, np.round(np.exp(5 + firms.noisy(0.3))))


def _minus(firms: Firms) -> object:
    return np.where(firms.chance(0.05, 0.3), -1.0, np.round(firms.amount()))


def _filled(firms: Firms) -> object:
    amount = firms.amount()
    return np.where(firms.chance(0.3, 0.06), np.median(amount), amount)


def _length(firms: Firms) -> object:
    long = firms.chance(0.6, 0.15)
    found = codes(firms.draw, firms.rows, 9)
    return np.array([one if is_long else one[:7] for one, is_long in zip(found, long, strict=True)], dtype=object)


def _format(firms: Firms) -> object:
    name = sectors(firms, 8, 0.3)
    return np.array(
        [one.lower() if small else one for one, small in zip(name, firms.chance(0.6, 0.2), strict=True)], dtype=object
    )


def _month_end(firms: Firms) -> object:
    day = firms.day - firms.draw.integers(30, 900, firms.rows)
    last = (day.astype("datetime64[M]") + 1).astype("datetime64[D]") - 1
    return np.where(firms.chance(0.5, 0.1), last, day)


def _outcome(firms: Firms) -> object:
    return np.where(firms.bad, firms.amount(), 0.0) + firms.draw.random(firms.rows)


LEAKS: dict[str, Callable[[Firms], object]] = {
    "missing": _missing,
    "missing_text": _missing_text,
    "twelves": _twelves,
    "thousands": _thousands,
    "cents": _cents,
    "digits": _digits,
    "last_digit": _last_digit,
    "after": _after,
    "long_after": _long_after,
    "prefix": _prefix,
    "sequence": _sequence,
    "sentinel": _sentinel,
    "minus": _minus,
    "filled": _filled,
    "length": _length,
    "format": _format,
    "month_end": _month_end,
    "outcome": _outcome,
}


def leaky_table(rows: int, seed: int, leaks: int = 10) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return a table with fifty honest columns and so many leaks, drawn by seed, and the leaks' names."""
    firms = Firms(rows, seed)
    drawn = sorted(firms.draw.choice(sorted(LEAKS), size=leaks, replace=False).tolist())
    columns = {**honest_columns(firms), **{f"leak_{name}": LEAKS[name](firms) for name in drawn}}
    table = pd.DataFrame({"day": firms.day, "bad": firms.bad.astype(np.int64), **columns})
    return table, tuple(f"leak_{name}" for name in drawn)
