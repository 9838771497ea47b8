"""What is asked of matching, and what is answered."""

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, Final

from matching.eligibility import Request
from matching.errors import RequestError
from matching.labels import CODES, Words
from matching.narrowing import ANYBODY, Narrowing
from matching.preference import Sort
from matching.segments import SALES_BOUNDS_YUAN, SECTION
from service.errors import BadRequestError

SORTS: Final[dict[Sort, Words]] = {
    Sort.chance: Words("按匹配机会", "by chance"),
    Sort.price: Words("按综合成本", "by all-in price"),
    Sort.speed: Words("按到款速度", "by speed"),
    Sort.plain: Words("非个性化", "without personal data"),
}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked beside the subject: amount in fen, term in months, day (preset: the latest), rows per list.

    `sort` is the order of a firm's products (preset: the firm's standing choice); `narrowing` what firms a bank's list
    is narrowed to; `is_paged` keeps the whole order in the log, so that further pages of it can be asked for.
    """

    amount_fen: int | None = None
    term_months: int | None = None
    as_of: date | None = None
    top: int | None = None
    sort: Sort | None = None
    narrowing: Narrowing = ANYBODY
    is_paged: bool = False

    @property
    def request(self) -> Request:
        """The question as the matching core takes it."""
        return Request(self.amount_fen, self.term_months)

    def logged(self) -> dict[str, Any]:
        """Return what a log entry names of it."""
        narrowed = {name: getattr(self.narrowing, name) for name in ("place", "section", "sales_band")}
        asked = narrowed | {
            "sort": None if self.sort is None else self.sort.value,
            "as_of": None if self.as_of is None else self.as_of.isoformat(),
        }
        return {
            "amount_fen": self.amount_fen,
            "term_months": self.term_months,
            "top": self.top,
            **{name: value for name, value in asked.items() if value is not None},
        }

    @classmethod
    def of_log(cls, asked: dict[str, Any]) -> "Question":
        """Read back what `logged` wrote of a paged question."""
        return cls(
            amount_fen=asked["amount_fen"],
            term_months=asked["term_months"],
            as_of=date.fromisoformat(asked["as_of"]) if "as_of" in asked else None,
            top=asked["top"],
            narrowing=Narrowing(asked.get("place"), asked.get("section"), asked.get("sales_band")),
            is_paged=True,
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """A logged answer: its JSON document and the number of its log entry."""

    document: dict[str, Any]
    log_entry: int


def sort_of(text: str | None) -> Sort | None:
    """Read the name of an order; None where there is none, `BadRequestError` where it is none of them."""
    if not text:
        return None
    try:
        return Sort(text)
    except ValueError:
        names = "、".join(f"{one.value}（{words.zh}）" for one, words in SORTS.items())
        raise BadRequestError(
            f"没有“{text[:20]}”这种排序，可选：{names}。",
            f"{text[:20]!r} is no order; write one of {', '.join(Sort)}.",
        ) from None


def narrowing_of(place: str = "", section: str = "", sales_band: str = "") -> Narrowing:
    """Read what a list is narrowed to, empty where not; `BadRequestError` for what there is none of."""
    band = None
    if sales_band.strip():
        if not sales_band.strip().isdecimal():
            raise BadRequestError("销售规模档无效。", "The band of sales is a whole number.")
        band = int(sales_band[:9])
    try:
        return Narrowing(place.strip() or None, section.strip().upper() or None, band)
    except RequestError as error:
        raise BadRequestError(
            "筛选条件无效：地区填 2 至 6 位行政区划代码，行业填门类字母 A 至 T，销售规模选列表中的一档。", f"{error}."
        ) from None


def sections() -> list[tuple[str, str]]:
    """Return code and Chinese name of every section of industry."""
    return [(code, words.zh) for code, words in CODES[SECTION].items()]


def places() -> list[tuple[str, str]]:
    """Return code and Chinese name of every prefecture."""
    return [(code, words.zh) for code, words in CODES["prefecture"].items()]


def sales_bands() -> list[tuple[str, str]]:
    """Return number and Chinese name of every band of sales in 12 months."""
    wan = [bound // 10_000 for bound in SALES_BOUNDS_YUAN]
    names = [f"{wan[0]} 万元及以下", *(f"{low} 至 {high} 万元" for low, high in pairwise(wan))]
    return [(str(number), name) for number, name in enumerate([*names, f"{wan[-1]} 万元以上"])]
