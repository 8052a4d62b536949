// title: Buyers whose links state no figures
// summary: Where neither a share, a volume nor a value is stated, an equal split has to be assumed and is marked as
// summary: such.
// param: as_of DATE required, example "2024-06-30"
// returns: buyer_id STRING; buyer STRING; links INTEGER; without_figures INTEGER; share_without FLOAT 0..1
// mode: read
// engine: neo4j>=5.23, embedded
MATCH ()-[link:SUPPLIES]->(buyer:Party)
WHERE (link.valid_from IS NULL OR link.valid_from <= $as_of)
  AND (link.valid_to IS NULL OR $as_of < link.valid_to)
WITH
  buyer,
  count(link) AS links,
  sum(CASE WHEN link.share IS NULL AND link.volume IS NULL AND link.value IS NULL THEN 1 ELSE 0 END) AS without_figures
WHERE without_figures > 0
RETURN
  buyer.id AS buyer_id,
  buyer.name AS buyer,
  links,
  without_figures,
  toFloat(without_figures) / links AS share_without
ORDER BY without_figures DESC, buyer, buyer_id;
