// title: Sites without a country
// summary: A finding that is limited to a country cannot reach such a site, and no indicator about a good in a country
// summary: can. Sites with the most links come first.
// returns: site_id STRING; site STRING; address STRING; placeholder BOOLEAN; links INTEGER; sources LIST<STRING>
// mode: read
// engine: neo4j>=5.23, embedded
MATCH (site:Facility)
WHERE site.country IS NULL
OPTIONAL MATCH (site)-[link:SUPPLIES]-()
RETURN
  site.id AS site_id,
  site.name AS site,
  site.address AS address,
  coalesce(site.placeholder, false) AS placeholder,
  count(DISTINCT link) AS links,
  site.sources AS sources
ORDER BY links DESC, site_id;
