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
  merged_ids: row[5],
  address: row[6],
  lat: row[7],
  lon: row[8],
  os_id: row[9],
  product: row[10],
  identifiers: row[11],
  sector: row[12],
  facility_type: row[13],
  workers: row[14],
  closed: row[15],
  precision: row[16],
  contradictions: row[17],
  note: row[18],
  placeholder: row[19],
  sources: row[20],
  digest: row[21]
});
