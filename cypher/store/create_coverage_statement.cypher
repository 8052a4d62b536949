// title: Create nodes of kind CoverageStatement
// summary: Writes new nodes; a row holds the properties in the order of the statement.
// param: rows ANY required
// returns: nothing
// mode: write
// engine: neo4j>=5, embedded
UNWIND $rows AS row
CREATE (:CoverageStatement {
  id: row[0],
  buyer_id: row[1],
  coverage: row[2],
  valid_from: row[3],
  valid_to: row[4],
  sources: row[5],
  digest: row[6]
});
