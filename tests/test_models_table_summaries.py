"""Several tables per firm in one row: by hand, in any order, and of a firm's own rows alone."""

import json
from collections.abc import Sequence
from dataclasses import replace
from random import Random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import StudyError
from models.study_config import StudyColumns, StudyConfig, StudyKind, TableColumns
from models.table_summaries import LEAST_FIRMS, LEVELS, PERIODS, SummarySpec, summaries

NAN = float("nan")
PAYMENTS = TableColumns(order="day", numbers=("due", "paid"), categories=("kind",))


def study(**tables: TableColumns) -> StudyConfig:
    return StudyConfig(StudyKind.risk, StudyColumns(query="firm", label="bad"), tables=tables)


CONFIG = study(payments=PAYMENTS)


def payments(*rows: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["firm", "day", "due", "paid", "kind"])


def crowd(level: str = "vat", firms: int = LEAST_FIRMS) -> list[tuple[object, ...]]:
    """Return one row each of as many firms as make a level frequent; no two alike."""
    return [(f"crowd{number}", 5.0, 1.0 + number, 2.0 + number % 3, level) for number in range(firms)]


def keys(*names: str) -> np.ndarray:
    return np.array(names, dtype=object)


def told(table: pd.DataFrame, names: np.ndarray, *columns: str, config: StudyConfig = CONFIG) -> np.ndarray:
    """Return these columns as the fit's rows give them, also where the fit would leave them out."""
    (name,) = config.tables
    _, spec = summaries({name: table}, config, names)
    asked = replace(spec, columns=tuple(f"{name}.{column}" for column in columns))
    return summaries({name: table}, config, names, asked)[0].to_numpy()


#: Firm `a`: 4 rows on days 1, 1, 3, 6, one of them twice, beside others, the newest row of day 8.
OF_A = [("a", 1, 10, 8, "vat"), ("a", 1, 20, 20, "stamp"), ("a", 3, NAN, 0, "vat"), ("a", 6, 30, -4, None)]
OTHERS = [(f"other{n}", day, n + day, 1, "stamp") for n in range(LEAST_FIRMS) for day in (1, 3, 6, 8)]
WORLD = payments(*OF_A, OF_A[0], *crowd(), *OTHERS)
NAMES = keys("a", "none", *dict.fromkeys(str(firm) for firm in WORLD["firm"] if firm != "a"))
CROWD = keys("a", *(f"crowd{number}" for number in range(LEAST_FIRMS)))


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("rows", 4),
        ("copies", 1),
        ("order.first", 1),
        ("order.last", 6),
        ("order.ago", 2),  # the newest row of any firm is of day 8
        ("order.length", 5),
        ("order.periods", 3),
        ("order.gap_mean", 2.5),
        ("order.gap_max", 3),
        ("order.gap_variability", 0.5 / 2.5),  # gaps 2 and 3
        ("order.rows_per_period", 4 / 3),
        ("due.missing", 1 / 4),
        ("due.known", 3),
        ("due.sum", 60),
        ("due.mean", 20),
        ("due.min", 10),
        ("due.max", 30),
        ("due.variability", np.sqrt(200 / 3) / 20),
        ("due.first", 15),  # two rows of the first day
        ("due.last", 30),
        ("due.change", 15),
        ("due.slope", 3.0),  # 15 on day 1, 30 on day 6
        ("due.last_to_mean", 30 / 22.5),
        ("paid.same", 0),
        ("due.in.6", 30),
        ("paid.slope", -130 / 38),  # 14, 0, -4 on days 1, 3, 6, which lie -7/3, -1/3, 8/3 about their mean
        ("order.rows.1", 2),
        ("paid.negative", 1 / 4),
        ("paid.zero", 1 / 4),
        ("paid.last", -4),
        ("paid.sum", 24),
        ("kind.missing", 1 / 4),
        ("kind.distinct", 2),
        ("kind.concentration", 5 / 9),
        ("kind.share.vat", 2 / 3),
        ("kind.count.stamp", 1),
        ("kind.in.1.stamp", 1 / 2),
        ("kind.in.3.stamp", 0),
    ],
)
def test_by_hand(column: str, value: float) -> None:
    assert told(WORLD, NAMES, column)[0, 0] == pytest.approx(value)


def test_a_firm_without_rows_is_missing_and_not_zero() -> None:
    found, _ = summaries({"payments": WORLD}, CONFIG, NAMES)
    alone = found.iloc[1]
    assert alone.pop("payments.present") == 0
    assert len(alone) > 30
    assert alone.isna().all()
    assert found["payments.present"].drop(1).eq(1).all()


def test_the_last_level_is_the_share_within_the_last_period() -> None:
    table = payments(("a", 1, 1, 1, "vat"), ("a", 9, 2, 1, "vat"), ("a", 9, 3, 1, "stamp"), *crowd(), *crowd("stamp"))
    assert told(table, CROWD, "kind.last.vat")[0] == 0.5


def test_a_number_that_does_not_move_is_the_same_in_that_share_of_its_steps() -> None:
    still = [("a", day, due, 1, None) for day, due in ((1, 5), (2, 5), (3, 5), (4, NAN), (5, 7), (6, 7))]
    found = told(payments(*still, ("b", 1, 5, 1, None)), keys("a", "b"), "due.same")
    assert found[0, 0] == 1  # 5-5, 5-5, 7-7; a step next to what is not known is none
    assert np.isnan(found[1, 0])


def test_a_table_of_many_orders_or_of_rare_ones_has_no_columns_by_period() -> None:
    _, spec = summaries({"payments": payments(*crowd(), ("crowd0", 6.0, 1, 1, "vat"))}, CONFIG, CROWD)
    assert spec.periods == {"payments": (5.0,)}
    many = [(f"crowd{number}", day, 1, 1, "vat") for number in range(LEAST_FIRMS) for day in range(PERIODS + 1)]
    assert summaries({"payments": payments(*many)}, CONFIG, CROWD)[1].periods == {}


def test_what_few_firms_know_gets_no_column() -> None:
    rows = [(f"firm{n:04}", 1, n if n < 19 else NAN, n, "rare" if n < 19 else "vat") for n in range(2000)]
    names = keys(*(str(one[0]) for one in rows))
    found, spec = summaries({"payments": payments(*rows)}, CONFIG, names)  # 19 of 2,000 is under one in a hundred
    assert spec.levels["payments"]["kind"] == ("vat",)
    assert "payments.paid.sum" in found
    assert "payments.due.sum" not in found


@pytest.mark.parametrize("days", [["2020-01-01", "2020-01-31"], pd.to_datetime(["2020-01-01", "2020-01-31"])])
def test_an_order_may_be_a_date_or_its_text_and_what_has_none_is_neither_first_nor_last(days: Sequence[object]) -> None:
    table = payments(("a", None, 1, 1, None), ("a", None, 2, 1, None), ("a", None, 9, 1, None), ("b", None, 5, 1, None))
    table["day"] = [*days, None, None]
    found = told(table, keys("a", "b"), "order.length", "due.change", "order.missing")
    assert found[0].tolist() == [30, 1, 1 / 3]
    assert np.isnan(found[1, :2]).all()
    assert found[1, 2] == 1


def test_texts_of_days_are_read_each_by_itself_and_one_that_is_none_is_refused() -> None:
    table = payments(
        ("a", "2020-01-01 08:00", 1, 1, None), ("a", "2020-01", 2, 1, None), ("a", "2020-02-01", 3, 1, None)
    )
    assert told(table, keys("a"), "order.length", "order.periods")[0].tolist() == [31, 2]
    table.loc[3] = ["b", "8小时前", 1, 1, None]
    with pytest.raises(StudyError, match="the table payments, row 4, day: '8小时前' is no day"):
        summaries({"payments": table}, CONFIG, keys("a"))


def test_a_table_without_order_has_nothing_of_time() -> None:
    config = study(counts=TableColumns(numbers=("cases",)))
    table = pd.DataFrame({"firm": [3, 3, 4], "cases": [2, 5, -1]})
    assert told(table, keys("3", "4", "5"), "cases.sum", config=config)[:2, 0].tolist() == [7, -1]
    found, _ = summaries({"counts": table}, config, keys("3", "4", "5"))
    assert not [name for name in found if name.endswith((".last", ".slope", ".first"))]


def test_the_spec_is_of_the_fit_alone_and_reads_the_rest_by_it() -> None:
    table = payments(*crowd(), ("new", 99, 1, 1, "never seen"), ("new", 99, 1, 1, "vat"))
    names = keys(*(f"crowd{number}" for number in range(LEAST_FIRMS)))
    fitted, spec = summaries({"payments": table}, CONFIG, names)
    again = SummarySpec.from_json(json.loads(json.dumps(spec.as_json())))
    assert again == spec
    found, same = summaries({"payments": table}, CONFIG, keys("new"), again)
    assert same == spec
    assert list(found) == list(fitted)
    assert spec.levels["payments"]["kind"] == ("vat",)
    assert spec.latest["payments"] == 5
    share = replace(again, columns=("payments.kind.share.vat",))
    assert summaries({"payments": table}, CONFIG, keys("new"), share)[0].to_numpy().tolist() == [[0.5]]


def test_levels_are_the_most_frequent_by_firms_and_not_by_rows() -> None:
    loud = [("crowd0", day, day, 1.0, "loud") for day in range(100)]
    many = [one for number in range(LEVELS + 1) for one in crowd(f"level{number:02}", LEAST_FIRMS + number)]
    names = keys(*(f"crowd{number}" for number in range(LEAST_FIRMS + LEVELS)))
    _, spec = summaries({"payments": payments(*loud, *many)}, CONFIG, names)
    assert spec.levels["payments"]["kind"] == tuple(f"level{number:02}" for number in range(LEVELS, 0, -1))


def test_columns_that_say_nothing_or_the_same_again_are_left_out() -> None:
    names = keys(*(f"crowd{number}" for number in range(LEAST_FIRMS)))
    found, _ = summaries({"payments": payments(*crowd())}, CONFIG, names)
    assert "payments.rows" not in found  # one each
    assert "payments.due.sum" in found
    assert "payments.due.mean" not in found  # of one row: the sum


def test_a_table_without_rows_and_a_study_without_tables() -> None:
    found, spec = summaries({"payments": payments()}, CONFIG, keys("a", "b"))
    assert found.shape == (2, 0)
    assert summaries({"payments": payments(("a", 1, 1, 1, "vat"))}, CONFIG, keys("a"), spec)[0].shape == (1, 0)
    assert summaries({}, study(), keys("a"))[0].shape == (1, 0)


def test_what_cannot_be_read_is_said_with_table_column_and_row() -> None:
    with pytest.raises(StudyError, match="the table payments, which is not given"):
        summaries({}, CONFIG, keys("a"))
    with pytest.raises(StudyError, match="the table payments lacks the column paid"):
        summaries({"payments": payments().drop(columns="paid")}, CONFIG, keys("a"))
    wrong = payments(("b", 1, 1, 1, "vat"), ("a", 1, "much", 1, "vat"))
    with pytest.raises(StudyError, match="the table payments, row 2, due: 'much' is no number"):
        summaries({"payments": wrong}, CONFIG, keys("a"))
    with pytest.raises(StudyError, match="the table payments: firm is the key"):
        summaries({"payments": payments()}, study(payments=TableColumns(categories=("firm",))), keys("a"))


few = settings(max_examples=10)
FIRMS = tuple(f"firm{number:02}" for number in range(12))
values = st.one_of(st.none(), st.floats(-1e6, 1e6, allow_nan=False), st.sampled_from([0.0, -0.0, 0.1, 0.2, 1e16]))
one_row = st.tuples(
    st.sampled_from(FIRMS), st.one_of(st.none(), st.integers(1, 6)), values, values, st.sampled_from(["x", "y", None])
)
tables = st.lists(one_row, min_size=10, max_size=60)


def held(rows: list[tuple[object, ...]]) -> dict[str, pd.DataFrame]:
    table = payments(*rows)
    return {"payments": table.astype({"day": "float64", "due": "float64", "paid": "float64"})}


@few
@given(rows=tables, order=st.randoms(use_true_random=False))
def test_shuffled_rows_and_firms_change_no_byte(rows: list[tuple[object, ...]], order: Random) -> None:
    first, spec = summaries(held(rows), CONFIG, keys(*FIRMS))
    mixed, names = list(rows), list(FIRMS)
    order.shuffle(mixed)
    order.shuffle(names)
    second, again = summaries(held(mixed), CONFIG, keys(*names))
    assert set(again.columns) == set(spec.columns)
    place = [names.index(firm) for firm in FIRMS]
    assert first.to_numpy().tobytes() == second[list(first)].to_numpy()[place].tobytes()


@few
@given(rows=tables, several=st.lists(st.sampled_from(FIRMS), min_size=1, max_size=3, unique=True))
def test_a_firm_is_its_own_rows_and_the_spec(rows: list[tuple[object, ...]], several: list[str]) -> None:
    found, spec = summaries(held(rows), CONFIG, keys(*FIRMS))
    own = [one for one in rows if one[0] in several]
    alone, _ = summaries(held(own), CONFIG, keys(*several), spec)
    assert alone.to_numpy().tobytes() == found.to_numpy()[[FIRMS.index(one) for one in several]].tobytes()


@few
@given(rows=tables)
def test_what_a_key_reads_like_is_no_feature(rows: list[tuple[object, ...]]) -> None:
    renamed = {firm: f"{(7 * number) % 12:02}-{firm[::-1]}" for number, firm in enumerate(FIRMS)}
    found, spec = summaries(held(rows), CONFIG, keys(*FIRMS))
    other, same = summaries(
        held([(renamed[str(one[0])], *one[1:]) for one in rows]), CONFIG, keys(*(renamed[firm] for firm in FIRMS))
    )
    assert same == spec
    assert found.to_numpy().tobytes() == other.to_numpy().tobytes()


@few
@given(rows=tables, again=st.integers(1, 3))
def test_copies_are_counted_and_change_nothing_else(rows: list[tuple[object, ...]], again: int) -> None:
    once = list({tuple(0.0 if value == 0 else value for value in one): one for one in rows}.values())
    found, spec = summaries(held(once), CONFIG, keys(*FIRMS))
    more, _ = summaries(held(once * (1 + again)), CONFIG, keys(*FIRMS), spec)
    plain = [name for name in found if name != "payments.copies"]
    assert found[plain].to_numpy().tobytes() == more[plain].to_numpy().tobytes()
    spec = replace(spec, columns=("payments.copies", "payments.rows"))
    counted, _ = summaries(held(once * (1 + again)), CONFIG, keys(*FIRMS), spec)
    assert (counted["payments.copies"].dropna() == again * counted["payments.rows"].dropna()).all()
