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
  valid_from: row[4],
  valid_to: row[5],
  sources: row[6],
  digest: row[7]
}]->(b);
