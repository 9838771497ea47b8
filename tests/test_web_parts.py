"""The parts that list pages share, filled with rows as answers hold them."""

import re
from typing import Any

import pytest

from features.tables import TABLES
from service.web import labels
from service.web.pages import TEMPLATES

ROW = {
    "credit_line_yuan": "500000.00",
    "credit_line_is_cap": False,
    "amount_yuan": "500000.00",
    "term_months": 12,
    "all_in_rate": "0.0485",
    "unknown_fees": [],
}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, "可贷额度 50.00 万元 · 年化综合成本 4.85%"),
        ({"credit_line_is_cap": True}, "产品最高额度 50.00 万元 · 年化综合成本 4.85%"),
        ({"unknown_fees": ["valuation"]}, "可贷额度 50.00 万元 · 年化综合成本 4.85%（部分费用未公布，为下限）"),
        (
            {"credit_line_yuan": None, "amount_yuan": None},
            "额度待补资料后测算 · 年化综合成本 4.85%（以12 个月为例）",
        ),
        ({"credit_line_yuan": None}, "额度待补资料后测算 · 年化综合成本 4.85%（以50.00 万元、12 个月为例）"),
        (
            {"credit_line_yuan": None, "amount_yuan": None, "all_in_rate": None},
            "额度待补资料后测算 · 年化综合成本 —",
        ),
    ],
)
def test_a_row_shows_its_line_and_price_or_that_they_wait(changed: dict[str, Any], expected: str) -> None:
    assert _text("priced", ROW | changed) == expected


def _text(macro: str, *values: object) -> str:
    html: str = getattr(TEMPLATES.get_template("parts.html").module, macro)(*values)
    return re.sub(r"<[^>]+>", "", html).strip()


def test_every_accepted_table_has_its_word_on_the_pages() -> None:
    assert set(labels.TABLES) == set(TABLES)
