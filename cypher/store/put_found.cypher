// title: Keep what an exposure run found
// summary: Hangs the figures of each brand on the run; a row holds brand, id and the figures in the order of the statement.
// param: run STRING required
// param: rows ANY required
// returns: nothing
// mode: write
// engine: neo4j>=5, embedded
MATCH (x:ExposureRun {id: $run})
UNWIND $rows AS row
MATCH (o:Organization {id: row[0]})
MERGE (x)-[r:FOUND {id: row[1]}]->(o)
SET
  r.score = row[2],
  r.lower = row[3],
  r.upper = row[4],
  r.unmapped = row[5],
  r.coverage = row[6],
  r.documented_only = row[7],
  r.attribution_ids = row[8],
  r.attribution_shares = row[9];
