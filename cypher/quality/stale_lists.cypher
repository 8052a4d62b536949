// title: Disclosure lists that are old
// summary: Lists in force that day that began to stand at least min_days days before. The last list of a series stands
// summary: on however old it is; its age belongs beside every figure that comes from it.
// param: as_of DATE required, example "2024-06-30"
// param: min_days INTEGER default 365
// returns: buyer_id STRING; buyer STRING; series STRING; list_title STRING; valid_from DATE; age INTEGER days;
// returns: suppliers INTEGER
// mode: read
// engine: neo4j>=5.23, embedded
MATCH (buyer:Organization)-[:DISCLOSED]->(stated:DisclosureList)
WHERE stated.valid_from IS NOT NULL
  AND (stated.valid_from IS NULL OR stated.valid_from <= $as_of)
  AND (stated.valid_to IS NULL OR $as_of < stated.valid_to)
WITH buyer, stated, duration.inDays(date(stated.valid_from), date($as_of)).days AS age
WHERE age >= $min_days
RETURN
  buyer.id AS buyer_id,
  buyer.name AS buyer,
  stated.series AS series,
  stated.title AS list_title,
  stated.valid_from AS valid_from,
  age,
  stated.suppliers AS suppliers
ORDER BY age DESC, buyer, series;
