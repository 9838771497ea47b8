"""A small province built once by the real use cases, and a fresh copy of it served to each test that asks.

Test modules name this as a plugin (`pytest_plugins`).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from served import Site, serve_copy

from service.work import demo

ENTERPRISES = 800
SEED = 20260630


@pytest.fixture(scope="session")
def built_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the demo once; nobody changes it."""
    folder = tmp_path_factory.mktemp("built") / "home"
    home = demo.build(folder, enterprises=ENTERPRISES, seed=SEED, say=lambda _line: None)
    home.database.close()
    return folder


@pytest.fixture
def site(built_home: Path, tmp_path: Path) -> Iterator[Site]:
    """Serve a copy of the demo that the test may change."""
    with serve_copy(built_home, tmp_path / "home") as served:
        yield served


@pytest.fixture(scope="module")
def shared_site(built_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve a copy that the tests of one module share and leave as they find it."""
    with serve_copy(built_home, tmp_path_factory.mktemp("shared") / "home") as served:
        yield served
