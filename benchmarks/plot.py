"""Cost against size as a picture: ``python -m benchmarks.plot docs/cost-against-size.svg``.

Median times of one run on networks of `benchmarks.exposure`, layered and tangled, both axes in powers of ten.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from html import escape
from pathlib import Path

import numpy as np

from benchmarks.common import interleaved
from benchmarks.exposure import (
    Arrays,
    as_networkx,
    dictionaries,
    fixpoint,
    generate,
    matrix_of,
    network_of,
    page_of,
    tangle,
)
from graph_core import kernels, traced_share

SIZES = (10_000, 31_623, 100_000, 316_228, 1_000_000)
#: Sizes at which loops over dictionaries are still bearable.
DICTIONARIES_UP_TO = 31_623
WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 760, 440, 70, 24, 230, 52
COLOURS = ("#8a8a8a", "#5b8db8", "#c2571a", "#7a3b0c", "#2f7d5b", "#7b5aa6")

Line = list[tuple[int, float]]


def measured() -> dict[str, Line]:
    """Seconds by size, of every way."""
    kernels.load("tracing")
    lines: dict[str, Line] = {}
    for nodes in SIZES:
        layered, tangled = generate(nodes), tangle(nodes)
        for name, seconds in _times(layered, "layered").items():
            lines.setdefault(name, []).append((nodes, seconds))
        for kind, arrays in (("layered", layered), ("tangled", tangled)):
            pages = [total for total, _ in page_of(traced_share(network_of(arrays)))]
            lines.setdefault(f"one brand page, {kind}", []).append((nodes, float(np.median(pages))))
        print(f"{nodes:,} nodes", file=sys.stderr, flush=True)
    return lines


def _times(arrays: Arrays, kind: str) -> dict[str, float]:
    matrix, warm = matrix_of(arrays), network_of(arrays)
    traced_share(warm)
    works: dict[str, Callable[[], object]] = {
        f"all scores, scipy fixpoint, {kind}": lambda: fixpoint(matrix, arrays.strength),
        f"all scores, warm, {kind}": lambda: traced_share(warm.with_strength(arrays.strength)),
        f"all scores, from arrays, {kind}": lambda: traced_share(network_of(arrays)),
    }
    times = dict(zip(works, interleaved(*works.values(), repeat=5), strict=True))
    if len(arrays.ids) <= DICTIONARIES_UP_TO:
        graph, strength = as_networkx(arrays), arrays.strength.tolist()
        times = {
            f"all scores, networkx loops, {kind}": interleaved(lambda: dictionaries(graph, strength), repeat=1)[0]
        } | times
    return times


def drawn(lines: dict[str, Line]) -> str:
    """The picture as SVG."""
    low = math.floor(math.log10(min(s for line in lines.values() for _, s in line)))
    high = math.ceil(math.log10(max(s for line in lines.values() for _, s in line)))

    def x(nodes: float) -> float:
        span = math.log10(SIZES[-1] / SIZES[0])
        return LEFT + (WIDTH - LEFT - RIGHT) * math.log10(nodes / SIZES[0]) / span

    def y(seconds: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - math.log10(seconds)) / (high - low)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        "<title>Cost against size</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
    ]
    for power in range(low, high + 1):
        at, label = y(10**power), f"{10**power:g} s" if power >= 0 else f"{10 ** (power + 3):g} ms"
        parts.append(f'<path d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}" stroke="#dddddd"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{at + 4:.1f}" text-anchor="end" fill="#333333">{label}</text>')
    for nodes in (10_000, 100_000, 1_000_000):
        parts.append(f'<path d="M{x(nodes):.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#dddddd"/>')
        parts.append(
            f'<text x="{x(nodes):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle" fill="#333333">{nodes:,}</text>'
        )
    middle = LEFT + (WIDTH - LEFT - RIGHT) / 2
    parts.append(
        f'<text x="{middle}" y="{HEIGHT - 10}" text-anchor="middle" fill="#333333">parties (five links each)</text>'
    )
    for (name, line), colour in zip(lines.items(), COLOURS * 2, strict=False):
        points = " ".join(f"{x(nodes):.1f},{y(seconds):.1f}" for nodes, seconds in line)
        dash = ' stroke-dasharray="5 3"' if "tangled" in name else ""
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>')
    ends = sorted(
        (
            (y(line[-1][1]), x(line[-1][0]), name, colour)
            for (name, line), colour in zip(lines.items(), COLOURS * 2, strict=False)
        )
    )
    last = -math.inf
    for at, _, name, colour in ends:  # labels in the order of the ends, none on another
        last = max(at + 4, last + 15)
        parts.append(f'<text x="{WIDTH - RIGHT + 10}" y="{last:.1f}" fill="{colour}">{escape(name)}</text>')
    return "\n".join([*parts, "</svg>", ""])


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(drawn(measured()), encoding="utf-8")
