-- Features of VAT invoices. `invoices` is what is known of them on the day of each pair (known.sql); `w` is a window in
-- months. Amounts are integer fen, squares and cross sums decimal(38, 0); only the last division is a double.
WITH monthly AS (
    SELECT
        pair,
        direction,
        months_back,
        count(*) AS issued,
        count(*) FILTER (WHERE NOT is_void) AS valid,
        count(*) FILTER (WHERE NOT is_void AND amount_fen > 0) AS positive,
        count(*) FILTER (WHERE NOT is_void AND amount_fen < 0) AS negative,
        sum(amount_fen) FILTER (WHERE NOT is_void) AS amount_fen,
        sum(amount_fen) FILTER (WHERE NOT is_void AND amount_fen < 0) AS negative_fen,
        sum(amount_fen) FILTER (WHERE NOT is_void AND issued_on >= half_year_on) AS half_year_fen,
        sum(tax_fen) FILTER (WHERE NOT is_void) AS tax_fen,
        count(*) FILTER (
            WHERE NOT is_void
              AND (
                  (amount_fen > 0 AND tax_fen * 1000 <= amount_fen * 31)
                  OR (amount_fen < 0 AND tax_fen * 1000 >= amount_fen * 31)
              )
        ) AS low_taxed,
        max(issued_on) FILTER (WHERE NOT is_void) AS last_on,
        max(issued_on) FILTER (WHERE NOT is_void AND amount_fen > 0) AS last_positive_on
    FROM invoices
    GROUP BY pair, direction, months_back
),
sales AS (
    SELECT
        pair,
        sum(issued) AS issued,
        sum(issued) FILTER (WHERE months_back BETWEEN 1 AND w) AS issued_w,
        sum(valid) AS valid,
        sum(valid) FILTER (WHERE months_back BETWEEN 1 AND w) AS valid_w,
        sum(negative) AS negative,
        sum(negative) FILTER (WHERE months_back BETWEEN 1 AND w) AS negative_w,
        sum(low_taxed) AS low_taxed,
        sum(amount_fen) AS amount_fen,
        sum(amount_fen) FILTER (WHERE months_back BETWEEN 1 AND w) AS amount_w_fen,
        sum(amount_fen) FILTER (WHERE months_back BETWEEN w + 1 AND 2 * w) AS amount_before_w_fen,
        sum(negative_fen) AS negative_fen,
        sum(negative_fen) FILTER (WHERE months_back BETWEEN 1 AND w) AS negative_w_fen,
        sum(half_year_fen) AS half_year_fen,
        sum(tax_fen) AS tax_fen,
        count(*) FILTER (WHERE valid > 0) AS months,
        count(*) FILTER (WHERE positive > 0 AND months_back BETWEEN 1 AND w) AS months_w,
        min(months_back) FILTER (WHERE positive > 0 AND months_back > 0) AS newest_back,
        max(months_back) FILTER (WHERE positive > 0) AS oldest_back,
        max(last_on) AS last_on,
        max(last_positive_on) AS last_positive_on,
        -- Monthly amounts over w months; months without a row are zeros, which add nothing to any of these sums.
        sum(amount_fen::DECIMAL(38, 0) * amount_fen::DECIMAL(38, 0)) FILTER (
            WHERE months_back BETWEEN 1 AND w
        ) AS square_w,
        sum(amount_fen::DECIMAL(38, 0) * months_back) FILTER (WHERE months_back BETWEEN 1 AND w) AS moment_w,
        -- The same over 38 months with the unfinished one, from the first month that is not zero (`first_back`).
        max(months_back) FILTER (WHERE amount_fen <> 0 AND months_back < 38) AS first_back,
        count(*) FILTER (WHERE amount_fen > 0 AND months_back < 38) AS months_38m,
        sum(amount_fen) FILTER (WHERE months_back < 38) AS amount_38m_fen,
        sum(amount_fen::DECIMAL(38, 0) * amount_fen::DECIMAL(38, 0)) FILTER (WHERE months_back < 38) AS square_38m,
        -- Calendar years: December of last year lies month(as_of) months back.
        sum(amount_fen) FILTER (WHERE months_back - month(as_of) BETWEEN 0 AND 11) AS last_year_fen,
        sum(amount_fen) FILTER (WHERE months_back - month(as_of) BETWEEN 12 AND 23) AS year_before_fen,
        sum(amount_fen) FILTER (WHERE months_back - month(as_of) BETWEEN 24 AND 35) AS second_year_before_fen
    FROM monthly
    INNER JOIN asked USING (pair)
    WHERE direction = 'sale'
    GROUP BY pair
),
purchases AS (
    SELECT
        pair,
        sum(issued) AS issued,
        sum(issued) FILTER (WHERE months_back BETWEEN 1 AND w) AS issued_w,
        sum(valid) AS valid,
        sum(valid) FILTER (WHERE months_back BETWEEN 1 AND w) AS valid_w,
        sum(negative) AS negative,
        sum(amount_fen) AS amount_fen,
        sum(amount_fen) FILTER (WHERE months_back BETWEEN 1 AND w) AS amount_w_fen,
        sum(tax_fen) AS tax_fen,
        count(*) FILTER (WHERE valid > 0) AS months,
        max(last_on) AS last_on
    FROM monthly
    WHERE direction = 'purchase'
    GROUP BY pair
),
-- The stream itself: a pair without a row here has no known invoice, so that its features are missing.
stream AS (
    SELECT pair, count(DISTINCT months_back) FILTER (WHERE valid > 0) AS active_months
    FROM monthly
    GROUP BY pair
),
seasons AS (
    SELECT
        pair,
        sum(amount_fen) AS amount_fen,
        sum(amount_fen::DECIMAL(38, 0) * amount_fen::DECIMAL(38, 0)) AS square
    FROM (
        SELECT
            monthly.pair,
            (asked.as_of_month - monthly.months_back) % 12 AS calendar_month,
            greatest(sum(monthly.amount_fen), 0) AS amount_fen
        FROM monthly
        INNER JOIN asked ON asked.pair = monthly.pair
        WHERE monthly.direction = 'sale' AND monthly.months_back < 38
        GROUP BY monthly.pair, (asked.as_of_month - monthly.months_back) % 12
    ) AS calendar
    GROUP BY pair
),
tickets AS (
    SELECT
        pair,
        median(amount_fen) FILTER (WHERE direction = 'sale') AS sale_fen,
        median(amount_fen) FILTER (WHERE direction = 'purchase') AS purchase_fen
    FROM invoices
    WHERE NOT is_void AND amount_fen > 0
    GROUP BY pair
),
partners AS (
    SELECT
        pair,
        direction,
        counterparty,
        sum(amount_fen) AS amount_fen,
        min(months_back) AS newest_back,
        max(months_back) AS oldest_back,
        sum(amount_fen) FILTER (WHERE months_back BETWEEN 1 AND w) AS amount_w_fen,
        count(*) FILTER (WHERE months_back BETWEEN 1 AND w) AS invoices_w,
        count(*) FILTER (WHERE months_back BETWEEN w + 1 AND 2 * w) AS invoices_before_w
    FROM invoices
    WHERE NOT is_void
    GROUP BY pair, direction, counterparty
),
-- A partner whose red letters outweigh its invoices has a share of zero.
buyers AS (
    SELECT
        pair,
        count(*) AS known,
        count(*) FILTER (WHERE newest_back < oldest_back) AS repeated,
        max(greatest(amount_fen, 0)) AS top_fen,
        sum(greatest(amount_fen, 0)) AS amount_fen,
        sum(greatest(amount_fen, 0)::DECIMAL(38, 0) * greatest(amount_fen, 0)::DECIMAL(38, 0)) AS square,
        count(*) FILTER (WHERE invoices_w > 0) AS known_w,
        count(*) FILTER (WHERE invoices_before_w > 0) AS known_before_w,
        count(*) FILTER (WHERE invoices_w > 0 AND invoices_before_w = 0) AS new_w,
        count(*) FILTER (WHERE invoices_w = 0 AND invoices_before_w > 0) AS lost_w,
        max(greatest(amount_w_fen, 0)) AS top_w_fen,
        sum(greatest(amount_w_fen, 0)) AS amount_w_fen,
        sum(greatest(amount_w_fen, 0)::DECIMAL(38, 0) * greatest(amount_w_fen, 0)::DECIMAL(38, 0)) AS square_w
    FROM partners
    WHERE direction = 'sale'
    GROUP BY pair
),
suppliers AS (
    SELECT
        pair,
        count(*) AS known,
        count(*) FILTER (WHERE newest_back < oldest_back) AS repeated,
        sum(greatest(amount_fen, 0)) AS amount_fen,
        sum(greatest(amount_fen, 0)::DECIMAL(38, 0) * greatest(amount_fen, 0)::DECIMAL(38, 0)) AS square,
        count(*) FILTER (WHERE invoices_w > 0) AS known_w,
        max(greatest(amount_w_fen, 0)) AS top_w_fen,
        sum(greatest(amount_w_fen, 0)) AS amount_w_fen
    FROM partners
    WHERE direction = 'purchase'
    GROUP BY pair
)
SELECT
    stream.pair,
    -- Windows of complete months
    coalesce(sales.amount_w_fen, 0) AS sales_w_fen,
    coalesce(purchases.amount_w_fen, 0) AS purchases_w_fen,
    coalesce(sales.months_w, 0) AS sales_months_w,
    w - coalesce(sales.months_w, 0) AS zero_sales_months_w,
    (sales.issued_w - sales.valid_w)::DOUBLE / nullif(sales.issued_w, 0) AS sales_void_ratio_w,
    (purchases.issued_w - purchases.valid_w)::DOUBLE / nullif(purchases.issued_w, 0) AS purchase_void_ratio_w,
    sales.negative_w::DOUBLE / nullif(sales.valid_w, 0) AS sales_red_letter_ratio_w,
    -coalesce(sales.negative_w_fen, 0)::DOUBLE / nullif(sales.amount_w_fen - coalesce(sales.negative_w_fen, 0), 0)
        AS sales_red_letter_amount_ratio_w,
    buyers.top_w_fen::DOUBLE / nullif(buyers.amount_w_fen, 0) AS top_buyer_share_w,
    buyers.square_w::DOUBLE / nullif(buyers.amount_w_fen::DOUBLE * buyers.amount_w_fen::DOUBLE, 0) AS buyer_hhi_w,
    suppliers.top_w_fen::DOUBLE / nullif(suppliers.amount_w_fen, 0) AS top_supplier_share_w,
    coalesce(buyers.known_w, 0) AS buyers_w,
    coalesce(suppliers.known_w, 0) AS suppliers_w,
    buyers.new_w::DOUBLE / nullif(buyers.known_w, 0) AS buyers_new_w_ratio,
    buyers.lost_w::DOUBLE / nullif(buyers.known_before_w, 0) AS buyers_lost_w_ratio,
    CASE
        WHEN sales.amount_before_w_fen > 0
            THEN (coalesce(sales.amount_w_fen, 0) - sales.amount_before_w_fen)::DOUBLE / sales.amount_before_w_fen
    END AS sales_growth_w_ratio,
    -- Standard deviation over mean, n = w: sqrt((n Σx² − (Σx)²) / (n (n − 1))) / (Σx / n)
    CASE
        WHEN sales.amount_w_fen > 0
            THEN sqrt(
                (
                    w * sales.square_w
                    - sales.amount_w_fen::DECIMAL(38, 0) * sales.amount_w_fen::DECIMAL(38, 0)
                )::DOUBLE / (w * (w - 1))
            ) * w / sales.amount_w_fen
    END AS sales_cv_w,
    -- Least-squares slope over mean; the x are −w to −1, for which n Σx² − (Σx)² = w² (w² − 1) / 12
    CASE
        WHEN sales.amount_w_fen > 0
            THEN 6 * (sales.amount_w_fen::DECIMAL(38, 0) * (w + 1) - 2 * sales.moment_w)::DOUBLE
                / (w * w - 1) / sales.amount_w_fen
    END AS sales_trend_w_ratio,
    -- Time since
    sales.oldest_back AS months_since_first_sale,
    sales.newest_back - 1 AS months_since_last_sale,
    date_diff('day', greatest(sales.last_on, purchases.last_on), asked.as_of) AS days_since_last_invoice,
    greatest(sales.last_on, purchases.last_on) AS last_invoice_on,
    sales.last_positive_on AS last_sale_on,
    -- All that is known; amounts below one yuan count as one where they divide
    ln(1 + greatest(coalesce(sales.amount_fen, 0), 0)::DOUBLE / 100 / nullif(stream.active_months, 0))
        AS sales_per_active_month_log,
    ln(1 + greatest(coalesce(purchases.amount_fen, 0), 0)::DOUBLE / 100 / nullif(stream.active_months, 0))
        AS purchases_per_active_month_log,
    CASE
        WHEN sales.amount_fen <> 0
            THEN greatest(
                least(
                    (sales.amount_fen - coalesce(purchases.amount_fen, 0))::DOUBLE
                    / greatest(abs(sales.amount_fen), 100), 1
                ), -5
            )
    END AS gross_margin_ratio,
    CASE
        WHEN sales.amount_fen <> 0
            THEN greatest(
                least(
                    (sales.tax_fen - coalesce(purchases.tax_fen, 0))::DOUBLE / greatest(abs(sales.amount_fen), 100), 1
                ), -1
            )
    END AS net_vat_ratio,
    (sales.issued - sales.valid)::DOUBLE / nullif(sales.issued, 0) AS sales_void_ratio,
    (purchases.issued - purchases.valid)::DOUBLE / nullif(purchases.issued, 0) AS purchase_void_ratio,
    sales.negative::DOUBLE / nullif(sales.valid, 0) AS sales_red_letter_ratio,
    purchases.negative::DOUBLE / nullif(purchases.valid, 0) AS purchase_red_letter_ratio,
    CASE
        WHEN sales.amount_fen - coalesce(sales.negative_fen, 0) > 0
            THEN -coalesce(sales.negative_fen, 0)::DOUBLE
                / greatest(sales.amount_fen - coalesce(sales.negative_fen, 0), 100)
    END AS sales_red_letter_amount_ratio,
    ln((1 + coalesce(sales.valid, 0))::DOUBLE) AS sales_invoices_log,
    ln((1 + coalesce(purchases.valid, 0))::DOUBLE) AS purchase_invoices_log,
    ln(1 + tickets.sale_fen / 100) AS sales_ticket_log,
    ln(1 + tickets.purchase_fen / 100) AS purchase_ticket_log,
    coalesce(sales.months, 0) AS sales_months,
    coalesce(purchases.months, 0) AS purchase_months,
    ln((1 + coalesce(buyers.known, 0))::DOUBLE) AS buyers_log,
    ln((1 + coalesce(suppliers.known, 0))::DOUBLE) AS suppliers_log,
    buyers.square::DOUBLE / nullif(buyers.amount_fen::DOUBLE * buyers.amount_fen::DOUBLE, 0) AS buyer_hhi,
    suppliers.square::DOUBLE / nullif(suppliers.amount_fen::DOUBLE * suppliers.amount_fen::DOUBLE, 0) AS supplier_hhi,
    buyers.top_fen::DOUBLE / nullif(buyers.amount_fen, 0) AS top_buyer_share,
    buyers.repeated::DOUBLE / nullif(buyers.known, 0) AS repeat_buyers_ratio,
    suppliers.repeated::DOUBLE / nullif(suppliers.known, 0) AS repeat_suppliers_ratio,
    -- Growth between calendar years, each with 10,000 yuan more, within e⁴ times
    CASE
        WHEN sales.valid > 0
            THEN greatest(
                least(
                    ln(
                        (greatest(coalesce(sales.last_year_fen, 0), 0) + 1000000)::DOUBLE
                        / (greatest(coalesce(sales.year_before_fen, 0), 0) + 1000000)
                    ), 4
                ), -4
            )
    END AS sales_growth_last_year_log,
    CASE
        WHEN sales.valid > 0
            THEN greatest(
                least(
                    ln(
                        (greatest(coalesce(sales.year_before_fen, 0), 0) + 1000000)::DOUBLE
                        / (greatest(coalesce(sales.second_year_before_fen, 0), 0) + 1000000)
                    ), 4
                ), -4
            )
    END AS sales_growth_year_before_log,
    -- n = first_back + 1 months; at least three
    CASE
        WHEN sales.first_back >= 2
            THEN least(
                sqrt(
                    (
                        (sales.first_back + 1) * sales.square_38m
                        - sales.amount_38m_fen::DECIMAL(38, 0) * sales.amount_38m_fen::DECIMAL(38, 0)
                    )::DOUBLE / (sales.first_back * (sales.first_back + 1))
                ) / greatest(abs(sales.amount_38m_fen)::DOUBLE / (sales.first_back + 1), 100), 10
            )
    END AS sales_cv_38m,
    (sales.first_back + 1 - sales.months_38m)::DOUBLE / (sales.first_back + 1) AS zero_sales_months_38m_ratio,
    -- Standard deviation of the shares of k calendar months, k at most 12, times 12
    CASE
        WHEN seasons.amount_fen > 0 AND sales.first_back > 0
            THEN sqrt(
                (
                    least(sales.first_back + 1, 12) * seasons.square
                    - seasons.amount_fen::DECIMAL(38, 0) * seasons.amount_fen::DECIMAL(38, 0)
                )::DOUBLE / (least(sales.first_back + 1, 12) * (least(sales.first_back + 1, 12) - 1))
            ) * 12 / seasons.amount_fen
    END AS sales_seasonality_38m,
    sales.low_taxed::DOUBLE / nullif(sales.valid, 0) AS low_tax_sales_ratio,
    CASE
        WHEN sales.amount_fen > 0 THEN coalesce(sales.half_year_fen, 0)::DOUBLE / greatest(sales.amount_fen, 100)
    END AS sales_half_year_ratio
FROM stream
INNER JOIN asked USING (pair)
LEFT JOIN sales USING (pair)
LEFT JOIN purchases USING (pair)
LEFT JOIN seasons USING (pair)
LEFT JOIN tickets USING (pair)
LEFT JOIN buyers USING (pair)
LEFT JOIN suppliers USING (pair)
