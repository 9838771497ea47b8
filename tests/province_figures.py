"""What emerges from a province's tables: bad loans, prices, amounts drawn, thin files; and the ranges it is held to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import pyarrow as pa

#: Yuan drawn per borrower, by kind: published for Gansu (e3 of the domain's facts).
DRAWN_YUAN = {"company": 3_080_000, "sole_proprietor": 195_000, "cooperative": 895_000, "family_farm": 357_000}
NPL_RANGE = (0.015, 0.030)
RATE_RANGE = (0.035, 0.055)
THIN_LEAST = 0.40
#: A file with fewer valid invoices in the last 12 months, and no loan on file, is thin.
THIN_INVOICES = 12


@dataclass(frozen=True)
class Emerging:
    """The figures of one province, or their means.

    `npl`: balances in the three worst classes ÷ all at the last month's end reported; `rate` weighted by amount, of
    loans drawn in the last 12 months; `drawn_yuan` a borrower, by kind, of loans taken through the platform; `thin` a
    share of the firms; `default_rate`: of firms that owed and paid a year before, those that were 90 days late since.
    """

    npl: float
    rate: float
    drawn_yuan: Mapping[str, float]
    thin: float
    default_rate: float


_NPL = """
SELECT sum(balance_yuan) FILTER (WHERE loan_class IN ('substandard', 'doubtful', 'loss')) / sum(balance_yuan)
FROM loans WHERE reported_on = (SELECT max(reported_on) FROM loans)
"""
_RATE = """
SELECT sum(principal_yuan * annual_rate) / sum(principal_yuan)
FROM (SELECT DISTINCT enterprise, loan_no, principal_yuan, annual_rate FROM loans WHERE drawn_on > $year_ago)
"""
_KINDS = "SELECT enterprise, arg_max(kind, known_on) AS kind FROM enterprises GROUP BY enterprise"
_DRAWN = f"""
SELECT kind, sum(amount_yuan) / count(DISTINCT enterprise)
FROM decisions JOIN ({_KINDS}) AS kinds USING (enterprise) WHERE outcome = 'taken' GROUP BY kind
"""  # noqa: S608
_THIN = f"""
SELECT count(*) FILTER (WHERE coalesce(issued, 0) < {THIN_INVOICES} AND lent.enterprise IS NULL) / count(*)
FROM ({_KINDS}) AS firms
LEFT JOIN (
    SELECT enterprise, count(*) AS issued FROM invoices
    WHERE status = 'valid' AND issued_on > $year_ago AND issued_on <= $last GROUP BY enterprise
) AS invoiced USING (enterprise)
LEFT JOIN (SELECT DISTINCT enterprise FROM loans) AS lent USING (enterprise)
"""  # noqa: S608
_DEFAULTS = """
WITH owed AS (
    SELECT DISTINCT enterprise FROM loans
    WHERE reported_on BETWEEN $year_ago - 31 AND $year_ago AND balance_yuan > 0 AND days_past_due < 90
)
SELECT (SELECT count(DISTINCT enterprise) FROM loans SEMI JOIN owed USING (enterprise)
        WHERE reported_on > $year_ago AND days_past_due > 90) / count(*)
FROM owed
"""


def emerging(tables: Mapping[str, pa.Table], last: date) -> Emerging:
    """Measure a province of which the last known day is `last`."""
    days = {"year_ago": last - timedelta(days=365), "last": last}
    with duckdb.connect() as connection:
        for name in ("enterprises", "loans", "decisions", "invoices"):
            connection.register(name, tables[name])

        def rows(query: str) -> list[tuple[object, ...]]:
            asked = {name: day for name, day in days.items() if f"${name}" in query}
            return connection.execute(query, asked).fetchall()

        def one(query: str) -> float:
            return float(str(rows(query)[0][0]))

        drawn = {str(kind): float(str(yuan)) for kind, yuan in rows(_DRAWN)}
        return Emerging(one(_NPL), one(_RATE), drawn, one(_THIN), one(_DEFAULTS))
