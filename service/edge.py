"""Values as people write them, read once for every edge: amounts in yuan, terms in months, days, list lengths.

All raise `BadRequestError` with a sentence in both languages.
Full-width digits, as Chinese input methods give, are read as digits.
"""

import re
import unicodedata
from datetime import date
from decimal import Decimal
from typing import Final

from service.errors import BadRequestError

LARGEST_AMOUNT_FEN: Final = 10**14  # a million million yuan: far above any loan, far below BIGINT
LONGEST_TERM_MONTHS: Final = 600
LONGEST_LIST: Final = 1000
LARGEST_NUMBER: Final = 999_999_999

FEN_PER_YUAN: Final = 100
FEN_PER_WAN: Final = 1_000_000

_DECIMAL = re.compile(r"[0-9]{1,16}(\.[0-9]+)?")
_WHOLE = re.compile(r"[0-9]{1,9}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def amount_fen(text: str) -> int:
    """Read an amount in yuan, exact to the fen; return fen."""
    return _money(text, FEN_PER_YUAN, "元", "yuan", decimals=2)


def amount_wan_fen(text: str) -> int:
    """Read an amount in units of 10,000 yuan (万元), exact to the fen; return fen."""
    return _money(text, FEN_PER_WAN, "万元", "10,000 yuan", decimals=6)


def term_months(text: str) -> int:
    """Read a term in whole months."""
    return _whole(text, LONGEST_TERM_MONTHS, "期限（月）", "the term in months")


def list_length(text: str) -> int:
    """Read how many rows of each list are wanted."""
    return _whole(text, LONGEST_LIST, "条数", "the number of rows")


def number(text: str) -> int:
    """Read the number of a page or of a log entry."""
    return _whole(text, LARGEST_NUMBER, "编号", "a number")


def day(text: str) -> date:
    """Read YYYY-MM-DD."""
    plain = _plain(text)
    try:
        if _DAY.fullmatch(plain):
            return date.fromisoformat(plain)
    except ValueError:
        pass  # a day that no calendar has: refused below with the others
    raise BadRequestError(
        f"日期“{_short(text)}”无法识别，请写成 YYYY-MM-DD。", f"{_short(text)!r} is no day; write YYYY-MM-DD."
    )


def _money(text: str, fen_per_unit: int, zh: str, en: str, *, decimals: int) -> int:
    plain = _plain(text).replace(",", "")
    if not _DECIMAL.fullmatch(plain):
        raise BadRequestError(
            f"金额“{_short(text)}”无法识别，请填写以{zh}为单位的数字。", f"{_short(text)!r} is no amount in {en}."
        )
    fen = Decimal(plain) * fen_per_unit
    if fen != fen.to_integral_value():
        raise BadRequestError(
            f"金额精确到分，以{zh}为单位最多 {decimals} 位小数。", f"An amount in {en} has at most {decimals} decimals."
        )
    if not 0 < fen <= LARGEST_AMOUNT_FEN:
        largest = LARGEST_AMOUNT_FEN // fen_per_unit
        raise BadRequestError(
            f"金额应大于 0 且不超过 {largest:,} {zh}。", f"An amount lies above 0 and at most at {largest:,} ({en})."
        )
    return int(fen)


def _whole(text: str, largest: int, zh: str, en: str) -> int:
    plain = _plain(text)
    if not _WHOLE.fullmatch(plain) or not 0 < int(plain) <= largest:
        raise BadRequestError(
            f"{zh}“{_short(text)}”无效，请填写 1 至 {largest} 的整数。",
            f"{_short(text)!r} is not {en}: write a whole number from 1 to {largest}.",
        )
    return int(plain)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _short(text: str) -> str:
    return text if len(text) <= 20 else text[:20] + "…"  # noqa: PLR2004 (enough to recognise what was typed)
