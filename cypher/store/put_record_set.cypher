// title: Switch to what a source says now
// summary: Makes a complete set of blocks the one that counts for its source.
// param: id STRING required
// param: tag STRING required
// param: seq INTEGER required
// param: sha256 STRING required
// param: source STRING required
// param: blocks LIST<STRING> required
// param: tables LIST<STRING> required
// returns: nothing
// mode: write
// engine: neo4j>=5, embedded
MERGE (h:RecordSet {id: $id})
SET h.tag = $tag, h.seq = $seq, h.content_sha256 = $sha256, h.source = $source, h.blocks = $blocks,
  h.tables = $tables;
