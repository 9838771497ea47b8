"""What the risk models of a study read: numbers, numbers made of them, and levels told by their outcomes.

Every rule is general and learned from the rows of the fit alone:

1. the numbers as they are, and of those that look like amounts the number of trailing zeros (how round they are);
2. ratios and differences of pairs of numbers, where a pair tells more than either (`number_pairs`);
3. places and industries along their hierarchies, each category, and pairs of categories with back-off, told by the
   outcomes of other rows (`target_encoding`); columns of few levels by the number of their level besides;
4. how often a level of many occurs, and whether two columns that share their levels agree.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np
import pandas as pd

from models.folds import Ints
from models.inputs import ModelInput
from models.metrics import Floats
from models.number_pairs import NumberPair, paired, telling_pairs
from models.study_config import StudyConfig
from models.study_table import StudyRows
from models.target_encoding import (
    MISSING,
    Chain,
    Encoding,
    Outcomes,
    Rule,
    Vocabulary,
    fit_encoding,
    require_keys,
    vocabulary_of,
)

#: The amount in eighths of the fit's amounts, as a level that pairs with others.
_BAND: Final = "amount, in eighths"
_EIGHTHS = np.arange(1, 8) / 8
_FEW_LEVELS = 12
_MANY_LEVELS = 50
_AGREEING = 0.5  # share of the smaller column's levels that another must share before the two are compared
_ROUND_SHARE, _ROUND_MEDIAN = 0.5, 100
_MOST_ZEROS = 6


@dataclass(frozen=True)
class RiskFeatures:
    """What a fit learned of how to read a row; `columns` are the names of the matrix's columns."""

    numbers: tuple[str, ...]
    round_numbers: tuple[str, ...]
    pairs: tuple[NumberPair, ...]
    bands: tuple[float, ...]
    vocabulary: Vocabulary
    encodings: tuple[Encoding, ...]
    amount: str | None
    counted: tuple[str, ...]
    agreeing: tuple[tuple[str, str], ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, in the matrix's order."""
        told = [f"{' × '.join(names)} by outcome" for one in self.encodings for names in one.chain[-one.told :]]
        return (
            *self.numbers,
            *(f"{name}, trailing zeros" for name in self.round_numbers),
            *(pair.name for pair in self.pairs),
            *(f"{name}, level" for name in self._few),
            *(f"{name}, how frequent" for name in self.counted),
            *(f"{a} = {b}" for a, b in self.agreeing),
            *told,
        )

    @property
    def inputs(self) -> tuple[ModelInput, ...]:
        """The inputs of the models; a study knows no directions."""
        return tuple(ModelInput(name) for name in self.columns)

    def matrix(self, levels: Mapping[str, pd.Categorical], numbers: Mapping[str, Floats]) -> Floats:
        """Return the matrix of rows that are not of the fit."""
        codes = self.codes(levels, numbers)
        told = [one.values(codes, self.vocabulary) for one in self.encodings]
        return np.column_stack([self._plain(codes, numbers), *told])

    def codes(self, levels: Mapping[str, pd.Categorical], numbers: Mapping[str, Floats]) -> dict[str, Ints]:
        """Return the codes of every column of levels by the fit's levels."""
        return self.vocabulary.codes(_with_band(levels, numbers, self.amount, self.bands))

    def _plain(self, codes: Mapping[str, Ints], numbers: Mapping[str, Floats]) -> Floats:
        """Return the columns that no outcome of the fit has touched."""
        by_name = {column: numbers[column] for column in self.numbers}
        columns = [
            *by_name.values(),
            *(trailing_zeros(numbers[name]) for name in self.round_numbers),
            *(paired(by_name, pair) for pair in self.pairs),
            *(level_number(codes[name], len(self.vocabulary.levels[name])) for name in self._few),
            *(self._frequency(codes, name) for name in self.counted),
            *(self._agreement(codes, *pair) for pair in self.agreeing),
        ]
        rows = len(next(iter([*by_name.values(), *codes.values()])))
        return np.column_stack(columns) if columns else np.empty((rows, 0))

    @property
    def _few(self) -> tuple[str, ...]:
        levels = self.vocabulary.levels
        return tuple(name for name in levels if 1 < len(levels[name]) <= _FEW_LEVELS and name != _BAND)

    def _frequency(self, codes: Mapping[str, Ints], name: str) -> Floats:
        step = next(one.steps[one.chain.index((name,))] for one in self.encodings if (name,) in one.chain)
        return np.log1p(step.number(codes[name]))

    def _agreement(self, codes: Mapping[str, Ints], first: str, second: str) -> Floats:
        shared = pd.Index(self.vocabulary.levels[second], dtype=object)
        place = shared.get_indexer(pd.Index(self.vocabulary.levels[first], dtype=object))
        of_first = np.concatenate([[-1], np.where(place < 0, -1, place + 1), [-1]])[codes[first]]
        known = (codes[first] != MISSING) & (codes[second] != MISSING)
        return np.where(known, of_first == codes[second], np.nan).astype(np.float64)

    def as_json(self) -> dict[str, Any]:
        """Return all but the encodings' counts as JSON-able values."""
        return {
            "numbers": list(self.numbers),
            "round_numbers": list(self.round_numbers),
            "pairs": [pair.as_json() for pair in self.pairs],
            "bands": list(self.bands),
            "levels": {name: list(levels) for name, levels in self.vocabulary.levels.items()},
            "encodings": [
                {
                    "chain": [list(step) for step in one.chain],
                    "prior": one.prior,
                    "strength": one.strength,
                    "told": one.told,
                }
                for one in self.encodings
            ],
            "amount": self.amount,
            "counted": list(self.counted),
            "agreeing": [list(pair) for pair in self.agreeing],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any], steps: Sequence[Sequence[Any]]) -> "RiskFeatures":
        """Return what `as_json` wrote, with the counts of each encoding's steps."""
        encodings = tuple(
            Encoding(
                tuple(tuple(step) for step in row["chain"]), tuple(counts), row["prior"], row["strength"], row["told"]
            )
            for row, counts in zip(data["encodings"], steps, strict=True)
        )
        return cls(
            numbers=tuple(data["numbers"]),
            round_numbers=tuple(data["round_numbers"]),
            pairs=tuple(NumberPair.from_json(row) for row in data["pairs"]),
            bands=tuple(data["bands"]),
            vocabulary=Vocabulary({name: tuple(levels) for name, levels in data["levels"].items()}),
            encodings=encodings,
            amount=data["amount"],
            counted=tuple(data["counted"]),
            agreeing=tuple((pair[0], pair[1]) for pair in data["agreeing"]),
        )


@dataclass(frozen=True, slots=True)
class Encoded:
    """The features of a fit and the matrix of its rows, each told by the other folds."""

    features: RiskFeatures
    matrix: Floats


def fit_features(rows: StudyRows, config: StudyConfig, outcomes: Outcomes, strength: float) -> Encoded:
    """Return the features learned from these rows, whose numbers may be more than the study's own columns."""
    amount, numbers = config.columns.amount, rows.numbers
    bands = _bands(numbers[amount]) if amount else ()
    levels = _with_band(rows.levels, numbers, amount, bands)
    vocabulary = vocabulary_of(levels)
    codes = vocabulary.codes(levels)
    kept = tuple(name for name, values in numbers.items() if _varies(values))
    pairs = telling_pairs({name: numbers[name] for name in kept}, outcomes.bad.astype(np.int64))
    found = []
    for chain, told in _chains(config, vocabulary, _pairs_of_levels(config, vocabulary)):
        require_keys(vocabulary, chain)
        found.append(fit_encoding(codes, vocabulary, chain, outcomes, Rule(strength, told)))
    told_alone = {names[0] for encoding, _ in found for names in encoding.chain if len(names) == 1}
    counted = [name for name in sorted(told_alone) if len(vocabulary.levels[name]) > _MANY_LEVELS]
    features = RiskFeatures(
        numbers=kept,
        round_numbers=tuple(name for name in kept if _looks_like_amount(numbers[name])),
        pairs=pairs,
        bands=bands,
        vocabulary=vocabulary,
        encodings=tuple(encoding for encoding, _ in found),
        amount=amount,
        counted=tuple(counted),
        agreeing=_agreeing(vocabulary),
    )
    plain = features._plain(codes, numbers)  # noqa: SLF001 (the class's own fit)
    return Encoded(features, np.column_stack([plain, *(values for _, values in found)]))


def trailing_zeros(values: Floats) -> Floats:
    """Return how many zeros a whole number ends in, at most 6; 0 for one with a fraction, NaN for none."""
    zeros = np.zeros(len(values))
    known = np.nan_to_num(values)
    for power in range(1, _MOST_ZEROS + 1):
        zeros += known % 10**power == 0
    return np.where(np.isnan(values), np.nan, zeros)


def _looks_like_amount(values: Floats) -> bool:
    known = np.abs(values[~np.isnan(values)])
    known = known[known > 0]
    if not len(known):
        return False
    is_round = (known % 10 == 0).mean() > _ROUND_SHARE
    return bool(is_round and np.median(known) >= _ROUND_MEDIAN)


def _varies(values: Floats) -> bool:
    known = values[~np.isnan(values)]
    return bool(len(known) and (len(known) < len(values) or (known != known[0]).any()))


def _bands(values: Floats) -> tuple[float, ...]:
    known = values[~np.isnan(values)]
    return tuple(np.unique(np.quantile(known, _EIGHTHS)).tolist()) if len(known) else ()


def _with_band(
    levels: Mapping[str, pd.Categorical], numbers: Mapping[str, Floats], amount: str | None, bands: Sequence[float]
) -> dict[str, pd.Categorical]:
    if amount is None:
        return dict(levels)
    values = numbers[amount]
    place = np.searchsorted(np.asarray(bands), values, side="right")
    codes = np.where(np.isnan(values), -1, place)
    names = pd.Index([str(number) for number in range(len(bands) + 1)], dtype=object)
    return {**levels, _BAND: pd.Categorical.from_codes(codes, categories=names)}


def _chains(config: StudyConfig, vocabulary: Vocabulary, pairs: Sequence[tuple[str, ...]]) -> list[tuple[Chain, int]]:
    """Return the chains and how many of their steps are told (0: all); a single column is told once."""
    columns = config.columns
    found: list[tuple[Chain, int]] = [(_hierarchy(one), 0) for one in (columns.place, columns.industry) if one]
    found += [(((name,),), 0) for name in columns.categories]
    # A pair backs off to the one of the two that has more levels.
    for pair in pairs:
        wide = max(pair, key=lambda name: (len(vocabulary.levels[name]), name))
        found.append((((wide,), pair), 1))
    return found


def _hierarchy(levels: tuple[str, ...]) -> Chain:
    """Return the chain of a hierarchy; below the first level each is told together with the first."""
    return ((levels[0],), *((levels[0], level) for level in levels[1:]))


def _pairs_of_levels(config: StudyConfig, vocabulary: Vocabulary) -> list[tuple[str, ...]]:
    columns = config.columns
    names = [*columns.categories, *columns.place[:1], *columns.industry[:1]]
    names += [_BAND] if columns.amount else []
    return [pair for pair in combinations(names, 2) if all(len(vocabulary.levels[name]) > 1 for name in pair)]


def level_number(codes: Ints, levels: int) -> Floats:
    """Return the number of each level of the fit, NaN where it is missing or was never seen."""
    return np.where((codes == MISSING) | (codes > levels), np.nan, codes).astype(np.float64)


def _agreeing(vocabulary: Vocabulary) -> tuple[tuple[str, str], ...]:
    found = []
    for first, second in combinations(vocabulary.levels, 2):
        a, b = set(vocabulary.levels[first]), set(vocabulary.levels[second])
        smaller = min(len(a), len(b))
        if smaller > _FEW_LEVELS and len(a & b) > _AGREEING * smaller:
            found.append((first, second))
    return tuple(found)
