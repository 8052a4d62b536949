// title: Record a migration
// summary: Remembers that a migration ran.
// param: version STRING required
// param: checksum STRING required
// param: applied_at STRING required
// returns: nothing
// mode: write
// engine: neo4j>=5, embedded
MERGE (m:Migration {id: $version})
SET m.checksum = $checksum, m.applied_at = $applied_at;
