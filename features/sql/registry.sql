-- Features of the registry: the newest known version of a firm's entry.
WITH entry AS (
    SELECT pair, kind, status, region, industry, founded_on, registered_capital_fen
    FROM enterprises
    QUALIFY row_number() OVER (PARTITION BY pair ORDER BY known_on DESC, row_id DESC) = 1
)
SELECT
    entry.pair,
    entry.kind AS kind,
    entry.status AS registration_status,
    entry.region AS region,
    substr(entry.region, 1, 4) || '00' AS prefecture,
    substr(entry.industry, 1, 1) AS industry_section,
    asked.as_of_month - (year(entry.founded_on) * 12 + month(entry.founded_on))
        - CASE WHEN day(asked.as_of) < day(entry.founded_on) THEN 1 ELSE 0 END AS age_months,
    entry.registered_capital_fen AS registered_capital_fen
FROM entry
INNER JOIN asked USING (pair)
