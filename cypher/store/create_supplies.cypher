// title: Create relationships of type SUPPLIES
// summary: Writes new relationships; a row holds id, start, end and the properties in the order of the statement.
// param: rows ANY required
// returns: nothing
// mode: write
// engine: neo4j>=5, embedded
UNWIND $rows AS row
MATCH (a:Party {id: row[1]})
MATCH (b:Party {id: row[2]})
CREATE (a)-[:SUPPLIES {
  id: row[0],
  product: row[3],
  hs: row[4],
  volume: row[5],
  unit: row[6],
  value: row[7],
  currency: row[8],
  share: row[9],
  share_basis: row[10],
  disclosure: row[11],
  evidence: row[12],
  confidence: row[13],
  valid_from: row[14],
  valid_to: row[15],
  first_seen: row[16],
  last_seen: row[17],
  records: row[18],
  sources: row[19],
  digest: row[20]
}]->(b);
