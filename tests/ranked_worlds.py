"""Hand-made rankers whose scores and contributions are known, and the counts of a small history beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
from match_histories import Written

from matching.choice_sets import match_affinity
from matching.frame import Floats
from matching.pair_table import ranker_inputs
from matching.product import Product
from matching.ranked import Ordering
from models.affinity import Affinity
from models.inputs import ModelInput, encode
from models.ranker import Parts, Side

FIRST = date(2019, 6, 1)
CUT = date(2020, 2, 21)


@dataclass
class LinearRanker:
    """Weights times inputs, missing counting nothing: the contributions are the terms themselves."""

    inputs: Sequence[ModelInput]
    weights: Mapping[str, float]
    peers: Mapping[str, Mapping[str, Sequence[float]]] = field(default_factory=dict)
    seen: list[pd.DataFrame] = field(default_factory=list)

    def order_score(self, features: pd.DataFrame) -> Floats:
        return self._raw(features)

    def chance_score(self, features: pd.DataFrame) -> Floats:
        return np.asarray(1.0 / (1.0 + np.exp(-self._raw(features))), dtype=np.float64)

    def contributions(self, features: pd.DataFrame, side: Side) -> Parts:  # noqa: ARG002 (the same for both)
        self.seen.append(features)
        matrix = np.nan_to_num(encode(features, self.inputs))
        names = [item.name for item in self.inputs]
        weights = np.array([self.weights.get(name, 0.0) for name in names])
        return Parts(pd.DataFrame(matrix * weights, columns=names), np.zeros(len(features)))

    def _raw(self, features: pd.DataFrame) -> Floats:
        return self.contributions(features, Side.enterprise).table.to_numpy().sum(axis=1)


@dataclass
class Given:
    """An acceptance model that grants one share of everything."""

    share: float

    def granted_chance(self, features: pd.DataFrame) -> Floats:
        return np.full(len(features), self.share)


def linear(
    table: pa.Table, weights: Mapping[str, float], peers: Mapping[str, Mapping[str, Sequence[float]]] | None = None
) -> LinearRanker:
    """Return a ranker over what can be read of these profiles."""
    return LinearRanker(ranker_inputs(table.column_names), weights, peers or {})


def ordering(
    table: pa.Table, weights: Mapping[str, float], affinity: Affinity | None = None, granted: float | None = None
) -> Ordering:
    """Return an ordering by a linear ranker."""
    acceptance = None if granted is None else Given(granted)
    return Ordering(linear(table, weights), affinity or nothing_known(), acceptance)


def nothing_known() -> Affinity:
    """Return the counts of a platform that has seen nothing."""
    return counted((), 0)


def counted(products: Sequence[Product], firms: int, *, every: int = 4) -> Affinity:
    """Return the counts after so many companies of section F were shown the products, each `every`-th taking one.

    Who takes takes the first product; the others do not apply.
    """
    lines, asked = Written(), []
    for number in range(firms):
        firm, request, day = f"test:old-{number}", f"RQ{number}", FIRST + timedelta(days=number % 30)
        asked.append((firm, day))
        lines.request(firm, request, day)
        for place, one in enumerate(products, start=1):
            lines.shown((firm, request, one.id), day, position=place)
        if number % every == 0 and products:
            pair = (firm, request, products[0].id)
            lines.applied(pair, day + timedelta(days=2))
            lines.decided(pair, day + timedelta(days=9), "taken", known=day + timedelta(days=20))
    return match_affinity(lines.history(), _profiles(asked), products, CUT)


def _profiles(asked: Sequence[tuple[str, date]]) -> pa.Table:
    return pa.table(
        {
            "enterprise": pa.array([firm for firm, _ in asked], pa.string()),
            "as_of": pa.array([day for _, day in asked], pa.date32()),
            "kind": pa.array(["company"] * len(asked), pa.string()),
            "industry_section": pa.array(["F"] * len(asked), pa.string()),
            "prefecture": pa.array(["620100"] * len(asked), pa.string()),
            "sales_12m_fen": pa.array([50_000_000] * len(asked), pa.int64()),
        }
    )
