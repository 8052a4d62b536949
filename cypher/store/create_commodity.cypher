// title: Create nodes of kind Commodity
// summary: Writes new nodes; a row holds the properties in the order of the statement.
// param: rows ANY required
// returns: nothing
// mode: write
// engine: neo4j>=5, embedded
UNWIND $rows AS row
CREATE (:Commodity {
  id: row[0],
  name: row[1],
  aliases: row[2],
  digest: row[3]
});
