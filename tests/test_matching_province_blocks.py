"""Blocks and buckets: what a firm's own rows depend on, the order of joining, bank suits, tables written in parts."""

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from province_worlds import SEED

from matching.errors import ProvinceError
from matching.province import build_world, write_world
from matching.province.blocks import BLOCK, BUCKET, Bucket, draw_block, draw_bucket
from matching.province.build import PRESET_END
from matching.province.firms import join_firms
from matching.province.public_record import BANK_SUES, bank_suit_rows, judgment_rows
from matching.province.tables import COLUMNS, Rows, edge_table, join_rows, no_rows
from matching.province.timeline import NEVER, Timeline, bucket_streams, streams

TIMELINE = Timeline(PRESET_END)


def tables(bucket: Bucket) -> dict[str, pa.Table]:
    return {name: edge_table(name, rows, bucket.firms.codes) for name, rows in bucket.rows.items()}


@pytest.mark.parametrize("fewer", [1, 40, BLOCK, BLOCK + 1])
def test_a_firms_own_rows_do_not_depend_on_how_many_firms_there_are(fewer: int) -> None:
    small, large = draw_bucket(SEED, 0, fewer, TIMELINE), draw_bucket(SEED, 0, fewer + BLOCK, TIMELINE)
    assert large.firms.codes[:fewer] == small.firms.codes
    assert np.array_equal(large.firms.quality[:fewer], small.firms.quality)
    wanted = pa.array(small.firms.codes)
    whole = tables(large)
    for name, table in tables(small).items():
        assert table.equals(whole[name].filter(pc.is_in(whole[name]["enterprise"], wanted)))


def test_a_block_is_the_same_whatever_was_drawn_before_it() -> None:
    alone = draw_block(SEED, BUCKET // BLOCK, TIMELINE)
    bucket = draw_bucket(SEED, 1, BLOCK, TIMELINE)
    assert alone.firms.codes == bucket.firms.codes
    assert alone.firms.number[0] == BUCKET
    assert alone.firms.codes != draw_block(SEED + 1, BUCKET // BLOCK, TIMELINE).firms.codes


def test_a_bucket_has_only_what_is_known_by_the_last_day_of_the_firms_wanted() -> None:
    early = Timeline(date(2024, 12, 31))
    bucket = draw_bucket(SEED, 0, 70, early)
    assert bucket.firms.size == 70
    for rows in bucket.rows.values():
        assert (rows.firm < 70).all()
        assert (np.asarray(rows.columns["known_on"]) <= early.end_day).all()


def test_subjects_draw_apart_and_buckets_apart_from_blocks() -> None:
    drawn = [rng.random() for rng in (*streams(1, 0).values(), *streams(1, 1).values())]
    drawn += [rng.random() for number in (0, 1) for rng in bucket_streams(1, number).values()]
    assert len(set(drawn)) == len(drawn)
    assert [rng.random() for rng in streams(1, 0).values()] == drawn[: len(streams(1, 0))]


def test_rows_are_joined_in_order_and_their_firms_shifted() -> None:
    one = Rows(np.array([0, 1]), {"day": np.array([5, 6]), "text": pa.array(["a", "b"]), "name": ["x", None]})
    two = Rows(np.array([0]), {"day": np.array([7]), "text": ["c"], "name": ["y"]})
    joined = join_rows([one, two], [0, 500])
    assert joined.firm.tolist() == [0, 1, 500]
    assert np.asarray(joined.columns["day"]).tolist() == [5, 6, 7]
    assert np.asarray(joined.columns["text"]).tolist() == ["a", "b", "c"]
    assert joined.columns["name"] == ["x", None, "y"]


@pytest.mark.parametrize("name", sorted(COLUMNS))
def test_a_table_without_rows_has_its_columns(name: str) -> None:
    empty = edge_table(name, no_rows(name), [])
    assert empty.num_rows == 0
    assert empty.column_names == ["enterprise", *COLUMNS[name]]


def test_firms_of_two_blocks_are_joined_and_cut() -> None:
    two = [draw_block(SEED, number, TIMELINE).firms for number in (0, 1)]
    joined = join_firms(two)
    assert joined.size == len(joined.codes) == 2 * BLOCK
    assert joined.first(3).codes == two[0].codes[:3]
    assert joined.first(BLOCK + 2).number.tolist() == list(range(BLOCK + 2))


# Suits


def test_a_bank_sues_within_months_for_most_loans_that_are_not_paid() -> None:
    firms = draw_block(SEED, 0, TIMELINE).firms
    missed = np.full(firms.size, NEVER)
    missed[100:400] = 20_000
    rows = bank_suit_rows(firms, missed, 41, np.random.default_rng(1))
    suits = rows.take(np.flatnonzero(np.asarray(rows.columns["closed_on"]) < 0))  # first versions: not closed
    role, decided = (suits.columns[name] for name in ("role", "decided_on"))
    sued = np.asarray(role) == "defendant"
    assert set(suits.firm[sued]) <= set(range(100, 400))
    assert np.unique(suits.firm[sued]).size == sued.sum()
    assert abs(sued.sum() / 300 - BANK_SUES) < 4 * np.sqrt(BANK_SUES * (1 - BANK_SUES) / 300)
    assert ((np.asarray(decided)[sued] >= 20_120) & (np.asarray(decided)[sued] < 20_240)).all()
    assert (np.asarray(decided)[~sued] > 20_120).all()
    assert (np.asarray(suits.columns["known_on"]) > np.asarray(decided)).all()


def test_cases_of_own_suits_and_of_each_banks_have_numbers_of_their_own() -> None:
    firms = draw_block(SEED, 0, TIMELINE).firms
    missed = np.full(firms.size, 20_000)
    parts = [
        judgment_rows(firms, TIMELINE, np.random.default_rng(1)),
        bank_suit_rows(firms, missed, 21, np.random.default_rng(2)),
        bank_suit_rows(firms, missed, 41, np.random.default_rng(3)),
    ]
    numbers = [{(int(f), str(n)) for f, n in zip(one.firm, one.columns["case_no"], strict=True)} for one in parts]
    assert all(numbers)
    assert not numbers[0] & numbers[1]
    assert not numbers[1] & numbers[2]
    assert not numbers[0] & numbers[2]


def test_where_nothing_is_missed_no_bank_sues() -> None:
    firms = draw_block(SEED, 0, TIMELINE).firms
    rows = bank_suit_rows(firms, np.full(firms.size, NEVER), 41, np.random.default_rng(1))
    assert rows.firm.size == 0
    assert edge_table("judgments", rows, firms.codes).num_rows == 0


# In parts


def test_tables_written_bucket_by_bucket_are_those_built_at_once(tmp_path: Path) -> None:
    province, truth = build_world(60, SEED)
    written, same = write_world(tmp_path, 60, SEED)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{name}.parquet" for name in sorted(province.tables)]
    for name, table in province.tables.items():
        assert pq.read_table(tmp_path / f"{name}.parquet").equals(table)
        assert (written.tables[name].num_rows, written.tables[name].schema) == (0, table.schema)
    assert (written.enterprises, written.dirt) == (province.enterprises, province.dirt)
    assert same.firms.equals(truth.firms)


def test_nothing_is_written_of_a_province_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(ProvinceError, match="at least one enterprise"):
        write_world(tmp_path, 0, 1)
