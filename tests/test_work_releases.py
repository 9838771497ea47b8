"""States of models: approved by somebody before use, one active of a purpose, every act logged with the change."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from stored_models import put_model

from models.errors import ArtifactError
from service.access.caller import COMMAND, Caller, Role
from service.audit.verify import verify
from service.cli import main
from service.errors import ModelStateError, NotAllowedError, UnknownModelError
from service.store import log_store
from service.store.release_store import ModelState, ModelVersion
from service.work import artifacts, releases
from service.work.home import Home, open_or_create_home

NOW = datetime(2026, 7, 1, 8, 30, tzinfo=UTC)
AT = "2026-07-01T08:30:00.000Z"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = open_or_create_home(tmp_path, now=lambda: NOW)
    yield made
    made.database.close()


def _put(home: Home, id_: str, state: ModelState = ModelState.evaluated, purpose: str = releases.RISK) -> ModelVersion:
    return put_model(home, id_, purpose, state, '{"auc":0.7}')


def _state(home: Home, id_: str) -> str:
    return releases.show(home, COMMAND, id_).state


def _log(home: Home) -> list[tuple[str, str | None]]:
    with home.database.read() as session:
        entries = list(log_store.each(session))
    assert verify(entries).holds
    return [(one.tag.rpartition(":")[2], one.subject) for one in entries]


def test_a_model_is_approved_then_active_then_retired_with_who_and_when(home: Home) -> None:
    _put(home, "risk-1")
    approved = releases.approve(home, COMMAND, "risk-1")
    assert (approved.state, approved.approved_by, approved.approved_at) == ("approved", "operator:command", AT)
    active = releases.activate(home, COMMAND, "risk-1")
    assert (active.state, active.activated_at, active.retired_at) == ("active", AT, None)
    retired = releases.retire(home, COMMAND, "risk-1")
    assert (retired.state, retired.retired_at, retired.approved_by) == ("retired", AT, "operator:command")
    assert _log(home) == [("approved", "risk-1"), ("activated", "risk-1"), ("retired", "risk-1")]


def test_activating_retires_the_active_one_of_the_same_purpose_and_no_other(home: Home) -> None:
    for id_, purpose in (("risk-1", releases.RISK), ("ranker-1", releases.RANKING), ("risk-2", releases.RISK)):
        _put(home, id_, purpose=purpose)
        releases.approve(home, COMMAND, id_)
        releases.activate(home, COMMAND, id_)
    states = {one.id: one.state for one in releases.models(home, COMMAND)}
    assert states == {"risk-2": "active", "ranker-1": "active", "risk-1": "retired"}
    assert _log(home)[-2:] == [("retired", "risk-1"), ("activated", "risk-2")]
    with home.database.read() as session:
        last = log_store.newest(session, limit=1)[0]
    assert orjson.loads(last.entry)["replaces"] == "risk-1"


def test_a_retired_model_that_was_approved_may_come_back_another_may_not(home: Home) -> None:
    _put(home, "risk-1")
    releases.approve(home, COMMAND, "risk-1")
    releases.retire(home, COMMAND, "risk-1")
    assert releases.activate(home, COMMAND, "risk-1").retired_at is None
    _put(home, "risk-2")
    releases.retire(home, COMMAND, "risk-2")
    with pytest.raises(ModelStateError, match=r"已停用.*批准过.*retired"):
        releases.activate(home, COMMAND, "risk-2")


@pytest.mark.parametrize(
    ("state", "act"),
    [
        (ModelState.trained, releases.approve),
        (ModelState.approved, releases.approve),
        (ModelState.active, releases.approve),
        (ModelState.retired, releases.approve),
        (ModelState.trained, releases.activate),
        (ModelState.evaluated, releases.activate),
        (ModelState.active, releases.activate),
        (ModelState.retired, releases.retire),
    ],
)
def test_an_act_that_the_state_does_not_allow_is_refused_and_leaves_nothing(
    home: Home, state: ModelState, act: releases.Act
) -> None:
    _put(home, "risk-1", state)
    with pytest.raises(ModelStateError, match=r"模型 risk-1 .*The model risk-1 is"):
        act(home, COMMAND, "risk-1")
    assert _state(home, "risk-1") == state
    assert _log(home) == []


def test_a_model_whose_files_were_changed_is_not_activated_and_the_active_one_stays(home: Home) -> None:
    for id_ in ("risk-1", "risk-2"):
        _put(home, id_)
        releases.approve(home, COMMAND, id_)
    releases.activate(home, COMMAND, "risk-1")
    (home.models_folder / "risk-2" / "model.json").write_text("{ }", encoding="utf-8")
    with pytest.raises(ModelStateError, match="模型文件缺失或被改动"):
        releases.activate(home, COMMAND, "risk-2")
    assert (_state(home, "risk-1"), _state(home, "risk-2")) == ("active", "approved")


def test_a_model_whose_manifest_does_not_give_its_id_answers_nothing(home: Home) -> None:
    _put(home, "risk-1", ModelState.active)
    with pytest.raises(ArtifactError, match=r"manifest\.json was changed"):
        artifacts.active(home, releases.RISK, lambda folder: folder)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.operator])
def test_only_the_operator_reads_or_changes_models(home: Home, role: Role) -> None:
    _put(home, "risk-1")
    caller = Caller("someone", role)
    for act in (releases.show, releases.approve, releases.activate, releases.retire):
        with pytest.raises(NotAllowedError):
            act(home, caller, "risk-1")
    with pytest.raises(NotAllowedError):
        releases.models(home, caller)


def test_an_unknown_model_is_named(home: Home) -> None:
    for act in (releases.show, releases.approve, releases.activate, releases.retire):
        with pytest.raises(UnknownModelError, match="没有编号为 risk-9 的模型"):
            act(home, COMMAND, "risk-9")


def test_an_artifact_that_is_trained_again_keeps_its_state_and_its_approval(home: Home) -> None:
    _put(home, "risk-1")
    releases.approve(home, COMMAND, "risk-1")
    releases.activate(home, COMMAND, "risk-1")
    again = _put(home, "risk-1")
    assert (again.state, again.approved_by) == ("active", "operator:command")


def test_the_command_lists_shows_and_changes_states(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _put(home, "risk-1")

    def run(*words: str) -> str:
        assert main(["model", *words, "--home", str(tmp_path)]) == 0
        return capsys.readouterr().out

    assert [one["state"] for one in orjson.loads(run("list", "--json"))] == ["evaluated"]
    assert "已批准 approved" in run("approve", "risk-1")
    assert orjson.loads(run("activate", "risk-1", "--json"))["approved_by"] == "operator:command"
    assert "使用中 active" in run("list")
    assert orjson.loads(run("show", "risk-1", "--json"))["metrics"] == {"auc": 0.7}
    assert "已停用 retired" in run("retire", "risk-1")
    assert main(["model", "approve", "risk-1", "--home", str(tmp_path)]) == 1
    assert "只有“已评估”的模型可以批准" in capsys.readouterr().err
