MATCH (n:Facility)
RETURN collect(count(n)) AS number;
