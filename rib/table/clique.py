"""The top of the AS graph, inferred from paths: transit degrees, and the clique of the largest."""

from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rib.table.arrays import analysis_routes, column
from rib.table.keys import distinct, pack, unpack
from rib.table.route_columns import path_columns

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["N_CANDIDATES", "clique_of", "infer_clique", "transit_degrees"]

#: ASes of the highest transit degree among which the clique is sought.
N_CANDIDATES = 20


def transit_degrees(paths: pa.ListArray) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64]]:
    """Give the ASes that transit on some path, ascending, and the transit degree of each.

    The transit degree is the number of distinct neighbours on the paths on which the AS stands
    neither first nor last (Luckie et al., IMC 2013).

    Notes
    -----
    O(hops log hops).
    """
    offsets, hops = paths.offsets.to_numpy(), paths.values.to_numpy()
    inside = np.ones(len(hops), dtype=bool)
    filled = offsets[:-1] < offsets[1:]
    inside[offsets[:-1][filled]] = False
    inside[offsets[1:][filled] - 1] = False
    at = np.flatnonzero(inside)
    before, after = (
        pack(hops[at], hops[at - 1]),
        pack(hops[at], hops[np.minimum(at + 1, len(hops) - 1)]),
    )
    of, _ = unpack(distinct(np.concatenate([distinct(before), distinct(after)])))
    asns, degree = np.unique(of, return_counts=True)
    return asns.astype(np.uint32), degree.astype(np.int64)


def infer_clique(paths: pa.ListArray) -> tuple[int, ...]:
    """Give the ASes at the top, ascending: a clique of the ASes with the highest transit degrees.

    Of the `N_CANDIDATES` ASes with the highest transit degree (ties to the lower ASN), the largest
    set by the sum of transit degrees in which all are neighbours of each other on the paths.
    Empty where no AS transits.

    Notes
    -----
    The first step of Luckie et al. (IMC 2013), which they take with ten candidates and then
    complete with further ASes. Among equals the set with the lowest ASNs.
    """
    asns, degree = transit_degrees(paths)
    top = np.lexsort((asns, -degree))[:N_CANDIDATES]
    weight = dict(zip(asns[top].tolist(), degree[top].tolist(), strict=True))
    hops = paths.values.to_numpy()
    linked = np.ones(max(len(hops) - 1, 0), dtype=bool)
    ends = paths.offsets.to_numpy()[1:-1]
    linked[ends[(ends > 0) & (ends < len(hops))] - 1] = False
    is_top = np.isin(hops, asns[top])
    both = linked & is_top[:-1] & is_top[1:]
    left, right = unpack(distinct(pack(hops[:-1][both], hops[1:][both])))
    graph: nx.Graph[int] = nx.Graph(zip(left.tolist(), right.tolist(), strict=True))
    graph.add_nodes_from(weight)
    cliques = [tuple(sorted(clique)) for clique in nx.find_cliques(graph)]
    return min(cliques, key=lambda c: (-sum(weight[a] for a in c), c), default=())


def clique_of(table: "Rib") -> tuple[int, ...]:
    """Infer the clique from the paths of a table that enter its AS graph."""
    paths = path_columns(table)
    enters = np.zeros(len(paths), dtype=bool)
    enters[analysis_routes(table).as_path_id] = True
    enters &= column(paths, "in_graph")
    return infer_clique(paths.column("hops").filter(pa.array(enters)).combine_chunks())
