MATCH (n:Facility
RETURN n.name AS name;
