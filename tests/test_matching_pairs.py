"""What a ranker reads of a pair: hand-computed columns, one code path for scalar and per-row requests."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from matching_worlds import clause, product, profiles

from features.dictionary import FEATURES
from matching.affinity_columns import AFFINITY_COLUMNS
from matching.eligibility import Request, Requests, evaluate
from matching.pairs import PAIR_COLUMNS, PAIR_INPUTS, Column, pair_columns
from matching.product import Product
from matching.rank import score
from models.affinity import AFFINITY_INPUTS
from models.inputs import InputKind

ROWS = [
    {"sales_12m_fen": 100_000_000, "buyers_12m": 12},
    {"sales_12m_fen": 400_000_000, "buyers_12m": 30},
    {"sales_12m_fen": None, "buyers_12m": 30},
]


def shared() -> Product:
    return product(
        limits=[{"rule": "share", "of": "sales_12m_fen", "share": "0.2"}],
        criteria=[
            clause("sales_12m", "sales_12m_fen", "at_least", 500_000),
            clause("buyers", "buyers_12m", "at_least", 10),
        ],
    )


def columns(of: Product, request: Request | Requests, table: pa.Table | None = None) -> dict[str, Column]:
    eligibility = evaluate(of, table if table is not None else profiles(ROWS), request)
    return pair_columns(eligibility, score(eligibility, np.full(eligibility.frame.rows, np.nan)))


def test_the_columns_are_those_that_are_listed_and_only_what_is_asked_can_be_withheld() -> None:
    found = columns(shared(), Request(amount_fen=10_000_000, term_months=12))
    assert tuple(found) == tuple(column.input.name for column in PAIR_COLUMNS)
    assert all(len(values) == len(ROWS) for values in found.values())
    numbers = [name for name in found if name not in {"guarantee", "repayment"}]
    unasked = columns(shared(), Request())
    missing = {name for name in numbers if np.isnan(unasked[name][0]) and not np.isnan(found[name][0])}
    assert {item.name for item in PAIR_INPUTS if item.tables == ("requests",)} == missing
    assert all(item.tables in {(), ("requests",)} for item in PAIR_INPUTS)
    assert {item.name for item in PAIR_INPUTS if item.kind is InputKind.nominal} == {"guarantee", "repayment"}


def test_the_request_meets_the_firm_and_the_product() -> None:
    found = columns(shared(), Request(amount_fen=10_000_000, term_months=12))
    assert found["line_fen"][:2].tolist() == [20_000_000, 80_000_000]
    assert found["asked_to_line_ratio"][:2].tolist() == [0.5, 0.125]
    assert found["line_room_ratio"][:2].tolist() == [0.5, 0.875]
    assert found["line_to_sales_ratio"][:2].tolist() == [0.2, 0.2]
    assert found["asked_to_sales_ratio"][:2].tolist() == [0.1, 0.025]
    assert found["asked_to_max_ratio"].tolist() == [0.1, 0.1, 0.1]
    assert found["term_to_max_ratio"].tolist() == [12 / 36] * 3
    assert found["criteria_room_min_ratio"][:2].tolist() == [2 / 12, 20 / 30]
    assert found["criteria_room_ratio"][0] == pytest.approx((0.5 + 2 / 12) / 2, abs=1e-6)
    room, criteria, price = (found[name][0] for name in ("line_room_ratio", "criteria_room_ratio", "all_in_rate_ppm"))
    expected = (200 * room + 250 * criteria + 150 * (1 - price / 120_000)) / 600
    assert found["pair_score_ratio"][0] == pytest.approx(expected, abs=1e-6)


def test_what_is_missing_stays_missing() -> None:
    found = columns(shared(), Request())
    for name in (
        "amount_asked_fen",
        "term_asked_months",
        "asked_to_line_ratio",
        "asked_to_max_ratio",
        "term_to_max_ratio",
    ):
        assert np.isnan(found[name]).all()
    asked = columns(shared(), Request(amount_fen=10_000_000))
    for name in ("line_fen", "asked_to_line_ratio", "line_room_ratio", "asked_to_sales_ratio"):
        assert np.isnan(asked[name][2])
    assert np.isnan(asked["product_age_months"]).all()


def test_an_unpublished_fee_is_told() -> None:
    hidden = product(fees=[{"kind": "service", "payer": "enterprise", "unknown": True}])
    assert columns(hidden, Request())["fee_unknown_flag"].tolist() == [1.0] * 3
    assert columns(product(), Request())["fee_unknown_flag"].tolist() == [0.0] * 3


def test_the_age_of_a_product_is_counted_in_full_months() -> None:
    table = profiles([{"sales_12m_fen": 1}] * 3)
    days = pa.array([date(2024, 3, 14), date(2024, 3, 15), date(2025, 2, 28)], type=pa.date32())
    table = table.set_column(1, "as_of", days)
    opened = product(offered_from="2024-02-15")
    assert columns(opened, Request(), table)["product_age_months"].tolist() == [0.0, 1.0, 12.0]


def test_a_request_per_row_gives_what_each_request_gives_alone() -> None:
    each = Requests(np.array([10_000_000, 0, 30_000_000]), np.array([12, 6, 0]))
    whole = columns(shared(), each)
    for row, (amount, term) in enumerate([(10_000_000, 12), (None, 6), (30_000_000, None)]):
        alone = columns(shared(), Request(amount, term))
        for name, values in whole.items():
            np.testing.assert_array_equal(values[row], alone[name][row], err_msg=name)


def test_no_name_or_payment_of_a_bank_enters() -> None:
    plain = columns(product(), Request(amount_fen=10_000_000))
    named = columns(
        product(id="other", bank="big-bank", bank_name="大银行", name="别名"), Request(amount_fen=10_000_000)
    )
    paying = columns(product(fees=[{"kind": "other", "payer": "bank", "rate": "0.05"}]), Request(amount_fen=10_000_000))
    for name, values in plain.items():
        np.testing.assert_array_equal(values, named[name])
        np.testing.assert_array_equal(values, paying[name])


def test_every_input_of_pair_and_affinity_has_words_a_family_and_a_unit() -> None:
    assert tuple(column.input for column in AFFINITY_COLUMNS) == AFFINITY_INPUTS
    every = (*PAIR_COLUMNS, *AFFINITY_COLUMNS)
    assert len({column.input.name for column in every}) == len({column.zh for column in every}) == len(every)
    assert len({column.en for column in every}) == len(every)
    assert all(column.family and column.unit for column in every)
    assert not {column.input.name for column in every} & set(FEATURES)
