"""Answers ordered by the active ranker: what they name, when they fall back, and whose history they rest on."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from delivered import write_csv
from served import Site, serve_copy
from sqlalchemy import text

from features.tables import TABLES
from matching.compile import YES
from matching.eligibility import Request, evaluate
from matching.reasons import MOST, RANKED, ReasonCode
from service.access import consent
from service.access.caller import COMMAND, Caller, Kind, Purpose, Role
from service.store.consent_store import Authorisation
from service.work import authorise, catalogue, deliver, match, match_log, releases
from service.work.home import Home
from service.work.profile import known_day, rows

pytest_plugins = ["served_fixtures"]
QUESTIONS = (match.Question(), match.Question(amount_fen=20_000_000, term_months=12, top=5))
WHOLE = frozenset(TABLES)


@pytest.fixture
def twin(built_home: Path, tmp_path: Path) -> Iterator[Site]:
    """Serve a second copy of the demo."""
    with serve_copy(built_home, tmp_path / "twin") as served:
        yield served


def test_an_answer_names_its_order_and_its_models(shared_site: Site) -> None:
    site = shared_site
    active = _active(site.home)
    mine = match.products_for(site.home, site.caller(Role.enterprise), site.firm, match.Question())
    theirs = match.enterprises_for(site.home, site.caller(Role.bank), _listed(site), match.Question(top=3))
    for answer in (mine, theirs):
        document, body = answer.document, _body(site, answer.log_entry)
        assert (document["order"], document["order_model"]["id"]) == ("ranker", active[releases.RANKING])
        assert document["acceptance_model"]["id"] == active[releases.ACCEPTANCE]
        assert (body["order"], body["order_model"]) == ("ranker", active[releases.RANKING])
        assert body["acceptance_model"] == active[releases.ACCEPTANCE]
        assert len(body["match_history"]) == len(body["match_history_basis"]) == 64
        assert body["match_history_firms"] > 100
        said = [note["zh"] for note in document["notes"]]
        assert any(note.startswith("“符合”按学习排序模型排列") for note in said)
        assert any("既不是承诺" in note for note in said)
        scores = [row["score"] for row in document["fits"]]
        assert scores
        assert scores == sorted(scores, reverse=True)
        assert all(row["granted_band"] is not None for row in document["fits"])
        assert all(row["granted_band"] is None for row in document["may_fit"])
        assert all(row["score"] == row["transparent_score"] for row in document["may_fit"])
        assert [row["score_ppm"] for row in body["fits"]] == [round(score * 1_000_000) for score in scores]


def test_the_same_question_has_the_same_answer(shared_site: Site) -> None:
    site = shared_site
    for ask in (_mine, _theirs):
        assert json.dumps(ask(site, match.Question())) == json.dumps(ask(site, match.Question()))


def test_every_pair_that_fits_is_eligible(shared_site: Site) -> None:
    site = shared_site
    day = known_day(site.home, None)
    with site.home.database.read() as session:
        products = catalogue.catalogue(session)
        access = consent.permit(session, site.caller(Role.bank), Purpose.matching, site.home.today).beyond_public
    profiles = rows(site.home, access, day)
    for one in site.products(of_bank=True):
        listed = match.enterprises_for(site.home, site.caller(Role.bank), one, match.Question()).document["fits"]
        verdict = evaluate(products.get(one), profiles, Request()).verdict
        eligible = {str(profiles["enterprise"][row]) for row, found in enumerate(verdict.tolist()) if found == YES}
        assert {row["enterprise"] for row in listed} == eligible


def test_without_an_active_ranker_the_transparent_score_orders(site: Site) -> None:
    before = _theirs(site, match.Question())
    releases.retire(site.home, COMMAND, _active(site.home)[releases.RANKING])
    after = match.enterprises_for(site.home, site.caller(Role.bank), _listed(site), match.Question())
    assert (after.document["order"], after.document["order_model"]) == ("transparent_score", None)
    assert after.document["acceptance_model"] is None
    assert any(note["zh"].startswith("按透明评分排列") for note in after.document["notes"])
    assert _body(site, after.log_entry)["order"] == "transparent_score"
    assert all(row["granted_band"] is None for row in after.document["fits"])
    codes = {reason["code"] for row in after.document["fits"] for reason in row["reasons"]}
    assert not [code for code in codes if code.startswith(RANKED)]
    assert {row["enterprise"] for row in after.document["fits"]} == {row["enterprise"] for row in before["fits"]}
    assert after.document["may_fit"] == before["may_fit"]


def test_before_any_match_is_known_the_transparent_score_orders(shared_site: Site) -> None:
    site = shared_site
    early = match.Question(as_of=date(2023, 1, 1))
    assert _mine(site, early)["order"] == "transparent_score"
    assert _theirs(site, early)["order"] == "transparent_score"


def test_without_an_acceptance_model_no_share_is_told(site: Site) -> None:
    releases.retire(site.home, COMMAND, _active(site.home)[releases.ACCEPTANCE])
    document = _theirs(site, match.Question())
    assert (document["order"], document["acceptance_model"]) == ("ranker", None)
    assert all(row["granted_band"] is None for row in document["fits"])
    assert not any("获批比例" in note["zh"] for note in document["notes"])


def test_facts_of_firms_without_authorisation_or_ground_change_no_byte_of_a_ranked_answer(
    site: Site, twin: Site, tmp_path: Path
) -> None:
    """Firms that allow neither matching nor training, nor stand under a ground: their matches are counted nowhere."""
    for one in (site, twin):
        _without_grounds(one, training=lambda number: number % 2 == 0)
    closed = _closed(site)
    assert len(closed) > 50
    _deliver_matches(twin, tmp_path / "matches", closed)
    assert site.home.facts.digest() != twin.home.facts.digest()
    for one in site.products(of_bank=True)[:3]:
        for question in QUESTIONS:
            here, there = (
                match.enterprises_for(served.home, served.caller(Role.bank), one, question) for served in (site, twin)
            )
            assert here.document["order"] == "ranker"
            assert json.dumps(_content(here.document)) == json.dumps(_content(there.document))
            bodies = [_body(served, answer.log_entry) for served, answer in ((site, here), (twin, there))]
            assert bodies[0]["match_history"] == bodies[1]["match_history"]
            assert bodies[0]["facts"] != bodies[1]["facts"]


def test_matches_of_firms_that_allow_training_are_counted_and_move_no_tie(
    site: Site, twin: Site, tmp_path: Path
) -> None:
    for one in (site, twin):
        _without_grounds(one, training=lambda number: number % 2 == 0)
    open_ = sorted(_allowed(site, Purpose.model_training))
    _deliver_matches(twin, tmp_path / "matches", open_)
    asked = [
        match.enterprises_for(served.home, served.caller(Role.bank), _listed(site), match.Question())
        for served in (site, twin)
    ]
    bodies = [_body(served, answer.log_entry) for served, answer in zip((site, twin), asked, strict=True)]
    assert bodies[0]["match_history"] != bodies[1]["match_history"]
    assert bodies[0]["tie_key"] == bodies[1]["tie_key"]
    scores = [{row["enterprise"]: row["score"] for row in answer.document["fits"]} for answer in asked]
    assert scores[0].keys() == scores[1].keys()
    assert scores[0] != scores[1]


def test_who_withdraws_from_training_is_counted_no_more(site: Site) -> None:
    _without_grounds(site, training=lambda _number: True)
    counted = [_body(site, _ask(site))["match_history_firms"]]
    allowed = sorted(_allowed(site, Purpose.model_training))
    with site.home.database.read() as session:
        history = {
            str(firm)
            for firm in _history_firms(site, consent.permit(session, COMMAND, Purpose.model_training, _day(site)))
        }
    gone = next(firm for firm in allowed if firm in history)
    caller = Caller("someone", Role.enterprise, enterprise=gone)
    for one in authorise.of(site.home, caller):
        if one.purpose == Purpose.model_training:
            authorise.revoke(site.home, caller, one.id)
    counted.append(_body(site, _ask(site))["match_history_firms"])
    assert counted[1] == counted[0] - 1


def test_where_nobody_allows_training_there_is_no_history_and_the_transparent_score_orders(site: Site) -> None:
    _without_grounds(site, training=lambda _number: False)
    assert _mine(site, match.Question())["order"] == "transparent_score"


def test_over_two_hundred_firms_thirty_kinds_of_reasons_occur(shared_site: Site) -> None:
    site = shared_site
    firms, codes = set(), set()
    for one in site.catalogue()[::8]:
        for row in match.enterprises_for(site.home, COMMAND, one["id"], match.Question(top=50)).document["fits"]:
            firms.add(row["enterprise"])
            codes |= {reason["code"] for reason in row["reasons"]}
            assert 1 <= len(row["reasons"]) <= MOST
    for firm in sorted(firms)[::10]:
        for row in match.products_for(site.home, COMMAND, firm, match.Question(top=10)).document["fits"]:
            codes |= {reason["code"] for reason in row["reasons"]}
            assert 1 <= len(row["reasons"]) <= MOST
    assert len(firms) >= 200
    assert codes <= {code.value for code in ReasonCode}
    assert len({code for code in codes if code.startswith(RANKED)}) >= 30


def test_a_log_entry_reads_in_words(shared_site: Site) -> None:
    site = shared_site
    number = match.products_for(site.home, site.caller(Role.enterprise), site.firm, match.Question()).log_entry
    page = site.client(Role.regulator).get(f"/regulator/log/{number}").text
    assert "学习排序模型" in page
    view = match_log.entry(site.home, site.caller(Role.regulator), number)
    told = [reason for row in view.body["fits"] for reason in row["reasons"]]
    assert told
    for reason in told:
        assert view.words.column(reason["column"]) != reason["column"], reason
        assert view.words.reason(reason["code"]) != reason["code"]


def _mine(site: Site, question: match.Question) -> dict[str, Any]:
    return _content(match.products_for(site.home, site.caller(Role.enterprise), site.firm, question).document)


def _theirs(site: Site, question: match.Question) -> dict[str, Any]:
    return _content(match.enterprises_for(site.home, site.caller(Role.bank), _listed(site), question).document)


def _ask(site: Site) -> int:
    return match.enterprises_for(site.home, site.caller(Role.bank), _listed(site), match.Question()).log_entry


def _content(document: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key != "log_entry"}


def _listed(site: Site) -> str:
    """Return the bank's product with firms that fit and firms that may; every copy of the demo has the same."""
    if not _LISTED:
        _LISTED.append(_most_told(site))
    return _LISTED[0]


_LISTED: list[str] = []


def _most_told(site: Site) -> str:
    sizes = {}
    for one in site.products(of_bank=True):
        counts = match.enterprises_for(site.home, site.caller(Role.bank), one, match.Question(top=1)).document["counts"]
        sizes[one] = min(counts["fits"], 1 + counts["may_fit"])
    return max(sizes, key=lambda one: sizes[one])


def _active(home: Home) -> dict[str, str]:
    return {one.purpose: one.id for one in releases.models(home, COMMAND) if one.state == "active"}


def _body(site: Site, number: int) -> dict[str, Any]:
    [(entry,)] = site.rows("SELECT entry FROM log_entries WHERE id = ?", number)
    body: dict[str, Any] = json.loads(entry)
    return body


def _day(site: Site) -> date:
    return site.home.today


def _allowed(site: Site, purpose: Purpose) -> set[str]:
    with site.home.database.read() as session:
        caller = COMMAND if purpose is Purpose.model_training else site.caller(Role.bank)
        return set(consent.permit(session, caller, purpose, site.home.today).covered)


def _closed(site: Site) -> list[str]:
    every = {str(name) for (name,) in site.rows("SELECT id FROM enterprises")}
    return sorted(every - _allowed(site, Purpose.matching) - _allowed(site, Purpose.model_training))


def _history_firms(site: Site, permit: consent.Permit) -> set[str]:
    from service.work.history import match_history  # noqa: PLC0415 (only this test looks at the history itself)

    found = match_history(site.home, permit.access, known_day(site.home, None))
    assert found is not None
    return {str(one) for one in found.requests["enterprise"].to_pylist()}


def _without_grounds(site: Site, training: Any) -> None:  # noqa: ANN401 (says by number who allows training)
    """Leave authorisations alone to open facts; of the firms by number some allow training with all their tables."""
    with site.home.database.write() as session:
        session.execute(text("DELETE FROM grounds"))
        session.execute(text("DELETE FROM authorisations WHERE purpose = 'model_training'"))
    firms = [str(name) for (name,) in site.rows("SELECT id FROM enterprises ORDER BY id")]
    today = site.home.today
    given = [
        Authorisation(firm, Kind.matching, Purpose.model_training, WHOLE, today, today + timedelta(days=90))
        for number, firm in enumerate(firms)
        if training(number)
    ]
    if given:
        authorise.give(site.home, COMMAND, given)


def _deliver_matches(site: Site, folder: Path, firms: list[str]) -> None:
    """Deliver a request of each firm half a year ago, shown one product and taken, and invoices of today."""
    day, usccs = known_day(site.home, None), [firm.removeprefix("uscc:") for firm in firms]
    asked = day - timedelta(days=180)
    product = site.products(of_bank=True)[0]
    keys = [{"enterprise": one, "request_no": f"X{number}"} for number, one in enumerate(usccs)]
    known = (asked + timedelta(days=20)).isoformat()
    amount = {"amount_yuan": "200000", "term_months": "12", "known_on": known}
    write_csv(folder, "requests", [key | {"requested_on": asked.isoformat()} | amount for key in keys])
    pairs = [key | {"product": product} for key in keys]
    place = {"shown_on": asked.isoformat(), "position": "1", "list_order": "written", "shown_chance": "1"}
    write_csv(folder, "shown", [pair | place | {"known_on": known} for pair in pairs])
    write_csv(folder, "applications", [pair | {"applied_on": asked.isoformat()} | amount for pair in pairs])
    taken = {"decided_on": asked.isoformat(), "outcome": "taken", "amount_yuan": "200000", "annual_rate": "0.04"}
    settled = {"settled_on": asked.isoformat(), "loan_no": "", "known_on": known}
    write_csv(folder, "decisions", [pair | taken | settled for pair in pairs])
    report = deliver.take(site.home, COMMAND, folder, "tables")
    assert {name: one["quarantined"] for name, one in report.counts().items() if one["quarantined"]} == {}
