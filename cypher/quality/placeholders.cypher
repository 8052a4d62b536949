// title: Parties that others name and no source defines
// summary: A record names an id that no source defines: country, owner and name are unknown. With the buyers it
// summary: delivers to.
// returns: party_id STRING; kind STRING; links INTEGER; buyer_ids LIST<STRING>; sources LIST<STRING>
// mode: read
// engine: neo4j>=5.23, embedded
MATCH (party:Party {placeholder: true})
OPTIONAL MATCH (party)-[link:SUPPLIES]->(buyer)
WITH party, buyer.id AS buyer_id, count(link) AS links
ORDER BY buyer_id
WITH party, collect(buyer_id) AS buyer_ids, sum(links) AS links
RETURN
  party.id AS party_id,
  CASE WHEN party:Facility THEN 'facility' ELSE 'organisation' END AS kind,
  links,
  buyer_ids,
  party.sources AS sources
ORDER BY links DESC, party_id;
