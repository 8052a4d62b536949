// title: Give up the right to write
// summary: Frees the lease where it is ours.
// param: owner STRING required
// returns: nothing
// mode: write
// engine: neo4j>=5, embedded
MATCH (l:Lease {id: 'writer'})
WHERE l.owner = $owner
SET l.owner = '', l.expires = 0;
