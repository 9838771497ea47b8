"""Counts of options by segment: by hand, by plain loops, and blind to the day itself and to the order of rows."""

import numpy as np
import pytest

from models.option_counts import NEVER, Counts, Dated, Sorted, joined, merged

HALF_LIVES = (2.0, 10.0)
RICE, TEA = np.uint64(7), np.uint64(3)


def counted(rows: list[tuple[int, np.uint64, int]], day: int, options: int = 3) -> Counts:
    """Count (day, segment, option) rows before a day."""
    rows = sorted(rows, key=lambda row: row[0])
    dated = Dated(
        np.array([row[2] for row in rows], dtype=np.int64),
        np.array([row[0] for row in rows], dtype=np.int64),
        np.ones(len(rows)),
        options,
    )
    segments = np.array([row[1] for row in rows], dtype=np.uint64)
    return Sorted.of(segments, dated).counts(day, dated.faded(day, HALF_LIVES))


def held(counts: Counts, segment: np.uint64, option: int) -> tuple[list[float], float]:
    """Return the counts and the age of one pair."""
    pair = counts.pairs(counts.segments(np.array([segment])), np.array([option]))[0]
    return counts.count[pair].tolist(), float(counts.age[pair])


def test_a_row_halves_with_every_half_life() -> None:
    """Two rows of days 8 and 10, asked on day 12: ages 4 and 2."""
    counts = counted([(8, RICE, 1), (10, RICE, 1)], 12)
    values, age = held(counts, RICE, 1)
    assert values == pytest.approx([0.25 + 0.5, 2**-0.4 + 2**-0.2])
    assert age == 2.0


def test_the_day_itself_and_later_ones_do_not_count() -> None:
    """What happens on the day asked about is not known before it."""
    counts = counted([(8, RICE, 1), (12, RICE, 1), (13, TEA, 0)], 12)
    assert held(counts, RICE, 1)[0][0] == 0.25
    assert held(counts, TEA, 0) == ([0.0, 0.0], NEVER)


def test_what_was_never_seen_counts_nothing() -> None:
    """An unseen segment, an unseen option, and an empty history."""
    counts = counted([(8, RICE, 1)], 12)
    assert held(counts, np.uint64(99), 1) == ([0.0, 0.0], NEVER)
    assert held(counts, RICE, 2) == ([0.0, 0.0], NEVER)
    assert held(counted([(8, RICE, 1)], 8), RICE, 1) == ([0.0, 0.0], NEVER)


def test_counts_agree_with_plain_loops() -> None:
    """Totals, leaders and pairs of random rows."""
    generator = np.random.default_rng(4)
    rows = [(int(d), np.uint64(s), int(o)) for d, s, o in generator.integers(0, 5, (200, 3))]
    counts = counted(rows, 4, options=5)
    for segment in range(5):
        plain = np.zeros((5, 2))
        for day, seen, option in rows:
            if seen == segment and day < 4:
                plain[option] += [2 ** (-(4 - day) / half_life) for half_life in HALF_LIVES]
        place = counts.segments(np.array([segment], dtype=np.uint64))
        assert counts.total[place[0]] == pytest.approx(plain.sum(axis=0))
        assert counts.leaders[place[0]] == pytest.approx(plain.max(axis=0))
        for option in range(5):
            assert held(counts, np.uint64(segment), option)[0] == pytest.approx(plain[option].tolist())


def test_no_order_of_rows_changes_a_bit() -> None:
    """Rows of one day may come in any order."""
    rows = [(day, np.uint64(day % 3), option) for day in range(9) for option in (0, 1, 1, 2)]
    shuffled = [rows[place] for place in np.random.default_rng(1).permutation(len(rows))]
    one, other = counted(rows, 8), counted(shuffled, 8)
    assert one.count.tobytes() == other.count.tobytes()
    assert one.key.tobytes() == other.key.tobytes()


def test_counts_of_later_days_are_added_to_faded_ones() -> None:
    """Adding the rows since then gives what counting all at once gives."""
    rows = [(day, np.uint64(day % 4), day % 3) for day in range(20)]
    whole = counted(rows, 15)
    added = merged(counted(rows, 10), counted([row for row in rows if row[0] >= 10], 15), 5, HALF_LIVES)
    for segment in range(4):
        for option in range(3):
            values, age = held(added, np.uint64(segment), option)
            assert values == pytest.approx(held(whole, np.uint64(segment), option)[0])
            assert age == pytest.approx(held(whole, np.uint64(segment), option)[1])


def test_the_pairs_of_segments_are_told_in_order() -> None:
    """Each pair with the place of its segment in the question; none of a segment never seen."""
    counts = counted([(1, RICE, 2), (1, RICE, 0), (1, TEA, 1)], 2)
    row, pair = counts.of_segments(counts.segments(np.array([RICE, np.uint64(99), TEA], dtype=np.uint64)))
    assert row.tolist() == [0, 0, 2]
    assert counts.option[pair].tolist() == [0, 2, 1]


def test_columns_in_another_order_are_another_segment() -> None:
    """A hash of two columns is not the hash of the two exchanged."""
    left, right = np.array([1], dtype=np.uint64), np.array([2], dtype=np.uint64)
    assert joined([left, right])[0] != joined([right, left])[0]
