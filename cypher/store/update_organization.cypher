// title: Update nodes of kind Organization
// summary: Sets all properties of existing nodes; a row holds them in the order of the statement, absent ones as null.
// param: rows ANY required
// returns: nothing
// mode: write
// engine: neo4j>=5, embedded
UNWIND $rows AS row
MATCH (n:Organization {id: row[0]})
SET
  n.name = row[1],
  n.aliases = row[2],
  n.keys = row[3],
  n.country = row[4],
  n.merged_ids = row[5],
  n.lei = row[6],
  n.roles = row[7],
  n.website = row[8],
  n.address = row[9],
  n.identifiers = row[10],
  n.brand = row[11],
  n.placeholder = row[12],
  n.sources = row[13],
  n.digest = row[14];
