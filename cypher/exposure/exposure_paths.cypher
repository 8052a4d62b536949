// title: Exposure paths from flagged sites to a brand
// summary: Ways of at most five hops from a flagged party (see flagged_sites) to a brand, shortest first. stated_share
// summary: is null where a link on the way states none; the figures of a day are in the exposure runs.
// param: brand_id STRING required, example "brand-1"
// param: as_of DATE required, example "2024-06-30"
// param: categories LIST<STRING> default "forced_labour|forced_child_labour"
// returns: party_id STRING; party STRING; classes LIST<STRING>; finding_ids LIST<STRING>; hops INTEGER; tier STRING;
// returns: path LIST<STRING>; stated_share FLOAT 0..1; documented BOOLEAN
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
MATCH way = (party)-[:SUPPLIES*1..5]->(brand:Organization {id: $brand_id})
WHERE all(link IN relationships(way)
    WHERE (link.valid_from IS NULL OR link.valid_from <= $as_of)
      AND (link.valid_to IS NULL OR $as_of < link.valid_to))
  AND all(stop IN nodes(way) WHERE single(other IN nodes(way) WHERE other = stop))
RETURN
  party.id AS party_id,
  party.name AS party,
  classes,
  finding_ids,
  length(way) AS hops,
  CASE WHEN any(link IN relationships(way) WHERE link.disclosure = 'indirect') THEN 'at least ' ELSE '' END
    + toString(length(way)) AS tier,
  [stop IN nodes(way) | stop.name] AS path,
  reduce(product = 1.0, link IN relationships(way) | product * link.share) AS stated_share,
  all(link IN relationships(way) WHERE link.evidence = 'documented') AS documented
ORDER BY hops, party, party_id, path;
