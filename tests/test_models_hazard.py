"""Months at risk, the product of survival and the thinning of months, worked by hand."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.hazard import at_risk, default_within, outcome_within, thinned
from models.metrics import Floats

NAN = np.nan


def test_a_loan_is_at_risk_until_its_default_or_until_nobody_has_seen_more() -> None:
    # Defaults in month 2; followed for 3 months; not followed at all; defaults beyond the horizon of 4.
    months = at_risk(np.array([2.0, NAN, NAN, 7.0]), np.array([9, 3, -1, 9]), horizon=4)
    assert months.row.tolist() == [0, 0, 1, 1, 1, 3, 3, 3, 3]
    assert months.month.tolist() == [1, 2, 1, 2, 3, 1, 2, 3, 4]
    assert months.bad.tolist() == [0, 1, 0, 0, 0, 0, 0, 0, 0]


def test_an_outcome_is_told_only_where_it_is_known() -> None:
    default, seen = np.array([6.0, 7.0, NAN, NAN, 3.0]), np.array([20, 20, 6, 5, 5])
    assert outcome_within(default, seen, 6).tolist()[:3] == [1.0, 0.0, 0.0]
    # Five months seen of six: neither the sound one counts yet nor the one in default.
    assert np.isnan(outcome_within(default, seen, 6)[3:]).all()


def test_the_chance_of_default_is_one_less_the_product_of_survivals() -> None:
    hazards = np.array([[0.1, 0.2, 0.5], [0.0, 0.0, 0.0]])
    # 1 - .9 * .8 = .28; 1 - .9 * .8 * .5 = .64
    assert default_within(hazards, 2).tolist() == pytest.approx([0.28, 0.0])
    assert default_within(hazards, 3).tolist() == pytest.approx([0.64, 0.0])


@given(st.lists(st.floats(0, 1), min_size=12, max_size=12))
def test_a_longer_horizon_is_never_less_likely(hazards: list[float]) -> None:
    row = np.array([hazards])
    chances = [default_within(row, months)[0] for months in range(1, 13)]
    assert all(after >= before - 1e-12 for before, after in pairwise(chances))
    assert chances[0] >= 0
    assert chances[-1] <= 1


def test_hazards_counted_from_months_at_risk_give_back_the_share_that_defaults() -> None:
    """Kaplan and Meier's estimate: 1 of 4 at risk in month 1, 1 of 2 in month 2, the fourth loan censored after one."""
    months = at_risk(np.array([1.0, 2.0, NAN, NAN]), np.array([5, 5, 5, 1]), horizon=2)
    hazards = [months.bad[months.month == month].mean() for month in (1, 2)]
    assert hazards == [0.25, 0.5]
    assert default_within(np.array([hazards]), 2)[0] == pytest.approx(1 - 0.75 * 0.5)


def _many(rows: int) -> tuple[Floats, np.ndarray[tuple[int], np.dtype[np.int64]], list[str]]:
    default = np.where(np.arange(rows) % 50 == 0, 5.0, NAN)
    return default, np.full(rows, 12), [f"firm-{number}" for number in range(rows)]


def test_thinning_keeps_every_default_and_a_share_of_the_others_whatever_the_order() -> None:
    default, seen, keys = _many(5_000)
    months = at_risk(default, seen)
    kept, share = thinned(months, keys, seed=1)
    assert kept.bad.sum() == months.bad.sum() == 100
    others = (months.bad == 0).sum()
    assert share == pytest.approx(40 * 100 / others, rel=0.01)
    assert (kept.bad == 0).sum() == pytest.approx(share * others, rel=0.1)
    order = np.random.default_rng(3).permutation(5_000)
    again, _ = thinned(at_risk(default[order], seen[order]), [keys[one] for one in order], seed=1)
    before = set(zip(kept.row.tolist(), kept.month.tolist(), strict=True))
    assert before == set(zip(order[again.row].tolist(), again.month.tolist(), strict=True))


def test_where_defaults_are_many_nothing_is_thinned() -> None:
    months = at_risk(np.array([1.0, NAN]), np.array([3, 3]))
    kept, share = thinned(months, ["a", "b"], seed=1)
    assert (len(kept.bad), share) == (4, 1.0)
