"""The form of a study's TOML: which keys there are and what each may hold. `docs/studies.md` explains them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from models.errors import StudyError
from models.study_config import HORIZON_MONTHS, Derived, StudyColumns, StudyConfig, StudyKind, TableColumns
from service.errors import BadRequestError

SCORE: Final = "score"
PROBABILITY: Final = "probability"

_Name = Annotated[str, StringConstraints(min_length=1)]


def _one_or_many(value: object) -> object:
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


_Names = Annotated[tuple[_Name, ...], BeforeValidator(_one_or_many)]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Columns(_Form):
    query: _Name | None = None
    option: _Name | None = None
    label: _Name | None = None
    date: _Name | None = None
    split: _Name | None = None
    weight: _Name | None = None
    amount: _Name | None = None
    place: _Names = ()
    industry: _Names = ()
    numbers: _Names = ()
    categories: _Names = ()


class _Derived(_Form):
    source: _Name = Field(alias="from")
    first: int = Field(ge=1)


class _Table(_Form):
    path: _Name
    order: _Name | None = None
    numbers: _Names = ()
    categories: _Names = ()


class _Study(_Form):
    kind: Annotated[StudyKind, Field(strict=False)]
    history: _Name
    columns: _Columns
    fit: _Names = ()
    test: _Names = ()
    report: _Name | None = None
    folds: int | None = Field(default=None, ge=2)
    metric: _Name | None = None
    outcome_known: _Name | None = None
    horizon_months: int = Field(default=HORIZON_MONTHS, ge=1)
    derive: dict[_Name, _Derived] = Field(default_factory=dict)
    tables: dict[_Name, _Table] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StudyForm:
    """A study as its TOML says it: the description, and the files, whose paths are taken from the TOML's folder."""

    path: Path
    config: StudyConfig
    history: Path
    report: Path | None
    tables: Mapping[str, Path]

    @property
    def inputs(self) -> tuple[Path, ...]:
        """The files that the study reads, so that no result is written over one of them."""
        report = () if self.report is None else (self.report,)
        return (self.path, self.history, *report, *self.tables.values())


def parse_form(path: Path, data: Mapping[str, Any]) -> StudyForm:
    """Return the study that a TOML document describes; BadRequestError names the file, the key and the rule."""
    try:
        said = _Study.model_validate(dict(data))
        config = _config(said)
    except ValidationError as error:
        raise _refused(path, error) from error
    except StudyError as error:
        raise BadRequestError(f"{path}：研究说明有误（{error}）。", f"{path}: {error}.") from error
    taken = {SCORE, PROBABILITY} & {config.key, config.columns.option}
    if taken:
        raise BadRequestError(
            f"{path}：columns 中的 {', '.join(sorted(map(str, taken)))} 与结果的列同名，请改名。",
            f"{path}: {', '.join(sorted(map(str, taken)))} is the name of a result's column; rename the key or option.",
        )
    folder = path.parent
    return StudyForm(
        path=path,
        config=config,
        history=folder / said.history,
        report=None if said.report is None else folder / said.report,
        tables=MappingProxyType({name: folder / one.path for name, one in said.tables.items()}),
    )


def _config(said: _Study) -> StudyConfig:
    tables = {name: TableColumns(one.order, one.numbers, one.categories) for name, one in said.tables.items()}
    if tables and said.kind is not StudyKind.risk:
        raise StudyError("tables belong to a risk study")
    derive = {name: Derived(one.source, one.first) for name, one in said.derive.items()}
    for name in derive:
        _require_an_end(name, derive)
    return StudyConfig(
        kind=said.kind,
        columns=StudyColumns(**said.columns.model_dump()),
        derive=MappingProxyType(derive),
        fit=said.fit,
        test=said.test,
        folds=said.folds,
        metric=said.metric,
        outcome_known=said.outcome_known,
        horizon_months=said.horizon_months,
        tables=MappingProxyType(tables),
    )


def _require_an_end(name: str, derive: Mapping[str, Derived]) -> None:
    seen, source = {name}, derive[name].source
    while source in derive:
        if source in seen:
            raise StudyError(f"derive.{name} is made of itself")
        seen.add(source)
        source = derive[source].source


_RULES: Final[Mapping[str, tuple[str, str]]] = {
    "extra_forbidden": ("没有这个键", "there is no such key"),
    "missing": ("缺少这个键", "this key is missing"),
    "string_type": ("应为文本", "a text is expected"),
    "string_too_short": ("不能为空", "it is empty"),
    "int_type": ("应为整数", "a whole number is expected"),
    "tuple_type": ("应为文本或文本列表", "a text or a list of texts is expected"),
    "greater_than_equal": ("不得小于 {}", "it is at least {}"),
    "enum": ("应为 match 或 risk", "match or risk is expected"),
    "dict_type": ("应为表", "a table of keys is expected"),
    "model_type": ("应为表", "a table of keys is expected"),
}


def _refused(path: Path, error: ValidationError) -> BadRequestError:
    """Return the refusal with one clause per fault, each with its key as the TOML writes it."""
    zh, en = [], []
    for fault in error.errors():
        key = ".".join(str(part) for part in fault["loc"])
        said_zh, said_en = _RULES.get(fault["type"], ("不符合要求", fault["msg"]))
        least = fault.get("ctx", {}).get("ge")
        zh.append(f"{key} {said_zh.format(least)}")
        en.append(f"{key}: {said_en.format(least)}")
    return BadRequestError(f"{path}：{'；'.join(zh)}。", f"{path}: {'; '.join(en)}.")
