"""The learned order of an answer: the active ranker, what is granted of applications, and the counts as of the day.

The counts come from the match history of firms whose authorisation names model training, or that stand under a ground
for it, as known on the day asked about: an aggregate that moves from day to day without another training. They are kept
in memory per facts, firms and day, for they are the same for everybody who asks.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Any, Final

import orjson
import pyarrow as pa

from matching.choice_sets import match_affinity
from matching.choice_states import History
from matching.ranked import Ordering
from models.acceptance import Acceptance
from models.affinity import Affinity
from models.ranker import Ranker
from models.ranking_artifact import load_acceptance, load_ranker
from service.access import consent
from service.access.caller import COMMAND, Purpose
from service.access.consent import Permit
from service.store.engine import Session
from service.store.release_store import ModelVersion
from service.work import artifacts, releases
from service.work.catalogue import Catalogue
from service.work.history import HISTORY, asked_segments, firms_of, match_history
from service.work.home import Home

# Days and catalogues asked about at once are few; a province's counts are some tens of megabytes.
_KEPT: Final = 4


@dataclass(frozen=True, slots=True)
class Counted:
    """The counts of a match history as known on a day, the digest of what was counted, and of how many firms."""

    affinity: Affinity
    digest: str
    firms: int


@dataclass(frozen=True, slots=True)
class LearnedOrder:
    """What orders the pairs that fit of an answer, and what it rests on."""

    ranking: ModelVersion
    acceptance: ModelVersion | None
    ordering: Ordering
    counted: Counted
    permit: Permit

    def require_unchanged(self, session: Session) -> None:
        """Raise `ConsentChangedError` unless the same firms' history may still be counted."""
        consent.require_unchanged(session, self.permit)

    def logged(self) -> Mapping[str, Any]:
        """Return what a log entry names of it."""
        return {
            "order_model": self.ranking.id,
            "acceptance_model": None if self.acceptance is None else self.acceptance.id,
            "match_history": self.counted.digest,
            "match_history_firms": self.counted.firms,
            "match_history_basis": _basis(self.permit),
        }


def learned_order(home: Home, products: Catalogue, as_of: date) -> LearnedOrder | None:
    """Return what orders an answer of a day; None without an active ranker, or where no match history is known."""
    ranking = artifacts.active(home, releases.RANKING, load_ranker)
    if ranking is None:
        return None
    acceptance = artifacts.active(home, releases.ACCEPTANCE, load_acceptance)
    with home.database.read() as session:
        permit = consent.permit(session, COMMAND, Purpose.model_training, home.today)
    counted = _counted(home, permit, products, as_of)
    if counted is None:
        return None
    return _ordered(ranking, acceptance, counted, permit)


def _ordered(
    ranking: tuple[ModelVersion, Ranker],
    acceptance: tuple[ModelVersion, Acceptance] | None,
    counted: Counted,
    permit: Permit,
) -> LearnedOrder:
    version, ranker = ranking
    if acceptance is None:
        return LearnedOrder(version, None, Ordering(ranker, counted.affinity), counted, permit)
    ordering = Ordering(ranker, counted.affinity, acceptance[1])
    return LearnedOrder(version, acceptance[0], ordering, counted, permit)


_Key = tuple[Path, str, str, str, date]
_kept: OrderedDict[_Key, Counted | None] = OrderedDict()
# One fills the memory while the others wait: they would all count the same.
_filling = Lock()


def _counted(home: Home, permit: Permit, products: Catalogue, as_of: date) -> Counted | None:
    key = (home.folder, home.facts.digest(), _basis(permit), products.digest, as_of)
    with _filling:
        if key not in _kept:
            _kept[key] = _count(home, permit, products, as_of)
        _kept.move_to_end(key)
        while len(_kept) > _KEPT:
            _kept.popitem(last=False)
        return _kept[key]


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
