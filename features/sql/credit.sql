-- Features of loans (a register: no known report is no loan). A loan owes what its newest known report says.
WITH newest AS (
    SELECT pair, lender, balance_fen
    FROM loans
    QUALIFY row_number() OVER (PARTITION BY pair, loan_no ORDER BY reported_on DESC, known_on DESC, row_id DESC) = 1
),
outstanding AS (
    SELECT pair, sum(balance_fen) AS balance_fen, count(DISTINCT lender) FILTER (WHERE balance_fen > 0) AS lenders
    FROM newest
    GROUP BY pair
),
reported AS (
    SELECT
        pair,
        max(
            CASE loan_class
                WHEN 'pass' THEN 1
                WHEN 'special_mention' THEN 2
                WHEN 'substandard' THEN 3
                WHEN 'doubtful' THEN 4
                WHEN 'loss' THEN 5
            END
        ) FILTER (WHERE months_back BETWEEN 0 AND w) AS class_w,
        max(days_past_due) FILTER (WHERE months_back BETWEEN 0 AND w) AS days_past_due_w
    FROM loans
    GROUP BY pair
)
SELECT
    asked.pair,
    coalesce(outstanding.balance_fen, 0) AS loan_balance_fen,
    coalesce(outstanding.lenders, 0) AS lenders_count,
    CASE reported.class_w
        WHEN 1 THEN 'pass'
        WHEN 2 THEN 'special_mention'
        WHEN 3 THEN 'substandard'
        WHEN 4 THEN 'doubtful'
        WHEN 5 THEN 'loss'
        ELSE 'none'
    END AS worst_loan_class_w,
    coalesce(reported.days_past_due_w, 0) AS max_days_past_due_w,
    CASE WHEN outstanding.pair IS NULL THEN 0 ELSE 1 END AS has_had_loan
FROM asked
LEFT JOIN outstanding USING (pair)
LEFT JOIN reported USING (pair)
