-- The pairs asked for, numbered in their order: `pair` stands for (enterprise, as_of) in every block.
-- `as_of_month` is year * 12 + month; `half_year_on` the same day six months earlier.
SELECT
    row_number() OVER (ORDER BY enterprise, as_of)::INTEGER AS pair,
    enterprise,
    as_of,
    year(as_of) * 12 + month(as_of) AS as_of_month,
    (as_of - INTERVAL 6 MONTH)::DATE AS half_year_on
FROM (SELECT DISTINCT enterprise, as_of FROM given) AS pairs
