// title: Update nodes of kind Facility
// summary: Sets all properties of existing nodes; a row holds them in the order of the statement, absent ones as null.
// param: rows ANY required
// returns: nothing
// mode: write
// engine: neo4j>=5, embedded
UNWIND $rows AS row
MATCH (n:Facility {id: row[0]})
SET
  n.name = row[1],
  n.aliases = row[2],
  n.keys = row[3],
  n.country = row[4],
  n.merged_ids = row[5],
  n.address = row[6],
  n.lat = row[7],
  n.lon = row[8],
  n.os_id = row[9],
  n.product = row[10],
  n.identifiers = row[11],
  n.sector = row[12],
  n.facility_type = row[13],
  n.workers = row[14],
  n.closed = row[15],
  n.precision = row[16],
  n.contradictions = row[17],
  n.note = row[18],
  n.placeholder = row[19],
  n.sources = row[20],
  n.digest = row[21];
