// title: Note a load
// summary: Keeps what a load read, when, and what became of it; the same input again replaces the entry.
// param: id STRING required
// param: format STRING required
// param: loaded_at STRING required
// param: paths LIST<STRING> required
// param: sources LIST<STRING> required
// param: tags LIST<STRING> required
// param: report STRING required
// returns: nothing
// mode: write
// engine: neo4j>=5, embedded
MERGE (l:Load {id: $id})
SET l.format = $format, l.loaded_at = $loaded_at, l.paths = $paths, l.sources = $sources, l.tags = $tags,
  l.report = $report;
