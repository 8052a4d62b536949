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
  merged_ids: row[5],
  lei: row[6],
  roles: row[7],
  website: row[8],
  address: row[9],
  identifiers: row[10],
  brand: row[11],
  placeholder: row[12],
  sources: row[13],
  digest: row[14]
});
