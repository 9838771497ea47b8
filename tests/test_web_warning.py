"""An early warning's figures on the operator's page, beside what it has to beat."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from served import Site
from stored_models import put_model

from service.access.caller import Role
from service.app import create_app
from service.settings import Settings
from service.store import entity_store
from service.store.entity_store import User
from service.web.warning_reading import read_warning
from service.work import releases
from service.work.home import open_or_create_home

NOW = datetime(2026, 7, 1, 8, tzinfo=UTC)


def figures(precision: float | None) -> dict[str, Any]:
    one = {"estimate": precision, "low": precision, "high": precision}
    return {"precision": one, "recall": one, "auc_within_month": one, "lead_days_median": {"estimate": 57.0}}


REPORT = {
    "flags_a_month": 30.0,
    "loans_a_month": 3042.0,
    "base_rate": 0.018,
    "figures": {"random": figures(None), "logistic": figures(0.279), "tax arrears": figures(0.033)},
}
METRICS = {"within_12m": REPORT, "held_out_months": {"cutoff": "2024-11-30", "first": "2024-12-31"}}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    home = open_or_create_home(tmp_path / "home", now=lambda: NOW)
    put_model(home, "warning-1", releases.WARNING, metrics=orjson.dumps(METRICS).decode())
    with home.database.write() as session:
        entity_store.put_users(session, [User("operator", Role.operator, "平台运营人员", is_demo=True)])
    yield Site(home, create_app(home, Settings()))
    home.database.close()


def test_the_operator_sees_what_a_warning_does_at_the_officers_capacity(site: Site) -> None:
    client = site.client(Role.operator)
    assert "贷后预警" in client.get("/operator").text
    page = client.get("/operator/models/warning-1").text
    assert "12 个月内违约" in page
    assert "每月在 3042 笔没有逾期的贷款中提示 30 笔；其中 1.80% 后来违约" in page
    assert "0.279（0.279–0.279）" in page
    assert "拟合所知截至 2024-11-30；首个 2024-12-31" in page


def test_methods_stand_in_the_order_of_their_words_and_what_is_not_known_is_a_dash() -> None:
    [horizon] = read_warning(METRICS)
    assert [one.en for one in horizon.rows] == ["logistic hazard", "tax arrears", "random"]
    assert horizon.rows[2].figures == ("—（—–—）", "—", "—（—–—）", "57")
    assert read_warning({"held_out": {}}) == ()
