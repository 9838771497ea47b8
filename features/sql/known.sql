-- What of a table is known on a day, in this one place: every block reads a table through this view.
-- `fact` stands for the table and `event_on` for its event day. `months_back` counts months before that of `as_of`:
-- 0 is the unfinished month, a window of n complete months is 1 to n.
SELECT
    asked.pair,
    asked.as_of,
    asked.half_year_on,
    asked.as_of_month - (year(fact.event_on) * 12 + month(fact.event_on)) AS months_back,
    fact.*
FROM asked
INNER JOIN fact ON fact.enterprise = asked.enterprise
WHERE fact.known_on <= asked.as_of
  AND (fact.superseded_on IS NULL OR fact.superseded_on > asked.as_of)
  AND (fact.event_on IS NULL OR fact.event_on <= asked.as_of)
