"""What the benchmark of a whole province must hold."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Samples:
    """How many firms are looked at: for the overlap (among so many, each stratum), the order and the bytes."""

    judged_among: int = 20_000
    each_stratum: int = 1_200
    ordered: int = 2_000
    bytes_of: int = 200


FULL = Samples()
LEAST_JUDGED = 5_000
# Key, least, most; None is no bound.
BOUNDS: tuple[tuple[str, float | None, float | None], ...] = (
    ("ratio", 15, None),
    ("growth", None, 1.2),
    ("peak_mib", None, 3 * 1024),
    ("eligible_mean", 80, 120),
    ("overlap", 0.999, None),
    ("overlap_firms", LEAST_JUDGED, None),
    ("same_order", True, None),
    ("same_bytes", True, None),
    ("criteria_ratio", None, 1.3),
)


def missed(figures: Mapping[str, float]) -> list[str]:
    """Return a sentence for each bound that the figures miss."""
    found = []
    for name, least, most in BOUNDS:
        value = figures[name]
        if least is not None and value < least:
            found.append(f"{name} is {value}, at least {least} is asked")
        if most is not None and value > most:
            found.append(f"{name} is {value}, at most {most} is asked")
    return found
