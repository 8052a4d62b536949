// title: Brands that a site or company delivers to
// summary: All brands downstream within six hops, at the smallest number of hops. Where every shortest way has a link
// summary: that hides traders, the tier is a minimum and says "at least".
// param: party_id STRING required, example "site-1"
// param: as_of DATE required, example "2024-06-30"
// returns: brand_id STRING; brand STRING; country STRING; hops INTEGER; tier STRING
// mode: read
// engine: neo4j>=5.23, embedded
MATCH way = (party:Party {id: $party_id})-[:SUPPLIES*1..6]->(brand:Brand)
WHERE brand.id <> party.id
  AND all(link IN relationships(way)
    WHERE (link.valid_from IS NULL OR link.valid_from <= $as_of)
      AND (link.valid_to IS NULL OR $as_of < link.valid_to))
WITH
  brand,
  length(way) AS length,
  any(link IN relationships(way) WHERE link.disclosure = 'indirect') AS hidden
WITH brand, length, min(CASE WHEN hidden THEN 1 ELSE 0 END) AS hidden
ORDER BY length
WITH brand, collect(length)[0] AS hops, collect(hidden)[0] AS hidden
RETURN
  brand.id AS brand_id,
  brand.name AS brand,
  brand.country AS country,
  hops,
  CASE hidden WHEN 1 THEN 'at least ' ELSE '' END + toString(hops) AS tier
ORDER BY hops, brand, brand_id;
