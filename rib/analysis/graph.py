"""The AS graph that the routes of a table span."""

from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from rib._backend import core
from rib.registry.arguments import check_required
from rib.table.arrays import RouteArrays, analysis_routes, column
from rib.table.route_columns import path_columns, route_columns

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["as_graph"]


def as_graph(table: "Rib") -> "nx.DiGraph[int]":
    """Give the AS graph of a table: neighbours on unprepended AS paths, from peer to origin.

    An edge a → b says that on some route b stands right behind a, seen from the vantage point:
    b announced the route to a, traffic flows from a to b.

    Parameters
    ----------
    table : Rib
        Routes of collectors or of an own view.

    Returns
    -------
    networkx.DiGraph
        Nodes are ASNs (int), ascending, with

        - ``n_prefixes_originated``: prefixes with a route that this AS originates.

        Edges, ascending by (from, to), have

        - ``n_prefixes``: prefixes with a route over the link,
        - ``n_peers``: VP ASes with a route over the link,
        - ``n_paths``: distinct unprepended AS paths over the link.

        The graph itself has ``n_paths`` and ``n_paths_left_out``: AS paths that are in the graph
        and that are not.

    Notes
    -----
    A path with an AS_SET of several members, a confederation segment, a loop or a reserved ASN does
    not enter: ASes that stand side by side on it need not be neighbours. Default routes are left
    out. A collector sees best paths only: the graph lacks links, above all peerings below the
    vantage points. A VP AS that does not put itself on its paths (a route server) is no node for
    that, but counts in ``n_peers``.

    Counting is O(routes · path length) native; building the graph is a loop over distinct links.

    References
    ----------
    Gao, IEEE/ACM ToN 9 (2001); Luckie et al., IMC 2013, on sanitising paths.

    Examples
    --------
    >>> import rib
    >>> graph = rib.as_graph(rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2"))
    >>> sorted(graph.predecessors(213394))
    [3257, 3356, 29075, 43424]
    """
    check_required(table=table)
    routes = analysis_routes(table)
    paths = path_columns(table)
    links = core.as_links(route_columns(routes), paths)
    used = np.zeros(len(paths), dtype=bool)
    used[routes.as_path_id] = True
    enters = column(paths, "in_graph") & used
    graph: nx.DiGraph[int] = nx.DiGraph(
        n_paths=int(enters.sum()), n_paths_left_out=int((used & ~enters).sum())
    )
    originated = _prefixes_originated(paths, routes)
    hops = pc.list_flatten(paths.column("hops").filter(pa.array(enters)))
    for asn in np.unique(hops.to_numpy()).tolist():
        graph.add_node(asn, n_prefixes_originated=originated.get(asn, 0))
    start, stop, *counts = (links.column(name).to_pylist() for name in links.column_names)
    names = links.column_names[2:]
    edges = zip(start, stop, zip(*counts, strict=True), strict=True)
    graph.add_edges_from((a, b, dict(zip(names, of, strict=True))) for a, b, of in edges)
    return graph


def _prefixes_originated(paths: pa.Table, routes: RouteArrays) -> dict[int, int]:
    """Prefixes with a route of each origin AS."""
    origin_as = paths.column("origin_as")
    # 2^32 is above every ASN: it stands for no origin AS.
    asn = pc.fill_null(origin_as.cast(pa.uint64()), 1 << 32).to_numpy()
    origins, rank = np.unique(asn, return_inverse=True)
    origin = rank.astype(np.uint64)[routes.as_path_id]
    pairs = routes.prefix_id.astype(np.uint64) << np.uint64(32) | origin
    # Routes of a prefix stand together and mostly agree: few pairs are left, nearly in order, which
    # a stable sort makes use of.
    pairs = np.sort(pairs[_changes(pairs)], kind="stable")
    distinct = pairs[_changes(pairs)] & np.uint64(0xFFFFFFFF)
    count = np.bincount(distinct.astype(np.intp), minlength=len(origins))
    known: dict[int, Any] = dict(zip(origins.tolist(), count.tolist(), strict=True))
    known.pop(1 << 32, None)
    return known


def _changes(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
    """Mark the values that differ from the one before."""
    return np.concatenate([[True], values[1:] != values[:-1]])[: len(values)]
