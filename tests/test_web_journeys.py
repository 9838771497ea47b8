"""What the three roles do with the pages, in a real browser, with its effect in the database and the log."""

import json
import re
import sqlite3
from typing import Any

from browsing import PHONE, Browser
from playwright.sync_api import Page, expect

from service.access.caller import Role

pytest_plugins = ["served_fixtures", "browsing_fixtures"]


def test_a_bank_officer_finds_firms_for_a_product(browser: Browser) -> None:
    page = browser.page()
    browser.enter(page, Role.bank)
    page.locator(".card h2 a").first.click()
    expect(page.locator("h2#fits")).to_be_visible()
    _, entry = _newest(browser, "match:enterprises:answered")
    ids = [row["id"] for row in entry["fits"]]
    shown = page.locator("section[aria-labelledby=fits] .row .row-head > .meta").all_inner_texts()
    assert shown == [one.partition(":")[2] for one in ids]
    assert entry["counts"]["fits"] == int(_digits(page.locator(".counts .fits b").inner_text()))
    scores = [float(text) for text in page.locator("section[aria-labelledby=fits] .score b").all_inner_texts()]
    assert scores == sorted(scores, reverse=True)


def test_a_bank_officer_asks_for_an_amount_and_a_term(browser: Browser) -> None:
    page = browser.page()
    browser.enter(page, Role.bank)
    page.locator(".card h2 a").first.click()
    page.get_by_label("融资金额").fill("10.5")
    page.get_by_label("期限").fill("6")
    page.get_by_role("button", name="查找企业").click()
    page.wait_for_url(re.compile("amount_wan=10.5&term=6"))
    expect(page.get_by_label("融资金额")).to_have_value("10.5")
    _, entry = _newest(browser, "match:enterprises:answered")
    assert entry["request"] == {"amount_fen": 10_500_000, "term_months": 6, "top": 20}


def test_a_bad_amount_stays_typed_and_is_explained(browser: Browser) -> None:
    page = browser.page(PHONE)
    browser.enter(page, Role.enterprise)
    before = _count(browser)
    page.get_by_label("融资金额").fill("五十")
    page.get_by_role("button", name="查找产品").click()
    expect(page.locator("#amount_error")).to_contain_text("请填写以万元为单位的数字")
    expect(page.get_by_label("融资金额")).to_have_value("五十")
    expect(page.get_by_label("融资金额")).to_have_attribute("aria-describedby", "amount_error")
    assert _count(browser) == before


def test_a_firm_authorises_and_withdraws_in_one_tap_each(browser: Browser) -> None:
    browser.site.withdraw_all()
    page = browser.page(PHONE)
    browser.enter(page, Role.enterprise)
    open_before = _counted(page, "may_fit")
    page.get_by_role("button", name="授权平台匹配").click()
    expect(page.locator(".banner")).to_have_count(0)
    assert _counted(page, "may_fit") < open_before
    assert _live(browser) == 1
    number, given = _newest(browser, "authorisation:enterprise:given")
    assert given["enterprise"] == browser.site.firm

    page.get_by_role("link", name="我的授权").click()
    page.get_by_role("button", name="撤回").click()
    expect(page.get_by_text("没有有效的授权")).to_be_visible()
    assert _live(browser) == 0
    assert _newest(browser, "authorisation:enterprise:revoked")[0] > number
    page.get_by_role("link", name="匹配产品").click()
    expect(page.locator(".banner")).to_be_visible()
    assert _counted(page, "may_fit") == open_before


def test_a_profile_opens_to_one_bank_and_closes_again(browser: Browser) -> None:
    site = browser.site
    site.withdraw_all()
    name = next(one["bank_name"] for one in site.catalogue() if one["bank"] == site.caller(Role.bank).bank)
    page = browser.page()
    browser.enter(page, Role.enterprise)
    page.get_by_role("link", name="我的授权").click()
    page.get_by_role("button", name=f"授权{name}").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()

    browser.enter(page, Role.bank)
    profile = f"{browser.address}/bank/enterprises/{site.firm}"
    assert _status(page, profile) == 200
    expect(page.get_by_role("heading", level=1)).to_contain_text(site.user(Role.enterprise).name)
    assert _newest(browser, "profile:enterprise:viewed")[1]["caller"] == f"bank:{site.user(Role.bank).login}"

    site.withdraw_all()
    page.goto(f"{browser.address}/bank")
    page.go_back()  # the page that was open must not come back from a cache
    expect(page.get_by_role("heading", name="该企业尚未授权本行查看画像")).to_be_visible()


def test_a_stale_form_withdraws_nothing_twice(browser: Browser) -> None:
    first, second = browser.page(), browser.page()
    browser.enter(first, Role.enterprise)
    for page in (first, second):
        page.goto(f"{browser.address}/enterprise/authorisations")
    first.get_by_role("button", name="撤回").first.click()
    expect(first.get_by_role("heading", name="已撤回或到期")).to_be_visible()
    before = _count(browser)
    second.get_by_role("button", name="撤回").first.click()
    expect(second.get_by_role("heading", name="没有这项有效授权")).to_be_visible()
    assert _count(browser) == before


def test_a_firm_sees_what_is_missing_and_who_supplies_it(browser: Browser) -> None:
    browser.site.withdraw_all()
    page = browser.page()
    browser.enter(page, Role.enterprise)
    expect(page.locator(".missing li").first).to_contain_text("可由")
    page.get_by_role("link", name="我的画像").click()
    expect(page.locator(".missing h3").first).to_contain_text("提供")


def test_a_regulator_reads_one_answer_whole(browser: Browser) -> None:
    page = browser.page()
    browser.enter(page, Role.regulator)
    page.get_by_label("事件").select_option("match:products:answered")
    page.get_by_role("button", name="筛选").click()
    page.wait_for_url(re.compile("tag=match"))
    number = page.locator("td.number a").first.inner_text()
    page.locator("td.number a").first.click()
    expect(page.get_by_role("status")).to_contain_text("核验通过")
    [(text, leaf)] = browser.site.rows("SELECT entry, leaf_hash FROM log_entries WHERE id = ?", number)
    page.get_by_text("展开原文").click()
    assert page.locator("pre").inner_text() == text
    expect(page.get_by_text(leaf)).to_be_visible()
    rows = page.locator("section[aria-labelledby=list-fits] tbody tr")
    assert rows.count() == len(json.loads(text)["fits"])
    assert _newest(browser, "log:entry:read")[1]["entry"] == int(number)


def test_a_regulator_pages_through_the_log(browser: Browser) -> None:
    for _ in range(60):
        browser.site.catalogue()  # each listing leaves an entry
    page = browser.page()
    browser.enter(page, Role.regulator)
    newest = [int(text) for text in page.locator("td.number a").all_inner_texts()]
    page.get_by_role("link", name="更早").click()
    page.wait_for_url(re.compile("before="))
    older = [int(text) for text in page.locator("td.number a").all_inner_texts()]
    assert max(older) == min(newest) - 1


def test_a_changed_byte_is_named(browser: Browser) -> None:
    page = browser.page()
    browser.enter(page, Role.regulator)
    page.get_by_role("button", name="核验全部条目").click()
    expect(page.get_by_role("status")).to_contain_text("全部一致")
    with sqlite3.connect(browser.site.home.folder / "rongqiao.db") as connection:
        connection.execute("UPDATE log_entries SET entry = replace(entry, '\"', '\" ') WHERE id = 3")
    connection.close()
    page.goto(f"{browser.address}/regulator")
    page.get_by_role("button", name="核验全部条目").click()
    expect(page.get_by_role("alert")).to_contain_text("发现 1 条不一致")
    page.get_by_role("link", name="条目 3").click()
    expect(page.get_by_role("alert")).to_contain_text("核验不通过")
    assert _newest(browser, "log:entries:verified")[1]["faults"] == [3]


def test_leaving_closes_every_door(browser: Browser) -> None:
    page = browser.page()
    browser.enter(page, Role.bank)
    page.get_by_role("button", name="退出").click()
    page.wait_for_url(f"{browser.address}/")
    assert _status(page, f"{browser.address}/bank") == 401
    expect(page.get_by_role("heading", name="请先登录")).to_be_visible()


def test_the_keyboard_reaches_the_answer(browser: Browser) -> None:
    page = browser.page()
    page.goto(browser.address + "/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    expect(focused).to_have_class("enter")
    assert focused.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.wait_for_url(f"{browser.address}/bank")


def _newest(browser: Browser, tag: str) -> tuple[int, dict[str, Any]]:
    rows = browser.site.rows("SELECT id, entry FROM log_entries WHERE tag = ? ORDER BY id DESC LIMIT 1", tag)
    return rows[0][0], json.loads(rows[0][1])


def _count(browser: Browser) -> int:
    return int(browser.site.rows("SELECT count(*) FROM log_entries")[0][0])


def _live(browser: Browser) -> int:
    query = "SELECT count(*) FROM authorisations WHERE enterprise = ? AND revoked_on IS NULL"
    return int(browser.site.rows(query, browser.site.firm)[0][0])


def _counted(page: Page, key: str) -> int:
    return int(_digits(page.locator(f".counts .{key} b").inner_text()))


def _digits(text: str) -> str:
    return text.replace(",", "")


def _status(page: Page, address: str) -> int:
    response = page.goto(address)
    assert response is not None
    return response.status
