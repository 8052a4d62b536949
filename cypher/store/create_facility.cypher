// title: Create nodes of kind Facility
// summary: Writes new nodes; a row holds the properties in the order of the statement.
// param: rows ANY required
// returns: nothing
// mode: write
// engine: neo4j>=5, embedded
UNWIND $rows AS row
CREATE (:Facility:Party {
  id: row[0],
  name: row[1],
  aliases: row[2],
  keys: row[3],
  country: row[4],
  address: row[5],
  lat: row[6],
  lon: row[7],
  os_id: row[8],
  product: row[9],
  identifiers: row[10],
  sector: row[11],
  facility_type: row[12],
  workers: row[13],
  closed: row[14],
  precision: row[15],
  note: row[16],
  placeholder: row[17],
  sources: row[18],
  digest: row[19]
});
