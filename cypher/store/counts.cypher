// title: How many nodes and relationships there are
// summary: One row a label and type; tells how large the pages of a read may be.
// returns: name STRING; number INTEGER
// mode: read
// engine: neo4j>=5, embedded
MATCH (n:Organization)
WITH count(n) AS number
RETURN 'Organization' AS name, number
UNION ALL
MATCH (n:Facility)
WITH count(n) AS number
RETURN 'Facility' AS name, number
UNION ALL
MATCH (n:Commodity)
WITH count(n) AS number
RETURN 'Commodity' AS name, number
UNION ALL
MATCH (n:Country)
WITH count(n) AS number
RETURN 'Country' AS name, number
UNION ALL
MATCH (n:Finding)
WITH count(n) AS number
RETURN 'Finding' AS name, number
UNION ALL
MATCH (n:DisclosureList)
WITH count(n) AS number
RETURN 'DisclosureList' AS name, number
UNION ALL
MATCH (n:CoverageStatement)
WITH count(n) AS number
RETURN 'CoverageStatement' AS name, number
UNION ALL
MATCH (n:Source)
WITH count(n) AS number
RETURN 'Source' AS name, number
UNION ALL
MATCH ()-[r:SUPPLIES]->()
WITH count(r) AS number
RETURN 'SUPPLIES' AS name, number
UNION ALL
MATCH ()-[r:OPERATES]->()
WITH count(r) AS number
RETURN 'OPERATES' AS name, number
UNION ALL
MATCH ()-[r:OWNS]->()
WITH count(r) AS number
RETURN 'OWNS' AS name, number
UNION ALL
MATCH ()-[r:ABOUT]->()
WITH count(r) AS number
RETURN 'ABOUT' AS name, number
UNION ALL
MATCH ()-[r:MAY_BE_ABOUT]->()
WITH count(r) AS number
RETURN 'MAY_BE_ABOUT' AS name, number
UNION ALL
MATCH ()-[r:ABOUT_COMMODITY]->()
WITH count(r) AS number
RETURN 'ABOUT_COMMODITY' AS name, number
UNION ALL
MATCH ()-[r:ABOUT_COUNTRY]->()
WITH count(r) AS number
RETURN 'ABOUT_COUNTRY' AS name, number
UNION ALL
MATCH ()-[r:PRODUCES]->()
WITH count(r) AS number
RETURN 'PRODUCES' AS name, number
UNION ALL
MATCH ()-[r:LOCATED_IN]->()
WITH count(r) AS number
RETURN 'LOCATED_IN' AS name, number
UNION ALL
MATCH ()-[r:DISCLOSED]->()
WITH count(r) AS number
RETURN 'DISCLOSED' AS name, number
UNION ALL
MATCH ()-[r:STATED]->()
WITH count(r) AS number
RETURN 'STATED' AS name, number;
