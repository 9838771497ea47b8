"""Loans after they were drawn: which of them stand without arrears on a month's last day, and what became of them.

A row is a loan on a month's last day on which, by what was known that day, it is drawn, not paid back and not a day
past due. Its state comes from reports known by that day, its outcome from reports known on a later day of asking.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import pyarrow as pa

from features.columns import AS_OF, DRAWN_ON, DUE_ON, ENTERPRISE, LOAN_NO, LOANS
from features.engine import Sources, build_profiles, open_engine
from features.newest import NEWEST_KNOWN_ON, newest_known

DEFAULT_MONTHS: Final = "default_months"
SEEN_MONTHS: Final = "seen_months"
MISSED_ON: Final = "missed_on"

_STATEMENT = Path(__file__).with_name("sql").joinpath("watch.sql").read_text(encoding="utf-8")
_DAY, _INT = pa.date32(), pa.int64()
_COLUMNS: list[tuple[str, pa.DataType]] = [
    (ENTERPRISE, pa.string()),
    (LOAN_NO, pa.string()),
    (AS_OF, _DAY),
    (DRAWN_ON, _DAY),
    (DUE_ON, _DAY),
    (NEWEST_KNOWN_ON, _DAY),
    ("age_months", _INT),
    ("months_to_due", _INT),
    ("balance_ratio", pa.float64()),
    ("annual_rate_ppm", _INT),
    ("late_reports", _INT),
    ("worst_days_past_due", _INT),
    (DEFAULT_MONTHS, _INT),
    (SEEN_MONTHS, _INT),
    (MISSED_ON, _DAY),
]
WATCHED: Final = pa.schema(_COLUMNS)


@dataclass(frozen=True, slots=True)
class Watch:
    """Loans without arrears by month's end, with their firms' profiles on that day and at drawdown.

    `loans` has the schema `WATCHED`, in order of enterprise, loan and day. `default_months` counts the months from the
    day to the month-end report that shows the default (1 where it had come by then and was not known), null where none
    is known; `seen_months` the months that can be told of; `missed_on` is the first missed payment of that default.
    `profiles` holds every pair of enterprise and such a day once, with `newest_known_on`.
    """

    loans: pa.Table
    profiles: pa.Table


def watched_loans(sources: Sources, days: Sequence[date], as_of: date) -> pa.Table:
    """Return the loans to watch on each of the days, with their outcome as known on `as_of` (schema `WATCHED`).

    There are none where `sources` does not bind the table of loans.
    """
    with open_engine() as connection:
        if LOANS not in sources.bind(connection):
            return WATCHED.empty_table()
        connection.register("given_days", pa.table({"day": pa.array(sorted(set(days)), pa.date32())}))
        connection.execute("CREATE TEMP TABLE watch_days AS SELECT day FROM given_days")
        connection.execute("CREATE TEMP TABLE asked_day AS SELECT ?::DATE AS day", [as_of])
        found: pa.Table = connection.sql(_STATEMENT).to_arrow_table()
    return found.cast(WATCHED).combine_chunks()


def watch(sources: Sources, days: Sequence[date], as_of: date, *, threads: int | None = None) -> Watch:
    """Return the loans to watch on each of the days, their outcome as known on `as_of`, and their firms' profiles."""
    return with_profiles(sources, watched_loans(sources, days, as_of), threads=threads)


def with_profiles(sources: Sources, loans: pa.Table, *, threads: int | None = None) -> Watch:
    """Return watched loans (schema `WATCHED`) with their firms' profiles on the day and at drawdown."""
    on_day = loans.select([ENTERPRISE, AS_OF])
    drawn = loans.select([ENTERPRISE, DRAWN_ON]).rename_columns([ENTERPRISE, AS_OF])
    pairs = pa.concat_tables([on_day, drawn])
    profiles = build_profiles(sources, pairs, threads=threads)
    newest = newest_known(sources, pairs).column(NEWEST_KNOWN_ON)
    return Watch(loans, profiles.append_column(NEWEST_KNOWN_ON, newest))


def month_ends(first: date, last: date) -> list[date]:
    """Return the last days of months from `first` to `last`, both included where they are such days."""
    found, day = [], _month_end(first)
    while day <= last:
        found.append(day)
        day = _month_end(day + timedelta(days=1))
    return found


def first_report(sources: Sources, as_of: date) -> date | None:
    """Return the first day on which a report of a loan was known, by `as_of`, or None where there is none."""
    with open_engine() as connection:
        if LOANS not in sources.bind(connection):
            return None
        asked = "SELECT min(known_on) FROM loans WHERE known_on <= ?"
        row = connection.execute(asked, [as_of]).fetchone()
    found: date | None = None if row is None else row[0]
    return found


def _month_end(day: date) -> date:
    following = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return following - timedelta(days=1)
