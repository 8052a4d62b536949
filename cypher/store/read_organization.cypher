// title: Read nodes of kind Organization
// summary: All properties of every node, many nodes to a row.
// param: slices INTEGER default 1
// param: slice INTEGER default 0
// param: pages INTEGER default 1
// returns: page INTEGER; items ANY
// mode: read
// engine: neo4j>=5, embedded
MATCH (n:Organization)
WITH n, coalesce(n.digest, 0) AS digest
WHERE abs(digest % $slices) = $slice
RETURN (digest / $slices) % $pages AS page, collect([
  n.id,
  n.name,
  n.aliases,
  n.keys,
  n.country,
  n.merged_ids,
  n.lei,
  n.roles,
  n.website,
  n.address,
  n.identifiers,
  n.brand,
  n.placeholder,
  n.sources
]) AS items;
