"""Policies pushed to the firms they are for and to nobody else, opted out of, expired and followed; costs answered."""

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from matching_worlds import Row, clause
from policy_worlds import policy_row
from served import Site

from matching.policy_eligibility import verdicts
from matching.truth import YES
from service.access import consent
from service.access.caller import COMMAND, Caller, Purpose, Role
from service.cli import main
from service.errors import NotAllowedError, PolicyStateError, UnknownPolicyError
from service.store import notice_store, policy_store
from service.work import authorise, cost, deliver, policies
from service.work.home import Home
from service.work.policies import PushState
from service.work.profile import known_day, rows

pytest_plugins = ["served_fixtures"]
HEADER = "enterprise,direction,invoice_no,issued_on,counterparty,amount_yuan,tax_yuan,total_yuan,status,known_on"
HUGE: Row = {"criteria": [clause("huge", "sales_12m_fen", "at_least", 5_000_000_000)]}


def load(home: Home, tmp_path: Path, *written: Row) -> None:
    path = tmp_path / "policies.json"
    path.write_text(json.dumps(written, ensure_ascii=False), encoding="utf-8")
    assert policies.load(home, COMMAND, path) == len(written)


def now_row(home: Home, **changes: object) -> Row:
    """Write a policy that holds from yesterday for a month."""
    since, until = home.today - timedelta(days=1), home.today + timedelta(days=30)
    return policy_row(**({"valid_from": since.isoformat(), "valid_until": until.isoformat()} | changes))


def firms(site: Site, *, authorised: bool) -> list[str]:
    with site.home.database.read() as session:
        permit = consent.telling_permit(session, site.home.today)
    part = permit.beyond_public if authorised else permit.public_alone
    return [firm for grant in part.grants for firm in grant.enterprises or ()]


def as_firm(firm: str) -> Caller:
    return Caller("someone", Role.enterprise, enterprise=firm)


def told(home: Home, policy: str = "half") -> list[str]:
    with home.database.read() as session:
        return [one.enterprise for one in policy_store.pushes(session, policy=policy)]


def state(home: Home, firm: str, policy: str = "half") -> str:
    with home.database.read() as session:
        found = policy_store.find(session, policy, firm)
    assert found is not None
    return found.state


def plant(site: Site, tmp_path: Path, planted: list[str]) -> None:
    """Deliver sales of six thousand million to each firm, in the month before that of the data."""
    day = known_day(site.home, None)
    sold = day.replace(day=1) - timedelta(days=3)
    lines = [
        f"{firm.removeprefix('uscc:')},sale,PL{place},{sold},买方,6000000000.00,0.00,6000000000.00,valid,{day}"
        for place, firm in enumerate(planted)
    ]
    path = tmp_path / "invoices.csv"
    path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    report = deliver.take(site.home, COMMAND, path, "tables")
    assert report.counts()["invoices"]["taken"] == len(lines)


def test_every_planted_firm_is_told_once_and_nobody_else(site: Site, tmp_path: Path) -> None:
    open_firms, closed_firms = firms(site, authorised=True)[:4], firms(site, authorised=False)[:3]
    plant(site, tmp_path, open_firms + closed_firms)
    load(site.home, tmp_path, now_row(site.home, **HUGE))
    out = open_firms.pop()
    policies.choose_notices(site.home, as_firm(out), wanted=False)
    assert policies.push(site.home, COMMAND).told == {"half": 3}
    # A firm that authorised nothing is judged on public records, which say nothing of sales.
    assert told(site.home) == sorted(open_firms)
    assert policies.push(site.home, COMMAND).told == {"half": 0}
    authorise.standard(site.home, as_firm(closed_firms[0]))
    policies.choose_notices(site.home, as_firm(out), wanted=True)
    assert policies.push(site.home, COMMAND).told == {"half": 2}
    assert told(site.home) == sorted([*open_firms, closed_firms[0], out])
    with site.home.database.read() as session:
        (notice,) = notice_store.notices(session, open_firms[0])
    assert (notice.kind, notice.subject) == ("policy", "half")
    assert json.loads(notice.document)["name"] == "贴息一半"


def test_a_push_tells_what_the_firm_itself_would_be_answered(site: Site, tmp_path: Path) -> None:
    home = site.home
    criteria = [clause("kind", "kind", "equals", "company"), clause("paid", "tax_arrears_fen", "equals", 0)]
    load(home, tmp_path, now_row(home, criteria=criteria))
    pushed = set(told(home)) if policies.push(home, COMMAND).told["half"] else set[str]()
    assert pushed
    with home.database.read() as session:
        (one,) = policies.policies(session)
        some = sorted(pushed)[:6] + [firm for firm in firms(site, authorised=True) if firm not in pushed][:6]
        some += firms(site, authorised=False)[:6]
        permits = {firm: consent.permit(session, as_firm(firm), Purpose.matching, home.today, (firm,)) for firm in some}
    for firm, permit in permits.items():
        verdict = verdicts(one, rows(home, permit.access, known_day(home, None)))
        assert (verdict.tolist() == [YES]) == (firm in pushed)


def test_who_opted_out_is_told_nothing_and_shown_nothing_at_once(site: Site, tmp_path: Path) -> None:
    firm = as_firm(site.firm)
    load(site.home, tmp_path, now_row(site.home), now_row(site.home, id="later"))
    policies.choose_notices(site.home, firm, wanted=False)
    policies.push(site.home, COMMAND)
    assert site.firm not in told(site.home)
    assert policies.of_firm(site.home, firm) == []
    policies.choose_notices(site.home, firm, wanted=True)
    policies.push(site.home, COMMAND)
    assert [one["policy"] for one in policies.of_firm(site.home, firm)] == ["half", "later"]
    policies.apply(site.home, firm, "later")
    policies.choose_notices(site.home, firm, wanted=False)
    # What it applied for goes on; the rest is gone at once.
    assert [one["policy"] for one in policies.of_firm(site.home, firm)] == ["later"]


def test_a_policy_before_its_first_or_past_its_last_day_is_not_pushed(site: Site, tmp_path: Path) -> None:
    today = site.home.today
    past = now_row(site.home, id="past", valid_from="2020-01-01", valid_until=(today - timedelta(days=1)).isoformat())
    future = now_row(site.home, id="future", valid_from=(today + timedelta(days=1)).isoformat())
    last = now_row(site.home, id="last", valid_until=today.isoformat())
    load(site.home, tmp_path, past, future, last)
    done = policies.push(site.home, COMMAND)
    assert list(done.told) == ["last"]
    assert done.told["last"] == len(firms(site, authorised=True)) + len(firms(site, authorised=False))
    assert told(site.home, "past") == told(site.home, "future") == []


def test_an_open_push_ends_with_its_policy_and_an_application_does_not(site: Site, tmp_path: Path) -> None:
    home = site.home
    load(home, tmp_path, now_row(home, valid_until=home.today.isoformat()))
    policies.push(home, COMMAND)
    first, second, third = told(home)[:3]
    policies.apply(home, as_firm(first), "half")
    tomorrow = replace(home, now=lambda: home.now() + timedelta(days=1))
    # Reading alone ends it already, whether or not the night's run came first.
    (shown,) = policies.of_firm(tomorrow, as_firm(second))
    assert (shown["state"], shown["in_force"]) == ("expired", False)
    done = policies.push(tomorrow, COMMAND)
    assert (done.told, done.expired) == ({}, len(told(home)) - 2)
    assert [state(home, one) for one in (first, second, third)] == ["applied", "expired", "expired"]
    with pytest.raises(PolicyStateError, match="not in force"):
        policies.apply(tomorrow, as_firm(third), "half")
    policies.decide(tomorrow, COMMAND, "half", first, granted=False)
    assert state(home, first) == "refused"


def test_progress_goes_one_way_and_is_seen_by_the_firm(site: Site, tmp_path: Path) -> None:
    home, firm = site.home, as_firm(site.firm)
    load(home, tmp_path, now_row(home))
    with pytest.raises(UnknownPolicyError):
        policies.apply(home, firm, "half")
    policies.push(home, COMMAND)
    assert state(home, site.firm) == "pushed"
    with pytest.raises(PolicyStateError, match="It is pushed"):
        policies.decide(home, COMMAND, "half", site.firm, granted=True)
    assert [one["state"] for one in policies.of_firm(home, firm)] == ["read"]
    policies.apply(home, firm, "half")
    with pytest.raises(PolicyStateError, match="It is applied"):
        policies.apply(home, firm, "half")
    policies.decide(home, COMMAND, "half", site.firm, granted=True)
    (shown,) = policies.of_firm(home, firm)
    assert (shown["state"], shown["state_words"]["zh"]) == ("granted", "已享受")
    with pytest.raises(PolicyStateError):
        policies.decide(home, COMMAND, "half", site.firm, granted=False)
    for refused in (site.caller(Role.bank), site.caller(Role.regulator), firm):
        with pytest.raises(NotAllowedError):
            policies.push(home, refused)
        with pytest.raises(NotAllowedError):
            policies.decide(home, refused, "half", site.firm, granted=True)


def test_fewer_than_ten_firms_are_not_counted(site: Site, tmp_path: Path) -> None:
    home = site.home
    load(home, tmp_path, now_row(home))
    pushed = policies.push(home, COMMAND).told["half"]
    (counted,) = policies.summary(home, site.caller(Role.regulator))
    assert counted["pushed_count"] == pushed == counted["states"]["pushed"]
    assert counted["states"]["applied"] == 0
    for firm in told(home)[:9]:
        policies.apply(home, as_firm(firm), "half")
    (counted,) = policies.summary(home, COMMAND)
    # The total would tell the nine.
    assert (counted["states"]["applied"], counted["pushed_count"]) == (None, None)
    policies.apply(home, as_firm(told(home)[9]), "half")
    (counted,) = policies.summary(home, COMMAND)
    assert (counted["states"]["applied"], counted["pushed_count"]) == (10, pushed)
    for caller in (site.caller(Role.bank), site.caller(Role.enterprise)):
        with pytest.raises(NotAllowedError):
            policies.summary(home, caller)
    assert set(counted["states"]) == {one.value for one in PushState}


def _product(site: Site, guarantee: str) -> dict[str, Any]:
    return next(one for one in site.catalogue() if one["guarantee"] == guarantee)


def test_a_firms_cost_sheet_uses_the_policies_that_are_for_it_and_is_logged(site: Site, tmp_path: Path) -> None:
    home, firm = site.home, site.caller(Role.enterprise)
    lent = _product(site, "unsecured")
    never = [clause("never", "age_months", "at_least", 5000)]
    load(home, tmp_path, now_row(home), now_row(home, id="other", criteria=never))
    asked = cost.Asked(lent["id"], 10_000_000, 12)
    document = cost.cost(home, firm, asked).document
    assert [one["id"] for one in document["policies"]] == ["half"]
    assert document["all_in_rate_ppm"] < document["without_policies"]["all_in_rate_ppm"]
    ((body,),) = site.rows("SELECT entry FROM log_entries WHERE id = ?", document["log_entry"])
    assert json.loads(body)["all_in_rate_ppm"] == document["all_in_rate_ppm"]
    # Nobody's facts are read for anybody else: no policies unless they are named.
    assert cost.cost(home, COMMAND, asked).document["policies"] == []
    named = cost.cost(home, COMMAND, replace(asked, policies=("half",), drawn_on=home.today)).document
    assert named["total_cost_fen"] == document["total_cost_fen"]
    # A sheet of a later day uses the policies of that day, not those of today.
    later = home.today + timedelta(days=40)
    load(home, tmp_path, now_row(home, id="later", valid_from=later.isoformat(), valid_until=None))
    ahead = cost.cost(home, firm, replace(asked, drawn_on=later)).document
    assert [one["id"] for one in ahead["policies"]] == ["later"]
    with pytest.raises(UnknownPolicyError):
        cost.cost(home, COMMAND, replace(asked, policies=("absent",)))
    with pytest.raises(NotAllowedError):
        cost.cost(home, site.caller(Role.bank), replace(asked, product=site.products(of_bank=False)[0]))


def test_the_interface_speaks_for_a_firm_and_to_regulators(site: Site, tmp_path: Path) -> None:
    load(site.home, tmp_path, now_row(site.home))
    policies.push(site.home, COMMAND)
    client = site.client(Role.enterprise)
    (shown,) = client.get("/api/enterprise/policies").json()
    assert (shown["policy"], shown["state"]) == ("half", "read")
    assert client.post("/api/enterprise/policies/half/apply").status_code == 204
    assert client.post("/api/enterprise/policies/half/apply").status_code == 409
    assert client.post("/api/enterprise/policies/absent/apply").status_code == 404
    assert client.put("/api/enterprise/policy-notices/opt-out").status_code == 204
    assert [one["state"] for one in client.get("/api/enterprise/policies").json()] == ["applied"]
    assert client.delete("/api/enterprise/policy-notices/opt-out").status_code == 204
    lent = _product(site, "unsecured")["id"]
    sheet = client.get(f"/api/enterprise/products/{lent}/cost", params={"amount": "100000", "term": "12"})
    assert sheet.status_code == 200
    assert sheet.json()["loan"]["amount_yuan"] == "100000"
    beyond = client.get(f"/api/enterprise/products/{lent}/cost", params={"amount": "1", "term": "12"})
    assert beyond.status_code == 422
    assert site.client(Role.bank).get("/api/enterprise/policies").status_code == 403
    (counted,) = site.client(Role.regulator).get("/api/regulator/policies").json()
    assert counted["states"]["applied"] is None


def test_the_command_loads_pushes_lists_and_prices(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    home = ["--home", str(site.home.folder)]
    assert main(["policy", "load", *home]) == 0
    assert main(["policy", "push", "--json", *home]) == 0
    done = json.loads(capsys.readouterr().out.split("\n", maxsplit=1)[1])
    assert done["told"]["sample-small-guarantee"] > 0
    assert "sample-equipment-2024" not in done["told"] or date.fromisoformat(done["as_of"]) <= date(2024, 12, 31)
    assert main(["policy", "list", "--json", *home]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 7
    lent = _product(site, "guarantee_company")["id"]
    priced = ["cost", lent, "--amount", "200000", "--term", "12", "--policy", "sample-small-guarantee", *home]
    assert main([*priced, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["policies"][0]["id"] == "sample-small-guarantee"
    assert main(priced) == 0
    assert "贷款明白纸" in capsys.readouterr().out
    assert main([*priced, "--policy", "sample-equipment-2024"]) == 1
    assert "not in force" in capsys.readouterr().err
