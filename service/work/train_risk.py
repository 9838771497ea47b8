"""The default model: fitted on the outcomes of loans that were known on a day, or on labels without a day."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from features.columns import AS_OF, ENTERPRISE
from features.outcomes import BAD, DRAWN_ON, default_outcomes
from models.artifact import load, save
from models.default_risk import DefaultRisk, TrainingTable, fit_default_risk
from service.access.consent import Permit
from service.errors import NothingToDoError
from service.store.release_store import ModelVersion
from service.work import artifacts, releases
from service.work.fitted import Fitted
from service.work.home import Home
from service.work.profile import asked_on, compute, texts

SEED = 20260630


def fit_risk(home: Home, permit: Permit, as_of: date) -> Fitted:
    """Fit and store the default model on outcomes known on `as_of`.

    Dated outcomes of loans give `pd_12m`; where a home has only labels without a day, the model is marked so and
    gives a `default_probability` without a horizon. Raises `NothingToDoError` where the home has no outcomes that may
    be used, `NotEnoughOutcomesError` where they are too few.
    """
    table = training_table(home, permit, as_of)
    model = fit_default_risk(table, seed=SEED)
    bad = int(table.bad.sum())
    metrics = dict(model.metrics)
    return Fitted(
        id=artifacts.store(home, lambda folder: save(model, folder)),
        purpose=releases.RISK,
        kind=model.kind,
        probability_name=model.probability_name,
        metrics=metrics,
        logged={"examples": len(table.bad), "bad": bad, "seed": SEED},
        sentences=_sentences(model, len(table.bad), bad),
    )


def training_table(home: Home, permit: Permit, as_of: date) -> TrainingTable:
    """Return the examples that a default model may be fitted on: profiles as known on each example's day, and outcomes.

    Loans: one example per enterprise and day of drawdown, its profile as of that day. Labels without a day: the
    profile as of `as_of`. Raises `NothingToDoError` where there are none.
    """
    outcomes = _loan_outcomes(home, permit, as_of)
    if outcomes.num_rows:
        asked = outcomes.select([ENTERPRISE, DRAWN_ON]).rename_columns([ENTERPRISE, AS_OF])
        return _table(compute(home, permit.access, asked), _outcomes(outcomes.column(BAD)), dated=True)
    labels = home.facts.undated_defaults(permit.access)
    if labels is None or labels.num_rows == 0:
        raise NothingToDoError(
            "没有可用的违约结果，无法训练风险模型。",
            "This home has no default outcomes that may be used, so there is nothing to train a risk model on.",
        )
    labels = labels.sort_by(ENTERPRISE)
    asked = asked_on(texts(labels.column(ENTERPRISE)), as_of)
    return _table(compute(home, permit.access, asked), _outcomes(labels.column("defaulted")), dated=False)


def active_model(home: Home) -> tuple[ModelVersion, DefaultRisk] | None:
    """Return the active default model, verified on loading, or None where none was trained."""
    return artifacts.active(home, releases.RISK, load)


def _sentences(model: DefaultRisk, examples: int, bad: int) -> list[str]:
    zh = {"pd_12m": "12个月违约概率", "default_probability": "违约概率（标签无日期）"}[model.probability_name]
    return [
        f"风险模型 risk model: {zh} {model.probability_name}，采用 {model.kind}",
        f"  样本 examples {examples}，其中违约 bad {bad}",
        *_report(model.metrics),
    ]


def _report(report: Mapping[str, Any]) -> list[str]:
    """Say each candidate's cross-validated AUC with its 95 % interval, and the one-variable bar beside them."""
    lines = [
        f"  {name}: 交叉验证 cross-validated AUC {_interval(one['auc'])}, KS {one['ks']['estimate']:.3f}"
        for name, one in report["figures"].items()
    ]
    if report["bar"] is not None:
        lines.append(f"  单变量基准 one variable {report['bar']}: AUC {_interval(report['bar_auc'])}")
    lines.extend(f"  差 difference {name}: {_interval(one)}" for name, one in report["differences"].items())
    return lines


def _interval(one: Mapping[str, float]) -> str:
    return f"{one['estimate']:.3f} ({one['low']:.3f} – {one['high']:.3f})"


def _loan_outcomes(home: Home, permit: Permit, as_of: date) -> pa.Table:
    parts = [part for grant in permit.access.grants for part in home.facts.split(grant)]
    found = [default_outcomes(home.facts.sources(part), as_of) for part in parts]
    return pa.concat_tables(found).sort_by([(ENTERPRISE, "ascending"), (DRAWN_ON, "ascending")])


def _outcomes(column: "pa.ChunkedArray[pa.BooleanScalar]") -> NDArray[np.int64]:
    return np.asarray(column.to_numpy(), dtype=np.int64)


def _table(profiles: pa.Table, bad: NDArray[np.int64], *, dated: bool) -> TrainingTable:
    frame = profiles.drop_columns([ENTERPRISE, AS_OF]).to_pandas()
    return TrainingTable(
        features=frame,
        bad=bad,
        enterprises=np.asarray(texts(profiles.column(ENTERPRISE)), dtype=np.str_),
        dated=dated,
        days=pd.to_datetime(profiles.column(AS_OF).to_pandas()).to_numpy(),
    )
