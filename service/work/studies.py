"""The use cases of a study: match, acquire, risk and fit on a table described by a TOML file. No home is needed."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models import study
from models.study_artifact import save_study
from models.study_config import StudyKind
from service.errors import BadRequestError
from service.work import study_files
from service.work.study_work import Question, Work, spoken


@dataclass(frozen=True, slots=True)
class Told:
    """What a study says beside its result, in sentences: the leak check, and what was done."""

    leaks: tuple[str, ...]
    done: tuple[str, ...]


def match(question: Question, out: Path, top: int) -> Told:
    """Write the best `top` options of each query."""
    work = Work.opened(question, StudyKind.match)
    with spoken(work.form), study_files.result_at(out, work.inputs) as scratch:
        if work.is_out_of_fold:
            rows, everything = work.history.rows, work.history
            ranked, names = study.match_out_of_fold(rows, work.config, top)
            leaks = work.leaks(np.arange(len(rows), dtype=np.int64))
            options = study_files.options_as_held(everything, names, work.config)
            study_files.write_match(ranked, everything, options, work.config, scratch)
            return Told(leaks.lines, (_written(out, len(ranked), len(rows)),))
        asked, fitted = work.asked(), work.fitted()
        ranked = fitted.ranker.match(asked.rows, top)
        study_files.write_match(ranked, asked, fitted.stored.held_options, work.config, scratch)
    return Told(fitted.leaks, (*work.notes, _written(out, len(ranked), len(asked.rows))))


def acquire(question: Question, out: Path, min_customers: int, top: int) -> Told:
    """Write the best `top` queries of each option that has at least `min_customers` rows in the fit."""
    work = Work.opened(question, StudyKind.match)
    with spoken(work.form), study_files.result_at(out, work.inputs) as scratch:
        if work.is_out_of_fold:
            raise BadRequestError(
                "acquire 需要比较同一模型的得分；请用 --queries、report 或 test 指明客户。",
                "acquire compares the scores of one model; name the queries by --queries, report or test.",
            )
        asked, fitted = work.asked(), work.fitted()
        ranked = fitted.ranker.acquire(asked.rows, min_customers, top)
        study_files.write_acquire(ranked, asked, fitted.stored.held_options, work.config, scratch)
    return Told(fitted.leaks, (*work.notes, _written(out, len(ranked), len(asked.rows))))


def risk(question: Question, out: Path) -> Told:
    """Write the probability of each query that its label is 1."""
    work = Work.opened(question, StudyKind.risk)
    with spoken(work.form), study_files.result_at(out, work.inputs) as scratch:
        if work.is_out_of_fold:
            asked = work.history
            probability = study.risk_out_of_fold(asked.rows, work.tables, work.config)
            leaks = work.leaks(np.arange(len(asked.rows), dtype=np.int64)).lines
        else:
            asked, fitted = work.asked(), work.fitted()
            probability = fitted.risk.predict(asked.rows, work.tables)
            leaks = fitted.leaks
        study_files.write_risk(probability, asked, work.config, scratch)
    return Told(leaks, (*work.notes, _written(out, len(asked.rows), len(asked.rows))))


def fit(question: Question, out: Path) -> Told:
    """Fit the study's model and store it as a folder for `--model`."""
    work = Work.opened(question, None)
    with spoken(work.form), _folder_at(out) as scratch:
        fitted = work.fitted()
        try:
            name = save_study(fitted.stored, scratch)
        except OSError as error:
            raise _unwritable(out, error) from error
    return Told(fitted.leaks, (f"模型 model {name}: {out}",))


def _written(out: Path, rows: int, asked: int) -> str:
    return f"{out}: {asked} 个请求 queries, {rows} 行 rows"


@contextmanager
def _folder_at(out: Path) -> Iterator[Path]:
    """Give a folder beside `out` to write into, moved to `out` once it is whole; `out` must be new or empty."""
    try:
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise BadRequestError(
                f"{out} 已存在且不为空；已存的模型不会被覆盖。", f"{out} is there already; a stored model is kept."
            )
        scratch = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}."))
    except OSError as error:
        raise _unwritable(out, error) from error
    inner = scratch / "model"
    try:
        yield inner
        try:
            if out.exists():
                out.rmdir()
            inner.rename(out)
        except OSError as error:
            raise _unwritable(out, error) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _unwritable(out: Path, error: OSError) -> BadRequestError:
    return BadRequestError(f"无法写入 {out}：{error.strerror}。", f"{out} cannot be written: {error.strerror}.")
