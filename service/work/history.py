"""A home's match history as a permit opens it, read through the door, with the profile of every firm that asked."""

from collections.abc import Iterator
from datetime import date
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from features.columns import AS_OF, ENTERPRISE, KNOWN_ON, ROW_ID
from features.engine import build_profiles
from features.history import known_rows
from features.newest import NEWEST_KNOWN_ON, newest_known
from features.tables import TABLES, stored_schema
from matching.choice_states import History, asked_pairs
from matching.segments import SEGMENT_COLUMNS
from service.store.facts import Access, Grant
from service.work.home import Home

HISTORY: Final = ("requests", "shown", "applications", "decisions")


def match_history(home: Home, access: Access, as_of: date) -> History | None:
    """Return all versions of the four tables known by a day of the firms whose grants open all four.

    The order of rows follows their content alone. None where no grant opens them or they were not delivered.
    """
    parts = list(_parts(home, access))
    if not parts:
        return None
    return History(*(_known(home, parts, name, as_of) for name in HISTORY))


def asked_profiles(home: Home, access: Access, history: History) -> pa.Table:
    """Return the profile of each firm of the history on each day it asked, with `newest_known_on`, in order of both.

    Each comes from the tables that the firm's grant opens, in one statement per grant.
    """
    asked = asked_pairs(history)
    found = [_profiles(home, grant, asked) for grant in _parts(home, access)]
    return pa.concat_tables(found).sort_by([(ENTERPRISE, "ascending"), (AS_OF, "ascending")])


def asked_segments(home: Home, access: Access, history: History) -> pa.Table:
    """Return, as `asked_profiles`, only what counts of earlier matches are kept by."""
    asked = asked_pairs(history)
    found = [
        build_profiles(home.facts.sources(grant), _asked_of(grant, asked), features=SEGMENT_COLUMNS)
        for grant in _parts(home, access)
    ]
    return pa.concat_tables(found).sort_by([(ENTERPRISE, "ascending"), (AS_OF, "ascending")])


def firms_of(history: History) -> int:
    """Return how many firms asked."""
    return len(pc.unique(history.requests.column(ENTERPRISE)))


def _parts(home: Home, access: Access) -> Iterator[Grant]:
    for whole in access.grants:
        yield from (part for part in home.facts.split(whole) if part.tables.issuperset(HISTORY))


def _known(home: Home, parts: list[Grant], name: str, as_of: date) -> pa.Table:
    schema = stored_schema(TABLES[name])
    rows = [known_rows(home.facts.sources(part), name, as_of).cast(schema) for part in parts]
    keys = [*TABLES[name].key, KNOWN_ON, ROW_ID]
    return pa.concat_tables(rows).sort_by([(key, "ascending") for key in keys]).combine_chunks()


def _profiles(home: Home, grant: Grant, asked: pa.Table) -> pa.Table:
    mine, sources = _asked_of(grant, asked), home.facts.sources(grant)
    profiles = build_profiles(sources, mine)
    return profiles.append_column(NEWEST_KNOWN_ON, newest_known(sources, mine).column(NEWEST_KNOWN_ON))


def _asked_of(grant: Grant, asked: pa.Table) -> pa.Table:
    return asked.filter(pc.is_in(asked.column(ENTERPRISE), value_set=pa.array(grant.enterprises or (), pa.string())))
