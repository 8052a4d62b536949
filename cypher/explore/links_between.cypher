// title: Deliveries and holdings between some parties
// summary: Links in force on a day whose two ends are both among the parties named: what a picture of them shows.
// param: party_ids LIST<STRING> required, example "brand-1|site-1"
// param: as_of DATE required, example "2024-06-30"
// returns: from_id STRING; from_name STRING; kind STRING; to_id STRING; to_name STRING; product STRING; share FLOAT
// returns: 0..1; evidence STRING; disclosure STRING; valid_from DATE; sources LIST<STRING>
// mode: read
// engine: neo4j>=5.23, embedded
MATCH (one:Party)-[link:SUPPLIES|OPERATES|OWNS]->(other:Party)
WHERE one.id IN $party_ids AND other.id IN $party_ids
  AND (link.valid_from IS NULL OR link.valid_from <= $as_of)
  AND (link.valid_to IS NULL OR $as_of < link.valid_to)
RETURN
  one.id AS from_id,
  one.name AS from_name,
  type(link) AS kind,
  other.id AS to_id,
  other.name AS to_name,
  link.product AS product,
  link.share AS share,
  link.evidence AS evidence,
  link.disclosure AS disclosure,
  link.valid_from AS valid_from,
  link.sources AS sources
ORDER BY from_name, from_id, to_name, to_id, kind, product;
