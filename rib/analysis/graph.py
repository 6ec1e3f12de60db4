"""The AS graph that the routes of a table span: as a graph, as a table of links, as arrays."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from rib._backend import core
from rib.registry.arguments import check_given, check_required
from rib.registry.relationships import CUSTOMER, PEER, PROVIDER, SIBLING, Relationships
from rib.table.arrays import RouteArrays, analysis_routes, column
from rib.table.graph import COUNTS, DiGraph, LinkArrays, link_arrays
from rib.table.route_columns import path_columns, route_columns
from rib.table.selection import as_number

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["as_csr", "as_graph", "as_links"]

#: What the right AS of a link is to the left one, by what the left one is to it.
_RIGHT_IS = {PROVIDER: "customer", CUSTOMER: "provider", PEER: "peer", SIBLING: "sibling"}


def as_links(table: "Rib", *, relationships: Relationships | None = None) -> pa.Table:
    """Give the links of the AS graph as a table: neighbours on unprepended AS paths, peer to origin.

    Parameters
    ----------
    table : Rib
        Routes of collectors or of an own view.
    relationships : Relationships, optional
        Adds the column ``relationship``. See `rib.read_relationships`.

    Returns
    -------
    pyarrow.Table
        One row per link, sorted by (``from_as``, ``to_as``).

        ============ ======== ======== ============================================================
        column       dtype    nullable meaning
        ============ ======== ======== ============================================================
        from_as      uint32   no       AS nearer to the vantage point
        to_as        uint32   no       AS behind it: announced the routes to ``from_as``
        n_prefixes   uint32   no       prefixes with a route over the link
        n_peers      uint32   no       VP ASes with a route over the link
        n_paths      uint32   no       distinct unprepended AS paths over the link
        relationship string   yes      what ``to_as`` is to ``from_as``: ``customer``, ``provider``,
                                       ``peer`` or ``sibling``; null where ``relationships`` has no
                                       such link
        ============ ======== ======== ============================================================

        The last column is there where ``relationships`` is given.

    Raises
    ------
    TypeError
        An argument is not what its name says.

    Notes
    -----
    The links that `rib.as_graph` has as edges, and what it says about paths that do not enter holds
    here too, but no object per link: made for tables of tens of millions of routes.
    O(routes · path length), native.

    References
    ----------
    Luckie et al., IMC 2013, on sanitising paths and on relationships.

    Examples
    --------
    >>> import rib
    >>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
    >>> relationships = rib.read_relationships("data/sample-mrt/as-rel.txt.bz2")
    >>> links = rib.as_links(table, relationships=relationships).to_pandas()
    >>> set(links[links.to_as == 213394].relationship)
    {'customer'}
    """
    check_required(table=table)
    check_given(relationships=relationships)
    return _links(analysis_routes(table), path_columns(table), relationships)


def as_csr(links: pa.Table) -> LinkArrays:
    """Give a table of links as compressed sparse rows in plain NumPy arrays.

    Parameters
    ----------
    links : pyarrow.Table
        What `rib.as_links` returns, or rows of it.

    Returns
    -------
    LinkArrays
        ``asns``: the ASes that have a link, ascending; the links of ``asns[i]`` are
        ``indptr[i]:indptr[i + 1]`` of ``indices`` (positions in ``asns``), ``n_prefixes``,
        ``n_peers`` and ``n_paths``.

    Raises
    ------
    TypeError
        ``links`` is no such table.

    Notes
    -----
    SciPy is not needed. Where it is installed, ``scipy.sparse.csr_array((csr.n_prefixes,
    csr.indices, csr.indptr), shape=(len(csr.asns),) * 2)`` is the matrix. O(links log links).

    Examples
    --------
    >>> import rib
    >>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
    >>> csr = rib.as_csr(rib.as_links(table))
    >>> len(csr.asns) + 1 == len(csr.indptr)
    True
    """
    needed = {"from_as", "to_as", *COUNTS}
    if not isinstance(links, pa.Table) or not needed <= set(links.column_names):
        raise TypeError(f"links=<{type(links).__name__}>: expected a table, as as_links returns")
    return link_arrays(links)


def as_graph(
    table: "Rib", *, relationships: Relationships | None = None, through: int | None = None
) -> DiGraph:
    """Give the AS graph of a table: neighbours on unprepended AS paths, from peer to origin.

    An edge a → b says that on some route b stands right behind a, seen from the vantage point:
    b announced the route to a, traffic flows from a to b.

    Parameters
    ----------
    table : Rib
        Routes of collectors or of an own view.
    relationships : Relationships, optional
        Adds the edge attribute ``relationship``. See `rib.read_relationships`.
    through : int, optional
        Only the routes with this ASN on their path. Default: all routes.

    Returns
    -------
    DiGraph
        A `networkx.DiGraph`. Nodes are ASNs (int), ascending, with

        - ``n_prefixes_originated``: prefixes with a route that this AS originates.

        Edges, ascending by (from, to), have

        - ``n_prefixes``: prefixes with a route over the link,
        - ``n_peers``: VP ASes with a route over the link,
        - ``n_paths``: distinct unprepended AS paths over the link,
        - ``relationship``, where ``relationships`` is given: what b is to a, ``"customer"``,
          ``"provider"``, ``"peer"`` or ``"sibling"``; None where the link is not listed.

        The graph itself has ``n_paths`` and ``n_paths_left_out``: AS paths that are in the graph
        and that are not; and ``clique``, where ``relationships`` is given: the ASes at the top that
        it lists (a tuple, empty where it lists none). ``to_arrow()`` and ``to_csr()`` give the links
        as arrays, ``paths`` is the paths.

    Raises
    ------
    TypeError
        An argument is not what its name says.
    ValueError
        ``through`` is no AS number.

    Notes
    -----
    A path with an AS_SET of several members, a confederation segment, a loop or a reserved ASN does
    not enter: ASes that stand side by side on it need not be neighbours. Default routes are left
    out. A collector sees best paths only: the graph lacks links, above all peerings below the
    vantage points. A VP AS that does not put itself on its paths (a route server) is no node for
    that, but counts in ``n_peers``.

    `rib.neighbourhood`, `rib.customer_cone` and `rib.ego_graph` give parts of it.

    Counting is O(routes · path length) native; building the graph is a loop over distinct links,
    which `rib.as_links` spares.

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
    check_given(relationships=relationships)
    routes, paths = analysis_routes(table), path_columns(table)
    if through is not None:
        routes = _through(as_number("through", through), routes, paths)
    used = np.zeros(len(paths), dtype=bool)
    used[routes.as_path_id] = True
    enters = column(paths, "in_graph") & used
    graph = DiGraph(n_paths=int(enters.sum()), n_paths_left_out=int((used & ~enters).sum()))
    graph.paths = paths.column("hops").filter(pa.array(enters)).combine_chunks()
    if relationships is not None:
        graph.graph["clique"] = relationships.clique
    originated = _prefixes_originated(paths, routes)
    for asn in np.unique(graph.paths.values.to_numpy()).tolist():
        graph.add_node(asn, n_prefixes_originated=originated.get(asn, 0))
    links = _links(routes, paths, relationships)
    start, stop, *counts = (links.column(name).to_pylist() for name in links.column_names)
    names = links.column_names[2:]
    edges = zip(start, stop, zip(*counts, strict=True), strict=True)
    graph.add_edges_from((a, b, dict(zip(names, of, strict=True))) for a, b, of in edges)
    return graph


def _through(asn: int, routes: RouteArrays, paths: pa.Table) -> RouteArrays:
    """Keep the routes with an AS on their path."""
    hops = paths.column("hops").combine_chunks()
    offsets, values = hops.offsets.to_numpy(), hops.values.to_numpy()
    holds = np.zeros(len(paths), dtype=bool)
    holds[np.searchsorted(offsets, np.flatnonzero(values == asn), side="right") - 1] = True
    return routes.only(holds[routes.as_path_id])


def _links(routes: RouteArrays, paths: pa.Table, relationships: Relationships | None) -> pa.Table:
    """Count the links of routes, and say what they are."""
    found = core.as_links(route_columns(routes), paths)
    columns = {name: found.column(name) for name in found.column_names}
    if relationships is not None:
        code = relationships.between(column(found, "from_as"), column(found, "to_as"))
        names = list(_RIGHT_IS.values())
        place = np.full(256, -1, dtype=np.int32)
        place[list(_RIGHT_IS)] = np.arange(len(names))
        at = place[code]
        columns["relationship"] = pa.array(names, pa.utf8()).take(pa.array(at, mask=at < 0))
    return pa.table(columns)


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
