"""What advice needs of one firm beyond its profile: its columns on days to come, and when a penalty may be repaired."""

from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from features.columns import AS_OF, DECIDED_ON, ENTERPRISE, GRADE, PENALTIES, PUBLICITY_UNTIL
from features.dictionary import FEATURES
from features.engine import Sources, build_profiles, open_engine
from features.frozen import FrozenSources
from matching.acts import Acts
from matching.counterfactual_clauses import Row, Value, months_first
from matching.counterfactual_paths import Path, path_of
from matching.counterfactual_question import Situation
from matching.criteria import EPOCH
from service.store.facts import Access
from service.work.home import Home
from service.work.profile import rows

MONTHS_PER_YEAR = 12
#: The act whose first day follows from penalties, which no column holds.
REPAIR = "repair_penalty"


def firm_facts(home: Home, access: Access, firm: str, as_of: date, acts: Acts) -> Situation:
    """Return a firm's row, its paths over the horizon, and when acts can start, from what the access opens.

    The days to come are computed by the same definitions as every profile, over the facts as known on `as_of`.
    """
    row = stored_row(rows(home, access, as_of))
    parts = [part for grant in access.grants for part in home.facts.split(grant) if firm in (part.enterprises or ())]
    paths: dict[str, Path] = {}
    starts: dict[str, int] = {}
    for part in parts:
        sources = FrozenSources(home.facts.sources(part), as_of)
        paths |= waiting_paths(sources, firm, as_of, row, acts)
        starts |= repair_start(sources, as_of, acts)
    return Situation(row, (as_of - EPOCH).days, paths, starts)


def stored_row(profile: pa.Table) -> dict[str, Value]:
    """Return the one row of a table of profiles as advice reads it: days since 1970, nothing where missing."""
    (found,) = profile.to_pylist()
    return {name: value for name in found if name in FEATURES and (value := _stored(found[name])) is not None}


def waiting_paths(sources: Sources, firm: str, as_of: date, row: Row, acts: Acts) -> dict[str, Path]:
    """Return how the columns that time moves stand on each day of the horizon, as far as facts known today say."""
    days = [as_of + timedelta(days=number) for number in range(1, acts.horizon_days + 1)]
    asked = pa.table({ENTERPRISE: pa.array([firm] * len(days)), AS_OF: pa.array(days, pa.date32())})
    profiles = build_profiles(sources, asked, features=acts.waits, threads=1)
    found = {}
    for name in acts.waits:
        values = {number: _stored(value) for number, value in enumerate(profiles.column(name).to_pylist(), start=1)}
        path = path_of(values, row.get(name))
        if path is not None and row.get(name) is not None:
            found[name] = path
    return found


def repair_start(sources: Sources, as_of: date, acts: Acts) -> dict[str, int]:
    """Return in how many days every penalty in publicity may be repaired, nothing where there is none."""
    with open_engine(1) as connection:
        if PENALTIES not in sources.bind(connection):
            return {}
        open_penalties = connection.sql(
            f"SELECT {GRADE}, {DECIDED_ON} FROM {PENALTIES}"  # noqa: S608 (names of the contract alone)
            f" WHERE {PUBLICITY_UNTIL} IS NULL OR {PUBLICITY_UNTIL} >= DATE '{as_of.isoformat()}'"
        ).fetchall()
    starts = [_after_months(decided, acts.least_publicity_months.get(grade)) for grade, decided in open_penalties]
    known = [start for start in starts if start is not None]
    if not starts or len(known) < len(starts):
        return {}
    return {REPAIR: max(0, max(known) - (as_of - EPOCH).days)}


def _after_months(day: date, months: int | None) -> int | None:
    if months is None:
        return None
    later = day.year * MONTHS_PER_YEAR + day.month - 1 + months
    return min(months_first(later) + day.day - 1, months_first(later + 1))


def _stored(value: Any) -> Value:  # noqa: ANN401 (a cell of a profile)
    if isinstance(value, date):
        return (value - EPOCH).days
    if isinstance(value, float) and value != value:  # noqa: PLR0124 (a double that is no number is missing)
        return None
    return value if isinstance(value, int | float | str) else None
