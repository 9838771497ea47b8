"""A study at work: what is asked of it, its files as they are needed, the rows of its fit and its model."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from models import study
from models.errors import ArtifactError, ModelError
from models.leaks import leak_check
from models.option_ranker import OptionRanker
from models.study_artifact import StoredStudy, load_study, window
from models.study_config import StudyConfig, StudyKind
from models.study_risk import RiskStudy
from models.study_table import Places
from service.errors import BadRequestError, NothingToDoError
from service.work import study_files
from service.work.study_files import Asked
from service.work.study_form import StudyForm


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a study: whose rows (preset: those that it reports on), by which fit or stored model."""

    config: Path
    queries: Path | None = None
    fit: tuple[str, ...] = ()
    model: Path | None = None


@dataclass(frozen=True, slots=True)
class Leaks:
    """What a leak check found, as lines and as JSON."""

    lines: tuple[str, ...]
    findings: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return lines and findings for an artifact or a report."""
        return {"lines": list(self.lines), "findings": dict(self.findings)}


@dataclass(frozen=True, slots=True)
class Fitted:
    """A model of the study, as it is stored."""

    stored: StoredStudy

    @property
    def leaks(self) -> tuple[str, ...]:
        """What the leak check said of the fit's rows, when the model was fitted."""
        return tuple(self.stored.told["leaks"]["lines"])

    @property
    def ranker(self) -> OptionRanker:
        """The model of a match study."""
        if not isinstance(self.stored.model, OptionRanker):
            raise TypeError("a match study holds a ranker")
        return self.stored.model

    @property
    def risk(self) -> RiskStudy:
        """The model of a risk study."""
        if not isinstance(self.stored.model, RiskStudy):
            raise TypeError("a risk study holds a risk model")
        return self.stored.model


@dataclass(frozen=True)
class Work:
    """A study at work; its files are read when they are first needed."""

    question: Question
    form: StudyForm
    stored: StoredStudy | None = None

    @classmethod
    def opened(cls, question: Question, kind: StudyKind | None) -> "Work":
        """Read the description and the stored model, if one is named; BadRequestError where they do not fit."""
        form = study_files.read_form(question.config)
        if kind is not None and form.config.kind is not kind:
            raise BadRequestError(
                f"{form.path} 的 kind 是 {form.config.kind}，此命令需要 {kind}。",
                f"{form.path} is a {form.config.kind} study; this command needs one of kind {kind}.",
            )
        if question.model is None:
            return cls(question, study_files.resolved(form))
        try:
            stored = load_study(question.model, form.config)
        except ArtifactError as error:
            raise BadRequestError(f"模型不能用于此研究（{error}）。", f"{error}.") from error
        return cls(question, replace(form, config=stored.config), stored)

    @property
    def config(self) -> StudyConfig:
        """The description with every column spelled out."""
        return self.form.config

    @property
    def inputs(self) -> tuple[Path, ...]:
        """Every file that is read."""
        return (*self.form.inputs, *(() if self.question.queries is None else (self.question.queries,)))

    @cached_property
    def history(self) -> Asked:
        """The whole history."""
        return study_files.read_history(self.form)

    @cached_property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """The further tables of a risk study."""
        return study_files.read_tables(self.form)

    @cached_property
    def reported(self) -> Places | None:
        """The rows of the history that the study reports on: the report's ids, else the test's splits."""
        if self.form.report is not None:
            return study_files.places_of_report(self.form, self.history)
        if not self.config.test:
            return None
        return np.flatnonzero(study.split_rows(self.history.rows, self.config.test))

    @cached_property
    def learned(self) -> Places:
        """The rows of the history that may be learned from; a split asked for by name has rows."""
        absent = study.absent_splits(self.history.rows, self.question.fit) if self.question.fit else ()
        if absent:
            raise BadRequestError(
                f"{self.form.history} 中没有属于 {', '.join(absent)} 的行。",
                f"No row of {self.form.history} belongs to split {', '.join(absent)}.",
            )
        return np.flatnonzero(study.fit_rows(self.history.rows, self.splits, self.reported))

    @property
    def splits(self) -> tuple[str, ...]:
        """The splits that may be learned from; none means every row that is not reported on."""
        return self.question.fit or self.config.fit

    @property
    def is_out_of_fold(self) -> bool:
        """Whether every row is asked, each of a model without its fold; refused where nothing says whom to ask."""
        if self.question.queries is not None or self.form.report is not None or self.config.test:
            return False
        if self.config.folds is None:
            raise BadRequestError(
                f"{self.form.path} 没有 report、test 或 folds，请用 --queries 指明要预测的行。",
                f"{self.form.path} names no report, test or folds; name the rows by --queries.",
            )
        if self.stored is not None:
            raise BadRequestError(
                "按折预测需要重新拟合；请去掉 --model，或用 --queries 指明要预测的行。",
                "Rows out of fold need fits of their own: leave --model out, or name the rows by --queries.",
            )
        return True

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be said of the rows: a split of the study that is empty, and rows asked that were learned from."""
        if self.stored is not None:
            return ()
        found = []
        absent = study.absent_splits(self.history.rows, self.splits) if self.splits else ()
        if absent:
            found.append(f"注意：没有属于 {', '.join(absent)} 的行。 No row belongs to split {', '.join(absent)}.")
        asked = self.reported if self.question.queries is None else None
        both = 0 if asked is None else len(np.intersect1d(asked, self.learned))
        if both:
            found.append(
                f"注意：预测的行中有 {both} 行参与了拟合，其结果不能说明效果。 {both} of the rows were learned from."
            )
        return tuple(found)

    def asked(self) -> Asked:
        """Return the rows that are asked: the queries, else the rows that the study reports on."""
        if self.question.queries is not None:
            return study_files.read_queries(self.question.queries, self.config)
        if self.reported is None:
            raise ValueError("is_out_of_fold says whether rows are named")
        return self.history.take(self.reported)

    def fitted(self) -> Fitted:
        """Return the stored model, or one fitted on the rows that may be learned from."""
        if self.stored is not None:
            return Fitted(self.stored)
        rows = self.history.rows.take(self.learned)
        told = {
            "fitted": window(rows, self.splits, study.SEED),
            "features": study.scored_features(self.config),
            "leaks": self.leaks(self.learned).as_json(),
        }
        if self.config.kind is StudyKind.risk:
            return Fitted(StoredStudy(self.config, study.fit_risk(rows, self.tables, self.config), None, told))
        ranker = study.fit_match(rows, self.config)
        options = study_files.options_as_held(self.history, ranker.options, self.config)
        return Fitted(StoredStudy(self.config, ranker, options, told))

    def leaks(self, places: Places) -> Leaks:
        """Return what the leak check says of these rows of the history, in the order of the file."""
        found = leak_check(self.history.rows.take(places), self.config, study.SEED, self.tables or None)
        return Leaks(found.lines(), found.as_json())


@contextmanager
def spoken(form: StudyForm) -> Iterator[None]:
    """Say what the models refuse as a refusal of this study."""
    try:
        yield
    except ModelError as error:
        raise NothingToDoError(f"{form.path}：研究无法完成（{error}）。", f"{form.path}: {error}.") from error
