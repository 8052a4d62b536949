// title: Records that are held
// summary: Number of records, a set and table.
// returns: tag STRING; table STRING; number INTEGER
// mode: read
// engine: neo4j>=5, embedded
MATCH (b:Block)
RETURN b.tag AS tag, b.table AS table, sum(b.n) AS number;
