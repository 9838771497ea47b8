-- A penalty may be used while it is publicised (信用信息公示期); the rest as for every table.
SELECT penalties.*
FROM penalties
WHERE penalties.publicity_until IS NULL OR penalties.publicity_until >= penalties.as_of
