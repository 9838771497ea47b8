"""The chance that an application is granted, learnt from decisions: of firms that applied, and of nobody else.

Who applies chooses itself and was shown a list first; of a firm that never applied the chance says only what became
of applicants that look like it. Every word shown must stay "of firms that applied".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.boosting import Booster, fit_booster
from models.calibration import Calibration, fit_calibration
from models.errors import NotEnoughOutcomesError, TrainingTableError
from models.folds import assign_folds
from models.inputs import ModelInput, encode, informative, require_known, with_levels
from models.metrics import Floats, auc, brier, ece, ece_noise_floor
from models.ranking_table import Texts

#: So many refused and so many granted applications at least.
LEAST_OF_EACH: Final = 40
LABEL: Final = "granted, of firms that applied"
# The calibration line is fitted on scores of firms that the trees did not see: each fold by the others.
_FOLDS = 3
# Of the inputs that are no facts of the firm those in which more is better for being granted.
_ROOM = ("criteria_room", "line_room", "granted_")


@dataclass(frozen=True)
class DecidedTable:
    """Applications with a decision; every column has a value per row of `features`.

    `day` is the request's day, `newest_known` the newest day on which anything the row reads became known. Raises
    TrainingTableError, naming the row, where that is later, where a pair stands twice or `granted` is not 0 or 1.
    """

    features: pd.DataFrame
    query: Texts
    item: Texts
    enterprises: Texts
    day: NDArray[np.datetime64]
    newest_known: NDArray[np.datetime64]
    granted: NDArray[np.int64]

    def __post_init__(self) -> None:
        """Refuse what cannot be learnt from."""
        columns = (self.query, self.item, self.enterprises, self.day, self.newest_known, self.granted)
        if any(len(one) != len(self.features) for one in columns):
            raise TrainingTableError("the columns of the table of decisions differ in length")
        self._refuse(self.newest_known > self.day, "reads a fact that became known after the day of the request")
        self._refuse(~np.isin(self.granted, (0, 1)), "is neither granted nor refused")
        self._refuse(pd.MultiIndex.from_arrays([self.query, self.item]).duplicated(), "stands twice")

    def __len__(self) -> int:
        """Return how many applications there are."""
        return len(self.features)

    def at(self, places: NDArray[np.int64]) -> "DecidedTable":
        """Return these rows in this order."""
        return DecidedTable(
            self.features.iloc[places].reset_index(drop=True),
            self.query[places],
            self.item[places],
            self.enterprises[places],
            self.day[places],
            self.newest_known[places],
            self.granted[places],
        )

    def ordered(self) -> "DecidedTable":
        """Return the rows in order of day, request and product."""
        return self.at(np.lexsort((self.item, self.query, self.day)))

    def _refuse(self, broken: NDArray[np.bool_], rule: str) -> None:
        if broken.any():
            place = int(np.argmax(broken))
            raise TrainingTableError(
                f"table of decisions, row {place + 1}: product {self.item[place]} of request {self.query[place]} {rule}"
            )


@dataclass(frozen=True, slots=True)
class AcceptanceTraining:
    """What the model was fitted on."""

    rows: int
    enterprises: int
    granted: int
    first_day: date
    last_day: date
    seed: int


@dataclass(frozen=True)
class Acceptance:
    """A fitted grant model; a column of `inputs` that a table lacks counts as missing."""

    inputs: tuple[ModelInput, ...]
    booster: Booster
    calibration: Calibration
    training: AcceptanceTraining
    metrics: Mapping[str, Any] = field(default_factory=dict)

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the columns that are read."""
        return tuple(item.name for item in self.inputs)

    @property
    def label(self) -> str:
        """What the chance is of, in words."""
        return LABEL

    def granted_chance(self, features: pd.DataFrame) -> Floats:
        """Return per pair the chance to be granted among firms that applied, strictly between 0 and 1."""
        if not len(features):
            return np.empty(0)
        refused = self.calibration.log_odds(self.booster.raw(encode(features, self.inputs)))
        return np.asarray(1.0 / (1.0 + np.exp(refused)), dtype=np.float64)


def fit_acceptance(table: DecidedTable, inputs: Sequence[ModelInput], seed: int) -> Acceptance:
    """Return the grant model of these rows, in whatever order they come.

    Raises TrainingTableError, and NotEnoughOutcomesError where either outcome is rarer than `LEAST_OF_EACH`.
    """
    require_known(list(table.features.columns), inputs)
    known = table.ordered()
    granted = int(known.granted.sum())
    if min(granted, len(known) - granted) < LEAST_OF_EACH:
        raise NotEnoughOutcomesError(
            f"{granted} applications were granted and {len(known) - granted} refused; at least {LEAST_OF_EACH} of each"
        )
    offered = with_levels(known.features, [for_granting(item) for item in inputs])
    read = informative(known.features, offered)
    matrix, refused = encode(known.features, read), 1 - known.granted
    folds = assign_folds(known.enterprises, refused, n_folds=_FOLDS, seed=seed)
    raw = np.empty(len(known))
    for fold in range(_FOLDS):
        unseen = folds == fold
        raw[unseen] = fit_booster(matrix[~unseen], refused[~unseen], read, seed).raw(matrix[unseen])
    return Acceptance(
        inputs=read,
        booster=fit_booster(matrix, refused, read, seed),
        calibration=fit_calibration(raw, refused),
        training=AcceptanceTraining(
            rows=len(known),
            enterprises=len(np.unique(known.enterprises)),
            granted=granted,
            first_day=known.day.min().astype("datetime64[D]").astype(object),
            last_day=known.day.max().astype("datetime64[D]").astype(object),
            seed=seed,
        ),
    )


def for_granting(item: ModelInput) -> ModelInput:
    """Return the input with the direction it has for being granted: a price or a taste of firms has none."""
    return item if item.tables or item.name.startswith(_ROOM) else replace(item, direction=0)


def granting_figures(granted: NDArray[np.int64], chance: Floats, seed: int) -> dict[str, float | int]:
    """Return AUC, Brier score, calibration error and its noise floor on applications the model did not see.

    The floor is what the error of a perfectly calibrated model of this many rows would be, in the mean and at its 95 %.
    """
    floor = ece_noise_floor(chance, seed)
    both = 0 < granted.sum() < len(granted)
    return {
        "applications": len(granted),
        "granted": int(granted.sum()),
        "auc": auc(granted, chance) if both else float("nan"),
        "brier": brier(granted, chance),
        "ece": ece(granted, chance),
        "ece_floor_mean": floor.mean,
        "ece_floor_upper": floor.upper,
    }


def reliability(granted: NDArray[np.int64], chance: Floats, bands: int = 10) -> list[dict[str, float | int]]:
    """Return by band of equally many applications the mean chance told, the share granted, and how many there are."""
    order = np.argsort(chance, kind="stable")
    return [
        {"told": float(chance[part].mean()), "granted": float(granted[part].mean()), "applications": len(part)}
        for part in np.array_split(order, bands)
        if len(part)
    ]
