// title: Update nodes of kind Source
// summary: Sets all properties of existing nodes; a row holds them in the order of the statement, absent ones as null.
// param: rows ANY required
// returns: nothing
// mode: write
// engine: neo4j>=5, embedded
UNWIND $rows AS row
MATCH (n:Source {id: row[0]})
SET
  n.title = row[1],
  n.publisher = row[2],
  n.url = row[3],
  n.retrieved_at = row[4],
  n.licence = row[5],
  n.sha256 = row[6],
  n.format = row[7],
  n.digest = row[8];
