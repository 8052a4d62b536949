// title: Findings that ended in a period
// summary: Findings whose valid_to lies in [since, until), with the direct buyers of the party on that day. That a
// summary: finding ended does not show that the site is free of forced labour.
// param: since DATE required, example "2024-01-01"
// param: until DATE required, example "2025-01-01"
// returns: finding_id STRING; authority STRING; status STRING; valid_from DATE; valid_to DATE; party_id STRING; party
// returns: STRING; buyer_ids LIST<STRING>
// mode: read
// engine: neo4j>=5.23, embedded
MATCH (finding:Finding)
WHERE $since <= finding.valid_to AND finding.valid_to < $until
OPTIONAL MATCH (finding)-[:ABOUT]->(party)
OPTIONAL MATCH (party)-[link:SUPPLIES]->(buyer)
WHERE (link.valid_from IS NULL OR link.valid_from <= finding.valid_to)
  AND (link.valid_to IS NULL OR finding.valid_to < link.valid_to)
WITH DISTINCT finding, party, buyer.id AS buyer_id
ORDER BY buyer_id
RETURN
  finding.id AS finding_id,
  finding.authority AS authority,
  finding.status AS status,
  finding.valid_from AS valid_from,
  finding.valid_to AS valid_to,
  party.id AS party_id,
  coalesce(party.name, finding.subject_name) AS party,
  collect(buyer_id) AS buyer_ids
ORDER BY valid_to, finding_id, party_id;
