// title: Create nodes of kind Finding
// summary: Writes new nodes; a row holds the properties in the order of the statement.
// param: rows ANY required
// returns: nothing
// mode: write
// engine: neo4j>=5, embedded
UNWIND $rows AS row
CREATE (:Finding {
  id: row[0],
  subject_id: row[1],
  subject_name: row[2],
  subject_aliases: row[3],
  subject_country: row[4],
  kind: row[5],
  category: row[6],
  severity: row[7],
  confidence: row[8],
  authority: row[9],
  status: row[10],
  valid_from: row[11],
  valid_to: row[12],
  scope_commodity: row[13],
  scope_country: row[14],
  includes_subsidiaries: row[15],
  scope_region: row[16],
  first_seen: row[17],
  last_seen: row[18],
  source_title: row[19],
  source_url: row[20],
  note: row[21],
  sources: row[22],
  digest: row[23]
});
