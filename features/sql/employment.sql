-- Features of social insurance (a stream: no known month is not known). The newest known month stands for today where
-- it is no older than twelve months; growth compares it with the month as many months before.
WITH months AS (
    SELECT pair, months_back, insured_count, payable_fen, paid_fen
    FROM social_insurance
),
newest AS (
    SELECT pair, min(months_back) AS months_back
    FROM months
    WHERE months_back <= 12
    GROUP BY pair
),
counted AS (
    SELECT
        newest.pair,
        max(months.insured_count) FILTER (WHERE months.months_back = newest.months_back) AS insured,
        max(months.insured_count) FILTER (WHERE months.months_back = newest.months_back + w) AS insured_before_w
    FROM newest
    LEFT JOIN months USING (pair)
    GROUP BY newest.pair
),
owed AS (
    SELECT
        pair,
        sum(payable_fen - paid_fen) FILTER (WHERE months_back BETWEEN 0 AND w AND payable_fen > paid_fen) AS unpaid_w_fen
    FROM months
    GROUP BY pair
)
SELECT
    asked.pair,
    counted.insured AS insured_count,
    CASE
        WHEN counted.insured_before_w > 0
        THEN (counted.insured - counted.insured_before_w)::DOUBLE / counted.insured_before_w
    END AS insured_growth_w_ratio,
    CASE WHEN owed.pair IS NULL THEN NULL ELSE coalesce(owed.unpaid_w_fen, 0) END AS insurance_unpaid_w_fen
FROM asked
LEFT JOIN counted USING (pair)
LEFT JOIN owed USING (pair)
