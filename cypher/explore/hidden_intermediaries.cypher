// title: Links that hide traders in between
// summary: Indirect links in force: the buyer named the supplier, but not who stands between them. For one buyer, or
// summary: all.
// param: as_of DATE required, example "2024-06-30"
// param: buyer_id STRING default null
// returns: supplier_id STRING; supplier STRING; buyer_id STRING; buyer STRING; product STRING; first_seen DATE;
// returns: last_seen DATE; sources LIST<STRING>
// mode: read
// engine: neo4j>=5.23, embedded
MATCH (supplier)-[link:SUPPLIES {disclosure: 'indirect'}]->(buyer:Party)
WHERE ($buyer_id IS NULL OR buyer.id = $buyer_id)
  AND (link.valid_from IS NULL OR link.valid_from <= $as_of)
  AND (link.valid_to IS NULL OR $as_of < link.valid_to)
RETURN
  supplier.id AS supplier_id,
  supplier.name AS supplier,
  buyer.id AS buyer_id,
  buyer.name AS buyer,
  link.product AS product,
  link.first_seen AS first_seen,
  link.last_seen AS last_seen,
  link.sources AS sources
ORDER BY buyer, buyer_id, supplier, supplier_id, product;
