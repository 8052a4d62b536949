// title: Take the right to write
// summary: Takes the lease where it is free, expired, ours already, or held by a holder known to be dead.
// param: owner STRING required
// param: dead STRING required
// param: host STRING required
// param: pid INTEGER required
// param: started FLOAT required
// param: milliseconds INTEGER required
// returns: owner STRING
// mode: write
// engine: neo4j>=5, embedded
MATCH (l:Lease {id: 'writer'})
// writing first makes two takers wait for each other before they look
SET l.asked = timestamp()
WITH l
WHERE l.owner IN ['', $owner, $dead] OR l.expires < timestamp()
SET l.owner = $owner, l.host = $host, l.pid = $pid, l.started = $started, l.expires = timestamp() + $milliseconds
RETURN l.owner AS owner;
