"""The joint plan of a home: capacity, seats and pressure by hand, and places that are orders of who fits."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from matching.joint_plan import BANK_PLACE, PLACE, Wants, joint_plan, pressures, reading_capacity, seats, team_files
from matching.particulars import Desk
from matching.product import Product, sample_products

SAMPLE = sample_products()[0]
KEY = b"a key"


def lent(name: str, bank: str, desk: Desk | None) -> Product:
    return SAMPLE.model_copy(update={"id": name, "bank": bank, "desk": desk})


def desk(quota: int, officers: int = 2, branches: tuple[str, ...] = ()) -> Desk:
    return Desk(branches=branches, quota_loans=quota, officers=officers, files_per_officer_month=4)


PRODUCTS = (
    lent("p1", "bank-a", desk(10)),
    lent("p2", "bank-a", desk(30)),
    lent("p3", "bank-b", desk(5, 1, ("620100",))),
    lent("p4", "bank-c", None),
)


def wanted(firms: int = 12, seed: int = 1) -> Wants:
    rng = np.random.default_rng(seed)
    shape = firms, len(PRODUCTS)
    names = tuple(f"test:{number:02d}" for number in range(firms))
    places = tuple(("620100", "620200", None)[number % 3] for number in range(firms))
    return Wants(names, places, PRODUCTS, rng.random(shape), rng.random(shape), rng.random(shape) < 0.8)


def by_pair(table: pa.Table) -> dict[tuple[str, str], tuple[int, int]]:
    rows = table.to_pylist()
    return {(row["enterprise"], row["product"]): (row[PLACE], row[BANK_PLACE]) for row in rows}


def test_products_of_one_bank_share_its_officers_by_their_quotas() -> None:
    # Bank a: 2 officers × 4 files × 3 months = 24 files, a quarter of them for p1 and three for p2; bank b 12.
    assert team_files(PRODUCTS) == {"bank-a": 24, "bank-b": 12}
    # Bank c does not tell: it has the middle of 6, 18 and 12.
    assert reading_capacity(PRODUCTS).tolist() == [6.0, 18.0, 12.0, 12.0]
    assert reading_capacity(PRODUCTS[3:]).tolist() == [np.inf]


def test_of_desks_of_one_bank_that_do_not_agree_the_smallest_counts() -> None:
    boasting = (*PRODUCTS[:2], lent("p5", "bank-a", desk(40, 50)))
    assert team_files(boasting) == team_files(boasting[::-1]) == {"bank-a": 24}


def test_a_quota_presses_in_two_steps_from_four_fifths_on_and_silence_does_not_spare() -> None:
    # Quotas of 10, 30 and 5; the middle one, 10, stands for the product that tells of none.
    assert pressures(PRODUCTS, {"p1": 8, "p2": 26, "p3": 9, "p4": 8}) == {"p2": 100_000, "p3": 200_000}
    assert pressures(PRODUCTS, {"p2": 27, "p4": 9}) == {"p2": 200_000, "p4": 200_000}
    assert pressures(PRODUCTS, {}) == pressures(PRODUCTS[3:], {"p4": 99}) == {}


def test_every_pair_that_fits_has_its_place_on_both_sides_and_no_other() -> None:
    asked = wanted()
    found = by_pair(joint_plan(asked, KEY).table)
    fit = {(asked.enterprises[row], PRODUCTS[column].id) for row, column in np.argwhere(asked.fits).tolist()}
    assert set(found) == fit
    for name in asked.enterprises:
        places = sorted(place for (firm, _), (place, _) in found.items() if firm == name)
        assert places == list(range(1, len(places) + 1))
    for product in PRODUCTS:
        places = sorted(place for (_, one), (_, place) in found.items() if one == product.id)
        assert places == list(range(1, len(places) + 1))


def test_a_plan_brings_matches_beyond_own_orders() -> None:
    figures = joint_plan(wanted(), KEY).figures
    assert figures["planned_effective_matches"] > figures["own_effective_matches"]
    assert figures["planned_envies"] < figures["own_envies"]


def test_the_order_of_firms_and_products_changes_no_row_of_a_plan() -> None:
    asked = wanted()
    rows, columns = [5, 3, 0, 1, 2, 4, 11, 10, 9, 8, 7, 6], [2, 0, 3, 1]
    at = np.ix_(rows, columns)
    turned = Wants(
        tuple(asked.enterprises[row] for row in rows),
        tuple(asked.prefectures[row] for row in rows),
        tuple(PRODUCTS[column] for column in columns),
        asked.wish[at],
        asked.grant[at],
        asked.fits[at],
    )
    assert joint_plan(asked, KEY).table.equals(joint_plan(turned, KEY).table)
    assert seats(asked, KEY) == pytest.approx(seats(turned, KEY))


def test_renaming_banks_and_their_products_leaves_the_plan_as_it_was() -> None:
    asked = wanted()
    names = {"p1": "zz1", "p2": "y2", "p3": "a3", "p4": "m4"}
    banks = {"bank-a": "zzz", "bank-b": "aaa", "bank-c": "mmm"}
    renamed = replace(asked, products=tuple(lent(names[one.id], banks[one.bank], one.desk) for one in PRODUCTS))
    found = by_pair(joint_plan(renamed, KEY).table)
    assert {(firm, names[one]): place for (firm, one), place in by_pair(joint_plan(asked, KEY).table).items()} == found


def test_seats_keep_to_branches_quotas_and_officers() -> None:
    told = seats(wanted(40), KEY)
    # p3 lends at 620100 alone: 14 of 40 firms; bank a reads 24 files at most, and p1 grants 10.
    assert told["blocking_pairs"] == 0
    assert told["seated"] <= 24 + 5
    assert told["unused_quota"] == 45 - told["seated"]
    assert told["unused_files"] == 36 - told["seated"]
    assert 0.0 <= told["small_banks_of_seats"] <= 5 / told["seated"]
    assert (
        seats(
            replace(
                wanted(),
                products=PRODUCTS[3:],
                wish=np.ones((12, 1)),
                grant=np.ones((12, 1)),
                fits=np.ones((12, 1), dtype=np.bool_),
            ),
            KEY,
        )
        == {}
    )
