-- Features of changes of registration and honours (registers: no known row is none). An honour counts up to its last day.
WITH changes AS (
    SELECT
        pair,
        count(*) FILTER (WHERE change = 'legal_representative' AND changed_on > half_year_on) AS representative,
        count(*) FILTER (WHERE months_back BETWEEN 0 AND w) AS changes_w
    FROM registration_changes
    GROUP BY pair
),
valid AS (
    SELECT pair, honour FROM honours WHERE valid_until IS NULL OR valid_until >= as_of
),
held AS (
    SELECT
        pair,
        count(DISTINCT honour) AS honours,
        count(*) FILTER (WHERE honour = 'high_tech') AS high_tech,
        count(*) FILTER (WHERE honour = 'specialised') AS specialised,
        count(*) FILTER (WHERE honour = 'tech_sme') AS tech_sme,
        count(*) FILTER (WHERE honour = 'leading_agri') AS leading_agri,
        count(*) FILTER (WHERE honour = 'model_cooperative') AS model_cooperative,
        count(*) FILTER (WHERE honour = 'model_farm') AS model_farm
    FROM valid
    GROUP BY pair
)
SELECT
    asked.pair,
    coalesce(changes.representative, 0) AS legal_representative_changes_6m,
    coalesce(changes.changes_w, 0) AS registration_changes_w,
    coalesce(held.honours, 0) AS honours_count,
    CASE WHEN held.high_tech > 0 THEN 1 ELSE 0 END AS is_high_tech,
    CASE WHEN held.specialised > 0 THEN 1 ELSE 0 END AS is_specialised,
    CASE WHEN held.tech_sme > 0 THEN 1 ELSE 0 END AS is_tech_sme,
    CASE WHEN held.leading_agri > 0 THEN 1 ELSE 0 END AS is_leading_agri,
    CASE WHEN held.model_cooperative > 0 THEN 1 ELSE 0 END AS is_model_cooperative,
    CASE WHEN held.model_farm > 0 THEN 1 ELSE 0 END AS is_model_farm
FROM asked
LEFT JOIN changes USING (pair)
LEFT JOIN held USING (pair)
