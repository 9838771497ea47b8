"""What the rows of a match study have in common: the kinds of segment that are counted, chosen by rule.

* Places, coarse to fine, each keyed by the first level and itself. A category that lies within the first level (a
  district of a state) is a place too; places stand in order of how many there are.
* Attributes: the industry's levels coarse to fine, each other category, and the amount and numbers by bands.
* Crossings: every attribute within the first place level, and the coarsest level of each within a middle one.

A missing value is a segment like others. A level never seen has no counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from models.metrics import Floats
from models.option_counts import Hashes, Ints, joined
from models.study_config import StudyConfig
from models.study_table import StudyRows

#: Columns of one kind of segment, for instance state and city.
Kind = tuple[str, ...]

BANDS = 14  # of the amount; of every other number half as many
NESTED_SHARE = 0.95  # of rows that share the first place level of most rows of their category: it is a place
MIDDLE_ROWS = 200  # rows per segment and up: crossed with attributes a middle place still has some in each
_MISSING = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Segments:
    """The kinds of segment of a study. `edges` bound the bands of each number."""

    places: tuple[Kind, ...]
    attributes: tuple[tuple[str, ...], ...]  # each a chain, coarse to fine
    middle: Kind | None
    edges: Mapping[str, tuple[float, ...]]
    amount: str | None
    numbers: tuple[str, ...]

    @property
    def singles(self) -> tuple[str, ...]:
        """Every attribute."""
        return tuple(name for chain in self.attributes for name in chain)

    @property
    def crossings(self) -> tuple[Kind, ...]:
        """Attributes within the first place level, then within the middle one."""
        first = tuple((*self.places[0], name) for name in self.singles) if self.places else ()
        middle = tuple((*self.middle, chain[0]) for chain in self.attributes) if self.middle else ()
        return first + middle

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Every kind that is counted."""
        return (*self.places, *((name,) for name in self.singles), *self.crossings)

    def hashes(self, rows: StudyRows) -> dict[str, Hashes]:
        """Return a hash per row of each column that a kind reads."""
        named = dict.fromkeys(name for kind in self.kinds for name in kind)
        return {name: self._hashed(rows, name) for name in named}

    def as_json(self) -> dict[str, Any]:
        """Return what `from_json` reads."""
        return {
            "places": self.places,
            "attributes": self.attributes,
            "middle": self.middle,
            "edges": dict(self.edges),
            "amount": self.amount,
            "numbers": self.numbers,
        }

    @classmethod
    def from_json(cls, held: Mapping[str, Any]) -> "Segments":
        """Return the segments that were stored."""
        return cls(
            places=tuple(tuple(kind) for kind in held["places"]),
            attributes=tuple(tuple(chain) for chain in held["attributes"]),
            middle=None if held["middle"] is None else tuple(held["middle"]),
            edges={name: tuple(edges) for name, edges in held["edges"].items()},
            amount=held["amount"],
            numbers=tuple(held["numbers"]),
        )

    def _hashed(self, rows: StudyRows, name: str) -> Hashes:
        if name in self.edges:
            return _number_hashes(rows.numbers[name], self.edges[name])
        return _level_hashes(rows.levels[name])


def hash_of(hashes: Mapping[str, Hashes], kind: Kind) -> Hashes:
    """Return the hash of each row's segment of a kind."""
    return joined([hashes[name] for name in kind])


def choose_segments(rows: StudyRows, config: StudyConfig) -> Segments:
    """Return the kinds of segment that these rows bear."""
    columns = config.columns
    inside = [name for name in columns.categories if columns.place and _is_place(rows, columns.place[0], name)]
    chains = [columns.industry] if columns.industry else []
    chains += [(name,) for name in columns.categories if name not in inside]
    chains += [(name,) for name in columns.all_numbers]
    finer = {(columns.place[0], name): 0 for name in (*columns.place[1:], *inside)}
    for kind in finer:
        finer[kind] = _distinct(rows, kind)
    middle = [kind for kind, count in finer.items() if count * MIDDLE_ROWS <= len(rows)]
    return Segments(
        places=((columns.place[0],), *sorted(finer, key=finer.__getitem__)) if columns.place else (),
        attributes=tuple(chains),
        middle=max(middle, key=finer.__getitem__) if middle else None,
        edges={name: _edges(rows.numbers[name], name == columns.amount) for name in columns.all_numbers},
        amount=columns.amount,
        numbers=columns.numbers,
    )


def _is_place(rows: StudyRows, first: str, name: str) -> bool:
    outer, inner = rows.levels[first], rows.levels[name]
    if not len(rows) or len(np.unique(inner.codes)) <= len(np.unique(outer.codes)):
        return False
    pairs = inner.codes.astype(np.int64) * (len(outer.categories) + 1) + outer.codes
    found, counts = np.unique(pairs, return_counts=True)
    largest = pd.Series(counts).groupby(found // (len(outer.categories) + 1)).max()
    return bool(largest.sum() >= NESTED_SHARE * len(rows))


def _distinct(rows: StudyRows, kind: Kind) -> int:
    return len(np.unique(joined([_level_hashes(rows.levels[name]) for name in kind])))


def _edges(values: Floats, is_amount: bool) -> tuple[float, ...]:  # noqa: FBT001 (of one caller)
    known = np.sort(values[~np.isnan(values)])
    if not len(known):
        return ()
    bands = BANDS if is_amount else BANDS // 2
    places = np.arange(1, bands) * len(known) // bands
    return tuple(np.unique(known[places]).tolist())


def _level_hashes(column: pd.Categorical) -> Hashes:
    codes, levels = np.asarray(column.codes), column.categories
    if len(codes) < len(levels):  # few rows of a long list of levels: hash what they hold
        used, codes = np.unique(codes, return_inverse=True)
        levels = levels[used[used >= 0]]
        codes = codes - int(len(used) > 0 and used[0] < 0)
    texts = levels.to_numpy(dtype=object)
    known = pd.util.hash_array(texts, categorize=False) if len(texts) else np.empty(0, dtype=np.uint64)
    found: Hashes = np.append(known, _MISSING)[codes]
    return found


def _number_hashes(values: Floats, edges: tuple[float, ...]) -> Hashes:
    band: Ints = np.searchsorted(np.asarray(edges), values, side="right").astype(np.int64)
    known: Hashes = pd.util.hash_array(np.arange(len(edges) + 1))
    return np.append(known, _MISSING)[np.where(np.isnan(values), -1, band)]
