"""Bands in answers and the public table: what they say, what the log holds, and who may read them how often."""

import json
from collections import defaultdict
from datetime import date
from typing import Any

import pandas as pd
import pytest
from served import Site

from matching.odds_history import day_of
from service.access.caller import COMMAND, Role
from service.audit.tags import Tag
from service.cli import main
from service.http.rate import PublicReadLimit
from service.store import log_store
from service.work import match, odds, releases
from service.work.history import match_history
from service.work.learned import allowed_history

pytest_plugins = ["served_fixtures"]
QUESTION = match.Question(amount_fen=20_000_000, term_months=12)


def firms(site: Site) -> list[str]:
    """Return some firms of the home, the demo user's first."""
    listed = site.rows("SELECT id FROM enterprises ORDER BY id LIMIT 6")
    return [site.firm, *(str(row[0]) for row in listed)]


def entries(site: Site, tag: Tag) -> list[dict[str, Any]]:
    with site.home.database.read() as session:
        return [json.loads(one.entry) for one in log_store.each(session, tag=tag)]


def test_every_chance_shown_is_a_band_with_its_ground(shared_site: Site) -> None:
    site, seen = shared_site, []
    for firm in firms(site):
        answer = match.products_for(site.home, COMMAND, firm, QUESTION)
        rows = answer.document["fits"]
        assert not [key for row in rows for key in row if key.startswith("granted_of_applied")]
        logged = entries(site, Tag.products_answered)[-1]
        told = {row["product"]: row["granted_band"] for row in rows}
        shown = {name: one for name, one in told.items() if one["low"] is not None}
        assert logged["bands"] == {
            name: [one["low"], one["middle"], one["high"], one["n"]] for name, one in shown.items()
        }
        seen += list(told.values())
    told_ones = [one for one in seen if one["low"] is not None]
    hidden = [one for one in seen if one["low"] is None]
    assert told_ones
    assert hidden
    for one in told_ones:
        assert 0 <= one["low"] <= one["middle"] <= one["high"] <= 100
        assert one["n"] >= 10
        assert one["window_days"] <= 365
        assert f"{one['low']}–{one['high']}家获批" in one["text"]
        assert f"n={one['n']}家" in one["text"]
    assert {one["text"] for one in hidden} == {"样本不足10家，不显示获批比例"}


def test_a_bank_reads_bands_too(shared_site: Site) -> None:
    site = shared_site
    product = site.products(of_bank=True)[0]
    answer = match.enterprises_for(site.home, site.caller(Role.bank), product, match.Question(top=5))
    assert all("granted_of_applied_ppm" not in row for row in answer.document["fits"])
    assert all(set(row["granted_band"]) >= {"low", "high", "n", "window_days"} for row in answer.document["fits"])


def test_without_a_grant_model_no_band_is_told(site: Site) -> None:
    for one in releases.models(site.home, COMMAND):
        if one.purpose == releases.ACCEPTANCE and one.state == "active":
            releases.retire(site.home, COMMAND, one.id)
    rows = match.products_for(site.home, COMMAND, site.firm, QUESTION).document["fits"]
    assert all(row["granted_band"] is None for row in rows)


def decided_by_hand(site: Site) -> dict[tuple[str, str], dict[str, set[str]]]:
    """Return by bank and month of the request the outcomes by firm, counted over the rows of the history one by one."""
    as_of = site.home.facts.latest_known_on()
    assert as_of is not None
    history = match_history(site.home, allowed_history(site.home).permit.access, as_of)
    assert history is not None
    asked = {(row["enterprise"], row["request_no"]): row["requested_on"] for row in history.requests.to_pylist()}
    banks = {one["id"]: one["bank"] for one in site.catalogue()}
    found: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in history.decisions.to_pylist():
        day = asked[row["enterprise"], row["request_no"]]
        granted = row["outcome"] in {"granted", "taken", "lapsed"}
        pair = f"{row['enterprise']} {row['request_no']} {row['product']}"
        found[banks[row["product"]], f"{day:%Y-%m}"]["granted" if granted else "refused"].add(pair)
    return found


def test_the_table_agrees_with_a_count_by_hand(shared_site: Site) -> None:
    document = odds.promises(shared_site.home)
    by_hand = decided_by_hand(shared_site)
    told = [row for row in document["rows"] if row["decided"] is not None]
    assert document["rows"]
    for row in told:
        counted = by_hand[row["bank"], row["month"]]
        assert row["decided"] <= len(counted["granted"] | counted["refused"])
        assert row["firms"] >= 10
        assert 0 <= row["low"] <= row["middle"] <= row["high"] <= 100
        if row["decided"] == len(counted["granted"] | counted["refused"]):
            assert row["granted"] == pytest.approx(100 * len(counted["granted"]) / row["decided"], abs=0.05)
    for row in document["rows"]:
        if row["decided"] is None:
            assert {row[name] for name in ("firms", "open", "shown", "low", "middle", "high", "granted")} == {None}


def test_the_table_is_public_and_every_reading_logged(shared_site: Site) -> None:
    client = shared_site.client()
    before = len(entries(shared_site, Tag.promises_read))
    answer = client.get("/api/public/promises")
    page = client.get("/promises")
    assert (answer.status_code, page.status_code) == (200, 200)
    read = entries(shared_site, Tag.promises_read)[before:]
    assert [one["caller"] for one in read] == ["public", "public"]
    assert read[0]["rows"] == len(answer.json()["rows"])
    assert "承诺与结果" in page.text
    assert "每100家申请企业中的获批家数" in page.text
    assert "来源：" in page.text
    assert "<script" not in page.text
    assert page.text.count("<tr>") == len(answer.json()["rows"]) + 1


def test_no_firm_is_named_in_public(shared_site: Site) -> None:
    told = shared_site.client().get("/api/public/promises").text
    assert "uscc:" not in told


def test_public_readings_have_a_ceiling(site: Site) -> None:
    site.app.state.public_reads = PublicReadLimit(2)
    client = site.client()
    statuses = [client.get(path) for path in ("/api/public/promises", "/promises", "/api/public/promises")]
    assert [one.status_code for one in statuses] == [200, 200, 429]
    assert statuses[-1].headers["retry-after"] == "60"


def test_the_command_prints_the_table(shared_site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    home = str(shared_site.home.folder)
    assert main(["odds", "promises", "--home", home, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert {"as_of", "per", "rows", "source"} <= set(document)
    assert main(["odds", "promises", "--home", home]) == 0
    assert "来源：" in capsys.readouterr().out


def test_a_band_that_was_shown_is_the_promise() -> None:
    """The last one shown within 30 days up to the request stands for the one that was counted."""
    asked = date(2026, 5, 20)
    counted = pd.DataFrame(
        {
            "enterprise": ["a", "b", "c", "d"],
            "product": ["loan"] * 4,
            "requested_on": pd.to_datetime([asked] * 4),
            "low": [10.0] * 4,
            "middle": [20.0] * 4,
            "high": [30.0] * 4,
        }
    )
    day = day_of(asked)
    shown = {
        ("a", "loan"): [odds.Shown(day - 9, 40, 50, 60), odds.Shown(day, 41, 51, 61)],
        ("b", "loan"): [odds.Shown(day - 31, 40, 50, 60)],
        ("c", "loan"): [odds.Shown(day + 1, 40, 50, 60)],
        ("d", "other"): [odds.Shown(day, 40, 50, 60)],
    }
    found = odds.with_shown(counted, shown)
    assert found["middle"].tolist() == [51.0, 20.0, 20.0, 20.0]
    assert found["is_shown"].tolist() == [True, False, False, False]
    assert counted["middle"].tolist() == [20.0] * 4


def test_a_firms_own_answers_are_read_from_the_log(site: Site) -> None:
    reader = odds.ShownBands()
    before = {pair: len(found) for pair, found in reader.of(site.home).items()}
    own = match.products_for(site.home, site.caller(Role.enterprise), site.firm, QUESTION)
    match.products_for(site.home, COMMAND, site.firm, QUESTION)
    after = {pair: len(found) for pair, found in reader.of(site.home).items()}
    bands = {row["product"]: row["granted_band"] for row in own.document["fits"]}
    expected = {(site.firm, name) for name, one in bands.items() if one is not None and one["low"] is not None}
    assert {
        pair: count - before.get(pair, 0) for pair, count in after.items() if count != before.get(pair)
    } == dict.fromkeys(expected, 1)
    assert {pair: len(found) for pair, found in odds.ShownBands().of(site.home).items()} == after
