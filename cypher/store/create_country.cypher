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
  alpha3: row[2],
  region: row[3],
  lat: row[4],
  lon: row[5],
  digest: row[6]
});
