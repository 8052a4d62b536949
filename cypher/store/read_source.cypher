// title: Read nodes of kind Source
// summary: All properties of every node, many nodes to a row.
// param: slices INTEGER default 1
// param: slice INTEGER default 0
// param: pages INTEGER default 1
// returns: page INTEGER; items ANY
// mode: read
// engine: neo4j>=5, embedded
MATCH (n:Source)
WITH n, coalesce(n.digest, 0) AS digest
WHERE abs(digest % $slices) = $slice
RETURN (digest / $slices) % $pages AS page, collect([
  n.id,
  n.title,
  n.publisher,
  n.url,
  n.retrieved_at,
  n.licence,
  n.sha256,
  n.format
]) AS items;
