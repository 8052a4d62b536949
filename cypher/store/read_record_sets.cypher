// title: Heads of what was said
// summary: One row a source that is held, in the order of loading.
// returns: id STRING; tag STRING; seq INTEGER; sha256 STRING; source STRING; blocks LIST<STRING>; tables LIST<STRING>
// mode: read
// engine: neo4j>=5, embedded
MATCH (h:RecordSet)
RETURN h.id AS id, h.tag AS tag, h.seq AS seq, h.content_sha256 AS sha256, h.source AS source, h.blocks AS blocks,
  h.tables AS tables
ORDER BY seq;
