"""The benchmark of a whole province: its keys at a tiny size, and which figures miss a bound."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from bench.bench_match_bounds import BOUNDS, missed

BENCH = Path(__file__).resolve().parent / "bench" / "bench_match.py"
GOOD = {
    "ratio": 15,
    "growth": 1.2,
    "peak_mib": 3072,
    "eligible_mean": 100,
    "overlap": 1.0,
    "overlap_firms": 5_000,
    "same_order": True,
    "same_bytes": True,
    "criteria_ratio": 1.3,
}


def test_figures_on_the_bounds_hold() -> None:
    assert missed(GOOD) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ratio", 14.9),
        ("growth", 1.21),
        ("peak_mib", 3_073),
        ("eligible_mean", 79.9),
        ("eligible_mean", 120.1),
        ("overlap", 0.9989),
        ("overlap_firms", 4_999),
        ("same_order", False),
        ("same_bytes", False),
        ("criteria_ratio", 1.31),
    ],
)
def test_a_figure_beyond_its_bound_is_named(name: str, value: float) -> None:
    (sentence,) = missed(GOOD | {name: value})
    assert sentence.startswith(f"{name} is {value}")


@pytest.mark.slow
def test_a_tiny_run_ends_with_every_key() -> None:
    command = [sys.executable, str(BENCH), "--firms", "100", "--without-numba", "--trees", "20"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    figures = json.loads(done.stdout.strip().rsplit("\n", 1)[-1])
    asked = {"ratio", "cpu_s", "reference_cpu_s", "firms", "overlap", "growth", "peak_mib", "eligible_mean"}
    assert asked | {"criteria_ratio"} | {name for name, _, _ in BOUNDS} <= set(figures)
    assert figures["firms"] == 100
    assert figures["same_order"]
    assert figures["same_bytes"]
    assert figures["overlap"] == 1.0
