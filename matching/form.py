"""Criteria as the flat fields of an HTML form, and back: never from free text, and no field without a meaning.

    clause.0.id=sales           clause.0.op=at_least   clause.0.column=sales_12m_fen   clause.0.value=500000
    clause.1.id=young_or_rated  clause.1.op=any
    clause.1.part.0.op=at_most  clause.1.part.0.column=age_months    clause.1.part.0.value=36
    clause.1.part.1.op=in       clause.1.part.1.column=tax_rating    clause.1.part.1.values.0=A
    clause.2.id=recent          clause.2.op=at_least   clause.2.column=last_sale_on    clause.2.days_before=90
    clause.3.id=indebted        clause.3.op=at_most    clause.3.column=loan_balance_fen
    clause.3.over=sales_12m_fen clause.3.value=0.5     clause.3.shown=bank_only

`op` is a comparison, `between` (with low and high), `in` (values.0 …), `all`, `any` or `not` (part.0 …), or `clause`
(with clause, the id referred to). An empty field is one that is not there. A number is read as one by its column's
unit; `value_as=text` beside it (`low_as`, `values.0_as` …) keeps it as it was written.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from matching.criteria import (
    MAX_CONDITIONS,
    MAX_DEPTH,
    AllOf,
    AnyOf,
    BeforeAsOf,
    Between,
    Clause,
    Comparison,
    Condition,
    EdgeValue,
    Leaf,
    Membership,
    Not,
    RatioComparison,
    SameAs,
    threshold,
)
from matching.criteria_check import check_criteria, check_leaf
from matching.errors import CriteriaError, FormError
from matching.vocabulary import Column, column

MOST_FIELDS = 20_000
MOST_DIGITS = 40
_WHOLE = re.compile(r"-?(0|[1-9][0-9]*)")
_PLACE = re.compile(r"0|[1-9][0-9]{0,5}")
_COMPARED = frozenset({"at_least", "at_most", "above", "below", "equals"})
_LEAF_FIELDS = {
    "between": {"op", "column", "low", "high", "low_as", "high_as"},
    "in": {"op", "column", "values"},
    "ratio": {"op", "column", "over", "value", "value_as"},
    "day": {"op", "column", "days_before", "months_before"},
    "value": {"op", "column", "value", "value_as"},
}
_HEAD = ("id", "zh", "en", "shown", "ground", "reason_zh")

Tree = dict[str, Any]


def to_fields(criteria: Sequence[Clause]) -> dict[str, str]:
    """Return clauses as they stand (references kept) as form fields, in the order of a page."""
    fields: dict[str, str] = {}
    for place, clause in enumerate(criteria):
        path = f"clause.{place}"
        written = clause.model_dump(mode="json", exclude={"require"}, exclude_defaults=True)
        fields |= {f"{path}.{name}": str(value) for name, value in written.items() if value}
        _write(fields, path, clause.require)
    return fields


def from_fields(fields: Mapping[str, str]) -> tuple[Clause, ...]:
    """Read a form's fields as clauses, checked against the dictionary; the inverse of `to_fields`.

    Raises FormError (a CriteriaError) that names the field.
    """
    if len(fields) > MOST_FIELDS:
        raise FormError("clause", f"more than {MOST_FIELDS} fields")
    rows = _numbered(_tree(fields), "clause", "")
    if not rows:
        raise FormError("clause.0.id", "there is no clause")
    if len(rows) > MAX_CONDITIONS:
        raise FormError(f"clause.{MAX_CONDITIONS}", f"more than {MAX_CONDITIONS} clauses")
    criteria = tuple(_clause(row, f"clause.{place}") for place, row in enumerate(rows))
    ids = [clause.id for clause in criteria]
    for place, name in enumerate(ids):
        if name in ids[:place]:
            raise FormError(f"clause.{place}.id", f"{name} is named twice")
    try:
        check_criteria(criteria)
    except CriteriaError as error:
        named = next((place for place, name in enumerate(ids) if f"clause {name}:" in str(error)), None)
        raise FormError("clause" if named is None else f"clause.{named}", str(error)) from None
    return criteria


def _write(fields: dict[str, str], path: str, condition: Condition) -> None:
    match condition:
        case AllOf(all=parts) | AnyOf(any=parts):
            fields[f"{path}.op"] = "all" if isinstance(condition, AllOf) else "any"
            for place, part in enumerate(parts):
                _write(fields, f"{path}.part.{place}", part)
        case Not(part=part):
            fields[f"{path}.op"] = "not"
            _write(fields, f"{path}.part.0", part)
        case SameAs(clause=name):
            fields |= {f"{path}.op": "clause", f"{path}.clause": name}
        case _:
            _write_leaf(fields, path, condition)


def _write_leaf(fields: dict[str, str], path: str, leaf: Leaf) -> None:
    of = column(leaf.column)
    fields |= {f"{path}.op": leaf.op, f"{path}.column": leaf.column}
    values: dict[str, EdgeValue] = {}
    match leaf:
        case Between(low=low, high=high):
            values = {"low": low, "high": high}
        case Membership(values=several):
            values = {f"values.{place}": value for place, value in enumerate(several)}
        case RatioComparison(over=over, value=value):
            fields[f"{path}.over"] = over
            values = {"value": value}
        case Comparison(value=BeforeAsOf() as before):
            fields |= {f"{path}.{name}": str(count) for name, count in before.model_dump().items()}
        case Comparison(value=value) if not isinstance(value, BeforeAsOf):
            values = {"value": value}
    for name, value in values.items():
        fields[f"{path}.{name}"] = str(value)
        if _as_number(of, str(value), is_ratio=isinstance(leaf, RatioComparison)) != value:
            fields[f"{path}.{name}_as"] = "text"


def _tree(fields: Mapping[str, str]) -> Tree:
    root: Tree = {}
    for name, text in fields.items():
        if text == "":
            continue
        parts = name.split(".")
        if len(parts) > 2 * MAX_DEPTH + 5:
            raise FormError(name[:80], f"nested more than {MAX_DEPTH} deep")
        at = root
        for part in parts[:-1]:
            at = at.setdefault(part, {})
            if not isinstance(at, dict):
                raise FormError(name, "is a part of a field that has a value")
        if parts[-1] in at:
            raise FormError(name, "has a value and parts")
        at[parts[-1]] = text
    strange = next((name for name in root if name != "clause"), None)
    if strange is not None:
        raise FormError(strange, "there is no such field")
    return root


def _numbered(tree: Tree, name: str, path: str) -> list[Any]:
    """Return what stands at name.0, name.1 …; none may be left out."""
    found = tree.get(name, {})
    whole = f"{path}{name}"
    if not isinstance(found, dict):
        raise FormError(whole, "is numbered: write it with .0")
    for key in found:
        if not _PLACE.fullmatch(key):
            raise FormError(f"{whole}.{key}", "is numbered from 0, in digits")
    missing = next((place for place in range(len(found)) if str(place) not in found), None)
    if missing is not None:
        raise FormError(f"{whole}.{missing}", "is missing")
    return [found[str(place)] for place in range(len(found))]


def _clause(tree: Any, path: str) -> Clause:  # noqa: ANN401 (a field or a tree of fields)
    if not isinstance(tree, dict):
        raise FormError(path, "a clause has fields of its own: id, op …")
    head = {name: _text(tree, name, path) for name in _HEAD if name in tree}
    condition = _condition({name: value for name, value in tree.items() if name not in _HEAD}, path, 0)
    try:
        return Clause.model_validate({**head, "require": condition})
    except ValidationError as error:
        raise _named(error, path) from None


def _condition(tree: Any, path: str, above: int) -> Condition:  # noqa: ANN401
    if not isinstance(tree, dict):
        raise FormError(path, "a condition has fields of its own: op, column …")
    if above > MAX_DEPTH:
        raise FormError(path, f"nested more than {MAX_DEPTH} deep")
    op = _text(tree, "op", path)
    try:
        if op in ("all", "any", "not"):
            _only(tree, {"op", "part"}, path)
            parts = [
                _condition(part, f"{path}.part.{place}", above + 1)
                for place, part in enumerate(_numbered(tree, "part", f"{path}."))
            ]
            if op != "not":
                return AllOf(all=tuple(parts)) if op == "all" else AnyOf(any=tuple(parts))
            if len(parts) != 1:
                raise FormError(f"{path}.part", "not has one part, part.0")
            return Not.model_validate({"not": parts[0]})
        if op == "clause":
            _only(tree, {"op", "clause"}, path)
            return SameAs(clause=_text(tree, "clause", path))
        return _leaf(tree, op, path)
    except ValidationError as error:
        raise _named(error, path) from None


def _leaf(tree: Tree, op: str, path: str) -> Leaf:
    if op not in _COMPARED and op not in ("between", "in"):
        raise FormError(f"{path}.op", f"{op!r} is no comparison")
    of = _column(tree, "column", path)
    kind = op if op in ("between", "in") else _kind(tree)
    _only(tree, _LEAF_FIELDS[kind], path)
    written: Tree = {"column": of.name, "op": op}
    match kind:
        case "between":
            leaf: Leaf = Between.model_validate(
                written | {name: _value(tree, name, path, of) for name in ("low", "high")}
            )
        case "in":
            leaf = Membership.model_validate(written | {"values": _values(tree, path, of)})
        case "ratio":
            over = _column(tree, "over", path)
            value = _value(tree, "value", path, of, is_ratio=True)
            leaf = RatioComparison.model_validate(written | {"over": over.name, "value": value})
        case "day":
            before = {name: _count(tree, name, path) for name in ("days_before", "months_before") if name in tree}
            leaf = Comparison.model_validate(written | {"value": BeforeAsOf.model_validate(before)})
        case _:
            leaf = Comparison.model_validate(written | {"value": _value(tree, "value", path, of)})
    try:
        check_leaf(leaf)
    except CriteriaError as error:
        raise FormError(path, str(error)) from None
    return leaf


def _kind(tree: Tree) -> str:
    if "over" in tree:
        return "ratio"
    return "day" if "days_before" in tree or "months_before" in tree else "value"


def _values(tree: Tree, path: str, of: Column) -> list[EdgeValue]:
    """Read values.0, values.1 …, each with its own `values.0_as`."""
    found = tree.get("values", {})
    if not isinstance(found, dict):
        raise FormError(f"{path}.values", "is numbered: write it with .0")
    plain = {name: value for name, value in found.items() if not name.endswith("_as")}
    _only(found, {*plain, *(f"{name}_as" for name in plain)}, f"{path}.values")
    count = len(_numbered({"values": plain}, "values", f"{path}."))
    return [_value(found, str(place), f"{path}.values", of) for place in range(count)]


def _value(tree: Tree, name: str, path: str, of: Column, *, is_ratio: bool = False) -> EdgeValue:
    text, field = _text(tree, name, path), f"{path}.{name}"
    mark = tree.get(f"{name}_as")
    if mark not in (None, "text"):
        raise FormError(f"{field}_as", "is text or is not there")
    if mark is None and len(text) > MOST_DIGITS and of.unit != "code":
        raise FormError(field, f"is longer than {MOST_DIGITS} characters")
    value = text if mark else _as_number(of, text, is_ratio=is_ratio)
    if not is_ratio:
        try:
            threshold(of, value)
        except CriteriaError as error:
            raise FormError(field, str(error)) from None
    return value


def _as_number(of: Column, text: str, *, is_ratio: bool) -> EdgeValue:
    """Read what was typed by the column's unit: codes and days are text, whole numbers are numbers."""
    if of.unit in ("code", "day") and not is_ratio:
        return text
    bare = text.strip()
    return int(bare) if _WHOLE.fullmatch(bare) and len(bare) <= MOST_DIGITS else bare


def _count(tree: Tree, name: str, path: str) -> int:
    text = _text(tree, name, path).strip()
    if not _WHOLE.fullmatch(text) or len(text) > MOST_DIGITS:
        raise FormError(f"{path}.{name}", f"a whole number is wanted, not {text[:MOST_DIGITS]!r}")
    return int(text)


def _column(tree: Tree, name: str, path: str) -> Column:
    try:
        return column(_text(tree, name, path))
    except CriteriaError as error:
        raise FormError(f"{path}.{name}", str(error)) from None


def _text(tree: Tree, name: str, path: str) -> str:
    found = tree.get(name)
    if not isinstance(found, str):
        raise FormError(f"{path}.{name}", "is missing" if found is None else "has no parts")
    return found


def _only(tree: Tree, known: set[str], path: str) -> None:
    strange = next((name for name in tree if name not in known), None)
    if strange is not None:
        raise FormError(f"{path}.{strange}", "there is no such field here")


def _named(error: ValidationError, path: str) -> FormError:
    first = error.errors(include_url=False)[0]
    field = next((str(part) for part in first["loc"] if isinstance(part, str)), "")
    return FormError(f"{path}.{field}" if field and field != "require" else path, str(first["msg"]))
