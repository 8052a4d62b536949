// title: Suppliers that a newer list no longer names
// summary: Links that ended on the day on which a list of the same buyer began to stand, without a new link that day. A
// summary: supplier that is left out of a list may still deliver: the list says only that it is no longer named.
// param: since DATE required, example "2024-01-01"
// param: until DATE required, example "2025-01-01"
// returns: buyer_id STRING; buyer STRING; list_title STRING; ended_on DATE; supplier_id STRING; supplier STRING;
// returns: product STRING; last_seen DATE
// mode: read
// engine: neo4j>=5.23, embedded
MATCH (buyer:Organization)-[:DISCLOSED]->(newer:DisclosureList)
WHERE $since <= newer.valid_from AND newer.valid_from < $until
MATCH (buyer)<-[link:SUPPLIES]-(supplier)
WHERE link.valid_to = newer.valid_from
  AND NOT EXISTS {
    MATCH (supplier)-[next:SUPPLIES]->(buyer)
    WHERE next.valid_from = newer.valid_from
  }
RETURN
  buyer.id AS buyer_id,
  buyer.name AS buyer,
  newer.title AS list_title,
  newer.valid_from AS ended_on,
  supplier.id AS supplier_id,
  supplier.name AS supplier,
  link.product AS product,
  link.last_seen AS last_seen
ORDER BY ended_on, buyer, supplier, supplier_id, product;
