// title: Begin a store
// summary: Makes the node that holds the versions, and the lease that no one holds yet.
// param: uuid STRING required
// returns: nothing
// mode: write
// engine: neo4j>=5, embedded
MERGE (s:StoreState {id: 'store'})
ON CREATE SET s.uuid = $uuid, s.records = 0, s.derived = 0, s.seq = 0
MERGE (l:Lease {id: 'writer'})
ON CREATE SET l.owner = '', l.expires = 0;
