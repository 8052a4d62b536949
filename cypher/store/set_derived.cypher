// title: Say what the graph was derived from
// summary: Sets the version of the records that nodes and relationships were derived from; -1 while they are written.
// param: derived INTEGER required
// returns: nothing
// mode: write
// engine: neo4j>=5, embedded
MATCH (s:StoreState {id: 'store'})
SET s.derived = $derived;
