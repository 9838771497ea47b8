"""The ranker and the grant model: fitted on a home's match history, judged on its last months, then on all of it.

The figures come from models that never saw the months they are judged on, fitted on outcomes known before these began.
The stored models are fitted anew on every row known on the day, by the choice that the validation months made.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from features.columns import ENTERPRISE, REQUESTED_ON
from matching.choice_months import LEAST_MONTHS, months_between, months_for
from matching.choice_sets import ChoiceSets, Months, choice_sets
from matching.choice_states import History
from matching.comparison import Figures, compare
from matching.product import Product
from matching.ranking_rows import decided_table, feature_columns, ranking_table, table_hash
from models.acceptance import Acceptance, fit_acceptance, granting_figures, reliability
from models.errors import ModelError, NotEnoughOutcomesError
from models.ranker import Choice, Ranker, Side, choose, fit_ranker
from models.ranking_artifact import save_acceptance, save_ranker
from service.access.consent import Permit
from service.errors import NothingToDoError
from service.work import artifacts, releases
from service.work.catalogue import catalogue
from service.work.fitted import Fitted, Trainings, Withheld
from service.work.history import asked_profiles, match_history
from service.work.home import Home
from service.work.train_risk import SEED

WARM_UP, TRAIN, VALID, TEST = "warm_up", "train", "valid", "test"


@dataclass(frozen=True)
class _Material:
    """What both models are fitted on: the history with its profiles, and its choice sets as known on the day."""

    history: History
    profiles: pa.Table
    products: tuple[Product, ...]
    sets: ChoiceSets
    months: Months

    @property
    def test_begins(self) -> date:
        """The first day of the months that are held out."""
        warm_up_to_valid = self.months.warm_up + self.months.train + self.months.valid
        first: date = (self.sets.first_month + warm_up_to_valid).astype("datetime64[D]").astype(object)
        return first

    def known_before_test(self) -> dict[str, ChoiceSets]:
        """Return the parts with the outcomes that were known before the first day that is held out."""
        cut = self.test_begins - timedelta(days=1)
        return choice_sets(self.history, self.profiles, self.products, cut).split(self.months)


def fit_ranking(home: Home, permit: Permit, as_of: date) -> Trainings:
    """Fit and store the ranker, and the grant model where decisions suffice.

    Either is left out with its own reason where its outcomes are too few: products taken, or decisions. Raises
    `NothingToDoError` where the home has no match history that may be used or one of less than a year.
    """
    material = _material(home, permit, as_of)
    parts, held_out = material.known_before_test(), material.sets.split(material.months)[TEST]
    told = {**_told(material, as_of), "enterprises_by_basis": _firms(material.sets.shown(), permit)}
    fitted: list[Fitted] = []
    withheld: list[Withheld] = []
    try:
        fitted.append(_stored_ranker(home, _ranker(material, parts, held_out, told)))
    except NotEnoughOutcomesError as error:
        withheld.append(_without_ranker(error))
    try:
        fitted.append(_stored_acceptance(home, _acceptance(material, parts, held_out, told)))
    except NotEnoughOutcomesError as error:
        withheld.append(_without_acceptance(error))
    return Trainings(tuple(fitted), tuple(withheld))


def _material(home: Home, permit: Permit, as_of: date) -> _Material:
    history = match_history(home, permit.access, as_of)
    if history is None or history.requests.num_rows == 0:
        raise NothingToDoError(
            "没有可用的匹配历史（需求、展示、申请、审批），未训练排序模型。",
            "This home has no match history that may be used, so no ranker was trained.",
        )
    profiles = asked_profiles(home, permit.access, history)
    with home.database.read() as session:
        products = catalogue(session).products
    sets = choice_sets(history, profiles, products, as_of)
    return _Material(history, profiles, products, sets, _months(sets))


def _months(sets: ChoiceSets) -> Months:
    days = sets.rows[REQUESTED_ON]
    length = 0 if not len(days) else months_between(sets.first_month.astype(object), days.max().date())
    months = months_for(length)
    if months is None:
        raise NothingToDoError(
            f"匹配历史只有 {length} 个月，不足 {LEAST_MONTHS} 个月，未训练排序模型。",
            f"The match history spans {length} months; a ranker needs {LEAST_MONTHS}.",
        )
    return months


def _ranker(material: _Material, parts: Mapping[str, ChoiceSets], test: ChoiceSets, told: Mapping[str, Any]) -> Ranker:
    """Return the ranker of all rows, with the figures of one that saw nothing of the test months."""
    inputs = material.sets.inputs
    train, valid = ranking_table(parts[TRAIN]), ranking_table(parts[VALID])
    choice = choose(train, valid, inputs, SEED)
    before = fit_ranker(ranking_table(_both(parts[TRAIN], parts[VALID])), inputs, choice, SEED)
    features = feature_columns(test)
    scores = {
        Side.enterprise: before.order_score(features),
        Side.bank: before.chance_score(features),
    }
    figures = compare(parts[VALID], test, scores)
    stored = fit_ranker(ranking_table(_fitted_on(material)), inputs, choice, SEED)
    metrics = {**told, "chosen": _chosen(choice), "held_out": _held_out(figures)}
    return replace(stored, metrics=metrics)


def _acceptance(
    material: _Material, parts: Mapping[str, ChoiceSets], test: ChoiceSets, told: Mapping[str, Any]
) -> Acceptance:
    """Return the grant model of all decisions, with the figures of one that saw none of the test months."""
    inputs = material.sets.inputs
    before = fit_acceptance(decided_table(_both(parts[TRAIN], parts[VALID])), inputs, SEED)
    stored = fit_acceptance(decided_table(_fitted_on(material)), inputs, SEED)
    decided = decided_table(test)
    metrics = dict(told)
    if len(decided):
        chance = before.granted_chance(decided.features)
        metrics["granting"] = _finite(granting_figures(decided.granted, chance, SEED))
        metrics["reliability"] = reliability(decided.granted, chance)
    return replace(stored, metrics=metrics)


def _fitted_on(material: _Material) -> ChoiceSets:
    """Return every row but those of the warm-up, whose counts had hardly begun."""
    after = (material.sets.first_month + material.months.warm_up).astype("datetime64[D]")
    return material.sets.where((material.sets.rows[REQUESTED_ON] >= pd.Timestamp(after)).to_numpy())


def _both(first: ChoiceSets, second: ChoiceSets) -> ChoiceSets:
    return replace(first, rows=pd.concat([first.rows, second.rows], ignore_index=True))


def _told(material: _Material, as_of: date) -> dict[str, Any]:
    """Return what both models' figures say of the rows behind them; all whole numbers and text."""
    states = Counter(material.sets.rows["state"].tolist())
    return {
        "as_of": as_of.isoformat(),
        "split": {"first_month": str(material.sets.first_month), **asdict(material.months)},
        "rows": {"requests": len(material.sets.profiles), **{state: states[state] for state in sorted(states)}},
        "dropped": asdict(material.sets.dropped),
        "training_table_sha256": table_hash(material.sets),
    }


def _firms(shown: ChoiceSets, permit: Permit) -> dict[str, int]:
    """Count the firms behind the shown rows by what allows their use: an authorisation, or a ground."""
    basis = {one: grant.basis for grant in permit.access.grants for one in grant.enterprises or ()}
    counted = Counter(basis[one] for one in np.unique(shown.rows[ENTERPRISE].to_numpy(dtype=np.str_)).tolist())
    return {name: counted[name] for name in sorted(counted)}


def _chosen(choice: Choice) -> dict[str, Any]:
    return {
        side.value: {
            "objective": choice.objectives[side].value,
            "validation_ndcg_at_10": {one.value: worth for one, worth in choice.validation[side].items()},
        }
        for side in Side
    }


def _held_out(figures: list[Figures]) -> dict[str, Any]:
    """Return the figures by side: how many queries, and by method and measure the mean and the ranker's lead."""
    found: dict[str, Any] = {}
    for one in figures:
        if not one.queries:
            continue
        side = found.setdefault(one.side.value, {"queries": one.queries, "methods": {}})
        side["methods"].setdefault(one.method, {})[one.measure.value] = {"mean": one.mean, "lead": one.lead}
    return found


def _finite(figures: Mapping[str, float | int]) -> dict[str, float | int | None]:
    return {name: value if np.isfinite(value) else None for name, value in figures.items()}


def _stored_ranker(home: Home, ranker: Ranker) -> Fitted:
    objectives = ranker.choice.objectives
    kind = "+".join(sorted({one.value for one in objectives.values()}))
    training = ranker.training
    return Fitted(
        id=artifacts.store(home, lambda folder: save_ranker(ranker, folder)),
        purpose=releases.RANKING,
        kind=kind,
        probability_name="",
        metrics=ranker.metrics,
        logged=_logged(ranker.metrics, training.rows, training.enterprises),
        sentences=[
            f"展示 shown {training.rows}，需求 requests {training.requests}，企业 enterprises {training.enterprises}",
            f"获批并提款 granted and taken {training.taken}",
            *_leads(ranker.metrics["held_out"]),
        ],
    )


def _stored_acceptance(home: Home, acceptance: Acceptance) -> Fitted:
    training = acceptance.training
    figures = acceptance.metrics.get("granting")
    said = [] if figures is None else [f"留出月份 held-out ECE {figures['ece']:.3f} ({figures['ece_floor_upper']:.3f})"]
    return Fitted(
        id=artifacts.store(home, lambda folder: save_acceptance(acceptance, folder)),
        purpose=releases.ACCEPTANCE,
        kind="boosted",
        probability_name="granted_of_applied",
        metrics=acceptance.metrics,
        logged=_logged(acceptance.metrics, training.rows, training.enterprises),
        sentences=[f"申请 applications {training.rows}，其中获批 granted {training.granted}", *said],
    )


def _logged(metrics: Mapping[str, Any], rows: int, enterprises: int) -> dict[str, object]:
    return {
        "rows": rows,
        "enterprises": enterprises,
        "enterprises_by_basis": metrics["enterprises_by_basis"],
        "training_table_sha256": metrics["training_table_sha256"],
        "seed": SEED,
    }


SIDES_ZH: Final = {Side.enterprise: "企业侧 enterprise", Side.bank: "银行侧 bank"}


def _leads(held_out: Mapping[str, Any]) -> list[str]:
    """Say the ranker's NDCG@10 of each side on the held-out months beside the best simpler order."""
    found = []
    for side, zh in SIDES_ZH.items():
        if side.value not in held_out:
            found.append(f"{zh}: 留出月份没有可比的结果 nothing to compare in the held-out months")
            continue
        means = {name: one["ndcg_at_10"]["mean"] for name, one in held_out[side.value]["methods"].items()}
        best = max((name for name in means if name != "ranker"), key=lambda name: means[name])
        found.append(f"{zh}: 留出月份 held-out NDCG@10 {means['ranker']:.3f}, {best} {means[best]:.3f}")
    return found


def _without_ranker(error: ModelError) -> Withheld:
    return Withheld(releases.RANKING, "获批并提款的产品不足，未训练排序模型。", f"No ranker: {error}.")


def _without_acceptance(error: ModelError) -> Withheld:
    return Withheld(releases.ACCEPTANCE, "审批结果不足，未训练获批概率模型。", f"No grant model: {error}.")
