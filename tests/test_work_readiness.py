"""Firms that wait: whoever comes to fit is told once and nobody else, as the firm itself would be answered."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from served import Site

from matching.eligibility import Request
from matching.product import Product, dump_products, sample_products
from matching.readiness import GoalState
from service.access import consent
from service.access.caller import COMMAND, Caller, Kind, Purpose, Role
from service.errors import BadRequestError, NotAllowedError, UnknownGoalError
from service.store import consent_store, notice_store
from service.work import authorise, deliver, match, product_versions, readiness
from service.work.home import Home
from service.work.profile import known_day, rows

pytest_plugins = ["served_fixtures"]
WAITING = "waits-for-age"
MONTHS = 48


def load_own(site: Site, tmp_path: Path, *products: Product) -> None:
    """Give the home a catalogue of its own."""
    path = tmp_path / "products.json"
    path.write_text(dump_products(products), encoding="utf-8")
    product_versions.load(site.home, COMMAND, path)


def of_age(months: int = MONTHS) -> Product:
    """Return a product that asks for nothing but so many months since registration."""
    plain = json.loads(dump_products(sample_products()[:1]))[0]
    plain |= {"id": WAITING, "limits": [], "amount_min_yuan": 10000, "amount_max_yuan": 10000000}
    del plain["desk"]  # another bank's team would not be this one's
    plain["criteria"] = [{"id": "age", "require": {"column": "age_months", "op": "at_least", "value": months}}]
    return Product.model_validate(plain)


def firms(site: Site) -> list[Caller]:
    """Return a caller for each of fifteen firms with a live authorisation, the demo's own among them."""
    with site.home.database.read() as session:
        given = consent_store.live(session, kind=Kind.matching, purpose=Purpose.matching, day=site.home.today)
    names = sorted({one.enterprise for one in given} - {site.firm})
    return [Caller(f"of-{name}", Role.enterprise, enterprise=name) for name in [site.firm, *names[:14]]]


def fits(home: Home, caller: Caller) -> bool:
    """Say whether the firm's own answer has the product in the list of what fits."""
    assert caller.enterprise is not None
    answer = match.products_for(home, caller, caller.enterprise, match.Question()).document
    return WAITING in {row["product"] for row in answer["fits"]}


def later(site: Site, tmp_path: Path, day: date) -> None:
    """Let the home learn something on a later day, so that answers are as of that day."""
    row = f"{site.firm.removeprefix('uscc:')},sale,LATE-1,{day},买方,1.00,0.13,1.13,valid,{day}"
    path = tmp_path / "invoices.csv"
    head = "enterprise,direction,invoice_no,issued_on,counterparty,amount_yuan,tax_yuan,total_yuan,status,known_on"
    path.write_text(f"{head}\n{row}\n", encoding="utf-8")
    deliver.take(site.home, COMMAND, path, "tables")


def told(home: Home, caller: Caller) -> list[str]:
    """Return the subjects of what the firm was told of its goals."""
    assert caller.enterprise is not None
    with home.database.read() as session:
        found = notice_store.notices(session, caller.enterprise)
    return [one.subject for one in found if one.kind == readiness.NOTICE]


def test_every_firm_that_comes_to_fit_is_told_once_and_nobody_else(site: Site, tmp_path: Path) -> None:
    load_own(site, tmp_path, of_age())
    callers = firms(site)
    waiting = [one for one in callers if not fits(site.home, one)]
    fitting = next(one for one in callers if one not in waiting)
    with pytest.raises(BadRequestError, match="现在就符合"):
        readiness.set_goal(site.home, fitting, WAITING, Request())
    kept = {one.login: readiness.set_goal(site.home, one, WAITING, Request()) for one in waiting}
    assert all([row["id"] for row in one["missing"]] == ["age"] for one in kept.values())
    assert readiness.review(site.home, COMMAND).told == 0

    ages = sorted(_age(site.home, one) for one in waiting)
    # A product that a third of those who wait comes to reach: the criterion changes instead of the calendar.
    load_own(site, tmp_path, of_age(ages[len(ages) * 2 // 3]))
    done = readiness.review(site.home, COMMAND)
    now = {one.login for one in waiting if fits(site.home, one)}
    assert now
    assert len(now) < len(waiting)
    assert {one.login for one in waiting if told(site.home, one)} == now
    assert (done.told, done.ended) == (len(now), {GoalState.reached: len(now)})
    assert readiness.review(site.home, COMMAND).told == 0
    assert all(len(told(site.home, one)) == (one.login in now) for one in waiting)


def test_a_day_that_comes_is_enough(site: Site, tmp_path: Path) -> None:
    before = known_day(site.home, None)
    mine = site.caller(Role.enterprise)
    load_own(site, tmp_path, of_age(_age(site.home, mine) + 2))
    goal = readiness.set_goal(site.home, mine, WAITING, Request())
    assert goal["state"] == "open"
    # Two months of age cannot be had in another way than by waiting, and the plan says how long.
    assert 30 < goal["plan"]["days"] <= 92
    assert goal["review_on"] == (site.home.today + timedelta(days=goal["plan"]["days"])).isoformat()
    assert readiness.review(site.home, COMMAND).told == 0
    later(site, tmp_path, date(before.year, before.month + 3, 1))
    assert fits(site.home, mine)
    assert readiness.review(site.home, COMMAND).told == 1
    (found,) = readiness.goals(site.home, mine)
    assert (found["state"], found["ended_on"]) == ("reached", site.home.today.isoformat())


def test_who_opted_out_or_gave_up_is_told_nothing_and_a_withdrawn_product_ends_the_goal(
    site: Site, tmp_path: Path
) -> None:
    age = min(_age(site.home, one) for one in firms(site))
    load_own(site, tmp_path, of_age(10_000))
    quiet, done_with, waiting = firms(site)[:3]
    goals = [readiness.set_goal(site.home, one, WAITING, Request()) for one in (quiet, done_with, waiting)]
    readiness.choose_notices(site.home, quiet, wanted=False)
    readiness.give_up(site.home, done_with, goals[1]["id"])
    with pytest.raises(UnknownGoalError):
        readiness.give_up(site.home, waiting, goals[0]["id"])
    with pytest.raises(UnknownGoalError):
        readiness.give_up(site.home, done_with, goals[1]["id"])
    load_own(site, tmp_path, of_age(max(age, 1)))
    assert readiness.review(site.home, COMMAND).told == 1
    assert [len(told(site.home, one)) for one in (quiet, done_with, waiting)] == [0, 0, 1]
    (known,) = readiness.goals(site.home, waiting)
    assert known["notice"]["told_on"] == site.home.today.isoformat()
    assert "现在符合" in known["notice"]["zh"]
    # Who opts in again is not told of what passed meanwhile, and sees it in the list of goals.
    readiness.choose_notices(site.home, quiet, wanted=True)
    assert readiness.review(site.home, COMMAND).told == 0
    assert [(one["state"], one["notice"]) for one in readiness.goals(site.home, quiet)] == [("reached", None)]


def test_a_firm_without_authorisation_is_judged_by_its_public_records(site: Site, tmp_path: Path) -> None:
    site.withdraw_all()
    mine = site.caller(Role.enterprise)
    plain = json.loads(dump_products([of_age(0)]))[0]
    plain["criteria"].append({"id": "sales", "require": {"column": "sales_12m_fen", "op": "at_least", "value": -1}})
    load_own(site, tmp_path, Product.model_validate(plain))
    goal = readiness.set_goal(site.home, mine, WAITING, Request())
    assert [(row["id"], row["is_missing"]) for row in goal["missing"]] == [("sales", True)]
    assert readiness.review(site.home, COMMAND).told == 0
    authorise.standard(site.home, mine)
    assert readiness.review(site.home, COMMAND).told == int(fits(site.home, mine))


def test_only_counts_of_ten_and_more_are_seen_by_a_bank_and_a_regulator(site: Site, tmp_path: Path) -> None:
    load_own(site, tmp_path, of_age(10_000).model_copy(update={"bank": site.caller(Role.bank).bank}))
    callers = firms(site)
    for one in callers[:9]:
        readiness.set_goal(site.home, one, WAITING, Request())
    for role in (Role.bank, Role.regulator):
        assert site.client(role).get(f"/api/{role}/readiness").json() == []
    readiness.set_goal(site.home, callers[9], WAITING, Request())
    for role in (Role.bank, Role.regulator):
        (found,) = site.client(role).get(f"/api/{role}/readiness").json()
        assert (found["set_count"], found["open_count"], found["causes"]) == (10, 10, {"age": 10})
    with pytest.raises(NotAllowedError):
        readiness.summary(site.home, callers[0])
    with pytest.raises(NotAllowedError):
        readiness.review(site.home, site.caller(Role.bank))


def test_a_firm_keeps_lists_and_drops_goals_by_the_api(site: Site, tmp_path: Path) -> None:
    load_own(site, tmp_path, of_age(10_000))
    client = site.client(Role.enterprise)
    made = client.post("/api/enterprise/goals", json={"product": WAITING, "amount": "200000", "term": "12"})
    assert made.status_code == 201
    assert made.json()["request"] == {"amount_fen": 20_000_000, "term_months": 12}
    again = client.post("/api/enterprise/goals", json={"product": WAITING})
    assert again.json()["id"] == made.json()["id"]
    assert [one["state"] for one in client.get("/api/enterprise/goals").json()] == ["open"]
    assert client.delete(f"/api/enterprise/goals/{made.json()['id']}").status_code == 204
    assert client.delete(f"/api/enterprise/goals/{made.json()['id']}").status_code == 404
    assert client.post("/api/enterprise/goals", json={"product": "nothing"}).status_code == 404
    assert client.post("/api/enterprise/goals", json={"product": WAITING, "amount": "x"}).status_code == 422
    assert site.client(Role.bank).get("/api/enterprise/goals").status_code == 403


def test_a_firm_opts_out_and_in_by_the_api(site: Site) -> None:
    client, path = site.client(Role.enterprise), "/api/enterprise/goal-notices/opt-out"
    for call, is_out in ((client.put, True), (client.put, True), (client.delete, False)):
        assert call(path).status_code == 204
        with site.home.database.read() as session:
            assert notice_store.has_opted_out(session, site.firm, readiness.NOTICE) is is_out
    assert site.client(Role.bank).put(path).status_code == 403


def _age(home: Home, caller: Caller) -> int:
    assert caller.enterprise is not None
    with home.database.read() as session:
        access = consent.permit(session, caller, Purpose.matching, home.today, (caller.enterprise,)).access
    return int(rows(home, access, known_day(home, None)).column("age_months")[0].as_py() or 0)
