-- Default outcomes of loans as known on a day: one row per enterprise and day of drawdown.
-- Default: more than 90 days past due, or classed substandard or worse, at a month-end report within 12 months of drawdown.
-- Mature: the 12 months end before the last month-end that was reported by that day; younger loans have no outcome, good or bad.
WITH visible AS (
    SELECT enterprise, loan_no, drawn_on, reported_on, days_past_due, loan_class
    FROM loans
    WHERE known_on <= (SELECT day FROM asked_day)
      AND (superseded_on IS NULL OR superseded_on > (SELECT day FROM asked_day))
),
horizon AS (
    SELECT max(reported_on) AS last_reported_on FROM visible
),
loan AS (
    SELECT
        enterprise,
        loan_no,
        min(drawn_on) AS drawn_on,
        min(reported_on) FILTER (
            WHERE days_past_due > 90 OR loan_class IN ('substandard', 'doubtful', 'loss')
        ) AS defaulted_on
    FROM visible
    GROUP BY enterprise, loan_no
)
SELECT
    enterprise,
    drawn_on,
    coalesce(bool_or(defaulted_on <= drawn_on + INTERVAL 12 MONTH), FALSE) AS bad
FROM loan, horizon
WHERE drawn_on + INTERVAL 12 MONTH <= last_reported_on
GROUP BY enterprise, drawn_on
ORDER BY enterprise, drawn_on
