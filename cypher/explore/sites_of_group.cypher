// title: Sites of a company group
// summary: Sites that a company operates or controls, also through other companies, up to six holdings deep. Control is
// summary: a holding of at least 50 percent, or one of unknown size.
// param: organization_id STRING required, example "group-1"
// param: as_of DATE required, example "2024-06-30"
// returns: site_id STRING; site STRING; country STRING; product STRING; steps INTEGER; through LIST<STRING>
// mode: read
// engine: neo4j>=5.23, embedded
MATCH way = (owner:Organization {id: $organization_id})-[:OWNS|OPERATES*1..7]->(site:Facility)
WHERE all(holding IN relationships(way)
    WHERE (holding.percent IS NULL OR holding.percent >= 50)
      AND NOT coalesce(holding.kind, '') IN ['fund_management', 'other']
      AND (holding.valid_from IS NULL OR holding.valid_from <= $as_of)
      AND (holding.valid_to IS NULL OR $as_of < holding.valid_to))
WITH site, way
ORDER BY length(way), [party IN nodes(way) | party.id]
WITH site, collect(way)[0] AS way
RETURN
  site.id AS site_id,
  site.name AS site,
  site.country AS country,
  site.product AS product,
  length(way) AS steps,
  [party IN nodes(way)[1..-1] | party.name] AS through
ORDER BY steps, site, site_id;
