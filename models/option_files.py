"""A match study's counts as files: NumPy arrays per kind of segment, and of the options. No pickle, every bit kept."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.errors import ArtifactError
from models.option_counts import Counts
from models.option_segments import Kind
from models.option_snapshot import Snapshot

_OPTIONS = "options_counted.npz"


def snapshot_files(snapshot: Snapshot, options: Sequence[str]) -> dict[str, bytes]:
    """Return the files of a snapshot by name."""
    table: dict[str, NDArray[Any]] = {
        "rows": snapshot.rows,
        "age": snapshot.age,
        "own": snapshot.own,
        "moments": snapshot.moments,
    }
    files = {_OPTIONS: _packed({"option": np.asarray(options, dtype=np.str_), **table})}
    for number, counts in enumerate(snapshot.of.values()):
        pairs: dict[str, NDArray[Any]] = {
            "book": counts.book,
            "start": counts.start,
            "option": counts.option.astype(np.int32),
        }
        files[_name(number)] = _packed({**pairs, "count": counts.count, "age": counts.age})
    return files


def read_options(files: Mapping[str, bytes]) -> list[str]:
    """Return the options, in order."""
    found: list[str] = _read(files, _OPTIONS)["option"].tolist()
    return found


def read_snapshot(
    files: Mapping[str, bytes], day: int, half_lives: tuple[float, ...], kinds: Sequence[Kind]
) -> Snapshot:
    """Return the snapshot of these files (ArtifactError where one is absent)."""
    held = _read(files, _OPTIONS)
    count = len(held["rows"])
    of = {kind: _counts(_read(files, _name(number)), count) for number, kind in enumerate(kinds)}
    return Snapshot(day, half_lives, of, held["own"], held["rows"], held["age"], held["moments"])


def _name(number: int) -> str:
    return f"counts_{number:02d}.npz"


def _counts(held: Mapping[str, NDArray[Any]], options: int) -> Counts:
    option = held["option"].astype(np.int64)
    return Counts(held["book"], held["start"], option, held["count"], held["age"], options)


def _packed(columns: Mapping[str, NDArray[Any]]) -> bytes:
    held = io.BytesIO()
    np.savez(held, allow_pickle=False, **columns)
    return held.getvalue()


def _read(files: Mapping[str, bytes], name: str) -> dict[str, NDArray[Any]]:
    if name not in files:
        raise ArtifactError(f"the study's model lacks {name}")
    with np.load(io.BytesIO(files[name]), allow_pickle=False) as held:
        return {column: held[column] for column in held.files}
