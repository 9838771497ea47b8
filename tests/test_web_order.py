"""Pages say which order a list is in, what was granted of applications, and which reasons are cautions."""

import html
import re
from typing import Any

import pytest
from served import Site

from service.access.caller import COMMAND, Role
from service.work import releases

pytest_plugins = ["served_fixtures"]


def test_a_firms_page_says_that_a_ranker_orders(shared_site: Site) -> None:
    answer, page = _answer(shared_site, Role.enterprise), _page(shared_site, Role.enterprise)
    assert answer["order"] == "ranker"
    assert "由学习排序模型排列，依据平台以往的匹配结果；排序分只表示先后，不代表审批结果。" in page
    assert f"排序 order {answer['order_model']['id']}" in re.sub("<[^>]*>", "", page)
    assert len(re.findall(r"</b> 排序分", page)) == len(answer["fits"][:20])


def test_a_banks_page_says_that_a_ranker_orders(shared_site: Site) -> None:
    answer, page = _answer(shared_site, Role.bank), _page(shared_site, Role.bank)
    assert "百分数为展示后用款的估计比例，只用于排序。" in page
    fits = page[page.index('id="fits"') : page.index('id="may_fit"')]
    shown = [float(text) for text in re.findall(r"<b>([\d.]+)</b> %", fits)]
    assert shown == [float(f"{row['score'] * 100:.1f}") for row in answer["fits"][:20]]


@pytest.mark.parametrize("role", [Role.enterprise, Role.bank])
def test_what_was_granted_is_said_of_those_that_applied(shared_site: Site, role: Role) -> None:
    answer, page = _answer(shared_site, role), _page(shared_site, role)
    told = re.findall(r'<p class="terms band">([^<]*) <', page)
    assert told == [row["granted_band"]["text"] for row in answer["fits"][:20]]
    assert "既不是承诺，也不代表本次申请的结果" in page


@pytest.mark.parametrize("role", [Role.enterprise, Role.bank])
def test_a_caution_is_marked_and_begins_as_one(shared_site: Site, role: Role) -> None:
    page = _page(shared_site, role)
    marked = [html.unescape(text) for text in re.findall(r'<li class="caution">([^<]*)<', page)]
    against = [
        reason["text"]
        for row in _answer(shared_site, role)["fits"][:20]
        for reason in row["reasons"]
        if reason["speaks"] == "against"
    ]
    assert marked == against
    assert all(text.startswith("需注意：") for text in marked)


def test_without_a_ranker_the_pages_say_so(site: Site) -> None:
    for one in releases.models(site.home, COMMAND):
        if one.purpose == releases.RANKING and one.state == "active":
            releases.retire(site.home, COMMAND, one.id)
    for role in (Role.enterprise, Role.bank):
        page = _page(site, role)
        assert "由透明评分排列。" in page
        assert "在申请过的同类企业中" not in page
        assert "学习排序模型排列" not in page
        assert "透明评分" in re.sub("<[^>]*>", "", page[page.index('class="basis"') :])


def _address(site: Site, role: Role) -> str:
    return "/enterprise" if role is Role.enterprise else f"/bank/products/{site.products(of_bank=True)[0]}"


def _page(site: Site, role: Role) -> str:
    response = site.client(role).get(_address(site, role))
    assert response.status_code == 200
    return response.text


def _answer(site: Site, role: Role) -> dict[str, Any]:
    address = _address(site, role).replace("/bank/", "/api/bank/").replace("/enterprise", "/api/enterprise/products")
    response = site.client(role).get(address if role is Role.enterprise else f"{address}/enterprises")
    assert response.status_code == 200
    found: dict[str, Any] = response.json()
    return found
