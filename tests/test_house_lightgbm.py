"""LightGBM loads and trains on this machine, with the system's OpenMP runtime and without one."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from models.openmp import bundled_copies, renamed

ROOT = Path(__file__).resolve().parents[1]

# Two classes that one cut on the first column separates: a model that learned anything orders them rightly.
TRAINS = """
import models
import lightgbm, numpy
rows = numpy.arange(200, dtype=float).reshape(100, 2)
bad = (rows[:, 0] >= 100).astype(int)
data = lightgbm.Dataset(rows, bad, params={"verbose": -1})
model = lightgbm.train({"objective": "binary", "num_threads": 1, "verbose": -1}, data, num_boost_round=5)
low, high = model.predict(rows[[0, 99]])
assert low < 0.5 < high, (low, high)
print("trained")
"""
# scikit-learn goes on with its own runtime beside the one that was found for LightGBM.
TRAINS_BOTH = f"""{TRAINS}
from sklearn.ensemble import HistGradientBoostingClassifier
HistGradientBoostingClassifier(max_iter=2).fit(rows, bad)
"""


def run_python(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)  # noqa: S603


def test_lightgbm_trains() -> None:
    done = run_python(sys.executable, "-c", TRAINS)
    assert (done.returncode, done.stdout) == (0, "trained\n"), done.stderr


@pytest.mark.slow
def test_lightgbm_trains_where_the_system_has_no_openmp(
    tmp_path: Path, environment_skip: Callable[[str], NoReturn]
) -> None:
    """In a mount namespace of its own an empty file lies over the system's library."""
    found = run_python("/sbin/ldconfig", "-p").stdout.splitlines()
    libraries = [line.split(" => ")[1] for line in found if line.strip().startswith("libgomp.so.1 ")]
    empty = tmp_path / "empty"
    empty.touch()
    hide = "".join(f"mount --bind {empty} $(readlink -f {library}) && " for library in libraries)
    own_users = () if os.geteuid() == 0 else ("--map-root-user",)
    isolated = ("unshare", *own_users, "--mount", "bash", "-c")
    if libraries and run_python(*isolated, f"{hide}true").returncode != 0:
        environment_skip("a private mount namespace cannot be made here, so the missing library is not simulated")
    gone = run_python(*isolated, f'{hide}"$0" -c "import ctypes; ctypes.CDLL(\'libgomp.so.1\')"', sys.executable)
    assert gone.returncode != 0, "the simulation hides nothing"
    done = run_python(*isolated, f'{hide}"$0" -c "$1"', sys.executable, TRAINS_BOTH)
    assert (done.returncode, done.stdout) == (0, "trained\n"), done.stderr


def test_scikit_learn_brings_one_runtime() -> None:
    assert len(bundled_copies()) == 1


@pytest.mark.parametrize("name", [b"libgomp-e985bcbb.so.1.0.0", b"libgomp-a34b3233.so.1"])
def test_only_the_name_changes_and_no_byte_moves(name: bytes) -> None:
    library = b"\x7fELF\0libm.so.6\0" + name + b"\0GOMP_4.0\0"
    expected = b"\x7fELF\0libm.so.6\0libgomp.so.1" + b"\0" * (len(name) - 12) + b"\0GOMP_4.0\0"
    assert renamed(library) == expected
