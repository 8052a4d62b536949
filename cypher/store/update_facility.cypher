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
  n.address = row[5],
  n.lat = row[6],
  n.lon = row[7],
  n.os_id = row[8],
  n.product = row[9],
  n.identifiers = row[10],
  n.sector = row[11],
  n.facility_type = row[12],
  n.workers = row[13],
  n.closed = row[14],
  n.precision = row[15],
  n.note = row[16],
  n.placeholder = row[17],
  n.sources = row[18],
  n.digest = row[19];
