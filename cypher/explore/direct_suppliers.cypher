// title: Suppliers that deliver to a buyer on a day
// summary: One row a link in force, with what was stated about it and how old the statement is.
// param: buyer_id STRING required, example "brand-1"
// param: as_of DATE required, example "2024-06-30"
// returns: supplier_id STRING; supplier STRING; country STRING; product STRING; share FLOAT 0..1; volume FLOAT; unit
// returns: STRING; value FLOAT; currency STRING; disclosure STRING; evidence STRING; confidence FLOAT 0..1; last_seen
// returns: DATE; sources LIST<STRING>
// mode: read
// engine: neo4j>=5.23, embedded
MATCH (buyer:Party {id: $buyer_id})<-[link:SUPPLIES]-(supplier)
WHERE (link.valid_from IS NULL OR link.valid_from <= $as_of)
  AND (link.valid_to IS NULL OR $as_of < link.valid_to)
RETURN
  supplier.id AS supplier_id,
  supplier.name AS supplier,
  supplier.country AS country,
  link.product AS product,
  link.share AS share,
  link.volume AS volume,
  link.unit AS unit,
  link.value AS value,
  link.currency AS currency,
  link.disclosure AS disclosure,
  link.evidence AS evidence,
  link.confidence AS confidence,
  link.last_seen AS last_seen,
  link.sources AS sources
ORDER BY supplier, supplier_id, product;
