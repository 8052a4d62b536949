// title: Update nodes of kind CoverageStatement
// summary: Sets all properties of existing nodes; a row holds them in the order of the statement, absent ones as null.
// param: rows ANY required
// returns: nothing
// mode: write
// engine: neo4j>=5, embedded
UNWIND $rows AS row
MATCH (n:CoverageStatement {id: row[0]})
SET
  n.buyer_id = row[1],
  n.coverage = row[2],
  n.valid_from = row[3],
  n.valid_to = row[4],
  n.sources = row[5],
  n.digest = row[6];
