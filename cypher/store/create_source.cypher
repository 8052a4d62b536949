// title: Create nodes of kind Source
// summary: Writes new nodes; a row holds the properties in the order of the statement.
// param: rows ANY required
// returns: nothing
// mode: write
// engine: neo4j>=5, embedded
UNWIND $rows AS row
CREATE (:Source {
  id: row[0],
  title: row[1],
  publisher: row[2],
  url: row[3],
  retrieved_at: row[4],
  licence: row[5],
  sha256: row[6],
  format: row[7],
  digest: row[8]
});
