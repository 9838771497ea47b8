"""The real invoice set as a home, built once by the command itself. Test modules name this as a plugin."""

from pathlib import Path

import pytest

from service.cli import main


@pytest.fixture(scope="session")
def real_home(cumcm2020c: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home of the 425 real firms, ingested, profiled and trained."""
    folder = tmp_path_factory.mktemp("real") / "home"
    assert main(["ingest", "cumcm2020c", str(cumcm2020c), "--home", str(folder)]) == 0
    assert main(["profile", "--home", str(folder)]) == 0
    assert main(["train", "--home", str(folder)]) == 0
    return folder
