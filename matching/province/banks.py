"""The invented banks: what anybody knows of them, by the packaged list."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from matching.province.reference import places
from matching.province.timeline import Bools


@dataclass(frozen=True, slots=True)
class Bank:
    """A bank: whether it takes applications from anywhere, its usual days to a decision, officers for 5,000 firms."""

    id: str
    online: bool
    days: float
    officers: int
    branches: frozenset[str]


@cache
def known_banks() -> dict[str, Bank]:
    """Return the packaged banks by id."""
    data = json.loads((files("matching.province") / "data" / "banks.json").read_text(encoding="utf-8"))
    return {
        str(one["id"]): Bank(
            str(one["id"]), bool(one["online"]), float(one["days"]), int(one["officers"]), frozenset(one["branches"])
        )
        for one in data["banks"]
    }


def bank(name: str) -> Bank:
    """Return a bank; one that the list does not have works online, of middling speed and size."""
    return known_banks().get(name) or Bank(name, online=True, days=8.0, officers=5, branches=frozenset())


def has_branch(banks: Sequence[Bank]) -> Bools:
    """Return by bank (row) and prefecture (column) whether there is a branch."""
    return np.array([[place in one.branches for place in places().prefectures] for one in banks], dtype=np.bool_)
