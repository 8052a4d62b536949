// title: Brands that state no coverage
// summary: Without a stated coverage nobody knows which share of the inputs the links stand for: bounds cannot be
// summary: given, and figures are shares of the disclosed inputs.
// param: as_of DATE required, example "2024-06-30"
// returns: brand_id STRING; brand STRING; suppliers INTEGER; stated_shares FLOAT sum, 0..1
// mode: read
// engine: neo4j>=5.23, embedded
MATCH (brand:Brand)<-[link:SUPPLIES]-(supplier)
WHERE (link.valid_from IS NULL OR link.valid_from <= $as_of)
  AND (link.valid_to IS NULL OR $as_of < link.valid_to)
  AND NOT EXISTS {
    MATCH (brand)-[:STATED]->(stated:CoverageStatement)
    WHERE (stated.valid_from IS NULL OR stated.valid_from <= $as_of)
      AND (stated.valid_to IS NULL OR $as_of < stated.valid_to)
  }
RETURN
  brand.id AS brand_id,
  brand.name AS brand,
  count(DISTINCT supplier) AS suppliers,
  sum(coalesce(link.share, 0.0)) AS stated_shares
ORDER BY suppliers DESC, brand, brand_id;
