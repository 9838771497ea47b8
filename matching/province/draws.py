"""Random draws of the market, each by the name of what is drawn: no draw depends on another, on order or on threads."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matching.province.timeline import Floats, Rng

# What the keys of the market's generators begin with, apart from those of blocks and buckets; and the place of a
# bucket's number that stands for the whole province.
_MARKET, _EVERYWHERE = 2**30 + 1, 2**30


@dataclass(frozen=True, slots=True)
class Draws:
    """The generators of one bucket, or of the whole province where `bucket` is None."""

    seed: int
    bucket: int | None = None

    def rng(self, *subject: str | int) -> Rng:
        """Return the generator of a subject: equal for equal seed, bucket and subject."""
        digest = hashlib.blake2b("/".join(str(part) for part in subject).encode(), digest_size=16).digest()
        words = tuple(int.from_bytes(digest[at : at + 4], "little") for at in range(0, 16, 4))
        place = _EVERYWHERE if self.bucket is None else self.bucket
        return np.random.default_rng(np.random.SeedSequence(entropy=self.seed, spawn_key=(_MARKET, place, *words)))

    def normals(self, subject: str, names: Sequence[str], count: int) -> Floats:
        """Return standard normals, a row per name, each row drawn by its name alone."""
        return np.array([self.rng(subject, name).standard_normal(count) for name in names]).reshape(len(names), count)

    def uniforms(self, subject: str, names: Sequence[str], count: int) -> Floats:
        """Return numbers in [0, 1), a row per name, each row drawn by its name alone."""
        return np.array([self.rng(subject, name).random(count) for name in names]).reshape(len(names), count)
