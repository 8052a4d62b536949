// title: Brands and their direct suppliers on a day
// summary: How many suppliers the links of every brand name that day, and how many of those stand behind hidden
// summary: traders. A brand without any has no list in force: that says nothing about its risk.
// param: as_of DATE required, example "2024-06-30"
// returns: id STRING; name STRING; country STRING; suppliers INTEGER; behind_hidden_traders INTEGER; stated_coverage
// returns: FLOAT 0..1
// mode: read
// engine: neo4j>=5.23, embedded
MATCH (brand:Brand)
OPTIONAL MATCH (brand)<-[link:SUPPLIES]-(supplier)
WHERE (link.valid_from IS NULL OR link.valid_from <= $as_of)
  AND (link.valid_to IS NULL OR $as_of < link.valid_to)
WITH
  brand,
  count(DISTINCT supplier) AS suppliers,
  count(DISTINCT CASE WHEN link.disclosure = 'indirect' THEN supplier.id END) AS behind_hidden_traders
OPTIONAL MATCH (brand)-[:STATED]->(stated:CoverageStatement)
WHERE (stated.valid_from IS NULL OR stated.valid_from <= $as_of)
  AND (stated.valid_to IS NULL OR $as_of < stated.valid_to)
RETURN
  brand.id AS id,
  brand.name AS name,
  brand.country AS country,
  suppliers,
  behind_hidden_traders,
  max(stated.coverage) AS stated_coverage
ORDER BY name, id;
