"""What the ranker reads of a pair of a request and an option: counts of one snapshot, seen from many sides.

* of the affinity: its logarithm, the place in its order, the gap to the best and to the next best of the request;
* of each place level: the shrunk share, the plain shares at a short and a long half-life, count and age;
* of each attribute: the ratio (see `models.option_affinity`) over the long run and lately, and the count;
* of each crossing of a place and an attribute: the ratio within the place, and the share;
* of the option: size, growth, age, concentration over places, its usual amount and how far the request's is from it;
* of the request: its amount and numbers, and how much its place is led by one option.

Every number is of the pair's own request and of the snapshot; nothing depends on what else is asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.metrics import Floats
from models.option_affinity import Affinity, Candidates
from models.option_counts import Hashes, Ints
from models.option_segments import Kind, Segments, hash_of
from models.option_snapshot import LONG, MAIN, SHORT, Snapshot

Matrix = NDArray[np.float32]

_LEAST = 1e-9
_AGES = 20_000.0  # days: older is as old
_FEW = 2.0  # rows of every segment's share that belong to nobody
_AMOUNT_ROWS = 3.0  # of the usual amount of all, in an option's own


@dataclass(frozen=True)
class Requests:
    """Requests as features read them: hashes of their segments, and their numbers."""

    hashes: Mapping[str, Hashes]
    numbers: Mapping[str, Floats]
    count: int

    def take(self, rows: Ints | slice) -> "Requests":
        """Return some requests."""
        hashes = {name: column[rows] for name, column in self.hashes.items()}
        numbers = {name: column[rows] for name, column in self.numbers.items()}
        count = len(range(*rows.indices(self.count))) if isinstance(rows, slice) else len(rows)
        return Requests(hashes, numbers, count)


@dataclass(frozen=True)
class OptionFacts:
    """Of each option: its usual ln(amount), that one's deviation, its concentration over first places, ln(1 + places).

    Concentration is the sum of squared shares (Herfindahl).
    """

    usual: Floats
    deviation: Floats
    concentration: Floats
    places: Floats


def feature_names(segments: Segments) -> tuple[str, ...]:
    """Return the names of the features, in the order of the columns."""
    names = ["affinity", "rank", "gap_to_best", "gap_to_next"]
    for kind in segments.places:
        names += [f"{_said(kind)} {what}" for what in ("share", "share short", "share long", "count", "age")]
    for name in segments.singles:
        names += [f"{name} {what}" for what in ("ratio", "ratio lately", "count")]
    for kind in segments.crossings:
        names += [f"{_said(kind)} {what}" for what in ("ratio", "share")]
    names += ["option short", "option main", "option long", "option growth", "option age"]
    if segments.places:
        names += ["option concentration", "option places", "place leader", "place rows"]
    if segments.amount:
        names += ["amount usual", "amount distance", "amount"]
    return (*names, *segments.numbers)


def features(affinity: Affinity, facts: OptionFacts, requests: Requests, candidates: Candidates) -> Matrix:
    """Return the features of every candidate, requests one after another and best first within each."""
    return _Pairs(affinity, facts, requests, candidates).matrix()


class _Pairs:
    """The pairs of one call."""

    def __init__(self, affinity: Affinity, facts: OptionFacts, requests: Requests, candidates: Candidates) -> None:
        self._affinity = affinity
        self._snapshot: Snapshot = affinity.snapshot
        self._segments = affinity.segments
        self._facts = facts
        self._requests = requests
        self._candidates = candidates
        held = candidates.option >= 0
        self._request, self._rank = np.nonzero(held)
        self._option = candidates.option[held]
        self._share = candidates.share[held]
        self._columns: list[Floats] = []
        self._placed: dict[Kind, tuple[Floats, Floats]] = {}
        self._ratios: dict[str, Floats] = {}

    def matrix(self) -> Matrix:
        """Return every column, in the order of `feature_names`."""
        self._of_affinity()
        self._of_places()
        for chain in self._segments.attributes:
            self._of_attribute(chain)
        for kind in self._segments.crossings:
            self._of_crossing(kind)
        self._of_option()
        if self._segments.amount:
            self._of_amount(self._segments.amount)
        for name in self._segments.numbers:
            self._add(self._requests.numbers[name][self._request])
        found = np.empty((len(self._option), len(self._columns)), dtype=np.float32)
        for place, column in enumerate(self._columns):
            found[:, place] = column
        return found

    def _add(self, *columns: Floats) -> None:
        self._columns.extend(columns)

    def _of_affinity(self) -> None:
        share = np.log(self._candidates.share + _LEAST)
        own = np.log(self._share + _LEAST)
        best = share[:, 0][self._request]
        second = share[:, min(1, share.shape[1] - 1)][self._request]
        self._add(own, self._rank.astype(np.float64), own - best, own - np.where(self._rank == 0, second, best))

    def _of_places(self) -> None:
        settings = self._affinity.settings
        share, column = self._affinity.overall[self._option], settings.place_column
        prior = settings.first_prior
        for kind in self._segments.places:
            counts = self._snapshot.of[kind]
            segment = counts.segments(hash_of(self._requests.hashes, kind))[self._request]
            pair = counts.pairs(segment, self._option)
            held, whole = counts.count[pair], counts.total[segment]
            share = (held[:, column] + prior * share) / (whole[:, column] + prior)
            prior = settings.place_prior
            self._add(np.log(share + _LEAST))
            self._add(*(held[:, one] / (whole[:, one] + _FEW) for one in (SHORT, LONG)))
            self._add(np.log1p(held[:, MAIN]), np.minimum(counts.age[pair], _AGES))
            self._placed[kind] = held[:, MAIN].copy(), whole[:, MAIN].copy()

    def _of_attribute(self, chain: tuple[str, ...]) -> None:
        ratio, prior = np.ones(len(self._option)), self._affinity.settings.ratio_prior
        own = self._snapshot.own
        everything = self._snapshot.everything
        for name in chain:
            counts = self._snapshot.of[name,]
            segment = counts.segments(hash_of(self._requests.hashes, (name,)))[self._request]
            held, whole = counts.count[counts.pairs(segment, self._option)], counts.total[segment]
            expected = own[self._option] * (whole / everything)
            ratio = (held[:, LONG] + prior * ratio) / (expected[:, LONG] + prior)
            lately = (held[:, MAIN] + prior * ratio) / (expected[:, MAIN] + prior)
            self._ratios[name] = ratio
            self._add(np.log(ratio), np.log(lately), np.log1p(held[:, MAIN]))

    def _of_crossing(self, kind: Kind) -> None:
        counts, prior = self._snapshot.of[kind], self._affinity.settings.ratio_prior / 2
        segment = counts.segments(hash_of(self._requests.hashes, kind))[self._request]
        held = counts.count[counts.pairs(segment, self._option), MAIN]
        whole = counts.total[segment, MAIN]
        placed, place = self._placed[kind[:-1]]
        expected = placed * (whole / np.maximum(place, _LEAST))
        ratio = (held + prior * self._ratios[kind[-1]]) / (expected + prior)
        self._add(np.log(ratio), held / (whole + _FEW))

    def _of_option(self) -> None:
        own = self._snapshot.own[self._option]
        self._add(*(np.log1p(own[:, one]) for one in (SHORT, MAIN, LONG)))
        self._add(np.log((own[:, SHORT] + 0.5) / (own[:, MAIN] + 1.0)))
        self._add(np.minimum(self._snapshot.age[self._option], _AGES))
        if self._segments.places:
            facts = self._facts
            self._add(facts.concentration[self._option], facts.places[self._option])
            finest = self._snapshot.of[self._segments.places[-1]]
            segment = finest.segments(hash_of(self._requests.hashes, self._segments.places[-1]))
            whole = finest.total[segment, MAIN]
            lead = finest.leaders[segment, MAIN] / (whole + _FEW)
            self._add(lead[self._request], np.log1p(whole)[self._request])

    def _of_amount(self, name: str) -> None:
        usual, spread = self._facts.usual[self._option], self._facts.deviation[self._option]
        amount = self._requests.numbers[name]
        logarithm = np.log(np.where(amount > 0, amount, np.nan))[self._request]
        self._add(usual, (logarithm - usual) / spread, logarithm)


def option_facts(snapshot: Snapshot, segments: Segments) -> OptionFacts:
    """Return what a snapshot says of each option alone."""
    usual, deviation = _usual_amounts(snapshot)
    if not segments.places:
        nothing = np.zeros(snapshot.options)
        return OptionFacts(usual, deviation, nothing, nothing)
    counts = snapshot.of[segments.places[0]]
    held = counts.count[:-1, MAIN]
    squares = np.bincount(counts.option, held * held, snapshot.options)
    own = np.maximum(snapshot.own[:, MAIN], _LEAST)
    places = np.bincount(counts.option, minlength=snapshot.options).astype(np.float64)
    return OptionFacts(usual, deviation, squares / (own * own), np.log1p(places))


def _usual_amounts(snapshot: Snapshot) -> tuple[Floats, Floats]:
    """Return mean and deviation of ln(amount) of each option, drawn towards those of all."""
    weight, total, squares = snapshot.moments.T
    whole = max(float(weight.sum()), _LEAST)
    mean = float(total.sum()) / whole
    variance = max(float(squares.sum()) / whole - mean * mean, _LEAST)
    own = (total + _AMOUNT_ROWS * mean) / (weight + _AMOUNT_ROWS)
    around = squares - 2.0 * own * total + own * own * weight
    spread = (np.maximum(around, 0.0) + _AMOUNT_ROWS * variance) / (weight + _AMOUNT_ROWS)
    return own, np.sqrt(spread)


def _said(kind: Kind) -> str:
    return " · ".join(kind)
