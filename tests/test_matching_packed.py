"""Packed criteria: equal to the plain path in all three values, whatever the grammar, compiled or not."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from criteria_worlds import whole_criteria, whole_rows
from hypothesis import given, settings
from hypothesis import strategies as st
from matching_worlds import Row, clause, conditions, product, profiles, rows

from matching.eligibility import Request, evaluate
from matching.frame import Frame
from matching.packed import PackedCriteria
from matching.product import Product

EVERY = 70  # more products than a word has bits
MONEY = [None, -(10**9), 0, 3_333_33, 3_333_34, 10_000_00, 20_000_00, 10**12]


def plain(products: list[Product], frame: Frame, request: Request) -> list[list[int]]:
    return np.stack([evaluate(one, frame, request).verdict for one in products], axis=1).tolist()


def packed(products: list[Product], frame: Frame, request: Request, *, fast: bool) -> list[list[int]]:
    return PackedCriteria.of(products, request, fast=fast).evaluate(frame).verdicts().tolist()


def with_criteria(criteria: list[Row], number: int) -> Product:
    return product(id=f"p{number}", criteria=criteria)


@given(
    criteria=st.lists(whole_criteria(), min_size=1, max_size=4),
    firms=st.lists(whole_rows(), min_size=1, max_size=6),
)
def test_packed_verdicts_are_those_of_the_plain_path_over_the_whole_grammar(
    criteria: list[list[Row]], firms: list[Row]
) -> None:
    products, frame = [with_criteria(one, place) for place, one in enumerate(criteria)], Frame(profiles(firms))
    expected = plain(products, frame, Request())
    assert packed(products, frame, Request(), fast=False) == expected


@settings(max_examples=8)
@given(trees=st.lists(conditions(), min_size=EVERY, max_size=EVERY), firms=st.lists(rows(), min_size=1, max_size=4))
def test_more_products_than_a_word_has_bits(trees: list[Row], firms: list[Row]) -> None:
    products = [with_criteria([{"id": "c", "require": tree}], place) for place, tree in enumerate(trees)]
    frame = Frame(profiles(firms))
    assert packed(products, frame, Request(), fast=False) == plain(products, frame, Request())


def limits() -> st.SearchStrategy[list[dict[str, Any]]]:
    """Draw limits of every rule; shares so small that a bound leaves 64 bits are among them."""
    share = st.sampled_from(["0.000001", "0.3", "1", "3"])
    shares = {"rule": st.just("shares"), "by": st.just("tax_rating"), "of": st.just("sales_12m_fen")}
    return st.lists(
        st.one_of(
            st.fixed_dictionaries({"rule": st.just("share"), "of": st.just("sales_12m_fen"), "share": share}),
            st.fixed_dictionaries(
                {
                    "rule": st.just("caps"),
                    "by": st.just("tax_rating"),
                    "caps_yuan": st.dictionaries(
                        st.sampled_from("ABM"), st.sampled_from([9000, 10000, 50000]), min_size=1
                    ),
                }
            ),
            st.fixed_dictionaries({**shares, "shares": st.dictionaries(st.sampled_from("ABM"), share, min_size=1)}),
        ),
        min_size=1,
        max_size=3,
    )


@given(
    ruled=st.lists(limits(), min_size=1, max_size=5),
    firms=st.lists(
        st.fixed_dictionaries(
            {
                "tax_rating": st.sampled_from(["A", "B", "M", "D", None]),
                "sales_12m_fen": st.sampled_from(MONEY),
            }
        ),
        min_size=1,
        max_size=8,
    ),
    request_=st.builds(
        Request,
        st.sampled_from([None, 1, 9_999_99, 10_000_00, 60_000_00, 1_000_000_01, 1_000_000_00]),
        st.sampled_from([None, 2, 3, 36, 37]),
    ),
)
def test_limit_tables_and_what_is_asked_are_packed_too(
    ruled: list[list[dict[str, Any]]], firms: list[Row], request_: Request
) -> None:
    open_to_all = [
        clause("known", "tax_rating", "in", "A")
        | {"require": {"not": {"column": "kind", "op": "equals", "value": "x"}}}
    ]
    products = [product(id=f"p{place}", limits=one, criteria=open_to_all) for place, one in enumerate(ruled)]
    frame = Frame(profiles([firm | {"kind": "company"} for firm in firms]))
    assert packed(products, frame, request_, fast=False) == plain(products, frame, request_)


def test_compiled_loops_give_the_same_bits_over_many_blocks() -> None:
    pytest.importorskip("numba")
    generator = np.random.default_rng(5)
    table = many(generator, 9_000)
    products = [
        with_criteria(
            [
                clause("sales", "sales_12m_fen", "at_least", int(generator.integers(0, 10**6))),
                clause("age", "age_months", "above", int(generator.integers(0, 60))),
                {
                    "id": "either",
                    "require": {
                        "any": [
                            {"column": "tax_rating", "op": "in", "values": ["A", "M"]},
                            {"column": "sales_void_ratio_12m", "op": "below", "value": "0.25"},
                        ]
                    },
                },
            ],
            place,
        )
        for place in range(EVERY)
    ]
    slow, quick = (PackedCriteria.of(products, Request(), fast=fast).evaluate(Frame(table)) for fast in (False, True))
    assert (slow.yes == quick.yes).all()
    assert (slow.no == quick.no).all()
    assert plain(products[:3], Frame(table), Request()) == slow.verdicts()[:, :3].tolist()
    starts, items = slow.pairs()
    assert (np.diff(starts) == (slow.verdicts() == 1).sum(axis=1)).all()
    assert items[starts[17] : starts[18]].tolist() == np.flatnonzero(slow.verdicts()[17] == 1).tolist()


def many(generator: np.random.Generator, count: int) -> pa.Table:
    def gaps(values: np.ndarray) -> pa.Array:
        return pa.array(values, mask=generator.random(count) < 0.2)

    return pa.table(
        {
            "enterprise": [f"test:{place}" for place in range(count)],
            "sales_12m_fen": gaps(generator.integers(-(10**6), 10**8, count)),
            "age_months": gaps(generator.integers(0, 60, count)),
            "tax_rating": gaps(generator.choice(["A", "B", "M", "D"], count)),
            "sales_void_ratio_12m": gaps(np.round(generator.random(count), 2)),
        }
    )


def test_a_column_that_nobody_supplies_leaves_it_open() -> None:
    products = [with_criteria([clause("sales", "sales_12m_fen", "at_least", 1)], 0)]
    assert packed(products, Frame(profiles([{"kind": "company"}])), Request(), fast=False) == [[-1]]
