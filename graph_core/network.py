"""The supply network of one day as arrays and ids: what every algorithm works on."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse import csgraph

from graph_core.errors import InputError, NotFoundError

if TYPE_CHECKING:
    import networkx as nx

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Marks = npt.NDArray[np.bool_]
T = TypeVar("T")

#: Files of a saved network.
_IDS = "ids.txt"
_ARRAYS = ("supplier", "buyer", "share", "strength")


@dataclass(frozen=True, eq=False)
class SupplyNetwork:
    """Who delivers what share to whom, and which sites are flagged.

    Build one with `from_networkx` or `from_arrays`, or from a graph and a day (`graph_core.day`).

    Attributes
    ----------
    ids : list of str
        Node ids; position is the node's number in the arrays.
    supplier, buyer : array of int
        Ends of every link, as node numbers; goods flow from supplier to buyer.
    share : array of float
        Share of the buyer's inputs that the link carries, 0..1. Parallel links add up.
    strength : array of float
        Flag strength of every node, 0..1; 0 where nothing is known against it.
    """

    ids: list[str]
    supplier: Ints
    buyer: Ints
    share: Floats
    strength: Floats
    _cache: dict[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def from_arrays(
        cls,
        ids: Sequence[str],
        supplier: npt.ArrayLike,
        buyer: npt.ArrayLike,
        share: npt.ArrayLike,
        flags: Mapping[str, float] | None = None,
    ) -> SupplyNetwork:
        """Build a network from arrays.

        Parameters
        ----------
        ids : sequence of str
            Node ids, each once.
        supplier, buyer : array of int
            Node numbers of the two ends of every link.
        share : array of float
            Share of the buyer's inputs, 0..1, of every link.
        flags : mapping of str to float, optional
            Flag strength, 0..1, of flagged nodes by id.

        Raises
        ------
        InputError
            A share or strength outside 0..1 or not a number (the link or node is named), a node number out of range,
            an id twice, arrays of different lengths.
        NotFoundError
            A flag on an id that is not a node.
        """
        names = list(ids)
        positions = {name: number for number, name in enumerate(names)}
        if len(positions) != len(names):
            raise InputError("an id occurs twice in ids; every node needs an id of its own")
        ends = np.asarray(supplier, dtype=np.int64), np.asarray(buyer, dtype=np.int64)
        shares = np.asarray(share, dtype=np.float64)
        _check_links(names, *ends, shares)
        strength = np.zeros(len(names))
        for name, value in (flags or {}).items():
            if name not in positions:
                raise NotFoundError(f"flag on {name!r}, which is not a node of the network")
            if not 0 <= value <= 1:
                raise InputError(f"flag strength of {name!r} is {value}; it has to lie in 0..1")
            strength[positions[name]] = value
        return cls(names, *ends, shares, strength)

    @classmethod
    def from_networkx(cls, graph: nx.DiGraph[Any], flags: Mapping[str, float] | None = None) -> SupplyNetwork:
        """Build a network from a directed networkx graph with edges supplier -> buyer.

        Parameters
        ----------
        graph : networkx.DiGraph or networkx.MultiDiGraph
            Every edge has an attribute ``share`` in 0..1.
        flags : mapping of str to float, optional
            Flag strength by node.

        Raises
        ------
        InputError
            An edge without ``share``, or with one outside 0..1.
        """
        ids = [str(node) for node in graph]
        number = {node: i for i, node in enumerate(graph)}
        count = graph.number_of_edges()
        supplier = np.fromiter((number[u] for u, _ in graph.edges()), np.int64, count)
        buyer = np.fromiter((number[v] for _, v in graph.edges()), np.int64, count)
        shares = (data.get("share", np.nan) for *_, data in graph.edges(data=True))
        share = np.fromiter(shares, np.float64, count)
        return cls.from_arrays(ids, supplier, buyer, share, flags)

    def save(self, folder: Path) -> None:
        """Keep the network as arrays in a folder, for `open`; a folder that is there is replaced whole.

        Parameters
        ----------
        folder : Path
            Its parent has to exist. One file an array, as NumPy writes them; ids as UTF-8 with the end of each.

        Raises
        ------
        InputError
            The folder cannot be written, or holds something else.
        """
        if folder.exists() and not (folder / _IDS).exists():
            raise InputError(f"{folder} exists and is no saved network; name another folder")
        text = [name.encode() for name in self.ids]
        ends = np.cumsum([len(name) for name in text], dtype=np.int64)
        try:
            draft = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
            (draft / _IDS).write_bytes(b"".join(text))
            for name, values in (("ends", ends), *((name, getattr(self, name)) for name in _ARRAYS)):
                np.save(draft / f"{name}.npy", values)
            if folder.exists():
                shutil.rmtree(folder)
            draft.replace(folder)
        except OSError as error:
            raise InputError(f"the network cannot be kept in {folder}: {error.strerror or error}") from error

    @classmethod
    def open(cls, folder: Path) -> SupplyNetwork:
        """Open a saved network; its arrays stay on disk and are read as they are needed.

        Parameters
        ----------
        folder : Path
            Written by `save`.

        Raises
        ------
        InputError
            The folder is no saved network, or not a whole one.
        """
        try:
            text = (folder / _IDS).read_bytes()
            ends = np.load(folder / "ends.npy").tolist()
            arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in _ARRAYS}
        except (OSError, ValueError) as error:
            raise InputError(f"{folder} is no saved network: {error}") from error
        ids = [text[a:b].decode() for a, b in zip([0, *ends], ends, strict=False)]
        sizes = {len(arrays[name]) for name in ("supplier", "buyer", "share")}
        if len(sizes) > 1 or len(arrays["strength"]) != len(ids) or len(text) != (ends[-1] if ends else 0):
            raise InputError(f"{folder} is no whole network: its arrays differ in length; save it again")
        return cls(ids, **arrays)

    def to_networkx(self) -> nx.MultiDiGraph[str]:
        """Give the network as a networkx graph; meant for the small part that is shown."""
        import networkx as nx  # noqa: PLC0415  only here, and slow to import

        graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
        for name, strength in zip(self.ids, self.strength.tolist(), strict=True):
            graph.add_node(name, strength=strength)
        rows = zip(self.supplier.tolist(), self.buyer.tolist(), self.share.tolist(), strict=True)
        graph.add_edges_from((self.ids[i], self.ids[j], {"share": p}) for i, j, p in rows)
        return graph

    def with_strength(self, strength: npt.ArrayLike) -> SupplyNetwork:
        """Give the same links with other flags; what was computed about the links alone is kept."""
        values = np.asarray(strength, dtype=np.float64)
        return SupplyNetwork(self.ids, self.supplier, self.buyer, self.share, values, self._cache)

    def kept(self, what: str, make: Callable[[], T], of: Hashable = None) -> T:
        """Something that is made once and kept with the links, for all networks that differ in flags only.

        Parameters
        ----------
        what : str
            Name of the thing.
        make : callable
            Makes it.
        of : hashable
            What it depends on besides the links, such as the flags; of several the last one is kept.
        """
        last = self._cache.get(what)
        if last is None or last[0] != of:
            # Both are put down at once: readers with other flags share what is kept.
            last = self._cache[what] = of, make()
        made: T = last[1]
        return made

    def __len__(self) -> int:
        return len(self.ids)

    def number(self, node: str) -> int:
        """Node number of an id.

        Raises
        ------
        NotFoundError
            No node has this id.
        """
        try:
            return self.positions[node]
        except KeyError:
            raise NotFoundError(f"{node!r} is not a node of the network") from None

    @property
    def positions(self) -> dict[str, int]:
        """Node number by id."""
        return self.kept("positions", lambda: {name: i for i, name in enumerate(self.ids)})

    @property
    def inputs(self) -> sparse.csr_array:
        """Shares as a matrix: row = buyer, column = supplier, parallel links added up."""
        return self.kept("inputs", self._inputs)

    def _inputs(self) -> sparse.csr_array:
        size = len(self.ids)
        matrix = sparse.coo_array((self.share, (self.buyer, self.supplier)), shape=(size, size)).tocsr()
        matrix.sum_duplicates()
        matrix.eliminate_zeros()  # a share of 0 is no link: it must not close a cycle
        return matrix

    @property
    def outputs(self) -> sparse.csr_array:
        """`inputs` the other way round: row = supplier, column = buyer."""
        return self.kept("outputs", self._outputs)

    def _outputs(self) -> sparse.csr_array:
        return self.inputs.T.tocsr()

    @property
    def mapped(self) -> Floats:
        """Sum of the shares of every buyer: what part of its inputs the network maps."""
        return self.kept("mapped", lambda: totals(self.buyer, self.share, len(self.ids)))

    def require_shares(self) -> None:
        """Check that no buyer's shares sum to more than 1.

        Raises
        ------
        InputError
            A buyer's shares sum to more than 1 + 1e-9; buyer, sum and links are named.
        """
        over = np.flatnonzero(self.mapped > 1 + 1e-9)
        if len(over):
            buyer = int(over[0])
            links = np.flatnonzero(self.buyer == buyer)[:10]
            named = ", ".join(f"{self.ids[self.supplier[i]]} {self.share[i]:g}" for i in links)
            raise InputError(
                f"the shares of buyer {self.ids[buyer]!r} sum to {self.mapped[buyer]:.6g}, more than 1 ({named}); "
                "correct them, or scale them before building the network"
            )


def totals(places: Ints, weights: Floats, size: int) -> Floats:
    """Sum of the weights at every place 0..size-1."""
    return np.bincount(places, weights=weights, minlength=size).astype(np.float64)


def reached_from(links: sparse.csr_array, starts: npt.ArrayLike) -> Marks:
    """Which nodes some nodes lead to along the rows of a matrix, directly or through others, those included."""
    size = links.shape[0]
    first = np.asarray(starts, dtype=links.indices.dtype)
    # Breadth-first search has one start: a node that leads to all of them is put behind the others.
    indices = np.concatenate([links.indices, first])
    indptr = np.append(links.indptr, len(indices)).astype(links.indptr.dtype)
    graph = sparse.csr_array((np.ones(len(indices)), indices, indptr), shape=(size + 1, size + 1))
    order = csgraph.breadth_first_order(graph, size, directed=True, return_predecessors=False)
    found = np.zeros(size + 1, dtype=np.bool_)
    found[order] = True
    return found[:size]


def _check_links(ids: list[str], supplier: Ints, buyer: Ints, share: Floats) -> None:
    if not len(supplier) == len(buyer) == len(share):
        raise InputError(f"supplier, buyer and share have {len(supplier)}, {len(buyer)} and {len(share)} entries")
    for name, ends in (("supplier", supplier), ("buyer", buyer)):
        if len(ends) and (ends.min() < 0 or ends.max() >= len(ids)):
            raise InputError(f"a {name} number lies outside 0..{len(ids) - 1}")
    bad = np.flatnonzero(~((share >= 0) & (share <= 1)))
    if len(bad):
        link = int(bad[0])
        raise InputError(
            f"the share of link {ids[supplier[link]]} -> {ids[buyer[link]]} is {share[link]}; it has to lie in 0..1"
        )
