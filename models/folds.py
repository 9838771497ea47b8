"""Folds that keep an enterprise whole and do not know the order of rows."""

import hashlib

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def assign_folds(enterprises: NDArray[np.str_], bad: Ints, *, n_folds: int, seed: int, repeat: int = 0) -> Ints:
    """Return the fold (0 … n_folds - 1) of each row.

    All rows of an enterprise share a fold. Enterprises are stratified by whether any of their rows is bad, ordered by
    SHA-256 of seed, repeat and id, and dealt one by one, so that folds differ by at most one bad enterprise and the
    assignment depends on ids, outcomes, seed and repeat alone.
    """
    ids, owner = np.unique(enterprises, return_inverse=True)
    is_bad = np.zeros(len(ids), dtype=bool)
    np.logical_or.at(is_bad, owner, bad.astype(bool))
    shuffled = sorted(range(len(ids)), key=lambda i: (not is_bad[i], _digest(str(ids[i]), seed, repeat)))
    fold = np.empty(len(ids), dtype=np.int64)
    # Bad and good are dealt in one round, so that where one class ends unevenly the other evens the folds' sizes.
    fold[shuffled] = np.arange(len(ids)) % n_folds
    return fold[owner]


def _digest(enterprise: str, seed: int, repeat: int) -> bytes:
    return hashlib.sha256(f"{seed}:{repeat}:{enterprise}".encode()).digest()
