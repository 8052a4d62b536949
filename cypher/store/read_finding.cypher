// title: Read nodes of kind Finding
// summary: All properties of every node, many nodes to a row.
// param: slices INTEGER default 1
// param: slice INTEGER default 0
// param: pages INTEGER default 1
// returns: page INTEGER; items ANY
// mode: read
// engine: neo4j>=5, embedded
MATCH (n:Finding)
WITH n, coalesce(n.digest, 0) AS digest
WHERE abs(digest % $slices) = $slice
RETURN (digest / $slices) % $pages AS page, collect([
  n.id,
  n.subject_id,
  n.subject_name,
  n.subject_aliases,
  n.subject_country,
  n.kind,
  n.category,
  n.severity,
  n.confidence,
  n.authority,
  n.status,
  n.valid_from,
  n.valid_to,
  n.scope_commodity,
  n.scope_country,
  n.includes_subsidiaries,
  n.scope_region,
  n.first_seen,
  n.last_seen,
  n.source_title,
  n.source_url,
  n.note,
  n.sources
]) AS items;
