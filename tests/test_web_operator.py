"""The operator's pages: every model with its state and its figures, and acts that change one and are logged."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from served import ORIGIN, Site
from starlette.testclient import TestClient
from stored_models import put_model

from service.access.caller import Role
from service.app import create_app
from service.audit.tags import Tag
from service.settings import Settings
from service.store import entity_store, log_store
from service.store.entity_store import User
from service.web.charts import MARGIN, SIDE, bars, square
from service.web.model_reading import MEASURES, kind_words, read_metrics
from service.work import match_log, releases
from service.work.home import open_or_create_home

NOW = datetime(2026, 7, 1, 8, 30, tzinfo=UTC)
HELD_OUT: dict[str, Any] = {
    "queries": 312,
    "methods": {
        "ranker": {name: {"mean": 0.71, "lead": 0.0} for name in MEASURES},
        "popularity": {name: {"mean": 0.55, "lead": 0.16} for name in MEASURES},
    },
}
METRICS: dict[str, Any] = {
    "held_out": {"enterprise": HELD_OUT, "bank": None},
    "reliability": [
        {"told": 0.2, "granted": 0.25, "applications": 40},
        {"told": 0.6, "granted": 0.5, "applications": 10},
    ],
    "split": {"早": 1, "train": 21, "first_month": "2024-01"},
    "odd <b>": 1.5,
}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    home = open_or_create_home(tmp_path / "home", now=lambda: NOW)
    put_model(home, "ranker-1", releases.RANKING, metrics=orjson.dumps(METRICS).decode())
    with home.database.write() as session:
        entity_store.put_users(session, [User("operator", Role.operator, "平台运营人员", is_demo=True)])
    yield Site(home, create_app(home, Settings()))
    home.database.close()


@pytest.fixture
def client(site: Site) -> TestClient:
    return site.client(Role.operator)


def test_a_model_goes_through_its_states_by_buttons_and_each_is_logged(site: Site, client: TestClient) -> None:
    page = client.get("/operator")
    assert "已评估" in page.text
    assert "/operator/models/ranker-1/approve" in page.text
    assert "/operator/models/ranker-1/activate" not in page.text
    for act, said in (("approve", "已批准"), ("activate", "使用中"), ("retire", "已停用"), ("activate", "使用中")):
        answer = client.post(f"/operator/models/ranker-1/{act}")
        assert (answer.status_code, answer.headers["location"]) == (303, "/operator/models/ranker-1")
        assert f"<b>{said}</b>" in client.get("/operator/models/ranker-1").text
    tags = [one.tag.rpartition(":")[2] for one in match_log.entries(site.home, site.caller(Role.operator))]
    assert tags[:4] == ["activated", "retired", "activated", "approved"]
    assert {one.caller for one in match_log.entries(site.home, site.caller(Role.operator))} == {"operator:operator"}


def test_a_refused_act_says_why(client: TestClient) -> None:
    answer = client.post("/operator/models/ranker-1/activate")
    assert answer.status_code == 409
    assert "只有批准过且未在使用的模型可以启用" in answer.text
    assert client.get("/operator/models/ranker-9").status_code == 404


def test_an_act_from_another_site_is_refused(site: Site, client: TestClient) -> None:
    answer = client.post("/operator/models/ranker-1/approve", headers={"Origin": "https://elsewhere.example"})
    assert answer.status_code == 403
    assert site.rows("SELECT state FROM models") == [("evaluated",)]


def test_every_chart_has_its_table_and_no_style_of_its_own(client: TestClient) -> None:
    page = client.get("/operator/models/ranker-1").text
    assert page.count("<svg") == 2
    assert "style=" not in page
    assert "<script" not in page
    for figure in ("0.710", "0.550", "+0.160", "25.0%", "odd &lt;b&gt;"):
        assert figure in page


def test_a_home_without_models_says_what_to_run(tmp_path: Path) -> None:
    home = open_or_create_home(tmp_path / "empty")
    with home.database.write() as session:
        entity_store.put_users(session, [User("operator", Role.operator, "平台运营人员", is_demo=True)])
    client = TestClient(create_app(home, Settings()), base_url=ORIGIN, headers={"Origin": ORIGIN})
    client.post("/api/session", json={"login": "operator"})
    assert "rongqiao train" in client.get("/operator").text
    home.database.close()


def test_the_last_watch_of_a_model_stands_on_its_page(site: Site, client: TestClient) -> None:
    assert "最近一次监测" not in client.get("/operator/models/ranker-1").text
    for psi, level, model in ((400_000, "alarm", "ranker-1"), (123_456, "watch", "ranker-1"), (1, "quiet", "other")):
        body = {"as_of": "2026-06-30", "level": level, "psi_ppm": psi, "outcomes": 1_200, "bad": 34}
        with site.home.database.write() as session:
            log_store.append(session, Tag.model_watched, NOW, "operator", model, body)
    page = client.get("/operator/models/ranker-1").text
    assert "<b>关注</b>" in page
    assert "0.123" in page
    assert "1,200 笔，其中违约 34 笔" in page


def test_figures_without_a_form_come_as_they_stand() -> None:
    reading = read_metrics(METRICS)
    assert [(one.key, one.text) for one in reading.rest] == [
        ("split", "首月 2024-01；训练月数 21；早 1"),
        ("odd <b>", "1.5000"),
    ]
    assert [side.queries for side in reading.sides] == [312]
    assert read_metrics({}).reliability is None


def test_a_method_that_the_ranker_does_not_lead_is_named(site: Site, client: TestClient) -> None:
    assert "未能领先" not in client.get("/operator/models/ranker-1").text
    leads = dict(zip(MEASURES, (-0.01, 0.0, -0.2), strict=True))
    behind = {name: {"mean": 0.8, "lead": lead} for name, lead in leads.items()}
    methods = {**HELD_OUT["methods"], "affinity alone": behind}
    metrics = {"held_out": {"bank": {"queries": 9, "methods": methods}}}
    put_model(site.home, "ranker-2", releases.RANKING, metrics=orjson.dumps(metrics).decode())
    page = client.get("/operator/models/ranker-2").text
    assert "学习的排序在NDCG@10（仅历史频次），召回@5（仅历史频次）上未能领先。" in page


def test_figures_are_said_to_be_of_a_fit_before_the_one_in_use(client: TestClient) -> None:
    page = client.get("/operator/models/ranker-1").text
    assert page.count("；启用的模型在检验之后用全部已知样本重新拟合。") == 2  # the comparison and the reliability


def test_a_kind_is_told_in_words() -> None:
    assert kind_words("binary+choice") == "逐行概率＋逐次选择"
    assert kind_words("boosted") == "单调梯度提升树"
    assert kind_words("test") == "test"


def test_bars_are_in_proportion_and_the_first_is_set_apart() -> None:
    chart = bars([("甲", 0.5), ("乙", 0.25)])
    assert [one.is_first for one in chart.bars] == [True, False]
    assert chart.bars[0].length == 2 * chart.bars[1].length == 190.0
    assert chart.height == chart.bars[1].y + 34


def test_a_true_expectation_lies_on_the_diagonal() -> None:
    chart = square([(0.2, 0.2, 9), (0.35, 0.1, 1)])
    first, second = chart.dots
    assert first.x - MARGIN == SIDE - MARGIN - first.y == 112.0  # half of the axis, which ends at 40 %
    assert second.y > first.y
    assert second.radius < first.radius
    assert [one.text for one in chart.ticks] == ["0%", "10%", "20%", "30%", "40%"]
