// title: Read relationships of type SUPPLIES
// summary: Ends and all properties of every relationship, many relationships to a row.
// param: slices INTEGER default 1
// param: slice INTEGER default 0
// param: pages INTEGER default 1
// returns: page INTEGER; items ANY
// mode: read
// engine: neo4j>=5, embedded
MATCH (a:Party)-[r:SUPPLIES]->(b:Party)
WITH a, r, b, coalesce(r.digest, 0) AS digest
WHERE abs(digest % $slices) = $slice
RETURN (digest / $slices) % $pages AS page, collect([
  r.id,
  a.id,
  b.id,
  r.product,
  r.hs,
  r.volume,
  r.unit,
  r.value,
  r.currency,
  r.share,
  r.share_basis,
  r.disclosure,
  r.evidence,
  r.confidence,
  r.valid_from,
  r.valid_to,
  r.first_seen,
  r.last_seen,
  r.records,
  r.sources
]) AS items;
