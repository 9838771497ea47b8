"""Rows in order of what they say: the file's order, a key and a type change nothing, a value does."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.study_config import StudyColumns, StudyConfig, StudyKind
from models.study_order import by_content, content_hash, features_of, order_of
from models.study_table import StudyRows, rows_of

CONFIG = StudyConfig(
    StudyKind.risk, StudyColumns(query="id", label="bad", place=("town",), numbers=("size",), weight="share")
)
TOWNS = st.sampled_from(["a", "b", "c", None])
SIZES = st.sampled_from([0.0, -0.0, 1.5, -2.0, float("nan")])
ROWS = st.lists(st.tuples(TOWNS, SIZES, st.sampled_from([0.0, 1.0]), st.sampled_from([1.0, 2.0])), min_size=1)


def rows(values: Sequence[tuple[str | None, float, float, float]]) -> StudyRows:
    table = pd.DataFrame(values, columns=["town", "size", "bad", "share"])
    table["town"] = table["town"].astype(object)
    return rows_of(table.assign(id=[f"k{place}" for place in range(len(table))]), CONFIG, is_history=True)


def said(some: StudyRows) -> list[tuple[object, ...]]:
    """Return what each row says, but for its key."""
    assert some.label is not None
    assert some.weight is not None
    towns = ["" if pd.isna(town) else str(town) for town in some.levels["town"]]
    sizes = ["" if np.isnan(size) else repr(size + 0.0) for size in some.numbers["size"]]
    return list(zip(towns, sizes, some.label.tolist(), some.weight.tolist(), strict=True))


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_a_file_changes_nothing(
    values: list[tuple[str | None, float, float, float]], random: object
) -> None:
    other = list(values)
    random.shuffle(other)  # type: ignore[attr-defined]
    assert said(by_content(rows(values))) == said(by_content(rows(other)))


@given(ROWS)
def test_rows_are_kept_and_equal_ones_stand_together(values: list[tuple[str | None, float, float, float]]) -> None:
    found = said(by_content(rows(values)))
    assert sorted(map(repr, found)) == sorted(map(repr, said(rows(values))))
    runs = 1 + sum(one != other for one, other in pairwise(found))
    assert runs == len(set(found))


def test_a_hash_is_of_text_and_value_not_of_codes_or_place() -> None:
    one = pd.Categorical(["b", None, "a"], categories=["a", "b"])
    other = pd.Categorical(["a", "b", None], categories=["b", "x", "a"])
    numbers = np.array([1.0, 2.0, np.nan])
    first = content_hash([one, numbers])
    second = content_hash([other, numbers[[2, 0, 1]]])
    assert first[[2, 0, 1]].tolist() == second.tolist()
    assert len(set(first.tolist())) == 3


def test_columns_are_told_apart() -> None:
    left, right = np.array([1.0, 2.0]), np.array([2.0, 1.0])
    hashes = content_hash([left, right])
    assert hashes[0] != hashes[1]
    assert content_hash([np.array([0.0, -0.0])]).tolist()[0] == content_hash([np.array([-0.0])]).tolist()[0]


def test_a_row_without_columns_has_no_content() -> None:
    with pytest.raises(ValueError, match="no content"):
        content_hash([])


def test_what_a_model_may_read_is_neither_key_nor_label_nor_weight() -> None:
    found = rows([("a", 1.0, 0.0, 1.0), ("b", 2.0, 1.0, 2.0)])
    assert len(features_of(found)) == 2


def test_equal_hashes_keep_their_order() -> None:
    assert order_of(np.array([5, 1, 5, 1], dtype=np.uint64)).tolist() == [1, 3, 0, 2]
