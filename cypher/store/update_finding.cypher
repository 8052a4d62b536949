// title: Update nodes of kind Finding
// summary: Sets all properties of existing nodes; a row holds them in the order of the statement, absent ones as null.
// param: rows ANY required
// returns: nothing
// mode: write
// engine: neo4j>=5, embedded
UNWIND $rows AS row
MATCH (n:Finding {id: row[0]})
SET
  n.subject_id = row[1],
  n.subject_name = row[2],
  n.subject_aliases = row[3],
  n.subject_country = row[4],
  n.kind = row[5],
  n.category = row[6],
  n.severity = row[7],
  n.confidence = row[8],
  n.authority = row[9],
  n.status = row[10],
  n.valid_from = row[11],
  n.valid_to = row[12],
  n.scope_commodity = row[13],
  n.scope_country = row[14],
  n.includes_subsidiaries = row[15],
  n.scope_region = row[16],
  n.first_seen = row[17],
  n.last_seen = row[18],
  n.source_title = row[19],
  n.source_url = row[20],
  n.note = row[21],
  n.sources = row[22],
  n.digest = row[23];
