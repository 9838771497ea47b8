"""An entry of the log in words, as its page shows it."""

import html
import re

from served import Site

from service.access.caller import Role
from service.work import match, match_log
from service.work.log_words import LogWords

pytest_plugins = ["served_fixtures"]


def test_an_answer_reads_in_words(shared_site: Site) -> None:
    site = shared_site
    product = site.products(of_bank=True)[0]
    asked = match.Question(amount_fen=30_000_000, term_months=6, top=30)
    number = match.enterprises_for(site.home, site.caller(Role.bank), product, asked).log_entry
    text = site.client(Role.regulator).get(f"/regulator/log/{number}").text
    assert "金额 30.00 万元，期限 6 个月，每个清单最多 30 条" in text
    assert next(one["name"] for one in site.catalogue() if one["id"] == product) in text
    view = match_log.entry(site.home, site.caller(Role.regulator), number)
    assert view.words.criterion(product, "credit_line") == "测算可贷额度能覆盖申请金额30万元"
    assert {view.words.criterion(product, row["criterion"]) for row in view.body["does_not_fit"]} <= _lines(text)


def _lines(text: str) -> set[str]:
    return {html.unescape(found) for found in re.findall(r"<div>([^<]*?) ?<", text)}


def test_criteria_have_words_only_by_the_catalogue_that_answered(shared_site: Site) -> None:
    site = shared_site
    product = site.products(of_bank=True)[0]
    number = match.enterprises_for(site.home, site.caller(Role.bank), product, match.Question()).log_entry
    view = match_log.entry(site.home, site.caller(Role.regulator), number)
    assert (product, "credit_line") in view.words.criteria
    other = site.rows("SELECT id FROM log_entries WHERE tag = 'delivery:facts:taken' LIMIT 1")
    taken = match_log.entry(site.home, site.caller(Role.regulator), other[0][0])
    assert taken.words.criteria == {}
    assert taken.words.product(product)


def test_a_code_without_words_stands_for_itself() -> None:
    words = LogWords()
    assert (words.reason("new"), words.column("new"), words.value("new", 3)) == ("new", "new", "3")
    assert (words.column("pd_12m"), words.value("pd_12m", 22_390)) == ("12个月违约概率", "2.24%")
    assert words.value("age_months", None) == "缺失"
    assert words.value("last_sale_on", "2026-06-01") == "2026-06-01"
