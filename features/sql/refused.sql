-- Requests that were refused as known on a day: one row per enterprise and day of the last refusal.
-- Refused: at least one decision is known, and every one that is known is a refusal; no loan was drawn in the 90 days
-- after, else the outcome of the firm is known by that loan.
WITH decided AS (
    SELECT enterprise, request_no, product, decided_on, outcome
    FROM decisions
    WHERE known_on <= (SELECT day FROM asked_day)
      AND (superseded_on IS NULL OR superseded_on > (SELECT day FROM asked_day))
),
request AS (
    SELECT enterprise, request_no, max(decided_on) AS refused_on
    FROM decided
    GROUP BY enterprise, request_no
    HAVING bool_and(outcome = 'refused')
),
drawn AS (
    SELECT DISTINCT enterprise, drawn_on
    FROM loans
    WHERE known_on <= (SELECT day FROM asked_day)
)
SELECT DISTINCT request.enterprise, request.refused_on
FROM request
WHERE NOT EXISTS (
    SELECT 1
    FROM drawn
    WHERE drawn.enterprise = request.enterprise
      AND drawn.drawn_on BETWEEN request.refused_on AND request.refused_on + INTERVAL 90 DAY
)
ORDER BY request.enterprise, request.refused_on
