"""Parts of an AS graph around one AS: the way up to the core, the customer cone, the neighbours."""

import heapq
from collections.abc import Iterable
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rib.registry.arguments import check_at_least, check_required
from rib.table.clique import infer_clique
from rib.table.graph import DiGraph
from rib.table.hops import expand_ranges
from rib.table.keys import distinct, pack, unpack
from rib.table.selection import as_number, as_numbers

__all__ = ["customer_cone", "ego_graph", "neighbourhood", "strongest"]

Positions = npt.NDArray[np.int64]


def neighbourhood(graph: DiGraph, asn: int, *, core: Iterable[int] | None = None) -> DiGraph:
    """Give the ASes over which the core of the Internet reaches an AS, as seen on paths.

    Of every path with the AS, the part from the last AS of the core that stands before it (nearer to
    the vantage point) up to the AS itself. The part before that AS of the core is the vantage point's
    way to the core and tells nothing about the AS. Where no AS of the core stands before it, only the
    link into the AS: what lies before may be a way up from the vantage point.

    Parameters
    ----------
    graph : DiGraph
        A graph as `rib.as_graph` returns.
    asn : int
        The AS.
    core : iterable of int, optional
        ASes of the core. Default: ``graph.graph["clique"]``, which the relationships list, where there
        is one; otherwise a clique inferred from the graph's paths: of the 20 ASes of the highest
        transit degree those that are all neighbours of each other, the largest such set by the sum of
        transit degrees.

    Returns
    -------
    DiGraph
        The ASes and links of these parts with the attributes they have in ``graph``. Its own
        attributes are ``core`` (the ASes of the core in it, ascending), ``n_paths`` (paths with the
        AS behind another one), ``n_paths_without_core`` (those of them that show no more than the
        link into the AS) and ``n_paths_left_out`` (paths that begin with the AS). Only the AS where
        all do; empty where the graph lacks the AS.

    Raises
    ------
    TypeError, ValueError
        ``graph`` is no graph of `rib.as_graph`, or a part of one, which has no paths; ``asn`` or
        ``core`` are no AS numbers.

    Notes
    -----
    Every walk of the result to the AS is made of links seen, but the walk itself need not have been
    seen. Counts on links are those of the whole graph; ``rib.as_graph(table, through=asn)`` counts
    routes with the AS alone. O(hops of the graph's paths).

    References
    ----------
    Luckie et al., "AS Relationships, Customer Cones, and Validation", IMC 2013, for
    the transit degree and the clique.

    Examples
    --------
    >>> import rib
    >>> table = rib.read_mrt("data/sample-mrt/collector.20250117.0000.mrt.bz2")
    >>> above = rib.neighbourhood(rib.as_graph(table), 213394)
    >>> list(above.predecessors(213394))
    [43424]
    """
    paths, asn = _checked(graph, asn)
    top = _core(graph, paths, core)
    offsets, hops = paths.offsets.to_numpy(), paths.values.to_numpy()
    path, at = _occurrences(offsets, hops, asn)
    which, before = expand_ranges(offsets[path], at)
    is_core = np.isin(hops[before], top)
    first = np.full(len(at), -1, dtype=np.int64)
    np.maximum.at(first, which[is_core], before[is_core])
    led, behind = first >= 0, at > offsets[path]
    first[~led] = at[~led] - behind[~led]
    _, start = expand_ranges(first, at)
    part = _part(graph, asn, pack(hops[start], hops[start + 1]))
    part.graph["core"] = tuple(a for a in top.tolist() if a in part)
    part.graph["n_paths"] = int(behind.sum())
    part.graph["n_paths_without_core"] = int((behind & ~led).sum())
    part.graph["n_paths_left_out"] = int((~behind).sum())
    return part


def customer_cone(graph: DiGraph, asn: int) -> DiGraph:
    """Give the ASes that are seen behind an AS: its customers, their customers, and so on.

    With relationships: the BGP-observed customer cone of Luckie et al. An AS is in the cone if on some
    path it stands behind the AS and every link between them leads from a provider to its customer.
    Without: every AS that stands behind the AS on some path, whatever the links are.

    Parameters
    ----------
    graph : DiGraph
        A graph as `rib.as_graph` returns. It has relationships where they were given there.
    asn : int
        The AS.

    Returns
    -------
    DiGraph
        The AS, the cone, and the links that lead into it on these paths, with the attributes they
        have in ``graph``. Its own attribute ``n_paths`` is the number of paths that show a part of
        the cone, ``n_paths_left_out`` that of the other paths with the AS: those that end with it, or
        whose next link does not lead to a customer. Only the AS where nothing is behind it; empty where
        the graph lacks the AS.

    Raises
    ------
    TypeError, ValueError
        ``graph`` is no graph of `rib.as_graph`, or a part of one, which has no paths; ``asn`` is no AS
        number.

    Notes
    -----
    **Without relationships this is no customer cone** for an AS that vantage points use as a provider's
    or peer's way out: what is behind it includes what it reaches over its own providers and peers, for
    the AS of a vantage point itself nearly the Internet. It is one for an AS that announces only
    its customers' routes to all who are seen to use it.

    A link that ``relationships`` does not list ends the descent. Only what is announced and seen
    counts, so the cone is a lower bound. O(hops of the graph's paths).

    References
    ----------
    Luckie et al., "AS Relationships, Customer Cones, and Validation", IMC 2013.

    Examples
    --------
    >>> import rib
    >>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
    >>> relationships = rib.read_relationships("data/sample-mrt/as-rel.txt.bz2")
    >>> graph = rib.as_graph(table, relationships=relationships)
    >>> 213394 in rib.customer_cone(graph, 43424)
    True
    """
    paths, asn = _checked(graph, asn)
    offsets, hops = paths.offsets.to_numpy(), paths.values.to_numpy()
    path, at = _occurrences(offsets, hops, asn)
    which, start = expand_ranges(at, offsets[path + 1] - 1)
    links = pack(hops[start], hops[start + 1])
    if "clique" in graph.graph:
        # The descent of a path ends where its first other link begins.
        end = np.full(len(at), len(hops), dtype=np.int64)
        other = ~_leads_to_customer(graph, links)
        np.minimum.at(end, which[other], start[other])
        below = start < end[which]
        which, links = which[below], links[below]
    part = _part(graph, asn, links)
    part.graph["n_paths"] = len(np.unique(which))
    part.graph["n_paths_left_out"] = len(at) - part.graph["n_paths"]
    return part


def ego_graph(graph: DiGraph, asn: int, radius: int = 1, *, max_nodes: int = 60) -> DiGraph:
    """Give the ASes around one AS, in either direction: small enough to draw.

    Parameters
    ----------
    graph : DiGraph
        A graph as `rib.as_graph` returns, or a part of one.
    asn : int
        The AS in the middle.
    radius : int, default 1
        Farthest distance from the AS, in links whatever their direction, 0 or more.
    max_nodes : int, default 60
        Most ASes in the result, 1 or more. Where there are more within the radius, those stay that
        hang on the links with most prefixes: starting with the AS, the next one is always that with
        the largest ``n_prefixes`` on a link to those that are in already, ties to the lower ASN.

    Returns
    -------
    DiGraph
        These ASes and all links between them, with the attributes they have in ``graph``. Its own
        attribute ``n_left_out`` is the number of ASes within the radius that are not in it. Empty
        where the graph lacks the AS.

    Raises
    ------
    TypeError, ValueError
        An argument is not what its name says.

    Notes
    -----
    Equal to `networkx.ego_graph` with ``undirected=True`` where there are no more than ``max_nodes``
    ASes, without its copy of the whole graph. O(links within the radius).

    Examples
    --------
    >>> import rib
    >>> graph = rib.as_graph(rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2"))
    >>> sorted(rib.ego_graph(graph, 213394))
    [3257, 3356, 29075, 43424, 213394]
    """
    check_required(graph=graph)
    asn = as_number("asn", asn)
    check_at_least(0, radius=radius)
    check_at_least(1, max_nodes=max_nodes)
    if asn not in graph:
        return _copied(graph, [])
    view: Any = graph.to_undirected(as_view=True)
    near = set(nx.single_source_shortest_path_length(view, asn, cutoff=radius))
    kept = near if len(near) <= max_nodes else strongest(graph.subgraph(near), asn, max_nodes)
    part = _copied(graph, kept)
    part.graph["n_left_out"] = len(near) - len(kept)
    return part


def strongest(graph: "nx.DiGraph[int]", asn: int, most: int, *, before: bool = False) -> set[int]:
    """Give at most so many ASes: always that with most prefixes on a link to those already taken.

    With ``before``, only over links that lead to those already taken.
    """
    taken: set[int] = set()
    queue = [(0, asn)]
    while queue and len(taken) < most:
        _, found = heapq.heappop(queue)
        if found in taken:
            continue
        taken.add(found)
        behind = {} if before else graph.succ[found]
        for other, of in (*graph.pred[found].items(), *behind.items()):
            if other not in taken:
                heapq.heappush(queue, (-of.get("n_prefixes", 0), other))
    return taken


# -- parts of graphs -------------------------------------------------------------------------------


def _checked(graph: DiGraph, asn: int) -> tuple[pa.ListArray, int]:
    """Check the arguments of a view over paths, and give the paths and the AS."""
    check_required(graph=graph)
    if graph.paths is None:
        raise ValueError(
            f"graph={graph}: expected a graph as as_graph returns; a part or copy of one has no paths"
        )
    return graph.paths, as_number("asn", asn)


def _core(
    graph: DiGraph, paths: pa.ListArray, core: Iterable[int] | None
) -> npt.NDArray[np.uint32]:
    if core is not None:
        return np.unique(as_numbers("core", core))
    listed: tuple[int, ...] = graph.graph.get("clique", ())
    return np.array(sorted(listed) if listed else infer_clique(paths), dtype=np.uint32)


def _occurrences(
    offsets: npt.NDArray[Any], hops: npt.NDArray[np.uint32], asn: int
) -> tuple[Positions, Positions]:
    """Give the paths with an AS and where it stands; paths in a graph have it once at most."""
    at = np.flatnonzero(hops == asn)
    return (np.searchsorted(offsets, at, side="right") - 1).astype(np.int64), at.astype(np.int64)


def _leads_to_customer(graph: DiGraph, links: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
    known = distinct(links)
    left, right = (ends.tolist() for ends in unpack(known))
    down = [
        graph.edges[link].get("relationship") == "customer"
        for link in zip(left, right, strict=True)
    ]
    result: npt.NDArray[np.bool_] = np.array(down, dtype=bool)[np.searchsorted(known, links)]
    return result


def _part(graph: DiGraph, asn: int, links: npt.NDArray[np.uint64]) -> DiGraph:
    """Give one AS and these links with their ASes, or nothing where the graph lacks the AS."""
    left, right = (ends.tolist() for ends in unpack(distinct(links)))
    part = _copied(graph, {asn, *left, *right} if asn in graph else ())
    kept = set(zip(left, right, strict=True))
    part.remove_edges_from([edge for edge in part.edges if edge not in kept])
    return part


def _copied(graph: DiGraph, nodes: Iterable[int]) -> DiGraph:
    """Give a part of a graph as a graph of its own, nodes and edges ascending."""
    part = DiGraph(**graph.graph)
    chosen = sorted(nodes)
    among = set(chosen)
    part.add_nodes_from((asn, dict(graph.nodes[asn])) for asn in chosen)
    part.add_edges_from(
        (asn, other, dict(graph.succ[asn][other]))
        for asn in chosen
        for other in sorted(among & graph.succ[asn].keys())
    )
    return part
