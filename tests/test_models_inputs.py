"""What models read: columns of any type as one matrix of doubles, NaN for whatever is not there."""

import numpy as np
import pandas as pd
import pytest

from models.inputs import InputKind, ModelInput, encode

INPUTS = (
    ModelInput("rate"),
    ModelInput("rating", -1, InputKind.ordinal, ("A", "B", "C")),
    ModelInput("count"),
    ModelInput("absent"),
    ModelInput("kind", 0, InputKind.nominal, ("company", "cooperative")),
    ModelInput("nullable"),
    ModelInput("asked"),
)
TABLE = pd.DataFrame(
    {
        "kind": pd.Series(["cooperative", None, "never seen"], dtype="str"),
        "count": np.array([3, 0, -1], dtype=np.int64),
        "rate": [0.5, np.inf, np.nan],
        "nullable": pd.Series([1, None, 7], dtype="Int64"),
        "rating": pd.Series(["C", "A", None], dtype="str"),
        "asked": pd.Series([2.0, None, 4.0], dtype=object),
        "not_read": ["x", "y", "z"],
    }
)
EXPECTED = np.array(
    [
        [0.5, 2.0, 3.0, np.nan, 1.0, 1.0, 2.0],
        [np.nan, 0.0, 0.0, np.nan, np.nan, np.nan, np.nan],
        [np.nan, np.nan, -1.0, np.nan, np.nan, 7.0, 4.0],
    ]
)


def test_a_table_becomes_a_matrix() -> None:
    np.testing.assert_array_equal(encode(TABLE, INPUTS), EXPECTED)


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_rows_are_read_each_for_itself(rows: int) -> None:
    np.testing.assert_array_equal(encode(TABLE.iloc[:rows], INPUTS), EXPECTED[:rows])


def test_the_order_of_the_inputs_is_the_order_of_the_columns() -> None:
    turned = INPUTS[::-1]
    np.testing.assert_array_equal(encode(TABLE, turned), EXPECTED[:, ::-1])
    assert encode(TABLE, ()).shape == (3, 0)
