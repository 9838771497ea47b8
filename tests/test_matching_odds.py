"""Bands of odds by hand: back-off, windows, what is hidden, what a day may know, and how a halving is followed."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.choice_states import NEVER
from matching.odds import Band, Ground, Odds, Outcomes
from matching.odds_levels import OddsSettings, Seen, Shift, everything, shift_of, window_of
from matching.product import Product, sample_products

DAY = 20_000
PLAIN = OddsSettings()


def products() -> tuple[Product, Product, Product]:
    """Return two products of one bank and one of another bank and kind."""
    by_bank: dict[str, list[Product]] = {}
    for one in sample_products():
        by_bank.setdefault(one.bank, []).append(one)
    first, other = by_bank["sample-hewan"], by_bank["sample-xinghe"]
    return first[0], first[1], next(one for one in other if one.guarantee != first[0].guarantee)


def outcomes(rows: Sequence[tuple[str, str, float, int, bool]]) -> Outcomes:
    """Return rows of firm, product, chance told, day decided and whether granted that day."""
    firms, names, told, decided, granted = zip(*rows, strict=True)
    days = np.array(decided, dtype=np.int64)
    return Outcomes(
        np.array(firms, dtype=object),
        np.array(names, dtype=object),
        np.array(told, dtype=np.float64),
        days,
        np.where(np.array(granted), days, NEVER),
    )


def stream(  # noqa: PLR0913, PLR0917 (what a bank decided of one product in some days)
    product: Product, first: int, after: int, a_day: int, told: float, granted_of_ten: int
) -> list[tuple[str, str, float, int, bool]]:
    """Return so many decisions a day, of every ten so many granted."""
    count = (after - first) * a_day
    return [
        (
            f"f{product.id}{first + n // a_day}-{n % a_day}",
            product.id,
            told,
            first + n // a_day,
            n * 7 % 10 < granted_of_ten,
        )
        for n in range(count)
    ]


def band_of(odds: Odds, product: Product, told: float, day: int = DAY) -> Band:
    """Return the band, which there is."""
    found = odds.on(day).band(product.id, told)
    assert found is not None
    return found


def seen(count: int, granted: int, age: int = 5, log_odds: float = 0.0) -> Seen:
    hits = np.array([1.0] * granted + [0.0] * (count - granted))
    return Seen(np.full(count, age), np.full(count, log_odds), hits)


def test_the_shift_solves_its_equation() -> None:
    """By hand: at the posterior mode what was granted less what is told equals the pull of the prior."""
    prior = Shift(0.1, 0.2, 365)
    found = shift_of(seen(40, 30), prior, PLAIN)
    precision = PLAIN.prior_count / 4
    told = 1 / (1 + np.exp(-found.middle))
    assert 30 - 40 * told == pytest.approx(precision * (found.middle - 0.1), abs=1e-8)
    information = 40 * told * (1 - told)
    own, inherited = 1 / np.sqrt(information + precision), precision / (information + precision) * 0.2
    assert found.deviation == pytest.approx(np.sqrt(own**2 + inherited**2))
    assert found.window_days == 365


def test_without_decisions_a_level_is_its_prior() -> None:
    prior = Shift(-0.3, 0.2, 200)
    found = shift_of(seen(0, 0), prior, PLAIN)
    assert found.middle == pytest.approx(-0.3)
    assert found.window_days == 200
    assert found.deviation > prior.deviation
    assert everything(seen(0, 0), PLAIN).middle == 0.0


def test_many_decisions_outweigh_any_prior() -> None:
    found = shift_of(seen(20_000, 5_000), Shift(2.0, 0.5, 365), PLAIN)
    assert found.middle == pytest.approx(np.log(1 / 3), abs=0.05)
    assert found.deviation < 0.02


def test_a_product_inherits_what_its_bank_has_beyond_everything() -> None:
    """A product without a decision of its own stands where its bank's other product stands."""
    mine, sister, other = products()
    rows = stream(sister, DAY - 200, DAY, 2, 0.5, 8) + stream(other, DAY - 200, DAY, 2, 0.5, 5)
    day = Odds.of(outcomes(rows), products()).on(DAY)
    assert day.shift(mine.id).middle > day.all.middle + 0.2
    assert day.shift(other.id).middle < day.all.middle - 0.2
    assert day.shift(sister.id).middle >= day.shift(mine.id).middle


def test_the_band_holds_what_was_granted_and_narrows_with_cases() -> None:
    mine = products()[0]
    few = Odds.of(outcomes(stream(mine, DAY - 30, DAY, 1, 0.7, 7)), products())
    many = Odds.of(outcomes(stream(mine, DAY - 300, DAY, 4, 0.7, 7)), products())
    wide, narrow = band_of(few, mine, 0.7), band_of(many, mine, 0.7)
    for band in (wide, narrow):
        assert band.low <= 70 <= band.high
        assert band.low <= band.middle <= band.high
        assert band.ground is Ground.product
    assert narrow.high - narrow.low < wide.high - wide.low
    assert (wide.n, narrow.n) == (30, 1200)
    assert narrow.words.zh == f"与您相似的企业每申请100家，约有{narrow.low}–{narrow.high}家获批（近12个月，n=1200家）"


@pytest.mark.parametrize(("cases", "is_shown"), [(9, False), (10, True)])
def test_under_ten_firms_nothing_is_told(cases: int, is_shown: bool) -> None:  # noqa: FBT001
    mine = products()[0]
    rows = stream(mine, DAY - 40, DAY - 40 + cases, 1, 0.5, 5)
    assert (Odds.of(outcomes(rows), products()).on(DAY).band(mine.id, 0.5) is not None) is is_shown


def test_a_firm_counts_once_however_often_it_applied() -> None:
    mine = products()[0]
    rows = [("same", *row[1:]) for row in stream(mine, DAY - 40, DAY, 1, 0.5, 5)]
    assert Odds.of(outcomes(rows), products()).on(DAY).band(mine.id, 0.5) is None


def test_only_firms_alike_are_counted() -> None:
    mine = products()[0]
    rows = stream(mine, DAY - 40, DAY, 1, 0.9, 9) + stream(mine, DAY - 52, DAY - 40, 1, 0.5, 5)
    odds = Odds.of(outcomes(rows), products())
    assert band_of(odds, mine, 0.5).n == 12
    assert band_of(odds, mine, 0.9).n == 40
    assert odds.on(DAY).band(mine.id, 0.1) is None


def test_a_product_with_few_cases_is_told_by_its_bank() -> None:
    mine, sister, _ = products()
    rows = stream(mine, DAY - 5, DAY, 1, 0.5, 5) + stream(sister, DAY - 40, DAY, 1, 0.5, 5)
    band = band_of(Odds.of(outcomes(rows), products()), mine, 0.5)
    assert (band.ground, band.n) == (Ground.bank, 45)
    assert "申请该行产品" in band.words.zh


def test_a_day_knows_nothing_that_came_later() -> None:
    """Neither a decision, nor that a refusal was turned into a grant, before the day it was known."""
    mine = products()[0]
    rows = outcomes(stream(mine, DAY - 100, DAY + 100, 1, 0.5, 5))
    cut = rows.decided <= DAY
    known = Outcomes(*(getattr(rows, name)[cut] for name in ("enterprise", "product", "told", "decided", "granted")))
    turned = replace(rows, granted=np.where(rows.granted == NEVER, DAY + 1, rows.granted))
    then = band_of(Odds.of(known, products()), mine, 0.5)
    assert band_of(Odds.of(rows, products()), mine, 0.5) == then
    assert band_of(Odds.of(turned, products()), mine, 0.5) == then
    assert band_of(Odds.of(turned, products()), mine, 0.5, DAY + 1).middle > then.middle


def test_decisions_older_than_a_year_do_not_count() -> None:
    mine = products()[0]
    rows = stream(mine, DAY - 400, DAY - 365, 2, 0.5, 0) + stream(mine, DAY - 364, DAY, 1, 0.5, 5)
    old = Odds.of(outcomes(rows), products())
    assert band_of(old, mine, 0.5) == band_of(Odds.of(outcomes(rows[70:]), products()), mine, 0.5)
    assert band_of(old, mine, 0.5).n == 364


def halved(a_day: int, since: int) -> Odds:
    """Return two banks with even decisions, of whom the first grants half as much in its last days."""
    mine, _, other = products()
    before, after = stream(mine, DAY - 400, DAY - since, a_day, 0.6, 6), stream(mine, DAY - since, DAY, a_day, 0.6, 3)
    return Odds.of(outcomes([*before, *after, *stream(other, DAY - 400, DAY, a_day, 0.6, 6)]), products())


@pytest.mark.parametrize("a_day", [1, 3])
def test_a_halving_is_followed_within_sixty_days_and_only_where_it_was(a_day: int) -> None:
    mine, sister, other = products()
    odds = halved(a_day, 60)
    band = band_of(odds, mine, 0.6)
    assert band.low <= 30 <= band.high < 60
    assert band.window_days <= 90
    assert f"近{band.window_days}天" in band.words.zh
    elsewhere = band_of(odds, other, 0.6)
    assert (elsewhere.low <= 60 <= elsewhere.high, elsewhere.window_days) == (True, 365)
    assert odds.on(DAY).shift(sister.id).middle < -0.6
    assert band_of(odds, mine, 0.6, DAY - 61).low > 50


def test_a_quota_that_is_used_up_for_three_weeks_is_no_lasting_change() -> None:
    """Refusals in days 40 to 20 before, grants as ever since: the year still counts."""
    mine, _, other = products()
    rows = stream(mine, DAY - 365, DAY - 40, 1, 0.6, 6) + stream(mine, DAY - 40, DAY - 20, 1, 0.6, 0)
    rows += stream(mine, DAY - 20, DAY, 1, 0.6, 6) + stream(other, DAY - 365, DAY, 1, 0.6, 6)
    assert band_of(Odds.of(outcomes(rows), products()), mine, 0.6).window_days == 365


def test_an_older_change_does_not_hide_a_newer_one() -> None:
    ages = np.arange(365)
    rate = np.where(ages < 60, 2, np.where(ages < 200, 8, 4))
    granted = (ages * 7 % 10 < rate).astype(np.float64)
    window = window_of(Seen(ages, np.zeros(365), granted), Shift(0.0, 0.0, 365), PLAIN)
    assert 40 <= window <= 60


@settings(max_examples=4)
@given(st.permutations(range(240)))
def test_no_order_of_the_outcomes_changes_a_byte(order: list[int]) -> None:
    mine, sister, other = products()
    rows = stream(mine, DAY - 90, DAY, 1, 0.4, 5) + stream(sister, DAY - 80, DAY, 1, 0.55, 6)
    rows += stream(other, DAY - 70, DAY, 1, 0.7, 3)
    mixed = [rows[place] for place in order]
    straight, other_way = (Odds.of(outcomes(one), products()).on(DAY) for one in (rows, mixed))
    for product in products():
        assert straight.band(product.id, 0.5) == other_way.band(product.id, 0.5)
        assert straight.shift(product.id) == other_way.shift(product.id)


def test_a_higher_chance_told_gives_no_lower_band() -> None:
    mine = products()[0]
    wide = replace(PLAIN, alike=100.0)
    rows = outcomes(stream(mine, DAY - 300, DAY, 1, 0.5, 5))
    day = Odds.of(rows, products(), wide).on(DAY)
    bands = [day.band(mine.id, told / 20) for told in range(1, 20)]
    lows, highs = [one.low for one in bands if one], [one.high for one in bands if one]
    assert len(lows) == 19
    assert lows == sorted(lows)
    assert highs == sorted(highs)
    assert all(0 <= low <= high <= 100 for low, high in zip(lows, highs, strict=True))
