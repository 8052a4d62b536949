// title: Fingerprints of nodes of kind Country
// summary: Id and fingerprint of every node, several to a row, so that a sync writes only what differs.
// param: slices INTEGER default 1
// param: slice INTEGER default 0
// param: pages INTEGER default 1
// returns: page INTEGER; items ANY
// mode: read
// engine: neo4j>=5, embedded
MATCH (n:Country)
WITH n.id AS id, coalesce(n.digest, 0) AS digest
WHERE abs(digest % $slices) = $slice
RETURN (digest / $slices) % $pages AS page, collect([id, digest]) AS items;
