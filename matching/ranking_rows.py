"""The rows of choice sets as the tables that models are fitted on, and the hash that stands for them."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from features.columns import ENTERPRISE, LIST_ORDER, POSITION, PRODUCT, REQUEST_NO, REQUESTED_ON
from features.newest import NEWEST_KNOWN_ON
from features.profile import profile_hash
from matching.choice_sets import IS_GRANTED, STATE, ChoiceSets
from matching.choice_states import RANDOM, State
from models.acceptance import DecidedTable
from models.ranking_table import RankingTable


def ranking_table(sets: ChoiceSets) -> RankingTable:
    """Return the shown rows as a ranker is fitted on; a request is named by firm and number."""
    shown = sets.shown()
    rows = shown.rows
    return RankingTable(
        features=feature_columns(shown),
        query=requests_of(rows),
        item=_texts(rows[PRODUCT]),
        enterprises=_texts(rows[ENTERPRISE]),
        day=rows[REQUESTED_ON].to_numpy(dtype="datetime64[D]"),
        newest_known=rows[NEWEST_KNOWN_ON].to_numpy(dtype="datetime64[D]"),
        position=rows[POSITION].to_numpy(dtype=np.int64),
        is_random=(rows[LIST_ORDER] == RANDOM).to_numpy(dtype=np.bool_),
        state=_texts(rows[STATE]),
    )


def decided_table(sets: ChoiceSets) -> DecidedTable:
    """Return the rows with a known decision, shown or not, as a grant model is fitted on."""
    decided = sets.decided()
    rows = decided.rows
    return DecidedTable(
        features=feature_columns(decided),
        query=requests_of(rows),
        item=_texts(rows[PRODUCT]),
        enterprises=_texts(rows[ENTERPRISE]),
        day=rows[REQUESTED_ON].to_numpy(dtype="datetime64[D]"),
        newest_known=rows[NEWEST_KNOWN_ON].to_numpy(dtype="datetime64[D]"),
        granted=rows[IS_GRANTED].to_numpy(dtype=np.int64),
    )


def feature_columns(sets: ChoiceSets) -> pd.DataFrame:
    """Return the columns that the sets' inputs name."""
    return sets.table[[item.name for item in sets.inputs]]


def requests_of(rows: pd.DataFrame) -> NDArray[np.str_]:
    """Return a name per row for its request."""
    return _texts(rows[ENTERPRISE] + "\n" + rows[REQUEST_NO])


def table_hash(sets: ChoiceSets) -> str:
    """Return the hash of all rows that were shown or decided: keys, inputs and outcomes, in the sets' own order."""
    known = sets.where((sets.rows[STATE] != State.not_shown).to_numpy() | sets.rows[IS_GRANTED].notna().to_numpy())
    columns = {name: _arrow(known.table[name]) for name in sorted(known.table.columns)}
    return profile_hash(pa.table(columns))


def _arrow(column: "pd.Series[str]") -> "pa.Array[Any]":
    if pd.api.types.is_datetime64_any_dtype(column):
        return pa.Array.from_pandas(column).cast(pa.timestamp("s")).cast(pa.date32())
    found = pa.Array.from_pandas(column)
    if pa.types.is_boolean(found.type):
        return found.cast(pa.int8())
    return found.cast(pa.string()) if pa.types.is_large_string(found.type) else found


def _texts(column: "pd.Series[str]") -> NDArray[np.str_]:
    return column.to_numpy(dtype=np.str_)
