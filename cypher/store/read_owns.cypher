// title: Read relationships of type OWNS
// summary: Ends and all properties of every relationship, many relationships to a row.
// param: slices INTEGER default 1
// param: slice INTEGER default 0
// param: pages INTEGER default 1
// returns: page INTEGER; items ANY
// mode: read
// engine: neo4j>=5, embedded
MATCH (a:Party)-[r:OWNS]->(b:Party)
WITH a, r, b, coalesce(r.digest, 0) AS digest
WHERE abs(digest % $slices) = $slice
RETURN (digest / $slices) % $pages AS page, collect([
  r.id,
  a.id,
  b.id,
  r.percent,
  r.kind,
  r.valid_from,
  r.valid_to,
  r.sources
]) AS items;
