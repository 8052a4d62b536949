MATCH (site:Facility)
RETURN sight.name AS name;
