"""Levels told by their outcomes: worked by hand, blind to a row's own outcome, at ease with what was never seen."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import StudyError
from models.target_encoding import (
    Outcomes,
    Rule,
    Vocabulary,
    counts_bytes,
    counts_from,
    fit_encoding,
    require_keys,
    vocabulary_of,
)

CITY = pd.Categorical(["a", "a", "b", None, "a", "b"])
LENDER = pd.Categorical(["x", "y", "x", "x", "x", "y"])
COLUMNS: dict[str, Any] = {"city": CITY, "lender": LENDER}
BAD = np.array([1.0, 0, 1, 0, 1, 0])
FOLD = np.array([0, 0, 0, 1, 1, 1])


def rate(log_odds: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-log_odds)))


def test_rates_of_other_rows_are_as_worked_by_hand() -> None:
    vocabulary = vocabulary_of(COLUMNS)
    codes = vocabulary.codes(COLUMNS)
    weight = np.ones(6)
    chain = (("city",), ("city", "lender"))
    encoding, told = fit_encoding(codes, vocabulary, chain, Outcomes(BAD, weight, FOLD, 2), Rule(2.0))
    # First row: the other fold has 1 bad of 3 (rate 1/3); its a's are one row, bad; so are its (a, x).
    city = (1 + 2 / 3) / (1 + 2)
    assert rate(told[0]) == pytest.approx([city, (1 + 2 * city) / (1 + 2)])
    # Fourth row: missing is a level of its own, and the other fold has none: 2 bad of 3 remain.
    assert rate(told[3]) == pytest.approx([2 / 3, 2 / 3])
    # Rows that are not of the fit see all of it: 3 bad of 6; a has 2 of 3, (a, x) 2 of 2.
    whole = (2 + 2 * 0.5) / (3 + 2)
    fresh = encoding.values({name: one[:1] for name, one in codes.items()}, vocabulary)
    assert rate(fresh[0]) == pytest.approx([whole, (2 + 2 * whole) / (2 + 2)])


def test_a_level_never_seen_gets_the_estimate_above_it_and_missing_its_own() -> None:
    vocabulary = vocabulary_of(COLUMNS)
    codes = vocabulary.codes(COLUMNS)
    outcomes = Outcomes(BAD, np.ones(6), FOLD, 2)
    encoding, _ = fit_encoding(codes, vocabulary, (("city",), ("city", "lender")), outcomes, Rule(2.0))
    asked: dict[str, Any] = {"city": pd.Categorical(["z", None, "a"]), "lender": pd.Categorical(["x", "q", "q"])}
    found = rate(encoding.values(vocabulary.codes(asked), vocabulary))
    assert found[0] == pytest.approx([0.5, 0.5])  # never seen: the prior
    assert found[1] == pytest.approx([1 / 3, 1 / 3])  # missing: (0 + 2 · 0.5) / (1 + 2), then nothing finer
    assert found[2] == pytest.approx([0.6, 0.6])  # a with a lender never seen


def test_only_the_told_steps_are_told() -> None:
    vocabulary = vocabulary_of(COLUMNS)
    codes = vocabulary.codes(COLUMNS)
    outcomes, chain = Outcomes(BAD, np.ones(6), FOLD, 2), (("city",), ("city", "lender"))
    whole, all_told = fit_encoding(codes, vocabulary, chain, outcomes, Rule(2.0))
    last, last_told = fit_encoding(codes, vocabulary, chain, outcomes, Rule(2.0, 1))
    assert last_told.tolist() == all_told[:, 1:].tolist()
    assert last.values(codes, vocabulary).tolist() == whole.values(codes, vocabulary)[:, 1:].tolist()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), row=st.integers(0, 59))
def test_a_rows_own_outcome_never_changes_its_own_values(seed: int, row: int) -> None:
    generator = np.random.default_rng(seed)
    columns: dict[str, Any] = {
        "city": pd.Categorical(generator.choice(["a", "b", "c", "d"], 60)),
        "lender": pd.Categorical(generator.choice(["x", "y", "z"], 60)),
    }
    vocabulary = vocabulary_of(columns)
    codes = vocabulary.codes(columns)
    bad, weight = generator.integers(0, 2, 60).astype(float), generator.uniform(0.1, 40, 60)
    fold = generator.integers(0, 5, 60)
    turned = bad.copy()
    turned[row] = 1 - turned[row]
    chain = (("city",), ("city", "lender"))
    mine, other = (
        fit_encoding(codes, vocabulary, chain, Outcomes(one, weight, fold, 5), Rule(3.0))[1] for one in (bad, turned)
    )
    assert mine[row].tolist() == other[row].tolist()
    assert (mine != other).any() or (fold == fold[row]).all()


def test_counts_come_back_from_their_bytes() -> None:
    vocabulary = vocabulary_of(COLUMNS)
    codes = vocabulary.codes(COLUMNS)
    outcomes = Outcomes(BAD, np.array([1, 2, 3, 4, 5, 6.0]), FOLD, 2)
    chains = [(("city",), ("city", "lender")), (("lender",),)]
    encodings = [fit_encoding(codes, vocabulary, chain, outcomes, Rule(2.0))[0] for chain in chains]
    content = counts_bytes(encodings)
    stored = counts_from(content)
    assert content == counts_bytes(encodings)
    for encoding, steps in zip(encodings, stored, strict=True):
        for mine, theirs in zip(encoding.steps, steps, strict=True):
            assert (mine.keys.tolist(), mine.rows.tolist()) == (theirs.keys.tolist(), theirs.rows.tolist())
            assert (mine.weight.tolist(), mine.bad.tolist()) == (theirs.weight.tolist(), theirs.bad.tolist())
    # City a: rows 1, 2 and 5 with weights 1, 2 and 5; how many they are says nothing of their weight.
    city = encodings[0].steps[0]
    assert city.number(np.array([1, 99])).tolist() == [3, 0]
    assert [one.tolist() for one in city.of(np.array([1, 99]))] == [[8, 0], [6, 0]]


def test_too_many_levels_together_are_refused() -> None:
    wide = Vocabulary({name: tuple(str(number) for number in range(3000)) for name in "abcdefg"})
    with pytest.raises(StudyError, match="too many levels"):
        require_keys(wide, (("a",), tuple("abcdefg")))
