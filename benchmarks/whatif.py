"""A flag taken away or supposed: solved again downstream of it, against one solve of everything.

Flags are those of the made network that starts with raw material and ends with brands. Both ways give the same
figures, which is checked. The full solve is the warm one: the order of the links is known to both.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from statistics import median

import numpy as np

from benchmarks.common import Row, seconds
from benchmarks.exposure import generate, network_of
from graph_core import traced_share
from graph_core.exposure.incremental import what_if

#: Longest that a flag toggle may take, median, in milliseconds.
GOAL = 10.0
TOGGLES = 101


def rows(nodes: int = 1_000_000) -> Iterator[Row]:
    """Median and slowest of some toggles of random flags, and the full solve beside them."""
    network = network_of(generate(nodes))
    before = traced_share(network)
    flagged = np.random.default_rng(2).choice(np.flatnonzero(network.strength > 0), TOGGLES)
    changes = [{network.ids[number]: 0.0} for number in flagged]
    what_if(before, changes[0])  # who buys of whom is worked out once and kept with the links
    again, full = [], []
    for number, change in zip(flagged.tolist(), changes, strict=True):
        strength = network.strength.copy()
        strength[number] = 0.0
        other = network.with_strength(strength)
        again.append(seconds(partial(what_if, before, change)))
        full.append(seconds(partial(traced_share, other)))
        if float(np.abs(what_if(before, change).scores - traced_share(other).scores).max()) > 1e-12:
            raise RuntimeError("solving again and solving everything disagree")
    middle = median(again) * 1e3
    yield Row(
        f"flag toggle, {nodes:,} nodes, {len(network.share):,} links, median of {TOGGLES} "
        f"(slowest {max(again) * 1e3:.1f} ms), against a full solve ({median(full) * 1e3:.1f} ms)",
        f"{middle:.1f} ms",
        f"{median(full) / median(again):.1f}x",
        f"<= {GOAL:g} ms" if nodes >= 1_000_000 else "",
        middle <= GOAL if nodes >= 1_000_000 else None,
    )
