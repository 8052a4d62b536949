// title: Update nodes of kind DisclosureList
// summary: Sets all properties of existing nodes; a row holds them in the order of the statement, absent ones as null.
// param: rows ANY required
// returns: nothing
// mode: write
// engine: neo4j>=5, embedded
UNWIND $rows AS row
MATCH (n:DisclosureList {id: row[0]})
SET
  n.buyer_id = row[1],
  n.series = row[2],
  n.title = row[3],
  n.valid_from = row[4],
  n.valid_to = row[5],
  n.suppliers = row[6],
  n.sources = row[7],
  n.digest = row[8];
