"""What a refused firm reads as its value: never the bound itself."""

import pytest
from matching_worlds import Row, clause, product, profiles

from matching.eligibility import Request
from matching.lists import Refusal, Settings, enterprises_for

SHARE = {"rule": "share", "of": "sales_12m_fen", "share": "0.1"}


def refused(firm: Row, request: Request | None = None, **terms: object) -> Refusal:
    lists = enterprises_for(profiles([firm]), product(**terms), None, request or Request(), Settings(tie_key=b"k"))
    return lists.does_not_fit[0]


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.5, "50%"), (0.401, "40.1%"), (0.40004, "40.004%"), (0.4000001, "略高于40%")],
)
def test_a_share_over_its_bound_reads_as_over_it(share: float, text: str) -> None:
    row = refused({"top_buyer_share_12m": share}, criteria=[clause("c", "top_buyer_share_12m", "at_most", "0.4")])
    assert (row.criterion.zh, row.value.zh) == ("近12个月第一大客户销售占比不超过40%", text)


def test_a_share_under_its_bound_reads_as_under_it() -> None:
    row = refused({"top_buyer_share_12m": 0.3999999}, criteria=[clause("c", "top_buyer_share_12m", "at_least", "0.4")])
    assert (row.value.zh, row.values) == ("略低于40%", (("top_buyer_share_12m", 400_000),))


def test_a_bound_that_is_left_out_may_be_met_exactly() -> None:
    row = refused({"top_buyer_share_12m": 0.4}, criteria=[clause("c", "top_buyer_share_12m", "below", "0.4")])
    assert (row.criterion.zh, row.value.zh) == ("近12个月第一大客户销售占比低于40%", "40%")


def test_an_amount_a_fen_short_is_told_to_the_fen() -> None:
    row = refused({"sales_12m_fen": 499_999_99})
    assert (row.criterion.zh, row.value.zh) == ("近12个月开票销售额不低于50万元", "499,999.99元")
    assert row.values == (("sales_12m_fen", 499_999_99),)


def test_each_value_stands_beside_its_own_bound() -> None:
    either = {
        "any": [clause("", "buyers_12m", "above", 1)["require"], clause("", "tax_rating", "equals", "A")["require"]]
    }
    row = refused({"buyers_12m": 1, "tax_rating": "C"}, criteria=[{"id": "either", "require": either}])
    assert row.value.zh == "近12个月客户数1家；纳税信用等级C级"


def test_request_and_limit_show_what_was_asked_or_computed() -> None:
    rich = {"sales_12m_fen": 600_000_00}
    assert refused(rich, Request(amount_fen=1_000_001_00)).value.zh == "1,000,001元"
    assert refused(rich, Request(term_months=48)).value.zh == "4年"
    row = refused(rich, Request(amount_fen=60_001_00), limits=[SHARE])
    assert (row.criterion_id, row.value.zh, row.values) == ("credit_line", "6万元", (("credit_line", 60_000_00),))
