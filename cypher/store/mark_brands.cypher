// title: Give brands their label
// summary: Adds the label Brand to organizations in the role of end buyer.
// returns: number INTEGER
// mode: write
// engine: neo4j>=5, embedded
MATCH (n:Organization)
WHERE n.brand = true AND NOT n:Brand
SET n:Brand
RETURN count(n) AS number;
