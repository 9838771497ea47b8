"""The report of a study: how its model does on the rows that it reports on, beside the baselines."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from models import study
from models.drift_study import drift_study
from models.risk_report import risk_report
from models.study_artifact import window
from models.study_config import StudyKind
from models.study_report import MatchAsked, match_report
from service.errors import BadRequestError
from service.work.study_work import Question, Work, spoken


@dataclass(frozen=True, slots=True)
class Reported:
    """A report in lines for a reader and as one JSON document."""

    lines: tuple[str, ...]
    document: Mapping[str, Any]


def report(question: Question) -> Reported:
    """Return how the study's model does on the rows that it reports on, beside the baselines."""
    work = Work.opened(question, None)
    with spoken(work.form):
        return _reported_match(work) if work.config.kind is StudyKind.match else _reported_risk(work)


def _reported_match(work: Work) -> Reported:
    if work.reported is None:
        raise BadRequestError(
            f"{work.form.path} 没有 report 或 test，无法报告。",
            f"{work.form.path} names no report and no test, so there is nothing to report on.",
        )
    fitted, rows = work.fitted(), work.history.rows
    others = np.setdiff1d(np.arange(len(rows)), work.learned)
    asked = MatchAsked(
        model=fitted.ranker,
        history=study.known_rows(rows.take(work.learned), work.config),
        queries=study.known_rows(rows.take(work.reported), work.config),
        stream=study.known_rows(rows.take(others), work.config) if rows.day is not None and len(others) else None,
    )
    found = match_report(asked, work.config, study.SEED, time.perf_counter)
    return _reported(work, {"match": found}, fitted.stored.told["leaks"])


def _reported_risk(work: Work) -> Reported:
    rows, config = work.history.rows, work.config
    parts: dict[str, Any] = {}
    if work.reported is not None or config.folds is not None:
        history = study.known_rows(rows.take(work.learned), config)
        queries = None if work.reported is None else study.known_rows(rows.take(work.reported), config)
        parts["risk"] = risk_report(history, queries, work.tables, config, study.SEED)
    if config.outcome_known is not None:
        parts["drift"] = drift_study(rows.take(rows.in_splits((*config.fit, *config.test))), config, study.SEED)
    if not parts:
        raise BadRequestError(
            f"{work.form.path} 没有 report、test、folds 或 outcome_known，无法报告。",
            f"{work.form.path} names no report, test, folds or outcome_known, so there is nothing to report on.",
        )
    return _reported(work, parts, work.leaks(work.learned).as_json())


def _reported(work: Work, parts: Mapping[str, Any], leaks: Mapping[str, Any]) -> Reported:
    fitted = window(work.history.rows.take(work.learned), work.splits, study.SEED)
    document = {
        "study": {"config": work.form.path.name, "kind": work.config.kind.value, "fitted": fitted},
        **{name: part.as_json() for name, part in parts.items()},
        "leaks": dict(leaks),
    }
    lines = [line for part in parts.values() for line in part.lines()]
    return Reported((*lines, *leaks["lines"]), document)
