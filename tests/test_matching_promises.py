"""Promise and outcome by hand: means of bands, shares granted, what is suppressed, a promise that knows no later."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from match_histories import Written

from matching.choice_states import NEVER
from matching.odds_history import DECIDED_DAY, GRANTED_DAY, applications, day_of
from matching.product import Product, sample_products
from matching.promises import LOW, MIDDLE, SHARE, Kept, PromiseRow, promise_table, promised_bands

BANKS = {"loan": "a-bank", "other": "b-bank"}
MONTH = date(2024, 3, 5)
Row = tuple[str, str, date, tuple[float, float, float], str]


def table(rows: Sequence[Row]) -> pd.DataFrame:
    """Return rows of firm, product, day asked, band and outcome (granted, refused, open)."""
    day = day_of(MONTH) + 10
    return pd.DataFrame(
        {
            "enterprise": [row[0] for row in rows],
            "product": [row[1] for row in rows],
            "requested_on": pd.to_datetime([row[2] for row in rows]),
            "low": [row[3][0] for row in rows],
            "middle": [row[3][1] for row in rows],
            "high": [row[3][2] for row in rows],
            "decided_day": [NEVER if row[4] == "open" else day for row in rows],
            "granted_day": [day if row[4] == "granted" else NEVER for row in rows],
            "is_shown": [False] * len(rows),
        }
    )


def plain(count: int, granted: int, *, waiting: int = 0, product: str = "loan", day: date = MONTH) -> list[Row]:
    outcome = ["granted"] * granted + ["refused"] * (count - granted) + ["open"] * waiting
    return [(f"{product}-{place}", product, day, (40.0, 50.0, 60.0), one) for place, one in enumerate(outcome)]


def only(rows: Sequence[Row]) -> PromiseRow:
    (found,) = promise_table(table(rows), BANKS)
    return found


def test_a_row_by_hand() -> None:
    rows = [*plain(12, 6), ("x", "loan", MONTH, (10.0, 20.0, 30.0), "granted")]
    found = only(rows)
    assert (found.bank, found.month, found.decided, found.firms) == ("a-bank", "2024-03", 13, 13)
    assert found.low == pytest.approx((12 * 40 + 10) / 13, abs=0.05)
    assert found.middle == pytest.approx((12 * 50 + 20) / 13, abs=0.05)
    assert found.high == pytest.approx((12 * 60 + 30) / 13, abs=0.05)
    assert found.granted == pytest.approx(700 / 13, abs=0.05)
    assert (found.open, found.shown, found.kept) == (0, 0, Kept.within)


def test_an_application_without_a_decision_is_no_refusal() -> None:
    assert only(plain(20, 20, waiting=15)).granted == 100.0
    assert only(plain(20, 20, waiting=15)).open == 15


def test_fewer_than_ten_firms_are_not_told() -> None:
    for rows in (plain(9, 5), plain(9, 5, waiting=30), [*plain(9, 5), *plain(9, 5)]):
        found = only(rows)
        assert not found.is_told
        assert {getattr(found, name) for name in ("decided", "firms", "open", "shown", "low", "granted", "kept")} == {
            None
        }


@pytest.mark.parametrize(("waiting", "told"), [(0, 0), (1, None), (9, None), (10, 10)])
def test_small_counts_beside_are_not_told(waiting: int, told: int | None) -> None:
    assert only(plain(10, 5, waiting=waiting)).open == told


@pytest.mark.parametrize(("granted", "kept"), [(5, Kept.below), (45, Kept.within), (65, Kept.within), (90, Kept.above)])
def test_a_promise_is_kept_within_band_and_chance(granted: int, kept: Kept) -> None:
    """100 firms of whom 40 to 60 were promised: chance adds 1.645 · 5 on either side."""
    assert only(plain(100, granted)).kept is kept


def test_banks_and_months_stand_apart_newest_first() -> None:
    rows = plain(10, 5) + plain(11, 5, product="other") + plain(12, 5, day=date(2024, 4, 1))
    found = promise_table(table(rows), BANKS)
    assert [(one.month, one.bank, one.decided) for one in found] == [
        ("2024-04", "a-bank", 12),
        ("2024-03", "a-bank", 10),
        ("2024-03", "b-bank", 11),
    ]


def test_what_has_no_promise_and_unknown_products_are_left_out() -> None:
    rows = table(plain(10, 5) + plain(10, 5, product="unknown"))
    rows.loc[:2, MIDDLE] = np.nan
    (found,) = promise_table(rows, BANKS)
    assert not found.is_told


def test_no_order_of_the_rows_changes_the_table() -> None:
    rows = plain(13, 5) + plain(17, 9, product="other") + [("x", "loan", MONTH, (1.3, 2.7, 9.1), "refused")]
    assert promise_table(table(rows), BANKS) == promise_table(table(rows[::-1]), BANKS)


def promising() -> tuple[Product, pd.DataFrame]:
    """Return applications of three months to one product; the last month's were all refused."""
    product = next(one for one in sample_products() if one.bank == "sample-hewan")
    first = date(2024, 1, 1)
    days = [first + timedelta(days=number) for number in range(91)]
    decided = [day_of(one) + 5 for one in days]
    granted = [day if place < 60 and place % 2 else NEVER for place, day in enumerate(decided)]
    columns = {
        "enterprise": [f"f{place}" for place in range(91)],
        "product": product.id,
        "requested_on": pd.to_datetime(days),
        DECIDED_DAY: decided,
        GRANTED_DAY: granted,
        SHARE: 0.5,
    }
    return product, pd.DataFrame(columns)


def test_a_promise_is_made_of_what_was_known_on_the_eve_of_its_month() -> None:
    product, rows = promising()
    told = promised_bands(rows, [product])
    months = told["requested_on"].dt.month
    assert told.loc[months == 1, LOW].isna().all()
    assert told.loc[months > 1, LOW].notna().all()
    later = rows.assign(
        **{GRANTED_DAY: np.where(rows[DECIDED_DAY] >= day_of(date(2024, 3, 1)), NEVER, rows[GRANTED_DAY])}
    )
    pd.testing.assert_frame_equal(
        promised_bands(later, [product])[["low", "middle", "high"]], told[["low", "middle", "high"]]
    )
    earlier = rows.assign(
        **{GRANTED_DAY: np.where(rows[DECIDED_DAY] < day_of(date(2024, 2, 1)), NEVER, rows[GRANTED_DAY])}
    )
    assert (promised_bands(earlier, [product]).loc[months == 2, MIDDLE] < told.loc[months == 2, MIDDLE]).all()


def test_applications_have_the_days_that_were_known() -> None:
    lines = Written()
    asked, known = date(2024, 3, 1), date(2024, 3, 9)
    for number, outcome in enumerate(("granted", "refused", None)):
        firm = f"test:{number}"
        lines.request(firm, "R1", asked)
        lines.applied((firm, "R1", "loan"), asked)
        if outcome:
            lines.decided((firm, "R1", "loan"), asked, outcome, known=known)
    late = applications(lines.history(), date(2024, 4, 1)).set_index("enterprise")
    assert late[DECIDED_DAY].tolist() == [day_of(known), day_of(known), NEVER]
    assert late[GRANTED_DAY].tolist() == [day_of(known), NEVER, NEVER]
    early = applications(lines.history(), known - timedelta(days=1))
    assert early[DECIDED_DAY].tolist() == [NEVER] * 3


def test_no_decision_counts_on_the_day_of_its_request() -> None:
    lines = Written()
    lines.request("test:1", "R1", MONTH)
    lines.decided(("test:1", "R1", "loan"), MONTH, "granted", known=MONTH)
    found = applications(lines.history(), MONTH)
    assert found[DECIDED_DAY].tolist() == found[GRANTED_DAY].tolist() == [day_of(MONTH) + 1]
