"""From what sources said to what we believe: records in, graph out.

Deriving is a pure function of the records: the same records give the same graph, whatever the order in which they
were loaded, unless two of them say different things about one key; then the later load corrects the earlier one.
"""

from graph_core.derive.believed import Identified, Unmatched, derive, derive_shares, derive_who, identities
from graph_core.derive.findings import ended_by_lists
from graph_core.derive.matches import REMATCHED, rematch, site_countries
from graph_core.derive.order import Said

__all__ = [
    "REMATCHED",
    "Identified",
    "Said",
    "Unmatched",
    "derive",
    "derive_shares",
    "derive_who",
    "ended_by_lists",
    "identities",
    "rematch",
    "site_countries",
]
