// title: Who may write
// summary: The holder of the right to write, and how long it is still held.
// returns: owner STRING; host STRING; pid INTEGER; started FLOAT; remaining INTEGER milliseconds
// mode: read
// engine: neo4j>=5, embedded
MATCH (l:Lease {id: 'writer'})
RETURN l.owner AS owner, l.host AS host, l.pid AS pid, l.started AS started, l.expires - timestamp() AS remaining;
