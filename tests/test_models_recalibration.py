"""Recalibration with what was known on a day: counted by hand, nothing from too few, and no outcome before its day."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import StudyError
from models.known_labels import DAYS_A_MONTH, dated_outcomes, months_after
from models.logistic import probability
from models.recalibration import (
    LEAST_BAD,
    RecalibrationKind,
    development,
    log_odds,
    promised,
    recalibrate,
    recalibrate_by_hazard,
)
from models.study_table import StudyRows

NAN = float("nan")


def outcomes(bad: int, good: int) -> np.ndarray:
    return np.repeat([1.0, 0.0], [bad, good])


def test_too_few_bad_outcomes_change_nothing() -> None:
    chance = np.full(500, 0.01)
    found = recalibrate(outcomes(LEAST_BAD - 1, 501 - LEAST_BAD), chance)
    assert (found.kind, found.labels, found.bad) == (RecalibrationKind.none, 500, LEAST_BAD - 1)
    assert found.chance(chance) is chance
    assert "500" in found.zh
    assert "19 of them bad" in found.en


def test_some_move_the_intercept_to_the_rate_seen() -> None:
    chance = np.full(200, 0.05)
    found = recalibrate(outcomes(40, 160), chance)
    assert (found.kind, found.slope) == (RecalibrationKind.intercept, 1.0)
    assert found.chance(chance) == pytest.approx(0.2, abs=1e-9)
    assert found.intercept == pytest.approx(np.log(0.25) - np.log(0.05 / 0.95))


def test_weights_count() -> None:
    chance = np.full(200, 0.05)
    found = recalibrate(outcomes(40, 160), chance, np.repeat([1.0, 4.0], [40, 160]))
    assert found.chance(chance) == pytest.approx(40 / 680, abs=1e-9)


def test_many_recover_the_line_that_made_them() -> None:
    generator = np.random.default_rng(3)
    chance = generator.uniform(0.02, 0.4, 60_000)
    true = probability(0.7 + 1.3 * log_odds(chance))
    found = recalibrate((generator.random(60_000) < true).astype(float), chance)
    assert found.kind is RecalibrationKind.line
    assert (found.intercept, found.slope) == pytest.approx((0.7, 1.3), abs=0.06)
    assert np.all(np.diff(found.chance(np.linspace(0, 1, 50))) >= 0)


def test_a_line_that_would_turn_the_order_round_is_not_taken() -> None:
    chance = np.repeat([0.1, 0.3], 1000)
    found = recalibrate(np.r_[outcomes(300, 700), outcomes(100, 900)], chance)
    assert found.kind is RecalibrationKind.intercept
    assert found.chance(chance).mean() == pytest.approx(0.2)


def test_a_line_keeps_the_total_whatever_the_scores() -> None:
    generator = np.random.default_rng(6)
    for spread in (0.1, 0.5, 2.0):
        chance = probability(-3.2 + spread * generator.normal(size=3_000))
        weight = generator.uniform(0.5, 5.0, 3_000)
        bad = (generator.random(3_000) < np.minimum(3 * chance, 0.9)).astype(float)
        found = recalibrate(bad, chance, weight)
        assert found.kind is RecalibrationKind.line
        assert (weight * found.chance(chance)).sum() == pytest.approx((weight * bad).sum(), rel=1e-6)


# By rate


def test_development_by_hand() -> None:
    # Ten rows watched for 4 months: bad in months 1 and 3; two more for 2 months alone, one bad in month 2.
    age_bad = np.r_[0.5, 3.0, np.full(8, NAN), 1.5, NAN]
    seen = np.r_[np.full(10, 4.0), 2.0, 2.0]
    found = development(age_bad, seen, 4)
    assert found is not None
    survival = np.cumprod([1 - 1 / 12, 1 - 1 / 11, 1 - 1 / 9, 1.0])
    assert found.by_age == pytest.approx(np.r_[0, 1 - survival] / (1 - survival[-1]))
    assert found.share(np.array([-1.0, 0.5, 9.0])) == pytest.approx([0, found.by_age[1] / 2, 1])


def test_without_a_bad_outcome_nothing_develops() -> None:
    assert development(np.full(5, NAN), np.full(5, 9.0), 6) is None


def test_what_is_promised_between_two_ages_by_hand() -> None:
    growth = development(np.r_[0.5, 1.5, np.full(8, NAN)], np.full(10, 2.0), 2)
    assert growth is not None
    assert growth.by_age == pytest.approx([0, 0.5, 1])
    found = promised(np.array([0.2, 0.2]), (np.array([0.0, 1.0]), np.array([1.0, 2.0])), growth)
    # Half of .2 in the first month; of those left (.9) the other .1 in the second.
    assert found == pytest.approx([0.1, 0.1 / 0.9])


def test_open_rows_recalibrate_long_before_their_horizon() -> None:
    generator = np.random.default_rng(4)
    rows, horizon, true = 20_000, 24, 0.12
    age = generator.uniform(0, 18, rows)  # none of them has had its horizon
    turns = np.where(generator.random(rows) < true, generator.uniform(0, horizon, rows), NAN)
    begun = np.maximum(age - 6, 0)
    at_risk = ~(turns <= begun)
    bad = (turns <= age).astype(float)[at_risk]
    growth = development(np.linspace(0.01, 24, 500), np.full(500, 24.0), horizon)
    assert growth is not None
    even = type(growth)(np.linspace(0, 1, horizon + 1))
    chance = np.full(int(at_risk.sum()), 0.03)
    found = recalibrate_by_hazard(chance, (begun[at_risk], age[at_risk]), bad, even)
    assert found.kind is RecalibrationKind.hazard
    assert found.chance(chance)[0] == pytest.approx(true, abs=0.01)
    few = recalibrate_by_hazard(chance[:50], (begun[:50], age[:50]), bad[:50], even)
    assert few.kind is RecalibrationKind.none


# What was known


def rows(days: list[str], labels: list[float], known: list[str]) -> StudyRows:
    return StudyRows(
        keys=np.array([str(number) for number in range(len(days))], dtype=object),
        levels={},
        numbers={},
        day=np.array(days, dtype="datetime64[D]"),
        label=np.array(labels),
        outcome_on=np.array(known, dtype="datetime64[D]"),
    )


def test_a_row_is_bad_within_its_horizon_and_certain_after_it() -> None:
    table = rows(
        ["2001-01-31"] * 5 + ["NaT"],
        [1, 1, 0, 0, 1, 1],
        ["2001-02-28", "2001-03-01", "NaT", "2001-02-01", "NaT", "2001-02-01"],
    )
    found = dated_outcomes(table, 1)
    assert found.bad.tolist() == [1, 0, 0, 0]  # a good row with a day stays good; two rows cannot be placed in time
    assert (found.left_out, found.undated) == (2, 1)
    assert found.due.astype(str).tolist() == ["2001-02-28"] * 4
    assert not found.mature(np.datetime64("2001-02-28")).any()
    assert found.mature(np.datetime64("2001-03-01")).all()
    at = found.age_bad(np.datetime64("2001-03-01"))
    assert at[0] == pytest.approx(28 / DAYS_A_MONTH)
    assert np.isnan(at[1:]).all()  # the second became bad that very day: the day before nobody knew


def test_a_bad_day_before_the_row_itself_is_no_day() -> None:
    found = dated_outcomes(rows(["2001-05-01"] * 2, [1, 1], ["2001-04-30", "2001-05-01"]), 12)
    assert (len(found.rows), found.undated) == (1, 1)


def test_without_a_dated_bad_row_there_is_nothing_to_learn() -> None:
    with pytest.raises(StudyError, match="bad on a day of its own"):
        dated_outcomes(rows(["2001-05-01"], [1], ["NaT"]), 12)
    with pytest.raises(StudyError, match="outcome_known"):
        dated_outcomes(StudyRows(np.array(["1"], dtype=object), {}, {}, label=np.zeros(1)), 12)


@settings(max_examples=50, deadline=None)
@given(st.dates(), st.integers(-200, 200))
def test_months_later_is_the_same_day_or_the_months_last(day: object, months: int) -> None:
    start = np.array([day], dtype="datetime64[D]")
    later = months_after(start, months)
    assert (later.astype("datetime64[M]") - start.astype("datetime64[M]")).astype(int)[0] == months
    within = [int(str(one[0])[-2:]) for one in (start, later)]
    assert within[0] == within[1] or (within[1] < within[0] and within[1] >= 28)
