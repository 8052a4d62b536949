// title: Update nodes of kind Country
// summary: Sets all properties of existing nodes; a row holds them in the order of the statement, absent ones as null.
// param: rows ANY required
// returns: nothing
// mode: write
// engine: neo4j>=5, embedded
UNWIND $rows AS row
MATCH (n:Country {id: row[0]})
SET
  n.name = row[1],
  n.alpha3 = row[2],
  n.region = row[3],
  n.lat = row[4],
  n.lon = row[5],
  n.digest = row[6];
