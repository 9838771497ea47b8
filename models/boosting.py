"""Gradient-boosted trees, monotone as the dictionary says; the one module that knows LightGBM.

The fit is repeatable: rows come sorted, every seed is set, one thread, row-wise histograms. It meets missing blocks on
purpose: beside each row stands a lighter copy of it from which each accepted table is withheld with chance one half
(a firm may authorise some tables only), so that a withheld block has been seen in training and does not read as a
small firm's zeros.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.inputs import InputKind, ModelInput
from models.metrics import Floats
from models.openmp import load_openmp

_COPY_WEIGHT = 0.25
FEW_BAD = 200  # below it few leaves and a short run: a written preset by size, not a search on the folds
_COMMON: Mapping[str, Any] = {
    "objective": "binary",
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}


@dataclass(frozen=True, slots=True)
class Trees:
    """How large trees may grow, how many there are and how much of the inputs each sees."""

    num_leaves: int
    min_data_in_leaf: int
    num_iterations: int
    learning_rate: float
    max_bin: int = 255
    feature_fraction: float = 0.5
    lambda_l2: float = 5.0
    extra_trees: bool = False

    def parameters(self) -> dict[str, Any]:
        """Return the parameters that differ from LightGBM's own."""
        told = asdict(self)
        if not self.extra_trees:
            del told["extra_trees"]
        return {name: value for name, value in told.items() if name != "max_bin"}


SMALL = Trees(num_leaves=4, min_data_in_leaf=10, num_iterations=60, learning_rate=0.1, max_bin=63)
LARGE = Trees(num_leaves=8, min_data_in_leaf=40, num_iterations=150, learning_rate=0.05)


@dataclass(frozen=True)
class Booster:
    """Fitted trees, kept as LightGBM's own text; what is stored is what predicts."""

    text: str
    _trees: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Read the text once."""
        object.__setattr__(self, "_trees", load_lightgbm().Booster(model_str=self.text))

    def raw(self, matrix: Floats) -> Floats:
        """Return the raw score (uncalibrated log-odds of bad) of each row."""
        return np.asarray(self._trees.predict(matrix, raw_score=True, num_threads=1), dtype=np.float64)

    def contributions(self, matrix: Floats) -> tuple[Floats, Floats]:
        """Return what each input adds to the raw score (rows × inputs; TreeSHAP), and the base they are added to."""
        parts = np.asarray(self._trees.predict(matrix, pred_contrib=True, num_threads=1), dtype=np.float64)
        return parts[:, :-1], parts[:, -1]


def fit_booster(  # noqa: PLR0913 (size and weight have presets)
    matrix: Floats,
    bad: NDArray[np.int64],
    inputs: Sequence[ModelInput],
    seed: int,
    *,
    trees: Trees | None = None,
    weight: Floats | None = None,
) -> Booster:
    """Return the trees of these rows (sorted by key by the caller); few bad rows give few leaves and short runs.

    `trees` replaces that rule; `weight` counts rows (preset 1 each).
    """
    rows, outcomes, weights = _with_withheld_copies(matrix, bad, inputs, seed)
    if weight is not None:
        weights = weights * np.tile(weight, len(weights) // len(weight))
    lightgbm = load_lightgbm()
    size = trees or (SMALL if bad.sum() < FEW_BAD else LARGE)
    data = lightgbm.Dataset(
        rows,
        label=outcomes,
        weight=weights,
        categorical_feature=[n for n, item in enumerate(inputs) if item.kind is InputKind.nominal],
        feature_name=[f"f{number}" for number in range(len(inputs))],  # Chinese or blanks in a name break its text
        params={"verbosity": -1, "max_bin": size.max_bin, "num_threads": 1},
        free_raw_data=False,
    )
    # A default is less likely where a safe input grows, so LightGBM's sign is the dictionary's turned round.
    signs = [-item.direction for item in inputs]
    parameters = {**_COMMON, **size.parameters(), "max_bin": size.max_bin, "seed": seed, "monotone_constraints": signs}
    return Booster(lightgbm.train(parameters, data).model_to_string())


def load_lightgbm() -> Any:  # noqa: ANN401 (a module)
    """Return the module, loaded at the first use."""
    # Imported at the first use: a home whose champion is a scorecard serves without LightGBM and its libgomp.
    load_openmp()
    import lightgbm  # noqa: PLC0415

    return lightgbm


def _with_withheld_copies(
    matrix: Floats, bad: NDArray[np.int64], inputs: Sequence[ModelInput], seed: int
) -> tuple[Floats, NDArray[np.int64], Floats]:
    tables = sorted({table for item in inputs for table in item.tables})
    if not tables:
        return matrix, bad, np.ones(len(matrix))
    generator = np.random.default_rng(seed)
    withheld = generator.random((len(matrix), len(tables))) < 1 / 2
    copy = matrix.copy()
    for position, item in enumerate(inputs):
        masks = [withheld[:, tables.index(table)] for table in item.tables]
        if masks:
            copy[np.logical_or.reduce(masks), position] = np.nan
    weight = np.concatenate([np.ones(len(matrix)), np.full(len(matrix), _COPY_WEIGHT)])
    return np.concatenate([matrix, copy]), np.concatenate([bad, bad]), weight
