// title: Suppliers of a brand by tier
// summary: Everything upstream of a brand within six hops, at its smallest number of hops. Where a link on the way
// summary: hides traders, the tier is a minimum and says "at least".
// param: brand_id STRING required, example "brand-1"
// param: as_of DATE required, example "2024-06-30"
// returns: supplier_id STRING; supplier STRING; country STRING; hops INTEGER; tier STRING
// mode: read
// engine: neo4j>=5.23, embedded
WITH [{id: $brand_id, exact: 1}] AS tier_0, [$brand_id] AS seen_0
CALL (tier_0, seen_0) {
  UNWIND tier_0 AS reached
  MATCH (:Party {id: reached.id})<-[link:SUPPLIES]-(supplier)
  WHERE (link.valid_from IS NULL OR link.valid_from <= $as_of)
    AND (link.valid_to IS NULL OR $as_of < link.valid_to)
    AND NOT supplier.id IN seen_0
  WITH supplier.id AS id, max(CASE WHEN link.disclosure = 'direct' THEN reached.exact ELSE 0 END) AS exact
  RETURN collect({id: id, exact: exact, hops: 1}) AS tier_1
}
WITH tier_1, seen_0 + [reached IN tier_1 | reached.id] AS seen_1
CALL (tier_1, seen_1) {
  UNWIND tier_1 AS reached
  MATCH (:Party {id: reached.id})<-[link:SUPPLIES]-(supplier)
  WHERE (link.valid_from IS NULL OR link.valid_from <= $as_of)
    AND (link.valid_to IS NULL OR $as_of < link.valid_to)
    AND NOT supplier.id IN seen_1
  WITH supplier.id AS id, max(CASE WHEN link.disclosure = 'direct' THEN reached.exact ELSE 0 END) AS exact
  RETURN collect({id: id, exact: exact, hops: 2}) AS tier_2
}
WITH tier_1, tier_2, seen_1 + [reached IN tier_2 | reached.id] AS seen_2
CALL (tier_2, seen_2) {
  UNWIND tier_2 AS reached
  MATCH (:Party {id: reached.id})<-[link:SUPPLIES]-(supplier)
  WHERE (link.valid_from IS NULL OR link.valid_from <= $as_of)
    AND (link.valid_to IS NULL OR $as_of < link.valid_to)
    AND NOT supplier.id IN seen_2
  WITH supplier.id AS id, max(CASE WHEN link.disclosure = 'direct' THEN reached.exact ELSE 0 END) AS exact
  RETURN collect({id: id, exact: exact, hops: 3}) AS tier_3
}
WITH tier_1, tier_2, tier_3, seen_2 + [reached IN tier_3 | reached.id] AS seen_3
CALL (tier_3, seen_3) {
  UNWIND tier_3 AS reached
  MATCH (:Party {id: reached.id})<-[link:SUPPLIES]-(supplier)
  WHERE (link.valid_from IS NULL OR link.valid_from <= $as_of)
    AND (link.valid_to IS NULL OR $as_of < link.valid_to)
    AND NOT supplier.id IN seen_3
  WITH supplier.id AS id, max(CASE WHEN link.disclosure = 'direct' THEN reached.exact ELSE 0 END) AS exact
  RETURN collect({id: id, exact: exact, hops: 4}) AS tier_4
}
WITH tier_1, tier_2, tier_3, tier_4, seen_3 + [reached IN tier_4 | reached.id] AS seen_4
CALL (tier_4, seen_4) {
  UNWIND tier_4 AS reached
  MATCH (:Party {id: reached.id})<-[link:SUPPLIES]-(supplier)
  WHERE (link.valid_from IS NULL OR link.valid_from <= $as_of)
    AND (link.valid_to IS NULL OR $as_of < link.valid_to)
    AND NOT supplier.id IN seen_4
  WITH supplier.id AS id, max(CASE WHEN link.disclosure = 'direct' THEN reached.exact ELSE 0 END) AS exact
  RETURN collect({id: id, exact: exact, hops: 5}) AS tier_5
}
WITH tier_1, tier_2, tier_3, tier_4, tier_5, seen_4 + [reached IN tier_5 | reached.id] AS seen_5
CALL (tier_5, seen_5) {
  UNWIND tier_5 AS reached
  MATCH (:Party {id: reached.id})<-[link:SUPPLIES]-(supplier)
  WHERE (link.valid_from IS NULL OR link.valid_from <= $as_of)
    AND (link.valid_to IS NULL OR $as_of < link.valid_to)
    AND NOT supplier.id IN seen_5
  WITH supplier.id AS id, max(CASE WHEN link.disclosure = 'direct' THEN reached.exact ELSE 0 END) AS exact
  RETURN collect({id: id, exact: exact, hops: 6}) AS tier_6
}
WITH tier_1, tier_2, tier_3, tier_4, tier_5, tier_6, seen_5 + [reached IN tier_6 | reached.id] AS seen_6
UNWIND tier_1 + tier_2 + tier_3 + tier_4 + tier_5 + tier_6 AS reached
MATCH (supplier:Party {id: reached.id})
RETURN
  supplier.id AS supplier_id,
  supplier.name AS supplier,
  supplier.country AS country,
  reached.hops AS hops,
  CASE reached.exact WHEN 1 THEN '' ELSE 'at least ' END + toString(reached.hops) AS tier
ORDER BY hops, supplier, supplier_id;
