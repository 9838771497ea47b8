"""Pages of a bank's list: the first fixes the order, and nothing that changes later shifts, doubles or hides a row."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from matching_worlds import clause, product
from served import Site

from features.columns import ENTERPRISE
from matching.product import dump_products
from service.access import consent
from service.access.caller import COMMAND, Caller, Purpose, Role
from service.errors import CursorError, NotAllowedError, WithdrawnProductError
from service.work import authorise, match, match_pages, product_versions, releases
from service.work.profile import known_day, rows

pytest_plugins = ["served_fixtures"]

LISTS = ("fits", "may_fit", "does_not_fit", "without_authorisation")
COMPANY = clause("kind", "kind", "equals", "company", reason_zh="须以企业名义签约")
CLEAN = clause("arrears", "tax_arrears_fen", "equals", 0)
SIZE = 60


@pytest.fixture
def bank(site: Site) -> Caller:
    """Give the demo's bank a product of which many firms are in every list, ordered by no ranker; return the bank."""
    caller = site.caller(Role.bank)
    for one in releases.models(site.home, COMMAND):
        if one.purpose == releases.RANKING and one.state == "active":
            releases.retire(site.home, COMMAND, one.id)
    _save(site, caller, CLEAN)
    return caller


def _save(site: Site, caller: Caller, *more: dict[str, Any], id_: str = "ours") -> None:
    lent = product(id=id_, bank=str(caller.bank), criteria=[COMPANY, *more])
    product_versions.save(site.home, caller, dump_products([lent]))


def first(site: Site, caller: Caller, **asked: Any) -> dict[str, Any]:  # noqa: ANN401 (fields of a question)
    return match_pages.first_page(site.home, caller, "ours", match.Question(top=SIZE, **asked)).document


def page(site: Site, caller: Caller, cursor: int, number: int) -> dict[str, Any]:
    return match_pages.further_page(site.home, caller, "ours", cursor, number).document


def ids(rows: Sequence[dict[str, Any]]) -> list[str | None]:
    return [row.get("enterprise") for row in rows]


def test_pages_one_after_another_are_the_whole_list(site: Site, bank: Caller) -> None:
    whole = match.enterprises_for(site.home, bank, "ours", match.Question()).document
    start = first(site, bank)
    pages = [start, *(page(site, bank, start["cursor"], number) for number in range(2, start["pages"] + 1))]
    assert start["pages"] > 4
    assert [one["next_page"] for one in pages] == [*range(2, start["pages"] + 1), None]
    for name in LISTS:
        assert [row for one in pages for row in one[name]] == whole[name]
        assert all(len(one[name]) <= SIZE for one in pages)
    assert {json.dumps(one["counts"]) for one in pages} == {json.dumps(whole["counts"])}
    assert page(site, bank, start["cursor"], 1)["fits"] == start["fits"]


def test_the_entry_of_the_first_page_is_the_cursor_and_that_of_a_further_one_is_none(site: Site, bank: Caller) -> None:
    start = first(site, bank)
    entry = json.loads(site.rows("SELECT entry FROM log_entries WHERE id = ?", start["cursor"])[0][0])
    assert start["cursor"] == start["log_entry"]
    assert len(entry["in_order"]["fits"]) == start["counts"]["fits"]
    second = page(site, bank, start["cursor"], 2)
    told = json.loads(site.rows("SELECT entry FROM log_entries WHERE id = ?", second["log_entry"])[0][0])
    assert (told["cursor"], told["page"]) == (start["cursor"], 2)
    assert [row["id"] for row in told["fits"]] == ids(second["fits"])
    with pytest.raises(CursorError, match="不是首页"):
        page(site, bank, second["log_entry"], 2)
    unpaged = match.enterprises_for(site.home, bank, "ours", match.Question(top=SIZE)).log_entry
    with pytest.raises(CursorError, match="不是首页"):
        page(site, bank, unpaged, 2)


def _withdraw(site: Site, firm: str) -> None:
    caller = Caller("someone", Role.enterprise, enterprise=firm)
    for one in authorise.of(site.home, caller):
        if authorise.is_live(one, site.home.today):
            authorise.revoke(site.home, caller, one.id)


def test_who_leaves_between_pages_leaves_a_place_and_no_name(site: Site, bank: Caller) -> None:
    start = first(site, bank)
    before = page(site, bank, start["cursor"], 2)
    gone, joined = ids(before["fits"])[3], ids(before["without_authorisation"])[0]
    assert gone is not None
    assert joined is not None
    _withdraw(site, gone)
    authorise.standard(site.home, Caller("other", Role.enterprise, enterprise=joined))
    after = page(site, bank, start["cursor"], 2)
    assert after["fits"][3] == {
        "gone": True,
        "place": SIZE + 4,
        "zh": "该企业已不在此名单中",
        "en": "no longer in this list",
    }
    assert ids(after["fits"])[:3] + ids(after["fits"])[4:] == ids(before["fits"])[:3] + ids(before["fits"])[4:]
    # Whoever changed lists is told of in neither: not under its old place, nor anywhere twice.
    assert gone not in json.dumps(after)
    assert after["without_authorisation"][0]["place"] == SIZE + 1
    assert joined not in json.dumps(after)
    assert after["counts"] == before["counts"]


def test_eligibility_is_judged_anew_and_nobody_shifts(site: Site, bank: Caller) -> None:
    start = first(site, bank)
    numbers = range(1, 4)
    before = {number: ids(page(site, bank, start["cursor"], number)["fits"]) for number in numbers}
    _save(site, bank, CLEAN, clause("age", "age_months", "at_least", 96))
    fits = {
        row["enterprise"] for row in match.enterprises_for(site.home, bank, "ours", match.Question()).document["fits"]
    }
    after = {number: ids(page(site, bank, start["cursor"], number)["fits"]) for number in numbers}
    assert after == {number: [firm if firm in fits else None for firm in firms] for number, firms in before.items()}
    shown = [firm for firms in after.values() for firm in firms if firm is not None]
    assert 0 < len(shown) == len(set(shown)) < start["counts"]["fits"]


def test_a_cursor_of_somebody_else_or_something_else_is_refused(site: Site, bank: Caller) -> None:
    start = first(site, bank)
    cursor = start["cursor"]
    _save(site, bank, id_="second")
    operators = match_pages.first_page(site.home, COMMAND, "ours", match.Question(top=SIZE)).log_entry
    for refused, sentence in (
        (lambda: page(site, bank, operators, 2), "不是您的"),
        (lambda: page(site, COMMAND, cursor, 2), "不是您的"),
        (lambda: page(site, bank, 10**6, 2), "不是您的"),
        (lambda: page(site, bank, 1, 2), "不是您的"),
        (lambda: match_pages.further_page(site.home, bank, "second", cursor, 2), "另一个产品"),
        (lambda: page(site, bank, cursor, start["pages"] + 1), f"共 {start['pages']} 页"),
        (lambda: page(site, bank, cursor, 0), "没有第 0 页"),
    ):
        with pytest.raises(CursorError, match=sentence):
            refused()
    tomorrow = replace(site.home, now=lambda: site.home.now() + timedelta(hours=25))
    with pytest.raises(CursorError, match="24小时"):
        match_pages.further_page(tomorrow, bank, "ours", cursor, 2)
    another = Caller("banker", Role.bank, bank="no-such-bank")
    with pytest.raises(NotAllowedError):
        match_pages.further_page(site.home, another, "ours", cursor, 2)
    with pytest.raises(NotAllowedError):
        match_pages.further_page(site.home, site.caller(Role.enterprise), "ours", cursor, 2)
    product_versions.withdraw(site.home, bank, "ours")
    with pytest.raises(WithdrawnProductError):
        page(site, bank, cursor, 2)


def _known(site: Site, caller: Caller, column: str) -> dict[str, Any]:
    """Return a column of what the bank's answer may read of each firm."""
    with site.home.database.read() as session:
        permit = consent.permit(session, caller, Purpose.matching, site.home.today)
    table = rows(site.home, permit.access, known_day(site.home, None))
    return dict(zip(map(str, table.column(ENTERPRISE).to_pylist()), table.column(column).to_pylist(), strict=True))


def test_filters_keep_who_is_within_and_the_order(site: Site, bank: Caller) -> None:
    whole = match.enterprises_for(site.home, bank, "ours", match.Question()).document
    sections, places = (_known(site, bank, name) for name in ("industry_section", "prefecture"))
    sales = _known(site, bank, "sales_12m_fen")
    common = Counter(code for code in places.values() if code).most_common(1)[0][0]
    within: dict[str, Callable[[str], bool]] = {
        "section=F": lambda firm: sections[firm] == "F",
        f"place={common}": lambda firm: places[firm] == common,
        f"place={common[:4]}": lambda firm: places[firm] == common,
        # The province: who is there, and no one whose place is not on file.
        "place=620000": lambda firm: places[firm] is not None,
        # Above 1 and up to 5 million yuan; of firms without authorisation no sales may be read, so none is listed.
        "sales_band=2": lambda firm: sales[firm] is not None and 100_000_000 < sales[firm] <= 500_000_000,
    }
    for asked, is_within in within.items():
        name, value = asked.split("=")
        narrowing = match.narrowing_of(**{name: value})
        found = match.enterprises_for(site.home, bank, "ours", match.Question(narrowing=narrowing)).document
        for key in LISTS:
            assert ids(found[key]) == [firm for firm in ids(whole[key]) if firm and is_within(firm)], (asked, key)
        assert 0 < found["counts"]["fits"] < whole["counts"]["fits"]
        assert bool(found["without_authorisation"]) == (name != "sales_band")


def test_a_page_keeps_to_what_was_asked_on_the_first(site: Site, bank: Caller) -> None:
    narrowing = match.narrowing_of(place="62")
    start = first(site, bank, narrowing=narrowing, amount_fen=20_000_000, term_months=12)
    second = page(site, bank, start["cursor"], 2)
    for key in ("amount_yuan", "term_months", "narrowing", "counts"):
        assert second[key] == start[key]
    whole = match.enterprises_for(
        site.home, bank, "ours", match.Question(amount_fen=20_000_000, term_months=12, narrowing=narrowing)
    ).document
    assert second["does_not_fit"] == whole["does_not_fit"][SIZE : 2 * SIZE]


def test_the_interface_gives_pages_and_refuses_another_question_with_a_cursor(site: Site, bank: Caller) -> None:  # noqa: ARG001
    client = site.client(Role.bank)
    address = "/api/bank/products/ours/enterprises"
    start = client.get(f"{address}?size=7&section=f").json()
    second = client.get(f"{address}?cursor={start['cursor']}&page={start['next_page']}").json()
    assert (second["page"], second["size"], second["narrowing"]["section"]) == (2, 7, "F")
    assert set(ids(start["fits"])).isdisjoint(ids(second["fits"]))
    for wrong in ("amount=5", "section=F", "size=7", "top=7"):
        refused = client.get(f"{address}?cursor={start['cursor']}&{wrong}")
        assert refused.status_code == 422
        assert "不能更改条件" in refused.text
    for query, status in (("cursor=1", 409), ("size=0", 422), ("size=5&top=5", 422), ("place=abc", 422)):
        assert client.get(f"{address}?{query}").status_code == status
    assert client.get(f"{address}?section=%E4%B8%AD&sales_band=9").status_code == 422


def test_the_page_has_its_filters_and_neighbours_in_addresses(site: Site, bank: Caller) -> None:  # noqa: ARG001
    client = site.client(Role.bank)
    start = client.get("/bank/products/ours?section=F&top=5")
    assert '<option value="F" selected>' in start.text
    assert "上一页" not in start.text
    cursor = site.rows("SELECT max(id) FROM log_entries WHERE tag = 'match:enterprises:answered'")[0][0]
    following = f"/bank/products/ours?cursor={cursor}&amp;page=2"
    assert following in start.text
    second = client.get(following.replace("&amp;", "&"))
    assert second.status_code == 200
    assert '<option value="F" selected>' in second.text
    assert f"cursor={cursor}&amp;page=1" in second.text
    assert f"cursor={cursor}&amp;page=3" in second.text
    assert '<span class="place">6.</span>' in second.text
