"""Exact numbers at the edge: yuan text ↔ fen, decimal fractions ↔ millionths.

Inside, money is an integer of fen and every ratio or rate that somebody wrote down is an integer of millionths (ppm).
A float is refused here already, because 0.1 written as a float is not the 0.1 that was meant.
"""

from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer

PPM = 1_000_000
FEN_PER_YUAN = 100
FEN_PER_WAN = 1_000_000
# 10 trillion yuan: below it a share in millionths of an amount still fits 64 bits.
MAX_FEN = 10**15
# Of the text of a number: more says nothing that is not refused anyway.
MOST_LETTERS = 60
# Digits enough for any text of a number, and no silent rounding, up or down to nothing.
_EXACT = Context(prec=200, traps=[InvalidOperation, Overflow, Inexact])


def exact(value: object, factor: int, unit: str) -> int:
    """Return `value` × `factor` as an integer.

    `value` is an integer or decimal text; anything that is not exact in units of 1 ÷ `factor`, floats and booleans
    included, is a ValueError that names the `unit`.
    """
    if isinstance(value, bool) or not isinstance(value, int | str):
        # A ValueError, for pydantic reports those with the field they came from.
        raise ValueError(f'{unit}: write an integer or decimal text such as "0.25", not {value!r}')  # noqa: TRY004
    said = repr(value)[:MOST_LETTERS]
    if isinstance(value, str) and len(value) > MOST_LETTERS:
        raise ValueError(f"{unit}: {said}… is too long for a number")
    if isinstance(value, int) and abs(value) > MAX_FEN:
        raise ValueError(f"{unit}: {said} is too large")
    try:
        scaled = _EXACT.multiply(Decimal(value), factor)
    except InvalidOperation:
        raise ValueError(f"{unit}: {said} is not a number") from None
    except Overflow:
        raise ValueError(f"{unit}: {said} is too large") from None
    except Inexact:
        raise ValueError(f"{unit}: {said} has more decimals than 1/{factor} of a unit can hold") from None
    if not scaled.is_finite() or scaled != scaled.to_integral_value(context=_EXACT):
        raise ValueError(f"{unit}: {said} has more decimals than 1/{factor} of a unit can hold")
    if abs(scaled) > MAX_FEN:
        raise ValueError(f"{unit}: {said} is too large")
    return int(scaled)


def fen_of(yuan: object) -> int:
    """Convert yuan, an integer or decimal text with at most two decimals, to fen."""
    return exact(yuan, FEN_PER_YUAN, "yuan")


def ppm_of(ratio: object) -> int:
    """Convert a ratio, an integer or decimal text with at most six decimals, to millionths."""
    return exact(ratio, PPM, "ratio")


def yuan_text(fen: int) -> str:
    """Write fen as decimal text in yuan, without a needless fraction: 12345 → "123.45", 50000 → "500"."""
    return _plain(Decimal(fen) / FEN_PER_YUAN)


def ratio_text(ppm: int) -> str:
    """Write millionths as decimal text: 48500 → "0.0485"."""
    return _plain(Decimal(ppm) / PPM)


def half_even(numerator: int, denominator: int) -> int:
    """Divide integers, rounded half to even; `denominator` is positive."""
    quotient, rest = divmod(numerator, denominator)
    twice = 2 * rest
    return quotient + (twice > denominator or (twice == denominator and quotient % 2 == 1))


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


Yuan = Annotated[int, BeforeValidator(fen_of), PlainSerializer(yuan_text, return_type=str)]
Ratio = Annotated[int, BeforeValidator(ppm_of), PlainSerializer(ratio_text, return_type=str)]
