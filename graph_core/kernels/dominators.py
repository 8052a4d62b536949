"""Immediate dominators of every node by semi-NCA (Georgiadis, 2005), without recursion.

Semidominators come from one pass over a depth-first tree in reverse preorder, as of Lengauer and Tarjan (1979); a
node's immediate dominator is then the nearest ancestor that is no deeper than its semidominator. All but the first
walk happens in preorder numbers, which keeps neighbours side by side in memory.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from graph_core.kernels import kernel

Numbers = npt.NDArray[np.int32]


@kernel("int32(int32[::1], int32[::1], int32[::1], int32[::1], int32[::1], int32[::1])")
def number_nodes(
    start: Numbers, onward: Numbers, sources: Numbers, number: Numbers, node: Numbers, parent: Numbers
) -> int:
    """Walk depth first from a virtual node 0 that leads to all sources.

    Fills preorder numbers by node (0: not reached), and nodes and parents by preorder number; gives how many nodes
    were reached.
    """
    path = np.empty(len(number) + 1, np.int32)
    cursor = start.copy()
    count = 0
    for source in sources:
        if number[source]:
            continue
        count += 1
        number[source], node[count], parent[count] = count, source, 0
        path[0] = source
        depth = 0
        while depth >= 0:
            here = path[depth]
            if cursor[here] == start[here + 1]:
                depth -= 1
                continue
            following = onward[cursor[here]]
            cursor[here] += 1
            if number[following] == 0:
                count += 1
                number[following], node[count], parent[count] = count, following, number[here]
                depth += 1
                path[depth] = following
    return count


@kernel("void(int32[::1], int32[::1], int32[::1], int32[::1], boolean[::1], int32[::1], int32[::1], int32, int32[::1])")
def immediate(
    start: Numbers,
    before: Numbers,
    number: Numbers,
    node: Numbers,
    is_source: npt.NDArray[np.bool_],
    parent: Numbers,
    dominator: Numbers,
    count: int,
    path: Numbers,
) -> None:
    """Fill the immediate dominator of every node that was reached, in preorder numbers.

    ``start`` and ``before`` list who leads to a node; ``path`` is room for as many numbers as there are nodes.
    """
    low = np.arange(count + 1).astype(np.int32)  # least semidominator on the compressed way up
    semi = low.copy()
    above = parent[: count + 1].copy()
    for here in range(count, 0, -1):
        least = np.int32(0) if is_source[node[here]] else parent[here]
        place = node[here]
        for i in range(start[place], start[place + 1]):
            other = number[before[i]]
            if other == 0:
                continue
            if other > here:  # what is numbered later is linked: the least semidominator on its way up to here
                depth = 0
                top = other
                while above[top] > here:
                    path[depth] = top
                    depth += 1
                    top = above[top]
                while depth > 0:
                    depth -= 1
                    lower = path[depth]
                    low[lower] = min(low[lower], low[above[lower]])
                    above[lower] = above[top]
                other = low[other]
            least = min(least, other)
        semi[here] = low[here] = least
    dominator[0] = 0
    for here in range(1, count + 1):
        up = parent[here]
        while up > semi[here]:
            up = dominator[up]
        dominator[here] = up
