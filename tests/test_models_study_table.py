"""The rows of a study are read by value: numbers as text, days as text, truths as text."""

import numpy as np
import pandas as pd

from models.study_config import StudyColumns, StudyConfig, StudyKind
from models.study_table import as_numbers, as_text, canonical, rows_of

RISK = StudyConfig(StudyKind.risk, StudyColumns(query="firm", label="bad", date="day", numbers=("staff",)))


def test_one_value_is_one_text() -> None:
    """Whole numbers however written, truths however written; a leading nought and a fraction stay."""
    assert [canonical(value) for value in (7, 7.0, "7", "7.0", "-7.00", np.int16(7))] == ["7"] * 4 + ["-7", "7"]
    assert [canonical(value) for value in (True, "True", "true", False, "False")] == ["true"] * 3 + ["false"] * 2
    assert [canonical(value) for value in ("007", "7.50", 7.5, "a.0", "")] == ["007", "7.50", "7.5", "a.0", ""]
    assert as_text(pd.Series(["62.0", "62", None])).codes.tolist() == [0, 0, -1]


def test_a_day_among_the_numbers_is_read_as_day_and_as_text() -> None:
    """Days since 1970 from a timestamp, a date and its text; text that is no day is a number or refused elsewhere."""
    days = pd.to_datetime(pd.Series(["1970-01-02", None, "1970-02-01"]))
    wanted = [1.0, np.nan, 31.0]
    for column in (days, pd.Series(["1970-01-02", None, "1970-02-01"]), pd.Series(days.dt.date, dtype=object)):
        np.testing.assert_array_equal(as_numbers(column, "day"), wanted)
    np.testing.assert_array_equal(as_numbers(pd.Series(["3", "4.5", None]), "staff"), [3.0, 4.5, np.nan])


def test_labels_and_keys_are_read_by_value() -> None:
    """A label as truth, number or text is one label, a key as 1, 1.0 or "1.0" one key; queries need no day."""
    wanted = [1.0, 0.0, np.nan]
    for bad in ([True, False, None], ["true", "False", None], ["1", "0", None], [1.0, 0.0, np.nan]):
        table = pd.DataFrame({"firm": [1, 2, 3], "bad": pd.Series(bad, dtype=object), "day": "2024-01-01", "staff": 5})
        np.testing.assert_array_equal(rows_of(table, RISK, is_history=True).label, wanted)
    for firm in ([1, 2], [1.0, 2.0], ["1", "2"], ["1.0", "2.0"]):
        rows = rows_of(pd.DataFrame({"firm": firm, "staff": [5, 6]}), RISK, is_history=False)
        assert rows.keys.tolist() == ["1", "2"]
        assert rows.day is None
