-- Features of judgments, enforcement and penalties (registers: no known row is none).
WITH cases AS (
    SELECT
        pair,
        count(*) FILTER (WHERE role = 'executed' AND (closed_on IS NULL OR closed_on > as_of)) AS executed_open,
        count(*) FILTER (WHERE role = 'dishonest' AND (closed_on IS NULL OR closed_on > as_of)) AS dishonest_open,
        count(*) FILTER (WHERE role = 'defendant' AND months_back BETWEEN 0 AND w) AS defendant_w
    FROM judgments
    GROUP BY pair
),
fines AS (
    SELECT
        pair,
        count(*) FILTER (WHERE grade = 'serious') AS serious,
        count(*) FILTER (WHERE months_back BETWEEN 0 AND w) AS decided_w
    FROM penalties
    GROUP BY pair
)
SELECT
    asked.pair,
    coalesce(cases.executed_open, 0) AS executed_open_count,
    coalesce(cases.dishonest_open, 0) AS dishonest_open_count,
    coalesce(cases.defendant_w, 0) AS judgments_defendant_w,
    coalesce(fines.serious, 0) AS penalties_serious_open,
    coalesce(fines.decided_w, 0) AS penalties_w
FROM asked
LEFT JOIN cases USING (pair)
LEFT JOIN fines USING (pair)
