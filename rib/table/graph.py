"""The AS graph as an object: links between ASes, the paths that show them, and links as arrays."""

from typing import TYPE_CHECKING, Any, NamedTuple

import networkx as nx
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rib.table.arrays import column

__all__ = ["COUNTS", "DiGraph", "LinkArrays", "link_arrays"]

#: What is counted on every link.
COUNTS = ("n_prefixes", "n_peers", "n_paths")

if TYPE_CHECKING:
    _DiGraph = nx.DiGraph[int]
else:
    # Only newer versions of networkx take a type of nodes.
    _DiGraph = nx.DiGraph


class LinkArrays(NamedTuple):
    """Links as compressed sparse rows: those of ``asns[i]`` are ``indptr[i]:indptr[i + 1]``.

    ``indices`` says where the AS that a link leads to is in ``asns``, ascending within a row. The
    counts are parallel to it.
    """

    asns: npt.NDArray[np.uint32]
    indptr: npt.NDArray[np.int64]
    indices: npt.NDArray[np.int64]
    n_prefixes: npt.NDArray[np.uint32]
    n_peers: npt.NDArray[np.uint32]
    n_paths: npt.NDArray[np.uint32]


class DiGraph(_DiGraph):
    """Links between ASes, from peer to origin, as a `networkx.DiGraph` that also gives arrays.

    Every function and method of networkx takes it, and so it is called what it is. Use `rib.as_graph`, not
    this constructor.

    Attributes
    ----------
    paths : pyarrow.ListArray or None
        The unprepended AS paths that span the graph, one for each AS path that enters, in no order
        that means anything. None for a part or a copy of a graph, which need not hold whole paths.
    """

    paths: pa.ListArray | None = None

    def to_arrow(self) -> pa.Table:
        """Give the links as a table.

        Returns
        -------
        pyarrow.Table
            One row per edge, sorted by (``from_as``, ``to_as``), with the columns of `rib.as_links`:
            ``relationship`` where edges have it. A count that an edge lacks is null.

        Notes
        -----
        A loop over the edges. `rib.as_links` gives the same table without a graph in between.

        Examples
        --------
        >>> import rib
        >>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
        >>> rib.as_graph(table).to_arrow().equals(rib.as_links(table))
        True
        """
        edges = sorted(self.edges(data=True), key=lambda edge: edge[:2])
        columns: dict[str, Any] = {
            "from_as": pa.array([a for a, _, _ in edges], pa.uint32()),
            "to_as": pa.array([b for _, b, _ in edges], pa.uint32()),
        }
        for name in COUNTS:
            columns[name] = pa.array([of.get(name) for _, _, of in edges], pa.uint32())
        if "clique" in self.graph:
            columns["relationship"] = pa.array(
                [of.get("relationship") for _, _, of in edges], pa.utf8()
            )
        return pa.table(columns)

    def to_csr(self) -> LinkArrays:
        """Give the links as compressed sparse rows in plain NumPy arrays.

        Returns
        -------
        LinkArrays
            ``asns``: every AS of the graph, ascending; ``indptr``, ``indices``; ``n_prefixes``,
            ``n_peers``, ``n_paths`` of each link (0 where an edge lacks one).

        Notes
        -----
        SciPy is not needed. Where it is installed, ``scipy.sparse.csr_array((csr.n_prefixes,
        csr.indices, csr.indptr), shape=(len(csr.asns),) * 2)`` is the matrix. `rib.as_csr` gives
        the same of a table of links, without a graph in between.

        Examples
        --------
        >>> import rib
        >>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
        >>> csr = rib.as_graph(table).to_csr()
        >>> row = csr.asns.searchsorted(43424)
        >>> 213394 in csr.asns[csr.indices[csr.indptr[row] : csr.indptr[row + 1]]]
        True
        """
        return link_arrays(self.to_arrow(), np.array(sorted(self), dtype=np.uint32))


def link_arrays(links: pa.Table, asns: npt.NDArray[np.uint32] | None = None) -> LinkArrays:
    """Give links as compressed sparse rows, over ``asns`` (ascending) or the ASes that have a link."""
    start, stop = column(links, "from_as"), column(links, "to_as")
    if asns is None:
        asns = np.union1d(start, stop).astype(np.uint32)
    row, to = np.searchsorted(asns, start), np.searchsorted(asns, stop)
    order = np.lexsort((to, row))
    prefixes, peers, paths = (
        np.asarray(links.column(name).fill_null(0).combine_chunks(), dtype=np.uint32)[order]
        for name in COUNTS
    )
    indptr = np.searchsorted(row[order], np.arange(len(asns) + 1)).astype(np.int64)
    return LinkArrays(asns, indptr, to[order].astype(np.int64), prefixes, peers, paths)
