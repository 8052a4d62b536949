// title: End running statements
// summary: Ends the given transactions.
// param: ids LIST<STRING> required
// returns: nothing
// mode: write
// engine: neo4j>=5, embedded
TERMINATE TRANSACTIONS $ids;
