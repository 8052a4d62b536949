// title: Sites and where they are
// summary: The points, addresses and countries that sources give, as a map draws them. Precision says what a point is of:
// summary: the middle of a town, a region or a country is no place of a site. Contradictions say why a point may be wrong.
// returns: site_id STRING; site STRING; country STRING; address STRING; lat FLOAT; lon FLOAT; precision STRING; contradictions LIST<STRING>
// mode: read
// engine: neo4j>=5.23, embedded
MATCH (site:Facility)
RETURN
  site.id AS site_id,
  site.name AS site,
  site.country AS country,
  site.address AS address,
  site.lat AS lat,
  site.lon AS lon,
  site.precision AS precision,
  site.contradictions AS contradictions
ORDER BY coalesce(country, 'ZZZ'), site, site_id;
