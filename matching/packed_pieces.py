"""The pieces of a product that one source can tell: comparisons, limits, and groups over a single column."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import and_, or_

from matching.compile import CodeTest, DayTest, Group, NumberTest, RatioTest, Test, tests_of
from matching.packed_sources import (
    Crossed,
    Cut,
    Cuts,
    Named,
    Plain,
    Source,
    code_truth,
    cuts_of,
    least_for_share,
    number_truth,
)
from matching.product import CapsLimit, Limit, ShareLimit, SharesLimit
from matching.truth import Truth

Piece = Test | Limit | Group
Key = tuple[str, ...]


def key_of(piece: Piece) -> Key | None:
    """Name the source that tells the whole of a piece; None where there is more than one."""
    match piece:
        case Group():
            keys = {key_of(part) for part in parts_of(piece)}
            return keys.pop() if len(keys) == 1 else None
        case NumberTest(column=name) | ShareLimit(of=name):
            return ("number", name)
        case CodeTest(column=name) | CapsLimit(by=name):
            return ("code", name)
        case SharesLimit(by=by, of=of):
            return ("crossed", by, of)
        case _:
            return ("plain", repr(piece))


def parts_of(group: Group) -> list[Group | Test]:
    """Return the parts of a group."""
    return [part for one in group.parts for part in ([one] if isinstance(one, Group) else tests_of(one))]


def sources_of(pieces: Iterable[tuple[Key, Piece, int]]) -> dict[Key, Source]:
    """Return the source of each key, in order of keys; the number beside a piece is the amount its limit must reach."""
    collected = _Collected()
    for key, piece, need in pieces:
        collected.take(key, piece, need)
    return {key: collected.source(key) for key in sorted(collected.keys)}


def truth_of(piece: Piece, source: Source, need: int) -> Truth:
    """Return the truth of a piece by slot of its source."""
    match piece, source:
        case Group(is_all=is_all), _:
            told = reduce(and_ if is_all else or_, (truth_of(part, source, need) for part in parts_of(piece)))
        case NumberTest(), Cuts():
            told = number_truth(piece, source)
        case CodeTest(), Named():
            told = code_truth(piece, source)
        case ShareLimit(share_ppm=share), Cuts():
            told = source.at_or_above(least_for_share(need, share))
        case CapsLimit(), Named():
            told = source.among(_capped(piece, need))
        case SharesLimit(shares_ppm=shares), Crossed():
            told = source.reaching({code: least_for_share(need, share) for code, share in shares.items()})
        case _, Plain():
            told = source.truth()
        case _:
            raise TypeError(f"{type(source).__name__} tells nothing of {type(piece).__name__}")
    return told


@dataclass(slots=True)
class _Collected:
    """Bounds, codes and plain tests by key."""

    keys: set[Key] = field(default_factory=set)
    cuts: dict[Key, set[Cut]] = field(default_factory=lambda: defaultdict(set))
    codes: dict[Key, set[str]] = field(default_factory=lambda: defaultdict(set))
    plain: dict[Key, DayTest | RatioTest] = field(default_factory=dict)

    def take(self, key: Key, piece: Piece, need: int) -> None:
        self.keys.add(key)
        match piece:
            case Group():
                for part in parts_of(piece):
                    self.take(key, part, need)
            case NumberTest():
                self.cuts[key].update(cuts_of(piece))
            case CodeTest(wanted=wanted):
                self.codes[key].update(wanted)
            case DayTest() | RatioTest():
                self.plain[key] = piece
            case _:
                self._take_limit(key, piece, need)

    def _take_limit(self, key: Key, limit: Limit, need: int) -> None:
        match limit:
            case ShareLimit(share_ppm=share):
                self.cuts[key].add(least_for_share(need, share))
            case CapsLimit():
                self.codes[key].update(_capped(limit, need))
            case SharesLimit(shares_ppm=shares):
                self.codes[key].update(shares)
                self.cuts[key].update(least_for_share(need, share) for share in shares.values())

    def source(self, key: Key) -> Source:
        match key[0]:
            case "number":
                return Cuts.of(key[1], self.cuts[key])
            case "code":
                return Named.of(key[1], self.codes[key])
            case "crossed":
                return Crossed(Named.of(key[1], self.codes[key]), Cuts.of(key[2], self.cuts[key]))
            case _:
                return Plain(self.plain[key])


def _capped(limit: CapsLimit, need: int) -> Sequence[str]:
    return [code for code, cap in limit.caps_fen.items() if cap >= need]
