"""A warning judged on months it never saw: fitted on what was known before them, asked on each of their last days.

The held-out months are the last six whose twelve following months are reported. The fit knows what was known on the day
before them: outcomes that were learnt later label none of its rows, whatever is known today.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import pyarrow as pa

from features.columns import AS_OF, ENTERPRISE
from features.watch import DEFAULT_MONTHS, SEEN_MONTHS
from models.bootstrap import Drawn, Interval
from models.errors import NotEnoughOutcomesError
from models.hazard import HALF, HORIZON
from models.metrics import Floats, ece, ece_noise_floor
from models.origination import fit_origination
from models.warning import EarlyWarning, HazardKind, WarningTable, beside, fit_warning, require_outcomes
from models.warning_metrics import AUC, Judged, WarningReport, enterprise_draws, judge
from models.warning_rows import WatchRows, drawn_loans, warning_table

TEST_MONTHS: Final = 6
_MONTH = "datetime64[M]"
_CHANCE = 0.5


@dataclass(frozen=True, slots=True)
class HeldOut:
    """The months held out, by their last days, and the day up to which the fit knows anything."""

    cutoff: date
    first: date
    last: date


@dataclass(frozen=True)
class JudgedWarning:
    """A warning fitted on what was known at the cutoff, and what it did on the held-out months."""

    model: EarlyWarning
    held_out: HeldOut
    within_12m: WarningReport
    within_6m: WarningReport
    calibration: Mapping[str, Mapping[str, Any]]

    @property
    def beats_chance(self) -> bool:
        """Whether the interval of its AUC within the month, over twelve months, lies above one half."""
        return self.within_12m.figures[self.model.kind][AUC].low > _CHANCE

    def as_json(self) -> dict[str, Any]:
        """Return the figures as JSON-able values."""
        days = {name: day.isoformat() for name, day in asdict(self.held_out).items()}
        return {
            "held_out_months": days,
            "kind": self.model.kind.value,
            "within_12m": self.within_12m.as_json(),
            "within_6m": self.within_6m.as_json(),
            "calibration_12m": {name: dict(one) for name, one in self.calibration.items()},
            "choice": _choice_json(self.model.metrics["choice"]),
        }


def held_out_months(loans: pa.Table) -> HeldOut:
    """Return the held-out months of watched loans (NotEnoughOutcomesError where their reports are too young)."""
    months = loans.column(AS_OF).to_numpy().astype(_MONTH)
    if not months.size:
        raise NotEnoughOutcomesError("there is no loan to watch")
    reported = (months + loans.column(SEEN_MONTHS).to_numpy()).max()
    first, last = reported - HORIZON - TEST_MONTHS + 1, reported - HORIZON
    if first <= months.min():
        spans = int((reported - months.min()).astype(np.int64))
        needed = HORIZON + TEST_MONTHS
        raise NotEnoughOutcomesError(f"reports of loans span {spans} months; a warning needs more than {needed}")
    return HeldOut(_last_day(first - 1), _last_day(first), _last_day(last))


def require_defaults(loans: pa.Table) -> None:
    """Raise NotEnoughOutcomesError where a warning of these watched loans would be refused; no profile is needed."""
    default = loans.column(DEFAULT_MONTHS).to_pandas().to_numpy(dtype=np.float64, na_value=np.nan)
    require_outcomes(np.asarray(loans.column(ENTERPRISE).to_pylist(), dtype=np.str_), default)


def fit_and_judge(rows: WatchRows, known_then: pa.Table, held_out: HeldOut, seed: int) -> JudgedWarning:
    """Return the warning fitted on `known_then` and judged on the held-out months of `rows`.

    `known_then` are the watched loans of the days up to the cutoff with their outcomes as known on the cutoff; `rows`
    have the outcomes known today.
    """
    past = rows.with_outcomes(known_then)
    score = fit_origination(drawn_loans(past), seed)
    model = fit_warning(warning_table(past, score), score, seed=seed)
    first, last = (np.datetime64(one) for one in (held_out.first, held_out.last))
    asked = warning_table(rows.where((rows.days >= first) & (rows.days <= last)), score)
    if not (asked.outcome(HORIZON) == 1).any() or not (asked.outcome(HALF) == 1).any():
        raise NotEnoughOutcomesError("no loan came to default after the held-out months, so no warning can be judged")
    long, chances = _judged(model, asked, HORIZON, seed)
    short, _ = _judged(model, asked, HALF, seed)
    _, judged = asked.judged(HORIZON)
    calibration = {name: _calibration(judged, chance, seed) for name, chance in chances.items()}
    return JudgedWarning(model, held_out, long, short, calibration)


def fit_on_all(rows: WatchRows, judged: JudgedWarning, told: Mapping[str, Any], seed: int) -> EarlyWarning:
    """Return the warning of the kind that was judged, fitted on every row with today's outcomes; its figures beside."""
    score = fit_origination(drawn_loans(rows), seed)
    model = fit_warning(warning_table(rows, score), score, seed=seed, kind=judged.model.kind)
    return replace(model, metrics={**told, **judged.as_json()})


def _judged(
    model: EarlyWarning, asked: WarningTable, months: int, seed: int
) -> tuple[WarningReport, dict[str, Floats]]:
    known, judged = asked.judged(months)
    features = asked.features[known]
    chances = {kind.value: model.default_within(features, months, kind) for kind in HazardKind}
    scores = chances | {name: score[known] for name, score in beside(asked).items()}
    return judge(judged, scores, model.kind.value, seed), chances


def _calibration(judged: Judged, chance: Floats, seed: int) -> dict[str, Any]:
    """Return observed over expected defaults with its interval by enterprise, and the calibration error."""
    weight = enterprise_draws(judged, seed).of(np.arange(judged.bad.size))
    ratio = (weight * judged.bad).sum(axis=1) / (weight * chance).sum(axis=1)
    interval: Interval = Drawn(float(ratio[0]), ratio[1:]).interval()
    return {
        "observed": float(judged.bad.mean()),
        "expected": float(chance.mean()),
        "observed_over_expected": asdict(interval),
        "ece": ece(judged.bad, chance),
        "ece_noise_floor": asdict(ece_noise_floor(chance, seed)),
    }


def _choice_json(choice: Mapping[str, Any]) -> dict[str, Any]:
    """Return the choice with what decided it: AUC within the month, out of fold, and the trees' lead."""
    if "figures" not in choice:
        return dict(choice)
    area = {name: one[AUC] for name, one in choice["figures"].items()}
    return {"kind": choice["kind"], "auc": area, "lead": choice["leads"][HazardKind.logistic][AUC]}


def _last_day(month: np.datetime64) -> date:
    first: date = (month + 1).astype("datetime64[D]").astype(object)
    return first - timedelta(days=1)
