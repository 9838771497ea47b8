"""Everything a ranker reads of pairs that fit, the same for training and for answers: profile, pair, affinity."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from features.columns import AS_OF, ENTERPRISE, PRODUCT
from features.dictionary import FEATURES
from features.newest import NEWEST_KNOWN_ON
from matching.eligibility import Eligibility
from matching.frame import Frame, Ints
from matching.pairs import PAIR_INPUTS, asked, pair_columns
from matching.rank import Score
from matching.segments import FramePairs, affinity_queries, spread
from models.affinity import AFFINITY_INPUTS, Affinity
from models.inputs import ModelInput
from models.offered import offered_inputs

ROW, SCORE_PPM = "row", "score_ppm"
_NOT_PROFILE = frozenset({ENTERPRISE, AS_OF, NEWEST_KNOWN_ON})


@dataclass(frozen=True, slots=True)
class Fitting:
    """One product evaluated and scored over a frame, and the rows of the frame that are ranked for it."""

    eligibility: Eligibility
    scored: Score
    rows: Ints


def pair_table(fitting: Sequence[Fitting], affinity: Affinity) -> pd.DataFrame:
    """Return a row per ranked pair, product after product as given and in each by its rows; one frame for all.

    Columns: `row` (of the frame), `product`, `score_ppm` of the score given, the pair columns, the affinity columns
    with `newest_event_on` and the popularities. The affinity is asked once for all of them.
    """
    frame = fitting[0].eligibility.frame
    row = np.concatenate([one.rows for one in fitting])
    products = [one.eligibility.product for one in fitting]
    place = np.repeat(np.arange(len(fitting)), [len(one.rows) for one in fitting])
    columns = [_columns(one) for one in fitting]
    pairs = FramePairs(products, row, place)
    table = pd.DataFrame({name: np.concatenate([part[name] for part in columns]) for name in columns[0]})
    table.insert(0, ROW, row)
    table.insert(1, PRODUCT, pd.Series(spread([product.id for product in products], place).astype("str")))
    counts = affinity.columns(affinity_queries(frame, *asked(fitting[0].eligibility), pairs))
    return pd.concat([table, counts], axis=1)


def feature_table(fitting: Sequence[Fitting], affinity: Affinity) -> pd.DataFrame:
    """Return `pair_table` with the profile columns beside it: what `ranker_inputs` names is in it."""
    table = pair_table(fitting, affinity)
    return pd.concat([table, of_rows(profile_columns(fitting[0].eligibility.frame), table[ROW])], axis=1)


def ranker_inputs(columns: Sequence[str]) -> tuple[ModelInput, ...]:
    """Return what a ranker reads: of the profile what a risk model is offered too, then pair and affinity inputs.

    The prefecture is no input of its own: where a firm sits enters through the counts of what was taken there.
    """
    return (*_profile_inputs(columns), *PAIR_INPUTS, *AFFINITY_INPUTS)


def profile_columns(frame: Frame) -> pd.DataFrame:
    """Return the profile's inputs, one row per row of the frame."""
    names = {item.name for item in _profile_inputs(frame.table.column_names)}
    return frame.table.select([name for name in FEATURES if name in names]).to_pandas(date_as_object=False)


def of_rows(profiles: pd.DataFrame, rows: "pd.Series[int]") -> pd.DataFrame:
    """Return the profile of each pair by its row, with the index of the pairs."""
    return profiles.take(rows.to_numpy()).set_axis(rows.index)


def days_column(table: pa.Table, name: str) -> "pd.Series[pd.Timestamp]":
    """Return a column of days as pandas holds them."""
    days: pd.Series[pd.Timestamp] = table.column(name).cast(pa.timestamp("s")).to_pandas()
    return days


def _profile_inputs(columns: Sequence[str]) -> tuple[ModelInput, ...]:
    return offered_inputs([name for name in columns if name not in _NOT_PROFILE])


def _columns(one: Fitting) -> dict[str, np.ndarray]:
    every = {SCORE_PPM: one.scored.ppm, **pair_columns(one.eligibility, one.scored)}
    return {name: values[one.rows] for name, values in every.items()}
