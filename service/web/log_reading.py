"""A log entry's body for a reader: what was asked, what was returned and counted, and the rest as it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from service.web.labels import LISTS

#: Fields that the page shows elsewhere: the entry's head, and the parts with a table of their own.
SHOWN: Final = frozenset({"at", "tag", "caller", "subject", "counts", "first_failing_counts", *LISTS})

NAMES: Final[dict[str, str]] = {
    "as_of": "数据时点",
    "request": "请求",
    "amount_fen": "金额（分）",
    "term_months": "期限（月）",
    "product": "产品",
    "enterprise": "企业",
    "bank": "银行",
    "purpose": "用途",
    "kind": "类别",
    "from": "起",
    "until": "止",
    "tables": "可读信息",
    "model": "模型",
    "products": "产品目录哈希",
    "products_source": "产品来源",
    "authorisations": "所依据的授权",
    "authorisation": "授权",
    "grounds": "免授权依据",
    "candidates": "候选集哈希",
    "candidates_digest": "候选集哈希",
    "snapshot": "画像快照",
    "dictionary": "数据字典哈希",
    "facts": "事实数据哈希",
    "hash": "哈希",
    "count": "条数",
    "entries": "条目数",
    "faults": "不一致条目",
    "login": "登录名",
    "enterprises": "企业数",
    "before": "早于",
    "filter": "筛选",
    "first": "首条",
    "entry": "条目",
    "tie_key": "同分排序密钥",
    "version": "条目格式版本",
    "without_authorisation_count": "未授权企业数",
    "shown": "所示指标",
    "top": "每个清单最多条数",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One returned row: whose, its score in millionths, its reasons, and the criterion it failed with the values."""

    id: str
    score: int | None
    reasons: tuple[str, ...]
    missing: tuple[str, ...]
    criterion: str | None
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """The body taken apart."""

    counts: tuple[tuple[str, int], ...]
    first_failing: tuple[tuple[str, int], ...]
    lists: tuple[tuple[str, tuple[Row, ...]], ...]
    rest: tuple[tuple[str, str, str], ...]


def read_body(body: Mapping[str, Any]) -> Reading:
    """Take an entry's body apart; what has no form known here comes as JSON text, so nothing is left out."""
    return Reading(
        counts=_counts(body.get("counts")),
        first_failing=_counts(body.get("first_failing_counts")),
        lists=tuple((key, tuple(map(_row, body[key]))) for key in LISTS if isinstance(body.get(key), list)),
        rest=tuple((key, NAMES.get(key, key), _text(body[key])) for key in sorted(body) if key not in SHOWN),
    )


def _counts(found: object) -> tuple[tuple[str, int], ...]:
    if not isinstance(found, Mapping):
        return ()
    return tuple((str(key), int(number)) for key, number in found.items() if isinstance(number, int))


def _row(row: object) -> Row:
    if not isinstance(row, Mapping):
        return Row(_text(row), None, (), (), None, ())
    score = row.get("score_ppm")
    return Row(
        id=_text(row.get("id") or row.get("enterprise")),
        score=score if isinstance(score, int) else None,
        reasons=tuple(_reason(one) for one in _list(row.get("reasons"))),
        missing=tuple(_text(one) for one in _list(row.get("missing"))),
        criterion=None if row.get("criterion") is None else _text(row["criterion"]),
        values=tuple(_value(one) for one in _list(row.get("values"))),
    )


def _reason(reason: object) -> str:
    if not isinstance(reason, Mapping):
        return _text(reason)
    day = f" · {reason['day']}" if "day" in reason else ""
    return f"{reason.get('code', '')}: {_value(reason)}{day}"


def _value(valued: object) -> str:
    if not isinstance(valued, Mapping):
        return _text(valued)
    return f"{valued.get('column', '')} = {_text(valued.get('value'))}"


def _list(found: object) -> Sequence[Any]:
    return found if isinstance(found, list) else ()


def _text(value: object) -> str:
    if value is None or value == []:
        return "—"
    if isinstance(value, list) and all(isinstance(one, str | int) for one in value):
        return "、".join(str(one) for one in value)
    return value if isinstance(value, str) else orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
