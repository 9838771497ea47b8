"""What is trained as of a day does not depend on what became known after it, to the byte."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from matching.choice_states import History
from matching.province import build_world
from matching.province.tables import write_tables
from service.access import consent
from service.access.caller import COMMAND, Ground, Purpose
from service.work import deliver, releases, train
from service.work.history import asked_profiles, match_history
from service.work.home import Home, open_or_create_home
from service.work.train import Trained

FIRMS, SEED = 1_000, 42
DAY = date(2026, 5, 10)
NOW = datetime(2026, 7, 1, 8, tzinfo=UTC)
KNOWN_ON = "known_on"


@dataclass(frozen=True)
class World:
    """Two homes of one province: one was given all rows, one those known by the day alone; both trained as of it."""

    whole: Home
    cut: Home
    of_whole: Trained
    of_cut: Trained
    tables: Mapping[str, pa.Table]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("travel")
    province, _ = build_world(FIRMS, SEED, dirty=False)
    known = {name: table.filter(pc.less_equal(table[KNOWN_ON], DAY)) for name, table in province.tables.items()}
    whole, cut = _home(folder / "whole", province.tables), _home(folder / "cut", known)
    yield World(whole, cut, train.train(whole, COMMAND, DAY), train.train(cut, COMMAND, DAY), province.tables)
    whole.database.close()
    cut.database.close()


def _home(folder: Path, tables: Mapping[str, pa.Table]) -> Home:
    home = open_or_create_home(folder / "home", now=lambda: NOW)
    _deliver(home, folder / "in", tables)
    return home


def _deliver(home: Home, folder: Path, tables: Mapping[str, pa.Table]) -> None:
    folder.mkdir(parents=True)
    write_tables(tables, folder)
    deliver.take(home, COMMAND, folder, "tables", ground=Ground.synthetic)


def _files(home: Home) -> dict[str, bytes]:
    folder = home.models_folder
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _asked(home: Home) -> tuple[History, pa.Table]:
    with home.database.read() as session:
        access = consent.permit(session, COMMAND, Purpose.model_training, home.today).access
    history = match_history(home, access, DAY)
    assert history is not None
    return history, asked_profiles(home, access, history)


def test_all_rows_as_of_a_day_and_the_rows_known_by_it_give_the_same_bytes(world: World) -> None:
    assert {one.purpose for one in world.of_whole.versions} == {releases.RISK, releases.RANKING, releases.ACCEPTANCE}
    assert [one.id for one in world.of_whole.versions] == [one.id for one in world.of_cut.versions]
    assert _files(world.whole) == _files(world.cut)


def test_the_training_tables_are_the_same_and_hold_nothing_later(world: World) -> None:
    hashes = [
        {one.purpose: orjson.loads(one.metrics).get("training_table_sha256") for one in trained.versions}
        for trained in (world.of_whole, world.of_cut)
    ]
    assert hashes[0] == hashes[1]
    assert hashes[0][releases.RANKING] is not None
    history, profiles = _asked(world.whole)
    assert pc.max(history.decisions[KNOWN_ON]).as_py() <= DAY < pc.max(world.tables["decisions"][KNOWN_ON]).as_py()
    assert not pc.any(pc.greater(profiles["newest_known_on"], profiles["as_of"])).as_py()


def test_a_fact_that_arrives_late_changes_no_earlier_profile(world: World, tmp_path: Path) -> None:
    history, profiles = _asked(world.cut)
    late = world.tables["judgments"].slice(0, 1).to_pylist()[0]
    firm = str(history.requests["enterprise"][0]).removeprefix("uscc:")
    asked_on = history.requests["requested_on"][0].as_py()
    row = {**late, "enterprise": firm, "case_no": "晚到", "role": "defendant", "decided_on": date(2023, 1, 5)}
    rows = [{**row, "closed_on": None, KNOWN_ON: DAY + timedelta(days=1)}]
    _deliver(world.cut, tmp_path / "late", {"judgments": pa.Table.from_pylist(rows, world.tables["judgments"].schema)})
    assert asked_on > date(2023, 1, 5)
    after_history, after = _asked(world.cut)
    assert after.equals(profiles)
    assert all(getattr(after_history, name).equals(getattr(history, name)) for name in ("requests", "decisions"))
    # Had it been known in time, the profile would have changed.
    early = pa.Table.from_pylist(
        [{**rows[0], "case_no": "早到", KNOWN_ON: date(2023, 1, 9)}], world.tables["judgments"].schema
    )
    _deliver(world.cut, tmp_path / "early", {"judgments": early})
    assert not _asked(world.cut)[1].equals(profiles)
