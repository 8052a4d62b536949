// title: Running statements
// summary: Statements that run now, to end one that takes too long.
// returns: id STRING; statement STRING
// mode: write
// engine: neo4j>=5, embedded
SHOW TRANSACTIONS
YIELD transactionId, currentQuery
RETURN transactionId AS id, currentQuery AS statement;
