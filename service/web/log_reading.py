"""A log entry's body for a reader: what was asked, what was returned and counted, and the rest as it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from service.web.filters import day, fen_wan
from service.web.labels import LISTS, PURPOSES, of
from service.work.log_words import LogWords

#: Fields that the page shows elsewhere: the entry's head, and the parts with a table of their own.
SHOWN: Final = frozenset({"at", "tag", "caller", "subject", "counts", "first_failing_counts", *LISTS})
#: Fields that a reader wants first; the others stand folded.
FIRST: Final = (
    "purpose",
    "as_of",
    "request",
    "products_source",
    "order",
    "order_model",
    "model",
    "without_authorisation_count",
)

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
    "order": "“符合”的排序依据",
    "sort": "排序方式",
    "is_planned": "是否按双方联合规划",
    "planned": "联合规划中的位次",
    "pressure": "名额压力（百万分之一）",
    "deleted_tags": "已删除的标签",
    "tag_name": "标签",
    "sort_before": "原排序方式",
    "product_versions": "产品版本",
    "in_order": "首页所定顺序",
    "cursor": "首页条目",
    "page": "页",
    "gone": "已离开名单的企业数",
    "number": "版本号",
    "digest": "哈希",
    "order_model": "排序模型",
    "acceptance_model": "获批比例模型",
    "match_history": "匹配记录哈希",
    "match_history_firms": "计入匹配记录的企业数",
    "match_history_basis": "匹配记录的授权依据哈希",
    "replaces": "替换的模型",
    "replaced_by": "被替换为",
    "examples": "样本数",
    "bad": "违约样本数",
    "seed": "随机种子",
    "training_table_sha256": "训练表哈希",
    "rows": "训练行数",
    "enterprises_by_basis": "企业数（按授权或依据）",
    "probability_name": "概率名称",
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
#: Values that stand for a sentence.
WORDED: Final[dict[str, str]] = {
    "packaged samples": "随软件附带的示例产品",
    "home": "本环境的产品目录",
    "ranker": "学习排序模型",
    "transparent_score": "透明评分",
    "chance": "按匹配机会",
    "price": "按综合成本",
    "speed": "按到款速度",
    "plain": "非个性化",
}
NO_WORDS: Final = LogWords()


@dataclass(frozen=True, slots=True)
class Said:
    """A statement in words, with the code that it stands for."""

    zh: str
    code: str


@dataclass(frozen=True, slots=True)
class Row:
    """One returned row: whose, its score in millionths, its reasons, and the criterion it failed with the values."""

    id: str
    name: str
    score: int | None
    reasons: tuple[Said, ...]
    missing: tuple[Said, ...]
    criterion: Said | None
    values: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the body: its key, its name, and its value as text; `items` counts the values of a list."""

    key: str
    name: str
    text: str
    items: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """The body taken apart."""

    counts: tuple[tuple[str, int], ...]
    first_failing: tuple[tuple[Said, int], ...]
    lists: tuple[tuple[str, tuple[Row, ...]], ...]
    first: tuple[Field, ...]
    rest: tuple[Field, ...]


def read_body(body: Mapping[str, Any], words: LogWords = NO_WORDS) -> Reading:
    """Take an entry's body apart; what has no form known here comes as JSON text, so nothing is left out."""
    subject = _text(body.get("subject"))
    product = subject if words.product(subject) else None
    failing = _counts(body.get("first_failing_counts"))
    return Reading(
        counts=_counts(body.get("counts")),
        first_failing=tuple((Said(words.criterion(product, key), key), number) for key, number in failing),
        lists=tuple(
            (key, tuple(_row(row, product, words) for row in body[key]))
            for key in LISTS
            if isinstance(body.get(key), list)
        ),
        first=tuple(_field(key, body[key]) for key in FIRST if key in body),
        rest=tuple(_field(key, body[key]) for key in sorted(body) if key not in SHOWN and key not in FIRST),
    )


def _field(key: str, value: object) -> Field:
    name = NAMES.get(key, key)
    match key, value:
        case "purpose", str():
            return Field(key, name, of(PURPOSES, value)[0])
        case "as_of", str():
            return Field(key, name, _day(value))
        case "request", Mapping():
            return Field(key, name, _request(value))
        case "in_order", Mapping():
            # Thousands of ids say nothing to a reader; the entry's text has them.
            return Field(key, name, "，".join(f"{of(LISTS, one)[0]} {len(ids)} 家" for one, ids in value.items()))
        case (("products_source" | "order" | "sort" | "sort_before"), str()):
            return Field(key, name, WORDED.get(value, value))
    return Field(key, name, _text(value), len(value) if isinstance(value, list) else 0)


def _request(asked: Mapping[str, Any]) -> str:
    """Word a question; a field that is not known here stays as it is written."""
    amount, term, top = (asked.get(key) for key in ("amount_fen", "term_months", "top"))
    said = [
        f"金额 {fen_wan(amount)} 万元" if isinstance(amount, int) else f"金额{_unasked(amount)}",
        f"期限 {term} 个月" if isinstance(term, int) else f"期限{_unasked(term)}",
        f"每个清单最多 {top} 条" if isinstance(top, int) else f"清单条数{_unasked(top)}",
    ]
    said += [f"{key} {_text(asked[key])}" for key in sorted(asked) if key not in {"amount_fen", "term_months", "top"}]
    return "，".join(said)


def _unasked(value: object) -> str:
    return "不限" if value is None else f" {_text(value)}"


def _day(text: str) -> str:
    try:
        return day(text)
    except ValueError:
        return text


def _counts(found: object) -> tuple[tuple[str, int], ...]:
    if not isinstance(found, Mapping):
        return ()
    return tuple((str(key), int(number)) for key, number in found.items() if isinstance(number, int))


def _row(row: object, product: str | None, words: LogWords) -> Row:
    if not isinstance(row, Mapping):
        return Row(_text(row), "", None, (), (), None, ())
    id_, score, criterion = _text(row.get("id") or row.get("enterprise")), row.get("score_ppm"), row.get("criterion")
    return Row(
        id=id_,
        name=words.product(id_),
        score=score if isinstance(score, int) else None,
        reasons=tuple(_reason(one, words) for one in _list(row.get("reasons"))),
        missing=tuple(Said(words.column(one), one) for one in map(_text, _list(row.get("missing")))),
        criterion=None
        if criterion is None
        else Said(words.criterion(product or id_, _text(criterion)), _text(criterion)),
        values=tuple(_value(one, words) for one in _list(row.get("values"))),
    )


def _reason(reason: object, words: LogWords) -> Said:
    if not isinstance(reason, Mapping):
        return Said(_text(reason), "")
    code = _text(reason.get("code", ""))
    seen = f"（{_day(_text(reason['day']))}）" if "day" in reason else ""
    caution = "不利：" if reason.get("speaks") == "against" else ""
    return Said(f"{caution}{words.reason(code)}：{_value(reason, words).zh}{seen}", code)


def _value(valued: object, words: LogWords) -> Said:
    if not isinstance(valued, Mapping):
        return Said(_text(valued), "")
    column = _text(valued.get("column", ""))
    return Said(f"{words.column(column)} {words.value(column, valued.get('value'))}", column)


def _list(found: object) -> Sequence[Any]:
    return found if isinstance(found, list) else ()


def _text(value: object) -> str:
    if value is None or value == []:
        return "—"
    if isinstance(value, list) and all(isinstance(one, str | int) for one in value):
        return "、".join(str(one) for one in value)
    return value if isinstance(value, str) else orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
