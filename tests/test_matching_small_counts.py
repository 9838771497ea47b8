"""No count of one to nine firms follows from what is told: every set of cells is tried against the published sums."""

from decimal import Decimal
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from solving import followed

from matching.small_counts import LEAST_SHOWN, floor_figures, hidden_splits, nested, none_small, partition, tens
from matching.small_counts import two_figures as figures
from matching.unmet import AMOUNT_FEN, FEW, OPEN, OTHERS, PLACE, REQUESTS, UNMET, told, totals_told

#: Small, at the edge, and large.
COUNTS = st.one_of(st.just(0), st.integers(0, 12), st.integers(10, 40))
#: A group's firms that fit nothing and cannot, or may; that fit few, or more.
GROUP = st.tuples(COUNTS, COUNTS, COUNTS, COUNTS)


def safe(published: list[list[int]], counts: list[int]) -> bool:
    """Say whether nothing small follows."""
    return none_small(*followed(published, counts))


def test_the_reader_finds_what_follows() -> None:
    total_and_one = [[1, 1, 1], [1, 0, 0]]
    assert followed(total_and_one, [20, 3, 4]) == [0, 7, 20, 27]
    assert followed([*total_and_one, [0, 1, 0]], [20, 3, 4]) == [0, 3, 4, 7, 20, 23, 24, 27]
    # A sum of nothing tells each of its cells.
    assert followed([[0, 1, 1], [1, 0, 1]], [5, 0, 0]) == [0, 5]


@given(st.lists(COUNTS, min_size=1, max_size=6), st.sets(st.integers(0, 5), max_size=2))
def test_no_small_part_of_a_whole_follows(counts: list[int], hidden: set[int]) -> None:
    told_, total = partition(dict(enumerate(counts)), hidden & set(range(len(counts))))
    published = [[int(place == at) for at in range(len(counts))] for place, one in told_.items() if one is not None]
    if total is not None:
        published.append([1] * len(counts))
    kept = [count for count in told_.values() if count is not None]
    assert none_small(*kept)
    assert total in (None, sum(counts))
    # What was hidden for another reason alone may be large; what follows is then no small count either.
    assert safe(published, counts) or is_alone_small(total, counts)


def is_alone_small(total: int | None, counts: list[int]) -> bool:
    """Say whether the whole itself is small, which its teller has to see to."""
    return total is not None and 0 < sum(counts) < LEAST_SHOWN


@settings(max_examples=150)
@given(st.lists(GROUP, min_size=1, max_size=4))
def test_no_small_count_follows_from_a_table_and_its_totals(groups: list[tuple[int, int, int, int]]) -> None:
    table = pd.DataFrame(
        [
            {
                PLACE: "abcd"[place],
                REQUESTS: sum(group),
                UNMET: group[0] + group[1],
                OPEN: group[1],
                FEW: group[2],
                AMOUNT_FEN: 0,
            }
            for place, group in enumerate(groups)
        ]
    )
    rows, totals = told(table, (PLACE,)), totals_told(table)
    names = [name for name in rows[PLACE] if name != OTHERS]
    merged = [group for place, group in enumerate(groups) if "abcd"[place] not in names]
    cells = [group for place, group in enumerate(groups) if "abcd"[place] in names]
    cells += [tuple(sum(part) for part in zip(*merged, strict=True))] if merged else []
    parts = {REQUESTS: [1, 1, 1, 1], UNMET: [1, 1, 0, 0], OPEN: [0, 1, 0, 0], FEW: [0, 0, 1, 0]}
    published = []
    for name, part in parts.items():
        if totals[name] is not None:
            published.append(part * len(cells))
        for place, value in enumerate(rows[name]):
            if not pd.isna(value):
                published.append([one * (place == at) for at in range(len(cells)) for one in part])
    assert safe(published, [count for cell in cells for count in cell])


@settings(max_examples=150)
@given(
    st.lists(st.tuples(COUNTS, COUNTS), min_size=1, max_size=4), st.tuples(COUNTS, COUNTS), st.tuples(COUNTS, COUNTS)
)
def test_no_small_count_follows_from_sets_that_grow(
    added: list[tuple[int, int]], kept: tuple[int, int], others: tuple[int, int]
) -> None:
    """`added` are let in step by step, `kept` kept out by the criterion still, `others` neither; unmet and met."""
    blocks = [*added, kept, others]
    counts = [count for block in blocks for count in block]

    def cells(until: int, *, part: bool = False) -> list[int]:
        return [int(place < until) * one for place in range(len(blocks)) for one in ((1, 0) if part else (1, 1))]

    whole, out = len(blocks), len(added) + 1
    sizes = [tuple(np.sum(blocks[:until], axis=0).tolist()) for until in (*range(1, out), out, whole)]
    of_kept, of_all = sizes[-2:]
    published = [cells(until) for until, size in ((out, of_kept), (whole, of_all)) if none_small(sum(size))]
    if not none_small(sum(of_kept), sum(of_all), sum(of_all) - sum(of_kept)):
        return
    tells = nested([(sum(size),) for size in sizes[:-2]], among=[(sum(of_kept),), (sum(of_all),)])
    steps = [place for place, is_told in enumerate(tells) if is_told]
    published += [cells(place + 1) for place in steps]
    assert all(sum(sizes[one]) - sum(sizes[other]) >= LEAST_SHOWN for other, one in pairwise(steps))
    if none_small(*of_kept, *of_all, *np.subtract(of_all, of_kept).tolist()):
        published += [cells(out, part=True), cells(whole, part=True)]
        split = nested([sizes[place] for place in steps], among=[of_kept, of_all])
        published += [cells(place + 1, part=True) for place, is_told in zip(steps, split, strict=True) if is_told]
    assert safe(published, counts)


def test_a_row_is_hidden_with_as_few_others_as_will_do() -> None:
    parts, wholes = np.array([20, 3, 12, 30]), np.array([50, 30, 40, 60])
    assert hidden_splits(parts, wholes).tolist() == [False, True, True, False]
    # The rest counts too: 28 of 30 tell two.
    assert hidden_splits(np.array([20, 28, 12]), np.array([50, 30, 40])).tolist() == [False, True, True]
    assert hidden_splits(np.array([3, 4]), np.array([50, 40])).all()
    assert not hidden_splits(np.array([0, 12]), np.array([50, 40])).any()


@pytest.mark.parametrize(
    ("value", "told_"), [(0, 0), (7, 7), (99, 99), (123, 120), (129_999, 120_000), (10**18 + 1, 10**18)]
)
def test_two_figures(value: int, told_: int) -> None:
    assert figures(value) == told_


def test_rounding_is_down_and_no_finer_than_a_unit() -> None:
    assert [tens(count) for count in (0, 10, 19, 20)] == [0, 10, 10, 20]
    assert floor_figures(Decimal("-12.3"), Decimal(1)) == -13
    assert floor_figures(Decimal("7.6"), Decimal(1)) == 7
    assert floor_figures(Decimal(-1234), Decimal(1)) == -1300
