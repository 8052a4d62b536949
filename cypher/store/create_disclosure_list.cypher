// title: Create nodes of kind DisclosureList
// summary: Writes new nodes; a row holds the properties in the order of the statement.
// param: rows ANY required
// returns: nothing
// mode: write
// engine: neo4j>=5, embedded
UNWIND $rows AS row
CREATE (:DisclosureList {
  id: row[0],
  buyer_id: row[1],
  series: row[2],
  title: row[3],
  valid_from: row[4],
  valid_to: row[5],
  suppliers: row[6],
  sources: row[7],
  digest: row[8]
});
