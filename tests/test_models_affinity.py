"""Affinity: hand-computed counts, a loop oracle, and what an event may and may not move."""

from datetime import date, timedelta
from math import isnan
from random import Random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle_affinity import BY, Event, Oracle

from models.affinity import (
    AFFINITY_INPUTS,
    NEWEST_EVENT_ON,
    POPULARITY_PRODUCT,
    POPULARITY_SEGMENT,
    SEGMENTS,
    Affinity,
    AffinitySettings,
    affinity_columns,
    affinity_score,
)
from models.errors import TrainingTableError

START = date(2023, 1, 1)
MEASURES = ("applied", "granted", "taken", "funded")
BASE = {
    "product": "p1",
    "bank": "b1",
    "pattern": "unsecured",
    "kind": "company",
    "section": "F",
    "prefecture": "620100",
    "size": "1",
    "amount_band": "2",
    "term_band": "1",
}


def event(day: int, measure: str = "taken", hit: int = 0, position: int = 1, **segments: str) -> Event:
    return Event(measure, START + timedelta(days=day), 1, hit, position, is_random=False, segments={**BASE, **segments})


def table(events: list[Event]) -> pd.DataFrame:
    rows = [
        {
            "measure": one.measure,
            "day": one.day,
            "count": one.count,
            "hit": one.hit,
            "position": one.position,
            "is_random": one.is_random,
            **one.segments,
        }
        for one in events
    ]
    frame = pd.DataFrame(rows, columns=["measure", "day", "count", "hit", "position", "is_random", *SEGMENTS])
    return frame.assign(day=pd.to_datetime(frame["day"]))


def queries(*rows: tuple[int, dict[str, str]]) -> pd.DataFrame:
    days = pd.to_datetime([START + timedelta(days=day) for day, _ in rows])
    return pd.DataFrame([{**BASE, **segments} for _, segments in rows]).assign(day=days)


def test_a_share_fades_with_its_half_life_and_leans_on_the_wider_one() -> None:
    # A half-life before the query 4 shown and 2 taken of p1, on the day itself 1 shown and none taken of p2.
    events = [event(0, hit=hit) for hit in (1, 1, 0, 0)] + [event(180, product="p2", bank="b2", pattern="pledge")]
    settings = AffinitySettings(half_life_days=180, prior_count=10)
    found = affinity_columns(table(events), queries((180, {})), settings).iloc[0]
    overall = (2 * 0.5) / (4 * 0.5 + 1)
    wider = (1 + 10 * overall) / (2 + 10)  # of the pattern, of the bank, of the kind's section at this bank …
    product = (1 + 10 * (wider * wider / overall)) / (2 + 10)
    assert found["taken_product_ratio"] == pytest.approx(product, rel=1e-12)
    assert found[POPULARITY_PRODUCT] == pytest.approx(1.0, rel=1e-12)
    assert found["taken_product_prefecture_ratio"] == pytest.approx((1 + 10 * product) / 12, rel=1e-12)
    amount = (1 + 10 * product) / 12
    assert found["taken_product_amount_lift"] == pytest.approx(amount / product, rel=1e-12)


def test_an_event_counts_from_its_day_and_not_before() -> None:
    events = table([event(0), event(50, hit=1)])
    early, on_the_day = affinity_columns(events, queries((49, {}), (50, {})))[POPULARITY_PRODUCT]
    assert (early, on_the_day) == (0.0, 1.0)


def test_later_events_change_no_bit_of_an_earlier_row() -> None:
    before = [event(day, measure, hit=day % 3 == 0) for day in range(0, 300, 7) for measure in MEASURES]
    later = [event(day, measure, hit=1, position=7) for day in range(301, 500, 3) for measure in MEASURES]
    asked = queries((120, {}), (300, {}), (300, {"section": "A"}))
    pd.testing.assert_frame_equal(
        affinity_columns(table(before), asked), affinity_columns(table(before + later), asked), check_exact=True
    )


def test_before_the_first_event_everything_is_missing_and_nothing_supports_it() -> None:
    found = affinity_columns(table([event(10, measure) for measure in MEASURES]), queries((9, {}))).iloc[0]
    assert found.filter(like="_ratio").isna().all()
    assert found.filter(like="_lift").isna().all()
    assert (found.filter(like="_log") == 0).all()
    assert pd.isna(found[NEWEST_EVENT_ON])


def test_a_new_product_starts_from_its_bank_and_from_products_like_it() -> None:
    events = [event(0, hit=1, product="p2", pattern="pledge", bank="b1") for _ in range(50)]
    events += [event(0, product="p3", pattern="pledge", bank="b3") for _ in range(50)]
    new = {"product": "p9", "pattern": "other"}
    of_good, of_poor = affinity_columns(table(events), queries((1, {**new, "bank": "b1"}), (1, {**new, "bank": "b3"})))[
        "taken_product_ratio"
    ]
    assert of_good > 0.8
    assert of_poor < 0.2


def test_a_bank_that_refuses_a_kind_shows_it_for_a_product_it_has_just_opened() -> None:
    events = [event(0, "granted", hit=1, kind="company", product=f"p{n % 5}") for n in range(200)]
    events += [event(0, "granted", hit=int(n % 4 == 0), kind="cooperative", product=f"p{n % 5}") for n in range(200)]
    new = {"product": "p9"}
    company, cooperative = affinity_columns(
        table(events), queries((1, {**new, "kind": "company"}), (1, {**new, "kind": "cooperative"}))
    )["granted_product_kind_section_ratio"]
    assert company > 0.8
    assert cooperative < 0.4


def test_a_showing_counts_as_much_as_its_place_is_examined() -> None:
    # In random order a tenth place is applied for a quarter as often as a first one; known in month 0, used in month 1.
    lists = [
        Event("applied", START, 1, int(n % 100 < rate), position, is_random=True, segments={**BASE, "product": "p0"})
        for position, rate in ((1, 40), (10, 10))
        for n in range(10_000)
    ]
    shown = [event(0, "taken", position=10, hit=int(n < 5)) for n in range(100)]
    counted = Affinity(table([*lists, *shown]))
    assert counted.examined(np.array([19_400]))[0, 6] == pytest.approx(0.25, abs=0.01)
    first, second = affinity_columns(table([*lists, *shown]), queries((30, {}), (31, {})))["taken_product_ratio"]
    assert first < second  # the same five takings say more once it is known that few looked there


def test_affinity_alone_is_the_products_share_times_how_the_pair_differs_at_each_step() -> None:
    columns = pd.DataFrame(
        {
            "taken_product_ratio": [0.1, 0.1, np.nan],
            "applied_product_ratio": [0.2, 0.2, np.nan],
            "applied_product_kind_section_ratio": [0.4, 0.4, np.nan],
            "applied_product_prefecture_ratio": [0.3, 0.3, np.nan],
            "applied_product_size_ratio": [0.1, 0.1, np.nan],
            "applied_product_amount_lift": [0.5, 0.5, np.nan],
            "applied_product_term_lift": [1.2, 1.2, np.nan],
            "granted_product_ratio": [0.5, np.nan, np.nan],
            "granted_product_kind_section_ratio": [0.25, np.nan, np.nan],
            "granted_product_prefecture_ratio": [0.5, np.nan, np.nan],
            "granted_product_size_ratio": [0.75, np.nan, np.nan],
            "granted_product_amount_lift": [0.8, np.nan, np.nan],
        }
    )
    score = affinity_score(columns)
    applied = 2.0 * 1.5 * 0.5 * 0.5 * 1.2
    assert score[0] == pytest.approx(0.1 * applied * (0.5 * 1.0 * 1.5 * 0.8))
    assert score[1] == pytest.approx(0.1 * applied)  # no decision is known yet
    assert isnan(score[2])


def test_a_column_that_is_absent_is_named() -> None:
    with pytest.raises(TrainingTableError, match="lack the columns bank, pattern"):
        affinity_columns(table([event(0)]).drop(columns=["bank", "pattern"]), queries((0, {})))


def test_a_half_life_that_cannot_be_computed_is_refused() -> None:
    with pytest.raises(ValueError, match="half-life"):
        AffinitySettings(half_life_days=3)


VALUES = {
    "product": ("p1", "p2", "p3"),
    "bank": ("b1", "b2"),
    "pattern": ("unsecured", "pledge"),
    "kind": ("company", "sole_proprietor"),
    "section": ("A", "F"),
    "prefecture": ("620100", ""),
    "size": ("0", ""),
    "amount_band": ("1", "2"),
    "term_band": ("1", ""),
}
SEGMENTS_OF = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in VALUES.items()})
EVENTS = st.lists(
    st.builds(
        Event,
        measure=st.sampled_from(MEASURES),
        day=st.integers(0, 700).map(lambda day: START + timedelta(days=day)),
        count=st.integers(0, 1),
        hit=st.integers(0, 1),
        position=st.integers(0, 12),
        is_random=st.booleans(),
        segments=SEGMENTS_OF,
    ),
    max_size=40,
)


@given(EVENTS, st.lists(st.tuples(st.integers(0, 900), SEGMENTS_OF), min_size=1, max_size=5), st.randoms())
def test_loops_and_running_sums_agree_in_any_order_of_the_events(
    events: list[Event], asked: list[tuple[int, dict[str, str]]], random: Random
) -> None:
    shuffled = random.sample(events, len(events))
    found = affinity_columns(table(shuffled), queries(*asked))
    pd.testing.assert_frame_equal(found, affinity_columns(table(events), queries(*asked)), check_exact=True)
    oracle = Oracle(tuple(events))
    for (days, of), (_, row) in zip(asked, found.iterrows(), strict=True):
        day = START + timedelta(days=days)
        for item in AFFINITY_INPUTS:
            assert row[item.name] == pytest.approx(_expected(oracle, item.name, day, of), rel=1e-9, nan_ok=True)
        assert row[POPULARITY_PRODUCT] == pytest.approx(oracle.sums("taken", "product", day, of)[1], rel=1e-9)
        assert row[POPULARITY_SEGMENT] == pytest.approx(
            oracle.share("funded", "kind_section", day, of), rel=1e-9, nan_ok=True
        )
        newest = oracle.newest(day, MEASURES)
        assert pd.isna(row[NEWEST_EVENT_ON]) if newest is None else row[NEWEST_EVENT_ON].date() == newest


@given(EVENTS, st.lists(st.tuples(st.integers(0, 900), SEGMENTS_OF), min_size=2, max_size=8))
def test_a_row_asked_alone_gives_the_same_bytes_as_among_others(
    events: list[Event], asked: list[tuple[int, dict[str, str]]]
) -> None:
    counted = Affinity(table(events))
    whole = counted.columns(queries(*asked))
    alone = pd.concat([counted.columns(queries(one)) for one in asked], ignore_index=True)
    pd.testing.assert_frame_equal(whole, alone, check_exact=True)


def _expected(oracle: Oracle, name: str, day: date, of: dict[str, str]) -> float:
    measure, level = name.split("_", 1)
    if name.endswith("_count_log"):
        return oracle.support(measure, level.removesuffix("_count_log"), day, of)
    if name.endswith("_lift"):
        level = level.removesuffix("_lift")
        return oracle.share(measure, level, day, of) / oracle.share(measure, "product", day, of)
    level = level.removesuffix("_ratio")
    assert level in BY
    return oracle.share(measure, level, day, of)
