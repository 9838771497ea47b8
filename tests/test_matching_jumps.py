"""What jumps before an application is flagged, what moves as it always did is not, and false alarms are counted."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from matching.errors import MatchingError
from matching.jumps import LEAST_PEERS, WATCHED, days_needed, jumps, months_before, yardsticks

AS_OF = date(2026, 6, 30)
FIRMS = 2000


def _histories(firms: int, seed: int) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float64]]]:
    """Draw 16 months of sales and buyers, each firm with a spread of its own."""
    random = np.random.default_rng(seed)
    spread = random.uniform(0.02, 0.4, size=(firms, 1))
    sales = np.exp(12 + np.cumsum(random.normal(0, 1, size=(firms, 16)) * spread / 2, axis=1))
    buyers = np.maximum(0, 40 + np.cumsum(random.normal(0, 3, size=(firms, 16)), axis=1))
    return {"sales_3m_fen": np.rint(sales * 100), "buyers_12m": np.rint(buyers)}


def _table(histories: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float64]]], rows: slice) -> pa.Table:
    days = days_needed(AS_OF)
    count = len(range(*rows.indices(FIRMS)))
    names = [f"test:{number:05d}" for number in range(FIRMS)][rows]
    columns = {name: pa.array(values[rows].astype(np.int64).ravel()) for name, values in histories.items()}
    return pa.table(
        {
            "enterprise": pa.array([name for name in names for _ in days]),
            "as_of": pa.array(list(days) * count, pa.date32()),
            **columns,
        }
    )


def _flagged(histories: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float64]]]) -> list[set[str]]:
    beside = yardsticks(_table(histories, slice(None)), AS_OF)
    return [
        {one.column for one in jumps(_table(histories, slice(n, n + 1)), AS_OF, beside)} for n in range(0, FIRMS, 10)
    ]


def test_false_alarms_stay_under_one_in_a_hundred_a_column() -> None:
    histories = _histories(FIRMS, 1)
    beside = yardsticks(_table(histories, slice(None)), AS_OF)
    assert set(beside.quantiles) == set(histories)
    alarms = sum(len(one) for one in _flagged(histories))
    assert alarms <= 0.01 * 2 * FIRMS / 10


def test_a_planted_jump_is_flagged_and_a_firm_that_always_jumps_is_not() -> None:
    histories = _histories(FIRMS, 2)
    histories["sales_3m_fen"][0] = np.round(1e7 * (1 + 0.01 * np.sin(np.arange(16))))
    histories["sales_3m_fen"][0, -2:] *= 12
    # The same height, but this one did so four months in a year already.
    histories["sales_3m_fen"][10] = histories["sales_3m_fen"][0]
    histories["sales_3m_fen"][10, 5:8] *= 20
    flagged = _flagged(histories)
    assert "sales_3m_fen" in flagged[0]
    assert "sales_3m_fen" not in flagged[1]


def test_a_jump_names_both_values_both_days_and_both_yardsticks() -> None:
    histories = _histories(FIRMS, 3)
    histories["sales_3m_fen"][0] = 1e7
    histories["sales_3m_fen"][0, -1] = 4e7
    beside = yardsticks(_table(histories, slice(1, None)), AS_OF)
    found = {one.column: one for one in jumps(_table(histories, slice(0, 1)), AS_OF, beside)}
    one = found["sales_3m_fen"]
    assert (one.before, one.after, one.change_ppm, one.own_ppm) == (10_000_000, 40_000_000, 750_000, 0)
    assert (one.before_on, one.after_on) == (date(2026, 3, 30), AS_OF)
    assert "10万元" in one.words.zh
    assert "40万元" in one.words.zh
    assert one.peers_ppm == round(beside.quantiles["sales_3m_fen"] * 1_000_000)


def test_a_young_firm_and_one_without_peers_are_not_flagged() -> None:
    histories = _histories(FIRMS, 4)
    histories["sales_3m_fen"][0, -1] *= 50
    table = _table(histories, slice(0, 1))
    young = table.set_column(2, "sales_3m_fen", pa.array([None] * 9 + table["sales_3m_fen"].to_pylist()[9:]))
    assert not {one.column for one in jumps(young, AS_OF, yardsticks(_table(histories, slice(None)), AS_OF))}
    few = yardsticks(_table(histories, slice(0, LEAST_PEERS - 1)), AS_OF)
    assert few.quantiles == {}
    assert jumps(table, AS_OF, few) == ()


def test_days_that_are_missing_are_refused() -> None:
    table = _table(_histories(FIRMS, 5), slice(0, 1))
    with pytest.raises(MatchingError, match="15 months"):
        jumps(table.slice(1), AS_OF, yardsticks(_table(_histories(FIRMS, 5), slice(None)), AS_OF))
    assert months_before(date(2026, 3, 31), 1) == date(2026, 2, 28)
    assert len(set(WATCHED)) == len(WATCHED)
