"""The orders that a firm chooses, what a plan may do to one of them, and what a deleted tag takes from all."""

import json
import random
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matching_worlds import Row, clause, product, profiles, rows
from ranked_worlds import counted, ordering

from features.dictionary import FEATURES
from matching.eligibility import Request
from matching.errors import MatchingError
from matching.lists import MatchLists, Settings, enterprises_for, products_for
from matching.preference import FIRST_PLACES, Sort, followed
from matching.ranked import Order
from matching.reasons import MOST, ReasonCode
from matching.render import as_json
from matching.tags import TAGS, TagName, columns_of_tags, without_tags

KEY = Settings(tie_key=b"request and release")
COMPANY = [clause("kind", "kind", "equals", "company")]
SECRET = {"kind": "service", "payer": "enterprise", "unknown": True}
FIRM: Row = {"kind": "company", "sales_12m_fen": 300_000_00, "age_months": 24}


def times(reply: int, hours: int, money: int) -> dict[str, int]:
    return {"reply_days": reply, "hours_to_apply": hours, "days_to_money": money}


# Rates fall as times grow, so that no two orders are alike.
PRODUCTS = (
    product(id="dear", criteria=COMPANY, annual_rate="0.07", service=times(1, 1, 1)),  # 9 hours
    product(id="middle", criteria=COMPANY, annual_rate="0.05", service=times(2, 9, 2)),  # 25 hours
    product(id="slower", criteria=COMPANY, annual_rate="0.06", service=times(3, 1, 3)),  # 25 hours, a later reply
    product(id="cheap", criteria=COMPANY, annual_rate="0.03"),
    product(id="cheaper-it-says", criteria=COMPANY, annual_rate="0.01", fees=[SECRET], service=times(5, 40, 9)),
)


def order(lists: MatchLists) -> list[str]:
    return [row.id for row in lists.fits]


def asked(sort: Sort, firm: Row = FIRM, request: Request | None = None, key: Settings = KEY) -> MatchLists:
    return products_for(profiles([firm]), PRODUCTS, 0.9, request or Request(), key, sort=sort)


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        # A fee that is not published comes after all known, however cheap the rest is.
        (Sort.price, ["cheap", "middle", "slower", "dear", "cheaper-it-says"]),
        (Sort.plain, ["cheap", "middle", "slower", "dear", "cheaper-it-says"]),
        # 1 + 8; 9 + 16 and 1 + 24, told apart by the days to a reply; 40 + 72; without times last.
        (Sort.speed, ["dear", "middle", "slower", "cheaper-it-says", "cheap"]),
    ],
)
def test_each_order_is_the_one_it_says(sort: Sort, expected: list[str]) -> None:
    lists = asked(sort)
    assert order(lists) == expected
    assert (lists.sort, lists.order) == (sort, Order(sort.value))
    assert lists.in_order["fits"] == tuple(expected)


def test_a_price_is_that_of_the_loan_asked_for_and_plain_that_of_one_loan_for_all() -> None:
    once = {"kind": "registration", "payer": "enterprise", "amount_yuan": 3000}
    some = (
        product(id="flat-fee", criteria=COMPANY, annual_rate="0.04", fees=[once]),
        product(id="no-fee", criteria=COMPANY, annual_rate="0.05"),
    )

    def first(sort: Sort, yuan: int) -> str:
        request = Request(yuan * 100, 12)
        return order(products_for(profiles([FIRM]), some, 0.9, request, KEY, sort=sort))[0]

    # 3,000 yuan are 15 % of 20,000 and .3 % of the reference loan.
    assert [first(Sort.price, yuan) for yuan in (20_000, 900_000)] == ["no-fee", "flat-fee"]
    assert [first(Sort.plain, yuan) for yuan in (20_000, 900_000)] == ["flat-fee", "flat-fee"]


@pytest.mark.parametrize("sort", [Sort.price, Sort.plain])
def test_a_rate_that_follows_the_lpr_is_that_of_its_day_in_every_order(sort: Sort) -> None:
    # On the profile's day, 2020-02-21, the LPR was 4.05 %: the rule gives 5.25 %, whatever is published.
    rule = {"base": "lpr_1y", "spread_bp": 120}
    some = (
        product(id="says-nothing", criteria=COMPANY, annual_rate="0.000001", rate_rule=rule),
        product(id="five", criteria=COMPANY, annual_rate="0.05"),
        product(id="six", criteria=COMPANY, annual_rate="0.06"),
    )
    assert order(products_for(profiles([FIRM]), some, 0.9, Request(), KEY, sort=sort)) == [
        "five",
        "says-nothing",
        "six",
    ]


@given(firm=rows(), other=rows(), standing=st.none() | st.floats(0, 1))
def test_the_order_that_is_not_personal_depends_on_nothing_but_what_fits(
    firm: Row, other: Row, standing: float | None
) -> None:
    both = [
        products_for(profiles([one | {"kind": "company"}]), PRODUCTS, good, Request(), KEY, sort=Sort.plain)
        for one, good in ((firm, standing), (other, 0.2))
    ]
    assert order(both[0]) == order(both[1])
    assert {row.id for row in both[0].fits} == {one.id for one in PRODUCTS}


@given(firm=rows(), sort=st.sampled_from(Sort), seed=st.integers(0, 99))
def test_the_order_of_products_changes_no_order(firm: Row, sort: Sort, seed: int) -> None:
    shuffled = random.Random(seed).sample(PRODUCTS, len(PRODUCTS))  # noqa: S311 (no secret)
    table = profiles([firm])
    one, other = (
        products_for(
            table,
            some,
            0.9,
            Request(),
            KEY,
            sort=sort,
            planned={"cheap": 3, "dear": 1},
            pressure={"middle": 40_000},
        )
        for some in (shuffled, PRODUCTS)
    )
    assert one == other


def test_a_sort_moves_nobody_from_list_to_list_and_asks_no_ranker() -> None:
    table = profiles([FIRM])
    seen = ordering(table, {"annual_rate_ppm": 1.0}, counted(PRODUCTS[:1], 24))
    by_chance = products_for(table, PRODUCTS, 0.9, Request(), KEY, ordering=seen)
    assert by_chance.order is Order.ranker
    for sort in (Sort.price, Sort.speed, Sort.plain):
        lists = products_for(table, PRODUCTS, 0.9, Request(), KEY, ordering=seen, sort=sort)
        assert lists.counts == by_chance.counts
        assert lists == products_for(table, PRODUCTS, 0.9, Request(), KEY, sort=sort)


# What a plan may do


def planned(planned_: Mapping[str, int] | None, pressure: Mapping[str, int] | None = None) -> MatchLists:
    return products_for(profiles([FIRM]), PRODUCTS, 0.9, Request(), KEY, planned=planned_, pressure=pressure)


OWN = order(planned(None))


def test_without_a_plan_nothing_changes() -> None:
    bare = products_for(profiles([FIRM]), PRODUCTS, 0.9, Request(), KEY)
    assert planned({}, {}) == planned(None, None) == bare
    assert not bare.is_planned
    assert not any(row.is_own_first or row.pressure_ppm for row in bare.fits)


def test_a_plan_orders_but_the_own_first_choice_stays_among_the_first_places() -> None:
    backwards = {id_: place for place, id_ in enumerate(reversed(OWN), start=1)}
    lists = planned(backwards)
    expected = OWN[:0:-1]
    expected.insert(FIRST_PLACES - 1, OWN[0])
    assert order(lists) == expected
    assert lists.is_planned
    assert [row.id for row in lists.fits if row.is_own_first] == [OWN[0]]
    assert {row.id: row.planned_place for row in lists.fits} == backwards
    # A plan says nothing of scores.
    assert {row.id: row.score_ppm for row in lists.fits} == {row.id: row.score_ppm for row in planned(None).fits}


def test_who_is_not_in_the_plan_keeps_its_place() -> None:
    lists = planned({OWN[4]: 1, OWN[1]: 5, "unknown": 2, OWN[3]: 0})
    assert order(lists) == [OWN[0], OWN[4], OWN[2], OWN[3], OWN[1]]


@pytest.mark.parametrize("sort", [Sort.price, Sort.speed, Sort.plain])
def test_no_plan_and_no_pressure_touch_an_order_that_the_firm_chose(sort: Sort) -> None:
    plan = {id_: place for place, id_ in enumerate(reversed(OWN), start=1)}
    pressed = products_for(
        profiles([FIRM]), PRODUCTS, 0.9, Request(), KEY, sort=sort, planned=plan, pressure=dict.fromkeys(OWN, 100_000)
    )
    assert pressed == asked(sort)


def test_pressure_lowers_the_score_and_says_so() -> None:
    before, after = planned(None), planned(None, {OWN[1]: 900_000, OWN[2]: 5, "unknown": 3})
    scores = {row.id: row.score_ppm for row in before.fits}
    rows_ = {row.id: row for row in after.fits}
    assert rows_[OWN[2]].score_ppm == scores[OWN[2]] - 5
    # No score falls below nothing: what is subtracted is logged as what was.
    assert (rows_[OWN[1]].score_ppm, rows_[OWN[1]].pressure_ppm) == (0, scores[OWN[1]])
    assert order(after)[-1] == OWN[1]
    for id_ in OWN:
        codes = [reason.code for reason in rows_[id_].reasons]
        assert (ReasonCode.quota_pressure in codes) == (id_ in OWN[1:3])
        assert len(codes) <= MOST
    # The level is that of the quota, though little was left to subtract; no figure is told.
    assert [rows_[id_].quota_left.zh for id_ in OWN[:3]] == ["充足", "将满", "趋紧"]
    said = [rows_[id_].reasons[-1] for id_ in OWN[1:3]]
    assert [one.text_zh for one in said] == [f"需注意：本季度名额{level}，排序因此靠后" for level in ("将满", "趋紧")]
    assert [one.value for one in said] == [None, None]
    assert rows_[OWN[2]].transparent_ppm == scores[OWN[2]]


def test_pressure_alone_does_not_hide_the_first_choice_either() -> None:
    assert order(planned(None, {OWN[0]: 1_000_000})).index(OWN[0]) == FIRST_PLACES - 1


@pytest.mark.parametrize(("top", "place"), [(1, 0), (2, 1), (3, 2), (9, 2), (None, 2)])
def test_a_list_that_is_cut_short_still_shows_the_first_choice(top: int | None, place: int) -> None:
    assert followed([0, 1, 2, 3], [0, 1, 2, 3], {0: 9, 1: 1, 2: 2, 3: 3}, top).index(0) == place


@given(st.permutations(range(6)), st.permutations(range(6)), st.dictionaries(st.integers(0, 5), st.integers(1, 9)))
def test_following_a_plan_keeps_everybody_once(own: list[int], pressed: list[int], places: dict[int, int]) -> None:
    found = followed(own, pressed, places)
    assert sorted(found) == sorted(own)
    assert found.index(own[0]) < FIRST_PLACES
    rest = [one for one in found if one != own[0]]
    assert [one for one in rest if one in places] == sorted(
        (one for one in pressed if one in places and one != own[0]), key=lambda one: places[one]
    )
    if own[0] in pressed[:1] and own[0] not in places:
        assert [(at, one) for at, one in enumerate(found) if one not in places] == [
            (at, one) for at, one in enumerate(pressed) if one not in places
        ]


def test_a_banks_list_follows_a_plan_too() -> None:
    table = profiles([FIRM | {"age_months": months} for months in (3, 9, 30)])
    lent = product(criteria=[clause("age", "age_months", "at_least", 2)])
    own = order(enterprises_for(table, lent, None, Request(), KEY))
    turned = {id_: place for place, id_ in enumerate(reversed(own), start=1)}
    lists = enterprises_for(table, lent, None, Request(), KEY, planned=turned)
    assert order(lists) == own[::-1]
    assert lists.is_planned
    assert enterprises_for(table, lent, None, Request(), KEY, planned={}) == enterprises_for(
        table, lent, None, Request(), KEY
    )


# Deleted tags


def test_every_column_belongs_to_one_tag() -> None:
    columns = [name for tag in TAGS.values() for name in tag.columns]
    assert sorted(columns) == sorted(FEATURES)
    assert set(TAGS) == set(TagName)
    assert all(tag.leading in tag.columns for tag in TAGS.values())
    with pytest.raises(MatchingError, match="no tag"):
        columns_of_tags(["nothing"])


LENT = (
    # None of these asks for what the tag of size holds, but score, reasons and ranker read it.
    product(id="kind", criteria=COMPANY),
    product(id="void", criteria=[clause("void", "sales_void_ratio_12m", "at_most", "0.1")], annual_rate="0.05"),
    product(id="age", criteria=[clause("age", "age_months", "at_least", 2)], annual_rate="0.04"),
)
WEIGHTS = {"sales_12m_fen": 1e-8, "asked_to_sales_ratio": -0.4, "age_months": 0.02, "taken_product_size_ratio": 2.0}


@given(firm=rows(), request=st.sampled_from([Request(), Request(50_000_00, 12)]), learnt=st.booleans())
def test_a_deleted_tag_is_as_good_as_missing(firm: Row, request: Request, learnt: bool) -> None:  # noqa: FBT001
    table = profiles([firm])
    seen = ordering(table, WEIGHTS, counted(LENT[:2], 24)) if learnt else None
    readable = without_tags(table, {"test:0": ["size"]})
    assert (readable is None) == ("sales_12m_fen" not in table.column_names)
    blind = profiles([{name: value for name, value in firm.items() if name not in TAGS[TagName.size].columns}])
    deleted, missing = (
        products_for(one, LENT, 0.9, request, KEY, ordering=seen, readable=other)
        for one, other in ((table, readable), (blind, None))
    )
    assert json.dumps(as_json(deleted)) == json.dumps(as_json(missing))


def test_eligibility_reads_what_ranking_may_not() -> None:
    lent = (
        product(id="sales", criteria=[clause("sales", "sales_12m_fen", "at_least", 100)]),
        product(id="more", criteria=[clause("sales", "sales_12m_fen", "at_least", 900_000)]),
        product(id="share", criteria=COMPANY, limits=[{"rule": "share", "of": "sales_12m_fen", "share": "0.5"}]),
    )
    table = profiles([FIRM])
    whole = products_for(table, lent, 0.9, Request(), KEY)
    deleted = products_for(table, lent, 0.9, Request(), KEY, readable=without_tags(table, {"test:0": ["size"]}))
    assert deleted.counts == whole.counts == {"fits": 2, "may_fit": 0, "does_not_fit": 1}
    assert deleted.does_not_fit == whole.does_not_fit
    for row in deleted.fits:
        full = next(one for one in whole.fits if one.id == row.id)
        assert row.line_fen == full.line_fen  # the bank's own limit stands
        assert row.transparent_ppm < full.transparent_ppm  # what may not be read is credited with nothing
        assert not row.missing
        assert row.reasons
        told = {reason.column for reason in row.reasons}
        assert told.isdisjoint(TAGS[TagName.size].columns)
        assert ("credit_line" in told) == (row.id == "sales")  # the product's cap, and no share of sales


def test_what_is_open_stays_open_and_names_what_is_missing_alone() -> None:
    asks = {
        "any": [
            clause("a", "buyers_12m", "at_least", 1)["require"],
            clause("b", "age_months", "at_least", 99)["require"],
        ]
    }
    lent = product(id="either", criteria=[{"id": "either", "require": asks}])
    table = profiles([{"age_months": 24, "buyers_12m": None}])
    lists = products_for(table, [lent], 0.9, Request(), KEY, readable=without_tags(table, {"test:0": ["age"]}))
    assert [[item.column for item in row.missing] for row in lists.may_fit] == [["buyers_12m"]]


def test_each_firms_deleted_tags_are_its_own_on_a_banks_list() -> None:
    table = profiles([FIRM, FIRM, FIRM | {"sales_12m_fen": None}])
    lent = product(criteria=COMPANY, limits=[{"rule": "share", "of": "sales_12m_fen", "share": "0.5"}])
    asking = Request()
    readable = without_tags(table, {"test:1": ["size", "age"], "test:9": ["kind"]})
    lists = enterprises_for(table, lent, {"test:0": 0.9, "test:1": 0.9}, asking, KEY, readable=readable)
    scores = {row.id: row.score_ppm for row in (*lists.fits, *lists.may_fit)}
    assert lists.counts == {"fits": 2, "may_fit": 1, "does_not_fit": 0}
    alone = enterprises_for(table, lent, {"test:0": 0.9, "test:1": 0.9}, asking, KEY)
    untouched = {row.id: row for row in (*alone.fits, *alone.may_fit)}
    assert scores["test:0"] == untouched["test:0"].score_ppm
    assert scores["test:1"] < scores["test:0"]
    assert scores["test:2"] == untouched["test:2"].score_ppm
    with pytest.raises(MatchingError, match="other firms"):
        enterprises_for(table, lent, None, asking, KEY, readable=table.slice(0, 2))


def test_nothing_deleted_changes_nothing() -> None:
    table = profiles([FIRM])
    assert without_tags(table, {}) is None
    assert without_tags(table, {"test:5": ["size"]}) is None
