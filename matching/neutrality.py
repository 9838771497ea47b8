"""What may never buy a place: fields of money or size of a bank are refused wherever they stand in a document.

A product or a policy is ordered by what it offers and to whom. What its bank pays to the platform, how large the bank
is and what the platform's operator holds of it must not even be there to be read, so a document that has such a field,
however deep and however it is spelt, is refused with a sentence that names it.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any, Final

from matching.errors import NeutralityError

# Whole names, after `_plain`: words that are harmless as a part of another.
_NAMES: Final = frozenset(
    {"ad", "ads", "bid", "boost", "feetoplatform", "paidrank", "pin", "pinned", "priority", "rank", "rankboost"}
    | {"score", "top", "uplift", "weight"}
)
# Parts of names that speak of nothing else.
_PARTS: Final = (
    *("advert", "auction", "banksize", "bidding", "bidprice", "boosted", "commission", "exposurefee", "holding"),
    *("kickback", "listingfee", "marketshare", "membership", "operatorshare", "partnerlevel", "paidplacement"),
    *("placementfee", "platformfee", "prioritylevel", "promot", "rankweight", "referralfee", "sponsor"),
    *("totalassets", "trafficfee", "viplevel"),
    *("平台费", "平台服务费", "佣金", "返点", "回扣", "广告", "推广", "竞价", "置顶", "会员", "赞助", "权重", "优先级"),
    *("持股", "银行规模", "银行资产", "流量费", "加权"),
)
_NOT_LETTERS = re.compile(r"[\W_]+")


def refuse_commercial(document: object, of: str) -> None:
    """Raise NeutralityError where a document as read from JSON has a commercial field; `of` is what the document is.

    Keys are looked at on every level, whatever their case, their underscores and their width.
    """
    for path, key in _keys(document):
        if is_commercial(key):
            raise NeutralityError(
                f'{of}: field "{path}" is commercial（商业字段，不得进入产品目录、评分、排序和曝光）: what a '
                "bank pays, how large it is and who holds it may buy no place, so no document may hold it"
            )


def is_commercial(key: str) -> bool:
    """Say whether a field's name is one that only money, size or ownership of a bank would stand under."""
    plain = _NOT_LETTERS.sub("", unicodedata.normalize("NFKC", key).casefold())
    return plain in _NAMES or any(part in plain for part in _PARTS)


def _keys(document: object) -> Iterator[tuple[str, str]]:
    # A stack, not recursion: a document may be nested deeper than Python calls.
    rest: list[tuple[str, Any]] = [("", document)]
    while rest:
        path, part = rest.pop()
        if isinstance(part, dict):
            for key, value in part.items():
                inner = f"{path}.{key}" if path else str(key)
                yield inner, str(key)
                rest.append((inner, value))
        elif isinstance(part, list):
            rest += [(f"{path}[{place}]", value) for place, value in enumerate(part)]
