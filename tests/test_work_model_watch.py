"""Watching the default model in use: what moved, what came of what it told, and nothing that was not known."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import orjson
import pytest
from served import Site

from models.drift import Level
from service.access import consent
from service.access.caller import COMMAND, Purpose, Role
from service.access.consent import Permit
from service.audit.tags import Tag
from service.cli import main
from service.errors import BadRequestError, NotAllowedError, NothingToDoError
from service.store import log_store
from service.work import model_watch, releases
from service.work.profile import known_day
from service.work.train_risk import active_model, training_table

pytest_plugins = ("served_fixtures",)


@pytest.fixture(scope="module")
def permit(shared_site: Site) -> Iterator[Permit]:
    with shared_site.home.database.read() as session:
        yield consent.permit(session, COMMAND, Purpose.model_training, shared_site.home.today)


def test_on_its_own_day_nothing_has_moved_and_the_watch_is_logged(shared_site: Site) -> None:
    home = shared_site.home
    found = model_watch.watch(home, COMMAND)
    assert (found.time.psi, found.outcomes, found.run, found.level) == (0, None, None, Level.quiet)
    assert found.fitted_on == found.as_of == known_day(home, None)
    assert all(one.psi == 0 for one in found.features)
    with home.database.read() as session:
        entry = log_store.newest(session, limit=1, tag=Tag.model_watched.value)[0]
    body = orjson.loads(entry.entry)
    assert body["model"] == found.model
    assert (body["outcomes"], body["psi_ppm"], body["level"]) == (0, 0, "quiet")
    assert "尚无新的到期结果" in "\n".join(found.sentences())


def test_outcomes_are_those_that_were_not_known_when_it_was_fitted(shared_site: Site, permit: Permit) -> None:
    home, today = shared_site.home, known_day(shared_site.home, None)
    active = active_model(home)
    assert active is not None
    earlier = today - timedelta(days=400)
    found = model_watch.read(home, permit, replace(active[0], as_of=earlier), active[1], today)
    known, every = (training_table(home, permit, day) for day in (earlier, today))
    assert found.outcomes is not None
    assert found.run is not None
    assert found.outcomes.rows == len(every.bad) - len(known.bad) > 50
    assert found.outcomes.bad == every.bad.sum() - known.bad.sum()
    assert found.time.psi > 0
    assert found.reach is not None
    assert found.reach.reference_rows == len(known.bad)
    text = "\n".join(found.sentences())
    assert f"{found.outcomes.rows} outcomes known" in text
    assert "CUSUM" in text
    assert json.dumps(found.as_json())


def test_a_training_watches_the_model_before_it_only_where_it_knows_more(shared_site: Site, permit: Permit) -> None:
    day = known_day(shared_site.home, None)
    assert model_watch.watch_at_training(shared_site.home, permit, day) is None
    assert model_watch.watch_at_training(shared_site.home, permit, day - timedelta(days=1)) is None
    later = model_watch.watch_at_training(shared_site.home, permit, day + timedelta(days=1))
    assert later is not None
    assert later.as_of == day + timedelta(days=1)


def test_a_day_before_the_models_own_is_refused(shared_site: Site) -> None:
    with pytest.raises(BadRequestError, match="早于模型的数据时点"):
        model_watch.watch(shared_site.home, COMMAND, known_day(shared_site.home, None) - timedelta(days=1))


def test_only_the_operator_watches(shared_site: Site) -> None:
    with pytest.raises(NotAllowedError):
        model_watch.watch(shared_site.home, shared_site.caller(Role.bank))


def test_without_a_model_in_use_there_is_nothing_to_watch(site: Site) -> None:
    active = active_model(site.home)
    assert active is not None
    releases.retire(site.home, COMMAND, active[0].id)
    with pytest.raises(NothingToDoError, match="没有使用中的风险模型"):
        model_watch.watch(site.home, COMMAND)


def test_the_command_prints_sentences_or_json(shared_site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    home = str(shared_site.home.folder)
    assert main(["model", "watch", "--home", home]) == 0
    assert "the risk model of" in capsys.readouterr().out
    assert main(["model", "watch", "--home", home, "--as-of", str(known_day(shared_site.home, None)), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["level"] == "quiet"
