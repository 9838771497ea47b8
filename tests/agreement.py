"""Whether the values of a computed profile are those that an oracle expects."""

import math
from collections.abc import Iterable, Mapping
from typing import Any


def agree(names: Iterable[str], row: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    """Assert that each feature is equal, doubles to 1e-9; what the oracle does not give must be missing."""
    wrong = {name: (row[name], expected.get(name)) for name in names if not same(row[name], expected.get(name))}
    assert wrong == {}


def same(got: Any, expected: Any) -> bool:  # noqa: ANN401 - a value of any feature
    if isinstance(got, float) and expected is not None:
        return math.isclose(got, float(expected), rel_tol=1e-9, abs_tol=1e-9)
    return bool(got == expected)
