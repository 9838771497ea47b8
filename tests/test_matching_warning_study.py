"""A warning judged on months it never saw: found where something tells, and changed by nothing that was known later."""

from datetime import date, timedelta
from functools import cache

import numpy as np
import pyarrow as pa
import pytest
from fact_rows import sources
from province_worlds import facts
from watched_worlds import END, known_by, watched_world

from features.columns import KNOWN_ON, SUPERSEDED_ON
from features.engine import ArrowSources
from features.watch import WATCHED, month_ends, watch
from matching.province.warning_study import study_of
from models.errors import NotEnoughOutcomesError, TrainingTableError
from models.warning_held_out import JudgedWarning, held_out_months
from models.warning_metrics import AUC, IN_TIME, LEAD, PRECISION
from models.warning_rows import watch_rows


@cache
def judged(*, tells: bool = True) -> JudgedWarning:
    return study_of(sources(watched_world(tells=tells)), END, 1, threads=1)


def test_what_tells_before_is_found_in_later_months_with_days_to_spare() -> None:
    report = judged().within_12m
    found = {name: one.estimate for name, one in report.figures[judged().model.kind].items()}
    assert found[PRECISION] > report.base_rate
    assert found[AUC] > 0.6
    assert found[IN_TIME] > 0.5
    assert found[LEAD[1]] > 0
    assert judged().beats_chance


def test_where_nothing_tells_the_figures_say_so() -> None:
    other = judged(tells=False)
    figures = other.within_12m.figures[other.model.kind]
    assert figures[AUC].low < 0.6
    assert figures[AUC].estimate < judged().within_12m.figures[judged().model.kind][AUC].estimate


def test_the_months_held_out_are_the_last_whose_year_is_reported() -> None:
    held_out = judged().held_out
    # The newest report known on 30 June 2026 is of May.
    assert held_out.last == date(2025, 5, 31)
    assert (held_out.first, held_out.cutoff) == (date(2024, 12, 31), date(2024, 11, 30))
    assert judged().within_12m.months == tuple(str(day) for day in month_ends(held_out.first, held_out.last))
    assert judged().model.training.last_day <= held_out.cutoff


def test_what_is_known_later_changes_nothing_of_a_study_as_of_a_day() -> None:
    day = END - timedelta(days=50)
    whole, cut = (
        study_of(sources(rows), day, 1, threads=1) for rows in (watched_world(), known_by(watched_world(), day))
    )
    assert whole.as_json() == cut.as_json()
    assert whole.model.inputs == cut.model.inputs
    assert judged().held_out != whole.held_out


def test_the_fit_knows_no_outcome_that_was_learnt_after_the_cutoff() -> None:
    """With every report known after the cutoff altered, the model is the same; only what judges it differs."""
    cutoff = judged().held_out.cutoff
    sound = [
        {**one, "days_past_due": 0} if name == "loans" and one[KNOWN_ON] > cutoff and number % 2 else one
        for name, some in watched_world().items()
        if name == "loans"
        for number, one in enumerate(some)
    ]
    other = study_of(sources({**watched_world(), "loans": sound}), END, 1, threads=1)
    assert other.held_out == judged().held_out
    assert other.model.training == judged().model.training
    assert other.model.metrics["choice"] == judged().model.metrics["choice"]
    assert other.within_12m != judged().within_12m


def test_rows_of_a_province_hold_what_was_known_that_day_and_nothing_else() -> None:
    cutoff = date(2025, 2, 28)
    whole = facts(300)
    days = month_ends(date(2024, 9, 1), cutoff)
    known = {name: _known(table, cutoff) for name, table in whole.items()}
    one, other = (watch(ArrowSources(tables), days, cutoff, threads=1) for tables in (whole, known))
    assert one.loans.num_rows > 50
    assert one.loans.equals(other.loans)
    assert one.profiles.equals(other.profiles)
    watch_rows(one)


def test_a_row_that_tells_what_was_known_later_stops_the_fit() -> None:
    found = watch(sources(watched_world()), [date(2024, 12, 31)], END, threads=1)
    place = found.loans.schema.get_field_index("newest_known_on")
    late = pa.array([date(2025, 1, 10)] * found.loans.num_rows, pa.date32())
    with pytest.raises(TrainingTableError, match="known only after their day"):
        watch_rows(type(found)(found.loans.set_column(place, "newest_known_on", late), found.profiles))


def test_young_reports_and_few_defaults_are_said() -> None:
    with pytest.raises(NotEnoughOutcomesError, match="no loan to watch"):
        held_out_months(WATCHED.empty_table())
    with pytest.raises(NotEnoughOutcomesError, match="reports of loans span"):
        study_of(sources(watched_world()), date(2024, 12, 31), 1, threads=1)
    few = {**watched_world(), "loans": [one for one in watched_world()["loans"] if one["enterprise"] > "test:0064"]}
    with pytest.raises(NotEnoughOutcomesError, match="at least 10 enterprises"):
        study_of(sources(few), END, 1, threads=1)


def _known(table: pa.Table, day: date) -> pa.Table:
    """Return the rows known by the day, superseded only by what was known by it."""
    known = table.filter(np.asarray(table.column(KNOWN_ON).to_numpy() <= np.datetime64(day)))
    place = table.schema.get_field_index(SUPERSEDED_ON)
    told = [one if one is not None and one <= day else None for one in known.column(SUPERSEDED_ON).to_pylist()]
    return known.set_column(place, SUPERSEDED_ON, pa.array(told, pa.date32()))
