"""Training the default model of a home on the outcomes that were known on a day."""

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from features.columns import AS_OF, ENTERPRISE
from features.outcomes import BAD, DRAWN_ON, default_outcomes
from models.artifact import load, save
from models.default_risk import DefaultRisk, TrainingTable, fit_default_risk
from service.access import consent
from service.access.caller import Caller, Purpose
from service.access.consent import Permit
from service.audit.tags import Tag
from service.errors import NothingToDoError
from service.store import log_store, release_store
from service.store.release_store import ModelState, ModelVersion
from service.work import releases
from service.work.home import Home
from service.work.profile import asked_on, compute, known_day, texts

SEED = 20260630
PPM = 1_000_000


@dataclass(frozen=True, slots=True)
class Trained:
    """What was trained: the model's row and its report."""

    version: ModelVersion
    examples: int
    bad: int
    report: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """Return the result as one JSON document."""
        return {
            "model": self.version.id,
            "kind": self.version.kind,
            "probability_name": self.version.probability_name,
            "as_of": self.version.as_of.isoformat(),
            "examples": self.examples,
            "bad": self.bad,
            "metrics": self.report,
        }

    def sentences(self) -> list[str]:
        """Return the result in sentences."""
        zh = {"pd_12m": "12个月违约概率", "default_probability": "违约概率（标签无日期）"}[
            self.version.probability_name
        ]
        return [
            f"风险模型 risk model {self.version.id}: {zh} {self.version.probability_name}，采用 {self.version.kind}",
            f"样本 examples {self.examples}，其中违约 bad {self.bad}; 截至 as of {self.version.as_of}",
            *_report(self.report),
        ]


def train(home: Home, caller: Caller, as_of: date | None = None, *, activate: bool = True) -> Trained:
    """Fit the default model on outcomes known on `as_of` (preset: the latest day), approve and activate it.

    Approving and activating are the caller's acts and logged as such; without `activate` the model stays evaluated.

    Dated outcomes of loans give `pd_12m`; where a home has only labels without a day, the model is marked so and
    gives a `default_probability` without a horizon. Raises `NothingToDoError` where the home has no outcomes that may
    be used.
    """
    as_of = known_day(home, as_of)
    with home.database.read() as session:
        permit = consent.permit(session, caller, Purpose.model_training, home.today)
    table = training_table(home, permit, as_of)
    model = fit_default_risk(table, seed=SEED)
    version = _store(home, model, as_of)
    with home.database.write() as session:
        consent.require_unchanged(session, permit)
        version = release_store.put_model(session, version)
        body = {
            "model": version.id,
            "as_of": as_of.isoformat(),
            "probability_name": version.probability_name,
            "kind": version.kind,
            "examples": len(table.bad),
            "bad": int(table.bad.sum()),
            "seed": SEED,
            "authorisations": list(permit.authorisations),
            "grounds": list(permit.grounds),
            "facts": home.facts.digest(),
        }
        log_store.append(session, Tag.model_trained, home.now(), caller.log_name, version.id, body)
        if activate:
            version = releases.put_to_use_in(home, session, caller, version)
    return Trained(version, len(table.bad), int(table.bad.sum()), dict(model.metrics))


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
    with home.database.read() as session:
        version = release_store.active_model(session, releases.RISK)
    return None if version is None else (version, _loaded(home.models_folder / version.id))


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


_cache: dict[Path, DefaultRisk] = {}


def _loaded(folder: Path) -> DefaultRisk:
    """Return the model of an artifact folder; an artifact never changes under its id, so it is verified once."""
    if folder not in _cache:
        _cache[folder] = load(folder)
    return _cache[folder]


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


def _store(home: Home, model: DefaultRisk, as_of: date) -> ModelVersion:
    """Write the artifact under its own hash; a half-written one never carries an id."""
    home.models_folder.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=home.models_folder, prefix=".writing-"))
    try:
        model_id = save(model, scratch)
        final = home.models_folder / model_id
        if not final.exists():
            scratch.rename(final)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return ModelVersion(
        id=model_id,
        purpose=releases.RISK,
        as_of=as_of,
        probability_name=model.probability_name,
        kind=model.kind,
        state=ModelState.evaluated,
        trained_at=log_store.moment(home.now()),
        metrics=orjson.dumps(dict(model.metrics), option=orjson.OPT_SORT_KEYS | orjson.OPT_SERIALIZE_NUMPY).decode(),
    )
