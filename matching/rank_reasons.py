"""Why a ranker puts a pair where it stands: what its inputs add to the score, family by family, at most four told.

The additive contributions (TreeSHAP) of the inputs of a family are summed up; among a firm's products they are what
an input adds beyond what it adds to all of them on average. What speaks for the pair comes first;
of what speaks against it the strongest is told too, as a caution, where it weighs more than what it would displace.
What the firm has not provided comes after what is known of it. For a product's list, inputs that are the same for
every firm are left out: they order nothing there.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import reduce

import numpy as np

from matching.frame import Floats
from matching.rank_families import FAMILIES
from matching.rank_telling import Teller
from matching.reasons import MOST, Reason, ReasonCode
from matching.sentence import percent
from models.affinity import Measure
from models.ranker import Side

#: A family that adds less than this part of all that is added is not worth a sentence.
LEAST_PART = 0.02
#: One row tells no more past shares than these.
MOST_SHARES = 2
# What was done and the whole percent of it, as a reader sees both.
_Act = tuple[Measure, str]


@dataclass(frozen=True)
class Contributions:
    """What the inputs of a ranker add to the scores of some pairs (pairs × inputs), summed up by family."""

    side: Side
    names: Sequence[str]
    parts: Floats
    members: Mapping[str, Sequence[int]] = field(init=False)
    sums: Mapping[str, Floats] = field(init=False)

    def __post_init__(self) -> None:
        """Sum the inputs of each family, in their order."""
        members: dict[str, list[int]] = {}
        for place, name in enumerate(self.names):
            spoken = FAMILIES.get(name)
            if spoken is not None and not (self.side is Side.bank and spoken.of_product):
                members.setdefault(spoken.family, []).append(place)
        sums = {family: reduce(np.add, self.parts[:, places].T) for family, places in members.items()}
        object.__setattr__(self, "members", members)
        object.__setattr__(self, "sums", sums)

    def by_weight(self, pair: int) -> Iterator[tuple[str, float]]:
        """Yield the families worth a sentence with their sums, the weightiest first."""
        sums = {family: float(values[pair]) for family, values in self.sums.items()}
        least = LEAST_PART * sum(abs(value) for value in sums.values())
        for family in sorted(sums, key=lambda family: (-abs(sums[family]), family)):
            if abs(sums[family]) > least:
                yield family, sums[family]

    def inputs(self, family: str, pair: int, *, against: bool) -> list[str]:
        """Return the inputs of a family: those that add with its sign, the weightiest first, then the others.

        Of the others a figure of the same matter may stand for a logarithm; a past share stands for itself alone.
        """
        sign = -1.0 if against else 1.0
        weight = {self.names[place]: sign * float(self.parts[pair, place]) for place in self.members[family]}
        told = [name for name in weight if weight[name] > 0 or FAMILIES[name].count is None]
        return sorted(told, key=lambda name: (-max(weight[name], 0.0), _ORDER[name]))


_ORDER = {name: place for place, name in enumerate(FAMILIES)}


def rank_reasons(found: Contributions, pair: int, teller: Teller) -> tuple[Reason, ...]:
    """Return at most four reasons for a pair, the weightiest first; none where there are no words for what decided."""
    good: list[tuple[float, Reason]] = []
    bad: list[tuple[float, Reason]] = []
    acts: set[_Act] = set()
    for family, weight in found.by_weight(pair):
        if weight < 0 and bad:
            continue
        reason = _told(teller, found.inputs(family, pair, against=weight < 0), acts, against=weight < 0)
        if reason is not None:
            acts |= _act(reason)
            (good if weight > 0 else bad).append((abs(weight), reason))
    good.sort(key=lambda one: one[1].code is ReasonCode.rank_not_provided)  # stable: else the weightiest first
    if len(good) >= MOST and bad and bad[0][0] <= good[MOST - 1][0]:
        bad = []
    return tuple(reason for _, reason in [*good[: MOST - len(bad)], *bad])


def _told(teller: Teller, names: Sequence[str], acts: AbstractSet[_Act], *, against: bool) -> Reason | None:
    """Return the reason of the first input that has words; that one is missing is told only where no other has.

    `acts` are the past shares that the row tells already: none is told twice, and no more than `MOST_SHARES`.
    """
    absent: Reason | None = None
    for name in names:
        reason = teller.reason(name, against=against)
        if reason is not None and (act := _act(reason)) and (act <= acts or len(acts) >= MOST_SHARES):
            continue
        if reason is not None and reason.code is not ReasonCode.rank_not_provided:
            return reason
        absent = absent or reason
    return absent


def _act(reason: Reason) -> set[_Act]:
    """Return what a reader takes from a past share, the act and its whole percent; nothing of any other reason."""
    spoken = FAMILIES.get(reason.column)
    if spoken is None or spoken.count is None or reason.unit != "ratio" or not isinstance(reason.value, int):
        return set()
    return {(spoken.count[0], percent(reason.value, 0))}
