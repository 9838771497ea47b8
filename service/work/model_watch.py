"""Watching the default model in use: whether firms still look as when it was fitted, and whether it still tells truly.

Three readings on a day. *Time*: its scores of all firms then and now. *Reach*: its scores of the loans it was fitted on
beside those of all firms now, which says how far it is asked about firms unlike them. *Outcomes*: what has become known
since it was fitted, of loans whose outcome was not known then, each scored on its profile as of the drawdown.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import orjson
import pandas as pd
import pyarrow as pa

from features.columns import AS_OF, ENTERPRISE
from matching.amounts import PPM
from models.calibration_drift import Cusum, Observed, cusum, observed_and_expected
from models.default_risk import DefaultRisk, TrainingTable
from models.drift import LEVELS_ZH, Level, Shift, feature_shifts, shift
from models.errors import ModelError
from models.inputs import encode
from models.metrics import Floats
from service.access import consent
from service.access.caller import Caller, Purpose
from service.access.consent import Permit
from service.audit.tags import Tag
from service.errors import BadRequestError, NothingToDoError
from service.store import log_store
from service.store.engine import Session
from service.store.release_store import ModelVersion
from service.work import releases
from service.work.home import Home
from service.work.profile import known_day, rows, texts
from service.work.train_risk import active_model, training_table

SEED: Final = 20260630
_SHOWN: Final = 10  # features named, the most shifted first
_LOOKED_BACK: Final = 200  # watches of any model among which a model's last one is looked for


@dataclass(frozen=True, slots=True)
class Watched:
    """What was found of a model on a day; `outcomes` is None where none has become known since it was fitted."""

    model: str
    fitted_on: date
    as_of: date
    time: Shift
    reach: Shift | None
    features: tuple[Shift, ...]
    outcomes: Observed | None
    run: Cusum | None

    @property
    def level(self) -> Level:
        """The most severe of what scores in time and outcomes say.

        The reach is a fact of use, and features move that the score does not hang on: both explain and raise no alarm.
        """
        found = [one.level for one in (self.time, self.outcomes, self.run) if one is not None]
        return max(found, key=list(Level).index)

    def as_json(self) -> dict[str, Any]:
        """Return the finding as one JSON document."""
        return {
            "model": self.model,
            "fitted_on": self.fitted_on.isoformat(),
            "as_of": self.as_of.isoformat(),
            "level": self.level.value,
            "time": self.time.as_json(),
            "reach": None if self.reach is None else self.reach.as_json(),
            "features": [one.as_json() for one in self.features],
            "outcomes": None if self.outcomes is None else self.outcomes.as_json(),
            "cusum_alarm_at": None if self.run is None else self.run.alarm_at,
        }

    def sentences(self) -> list[str]:
        """Return the finding in sentences of both languages."""
        return [*self._sentences()]

    def _sentences(self) -> Iterator[str]:
        yield (
            f"风险模型 {self.model}（{self.fitted_on} 拟合）在 {self.as_of} 的监测：{LEVELS_ZH[self.level]} "
            f"the risk model of {self.fitted_on}, watched on {self.as_of}: {self.level}"
        )
        yield f"  全部企业的评分，当时与现在 scores of all firms, then and now: {self.time.zh}; {self.time.en}"
        if self.reach is not None:
            yield (
                f"  训练样本与现在全部企业的评分相比 PSI {self.reach.psi:.3f}：模型被问及的企业与其训练样本有多不同 "
                "scores of the loans it was fitted on beside those of all firms now: how unlike these are"
            )
        moved = [f"{one.name} {one.psi:.3f}" for one in self.features if one.level is not Level.quiet]
        if moved:
            yield f"  变化最大的特征（PSI）features that moved most (PSI): {', '.join(moved)}"
        if self.outcomes is None:
            yield "  拟合后尚无新的到期结果 no outcome has become known since it was fitted"
        else:
            yield f"  拟合后已知的结果 outcomes known since: {self.outcomes.zh}; {self.outcomes.en}"
        if self.run is not None:
            yield f"  {self.run.zh}; {self.run.en}"


def watch(home: Home, caller: Caller, as_of: date | None = None) -> Watched:
    """Return what is found of the default model in use on a day (preset: the latest known), logged first.

    Raises `NothingToDoError` where no default model is in use, `BadRequestError` for a day before it was fitted.
    """
    as_of = known_day(home, as_of)
    with home.database.read() as session:
        permit = consent.permit(session, caller, Purpose.model_training, home.today)
    found = active_model(home)
    if found is None:
        raise NothingToDoError(
            "没有使用中的风险模型，无从监测。", "No default model is in use, so there is nothing to watch."
        )
    if as_of < found[0].as_of:
        raise BadRequestError(
            f"{as_of} 早于模型的数据时点 {found[0].as_of}。",
            f"{as_of} is before {found[0].as_of}, the model's own day.",
        )
    watched = read(home, permit, *found, as_of)
    with home.database.write() as session:
        consent.require_unchanged(session, permit)
        enter(home, session, permit, watched)
    return watched


def watch_at_training(home: Home, permit: Permit, as_of: date) -> Watched | None:
    """Return what is found of the model in use when another is trained, or None where it knows as much already.

    Nor is a model watched whose files are damaged, or of which no firm may be read: training goes on and mends it.
    """
    try:
        found = active_model(home)
        if found is None or found[0].as_of >= as_of:
            return None
        return read(home, permit, *found, as_of)
    except (NothingToDoError, ModelError):
        return None


def read(home: Home, permit: Permit, version: ModelVersion, model: DefaultRisk, as_of: date) -> Watched:
    """Return what is found of a model on a day, from what the permit opens."""
    then, now = (rows(home, permit.access, day) for day in (version.as_of, as_of))
    told = _told(model, now)
    known, new = _outcomes(home, permit, version.as_of, as_of)
    outcomes, run = (None, None) if new is None else _judged(model, new)
    return Watched(
        model=version.id,
        fitted_on=version.as_of,
        as_of=as_of,
        time=shift("score", _told(model, then), told),
        reach=None if known is None else shift("score", _examples_told(model, known), told),
        features=feature_shifts(_matrix(model, then), _matrix(model, now), model.inputs)[:_SHOWN],
        outcomes=outcomes,
        run=run,
    )


@dataclass(frozen=True, slots=True)
class LastWatch:
    """What the log says of the last watch of a model."""

    as_of: date
    level: Level
    level_zh: str
    psi: str
    outcomes: int
    bad: int


def last_watch(home: Home, caller: Caller, model: str) -> LastWatch | None:
    """Return the last watch of a model, or None where it was not watched; only the operator may ask."""
    releases.show(home, caller, model)
    with home.database.read() as session:
        found = log_store.newest(session, limit=_LOOKED_BACK, tag=Tag.model_watched.value)
    body = next((orjson.loads(one.entry) for one in found if one.subject == model), None)
    if body is None:
        return None
    level = Level(body["level"])
    return LastWatch(
        as_of=date.fromisoformat(body["as_of"]),
        level=level,
        level_zh=LEVELS_ZH[level],
        psi=f"{body['psi_ppm'] / PPM:.3f}",
        outcomes=body["outcomes"],
        bad=body["bad"],
    )


def enter(home: Home, session: Session, permit: Permit, watched: Watched) -> None:
    """Log what was found, in whole numbers and text."""
    body = {
        "model": watched.model,
        "as_of": watched.as_of.isoformat(),
        "level": watched.level.value,
        "psi_ppm": round(watched.time.psi * PPM),
        "outcomes": 0 if watched.outcomes is None else watched.outcomes.rows,
        "bad": 0 if watched.outcomes is None else watched.outcomes.bad,
        "authorisations": list(permit.authorisations),
        "grounds": list(permit.grounds),
        "facts": home.facts.digest(),
    }
    log_store.append(session, Tag.model_watched, home.now(), permit.caller.log_name, watched.model, body)


def _told(model: DefaultRisk, profiles: pa.Table) -> Floats:
    return model.predict(_features(profiles), texts(profiles.column(ENTERPRISE)))


def _examples_told(model: DefaultRisk, examples: TrainingTable) -> Floats:
    return model.predict(examples.features, examples.enterprises.tolist())


def _judged(model: DefaultRisk, new: TrainingTable) -> tuple[Observed, Cusum]:
    bad, chance = new.bad.astype(np.float64), _examples_told(model, new)
    return observed_and_expected(bad, chance), cusum(bad, chance, seed=SEED)


def _matrix(model: DefaultRisk, profiles: pa.Table) -> Floats:
    return encode(_features(profiles), model.inputs)


def _features(profiles: pa.Table) -> pd.DataFrame:
    frame: pd.DataFrame = profiles.drop_columns([ENTERPRISE, AS_OF]).to_pandas()
    return frame


def _outcomes(
    home: Home, permit: Permit, fitted_on: date, as_of: date
) -> tuple[TrainingTable | None, TrainingTable | None]:
    """Return the dated examples known when the model was fitted, and those that became known since, by drawdown."""
    try:
        known, every = (training_table(home, permit, day) for day in (fitted_on, as_of))
    except (NothingToDoError, ModelError):
        return None, None
    if not every.dated:
        return known, None
    before = set(zip(known.enterprises.tolist(), known.days.tolist(), strict=True))
    keys = zip(every.enterprises.tolist(), every.days.tolist(), strict=True)
    new = np.flatnonzero([key not in before for key in keys])
    new = new[np.lexsort((every.enterprises[new], every.days[new]))]
    if not len(new):
        return known, None
    return known, TrainingTable(
        every.features.iloc[new], every.bad[new], every.enterprises[new], every.days[new], every.dated
    )
