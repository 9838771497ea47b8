"""The default model: fitted on the outcomes of loans that were known on a day, or on labels without a day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.columns import AS_OF, DRAWN_ON, ENTERPRISE, OUTCOME
from features.outcomes import IS_CURED, REFUSED_ON, LoanOutcome, default_outcomes, refused_requests
from models.artifact import load, save
from models.default_risk import DefaultRisk, TrainingTable, fit_default_risk
from models.reject_inference import NOTHING_ASSUMED, Refused, RejectInference, RejectMethod
from service.access.consent import Permit
from service.errors import NothingToDoError
from service.store.facts import Grant
from service.store.release_store import ModelVersion
from service.work import artifacts, releases
from service.work.fitted import Fitted
from service.work.home import Home
from service.work.profile import asked_on, compute, texts

SEED = 20260630
_CURED = "cured"


@dataclass(frozen=True, slots=True)
class Examples:
    """What a default model may be fitted on, and how many outcomes of each kind are known (none without days)."""

    table: TrainingTable
    outcomes: Mapping[str, int] | None


def fit_risk(home: Home, permit: Permit, as_of: date, inference: RejectInference = NOTHING_ASSUMED) -> Fitted:
    """Fit and store the default model on outcomes known on `as_of`.

    Dated outcomes of loans give `pd_12m`; where a home has only labels without a day, the model is marked so and
    gives a `default_probability` without a horizon. `inference` says what is assumed of firms that were refused.
    Raises `NothingToDoError` where the home has no outcomes that may be used, `NotEnoughOutcomesError` where they are
    too few.
    """
    examples = examples_of(home, permit, as_of)
    table = examples.table
    refused = refused_firms(home, permit, as_of, table, inference)
    model = fit_default_risk(table, seed=SEED, refused=refused)
    if examples.outcomes is not None:
        model = model.telling(outcomes=examples.outcomes)
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
    """Return the table of `examples_of`."""
    return examples_of(home, permit, as_of).table


def examples_of(home: Home, permit: Permit, as_of: date) -> Examples:
    """Return the examples that a default model may be fitted on: profiles as known on each example's day, and outcomes.

    Loans: one example per enterprise and day of drawdown that turned out good or bad, its profile as of that day; what
    is immature or indeterminate is left out and counted. Labels without a day: the profile as of `as_of`. Raises
    `NothingToDoError` where there are none.
    """
    outcomes = _loan_outcomes(home, permit, as_of)
    told = outcomes.filter(pc.is_in(outcomes.column(OUTCOME), pa.array([LoanOutcome.good, LoanOutcome.bad])))
    if told.num_rows:
        asked = told.select([ENTERPRISE, DRAWN_ON]).rename_columns([ENTERPRISE, AS_OF])
        bad = np.asarray(told.column(OUTCOME).to_numpy() == LoanOutcome.bad, dtype=np.int64)
        return Examples(_table(compute(home, permit.access, asked), bad, dated=True), _counts(outcomes))
    labels = home.facts.undated_defaults(permit.access)
    if labels is None or labels.num_rows == 0:
        raise NothingToDoError(
            "没有可用的违约结果，无法训练风险模型。",
            "This home has no default outcomes that may be used, so there is nothing to train a risk model on.",
        )
    labels = labels.sort_by(ENTERPRISE)
    asked = asked_on(texts(labels.column(ENTERPRISE)), as_of)
    return Examples(
        _table(compute(home, permit.access, asked), _outcomes(labels.column("defaulted")), dated=False), None
    )


def refused_firms(
    home: Home, permit: Permit, as_of: date, table: TrainingTable, inference: RejectInference
) -> Refused | None:
    """Return the profiles of firms that were refused while the examples were granted; None where nothing is assumed."""
    if inference.method is RejectMethod.none:
        return None
    found = pa.concat_tables(
        refused_requests(home.facts.sources(part), as_of) for part in _parts(home, permit)
    ).sort_by([(ENTERPRISE, "ascending"), (REFUSED_ON, "ascending")])
    within = pc.and_(
        pc.greater_equal(found.column(REFUSED_ON), pa.scalar(table.days.min().item())),
        pc.less_equal(found.column(REFUSED_ON), pa.scalar(table.days.max().item())),
    )
    asked = found.filter(within).rename_columns([ENTERPRISE, AS_OF])
    profiles = compute(home, permit.access, asked)
    return Refused(
        features=profiles.drop_columns([ENTERPRISE, AS_OF]).to_pandas(),
        enterprises=np.asarray(texts(profiles.column(ENTERPRISE)), dtype=np.str_),
        days=pd.to_datetime(profiles.column(AS_OF).to_pandas()).to_numpy().astype("datetime64[D]"),
        inference=inference,
    )


def active_model(home: Home) -> tuple[ModelVersion, DefaultRisk] | None:
    """Return the active default model, verified on loading, or None where none was trained."""
    return artifacts.active(home, releases.RISK, load)


def _sentences(model: DefaultRisk, examples: int, bad: int) -> list[str]:
    zh = {"pd_12m": "12个月违约概率", "default_probability": "违约概率（标签无日期）"}[model.probability_name]
    return [
        f"风险模型 risk model: {zh} {model.probability_name}，采用 {model.kind}",
        f"  样本 examples {examples}，其中违约 bad {bad}",
        *_sample(model.metrics),
        *_report(model.metrics),
    ]


def _sample(report: Mapping[str, Any]) -> list[str]:
    """Say what the sample leaves out, who recovered, and what is assumed of the refused."""
    lines: list[str] = []
    if (outcomes := report.get("outcomes")) is not None:
        immature, unclear = outcomes[LoanOutcome.immature], outcomes[LoanOutcome.indeterminate]
        lines += [
            f"  违约后恢复正常、仍计为违约 cured, still bad {outcomes[_CURED]}",
            f"  不计入 left out: 未满12个月 immature {immature}，逾期31–90天或关注 indeterminate {unclear}",
        ]
    if (inferred := report.get("reject_inference")) is not None:
        zh, en = inferred["assumption"]["zh"], inferred["assumption"]["en"]
        lines.append(f"  {zh}（被拒 {inferred['refused']}） {en} (refused {inferred['refused']})")
    return lines


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
    found = [default_outcomes(home.facts.sources(part), as_of) for part in _parts(home, permit)]
    return pa.concat_tables(found).sort_by([(ENTERPRISE, "ascending"), (DRAWN_ON, "ascending")])


def _parts(home: Home, permit: Permit) -> list[Grant]:
    return [part for grant in permit.access.grants for part in home.facts.split(grant)]


def _counts(outcomes: pa.Table) -> dict[str, int]:
    """Return how many enterprises and days of drawdown turned out in each way, and how many bad ones were cured."""
    kinds = outcomes.column(OUTCOME).to_pylist()
    counts = {kind.value: kinds.count(kind) for kind in LoanOutcome}
    return {**counts, _CURED: int(pc.sum(outcomes.column(IS_CURED)).as_py() or 0)}


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
