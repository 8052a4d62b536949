// title: Read nodes of kind Facility
// summary: All properties of every node, many nodes to a row.
// param: slices INTEGER default 1
// param: slice INTEGER default 0
// param: pages INTEGER default 1
// returns: page INTEGER; items ANY
// mode: read
// engine: neo4j>=5, embedded
MATCH (n:Facility)
WITH n, coalesce(n.digest, 0) AS digest
WHERE abs(digest % $slices) = $slice
RETURN (digest / $slices) % $pages AS page, collect([
  n.id,
  n.name,
  n.aliases,
  n.keys,
  n.country,
  n.merged_ids,
  n.address,
  n.lat,
  n.lon,
  n.os_id,
  n.product,
  n.identifiers,
  n.sector,
  n.facility_type,
  n.workers,
  n.closed,
  n.precision,
  n.contradictions,
  n.note,
  n.placeholder,
  n.sources
]) AS items;
