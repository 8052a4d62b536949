// title: Create nodes of kind Organization
// summary: Writes new nodes; a row holds the properties in the order of the statement.
// param: rows ANY required
// returns: nothing
// mode: write
// engine: neo4j>=5, embedded
UNWIND $rows AS row
CREATE (:Organization:Party {
  id: row[0],
  name: row[1],
  aliases: row[2],
  keys: row[3],
  country: row[4],
  lei: row[5],
  roles: row[6],
  website: row[7],
  address: row[8],
  identifiers: row[9],
  brand: row[10],
  placeholder: row[11],
  sources: row[12],
  digest: row[13]
});
