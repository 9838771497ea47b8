"""The open JSON Schema (draft 2020-12) of a product's criteria, for banks and those who write tools for them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from features.dictionary import FEATURES
from matching.criteria import DIVIDED, MAX_CONDITIONS, MAX_DEPTH, Clause
from matching.labels import Words
from matching.stated import STATED
from matching.vocabulary import Column

DIALECT = "https://json-schema.org/draft/2020-12/schema"
IDENTITY = "urn:rongqiao:criteria:1"
TITLE = Words("融桥产品准入条件", "RongQiao product criteria")
ABOUT = Words(
    "一个产品的准入条件，逐条须全部满足；每条结论为是、否或不能判断（缺资料）。"
    f"最多{MAX_CONDITIONS}条、合计最多{MAX_CONDITIONS}个比较，嵌套不超过{MAX_DEPTH}层。"
    "引用（clause）不得成环，分母与分子须同单位且不同列：这些由程序检查，本模式写不出。",
    "The criteria of one product, all of which must hold; each is yes, no, or cannot tell where a fact is missing."
    f" At most {MAX_CONDITIONS} clauses and {MAX_CONDITIONS} comparisons in all, nested at most {MAX_DEPTH} deep."
    " That references do not loop and that a ratio has two columns of one unit is checked by the program.",
)

_TOLD: Mapping[str, Words] = {
    "Clause": Words("一条准入条件", "One criterion of a product; its sentences are generated unless written here"),
    "Comparison": Words("一个指标与一个值比较", "One column against one value"),
    "RatioComparison": Words(
        "一个指标与另一同单位指标之比；分母不为正时不能判断",
        "One column over another of the same unit; it cannot be told where the divisor is not positive",
    ),
    "Between": Words("指标在区间内，含两端", "One column within a range, both ends included"),
    "Membership": Words("指标属于所列值之一", "One column among the values listed"),
    "AllOf": Words("各项均须满足", "Every part must hold"),
    "AnyOf": Words("满足其中一项即可", "One part is enough"),
    "Not": Words("不得满足；不能判断的仍不能判断", "The part must not hold; what cannot be told stays so"),
    "SameAs": Words("与本产品另一条条件相同", "The condition of another clause of the same product, by its id"),
    "BeforeAsOf": Words(
        "从数据时点往前数的日期：若干天，或若干个月（无该日则取月末）",
        "A day counted back from the day asked for: days, or months (to the month's last day where it is shorter)",
    ),
    "Shown": Words(
        "企业能看到什么：public 全部；range 仅知看哪项、接近与否；bank_only 仅知有银行内部条件",
        "What a firm reads: all; which column and whether it is near; or only that the bank has a condition",
    ),
    "Ground": Words(
        "名单、欺诈、反洗钱类条件：一律仅银行可见（bank_only）",
        "Watch lists, fraud and money laundering: always shown to the bank only",
    ),
}
_FIELDS: Mapping[str, Words] = {
    "id": Words("条件编号", "The clause's id, unique in the product"),
    "require": Words("要求", "What is demanded"),
    "zh": Words("中文表述（可不写，自动生成）", "The Chinese sentence; generated where there is none"),
    "en": Words("英文表述（可不写，自动生成）", "The English sentence; generated where there is none"),
    "op": Words(
        "at_least 不低于，at_most 不超过，above 高于，below 低于，equals 等于，between 区间，in 属于",
        "How the column is compared",
    ),
    "low": Words("下限（含）", "The least, included"),
    "high": Words("上限（含）", "The most, included"),
    "values": Words("可接受的值", "The values accepted"),
    "value": Words("比较的值", "The value compared with"),
    "all": Words("须全部满足", "All must hold"),
    "any": Words("满足其一", "One is enough"),
    "not": Words("不得满足", "Must not hold"),
    "clause": Words("被引用条件的编号", "The id of the clause referred to"),
    "days_before": Words("往前多少天", "So many days before"),
    "months_before": Words("往前多少个月", "So many months before"),
}
_DECIMAL_TEXT = r"^-?(0|[1-9][0-9]*)(\.[0-9]{1,%d})?$"


def criteria_schema() -> dict[str, Any]:
    """Return the schema: pydantic's, with titles in Chinese and English and with every column and its unit."""
    made = TypeAdapter(tuple[Clause, ...]).json_schema(by_alias=True)
    conditions = made["$defs"]["Clause"]["properties"]["require"]["oneOf"]
    definitions = {name: _described(name, one, conditions) for name, one in sorted(made["$defs"].items())}
    definitions |= {"Condition": {"title": "要求 · condition", "oneOf": conditions}, **_columns(), **_values()}
    for name, fields in {"Comparison": ("value",), "Between": ("low", "high"), "Membership": ("values",)}.items():
        definitions[name]["allOf"] = [_by_unit(kind, fields) for kind in _KINDS]
    _tighten(definitions)
    return {
        "$schema": DIALECT,
        "$id": IDENTITY,
        **_said(TITLE, ABOUT),
        "type": "array",
        "minItems": 1,
        "maxItems": MAX_CONDITIONS,
        "items": {"$ref": "#/$defs/Clause"},
        "$defs": definitions,
    }


def _said(title: Words, about: Words | None = None) -> dict[str, str]:
    told = {"title": f"{title.zh} · {title.en}"}
    return told if about is None else told | {"description": f"{about.zh} {about.en}"}


def _described(name: str, made: dict[str, Any], conditions: list[Any]) -> dict[str, Any]:
    """Put our words and references in the place of what pydantic wrote out."""
    told = {key: value for key, value in made.items() if key not in ("title", "description")}
    found = {"title": name, "description": f"{_TOLD[name].zh} {_TOLD[name].en}", **told}
    if "properties" in made:
        found["properties"] = {field: _field(field, one, conditions) for field, one in made["properties"].items()}
    return found


def _field(name: str, made: dict[str, Any], conditions: list[Any]) -> dict[str, Any]:
    if name in ("column", "over"):
        return {"$ref": "#/$defs/DividedColumn" if name == "over" else "#/$defs/Column"}
    told = {key: value for key, value in made.items() if key != "title"}
    if told.get("oneOf") == conditions:
        told = {"$ref": "#/$defs/Condition"}
    elif told.get("items", {}).get("oneOf") == conditions:
        told["items"] = {"$ref": "#/$defs/Condition"}
    return told if name not in _FIELDS else {**_said(_FIELDS[name]), **told}


@dataclass(frozen=True, slots=True)
class _Kind:
    """Columns whose values are written alike: their units, how a value is told, and its schema."""

    name: str
    units: frozenset[str]
    about: Words
    value: dict[str, Any]

    def columns(self) -> list[Column]:
        return [of for of in _known() if str(of.unit) in self.units]


def _decimal(places: int) -> dict[str, Any]:
    return {"anyOf": [{"type": "integer"}, {"type": "string", "pattern": _DECIMAL_TEXT % places}]}


_KINDS = (
    _Kind(
        "Money",
        frozenset({"fen"}),
        Words("元：整数，或最多两位小数的文本", "yuan: an integer, or text with at most two decimals"),
        _decimal(2),
    ),
    _Kind(
        "Share",
        frozenset({"ratio", "log", "score"}),
        Words("小数：0.05为5%，写成文本，最多六位小数", "a fraction: 0.05 is 5 %, as text with at most six decimals"),
        _decimal(6),
    ),
    _Kind(
        "Whole",
        frozenset({"count", "months", "days", "year", "flag"}),
        Words("整数；是否类指标1为是、0为否", "a whole number; of a flag 1 is yes and 0 is no"),
        {"type": "integer"},
    ),
    _Kind("Code", frozenset({"code"}), Words("代码文本", "a code, as text"), {"type": "string", "minLength": 1}),
    _Kind(
        "Day",
        frozenset({"day"}),
        Words("日期文本，如2026-01-05", "a day as text: 2026-01-05"),
        {"type": "string", "format": "date", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
    ),
)


def _known() -> list[Column]:
    return [*FEATURES.values(), *STATED.values()]


def _columns() -> dict[str, Any]:
    kinds = {unit: kind for kind in _KINDS for unit in kind.units}
    listed = [
        {
            "const": of.name,
            "title": f"{of.zh} · {of.en}",
            "description": f"{kinds[str(of.unit)].about.zh} {kinds[str(of.unit)].about.en}",
        }
        for of in _known()
    ]
    divided = [of.name for of in _known() if str(of.unit) in DIVIDED]
    return {
        "Column": {**_said(Words("指标", "column")), "type": "string", "oneOf": listed},
        "DividedColumn": {**_said(Words("分母指标", "divisor")), "type": "string", "enum": divided},
    }


def _values() -> dict[str, Any]:
    return {f"{kind.name}Value": {**_said(kind.about), **kind.value} for kind in _KINDS}


def _by_unit(kind: _Kind, fields: tuple[str, ...]) -> dict[str, Any]:
    """Say: where the column is of this kind, so are the values."""
    value: dict[str, Any] = {"$ref": f"#/$defs/{kind.name}Value"}
    if kind.name == "Day" and fields == ("value",):
        value = {"anyOf": [value, {"$ref": "#/$defs/BeforeAsOf"}]}
    then: dict[str, Any] = {field: {"items": value} if field == "values" else value for field in fields}
    if kind.name == "Code" and fields != ("values",):
        then["op"] = {"const": "equals"}
    named = [of.name for of in kind.columns()]
    return {"if": {"properties": {"column": {"enum": named}}}, "then": {"properties": then}}


def _tighten(definitions: dict[str, Any]) -> None:
    """Add what the models check beyond their fields."""
    definitions["RatioComparison"]["properties"] |= {
        "column": {"$ref": "#/$defs/DividedColumn"},
        "value": {**_said(_FIELDS["value"]), "$ref": "#/$defs/ShareValue"},
    }
    definitions["BeforeAsOf"]["oneOf"] = [
        {"required": [name], "properties": {name: {"type": "integer"}}} for name in ("days_before", "months_before")
    ]
    definitions["Clause"]["if"] = {"required": ["ground"], "properties": {"ground": {"type": "string"}}}
    definitions["Clause"]["then"] = {"required": ["shown"], "properties": {"shown": {"const": "bank_only"}}}


def schema_document() -> str:
    """Write the schema as the text of `docs/criteria.schema.json`."""
    return json.dumps(criteria_schema(), ensure_ascii=False, indent=2) + "\n"
