"""The elimination order by compiled kernels: the results of `graph_core.exposure.plain` in a fraction of the time.

Everything runs over *positions*, node numbers in elimination order, in which suppliers lie near their buyers in memory.
"""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from itertools import chain

import numpy as np
import numpy.typing as npt
from scipy import sparse

from graph_core import kernels
from graph_core.errors import ConvergenceError
from graph_core.exposure.components import diagonal, solve_component
from graph_core.exposure.ordering import LARGE, Passage
from graph_core.network import Floats, Ints, SupplyNetwork

Rows = tuple[Ints, npt.NDArray[np.int32], Floats]

#: Sweeps inside a component end when nothing moves by more.
_STILL = 1e-14
_SWEEPS = 3_000
#: Links that are followed at most to bound one return factor.
_FOLLOWED = 200_000
#: Width of the interval of a return factor at which following ends.
_GAP = 1e-2
#: How often a push may follow every link, on average: beyond, a cycle keeps too much, and a solve costs less.
_ROUNDS = 100
#: When the sweeps end that count visits.
_ROUGH = 0.05


class CompiledOrdering:
    """Elimination order of a network; see `graph_core.exposure.ordering.Ordering`.

    Parameters
    ----------
    rows : tuple of arrays
        Suppliers of every buyer as compressed sparse rows: where each row begins, node numbers, shares above 0.
    """

    def __init__(self, rows: Rows) -> None:
        self.do = kernels.load("tracing")
        self.size = len(rows[0]) - 1
        self.order, component, self.starts, self.stops = self.do.order_of(*rows[:2])
        place = np.empty(self.size, dtype=np.int32)
        place[self.order] = np.arange(self.size, dtype=np.int32)
        self.place = place
        self.component: Ints = component
        self.rows = self.do.reordered(*rows, self.order, place)
        #: Number of the cyclic component of every position, -1 off cycles.
        self.cycle = np.full(self.size, -1, dtype=np.int32)
        for number, (start, stop) in enumerate(zip(self.starts.tolist(), self.stops.tolist(), strict=True)):
            self.cycle[start:stop] = number
        self.largest = int((self.stops - self.starts).max(initial=0))

    @classmethod
    def of_links(cls, network: SupplyNetwork) -> CompiledOrdering:
        """Order of a network."""
        ends = (np.ascontiguousarray(side, dtype=np.int64) for side in (network.buyer, network.supplier))
        share = np.ascontiguousarray(network.share, dtype=np.float64)
        return cls(kernels.load("tracing").rows_of(len(network), *ends, share))

    @classmethod
    def of_matrix(cls, inputs: sparse.csr_array) -> CompiledOrdering:
        """Order of a matrix of shares without zeros; row = buyer."""
        return cls((inputs.indptr.astype(np.int64), inputs.indices.astype(np.int32), inputs.data.astype(np.float64)))

    @cached_property
    def cyclic(self) -> npt.NDArray[np.bool_]:
        """Whether a node is on a cycle."""
        out = np.empty(self.size, dtype=np.bool_)
        out[self.order] = self.cycle >= 0
        return out

    @cached_property
    def buyers(self) -> Rows:
        """The links by supplier."""
        rows: Rows = self.do.turned(*self.rows)
        return rows

    def solve(self, constant: Floats, scale: Floats) -> Floats:
        """Least fixpoint of ``x = constant + scale (P x)``."""
        return self.solve_checked(constant, scale)[0]

    def solve_checked(self, constant: Floats, scale: Floats) -> tuple[Floats, float]:
        """Least fixpoint of ``x = constant + scale (P x)``, and its largest residual."""
        b, d = constant[self.order], scale[self.order]
        x = np.zeros(self.size)
        cycles = (self.starts, self.stops)
        at = self.do.solve(*self.rows, *cycles, b, d, x, 0, _STILL, _SWEEPS)
        while at < len(self.starts):
            begin, stop = int(self.starts[at]), int(self.stops[at])
            x[begin:stop] = 0.0
            known = b[begin:stop] + d[begin:stop] * (self.rows_between(begin, stop) @ x)
            x[begin:stop] = solve_component(self.inside(begin, stop, d), known)
            at = self.do.solve(*self.rows, *cycles, b, d, x, at + 1, _STILL, _SWEEPS)
        residual = float(self.do.residual(*self.rows, b, d, x))
        out = np.empty(self.size)
        out[self.order] = x
        return out, residual

    def solve_transposed(self, weights: Floats, scale: Floats) -> Floats:
        """Row vector ``weights (I - diag(scale) P)^-1``."""
        d = scale[self.order]
        x = weights[self.order].astype(np.float64)
        cycles = (self.starts, self.stops)
        at = self.do.solve_transposed(*self.rows, *cycles, d, x, len(self.starts) - 1, _STILL, _SWEEPS)
        while at >= 0:
            begin, stop = int(self.starts[at]), int(self.stops[at])
            x[begin:stop] = solve_component(self.inside(begin, stop, d).T.tocsr(), x[begin:stop])
            self.do.pour(*self.rows, d, x, begin, stop)
            at = self.do.solve_transposed(*self.rows, *cycles, d, x, at - 1, _STILL, _SWEEPS)
        out = np.empty(self.size)
        out[self.order] = x
        return out

    def upstream(self, scale: Floats, score: Floats) -> CompiledUpstream:
        """Questions about what reaches one node or another, with the same scores."""
        return CompiledUpstream(self, scale, score)

    def rows_between(self, begin: int, stop: int) -> sparse.csr_array:
        """Shares of the buyers at some positions; row = buyer, column = position of the supplier."""
        indptr, ends, share = self.rows
        first, last = int(indptr[begin]), int(indptr[stop])
        return sparse.csr_array(
            (share[first:last], ends[first:last], indptr[begin : stop + 1] - first), shape=(stop - begin, self.size)
        )

    def inside(self, begin: int, stop: int, scale: Floats) -> sparse.csr_array:
        """Scaled shares within a component; row = buyer."""
        rows = self.rows_between(begin, stop)[:, begin:stop]
        scaled: sparse.csr_array = (sparse.diags_array(scale[begin:stop]) @ rows).tocsr()
        return scaled


class CompiledUpstream:
    """What reaches single nodes, for one set of flags; see `graph_core.exposure.ordering.Upstream`.

    Room is made once, and one thread at a time works in it.
    """

    def __init__(self, order: CompiledOrdering, scale: Floats, score: Floats) -> None:
        self._order = order
        self._scale, self._score = scale[order.order], score[order.order]
        self._room = _Room(order.size)
        self._lock = threading.Lock()
        #: Scale of nodes without a score is 0: a cycle that no flag reaches keeps what enters it.
        self._live = np.where(score > 0, scale, 0.0)

    def passage(self, node: int, goal: float = 0.0) -> Passage:
        """Follow the inputs of a node upstream to where there is a score."""
        with self._lock:
            return self._followed(node, goal, self._room)

    def _followed(self, node: int, goal: float, room: _Room) -> Passage:
        if goal > 0 or self._order.largest <= self._order.do.DIRECT:
            pushed = self._pushed(node, goal, room)
            if np.isfinite(pushed.missing):
                return pushed
        weights = np.zeros(self._order.size)
        weights[node] = 1.0
        passed = self._order.solve_transposed(weights, self._live)
        nodes = np.flatnonzero(passed)
        nodes = nodes[self._score[self._order.place[nodes]] > 0]
        return Passage(nodes, passed[nodes], 0.0)

    def passages(self, nodes: Ints, goals: Floats) -> list[Passage]:
        """`passage` of many nodes, side by side on the processors there are."""
        workers = min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 8)
        cuts = np.array_split(np.arange(len(nodes)), workers)

        def follow(cut: Ints) -> list[Passage]:
            room = _Room(self._order.size)
            return [self._followed(int(nodes[i]), float(goals[i]), room) for i in cut]

        with ThreadPoolExecutor(workers) as pool:
            return list(chain.from_iterable(pool.map(follow, cuts)))

    def _pushed(self, node: int, goal: float, room: _Room) -> Passage:
        order = self._order
        count, missing = order.do.push(
            *order.rows, order.cycle, order.starts, order.stops, self._scale, self._score, order.place[node], goal,
            _ROUNDS * len(order.rows[1]), room.rest, room.mass, room.mark, room.heap, room.skipped, room.touched,
        )  # fmt: skip
        touched, mass = room.clear(count)
        if np.isnan(missing):
            raise ConvergenceError("a cycle keeps all that enters it, and has no finite solution", np.inf)
        reached = mass > 0
        return Passage(order.order[touched[reached]].astype(np.int64), mass[reached], float(missing))

    def return_factor(self, nodes: Ints) -> tuple[Floats, Floats]:
        """Bounds of ``R[x, x]`` for some nodes."""
        order = self._order
        low, high = np.ones(len(nodes)), np.ones(len(nodes))
        where = order.place[nodes].astype(np.int64)
        group = order.cycle[where]
        if not (group >= 0).any():
            return low, high
        live = self._live[order.order]
        for cycle in np.unique(group[group >= 0]).tolist():
            begin, stop = int(order.starts[cycle]), int(order.stops[cycle])
            chosen = np.flatnonzero(group == cycle)
            local = where[chosen] - begin
            if stop - begin <= LARGE or not np.isfinite(self._visits[where[chosen]]).all():
                low[chosen] = high[chosen] = diagonal(order.inside(begin, stop, live), local)
            else:
                low[chosen], high[chosen] = self._bounded(where[chosen], cycle, live)
        return low, high

    def _bounded(self, where: Ints, cycle: int, live: Floats) -> tuple[Floats, Floats]:
        """``R[x, x]`` in a large component: what comes back within some steps, and at most after them."""
        order = self._order
        begin, stop = int(order.starts[cycle]), int(order.stops[cycle])
        low, high = np.ones(len(where)), np.ones(len(where))
        for i, (position, expected) in enumerate(zip(where.tolist(), self._visits[where].tolist(), strict=True)):
            with self._lock:
                followed, left = order.do.returns(
                    *order.buyers, live, position, begin, stop, _GAP / expected, _FOLLOWED,
                    self._room.rest, self._room.mark, self._room.heap, self._room.touched,
                )  # fmt: skip
            low[i], high[i] = followed, followed + left * expected
        return low, high

    @cached_property
    def _visits(self) -> Floats:
        """Upper bound of the nodes of large components that a walk from each position visits, itself included.

        Infinite everywhere where walks on some component hardly end.
        """
        order = self._order
        inside = np.zeros(order.size)
        for begin, stop in zip(order.starts, order.stops, strict=True):
            inside[begin:stop] = float(stop - begin > LARGE)
        live = self._live[order.order]
        visits = np.zeros(order.size)
        order.do.solve(*order.rows, order.starts, order.stops, inside, live, visits, 0, _ROUGH, _SWEEPS)
        # Rough is enough: x with x - M x >= c, c above 0, lies above c times the solution of x - M x = 1.
        least = 1.0 - float(order.do.residual(*order.rows, inside, live, visits))
        return visits / least if least > 0.5 else np.full(order.size, np.inf)


class _Room:
    """Working arrays of a push; all 0 between two of them."""

    def __init__(self, size: int) -> None:
        self.rest, self.mass = np.zeros(size), np.zeros(size)
        self.mark = np.zeros(size, dtype=np.uint8)
        self.heap, self.skipped, self.touched = (np.empty(size + 1, dtype=np.int32) for _ in range(3))

    def clear(self, count: int) -> tuple[npt.NDArray[np.int32], Floats]:
        """Take what was touched, with its mass, and make all 0 again."""
        touched = self.touched[:count].copy()
        mass = self.mass[touched]
        self.rest[touched] = self.mass[touched] = 0.0
        self.mark[touched] = 0
        return touched, mass
