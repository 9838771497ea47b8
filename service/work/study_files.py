"""A study's files: its TOML, the tables that it names, and its results under the config's names and types."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from models.errors import StudyError
from models.metrics import Floats
from models.ranked import Ranked
from models.study_config import StudyConfig
from models.study_table import Places, StudyRows, as_text, rows_of
from service.errors import BadRequestError
from service.ingest import study_tables
from service.work.study_form import PROBABILITY, SCORE, StudyForm, parse_form

_OPTION: Final = "option"


@dataclass(frozen=True)
class Asked:
    """Rows of a table with their key and, of a history, their option as the file holds them."""

    rows: StudyRows
    key: "pa.ChunkedArray[Any]"
    option: "pa.ChunkedArray[Any] | None" = None
    kinds: Mapping[str, str] = field(default_factory=dict)

    def take(self, places: Places) -> "Asked":
        """Return the rows at these places."""
        option = None if self.option is None else self.option.take(places)
        return Asked(self.rows.take(places), self.key.take(places), option, self.kinds)


def read_form(path: Path) -> StudyForm:
    """Return the study that a TOML file describes; BadRequestError names the file, the key and the rule."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BadRequestError(f"找不到文件 {path}。", f"The file {path} does not exist.") from error
    except OSError as error:
        raise BadRequestError(
            f"无法读取 {path}：{error.strerror}。", f"{path} cannot be read: {error.strerror}."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadRequestError(f"{path} 不是有效的 TOML：{error}。", f"{path} is no TOML: {error}.") from error
    return parse_form(path, data)


def resolved(form: StudyForm) -> StudyForm:
    """Return the study with `numbers = "*"` spelled out over the columns of its history."""
    return replace(form, config=form.config.resolved(study_tables.column_names(form.history)))


def read_history(form: StudyForm) -> Asked:
    """Return the history of a study whose columns are resolved."""
    columns = form.config.columns
    known = (form.config.outcome_known,) if form.config.outcome_known else ()
    asked, table = _read(form.history, form.config, (*columns.told, *known), is_history=True)
    return replace(asked, option=None if columns.option is None else table.column(columns.option))


def read_queries(path: Path, config: StudyConfig) -> Asked:
    """Return the queries of a file: the columns that the config names, less what only a history has."""
    return _read(path, config, (), is_history=False)[0]


def read_tables(form: StudyForm) -> Mapping[str, pd.DataFrame]:
    """Return the further tables of a risk study, each with its key and the columns that the config names."""
    found = {}
    for name, path in form.tables.items():
        columns = form.config.tables[name]
        order = () if columns.order is None else (columns.order,)
        named = dict.fromkeys((form.config.key, *order, *columns.numbers, *columns.categories))
        found[name] = study_tables.as_frame(study_tables.read_table(path, tuple(named)))
    return found


def places_of_report(form: StudyForm, history: Asked) -> Places:
    """Return the rows of the history that the report's ids name, in the order of the ids."""
    if form.report is None:
        raise ValueError("the study names no report")
    key = form.config.key
    frame = study_tables.as_frame(study_tables.read_table(form.report, (key,)))
    ids = as_text(frame[key])
    asked = ids.categories.to_numpy(dtype=object)[ids.codes] if len(ids.categories) else np.empty(0, dtype=object)
    twice = pd.Index(asked).duplicated()
    if len(ids) == 0 or (ids.codes < 0).any() or twice.any():
        raise BadRequestError(
            f"{form.report}：编号 {key} 有缺失或重复，或没有任何编号。",
            f"{form.report}: a {key} is missing or stands twice, or there is none.",
        )
    at = pd.Index(asked).get_indexer(pd.Index(history.rows.keys))
    places = np.full(len(asked), -1, dtype=np.int64)
    places[at[at >= 0]] = np.flatnonzero(at >= 0)
    absent = asked[places < 0]
    if len(absent):
        raise BadRequestError(
            f"{form.report}：历史表 {form.history} 中没有 {len(absent)} 个编号，例如 {absent[0]}。",
            f"{form.report}: {len(absent)} ids are not in {form.history}, such as {absent[0]}.",
        )
    return places


@contextmanager
def result_at(path: Path, inputs: Sequence[Path]) -> Iterator[Path]:
    """Give a file to write a result into, moved to `path` once it is whole; never over a file that the study reads."""
    if path.exists() and any(one.exists() and path.samefile(one) for one in inputs):
        raise BadRequestError(
            f"{path} 是研究的输入文件，不会被覆盖。", f"{path} is a file that the study reads; it is not written over."
        )
    with study_tables.parquet_at(path) as scratch:
        yield scratch


def write_match(ranked: Ranked, asked: Asked, options: pa.Table, config: StudyConfig, path: Path) -> None:
    """Write query, option and score."""
    pairs = [asked.key.take(ranked.place), options.take(_indices(ranked.option)).column(0), pa.array(ranked.score)]
    _write(pairs, [config.key, _option(config), SCORE], _kinds(asked, options, config), path)


def write_acquire(ranked: Ranked, asked: Asked, options: pa.Table, config: StudyConfig, path: Path) -> None:
    """Write option, query and score."""
    pairs = [options.take(_indices(ranked.option)).column(0), asked.key.take(ranked.place), pa.array(ranked.score)]
    _write(pairs, [_option(config), config.key, SCORE], _kinds(asked, options, config), path)


def write_risk(probability: Floats, asked: Asked, config: StudyConfig, path: Path) -> None:
    """Write query and probability."""
    kinds = {name: kind for name, kind in asked.kinds.items() if name == config.key}
    _write([asked.key, pa.array(probability)], [config.key, PROBABILITY], kinds, path)


def options_as_held(history: Asked, options: Sequence[str], config: StudyConfig) -> pa.Table:
    """Return the options, given by their text, as the history's column holds them, in one column."""
    if history.option is None:
        raise ValueError("the history was read without its options")
    held = pa.Table.from_arrays([history.option.unique()], names=[_OPTION])
    texts = as_text(study_tables.as_frame(held)[_OPTION])
    place = {str(text): at for at, text in enumerate(texts) if pd.notna(text)}
    kind = history.kinds.get(_option(config))
    found = held.take(_indices(np.array([place[option] for option in options], dtype=np.int64)))
    return study_tables.with_kinds(found, {_OPTION: kind} if kind else {})


def _read(path: Path, config: StudyConfig, told: Sequence[str], *, is_history: bool) -> tuple[Asked, pa.Table]:
    columns = config.columns
    held = study_tables.column_names(path)
    key = (config.key,) if columns.query is not None or config.key in held else ()
    date = (columns.date,) if columns.date and (is_history or columns.date in held) else ()
    named = (*key, *date, *columns.levels, *columns.all_numbers, *told)
    table = study_tables.read_table(path, tuple(dict.fromkeys(_source(name, config) for name in named)))
    try:
        rows = rows_of(study_tables.as_frame(table), config, is_history=is_history)
    except StudyError as error:
        raise BadRequestError(f"{path}：无法按研究说明读取（{error}）。", f"{path}: {error}.") from error
    numbers = pa.chunked_array([pa.array(np.arange(table.num_rows, dtype=np.int64))])
    key_column = table.column(config.key) if key else numbers
    return Asked(rows, key_column, kinds=study_tables.nullable_kinds(table)), table


def _source(name: str, config: StudyConfig) -> str:
    """Return the column of the file that a column is read or made from."""
    while name in config.derive:
        name = config.derive[name].source
    return name


def _option(config: StudyConfig) -> str:
    if config.columns.option is None:
        raise ValueError("a match study names its option")
    return config.columns.option


def _kinds(asked: Asked, options: pa.Table, config: StudyConfig) -> dict[str, str]:
    """Return the types of pandas' own in which key and option came."""
    kinds = {name: kind for name, kind in asked.kinds.items() if name == config.key}
    held = study_tables.nullable_kinds(options)
    return kinds | ({_option(config): held[_OPTION]} if _OPTION in held else {})


def _write(columns: Sequence[Any], names: Sequence[str], kinds: Mapping[str, str], path: Path) -> None:
    table = pa.Table.from_arrays(list(columns), names=list(names))
    study_tables.write_table(study_tables.with_kinds(table, kinds), path)


def _indices(places: Places) -> "pa.Array[Any]":
    return pa.array(places, pa.int64())
