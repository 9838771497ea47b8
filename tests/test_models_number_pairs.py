"""Ratios and differences: worked by hand, found where they tell, never taken for noise."""

import numpy as np
import pytest

from models.errors import ArtifactError
from models.number_pairs import NumberPair, information_value, paired, telling_pairs

NUMBERS = {"a": np.array([6.0, 1, np.nan, 2]), "b": np.array([3.0, 0, 1, np.nan])}


def test_a_ratio_and_a_difference_by_hand() -> None:
    assert paired(NUMBERS, NumberPair("a", "÷", "b"))[0] == 2
    assert np.isnan(paired(NUMBERS, NumberPair("a", "÷", "b"))[1:]).all()
    assert paired(NUMBERS, NumberPair("a", "-", "b"))[:2].tolist() == [3, 1]


def test_information_value_by_hand() -> None:
    values = np.array([1.0] * 6 + [2.0] * 6)
    bad = np.array([1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0])
    share_bad, share_good = np.array([1.5, 4.5]) / 6, np.array([5.5, 2.5]) / 8
    assert information_value(values, bad) == pytest.approx(
        ((share_good - share_bad) * np.log(share_good / share_bad)).sum()
    )


def test_the_pair_that_tells_comes_first_and_noise_stays_out() -> None:
    generator = np.random.default_rng(1)
    numbers = {f"n{place}": generator.lognormal(size=2000) for place in range(12)}
    bad = (generator.random(2000) < 1 / (1 + np.exp(-2 * np.log(numbers["n3"] / numbers["n7"])))).astype(np.int64)
    found = telling_pairs(numbers, bad)
    assert found[0].name == "n3 ÷ n7"
    assert all({"n3", "n7"} & {pair.first, pair.second} for pair in found)
    assert telling_pairs(numbers, generator.permutation(bad)) == ()


def test_of_few_numbers_every_ratio_is_taken() -> None:
    generator = np.random.default_rng(2)
    numbers = {name: generator.normal(size=300) for name in "abc"}
    found = telling_pairs(numbers, generator.integers(0, 2, 300))
    assert {pair.name for pair in found if pair.operation == "÷"} == {"a ÷ b", "a ÷ c", "b ÷ c"}


def test_a_pair_comes_back_from_json_and_an_unknown_operation_is_refused() -> None:
    pair = NumberPair("a", "-", "b")
    assert NumberPair.from_json(pair.as_json()) == pair
    with pytest.raises(ArtifactError, match="no operation"):
        NumberPair("a", "+", "b")
