"""From the loans of a watch and their firms' profiles to the table that a warning is fitted on or asked with."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from features.columns import AS_OF, DRAWN_ON, ENTERPRISE, LOAN_NO
from features.newest import NEWEST_KNOWN_ON
from features.watch import DEFAULT_MONTHS, MISSED_ON, SEEN_MONTHS, Watch
from models.errors import TrainingTableError
from models.hazard import Ints
from models.metrics import Floats
from models.origination import Drawn, Origination
from models.warning import WarningTable
from models.warning_inputs import Facts

_MONTHS_A_YEAR = 12


@dataclass(frozen=True)
class WatchRows:
    """A watch as frames: the loans, and the profiles of their firms by enterprise and day."""

    loans: pd.DataFrame
    profiles: pd.DataFrame

    def with_outcomes(self, loans: pa.Table) -> "WatchRows":
        """Return the rows of these loans and days, with the outcomes that this table tells (as known on another day).

        The table is one of `watched_loans`; every row of it must be among these.
        """
        told, keys = _frame(loans), [ENTERPRISE, LOAN_NO, AS_OF]
        if len(told.merge(self.loans[keys], on=keys, validate="one_to_one")) < len(told):
            raise TrainingTableError("outcomes of loans that are not watched on their day")
        return WatchRows(told, self.profiles)

    def where(self, mask: NDArray[np.bool_]) -> "WatchRows":
        """Return the rows under the mask."""
        return WatchRows(self.loans[mask].reset_index(drop=True), self.profiles)

    @property
    def seen_months(self) -> Ints:
        """How many months after its day each row can be told of."""
        return self.loans[SEEN_MONTHS].to_numpy(dtype=np.int64)

    @property
    def days(self) -> NDArray[np.datetime64]:
        """The day of each row."""
        return self.loans[AS_OF].to_numpy(dtype="datetime64[D]")


def watch_rows(found: Watch) -> WatchRows:
    """Return a watch as frames.

    Raises TrainingTableError where a row tells something that was known only after its day.
    """
    _require_known_in_time(found)
    return WatchRows(_frame(found.loans), _frame(found.profiles.drop_columns([NEWEST_KNOWN_ON])))


def drawn_loans(rows: WatchRows) -> Drawn:
    """Return each loan of the rows when it was drawn, with what is known of it since."""
    first = rows.loans.groupby([ENTERPRISE, LOAN_NO], sort=True).head(1)
    profiles = _profiles(rows, first, first[DRAWN_ON])
    before = _months(first[AS_OF]) - _months(first[DRAWN_ON])
    return Drawn(
        profiles=profiles,
        enterprises=_texts(first[ENTERPRISE]),
        loans=_texts(first[LOAN_NO]),
        default_months=_floats(first[DEFAULT_MONTHS]) + before,
        seen_months=first[SEEN_MONTHS].to_numpy(dtype=np.int64) + before,
    )


def warning_table(rows: WatchRows, origination: Origination | None) -> WarningTable:
    """Return the table of these rows, the score at drawdown among its features where there is one."""
    loans = rows.loans
    then = _profiles(rows, loans, loans[DRAWN_ON])
    score = None if origination is None else origination.log_odds(then, loans[ENTERPRISE].tolist())
    facts = Facts(loans, _profiles(rows, loans, loans[AS_OF]), then)
    return WarningTable(
        features=facts.features(score),
        enterprises=_texts(loans[ENTERPRISE]),
        loans=_texts(loans[LOAN_NO]),
        days=rows.days,
        default_months=_floats(loans[DEFAULT_MONTHS]),
        seen_months=rows.seen_months,
        missed_days=_days(loans[MISSED_ON]) - _days(loans[AS_OF]),
    )


def _require_known_in_time(found: Watch) -> None:
    for table in (found.loans, found.profiles):
        newest, days = (table.column(name).to_numpy() for name in (NEWEST_KNOWN_ON, AS_OF))
        late = int((newest > days).sum())
        if late:
            raise TrainingTableError(f"{late} rows of a watch tell what was known only after their day")


def _profiles(rows: WatchRows, loans: pd.DataFrame, days: "pd.Series[Any]") -> pd.DataFrame:
    """Return the profiles of the loans' firms on these days, row by row."""
    keys = [ENTERPRISE, AS_OF]
    asked = pd.DataFrame({ENTERPRISE: loans[ENTERPRISE].to_numpy(), AS_OF: days.to_numpy()})
    return asked.merge(rows.profiles, on=keys, how="left", validate="many_to_one").drop(columns=keys)


def _frame(table: pa.Table) -> pd.DataFrame:
    return table.to_pandas(date_as_object=False)


def _texts(column: "pd.Series[Any]") -> NDArray[np.str_]:
    return np.asarray(column.tolist(), dtype=np.str_)


def _floats(column: "pd.Series[Any]") -> Floats:
    return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))


def _days(column: "pd.Series[Any]") -> Floats:
    days = column.to_numpy(dtype="datetime64[D]")
    return np.where(np.isnat(days), np.nan, days.astype(np.int64))


def _months(column: "pd.Series[Any]") -> Ints:
    return column.to_numpy(dtype="datetime64[M]").astype(np.int64)
