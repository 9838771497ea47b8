"""The learned order of an answer: the active ranker, what is granted of applications, and the counts as of the day.

The counts come from the match history of firms whose authorisation names model training, or that stand under a ground
for it, as known on the day asked about: an aggregate that moves from day to day without another training. They are kept
in memory per facts, firms and day, for they are the same for everybody who asks.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from threading import Lock
from typing import Any, Final, Generic, TypeVar

import orjson
import pyarrow as pa

from matching.choice_sets import match_affinity
from matching.choice_states import History
from matching.ranked import Ordering
from models.affinity import Affinity
from models.ranking_artifact import load_acceptance, load_ranker
from service.access import consent
from service.access.caller import COMMAND, Purpose
from service.access.consent import Permit
from service.store import consent_store
from service.store.engine import Session
from service.store.release_store import ModelVersion
from service.work import artifacts, releases
from service.work.catalogue import Catalogue, catalogue
from service.work.history import HISTORY, asked_segments, firms_of, match_history
from service.work.home import Home

# Days and catalogues asked about at once are few; a province's counts are some tens of megabytes.
_KEPT: Final = 4

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Counted:
    """The counts of a match history as known on a day, the digest of what was counted, and of how many firms."""

    affinity: Affinity
    digest: str
    firms: int


@dataclass(frozen=True, slots=True)
class Allowed:
    """Whose history may be counted, the digest of that, and the state of authorisations in which it was found."""

    permit: Permit
    digest: str
    version: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LearnedOrder:
    """What orders the pairs that fit of an answer, and what it rests on."""

    ranking: ModelVersion
    acceptance: ModelVersion | None
    ordering: Ordering
    counted: Counted
    allowed: "Allowed"

    def require_unchanged(self, session: Session) -> None:
        """Raise `ConsentChangedError` unless the same firms' history may still be counted."""
        if consent_store.version(session) != self.allowed.version:
            consent.require_unchanged(session, self.allowed.permit)

    def logged(self) -> Mapping[str, Any]:
        """Return what a log entry names of it."""
        return {
            "order_model": self.ranking.id,
            "acceptance_model": None if self.acceptance is None else self.acceptance.id,
            "match_history": self.counted.digest,
            "match_history_firms": self.counted.firms,
            "match_history_basis": self.allowed.digest,
        }


def learned_order(home: Home, products: Catalogue, as_of: date) -> LearnedOrder | None:
    """Return what orders an answer of a day; None without an active ranker, or where no match history is known."""
    ranking = artifacts.active(home, releases.RANKING, load_ranker)
    if ranking is None:
        return None
    acceptance = artifacts.active(home, releases.ACCEPTANCE, load_acceptance)
    allowed = allowed_history(home)
    counted = _counted(home, allowed, products, as_of)
    if counted is None:
        return None
    version, ranker = ranking
    chance = None if acceptance is None else acceptance[1]
    ordering = Ordering(ranker, counted.affinity, chance)
    return LearnedOrder(version, None if acceptance is None else acceptance[0], ordering, counted, allowed)


def make_ready(home: Home) -> None:
    """Read the active ranker and count what is known on the latest day, so that who asks first need not wait for it."""
    latest = home.facts.latest_known_on()
    if latest is None:
        return
    with home.database.read() as session:
        products = catalogue(session)
    learned_order(home, products, latest)


def allowed_history(home: Home) -> Allowed:
    """Return whose history may be counted today; asked anew only where an authorisation or a firm came or went."""
    with home.database.read() as session:
        key = (home.folder, home.today, consent_store.version(session))

        def ask() -> Allowed:
            permit = consent.permit(session, COMMAND, Purpose.model_training, home.today)
            return Allowed(permit, _basis(permit), key[2])

        return _permits.get(key, ask)


def _counted(home: Home, allowed: Allowed, products: Catalogue, as_of: date) -> Counted | None:
    key = (home.folder, home.facts.digest(), allowed.digest, products.digest, as_of)
    return _counts.get(key, lambda: _count(home, allowed.permit, products, as_of))


class Latest(Generic[T]):
    """The values made last, by key."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        self._kept: OrderedDict[Hashable, T] = OrderedDict()
        self._filling = Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the value of a key; one makes it while the others wait, for they would all make the same."""
        if (found := self._kept.get(key)) is not None:
            return found
        with self._filling:
            if key in self._kept:
                return self._kept[key]
            made = self._kept[key] = make()
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
            return made


_permits: Latest[Allowed] = Latest()
_counts: Latest[Counted | None] = Latest()


def _count(home: Home, permit: Permit, products: Catalogue, as_of: date) -> Counted | None:
    history = match_history(home, permit.access, as_of)
    if history is None or history.requests.num_rows == 0:
        return None
    profiles = asked_segments(home, permit.access, history)
    affinity = match_affinity(history, profiles, products.products, as_of)
    return Counted(affinity, _digest(history, profiles), firms_of(history))


def _digest(history: History, profiles: pa.Table) -> str:
    """Return the SHA-256 of what was counted; rows come in an order that follows from their content."""
    digest = hashlib.sha256()
    for table in (*(getattr(history, name) for name in HISTORY), profiles):
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table.combine_chunks())
        digest.update(memoryview(sink.getvalue()))
    return digest.hexdigest()


def _basis(permit: Permit) -> str:
    """Return the SHA-256 of the firms and tables that a permit opens, and of what it rests on."""
    said = [
        permit.authorisations,
        permit.grounds,
        [(grant.basis, sorted(grant.tables), grant.enterprises) for grant in permit.access.grants],
    ]
    return hashlib.sha256(orjson.dumps(said)).hexdigest()
