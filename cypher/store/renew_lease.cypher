// title: Keep the right to write
// summary: Renews the lease; no row where another holder has taken it meanwhile.
// param: owner STRING required
// param: milliseconds INTEGER required
// returns: owner STRING
// mode: write
// engine: neo4j>=5, embedded
MATCH (l:Lease {id: 'writer'})
// writing first makes who renews and who takes wait for each other before they look
SET l.asked = timestamp()
WITH l
WHERE l.owner = $owner
SET l.expires = timestamp() + $milliseconds
RETURN l.owner AS owner;
