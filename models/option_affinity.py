"""Which options a request's segments take: shares by place with back-off, times ratios of its attributes.

    share(o | place) : from the widest level to the finest  (n(o, place) + m · wider share) ÷ (n(place) + m)
    ratio(o, value)  : from the coarsest level to the finest  (n(o, value) + k · coarser ratio) ÷ (e + k),
                       e = n(o) · n(value) ÷ n the count expected were the option like all
    affinity         = share · Π ratioᵗ, made to sum to 1 over the options of the request

which is naive Bayes over the attributes with the place's share for a prior (P(o) · Π P(v | o) ÷ P(v)). All counts are
decayed. An option never seen in the first place level has its share of all, for so long as it is among the largest of
all; without places the shares are of all options.

A request is looked up with others of its first place level, but every number of it is of its own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from models.metrics import Floats
from models.option_counts import Hashes, Ints
from models.option_segments import Segments, hash_of
from models.option_snapshot import LONG, MAIN, Snapshot

_AT_ONCE = 256  # requests of one place level; a matter of memory alone
_FAR = 100  # options that any request may be offered, the largest of all
_LEAST = 1e-12


@dataclass(frozen=True, slots=True)
class AffinitySettings:
    """How much a wider share weighs (in rows), by which half-lives counts fade, and how far ratios are trusted."""

    place_prior: float = 15.0
    ratio_prior: float = 8.0
    place_column: int = MAIN
    ratio_column: int = LONG
    ratio_power: float = 1.0
    first_prior: float = 5.0  # of the share of all options, at the first place level


@dataclass(frozen=True)
class Candidates:
    """Per request its best options, best first, and their affinity; option −1 and share 0 where there are fewer."""

    option: Ints
    share: Floats

    def __len__(self) -> int:
        """Return how many requests there are."""
        return len(self.option)


@dataclass(frozen=True)
class Asked:
    """Requests by place of each of their segments in the snapshot's counts."""

    first: Ints
    places: tuple[Ints, ...]  # of the finer place levels
    attributes: tuple[Ints, ...]  # per chain, requests × levels

    def take(self, rows: Ints) -> "Asked":
        """Return some requests."""
        places = tuple(place[rows] for place in self.places)
        return Asked(self.first[rows], places, tuple(chain[rows] for chain in self.attributes))


@dataclass(frozen=True)
class Affinity:
    """The counts-only ranker over one snapshot. `tie` orders options of equal affinity."""

    snapshot: Snapshot
    segments: Segments
    settings: AffinitySettings
    tie: Ints

    def __post_init__(self) -> None:
        """Find the share of all and the options that any request may be offered."""
        snapshot = self.snapshot
        known = snapshot.rows > 0
        # What has all but faded still counts a little, so that no option's share is nothing.
        share = snapshot.own[:, self.settings.place_column] + 1e-3 * snapshot.own[:, LONG] + 1e-6 * known
        object.__setattr__(self, "overall", share / max(float(share.sum()), _LEAST))
        largest = np.lexsort((self.tie, -share))
        object.__setattr__(self, "far", np.sort(largest[known[largest]][:_FAR] if self.segments.places else largest))
        object.__setattr__(self, "known", np.flatnonzero(known))

    overall: Floats = None  # type: ignore[assignment]
    far: Ints = None  # type: ignore[assignment]
    known: Ints = None  # type: ignore[assignment]

    def asked(self, hashes: Mapping[str, Hashes], count: int) -> Asked:
        """Return where the segments of requests stand in the counts."""
        of = self.snapshot.of
        places = [of[kind].segments(hash_of(hashes, kind)) for kind in self.segments.places]
        chains = [
            np.stack([of[name,].segments(hash_of(hashes, (name,))) for name in chain], axis=1)
            for chain in self.segments.attributes
        ]
        first = places[0] if places else np.zeros(count, dtype=np.int64)
        return Asked(first, tuple(places[1:]), tuple(chains))

    def top(self, asked: Asked, depth: int) -> Candidates:
        """Return the best options of each request, at most so many."""
        found = Candidates(np.full((len(asked.first), depth), -1), np.zeros((len(asked.first), depth)))
        for rows, options, share in self.shares(asked):
            best, worth = self._best(options, share, depth)
            found.option[rows, : best.shape[1]] = best
            found.share[rows, : best.shape[1]] = worth
        return found

    def shares(self, asked: Asked) -> Iterator[tuple[Ints, Ints, Floats]]:
        """Yield requests of one first place level, the options they are offered and each one's affinity to each."""
        order = np.argsort(asked.first, kind="stable")
        first = asked.first[order]
        begins = np.flatnonzero(np.diff(first, prepend=-1)).tolist()
        for begin, end in pairwise([*begins, len(first)]):
            offered = self._offered(int(first[begin]))
            for start in range(begin, end, _AT_ONCE):
                rows = order[start : min(end, start + _AT_ONCE)]
                yield rows, offered[0], self._affinity(asked.take(rows), *offered)

    def _offered(self, first: int) -> tuple[Ints, Floats]:
        """Return the options of a first place level and the share of each there."""
        if not self.segments.places:
            return self.known, self.overall[self.known]
        counts, prior = self.snapshot.of[self.segments.places[0]], self.settings.first_prior
        pairs = slice(counts.start[first], counts.start[first + 1])
        column = self.settings.place_column
        options = np.union1d(counts.option[pairs], self.far)
        own = np.zeros(self.snapshot.options)
        own[counts.option[pairs]] = counts.count[:-1, column][pairs]
        total = counts.total[first, column]
        return options, (own[options] + prior * self.overall[options]) / (total + prior)

    def _affinity(self, asked: Asked, options: Ints, share: Floats) -> Floats:
        found = self._placed(asked, options, share)
        for chain, segment in zip(self.segments.attributes, asked.attributes, strict=True):
            values, back = np.unique(segment, axis=0, return_inverse=True)
            ratio = self._ratio(chain, values, options)
            if self.settings.ratio_power != 1.0:
                ratio = ratio**self.settings.ratio_power
            found *= ratio[back.ravel()]
        found /= found.sum(axis=1)[:, None]
        return found

    def _placed(self, asked: Asked, options: Ints, share: Floats) -> Floats:
        """Return the share of each option at the finest place of each request."""
        found = np.tile(share, (len(asked.first), 1))
        where = np.zeros(self.snapshot.options, dtype=np.int64)
        where[options] = np.arange(len(options))
        prior, column = self.settings.place_prior, self.settings.place_column
        for kind, segment in zip(self.segments.places[1:], asked.places, strict=True):
            counts = self.snapshot.of[kind]
            whole = counts.total[segment, column] + prior
            found *= (prior / whole)[:, None]
            row, pair = counts.of_segments(segment)
            found[row, where[counts.option[pair]]] += counts.count[pair, column] / whole[row]
        return found

    def _ratio(self, chain: tuple[str, ...], values: Ints, options: Ints) -> Floats:
        """Return the ratio of each option to each tuple of an attribute's levels (values × options)."""
        column, prior = self.settings.ratio_column, self.settings.ratio_prior
        own, everything = self.snapshot.own[options, column], self.snapshot.everything[column]
        ratio = np.ones((len(values), len(options)))
        for level, name in enumerate(chain):
            counts = self.snapshot.of[name,]
            segment = values[:, level]
            held = np.zeros((len(values), self.snapshot.options))
            row, pair = counts.of_segments(segment)
            held[row, counts.option[pair]] = counts.count[pair, column]
            expected = own * (counts.total[segment, column] / everything)[:, None]
            finer = (held[:, options] + prior * ratio) / (expected + prior)
            ratio = np.where((segment < len(counts.book))[:, None], finer, ratio)
        return ratio

    def _best(self, options: Ints, share: Floats, depth: int) -> tuple[Ints, Floats]:
        size = min(depth, len(options))
        if size < len(options):
            # Ties at the edge are decided by the partition, so widen it to all that equal the last kept.
            edge = -np.partition(-share, size - 1, axis=1)[:, size - 1]
            most = int((share >= edge[:, None]).sum(axis=1).max())
            kept = np.argpartition(-share, min(most, len(options) - 1), axis=1)[:, :most]
        else:
            kept = np.broadcast_to(np.arange(len(options)), share.shape)
        worth = np.take_along_axis(share, kept, axis=1)
        order = np.lexsort((self.tie[options[kept]], -worth), axis=1)[:, :size]
        return options[np.take_along_axis(kept, order, axis=1)], np.take_along_axis(worth, order, axis=1)
