"""Words for the codes of a log entry: its reasons, columns and values, and the products and criteria it speaks of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from features.dictionary import FEATURES
from matching.affinity_columns import AFFINITY_COLUMNS
from matching.amounts import MAX_FEN
from matching.eligibility import AMOUNT_RANGE, CREDIT_LINE, TERM_RANGE, Request
from matching.pairs import PAIR_COLUMNS
from matching.pressure import QUOTA_LEFT
from matching.reasons import REASON_CODES, ReasonCode
from matching.sentence import criterion_words, money, months, percent, value_words
from matching.stated import STATED
from models.default_risk import ProbabilityName
from service.store.engine import Session
from service.work.catalogue import Catalogue, catalogue

# How a log holds what a ranker reads of a pair: shares and rates in millionths; of a logarithm the count itself.
_UNITS: Final[dict[str, str]] = {"fen": "fen", "months": "months", "ppm": "ratio", "ratio": "ratio"}
#: Columns that answers make themselves, and whether they count money, months or a ratio.
_MADE: Final[dict[str, tuple[str, str]]] = {
    CREDIT_LINE: ("测算可贷额度", "fen"),
    "amount": ("申请金额", "fen"),
    "term": ("申请期限", "months"),
    ProbabilityName.pd_12m: ("12个月违约概率", "ratio"),
    ProbabilityName.default_probability: ("违约概率", "ratio"),
    "all_in_rate": ("年化综合成本", "ratio"),
    QUOTA_LEFT: ("名额压力（排序分减少）", "ratio"),
    **{one.input.name: (one.zh, _UNITS.get(one.unit, "")) for one in (*PAIR_COLUMNS, *AFFINITY_COLUMNS)},
}


@dataclass(frozen=True, slots=True)
class LogWords:
    """The Chinese words of an entry's codes; a code that has none stands for itself.

    `products` names the catalogue's products; `criteria` words each clause by product and id, and is empty where the
    catalogue is no longer the one that answered.
    """

    products: Mapping[str, str] = field(default_factory=dict)
    criteria: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def product(self, id_: str) -> str:
        """Return the name of a product, or nothing where the catalogue has none of that id."""
        return self.products.get(id_, "")

    def criterion(self, product: str | None, id_: str) -> str:
        """Return the words of a clause of `product` (None: of any, where all that have it word it alike)."""
        found = {zh for (of, clause), zh in self.criteria.items() if clause == id_ and product in (None, of)}
        return found.pop() if len(found) == 1 else id_

    def reason(self, code: str) -> str:
        """Return what a reason's code says."""
        return REASON_CODES[ReasonCode(code)].zh if code in set(ReasonCode) else code

    def column(self, name: str) -> str:
        """Return what a column is called."""
        made = _MADE.get(name)
        if made is not None:
            return made[0]
        found = FEATURES.get(name) or STATED.get(name)
        return name if found is None else found.zh

    def value(self, name: str, value: object) -> str:
        """Return a logged value in its column's unit: fen, millionths, whole numbers, codes and ISO days."""
        if isinstance(value, bool) or not isinstance(value, int | str):
            return "缺失" if value is None else str(value)
        feature = FEATURES.get(name) or STATED.get(name)
        if feature is not None:
            is_whole = isinstance(value, int) and feature.unit != "day"
            return value_words(feature, value).zh if is_whole or feature.unit == "code" else str(value)
        return _made(_MADE.get(name, ("", ""))[1], value)


def words_of(session: Session, body: Mapping[str, Any]) -> LogWords:
    """Return the words for an entry of the log from the catalogue as it is now."""
    found = catalogue(session)
    names = {product.id: product.name for product in found.products}
    return LogWords(names, _criteria(found, body.get("request")) if body.get("products") == found.digest else {})


def _criteria(found: Catalogue, asked: object) -> dict[tuple[str, str], str]:
    amount = asked.get("amount_fen") if isinstance(asked, Mapping) else None
    request = Request(amount if isinstance(amount, int) and 0 < amount <= MAX_FEN else None)
    return {
        (product.id, id_): criterion_words(product, id_, request).zh
        for product in found.products
        for id_ in (*(clause.id for clause in product.criteria), AMOUNT_RANGE, TERM_RANGE, CREDIT_LINE)
    }


def _made(unit: str, value: int | str) -> str:
    if isinstance(value, str):
        return value
    match unit:
        case "fen":
            return money(value, exact=False).zh
        case "months":
            return months(value).zh
        case "ratio":
            return percent(value, 2)
        case _:
            return str(value)
