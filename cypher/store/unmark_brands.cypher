// title: Take the label from former brands
// summary: Removes the label Brand from organizations that no longer have the role.
// returns: number INTEGER
// mode: write
// engine: neo4j>=5, embedded
MATCH (n:Brand)
WHERE NOT coalesce(n.brand, false)
REMOVE n:Brand
RETURN count(n) AS number;
