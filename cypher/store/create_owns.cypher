// title: Create relationships of type OWNS
// summary: Writes new relationships; a row holds id, start, end and the properties in the order of the statement.
// param: rows ANY required
// returns: nothing
// mode: write
// engine: neo4j>=5, embedded
UNWIND $rows AS row
MATCH (a:Party {id: row[1]})
MATCH (b:Party {id: row[2]})
CREATE (a)-[:OWNS {
  id: row[0],
  percent: row[3],
  kind: row[4],
  valid_from: row[5],
  valid_to: row[6],
  sources: row[7],
  digest: row[8]
}]->(b);
