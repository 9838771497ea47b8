"""What a home trains follows from what it holds: each model where rows suffice, a sentence where they do not."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features.tables import TABLES
from matching.province import build_world
from matching.province.tables import write_tables
from models.ranking_artifact import load_ranker
from service.access import consent
from service.access.caller import COMMAND, Ground, Kind, Purpose
from service.errors import NothingToDoError
from service.store import log_store
from service.store.consent_store import Authorisation
from service.work import artifacts, authorise, deliver, releases, train
from service.work.fitted import Trainings
from service.work.history import HISTORY
from service.work.home import Home, open_or_create_home
from service.work.train_ranking import fit_ranking

FIRMS, SEED = 1_000, 42
END = date(2026, 6, 30)
NOW = datetime(2026, 7, 1, 8, tzinfo=UTC)
Tables = Mapping[str, pa.Table]


@pytest.fixture(scope="module")
def tables() -> Tables:
    return build_world(FIRMS, SEED, dirty=False)[0].tables


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = open_or_create_home(tmp_path / "home", now=lambda: NOW)
    yield made
    made.database.close()


def _deliver(home: Home, tables: Tables, ground: Ground | None = Ground.synthetic) -> None:
    folder = home.folder.parent / "in"
    folder.mkdir()
    write_tables(tables, folder)
    deliver.take(home, COMMAND, folder, "tables", ground=ground)


def _without(tables: Tables, *names: str) -> Tables:
    return {name: table for name, table in tables.items() if name not in names}


def _sound(loans: pa.Table) -> pa.Table:
    """Return the loans of firms that never were past due."""
    late = loans.filter(pc.greater(loans["days_past_due"], 0))["enterprise"]
    return loans.filter(pc.invert(pc.is_in(loans["enterprise"], late)))


def _ranking(home: Home) -> Trainings:
    with home.database.read() as session:
        permit = consent.permit(session, COMMAND, Purpose.model_training, home.today)
    return fit_ranking(home, permit, END)


def test_without_a_match_history_the_risk_model_is_trained_alone_and_the_gap_is_said(
    home: Home, tables: Tables
) -> None:
    _deliver(home, _without(tables, *HISTORY))
    trained = train.train(home, COMMAND, END)
    assert [one.purpose for one in trained.versions] == [releases.RISK]
    withheld = trained.trainings.withheld
    assert [one.purpose for one in withheld] == [releases.RANKING, releases.WARNING]
    assert "没有可用的匹配历史" in withheld[0].sentence
    assert "a warning needs at least 10 enterprises" in withheld[1].sentence


def test_without_defaults_the_ranker_is_trained_on_firms_that_allow_it_and_stops_where_it_is_told(
    home: Home, tables: Tables
) -> None:
    _deliver(home, {**tables, "loans": _sound(tables["loans"])}, ground=None)
    firms = sorted(set(tables["requests"]["enterprise"].to_pylist()))
    allowed = firms[: len(firms) * 4 // 5]
    until = home.today + timedelta(days=30)
    purposes = {Purpose.model_training: allowed, Purpose.matching: firms}
    given = [
        Authorisation(f"uscc:{firm}", Kind.matching, purpose, frozenset(TABLES), home.today, until, None)
        for purpose, named in purposes.items()
        for firm in named
    ]
    authorise.give(home, COMMAND, given)
    trained = train.train(home, COMMAND, END, activate=False)
    assert [one.purpose for one in trained.versions] == [releases.RANKING, releases.ACCEPTANCE]
    assert [one.purpose for one in trained.trainings.withheld] == [releases.RISK, releases.WARNING]
    assert {one.state for one in trained.versions} == {"evaluated"}
    assert artifacts.active(home, releases.RANKING, load_ranker) is None

    metrics = orjson.loads(trained.versions[0].metrics)
    shown = set(tables["shown"]["enterprise"].to_pylist()) & set(allowed)
    assert metrics["enterprises_by_basis"] == {"authorisation": len(shown)}
    assert set(metrics["held_out"]) <= {"enterprise", "bank"}
    assert metrics["split"] == {"first_month": "2023-07", "warm_up": 6, "train": 21, "valid": 3, "test": 6}
    assert _tags(home) == ["trained", "trained"]

    ranking = releases.activate(home, COMMAND, releases.approve(home, COMMAND, trained.versions[0].id).id)
    found = artifacts.active(home, releases.RANKING, load_ranker)
    assert found is not None
    assert found[0].id == ranking.id
    assert orjson.dumps(dict(found[1].metrics), option=orjson.OPT_SORT_KEYS).decode() == ranking.metrics


def test_a_history_of_less_than_a_year_is_not_split(home: Home, tables: Tables) -> None:
    early = pc.less(tables["requests"]["requested_on"], date(2024, 3, 1))
    _deliver(home, {**_without(tables, "loans"), "requests": tables["requests"].filter(early)})
    with pytest.raises(NothingToDoError, match="只有 8 个月，不足 12 个月"):
        _ranking(home)


def test_too_few_products_taken_are_said_and_nothing_is_entered(home: Home, tables: Tables) -> None:
    some = sorted(set(tables["requests"]["enterprise"].to_pylist()))[:80]
    few = tables["requests"].filter(pc.is_in(tables["requests"]["enterprise"], pa.array(some)))
    _deliver(home, {**_without(tables, "loans"), "requests": few})
    found = _ranking(home)
    assert found.fitted == ()
    reasons = {one.purpose: one.en for one in found.withheld}
    assert "a ranker needs 60" in reasons[releases.RANKING]
    assert "at least 40 of each" in reasons[releases.ACCEPTANCE]
    with pytest.raises(NothingToDoError, match="没有可用的违约结果"):
        train.train(home, COMMAND, END)
    assert releases.models(home, COMMAND) == []


def test_where_few_products_were_taken_the_grant_model_is_fitted_all_the_same(home: Home, tables: Tables) -> None:
    decisions = tables["decisions"]
    lapsed = [
        {**one, "outcome": "lapsed", "loan_no": None} if one["outcome"] == "taken" else one
        for one in decisions.to_pylist()
    ]
    _deliver(
        home,
        {**_without(tables, "loans"), "decisions": pa.Table.from_pylist(lapsed, schema=decisions.schema)},
    )
    found = _ranking(home)
    assert [one.purpose for one in found.fitted] == [releases.ACCEPTANCE]
    assert [one.purpose for one in found.withheld] == [releases.RANKING]


def _tags(home: Home) -> list[str]:
    with home.database.read() as session:
        entries = list(log_store.each(session))
    return [one.tag.rpartition(":")[2] for one in entries if one.tag.startswith("model:")]
