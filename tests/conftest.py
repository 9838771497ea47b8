"""What all tests share: repeatable hypothesis, real data and what a machine may lack, each skipped with one line.

`RONGQIAO_DATA` names the folder of real data sets; `RONGQIAO_REQUIRE_DATA=1` turns its absence into a failure and
`RONGQIAO_REQUIRE_ALL=1` every other skip for the machine's sake.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import HealthCheck, settings

# Before any OpenMP runtime starts: two fits side by side that spin while they wait take twenty times as long.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

settings.register_profile(
    "repeatable", derandomize=True, max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("repeatable")

# A test that asks for one of these fixtures, directly or through others, belongs to the group.
GROUPS = {"data_folder": "real_data", "chromium": "browser", "built_home": "slow"}
FONT = "fonts-noto-cjk"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        for fixture, group in GROUPS.items():
            if fixture in fixtures:
                item.add_marker(getattr(pytest.mark, group))
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.xdist_group("browser"))  # a browser per worker would only wait for memory


@pytest.fixture(scope="session")
def environment_skip() -> Callable[[str], NoReturn]:
    """Skip for what this machine lacks, or fail where everything is required."""
    return _skip_or_fail("RONGQIAO_REQUIRE_ALL")


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Return the folder of real data sets, one folder each."""
    lacking = _skip_or_fail("RONGQIAO_REQUIRE_DATA")
    named = os.environ.get("RONGQIAO_DATA")
    if not named:
        lacking("RONGQIAO_DATA names no folder of real data")
    folder = Path(named).resolve()
    if not folder.is_dir():
        lacking(f"RONGQIAO_DATA names {named}, which is no folder")
    return folder


@pytest.fixture(scope="session")
def cumcm2020c(data_folder: Path) -> Path:
    """Return the folder of the real VAT-invoice set: 425 firms, two years and a half of invoices."""
    folder = data_folder / "cumcm2020c"
    if not folder.is_dir():
        _skip_or_fail("RONGQIAO_REQUIRE_DATA")(f"{folder} is missing")
    return folder


@pytest.fixture(scope="session")
def chromium(environment_skip: Callable[[str], NoReturn]) -> str:
    """Return the path of the system's Chromium, on a machine that can also write Chinese."""
    path = shutil.which("chromium")
    if path is None:
        environment_skip("Chromium is missing (apt-get install chromium)")
    if not any(Path("/usr/share/fonts").rglob("NotoSansCJK*")):
        environment_skip(f"a CJK font is missing (apt-get install {FONT})")
    return path


def _skip_or_fail(setting: str) -> Callable[[str], NoReturn]:
    def lacking(what: str) -> NoReturn:
        if os.environ.get(setting) == "1":
            pytest.fail(f"{what}, and {setting}=1 asks for it", pytrace=False)
        pytest.skip(what)

    return lacking
