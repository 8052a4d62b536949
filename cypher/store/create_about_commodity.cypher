// title: Create relationships of type ABOUT_COMMODITY
// summary: Writes new relationships; a row holds id, start, end and the properties in the order of the statement.
// param: rows ANY required
// returns: nothing
// mode: write
// engine: neo4j>=5, embedded
UNWIND $rows AS row
MATCH (a:Finding {id: row[1]})
MATCH (b:Commodity {id: row[2]})
CREATE (a)-[:ABOUT_COMMODITY {
  id: row[0],
  digest: row[3]
}]->(b);
