// title: Create relationships of type ABOUT
// summary: Writes new relationships; a row holds id, start, end and the properties in the order of the statement.
// param: rows ANY required
// returns: nothing
// mode: write
// engine: neo4j>=5, embedded
UNWIND $rows AS row
MATCH (a:Finding {id: row[1]})
MATCH (b:Party {id: row[2]})
CREATE (a)-[:ABOUT {
  id: row[0],
  judgement: row[3],
  rule: row[4],
  reason: row[5],
  judged_by: row[6],
  digest: row[7]
}]->(b);
