// title: Create nodes of kind Country
// summary: Writes new nodes; a row holds the properties in the order of the statement.
// param: rows ANY required
// returns: nothing
// mode: write
// engine: neo4j>=5, embedded
UNWIND $rows AS row
CREATE (:Country {
  id: row[0],
  name: row[1],
  digest: row[2]
});
