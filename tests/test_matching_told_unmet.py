"""What is told of criteria that keep firms out and of looser ones: by hand, and over worlds whose counts are small."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matching_worlds import clause, product, profiles

from matching.eligibility import Requests
from matching.errors import MatchingError
from matching.loosening import ToldSteps, steps, told_steps
from matching.small_counts import LEAST_SHOWN, is_small, tens
from matching.told_barriers import told_barriers
from matching.unmet import Demand, kept_out

WAN = 1_000_000
#: How many firms have each of so many ages, in months.
AGES = st.lists(st.tuples(st.sampled_from([3, 7, 12, 18, 25, 30]), st.integers(1, 25)), min_size=1, max_size=6)


def world(ages: list[int], *asks: int) -> Demand:
    """Judge firms of these ages by products that ask for so many months each, and for a name they all have."""
    products = [
        product(
            id=f"p{asked}",
            criteria=[clause("age", "age_months", "at_least", asked), clause("kind", "kind", "equals", "company")],
        )
        for asked in asks
    ]
    firms = [{"age_months": age, "kind": "company"} for age in ages]
    amounts = np.full(len(ages), 10 * WAN, dtype=np.int64)
    return Demand.of(profiles(firms), Requests(amounts, np.zeros_like(amounts)), products)


def told_of(demand: Demand, known: int) -> ToldSteps:
    """Try the ages of the only product where the model knows the first so many firms."""
    chances = np.where(np.arange(demand.frame.rows) < known, 0.02, np.nan)
    name = demand.products[0].id
    return told_steps(demand, name, "age", steps(demand, name, "age", chances))


def test_a_step_says_how_many_more_and_none_says_few() -> None:
    found = told_of(world([30] * 40 + [20] * 12 + [10] * 12 + [5] * 20, 24), known=84)
    # A quarter of the 44 is the eleventh, of 20 months; a half is of 10; three quarters is of 5, which is all.
    assert [(one.value, one.admitted) for one in found.steps] == [(20, 12), (10, 24), (5, 44)]
    assert found.before_loss_ppm == 8_000
    assert found.steps[0].amount_fen == 120 * WAN
    assert found.steps[0].expected_loss_fen == 120 * WAN * 8 // 1000


@pytest.mark.parametrize(("more", "told"), [(9, [(20, 12)]), (10, [(20, 12), (10, 22)])])
def test_a_step_that_adds_fewer_than_ten_is_not_told(more: int, told: list[tuple[int, int]]) -> None:
    found = told_of(world([30] * 40 + [20] * 12 + [10] * more + [5] * 16, 24), known=99)
    assert [(one.value, one.admitted) for one in found.steps if one.value in (20, 10)] == told


def test_nobody_learns_the_value_of_a_few() -> None:
    assert told_of(world([30] * 40 + [17] * 9, 24), known=49).steps == ()
    # Twelve are let in by 10 months; the three that this leaves out would follow.
    assert [one.value for one in told_of(world([30] * 40 + [10] * 12 + [5] * 3, 24), known=55).steps] == [None]


@pytest.mark.parametrize(("known", "tells"), [(41, False), (49, False), (50, True), (60, True)])
def test_money_is_told_of_ten_that_the_model_knows_and_no_fewer(known: int, tells: bool) -> None:  # noqa: FBT001
    """Forty fit; of the twenty let in the model knows those beyond."""
    (step,) = told_of(world([30] * 40 + [10] * 20, 24), known).steps
    assert step.admitted == 20
    assert [one is not None for one in (step.amount_fen, step.expected_loss_fen, step.loss_ppm)] == [tells] * 3
    assert (step.without_model is not None) == tells


@pytest.mark.parametrize(("known", "tells"), [(9, False), (10, True)])
def test_the_loss_of_those_that_fit_is_told_of_ten(known: int, tells: bool) -> None:  # noqa: FBT001
    assert (told_of(world([30] * 40 + [10] * 20, 24), known).before_loss_ppm is not None) == tells


def test_a_firm_that_stands_twice_is_refused() -> None:
    table = profiles([{"age_months": 3, "enterprise": "test:one"}] * 30)
    amounts = np.zeros(30, dtype=np.int64)
    demand = Demand.of(table, Requests(amounts, amounts), world([3], 24).products)
    for tell in (lambda: told_barriers(demand, 20), lambda: told_of(demand, 30)):
        with pytest.raises(MatchingError, match="more than once"):
            tell()


def test_two_versions_of_a_product_do_not_tell_those_between() -> None:
    """Of 24 months and of 26 one may be told, where three firms are of 25."""
    demand = world([30] * 40 + [25] * 3 + [10] * 20, 24, 26)
    assert [(one.product, one.firms) for one in told_barriers(demand, 20)] == [("p24", 20)]
    apart = world([30] * 40 + [25] * 10 + [10] * 20, 24, 26)
    assert [(one.product, one.firms) for one in told_barriers(apart, 20)] == [("p26", 30), ("p24", 20)]


@settings(max_examples=60)
@given(AGES, st.sets(st.sampled_from([4, 8, 13, 20, 26, 40]), min_size=1, max_size=4))
def test_no_pair_of_what_is_told_tells_a_few(counts: list[tuple[int, int]], asks: set[int]) -> None:
    demand = world([age for age, count in counts for _ in range(count)], *sorted(asks))
    masks = {(one.id, name): mask for one, name, mask in kept_out(demand)}
    rows, unmet = demand.frame.rows, demand.unmet
    told = told_barriers(demand, 20)
    for one in told:
        mask = masks[one.product, one.criterion]
        assert one.firms == tens(int(mask.sum())) >= LEAST_SHOWN
        assert not is_small(rows - int(mask.sum()))
        for other in told:
            against = masks[other.product, other.criterion]
            # Ages: one set always holds the other.
            assert not is_small(int((mask ^ against).sum()))
            if one.unmet is not None and other.unmet is not None:
                assert not is_small(int((mask & unmet).sum()) - int((against & unmet).sum()))
        if one.unmet is not None:
            inside = int((mask & unmet).sum())
            cells = (inside, int(mask.sum()) - inside, int(unmet.sum()) - inside, int((~unmet & ~mask).sum()))
            assert not any(is_small(cell) for cell in cells)
