// title: Count a change of the records
// summary: Raises the version of the records and the load counter.
// returns: seq INTEGER
// mode: write
// engine: neo4j>=5, embedded
MATCH (s:StoreState {id: 'store'})
SET s.records = s.records + 1, s.seq = s.seq + 1
RETURN s.seq AS seq;
