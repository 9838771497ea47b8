"""Outcomes of loans, as known on a day: what a default model with a horizon is fitted on."""

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from features.columns import DECISIONS, DRAWN_ON, ENTERPRISE, LOANS, OUTCOME
from features.engine import Sources

IS_CURED: Final = "is_cured"
REFUSED_ON: Final = "refused_on"

_SQL = Path(__file__).with_name("sql")
_STATEMENT = (_SQL / "outcomes.sql").read_text(encoding="utf-8")
_REFUSED_STATEMENT = (_SQL / "refused.sql").read_text(encoding="utf-8")
_COLUMNS: list[tuple[str, pa.DataType]] = [
    (ENTERPRISE, pa.string()),
    (DRAWN_ON, pa.date32()),
    (OUTCOME, pa.string()),
    (IS_CURED, pa.bool_()),
]
_NOTHING = pa.schema(_COLUMNS)
_REFUSED_COLUMNS: list[tuple[str, pa.DataType]] = [(ENTERPRISE, pa.string()), (REFUSED_ON, pa.date32())]
_NOBODY = pa.schema(_REFUSED_COLUMNS)


class LoanOutcome(StrEnum):
    """What became of the loans that a firm drew on a day, within 12 months."""

    good = "good"
    bad = "bad"
    indeterminate = "indeterminate"  # neither: 31 to 90 days past due at worst, or doubted by the lender
    immature = "immature"  # the 12 months are not over, or their last report is not known


def default_outcomes(sources: Sources, as_of: date) -> pa.Table:
    """Return what is known on `as_of` of each enterprise and day of drawdown, in that order of rows.

    The columns: `enterprise`, `drawn_on`, `outcome` (a LoanOutcome), `is_cured` (bad, and sound again later; a cured
    loan stays bad). Default within 12 months of drawdown is more than 90 days past due (Basel's definition), 次级 or
    worse (as the 2023 rules of risk classification, 商业银行金融资产风险分类办法, class such loans), written off, or
    restructured in distress. Indeterminate is 31 to 90 days past due at worst, or 关注 without a day of delay (every
    delay is 关注 by those rules). Of several loans drawn on one day the worst counts, and none before all are mature.
    Without a bound table of loans the result has no rows.
    """
    with duckdb.connect() as connection:
        if LOANS not in sources.bind(connection):
            return _NOTHING.empty_table()
        connection.execute("CREATE TEMP TABLE asked_day AS SELECT ?::DATE AS day", [as_of])
        found: pa.Table = connection.sql(_STATEMENT).to_arrow_table()
        return found.cast(_NOTHING)


def refused_requests(sources: Sources, as_of: date) -> pa.Table:
    """Return `enterprise` and `refused_on` of requests that every bank asked had refused, as known on `as_of`.

    A firm that drew a loan within 90 days after is left out: what became of it is known. Without bound tables of
    decisions and loans the result has no rows.
    """
    with duckdb.connect() as connection:
        if not {DECISIONS, LOANS} <= sources.bind(connection):
            return _NOBODY.empty_table()
        connection.execute("CREATE TEMP TABLE asked_day AS SELECT ?::DATE AS day", [as_of])
        found: pa.Table = connection.sql(_REFUSED_STATEMENT).to_arrow_table()
        return found.cast(_NOBODY)
