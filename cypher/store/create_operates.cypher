// title: Create relationships of type OPERATES
// summary: Writes new relationships; a row holds id, start, end and the properties in the order of the statement.
// param: rows ANY required
// returns: nothing
// mode: write
// engine: neo4j>=5, embedded
UNWIND $rows AS row
MATCH (a:Party {id: row[1]})
MATCH (b:Party {id: row[2]})
CREATE (a)-[:OPERATES {
  id: row[0],
  valid_from: row[3],
  valid_to: row[4],
  sources: row[5],
  digest: row[6]
}]->(b);
