"""Where a firm stands among its peers: deciles by kind of entity, of distinct firms, none where they are few."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from models.inputs import InputKind, ModelInput, encode
from models.ranking_table import Texts

#: So few firms, and a quantile would speak of single ones.
LEAST_FIRMS = 50
KIND = "kind"
Deciles = Mapping[str, Mapping[str, tuple[float, ...]]]


def peer_deciles(features: pd.DataFrame, enterprises: Texts, inputs: Sequence[ModelInput]) -> Deciles:
    """Return, by kind and numeric input, the nine deciles of the last row of each firm (rows in order of day).

    Missing values do not count; an input with fewer than `LEAST_FIRMS` known values of a kind is left out.
    """
    if KIND not in features.columns:
        return {}
    last = pd.Series(enterprises).drop_duplicates(keep="last").index
    firms = features.iloc[last]
    numeric = [item for item in inputs if item.kind is InputKind.number]
    matrix, kinds = encode(firms, numeric), firms[KIND].astype("str").to_numpy()
    found: dict[str, dict[str, tuple[float, ...]]] = {}
    for kind in sorted(set(kinds[firms[KIND].notna().to_numpy()])):
        columns = matrix[kinds == kind].T
        known = {item.name: one[~np.isnan(one)] for item, one in zip(numeric, columns, strict=True)}
        found[kind] = {
            name: tuple(float(edge) for edge in np.quantile(values, np.arange(1, 10) / 10, method="inverted_cdf"))
            for name, values in known.items()
            if len(values) >= LEAST_FIRMS
        }
    return found
