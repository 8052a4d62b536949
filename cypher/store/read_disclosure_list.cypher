// title: Read nodes of kind DisclosureList
// summary: All properties of every node, many nodes to a row.
// param: slices INTEGER default 1
// param: slice INTEGER default 0
// param: pages INTEGER default 1
// returns: page INTEGER; items ANY
// mode: read
// engine: neo4j>=5, embedded
MATCH (n:DisclosureList)
WITH n, coalesce(n.digest, 0) AS digest
WHERE abs(digest % $slices) = $slice
RETURN (digest / $slices) % $pages AS page, collect([
  n.id,
  n.buyer_id,
  n.series,
  n.title,
  n.valid_from,
  n.valid_to,
  n.suppliers,
  n.sources
]) AS items;
