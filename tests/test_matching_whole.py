"""A whole province: both lists equal to brute force, ties by hash, and the same bytes in any pieces."""

from functools import cache

import numpy as np
import pyarrow as pa
import pytest
from matching_worlds import clause, product

from matching.eligibility import Request, evaluate
from matching.frame import Frame
from matching.product import Product
from matching.rank import tie
from matching.whole import Lengths, Matcher, Province
from matching.whole_inputs import ByCode, FirmInput, PairInput, Reads
from models.boosting import load_lightgbm
from models.leaf_masks import LeafMasks
from models.tree_text import read_forest

FIRMS, KEY = 400, b"release"
LENGTHS = Lengths(products=4, firms=30, chunk=128)
RATINGS, SECTIONS = ("A", "B", "M"), ("A", "C", "F")


@cache
def firms() -> pa.Table:
    draw = np.random.default_rng(1)

    def gaps(values: np.ndarray) -> pa.Array:
        return pa.array(values, mask=draw.random(FIRMS) < 0.15)

    return pa.table({
        "enterprise": [f"test:{place * 7919 % FIRMS:04d}" for place in range(FIRMS)],
        "sales_12m_fen": gaps(draw.integers(0, 10**8, FIRMS)),
        "age_months": gaps(draw.integers(0, 4, FIRMS)),
        "tax_rating": gaps(draw.choice(["A", "B", "M", "D"], FIRMS)),
        "industry_section": gaps(draw.choice(["A", "C", "F", "T"], FIRMS)),
        "amount_asked_fen": gaps(draw.integers(1, 50, FIRMS) * 10**6),
    })  # fmt: skip


@cache
def products() -> tuple[Product, ...]:
    draw = np.random.default_rng(2)
    return tuple(
        product(
            id=f"p{number}",
            annual_rate=f"0.0{draw.integers(30, 90)}",
            amount_max_yuan=int(draw.integers(10, 100)) * 10_000,
            criteria=[
                clause("sales", "sales_12m_fen", "at_least", int(draw.integers(0, 700_000))),
                clause("age", "age_months", "at_most", int(draw.integers(1, 4))),
            ],
        )
        for number in range(12)
    )


def reads() -> Reads:
    draw = np.random.default_rng(3)
    count = len(products())
    return Reads(
        firm=(FirmInput("sales_12m_fen"), FirmInput("tax_rating", RATINGS), FirmInput("age_months")),
        product=np.array([[one.annual_rate_ppm] for one in products()], dtype=np.float64),
        by_code=ByCode("industry_section", SECTIONS, draw.random((len(SECTIONS), count, 1))),
        pair=(
            PairInput("amount_asked_fen", np.array([[one.amount_max_fen for one in products()]], dtype=np.float64)),
            PairInput(
                "sales_12m_fen", draw.integers(0, 3, (3, count)) * 1e6, by="tax_rating", codes=RATINGS, is_divided=True
            ),
        ),
        single=True,
    )


def all_rows() -> np.ndarray:
    """Return the model's rows of every pair, firm after firm, built pair by pair."""
    model, rows = reads(), []
    for firm in firms().to_pylist():
        for place, one in enumerate(products()):
            section, rating = firm["industry_section"], firm["tax_rating"]
            share = model.by_code.values[SECTIONS.index(section), place, 0] if section in SECTIONS else None
            line = model.pair[1].table[RATINGS.index(rating), place] if rating in RATINGS else None
            asked, sales = firm["amount_asked_fen"], firm["sales_12m_fen"]
            rows.append([
                sales,
                RATINGS.index(rating) if rating in RATINGS else None,
                firm["age_months"],
                one.annual_rate_ppm,
                share,
                None if asked is None else asked / one.amount_max_fen,
                None if line is None or not sales else line / sales,
            ])  # fmt: skip
    return np.array(rows, dtype=np.float64).astype(np.float32)


@cache
def model() -> str:
    rows = all_rows()
    draw = np.random.default_rng(4)
    label = np.nan_to_num(rows[:, 5]) + np.nan_to_num(rows[:, 4]) + draw.normal(size=len(rows)) > 1
    lightgbm = load_lightgbm()
    data = lightgbm.Dataset(rows, label=label, categorical_feature=[1], params={"verbosity": -1})
    # Few leaves and trees, so that equal scores are common and the hash decides often.
    size = {"num_leaves": 4, "num_threads": 1, "verbosity": -1, "objective": "binary"}
    return lightgbm.train(size, data, num_boost_round=6).model_to_string()


@cache
def brute_force() -> tuple[list[list[str]], list[list[str]]]:
    """Return both lists by sorting all pairs that fit by LightGBM's own scores, then by hash."""
    shape = (FIRMS, len(products()))
    scores = load_lightgbm().Booster(model_str=model()).predict(all_rows(), raw_score=True).reshape(shape)
    fits = np.stack([evaluate(one, Frame(firms()), Request()).verdict == 1 for one in products()], axis=1)
    names = firms().column("enterprise").to_pylist()
    by_firm = [
        sorted(np.flatnonzero(fits[row]), key=lambda place, row=row: (-scores[row, place], product_tie(place)))
        for row in range(FIRMS)
    ]
    by_product = [
        sorted(np.flatnonzero(fits[:, place]), key=lambda row, place=place: (-scores[row, place], firm_tie(names[row])))
        for place in range(len(products()))
    ]
    return (
        [[products()[place].id for place in row[: LENGTHS.products]] for row in by_firm],
        [[names[row] for row in place[: LENGTHS.firms]] for place in by_product],
    )


def product_tie(place: int) -> tuple[str, str]:
    return tie(KEY, products()[place].content()), tie(KEY, products()[place].id.encode())


def firm_tie(name: str) -> str:
    return tie(KEY, name.encode())


def matched(pieces: list[pa.Table], lengths: Lengths, threads: int, *, fast: bool) -> tuple[pa.Table, pa.Table]:
    matcher = Matcher.of(products(), LeafMasks.of(read_forest(model())), reads(), KEY, fast=fast)
    province = Province(matcher, lengths, threads)
    listed = pa.concat_tables(list(province.by_enterprise(pieces)))
    return listed, province.by_product()


def test_both_lists_are_those_of_brute_force() -> None:
    listed, by_product = matched([firms()], LENGTHS, 1, fast=False)
    expected, expected_firms = brute_force()
    assert listed.column("products").to_pylist() == expected
    rows = by_product.to_pylist()
    found = [[row["enterprise"] for row in rows if row["product"] == one.id] for one in products()]
    assert found == expected_firms
    assert [row["place"] for row in rows if row["product"] == "p3"] == list(range(1, len(expected_firms[3]) + 1))


def test_pieces_chunks_and_threads_change_no_byte() -> None:
    whole = matched([firms()], LENGTHS, 1, fast=False)
    pieces = [firms().slice(0, 1), firms().slice(1, 250), firms().slice(251)]
    cut = matched(pieces, Lengths(products=4, firms=30, chunk=17), 3, fast=False)
    assert cut[0].equals(whole[0])
    assert cut[1].equals(whole[1])


def test_the_order_in_which_firms_come_changes_no_list() -> None:
    listed, by_product = matched([firms()], LENGTHS, 1, fast=False)
    turned = firms().take(np.random.default_rng(8).permutation(FIRMS))
    again, by_product_again = matched([turned], LENGTHS, 1, fast=False)
    assert by_product_again.equals(by_product)
    key = [("enterprise", "ascending")]
    assert again.sort_by(key).column("products").to_pylist() == listed.sort_by(key).column("products").to_pylist()


def test_compiled_loops_give_the_same_bytes() -> None:
    pytest.importorskip("numba")
    slow, quick = (matched([firms()], LENGTHS, 2, fast=fast) for fast in (False, True))
    assert quick[0].equals(slow[0])
    assert quick[1].equals(slow[1])


def test_nobody_gives_empty_lists() -> None:
    province = Province(Matcher.of(products(), LeafMasks.of(read_forest(model())), reads(), KEY, fast=False))
    assert list(province.by_enterprise([])) == []
    assert len(province.by_product()) == 0
