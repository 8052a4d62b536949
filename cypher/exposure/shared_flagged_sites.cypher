// title: Flagged sites behind several brands
// summary: Flagged parties (see flagged_sites) that deliver to at least two brands within five hops: where brands that
// summary: act together have leverage.
// param: as_of DATE required, example "2024-06-30"
// param: categories LIST<STRING> default "forced_labour|forced_child_labour"
// returns: party_id STRING; party STRING; country STRING; classes LIST<STRING>; finding_ids LIST<STRING>; brand_ids
// returns: LIST<STRING>; brands INTEGER
// mode: read
// engine: neo4j>=5.23, embedded
MATCH (finding:Finding)-[:ABOUT]->(subject)
WHERE finding.category IN $categories
  AND coalesce(finding.status, '') <> 'retracted'
  AND finding.severity * finding.confidence > 0
  AND (finding.valid_from IS NULL OR finding.valid_from <= $as_of)
  AND (finding.valid_to IS NULL OR $as_of < finding.valid_to)
MATCH way = (subject)-[:OWNS|OPERATES*0..7]->(site)
WHERE (length(way) <= 1 OR finding.includes_subsidiaries)
  AND all(holding IN relationships(way)
    WHERE (type(holding) = 'OPERATES' OR finding.includes_subsidiaries)
      AND (holding.percent IS NULL OR holding.percent >= 50)
      AND NOT coalesce(holding.kind, '') IN ['fund_management', 'other']
      AND (holding.valid_from IS NULL OR holding.valid_from <= $as_of)
      AND (holding.valid_to IS NULL OR $as_of < holding.valid_to))
  AND (finding.scope_country IS NULL
    OR finding.scope_country = site.country
    OR (site.country IS NULL AND EXISTS {
      MATCH (site)-[:OWNS|OPERATES]->(held:Facility)
      WHERE held.country = finding.scope_country
    }))
WITH site AS party, finding, CASE min(length(way)) WHEN 0 THEN 'named' ELSE 'ownership' END AS class
ORDER BY class, finding.id
WITH party, collect(DISTINCT class) AS classes, collect(finding.id) AS finding_ids
MATCH way = (party)-[:SUPPLIES*1..5]->(brand:Brand)
WHERE brand.id <> party.id
  AND all(link IN relationships(way)
    WHERE (link.valid_from IS NULL OR link.valid_from <= $as_of)
      AND (link.valid_to IS NULL OR $as_of < link.valid_to))
WITH DISTINCT party, classes, finding_ids, brand.id AS brand_id
ORDER BY brand_id
WITH party, classes, finding_ids, collect(brand_id) AS brand_ids
WHERE size(brand_ids) >= 2
RETURN
  party.id AS party_id,
  party.name AS party,
  party.country AS country,
  classes,
  finding_ids,
  brand_ids,
  size(brand_ids) AS brands
ORDER BY brands DESC, party, party_id;
