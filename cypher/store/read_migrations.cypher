// title: Applied migrations
// summary: Which migrations ran in this store, with the checksum of their files.
// returns: version STRING; checksum STRING
// mode: read
// engine: neo4j>=5, embedded
MATCH (m:Migration)
RETURN m.id AS version, m.checksum AS checksum
ORDER BY version;
