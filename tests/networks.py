"""Random supply networks for property tests, as a strategy of hypothesis."""

from __future__ import annotations

import os

import numpy as np
from hypothesis import Phase, settings
from hypothesis import strategies as st

from graph_core import SupplyNetwork
from tests import oracles

#: A day takes a tenth of a second; to shrink a failing one would take minutes.
WHOLE_DAYS = settings(
    deadline=None,
    max_examples=int(os.environ.get("TIERTRACE_TEST_EXAMPLES", "25")),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
#: A flag far below a thousandth on a closed cycle is beyond the precision of any solver.
STRENGTH = st.one_of(st.sampled_from([0.0, 0.0, 0.25, 1.0]), st.floats(1e-3, 1.0))


@st.composite
def networks(draw: st.DrawFn) -> SupplyNetwork:
    """Up to eight nodes, cycles, self-loops and parallel links likely; sums of shares up to 1, exactly 1 likely."""
    size = draw(st.integers(1, 8))
    node = st.integers(0, size - 1)
    links = draw(st.lists(st.tuples(node, node, st.sampled_from([0.0, 0.1, 0.3, 0.5, 1.0])), max_size=20))
    supplier, buyer = [a for a, _, _ in links], [b for _, b, _ in links]
    share = np.array([p for *_, p in links])
    total = np.bincount(buyer, weights=share, minlength=size) if links else np.zeros(size)
    closed = np.array(draw(st.lists(st.booleans(), min_size=size, max_size=size)))
    divisor = np.where(closed & (total > 0), total, np.maximum(total, 1.0))
    share = share / divisor[buyer] if links else share
    flags = draw(st.lists(STRENGTH, min_size=size, max_size=size))
    ids = [f"n{i}" for i in range(size)]
    return SupplyNetwork.from_arrays(ids, supplier, buyer, share, dict(zip(ids, flags, strict=True)))


def dense(net: SupplyNetwork) -> oracles.Floats:
    """Shares as a dense matrix, row = supplier."""
    links = zip(net.supplier.tolist(), net.buyer.tolist(), net.share.tolist(), strict=True)
    return oracles.matrix(len(net), links)
