-- Features of tax ratings and filings (streams) and of arrears (a register: no known row is no arrears).
WITH rating AS (
    SELECT pair, rating, rating_year
    FROM tax_ratings
    QUALIFY row_number() OVER (PARTITION BY pair ORDER BY rating_year DESC, known_on DESC, row_id DESC) = 1
),
dated AS (
    SELECT
        pair,
        as_of,
        months_back,
        tax,
        due_on,
        filed_on,
        taxable_sales_fen,
        tax_paid_fen,
        year(as_of) * 12 + month(as_of) - (year(due_on) * 12 + month(due_on)) AS due_back
    FROM tax_filings
),
filings AS (
    SELECT
        pair,
        coalesce(sum(tax_paid_fen) FILTER (WHERE months_back BETWEEN 1 AND w), 0) AS paid_w_fen,
        coalesce(sum(taxable_sales_fen) FILTER (WHERE tax = 'vat' AND months_back BETWEEN 1 AND w), 0)
            AS taxable_sales_w_fen,
        count(*) FILTER (WHERE filed_on > due_on AND due_back BETWEEN 0 AND w) AS late_w,
        count(*) FILTER (WHERE filed_on IS NULL AND due_on < as_of AND due_back BETWEEN 0 AND w) AS unfiled_w
    FROM dated
    GROUP BY pair
),
arrears AS (
    SELECT pair, sum(amount_fen) AS amount_fen
    FROM tax_arrears
    WHERE cleared_on IS NULL OR cleared_on > as_of
    GROUP BY pair
)
SELECT
    asked.pair,
    rating.rating AS tax_rating,
    rating.rating_year AS tax_rating_year,
    filings.paid_w_fen AS tax_paid_w_fen,
    filings.taxable_sales_w_fen AS taxable_sales_w_fen,
    filings.late_w AS late_filings_w,
    filings.unfiled_w AS unfiled_returns_w,
    coalesce(arrears.amount_fen, 0) AS tax_arrears_fen
FROM asked
LEFT JOIN rating USING (pair)
LEFT JOIN filings USING (pair)
LEFT JOIN arrears USING (pair)
