"""Default outcomes of loans, as known on a day: what a default model with a horizon is fitted on."""

from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from features.engine import Sources

LOANS = "loans"
DRAWN_ON = "drawn_on"
BAD = "bad"

_STATEMENT = Path(__file__).with_name("sql").joinpath("outcomes.sql").read_text(encoding="utf-8")
_COLUMNS: list[tuple[str, pa.DataType]] = [("enterprise", pa.string()), (DRAWN_ON, pa.date32()), (BAD, pa.bool_())]
_NOTHING = pa.schema(_COLUMNS)


def default_outcomes(sources: Sources, as_of: date) -> pa.Table:
    """Return mature default outcomes known on `as_of`: `enterprise`, `drawn_on`, `bad`, in that order of rows.

    Default within 12 months of drawdown is more than 90 days past due (Basel's definition) or 次级 or worse (as the
    2023 rules of risk classification, 商业银行金融资产风险分类办法, class such loans). Without a bound table of loans
    the result has no rows.
    """
    with duckdb.connect() as connection:
        if LOANS not in sources.bind(connection):
            return _NOTHING.empty_table()
        connection.execute("CREATE TEMP TABLE asked_day AS SELECT ?::DATE AS day", [as_of])
        found: pa.Table = connection.sql(_STATEMENT).to_arrow_table()
        return found.cast(_NOTHING)
