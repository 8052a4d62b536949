// title: State of the store
// summary: Identity and versions of the store; no row where nothing was ever written.
// returns: uuid STRING; records INTEGER; derived INTEGER; seq INTEGER
// mode: read
// engine: neo4j>=5, embedded
MATCH (s:StoreState {id: 'store'})
RETURN s.uuid AS uuid, s.records AS records, s.derived AS derived, s.seq AS seq;
