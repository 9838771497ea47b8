-- Outcomes of loans as known on a day: one row per enterprise and day of drawdown, immature and indeterminate ones too.
-- Default: within 12 months of drawdown more than 90 days past due or classed substandard or worse (at a month-end report),
-- written off, or restructured because the debtor was in distress.
-- Mature: the 12 months end before the last month-end that was reported by that day; a younger loan has no outcome yet.
WITH visible AS (
    -- Facts stored before the lender's days were part of the contract lack both columns.
    SELECT *
    FROM (SELECT * FROM loans UNION ALL BY NAME SELECT NULL::DATE AS written_off_on, NULL::DATE AS restructured_on WHERE FALSE)
    WHERE known_on <= (SELECT day FROM asked_day)
      AND (superseded_on IS NULL OR superseded_on > (SELECT day FROM asked_day))
),
horizon AS (
    SELECT max(reported_on) AS last_reported_on FROM visible
),
dated AS (
    SELECT *, min(drawn_on) OVER (PARTITION BY enterprise, loan_no) AS first_drawn_on
    FROM visible
),
loan AS (
    SELECT
        enterprise,
        loan_no,
        min(drawn_on) AS drawn_on,
        least(
            min(reported_on) FILTER (
                WHERE days_past_due > 90 OR loan_class IN ('substandard', 'doubtful', 'loss')
            ),
            min(written_off_on),
            min(restructured_on)
        ) AS defaulted_on,
        -- Any delay makes a loan special mention by rule; without one the class is the lender's own doubt.
        coalesce(bool_or(days_past_due > 30 OR (loan_class = 'special_mention' AND days_past_due = 0)) FILTER (
            WHERE reported_on <= first_drawn_on + INTERVAL 12 MONTH
        ), FALSE) AS is_doubtful,
        min(written_off_on) AS written_off_on
    FROM dated
    GROUP BY enterprise, loan_no
),
cured AS (
    -- Paid up and sound again at a report after the default, and never written off.
    SELECT DISTINCT loan.enterprise, loan.loan_no
    FROM loan
    INNER JOIN visible
        ON visible.enterprise = loan.enterprise
        AND visible.loan_no = loan.loan_no
        AND visible.reported_on > loan.defaulted_on
    WHERE visible.days_past_due = 0
      AND visible.loan_class IN ('pass', 'special_mention')
      AND loan.written_off_on IS NULL
),
judged AS (
    SELECT
        loan.enterprise,
        loan.drawn_on,
        loan.drawn_on + INTERVAL 12 MONTH > horizon.last_reported_on AS is_immature,
        coalesce(loan.defaulted_on <= loan.drawn_on + INTERVAL 12 MONTH, FALSE) AS is_bad,
        loan.is_doubtful,
        cured.loan_no IS NOT NULL AS is_cured
    FROM loan
    CROSS JOIN horizon
    LEFT JOIN cured ON cured.enterprise = loan.enterprise AND cured.loan_no = loan.loan_no
)
SELECT
    enterprise,
    drawn_on,
    CASE
        WHEN bool_or(is_immature) THEN 'immature'
        WHEN bool_or(is_bad) THEN 'bad'
        WHEN bool_or(is_doubtful) THEN 'indeterminate'
        ELSE 'good'
    END AS outcome,
    NOT bool_or(is_immature) AND bool_or(is_bad) AND bool_and(is_cured OR NOT is_bad) AS is_cured
FROM judged
GROUP BY enterprise, drawn_on
ORDER BY enterprise, drawn_on
