"""What the installing scripts take from the machine: pip's mirror is uv's mirror, and a Python that is new enough."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MIRROR, OTHER = "http://mirror.invalid/index", "http://other.invalid/index"
SHOWS = 'source scripts/tools.sh; find_python; pass_on_pip_settings; echo "${UV_DEFAULT_INDEX-none}"'


def run_bash(script: str, home: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    plain = {"PATH": os.environ["PATH"], "HOME": str(home), "XDG_CONFIG_DIRS": str(home / "etc")}
    plain["PYTHON"] = sys.executable
    command = ["bash", "-euo", "pipefail", "-c", script]
    return subprocess.run(command, cwd=ROOT, env=plain | settings, capture_output=True, text=True, check=False)  # noqa: S603


def write_configuration(path: Path, index: str, section: str = "global") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"[{section}]\nindex-url = {index}\n", encoding="utf-8")


def test_without_a_mirror_uv_keeps_its_own_index(tmp_path: Path) -> None:
    assert run_bash(SHOWS, tmp_path, PIP_CONFIG_FILE=os.devnull).stdout == "none\n"


@pytest.mark.parametrize("place", [".config/pip/pip.conf", ".pip/pip.conf"])
def test_a_mirror_in_pips_files_is_passed_on(tmp_path: Path, place: str) -> None:
    write_configuration(tmp_path / place, MIRROR)
    assert run_bash(SHOWS, tmp_path).stdout == f"{MIRROR}\n"


def test_the_stronger_setting_wins_as_it_does_for_pip(tmp_path: Path) -> None:
    write_configuration(tmp_path / "etc/pip/pip.conf", OTHER)
    write_configuration(tmp_path / ".config/pip/pip.conf", MIRROR)
    assert run_bash(SHOWS, tmp_path).stdout == f"{MIRROR}\n"
    write_configuration(tmp_path / "named.conf", OTHER, section="install")
    assert run_bash(SHOWS, tmp_path, PIP_CONFIG_FILE=str(tmp_path / "named.conf")).stdout == f"{OTHER}\n"
    assert run_bash(SHOWS, tmp_path, PIP_INDEX_URL="http://third.invalid/").stdout == "http://third.invalid/\n"
    assert run_bash(SHOWS, tmp_path, PIP_INDEX_URL=OTHER, UV_DEFAULT_INDEX=MIRROR).stdout == f"{MIRROR}\n"


def test_an_old_python_is_refused_with_a_sentence(tmp_path: Path) -> None:
    old = tmp_path / "python3.10"
    old.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    old.chmod(0o755)
    done = run_bash("source scripts/tools.sh; find_python", tmp_path, PYTHON=str(old))
    assert (done.returncode, done.stderr.splitlines()) == (
        1,
        ["Python 3.11 or newer is missing (python3 with venv; PYTHON=… names another)"],
    )
