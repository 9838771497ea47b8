-- Loans to watch at each month's end, as known that day, and beside each what became of it, as known on the asked day.
-- Watched: owes something, 0 days past due, no worse than special mention and never in default, by the newest report
-- known that day, which is at most two months old (a loan whose reports stopped is not watched, nor is it sound).
-- Default, as in outcomes.sql: more than 90 days past due or classed substandard or worse at a month-end report, written
-- off, or restructured because the debtor was in distress.
WITH stored AS (
    -- Facts stored before the lender's days were part of the contract lack both columns.
    SELECT * FROM loans
    UNION ALL BY NAME
    SELECT NULL::DATE AS written_off_on, NULL::DATE AS restructured_on WHERE FALSE
),
defaults AS (
    SELECT
        *,
        least(
            CASE WHEN days_past_due > 90 OR loan_class IN ('substandard', 'doubtful', 'loss') THEN reported_on END,
            written_off_on,
            restructured_on
        ) AS defaulted_on
    FROM stored
),
reports AS (
    SELECT
        *,
        defaulted_on IS NOT NULL AS is_default,
        year(defaulted_on) * 12 + month(defaulted_on) AS defaulted_month,
        year(reported_on) * 12 + month(reported_on) AS reported_month
    FROM defaults
),
known AS (
    SELECT
        watch_days.day,
        reports.enterprise,
        reports.loan_no,
        max(reports.reported_on) AS reported_on,
        max(reports.known_on) AS newest_known_on,
        bool_or(reports.is_default) AS has_defaulted,
        count(*) FILTER (WHERE reports.days_past_due > 0) AS late_reports,
        max(reports.days_past_due) AS worst_days_past_due
    FROM watch_days
    INNER JOIN reports
        ON reports.known_on <= watch_days.day
        AND (reports.superseded_on IS NULL OR reports.superseded_on > watch_days.day)
        AND reports.reported_on <= watch_days.day
    GROUP BY watch_days.day, reports.enterprise, reports.loan_no
),
watched AS (
    SELECT known.*, reports.drawn_on, reports.due_on, reports.principal_fen, reports.balance_fen, reports.annual_rate_ppm
    FROM known
    INNER JOIN reports
        ON reports.enterprise = known.enterprise
        AND reports.loan_no = known.loan_no
        AND reports.reported_on = known.reported_on
        AND reports.known_on <= known.day
        AND (reports.superseded_on IS NULL OR reports.superseded_on > known.day)
    WHERE reports.balance_fen > 0
      AND reports.days_past_due = 0
      AND NOT known.has_defaulted
      AND year(known.day) * 12 + month(known.day) - reports.reported_month <= 2
      AND reports.drawn_on <= known.day
),
later AS (
    SELECT *
    FROM reports
    WHERE known_on <= (SELECT day FROM asked_day)
      AND (superseded_on IS NULL OR superseded_on > (SELECT day FROM asked_day))
),
horizon AS (
    SELECT max(reported_month) AS last_month FROM later
),
outcome AS (
    SELECT
        enterprise,
        loan_no,
        min(defaulted_month) AS defaulted_month,
        -- The days past due count from the first payment that was missed and never made up.
        min(reported_on - days_past_due::INTEGER) FILTER (WHERE is_default AND days_past_due > 0) AS missed_on,
        max(reported_month) AS last_month,
        max(reported_month) FILTER (WHERE balance_fen = 0) AS closed_month
    FROM later
    GROUP BY enterprise, loan_no
)
SELECT
    watched.enterprise,
    watched.loan_no,
    watched.day AS as_of,
    watched.drawn_on,
    watched.due_on,
    watched.newest_known_on,
    (year(watched.day) - year(watched.drawn_on)) * 12 + month(watched.day) - month(watched.drawn_on) AS age_months,
    (year(watched.due_on) - year(watched.day)) * 12 + month(watched.due_on) - month(watched.day) AS months_to_due,
    watched.balance_fen::DOUBLE / watched.principal_fen AS balance_ratio,
    watched.annual_rate_ppm,
    watched.late_reports,
    watched.worst_days_past_due,
    CASE
        WHEN outcome.defaulted_month IS NOT NULL
            THEN greatest(outcome.defaulted_month - year(watched.day) * 12 - month(watched.day), 1)
    END AS default_months,
    -- A default or a repayment is final: what is known of such a loan is known to the newest month-end of all.
    CASE
        WHEN outcome.defaulted_month IS NOT NULL OR outcome.closed_month = outcome.last_month THEN horizon.last_month
        ELSE outcome.last_month
    END - year(watched.day) * 12 - month(watched.day) AS seen_months,
    CASE WHEN outcome.defaulted_month IS NOT NULL THEN outcome.missed_on END AS missed_on
FROM watched
INNER JOIN outcome USING (enterprise, loan_no)
CROSS JOIN horizon
ORDER BY watched.enterprise, watched.loan_no, watched.day
