"""The study in time: every quarter knows what was known that day, and the report says what came of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from models.drift import Level
from models.drift_study import DriftStudy, drift_study
from models.drift_walk import BY_COHORT, BY_RATE, METHODS_ZH, REFITTED, UNCORRECTED, Quarter, walk
from models.errors import StudyError
from models.metrics import Floats
from models.recalibration import RecalibrationKind
from models.study_config import StudyColumns, StudyConfig, StudyKind
from models.study_table import StudyRows

HORIZON = 12
CONFIG = StudyConfig(
    StudyKind.risk,
    StudyColumns(query="id", label="bad", date="drawn", categories=("kind",)),
    outcome_known="bad_on",
    horizon_months=HORIZON,
)
TURN = np.datetime64("2005-01-01")


@dataclass(frozen=True)
class Rates:
    """The simplest model there is: the weighted rate of each kind, drawn a little to one half."""

    rates: Mapping[str, float]

    def predict(self, rows: StudyRows, tables: Mapping[str, pd.DataFrame]) -> Floats:
        assert not tables
        assert rows.label is None
        assert rows.outcome_on is None
        return np.array([self.rates[kind] for kind in rows.levels["kind"]])


def fit_rates(rows: StudyRows, config: StudyConfig, seed: int) -> Rates:
    assert (config, seed) == (CONFIG, 1)
    assert rows.label is not None
    assert rows.outcome_on is None
    weight = np.ones(len(rows)) if rows.weight is None else rows.weight
    kinds = np.asarray(rows.levels["kind"])
    return Rates(
        {
            kind: float((weight * rows.label)[kinds == kind].sum() + 1) / float(weight[kinds == kind].sum() + 2)
            for kind in ("a", "b")
        }
    )


def history(*, after_turn: float = 3.0, rows: int = 9_000) -> StudyRows:
    """Return rows of 2001 to 2007; of kind b twice as many turn bad, and from 2005 on many times as many of both."""
    generator = np.random.default_rng(11)
    day = np.datetime64("2001-01-01") + generator.integers(0, 7 * 365, rows)
    kind = np.where(generator.random(rows) < 0.5, "a", "b")
    chance = np.where(kind == "b", 0.08, 0.04) * np.where(day < TURN, 1, after_turn)
    bad = generator.random(rows) < chance
    late = np.where(generator.random(rows) < 0.1, 400, 0)  # beyond the horizon: bad in the end, not within a year
    bad_on = np.where(bad, day + generator.integers(30, 360, rows) + late, np.datetime64("NaT"))
    return StudyRows(
        keys=np.array([f"{number:05d}" for number in range(rows)], dtype=object),
        levels={"kind": pd.Categorical(kind)},
        numbers={},
        day=day,
        label=bad.astype(np.float64),
        outcome_on=bad_on,
    )


@pytest.fixture(scope="module")
def study() -> DriftStudy:
    return drift_study(history(), CONFIG, 1, fit_rates)


def by_start(quarters: tuple[Quarter, ...]) -> dict[date, Quarter]:
    return {one.first_on: one for one in quarters}


def test_the_first_quarter_is_the_first_with_enough_known(study: DriftStudy) -> None:
    table = history()
    assert table.day is not None
    assert table.outcome_on is not None
    first = np.datetime64(study.quarters[0].first_on)
    due = table.day.astype("datetime64[M]")  # by months: near enough to count
    months = (first.astype("datetime64[M]") - due).astype(int)
    bad = ((table.outcome_on - table.day).astype(int) <= 366) & ~np.isnat(table.outcome_on)
    assert int((bad & (months > HORIZON)).sum()) >= 100
    assert int((bad & (months > HORIZON + 3)).sum()) < 100
    starts = [one.first_on for one in study.quarters]
    assert starts == sorted(starts)
    assert all(one.day == 1 and one.month in {1, 4, 7, 10} for one in starts)
    assert starts[-1] == date(2007, 10, 1)


def test_every_row_is_judged_once_by_what_came_within_its_horizon(study: DriftStudy) -> None:
    table = history()
    assert table.day is not None
    assert table.outcome_on is not None
    one = by_start(study.quarters)[date(2004, 4, 1)]
    inside = (table.day >= np.datetime64("2004-04-01")) & (table.day < np.datetime64("2004-07-01"))
    lag = (table.outcome_on - table.day).astype("timedelta64[D]")
    assert len(one.bad) == inside.sum()
    assert one.bad.sum() == (inside & (lag <= np.timedelta64(365, "D"))).sum()


def test_what_the_uncorrected_model_misses_is_found_first_by_rate_then_by_cohort(study: DriftStudy) -> None:
    found = by_start(study.quarters)
    ratios = {day: {name: told.seen.ratio for name, told in one.told.items()} for day, one in found.items()}
    late, soon = date(2007, 1, 1), date(2005, 10, 1)
    assert ratios[late][UNCORRECTED] > 2
    assert ratios[soon][BY_RATE] < ratios[soon][BY_COHORT] - 0.3
    assert ratios[late][BY_COHORT] == pytest.approx(1, abs=0.35)
    assert ratios[late][BY_RATE] == pytest.approx(1, abs=0.35)
    assert study.whole[BY_RATE].gain.low > 0
    assert study.whole[UNCORRECTED].gain.estimate == 0
    assert study.whole[BY_RATE].gap < study.whole[BY_COHORT].gap < study.whole[UNCORRECTED].gap


def test_the_alarm_comes_after_the_turn_and_not_without_one(study: DriftStudy) -> None:
    assert study.first_alarm_on is not None
    assert date(2005, 4, 1) <= study.first_alarm_on <= date(2006, 1, 1)
    _, still = walk(history(after_turn=1.0), CONFIG, 1, fit_rates)
    assert sum(one.known is not None and one.known.level is Level.alarm for one in still) <= 1
    assert all(one.scores.level is Level.quiet for one in still)
    assert {(moved.name, moved.level) for one in still for moved in one.features} == {("kind", Level.quiet)}


def test_no_outcome_moves_anything_before_it_was_known() -> None:
    table = history()
    assert table.outcome_on is not None
    assert table.label is not None
    day = np.datetime64("2005-07-01")
    unknown = table.outcome_on >= day  # that very morning nobody knew
    hidden = replace(
        table,
        label=np.where(unknown, 0.0, table.label),
        outcome_on=np.where(unknown, np.datetime64("NaT"), table.outcome_on),
    )
    # The last day of which the table tells must stay, or there were no quarter to judge.
    last = len(table) - 1
    hidden.label[last], hidden.outcome_on[last] = 1.0, np.max(table.outcome_on[unknown])
    told, told_hidden = (by_start(walk(one, CONFIG, 1, fit_rates)[1]) for one in (table, hidden))
    before = [start for start in told if np.datetime64(start) <= day]
    assert len(before) > 5
    for start in before:
        for name in METHODS_ZH:
            assert np.array_equal(told[start].told[name].chance, told_hidden[start].told[name].chance), (start, name)
        assert told[start].known == told_hidden[start].known
        assert told[start].scores == told_hidden[start].scores
    after = date(2006, 1, 1)
    assert not np.array_equal(told[after].told[BY_RATE].chance, told_hidden[after].told[BY_RATE].chance)


def test_no_row_moves_anything_before_it_came() -> None:
    table = history()
    assert table.day is not None
    kept = table.take(np.flatnonzero(table.day < np.datetime64("2005-07-01")))
    told, cut = (by_start(walk(one, CONFIG, 1, fit_rates)[1]) for one in (table, kept))
    start = date(2005, 4, 1)
    for name in METHODS_ZH:
        assert np.array_equal(told[start].told[name].chance, cut[start].told[name].chance)


def test_nothing_is_corrected_where_too_little_was_known(study: DriftStudy) -> None:
    first = study.quarters[0].told[BY_COHORT].recalibration
    assert first is not None
    assert (first.kind, first.labels) == (RecalibrationKind.none, 0)
    with pytest.raises(StudyError, match="no quarter has 100 rows known to be bad"):
        drift_study(history(rows=400), CONFIG, 1, fit_rates)


def test_bad_rows_without_a_day_are_counted_and_said() -> None:
    table = history()
    assert table.outcome_on is not None
    undated = np.arange(len(table)) % 4 == 0
    found = drift_study(
        replace(table, outcome_on=np.where(undated, np.datetime64("NaT"), table.outcome_on)), CONFIG, 1, fit_rates
    )
    assert found.undated == int((undated & (table.label == 1)).sum())
    assert any("too low" in line for line in found.lines())


def test_weights_count_in_rates_and_scores() -> None:
    table = history()
    assert table.label is not None
    weighted = replace(table, weight=np.where(table.label == 1, 1.0, 5.0))
    plain, found = (walk(one, CONFIG, 1, fit_rates)[1][-1] for one in (table, weighted))
    assert found.rate == pytest.approx(plain.rate / (plain.rate + 5 * (1 - plain.rate)), rel=0.1)
    assert found.told[REFITTED].chance.mean() < plain.told[REFITTED].chance.mean() / 3


def test_the_report_says_all_of_it(study: DriftStudy) -> None:
    lines = study.lines()
    text = "\n".join(lines)
    assert "bad within 12 months" in text
    assert f"fitted once, on {study.quarters[0].first_on}" in text
    assert not any("too low" in line for line in lines)
    assert "the last quarter: kind 0.0" in text
    assert sum(line.startswith("200") for line in lines) == len(study.quarters)
    for name, zh in METHODS_ZH.items():
        assert f"{zh} {name}: Brier" in text
    document = json.loads(json.dumps(study.as_json()))
    assert document["horizon_months"] == HORIZON
    assert len(document["quarters"]) == len(study.quarters)
    assert set(document["methods"]) == set(METHODS_ZH)


def test_the_order_of_rows_changes_nothing(study: DriftStudy) -> None:
    table = history()
    order = np.random.default_rng(1).permutation(len(table))
    _, found = walk(table.take(order), CONFIG, 1, fit_rates)
    for one, other in zip(study.quarters, found, strict=True):
        assert one.rate == pytest.approx(other.rate)
        for name in METHODS_ZH:
            assert one.told[name].brier == pytest.approx(other.told[name].brier)
