"""The early warning: fitted on loans without arrears, judged on the last months whose outcome is known, then on all."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any, Final, Literal

import numpy as np
import pyarrow as pa

from features.columns import AS_OF, ENTERPRISE, LOAN_NO, LOANS
from features.watch import Watch, first_report, month_ends, watched_loans, with_profiles
from models.warning import EarlyWarning
from models.warning_artifact import load_warning, save_warning
from models.warning_held_out import JudgedWarning, fit_and_judge, fit_on_all, held_out_months, require_defaults
from models.warning_metrics import AUC, LEAD, PRECISION, RECALL
from models.warning_rows import watch_rows
from service.access.consent import Permit
from service.errors import NothingToDoError
from service.store.facts import Access, Grant
from service.store.release_store import ModelVersion
from service.work import artifacts, releases
from service.work.fitted import Fitted, Trainings, Withheld
from service.work.home import Home
from service.work.train_risk import SEED

Order = list[tuple[str, Literal["ascending", "descending"]]]

_ORDER: Final[Order] = [(ENTERPRISE, "ascending"), (LOAN_NO, "ascending"), (AS_OF, "ascending")]
_PAIRS: Final[Order] = [(ENTERPRISE, "ascending"), (AS_OF, "ascending")]


def fit_early_warning(home: Home, permit: Permit, as_of: date) -> Trainings:
    """Fit and store the warning on the loans known on `as_of`.

    Raises `NothingToDoError` where the home has no loans that may be used, `NotEnoughOutcomesError` where too few of
    them came to default or their reports are too young. One that did no better than chance on the held-out months is
    left out, with its figure.
    """
    parts = _parts(home, permit.access)
    days = _days(home, parts, as_of)
    loans = [watched_loans(home.facts.sources(part), days, as_of) for part in parts]
    together = _joined(loans)
    held_out = held_out_months(together)
    before = [day for day in days if day <= held_out.cutoff]
    known_then = _joined([watched_loans(home.facts.sources(part), before, held_out.cutoff) for part in parts])
    require_defaults(known_then)
    rows = watch_rows(_watch(home, parts, loans))
    judged = fit_and_judge(rows, known_then, held_out, SEED)
    if not judged.beats_chance:
        return Trainings(withheld=(_no_better_than_chance(judged),))
    told = {"as_of": as_of.isoformat(), "enterprises_by_basis": _firms(together, parts)}
    model = fit_on_all(rows, judged, told, SEED)
    return Trainings((_stored(home, model),))


def active_warning(home: Home) -> tuple[ModelVersion, EarlyWarning] | None:
    """Return the active warning, verified on loading, or None where there is none."""
    return artifacts.active(home, releases.WARNING, load_warning)


def _parts(home: Home, access: Access) -> list[Grant]:
    return [part for whole in access.grants for part in home.facts.split(whole) if LOANS in part.tables]


def _days(home: Home, parts: list[Grant], as_of: date) -> list[date]:
    firsts = [first_report(home.facts.sources(part), as_of) for part in parts]
    known = [one for one in firsts if one is not None]
    if not known:
        raise _nothing()
    return month_ends(min(known), as_of)


def _watch(home: Home, parts: list[Grant], loans: list[pa.Table]) -> Watch:
    """Return the loans with the profiles that each part's grants open."""
    found = [with_profiles(home.facts.sources(part), some) for part, some in zip(parts, loans, strict=True)]
    profiles = pa.concat_tables([one.profiles for one in found]).sort_by(_PAIRS).combine_chunks()
    return Watch(_joined(loans), profiles)


def _joined(loans: list[pa.Table]) -> pa.Table:
    return pa.concat_tables(loans).sort_by(_ORDER).combine_chunks()


def _nothing() -> NothingToDoError:
    return NothingToDoError(
        "没有可用的贷款报送记录，未训练贷后预警模型。",
        "This home has no reports of loans that may be used, so no early warning was trained.",
    )


def _no_better_than_chance(judged: JudgedWarning) -> Withheld:
    area = judged.within_12m.figures[judged.model.kind][AUC]
    told = f"{area.estimate:.3f} ({area.low:.3f} – {area.high:.3f})"
    return Withheld(
        releases.WARNING,
        f"贷后预警模型在留出月份上不优于随机（月内 AUC {told}），未采用。",
        f"No early warning: on the held-out months it was no better than chance (AUC within the month {told}).",
    )


def _firms(loans: pa.Table, parts: list[Grant]) -> dict[str, int]:
    """Count the firms behind the loans by what allows their use: an authorisation, or a ground."""
    basis = {one: grant.basis for grant in parts for one in grant.enterprises or ()}
    counted = Counter(basis[one] for one in np.unique(loans.column(ENTERPRISE).to_numpy()).tolist())
    return {name: counted[name] for name in sorted(counted)}


def _stored(home: Home, model: EarlyWarning) -> Fitted:
    training = model.training
    return Fitted(
        id=artifacts.store(home, lambda folder: save_warning(model, folder)),
        purpose=releases.WARNING,
        kind=model.kind,
        probability_name="default_within_12m",
        metrics=model.metrics,
        logged={
            "rows": training.rows,
            "loans": training.loans,
            "enterprises": training.enterprises,
            "bad": training.bad_enterprises,
            "enterprises_by_basis": model.metrics["enterprises_by_basis"],
            "seed": SEED,
        },
        sentences=[
            f"贷款 loans {training.loans}，月末 month-ends {training.rows}，采用 {model.kind}",
            f"违约企业 enterprises in default {training.bad_enterprises}",
            *_figures(model.metrics),
        ],
    )


def _figures(metrics: Mapping[str, Any]) -> list[str]:
    """Say what each method did on the held-out months at the officers' capacity of one loan in a hundred."""
    report = metrics["within_12m"]
    days = metrics["held_out_months"]
    found = [
        f"留出月份 held-out months {days['first']} – {days['last']}",
        f"  每月提示 flags a month {report['flags_a_month']:.0f} of {report['loans_a_month']:.0f}",
        f"  12个月内违约 default within 12 months {report['base_rate']:.2%}",
    ]
    for name, one in report["figures"].items():
        lead = _number(one[LEAD[1]], "{:.0f}")
        found.append(
            f"  {name}: 命中率 precision {_interval(one[PRECISION])}，召回 recall {_number(one[RECALL])}，"
            f"月内 AUC within month {_interval(one[AUC])}，提前天数中位数 median lead days {lead}"
        )
    return found


def _interval(one: Mapping[str, float | None]) -> str:
    low, high = (_number({"estimate": one[name]}) for name in ("low", "high"))
    return f"{_number(one)} ({low} – {high})"


def _number(one: Mapping[str, float | None], form: str = "{:.3f}") -> str:
    value = one["estimate"]
    return "–" if value is None else form.format(value)
