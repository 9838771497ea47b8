"""What the wheel holds: the four packages whole, nothing beside them. It is built here, without a network."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("features", "models", "matching", "service")
NO_PACKAGE_DATA = {".pyc", ".pyo", ".log"}


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)  # noqa: S603
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("rongqiao-*-py3-none-any.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def tracked() -> set[str]:
    listed = subprocess.run(["git", "ls-files", *PACKAGES], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607, S603
    return {name for name in listed.stdout.splitlines() if (ROOT / name).is_file()}


def test_top_level_is_the_four_packages(members: set[str]) -> None:
    tops = {name.split("/")[0] for name in members}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)


def test_every_tracked_file_of_the_packages_is_in_it(members: set[str]) -> None:
    """Modules and their data alike: statements, sample products, templates, styles, migrations."""
    assert tracked() - members == set()
    assert {Path(name).suffix for name in members} >= {".py", ".sql", ".json", ".html", ".css", ".mako"}


def test_no_test_and_no_litter_is_in_it(members: set[str]) -> None:
    assert [name for name in members if "test" in Path(name).name or Path(name).suffix in NO_PACKAGE_DATA] == []


def test_licence_and_command_are_in_it(members: set[str]) -> None:
    inside = {name.split(".dist-info/")[1] for name in members if ".dist-info/" in name}
    assert {"licenses/LICENSE", "entry_points.txt", "METADATA"} <= inside
