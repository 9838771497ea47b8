"""Profiles of a home: computed through the door for what a permit opens, kept as the snapshot of a day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from features.columns import AS_OF, ENTERPRISE
from features.dictionary import FEATURES, dictionary_hash
from features.engine import build_profiles
from features.profile import profile_hash
from service.access import consent
from service.access.caller import Caller
from service.audit.tags import Tag
from service.errors import BadRequestError, NothingToDoError
from service.store import log_store, release_store
from service.store.facts import Access
from service.store.release_store import Snapshot
from service.work.home import Home


@dataclass(frozen=True, slots=True)
class Built:
    """The snapshot that was built."""

    as_of: date
    enterprises: int
    features: int
    hash: str

    def as_json(self) -> dict[str, Any]:
        """Return the result as one JSON document."""
        return {
            "as_of": self.as_of.isoformat(),
            "enterprises": self.enterprises,
            "features": self.features,
            "hash": self.hash,
        }


def known_day(home: Home, as_of: date | None) -> date:
    """Return the day asked, preset: the latest `known_on`.

    Raises `NothingToDoError` where the home has no facts, `BadRequestError` for a day to come: of it nothing is known,
    and silence would read as no sales.
    """
    if as_of is not None and as_of > home.today:
        raise BadRequestError(f"数据时点 {as_of} 晚于今天。", f"The day {as_of} is still to come.")
    latest = home.facts.latest_known_on()
    if latest is None:
        raise NothingToDoError(
            "还没有任何数据，请先运行 rongqiao ingest。", "This home has no facts yet; run rongqiao ingest first."
        )
    return as_of or latest


def build(home: Home, caller: Caller, as_of: date | None = None) -> Built:
    """Build and keep all profiles as of a day: of each firm, all that its grounds and authorisations allow."""
    as_of = known_day(home, as_of)
    with home.database.read() as session:
        permit = consent.platform_permit(session, home.today)
    enterprises = [name for grant in permit.access.grants for name in grant.enterprises or ()]
    profiles = compute(home, permit.access, asked_on(enterprises, as_of))
    snapshot = Snapshot(as_of, profile_hash(profiles), home.facts.digest(), dictionary_hash(), profiles.num_rows)
    home.facts.write_profiles(as_of, profiles, permit.access)
    with home.database.write() as session:
        release_store.put_snapshot(session, snapshot)
        body = {
            "as_of": as_of.isoformat(),
            "hash": snapshot.hash,
            "facts": snapshot.facts,
            "enterprises": snapshot.enterprises,
        }
        log_store.append(session, Tag.snapshot_built, home.now(), caller.log_name, None, body)
    return Built(as_of, profiles.num_rows, len(FEATURES), snapshot.hash)


def asked_on(enterprises: Iterable[str], as_of: date) -> pa.Table:
    """Return the asked pairs of enterprises and one day, in order of id."""
    names = sorted(enterprises)
    return pa.table({ENTERPRISE: pa.array(names, pa.string()), AS_OF: pa.array([as_of] * len(names), pa.date32())})


def texts(column: "pa.ChunkedArray[Any]") -> list[str]:
    """Return a column of text without nulls as strings."""
    return [str(one) for one in column.to_pylist()]


def compute(home: Home, access: Access, asked: pa.Table) -> pa.Table:
    """Compute the profiles of the asked pairs, each from the tables its grant opens, in order of (enterprise, as_of).

    An asked enterprise that no grant names gets no row.
    """
    parts = []
    for grant in (part for whole in access.grants for part in home.facts.split(whole)):
        names = pa.array(grant.enterprises or (), pa.string())
        mine = asked.filter(pc.is_in(asked.column(ENTERPRISE), value_set=names))
        if mine.num_rows:
            parts.append(build_profiles(home.facts.sources(grant), mine))
    if not parts:
        raise NothingToDoError("没有可以读取的企业。", "There is no enterprise that may be read.")
    return pa.concat_tables(parts).sort_by([(ENTERPRISE, "ascending"), (AS_OF, "ascending")])


def rows(home: Home, access: Access, as_of: date) -> pa.Table:
    """Return the profiles as of a day of all firms in `access`, from the snapshot where it is current, else computed.

    Either way a firm's row holds what its grant opens and no more; both give the same values.
    """
    enterprises = [name for grant in access.grants for name in grant.enterprises or ()]
    with home.database.read() as session:
        kept = release_store.snapshot(session, as_of)
    if kept is not None and (kept.facts, kept.dictionary) == (home.facts.digest(), dictionary_hash()):
        found = home.facts.read_profiles(access, as_of)
        if found is not None and found.num_rows:
            return _completed(home, access, found, enterprises, as_of)
    return compute(home, access, asked_on(enterprises, as_of))


def _completed(home: Home, access: Access, found: pa.Table, enterprises: Iterable[str], as_of: date) -> pa.Table:
    """Return the kept profiles with those computed that are not kept, or were kept when less was open."""
    lacking = set(enterprises) - set(texts(found.column(ENTERPRISE)))
    if not lacking:
        return found
    computed = compute(home, access, asked_on(lacking, as_of))
    return pa.concat_tables([found, computed]).sort_by([(ENTERPRISE, "ascending"), (AS_OF, "ascending")])
