"""What follows from published sums: a reader who adds and subtracts, tried out over all sets of cells."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Cells = npt.NDArray[np.int64]


def followed(published: Sequence[Sequence[int]], counts: Sequence[int]) -> list[int]:
    """Return the counts of all sets of cells that follow from sums told.

    Each sum is the 0 and 1 of the cells that it counts. Cells of a sum of nothing are known to be empty.
    """
    sums, cells = np.array(published, dtype=np.float64).reshape(-1, len(counts)), np.array(counts, dtype=np.int64)
    empty = sums[sums @ cells == 0].any(axis=0)
    sums, cells = sums[:, ~empty], cells[~empty]
    sets = (np.arange(2 ** len(cells))[:, None] >> np.arange(len(cells))) & 1
    if not sums.size:
        return []
    _, weights, basis = np.linalg.svd(sums, full_matrices=False)
    basis = basis[weights > 1e-9]
    rest = sets - sets @ basis.T @ basis
    follows = np.abs(rest).max(axis=1) < 1e-9
    return sorted({int(count) for count in sets[follows] @ cells})
