// title: The load log
// summary: One row an input that was loaded, oldest first.
// returns: id STRING; format STRING; loaded_at STRING; paths LIST<STRING>; sources LIST<STRING>; tags LIST<STRING>; report STRING
// mode: read
// engine: neo4j>=5, embedded
MATCH (l:Load)
RETURN l.id AS id, l.format AS format, l.loaded_at AS loaded_at, l.paths AS paths, l.sources AS sources,
  l.tags AS tags, l.report AS report
ORDER BY loaded_at, id;
