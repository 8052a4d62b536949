// param: as_of DATE required
MATCH (n:Finding)
WHERE n.valid_from <= $as_off
RETURN n.id AS id;
