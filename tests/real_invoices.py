"""The real VAT-invoice set in the stored form, duplicates dropped as its README says, without a home."""

from pathlib import Path

import duckdb
import pyarrow as pa

from features.tables import TABLES, stored_schema

_STATEMENT = """
WITH delivered AS (
    SELECT 'sale' AS direction, * FROM read_parquet('{folder}/sales_invoices_*.parquet')
    UNION ALL
    SELECT 'purchase', * FROM read_parquet('{folder}/purchase_invoices_*.parquet')
)
SELECT
    'cumcm2020c:' || enterprise_id AS enterprise,
    direction,
    invoice_no::VARCHAR AS invoice_no,
    invoice_date::DATE AS issued_on,
    counterparty_id AS counterparty,
    round(amount * 100)::BIGINT AS amount_fen,
    round(max(tax) * 100)::BIGINT AS tax_fen,
    round(max(total) * 100)::BIGINT AS total_fen,
    bool_or(trim(status) = '作废发票') AS is_void,
    invoice_date::DATE AS known_on,
    'assumed' AS known_on_basis,
    NULL::DATE AS superseded_on,
    row_number() OVER (ORDER BY enterprise_id, direction, invoice_no, invoice_date, counterparty_id, amount) AS row_id
FROM delivered
GROUP BY enterprise_id, direction, invoice_no, invoice_date, counterparty_id, amount
"""


def real_invoices(folder: Path) -> pa.Table:
    """Return all invoices of the set, in no particular order."""
    with duckdb.connect() as connection:
        found: pa.Table = connection.sql(_STATEMENT.format(folder=folder)).to_arrow_table()
    return found.cast(stored_schema(TABLES["invoices"]))
