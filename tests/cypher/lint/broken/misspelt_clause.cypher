MATCH (n:Facility)
RETRN n;
