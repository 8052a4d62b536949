"""Kernels of the traced share: elimination order, solves along it, and pushes from one party.

Networks come as compressed sparse rows: ``indptr`` (int64) and ``ends`` (int32) with ``share`` (float64) hold the
suppliers of each buyer. `order_of` reads them in the numbering of the network, all others in *positions*: node
numbers in elimination order, suppliers first. Cyclic components are stretches ``starts[c] .. stops[c]`` of positions.
"""

# ruff: noqa: C901, PLR0912, PLR0915  one loop without calls is what makes a kernel fast

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import types

from graph_core.kernels import kernel

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]
Marks = npt.NDArray[np.uint8]

# Arrays of a network may be files that are read only.
_ENDS = types.Array(types.int64, 1, "C", readonly=True)
_SHARES = types.Array(types.float64, 1, "C", readonly=True)
_ROWS = types.Tuple((types.int64[::1], types.int32[::1], types.float64[::1]))  # type: ignore[no-untyped-call]
#: Components up to this size are solved by elimination, larger ones by sweeps.
DIRECT = 48


@kernel(_ROWS(types.int64, _ENDS, _ENDS, _SHARES))
def rows_of(size: int, row: Ints, end: Ints, share: Floats) -> tuple[Ints, Small, Floats]:
    """Compressed sparse rows of links with a share above 0, in their order; parallel links stay apart."""
    indptr = np.zeros(size + 1, dtype=np.int64)
    for link in range(len(row)):
        if share[link] > 0:
            indptr[row[link] + 1] += 1
    for i in range(size):
        indptr[i + 1] += indptr[i]
    ends = np.empty(indptr[size], dtype=np.int32)
    shares = np.empty(indptr[size], dtype=np.float64)
    place = indptr[:-1].copy()
    for link in range(len(row)):
        if share[link] > 0:
            at = place[row[link]]
            ends[at] = end[link]
            shares[at] = share[link]
            place[row[link]] = at + 1
    return indptr, ends, shares


@kernel("Tuple((int32[::1], int32[::1], int32[::1], int32[::1]))(int64[::1], int32[::1])")
def order_of(indptr: Ints, ends: Small) -> tuple[Small, Small, Small, Small]:
    """Strongly connected components, suppliers first (Tarjan 1972, without recursion).

    Inside a component nodes come as the search left them, so that most of their links lead to earlier positions and
    sweeps settle soon.

    Returns
    -------
    order, component, starts, stops
        Node at every position; number of the component of every node; stretches of the cyclic components.
    """
    size = len(indptr) - 1
    found = np.zeros(size, dtype=np.int32)  # 0: not yet seen
    low = np.zeros(size, dtype=np.int32)
    component = np.full(size, -1, dtype=np.int32)
    left = np.empty(size, dtype=np.int32)
    starts = np.empty(size, dtype=np.int32)
    stops = np.empty(size, dtype=np.int32)
    first = np.empty(size + 1, dtype=np.int32)
    open_nodes = np.empty(size, dtype=np.int32)
    walk = np.empty(size, dtype=np.int32)
    link = np.empty(size, dtype=np.int64)
    opened, depth, step, closed, done, count, cycles = 0, 0, 0, 0, 0, 0, 0
    for root in range(size):
        if found[root]:
            continue
        step += 1
        found[root] = low[root] = step
        open_nodes[opened] = walk[0] = root
        opened += 1
        link[0] = indptr[root]
        depth = 1
        while depth:
            node = walk[depth - 1]
            at = link[depth - 1]
            if at < indptr[node + 1]:
                link[depth - 1] = at + 1
                supplier = ends[at]
                if not found[supplier]:
                    step += 1
                    found[supplier] = low[supplier] = step
                    open_nodes[opened] = walk[depth] = supplier
                    opened += 1
                    link[depth] = indptr[supplier]
                    depth += 1
                elif component[supplier] < 0:
                    low[node] = min(low[node], found[supplier])
                continue
            depth -= 1
            if depth:
                low[walk[depth - 1]] = min(low[walk[depth - 1]], low[node])
            left[closed] = node
            closed += 1
            if low[node] != found[node]:
                continue
            first[count] = done
            while True:
                opened -= 1
                member = open_nodes[opened]
                component[member] = count
                done += 1
                if member == node:
                    break
            cyclic = done - first[count] > 1
            if not cyclic:
                for at in range(indptr[node], indptr[node + 1]):
                    if ends[at] == node:
                        cyclic = True
            if cyclic:
                starts[cycles], stops[cycles] = first[count], done
                cycles += 1
            count += 1
    order = np.empty(size, dtype=np.int32)
    for i in range(size):
        group = component[left[i]]
        order[first[group]] = left[i]
        first[group] += 1
    return order, component, starts[:cycles].copy(), stops[:cycles].copy()


@kernel("Tuple((int64[::1], int32[::1], float64[::1]))(int64[::1], int32[::1], float64[::1], int32[::1], int32[::1])")
def reordered(indptr: Ints, ends: Small, share: Floats, order: Small, place: Small) -> tuple[Ints, Small, Floats]:
    """The same links in positions; ``place`` is the position of every node."""
    rows = np.empty(len(indptr), dtype=np.int64)
    moved = np.empty(len(ends), dtype=np.int32)
    shares = np.empty(len(ends), dtype=np.float64)
    rows[0] = 0
    at = 0
    for position in range(len(order)):
        node = order[position]
        for link in range(indptr[node], indptr[node + 1]):
            moved[at] = place[ends[link]]
            shares[at] = share[link]
            at += 1
        rows[position + 1] = at
    return rows, moved, shares


@kernel("Tuple((int64[::1], int32[::1], float64[::1]))(int64[::1], int32[::1], float64[::1])")
def turned(indptr: Ints, ends: Small, share: Floats) -> tuple[Ints, Small, Floats]:
    """The same links by supplier: its buyers."""
    size = len(indptr) - 1
    rows = np.zeros(size + 1, dtype=np.int64)
    for link in range(len(ends)):
        rows[ends[link] + 1] += 1
    for i in range(size):
        rows[i + 1] += rows[i]
    buyers = np.empty(len(ends), dtype=np.int32)
    shares = np.empty(len(ends), dtype=np.float64)
    place = rows[:-1].copy()
    for buyer in range(size):
        for link in range(indptr[buyer], indptr[buyer + 1]):
            at = place[ends[link]]
            buyers[at] = buyer
            shares[at] = share[link]
            place[ends[link]] = at + 1
    return rows, buyers, shares


@kernel("float64(float64[:, ::1], float64[::1])")
def eliminate(system: Floats, known: Floats) -> float:
    """Solve ``system x = known`` in place by elimination with row exchanges; x is left in ``known``.

    Returns
    -------
    float
        Smallest pivot; 0 where the system has no unique solution.
    """
    size = len(known)
    smallest = np.inf
    for column in range(size):
        best = column
        for row in range(column + 1, size):
            if abs(system[row, column]) > abs(system[best, column]):
                best = row
        pivot = system[best, column]
        smallest = min(smallest, abs(pivot))
        if pivot == 0:
            return 0.0
        if best != column:
            for k in range(column, size):
                system[column, k], system[best, k] = system[best, k], system[column, k]
            known[column], known[best] = known[best], known[column]
        for row in range(column + 1, size):
            factor = system[row, column] / pivot
            if factor != 0:
                for k in range(column + 1, size):
                    system[row, k] -= factor * system[column, k]
                known[row] -= factor * known[column]
    for row in range(size - 1, -1, -1):
        for k in range(row + 1, size):
            known[row] -= system[row, k] * known[k]
        known[row] /= system[row, row]
    return smallest


@kernel(
    "int64(int64[::1], int32[::1], float64[::1], int32[::1], int32[::1], float64[::1], float64[::1], float64[::1], "
    "int64, float64, int64)"
)
def solve(
    indptr: Ints,
    ends: Small,
    share: Floats,
    starts: Small,
    stops: Small,
    constant: Floats,
    scale: Floats,
    x: Floats,
    first: int,
    tolerance: float,
    sweeps: int,
) -> int:
    """Least fixpoint of ``x = constant + scale (P x)``, from cyclic component ``first`` on and what lies before it.

    Returns
    -------
    int
        Number of the first component that elimination or sweeps did not solve, to be solved elsewhere and gone on
        from; the number of components where all is solved.
    """
    size = len(constant)
    position = stops[first - 1] if first > 0 else 0
    for cycle in range(first, len(starts) + 1):
        begin = starts[cycle] if cycle < len(starts) else size
        for i in range(position, begin):
            total = 0.0
            for link in range(indptr[i], indptr[i + 1]):
                total += share[link] * x[ends[link]]
            x[i] = constant[i] + scale[i] * total
        if cycle == len(starts):
            break
        end = stops[cycle]
        members = end - begin
        fed = False
        known = np.empty(members)
        for i in range(begin, end):
            total = 0.0
            for link in range(indptr[i], indptr[i + 1]):
                if ends[link] < begin:
                    total += share[link] * x[ends[link]]
            known[i - begin] = constant[i] + scale[i] * total
            fed = fed or known[i - begin] > 0
        if not fed:
            for i in range(begin, end):
                x[i] = 0.0
        elif members <= DIRECT:
            system = np.zeros((members, members))
            for i in range(begin, end):
                system[i - begin, i - begin] += 1.0
                for link in range(indptr[i], indptr[i + 1]):
                    if ends[link] >= begin:
                        system[i - begin, ends[link] - begin] -= scale[i] * share[link]
            if eliminate(system, known) == 0:
                return cycle
            for i in range(begin, end):
                x[i] = max(known[i - begin], 0.0)
        else:
            for i in range(begin, end):
                x[i] = known[i - begin]
            moved = np.inf
            for _ in range(sweeps):
                moved = 0.0
                for i in range(begin, end):
                    total = 0.0
                    for link in range(indptr[i], indptr[i + 1]):
                        if ends[link] >= begin:
                            total += share[link] * x[ends[link]]
                    after = known[i - begin] + scale[i] * total
                    moved = max(moved, abs(after - x[i]))
                    x[i] = after
                if moved <= tolerance:
                    break
            if moved > tolerance:
                return cycle
        position = end
    return len(starts)


@kernel("float64(int64[::1], int32[::1], float64[::1], float64[::1], float64[::1], float64[::1])")
def residual(indptr: Ints, ends: Small, share: Floats, constant: Floats, scale: Floats, x: Floats) -> float:
    """Largest ``|x - constant - scale (P x)|``; not a number where x holds one."""
    worst = 0.0
    for i in range(len(constant)):
        total = 0.0
        for link in range(indptr[i], indptr[i + 1]):
            total += share[link] * x[ends[link]]
        off = abs(x[i] - constant[i] - scale[i] * total)
        if not off <= worst:
            worst = off
    return worst


@kernel("void(int32[::1], int64, int32)")
def _sift_in(heap: Small, count: int, position: int) -> None:
    """Put a position on a heap that has the largest on top."""
    at = count
    while at > 0 and heap[(at - 1) >> 1] < position:
        heap[at] = heap[(at - 1) >> 1]
        at = (at - 1) >> 1
    heap[at] = position


@kernel("int32(int32[::1], int64)")
def _take_top(heap: Small, count: int) -> int:
    """Take the largest position off a heap of ``count``."""
    top: int = heap[0]
    last = heap[count - 1]
    count -= 1
    at = 0
    while True:
        child = 2 * at + 1
        if child >= count:
            break
        if child + 1 < count and heap[child + 1] > heap[child]:
            child += 1
        if heap[child] <= last:
            break
        heap[at] = heap[child]
        at = child
    if count > 0:
        heap[at] = last
    return top


@kernel(
    "Tuple((int64, float64))(int64[::1], int32[::1], float64[::1], int32[::1], int32[::1], int32[::1], float64[::1], "
    "float64[::1], int32, float64, int64, float64[::1], float64[::1], uint8[::1], int32[::1], int32[::1], int32[::1])"
)
def push(
    indptr: Ints,
    ends: Small,
    share: Floats,
    cycle: Small,
    starts: Small,
    stops: Small,
    scale: Floats,
    score: Floats,
    origin: int,
    goal: float,
    most: int,
    rest: Floats,
    mass: Floats,
    mark: Marks,
    heap: Small,
    skipped: Small,
    touched: Small,
) -> tuple[int, float]:
    """Follow one unit of a party's inputs upstream until what is not yet followed carries at most ``goal`` of score.

    With a goal of 0 everything is followed; components above `DIRECT` need one above 0.

    What is known is ``score[origin] = sum mass[u] s[u] + sum rest[u] score[u]`` at every moment, whatever the order;
    positions are taken from the brand down, so that off cycles each is taken once. ``rest``, ``mass`` and ``mark``
    are all 0 on entry; the caller clears what ``touched`` names.

    Parameters
    ----------
    cycle : array of int32
        Number of the cyclic component of every position, -1 off cycles.
    goal : float
        Score that may stay unfollowed, 0 or more.
    most : int
        Links to follow at most, about.

    Returns
    -------
    count, missing
        How many positions were touched, and the score behind what was not followed: infinite where more than ``most``
        links were to be followed, not a number where a cycle keeps all that enters it.
    """
    waiting, left, steps = 0, 0, 0
    if score[origin] <= 0:
        return 0, 0.0
    bar = goal / 256.0
    rest[origin] = 1.0
    mark[origin] = 3  # 1: touched, 2: on the heap, 4: skipped
    touched[0] = origin
    count = 1
    heap[0] = origin
    waiting = 1
    known = np.empty(DIRECT)
    system = np.empty((DIRECT, DIRECT))
    while True:
        while waiting:
            if steps > most:
                return count, np.inf
            node = _take_top(heap, waiting)
            waiting -= 1
            mark[node] &= 253
            amount = rest[node]
            if amount == 0:
                continue
            group = cycle[node]
            small = group >= 0 and stops[group] - starts[group] <= DIRECT
            if amount * score[node] <= bar:
                if not mark[node] & 4:
                    mark[node] |= 4
                    skipped[left] = node
                    left += 1
                continue
            steps += indptr[node + 1] - indptr[node]
            if small:
                begin, end = starts[group], stops[group]
                members = end - begin
                block = system[:members, :members].copy()
                right = known[:members].copy()
                for i in range(members):
                    right[i] = rest[begin + i]
                    for k in range(members):
                        block[i, k] = 1.0 if i == k else 0.0
                for i in range(begin, end):
                    for link in range(indptr[i], indptr[i + 1]):
                        if ends[link] >= begin and score[ends[link]] > 0:
                            block[ends[link] - begin, i - begin] -= scale[i] * share[link]
                if eliminate(block, right) == 0:
                    return count, np.nan
                for i in range(begin, end):
                    rest[i] = 0.0
                    through = max(right[i - begin], 0.0)
                    if through == 0:
                        continue
                    if not mark[i] & 1:
                        mark[i] |= 1
                        touched[count] = i
                        count += 1
                    mass[i] += through
                    passed = through * scale[i]
                    if passed == 0:
                        continue
                    for link in range(indptr[i], indptr[i + 1]):
                        supplier = ends[link]
                        if supplier < begin and score[supplier] > 0:
                            rest[supplier] += passed * share[link]
                            if not mark[supplier] & 1:
                                touched[count] = supplier
                                count += 1
                            if not mark[supplier] & 2:
                                _sift_in(heap, waiting, supplier)
                                waiting += 1
                            mark[supplier] |= 3
                continue
            rest[node] = 0.0
            mass[node] += amount
            passed = amount * scale[node]
            if passed == 0:
                continue
            for link in range(indptr[node], indptr[node + 1]):
                supplier = ends[link]
                if score[supplier] > 0:
                    rest[supplier] += passed * share[link]
                    if not mark[supplier] & 1:
                        touched[count] = supplier
                        count += 1
                    if not mark[supplier] & 2:
                        _sift_in(heap, waiting, supplier)
                        waiting += 1
                    mark[supplier] |= 3
        missing = 0.0
        for i in range(left):
            missing += rest[skipped[i]] * score[skipped[i]]
        if missing <= goal:
            return count, missing
        bar /= 8.0
        for i in range(left):
            node = skipped[i]
            mark[node] &= 251
            if not mark[node] & 2 and rest[node] > 0:
                _sift_in(heap, waiting, node)
                waiting += 1
                mark[node] |= 2
        left = 0


@kernel("void(int64[::1], int32[::1], float64[::1], float64[::1], float64[::1], int32, int32)")
def pour(indptr: Ints, ends: Small, share: Floats, scale: Floats, x: Floats, begin: int, end: int) -> None:
    """Pass what a solved component passes on to the suppliers before it."""
    for i in range(begin, end):
        x[i] = max(x[i], 0.0)
        passed = x[i] * scale[i]
        if passed != 0:
            for link in range(indptr[i], indptr[i + 1]):
                if ends[link] < begin:
                    x[ends[link]] += passed * share[link]


@kernel(
    "int64(int64[::1], int32[::1], float64[::1], int32[::1], int32[::1], float64[::1], float64[::1], "
    "int64, float64, int64)"
)
def solve_transposed(
    indptr: Ints,
    ends: Small,
    share: Floats,
    starts: Small,
    stops: Small,
    scale: Floats,
    x: Floats,
    last: int,
    tolerance: float,
    sweeps: int,
) -> int:
    """Row vector ``x (I - diag(scale) P)^-1`` in place, from cyclic component ``last`` down and what lies before it.

    Returns
    -------
    int
        Number of the first component met that was not solved, to be solved elsewhere; -1 where all is solved.
    """
    position = starts[last + 1] if last + 1 < len(starts) else len(x)
    for cycle in range(last, -2, -1):
        end = stops[cycle] if cycle >= 0 else 0
        for i in range(position - 1, end - 1, -1):
            passed = x[i] * scale[i]
            if passed != 0:
                for link in range(indptr[i], indptr[i + 1]):
                    x[ends[link]] += passed * share[link]
        if cycle < 0:
            break
        begin = starts[cycle]
        members = end - begin
        fed = False
        for i in range(begin, end):
            fed = fed or x[i] != 0
        position = begin
        if not fed:
            continue
        if members <= DIRECT:
            system = np.zeros((members, members))
            for i in range(begin, end):
                system[i - begin, i - begin] += 1.0
                for link in range(indptr[i], indptr[i + 1]):
                    if ends[link] >= begin:
                        system[ends[link] - begin, i - begin] -= scale[i] * share[link]
            solved = x[begin:end].copy()
            if eliminate(system, solved) == 0:
                return cycle
            for i in range(begin, end):
                x[i] = solved[i - begin]
        else:
            known = x[begin:end].copy()
            rest = known.copy()
            for i in range(begin, end):
                x[i] = 0.0
            total = np.inf
            for _ in range(sweeps):
                total = 0.0
                for i in range(end - 1, begin - 1, -1):
                    amount = rest[i - begin]
                    if amount == 0:
                        continue
                    rest[i - begin] = 0.0
                    x[i] += amount
                    total = max(total, amount)
                    for link in range(indptr[i], indptr[i + 1]):
                        if ends[link] >= begin:
                            rest[ends[link] - begin] += amount * scale[i] * share[link]
                if total <= tolerance:
                    break
            if total > tolerance:
                for i in range(begin, end):
                    x[i] = known[i - begin]
                return cycle
        pour(indptr, ends, share, scale, x, begin, end)
    return -1


@kernel(
    "Tuple((float64, float64))(int64[::1], int32[::1], float64[::1], float64[::1], int32, int32, int32, float64, "
    "int64, float64[::1], uint8[::1], int32[::1], int32[::1])"
)
def returns(
    rows: Ints,
    buyers: Small,
    share: Floats,
    scale: Floats,
    node: int,
    begin: int,
    end: int,
    bar: float,
    most: int,
    rest: Floats,
    mark: Marks,
    queue: Small,
    touched: Small,
) -> tuple[float, float]:
    """Follow one unit from a position downstream inside its cyclic component ``begin .. end``, breadth first.

    At every moment ``R[x, x] = q[x] + sum_u R[x, u] c[u]``, q what was followed and c (``rest``) what was not.
    ``rest`` and ``mark`` are all 0 on entry and on return.

    Parameters
    ----------
    rows, buyers, share
        The links by supplier, see `turned`.
    bar : float
        What is left anywhere need not be followed up to here.
    most : int
        Links to follow at most.

    Returns
    -------
    followed, left
        ``q[x]``, a lower bound of ``R[x, x]``, and the largest ``c``.
    """
    room = len(queue)
    head, tail, count = 0, 1, 1
    rest[node] = 1.0
    queue[0] = touched[0] = node
    mark[node] = 3  # 1: touched, 2: in the queue
    followed, steps = 0.0, 0
    while head != tail and steps < most:
        at = queue[head]
        head = (head + 1) % room
        mark[at] = 1
        amount = rest[at]
        rest[at] = 0.0
        if at == node:
            followed += amount
        for link in range(rows[at], rows[at + 1]):
            buyer = buyers[link]
            if begin <= buyer < end:
                rest[buyer] += amount * scale[buyer] * share[link]
                if not mark[buyer]:
                    mark[buyer] = 1
                    touched[count] = buyer
                    count += 1
                if rest[buyer] > bar and mark[buyer] == 1:
                    mark[buyer] = 3
                    queue[tail] = buyer
                    tail = (tail + 1) % room
            steps += 1
    left = 0.0
    for i in range(count):
        left = max(left, rest[touched[i]])
        rest[touched[i]] = 0.0
        mark[touched[i]] = 0
    return followed, left
