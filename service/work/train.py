"""Training the models of a home on what was known on a day, and entering them: evaluated, approved, active."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from models.errors import ModelError
from models.reject_inference import MOST_FACTOR, NOTHING_ASSUMED, RejectInference, RejectMethod
from service.access import consent
from service.access.caller import Caller, Purpose
from service.access.consent import Permit
from service.audit.tags import Tag
from service.errors import BadRequestError, NothingToDoError
from service.store import log_store, release_store
from service.store.engine import Session
from service.store.release_store import ModelState, ModelVersion
from service.work import model_watch, releases
from service.work.fitted import Fitted, Trainings, Withheld
from service.work.home import Home
from service.work.profile import known_day
from service.work.train_ranking import fit_ranking
from service.work.train_risk import fit_risk
from service.work.train_warning import fit_early_warning

Train = Callable[[Home, Permit, date], Trainings]


@dataclass(frozen=True, slots=True)
class Trained:
    """What was trained, as entered, which purposes were left without a model, and how the model before it did."""

    as_of: date
    versions: tuple[ModelVersion, ...]
    trainings: Trainings
    watched: model_watch.Watched | None = None

    def version(self, purpose: str) -> ModelVersion | None:
        """Return the model of a purpose, or None where none was trained."""
        return next((one for one in self.versions if one.purpose == purpose), None)

    def as_json(self) -> dict[str, Any]:
        """Return the result as one JSON document."""
        logged = {one.id: dict(one.logged) for one in self.trainings.fitted}
        return {
            "as_of": self.as_of.isoformat(),
            "models": [{**releases.as_json(one), **logged[one.id]} for one in self.versions],
            "without_model": [{"purpose": one.purpose, "zh": one.zh, "en": one.en} for one in self.trainings.withheld],
            "watched": None if self.watched is None else self.watched.as_json(),
        }

    def sentences(self) -> list[str]:
        """Return the result in sentences."""
        states = {one.id: one.state for one in self.versions}
        found = [f"数据时点 as of {self.as_of}"]
        for one in self.trainings.fitted:
            state = states[one.id]
            zh = f"{releases.PURPOSES_ZH[one.purpose]}，{releases.STATES_ZH[state]}"
            found += [f"模型 model {one.id}（{zh}） {one.purpose}, {state}", *(f"  {line}" for line in one.sentences)]
        watched = [] if self.watched is None else self.watched.sentences()
        return [*found, *watched, *(one.sentence for one in self.trainings.withheld)]


def train(
    home: Home,
    caller: Caller,
    as_of: date | None = None,
    *,
    activate: bool = True,
    reject_factor: float | None = None,
) -> Trained:
    """Fit every model that the home's data allow on what was known on `as_of` (preset: the latest day).

    The default model comes from outcomes of loans; a home that lacks what one needs gets the others, and the result
    says why. The default model in use until then is watched first. Approving and activating are the caller's acts and
    logged as such; without `activate` the models stay evaluated. With a `reject_factor` the default model assumes that
    refused firms default so many times as often as granted ones of their score band. Raises `NothingToDoError`, with
    every reason, where nothing could be fitted at all.
    """
    inference = _assumed(reject_factor)
    as_of = known_day(home, as_of)
    with home.database.read() as session:
        permit = consent.permit(session, caller, Purpose.model_training, home.today)
    watched = model_watch.watch_at_training(home, permit, as_of)
    trainings = _all(home, permit, as_of, inference)
    with home.database.write() as session:
        consent.require_unchanged(session, permit)
        if watched is not None:
            model_watch.enter(home, session, permit, watched)
        versions = [_enter(home, session, permit, as_of, one) for one in trainings.fitted]
        if activate:
            versions = [releases.put_to_use_in(home, session, caller, one) for one in versions]
    return Trained(as_of, tuple(versions), trainings, watched)


def _assumed(reject_factor: float | None) -> RejectInference:
    if reject_factor is None:
        return NOTHING_ASSUMED
    try:
        return RejectInference(RejectMethod.parcelling, reject_factor)
    except ModelError as error:
        raise BadRequestError(f"拒绝推断的倍数须在 1 至 {MOST_FACTOR:g} 之间。", f"{error}.") from error


def _all(home: Home, permit: Permit, as_of: date, inference: RejectInference) -> Trainings:
    fitted: list[Fitted] = []
    withheld: list[Withheld] = []
    trainings: tuple[tuple[str, Train], ...] = (
        (releases.RISK, lambda home, permit, as_of: Trainings((fit_risk(home, permit, as_of, inference),))),
        (releases.RANKING, fit_ranking),
        (releases.WARNING, fit_early_warning),
    )
    for purpose, fit in trainings:
        try:
            found = fit(home, permit, as_of)
        except (NothingToDoError, ModelError) as error:
            withheld.append(_withheld(purpose, error))
        else:
            fitted += found.fitted
            withheld += found.withheld
    if not fitted:
        raise NothingToDoError(" ".join(one.zh for one in withheld), " ".join(one.en for one in withheld))
    return Trainings(tuple(fitted), tuple(withheld))


def _withheld(purpose: str, error: NothingToDoError | ModelError) -> Withheld:
    if isinstance(error, NothingToDoError):
        return Withheld(purpose, error.zh, error.en)
    return Withheld(purpose, f"未训练{releases.PURPOSES_ZH[purpose]}模型：数据不足或不合要求。", f"{error}.")


def _enter(home: Home, session: Session, permit: Permit, as_of: date, one: Fitted) -> ModelVersion:
    version = ModelVersion(
        id=one.id,
        purpose=one.purpose,
        as_of=as_of,
        probability_name=one.probability_name,
        kind=one.kind,
        state=ModelState.evaluated,
        metrics=one.metrics_text,
        trained_at=log_store.moment(home.now()),
    )
    entered = release_store.put_model(session, version)
    body = {
        "model": one.id,
        "purpose": one.purpose,
        "as_of": as_of.isoformat(),
        "probability_name": one.probability_name,
        "kind": one.kind,
        **one.logged,
        "authorisations": list(permit.authorisations),
        "grounds": list(permit.grounds),
        "facts": home.facts.digest(),
    }
    log_store.append(session, Tag.model_trained, home.now(), permit.caller.log_name, one.id, body)
    return entered
