"""How many really different ways lead to a prefix or AS, and where they share fate."""

from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from rib._backend import core
from rib.registry.arguments import check_required
from rib.table.arrays import RouteArrays, analysis_routes, column, to_frame
from rib.table.route_columns import path_columns, route_columns

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["path_diversity"]

_BY = ("prefix", "origin_as")
_NO_GROUP = np.uint32(0xFFFFFFFF)


def path_diversity(table: "Rib", *, by: Literal["prefix", "origin_as"] = "prefix") -> pd.DataFrame:
    """Measure the path diversity of every prefix or origin AS: spread, overlap, disjointness.

    Each VP AS has one vote per prefix, shared equally by its routes (several sessions, ADD-PATH).
    With p the shares of the votes over the values of a key (``next_hop``: first AS behind the VP's
    own; ``upstream``: AS next to the origin; ``path``: the unprepended path behind the VP's own
    leading AS) and n the number of values: entropy H = -Σ p·log2 p, effective number 2^H, inverse
    Simpson 1/Σp², evenness H/log2 n.

    Parameters
    ----------
    table : Rib
        Routes of collectors (the VPs are foreign ASes: how the world reaches the group) or of an
        own view (the VPs are our transits, ``n_vps`` their number): the formulas are the same, the
        numbers must not be mixed.
    by : {"prefix", "origin_as"}, default "prefix"
        What makes a group: one prefix, or all prefixes with one origin AS. A route without an
        origin AS (its path ends in an AS_SET) belongs to no origin.

    Returns
    -------
    pandas.DataFrame
        One row per group and family with a route, sorted by prefix (family, address, length), or by
        origin AS and family.

        ========================= ============ ====================================================
        column                    dtype        meaning
        ========================= ============ ====================================================
        prefix or origin_as       string/uint32 the group
        family                    uint8        4 or 6
        n_vps                     uint32       VP ASes that have a vote
        n_routes                  uint32       routes, those without a vote included
        n_prefixes                uint32       prefixes
        n_paths                   uint32       distinct paths (as ``path`` above)
        n_next_hops               uint32       distinct next hops
        n_upstreams               uint32       distinct upstreams
        ``<key>_entropy``         float64      H in bits; key is next_hop, upstream or path
        ``<key>_effective``       float64      effective number of values (Hill number, q = 1)
        ``<key>_inverse_simpson`` float64      inverse Simpson (Hill number, q = 2)
        ``<key>_evenness``        float64      0 to 1; 0 where n is 1
        jaccard_as                float64      mean over pairs of VP ASes of the Jaccard index of
                                               their paths' ASes, origin and own AS left out
        jaccard_link              float64      the same of the links behind the VP's own AS
        vertex_disjoint           uint32       most paths in the union graph that share no AS
        edge_disjoint             uint32       most paths in the union graph that share no link
        chokepoints               list<uint32> ASes on every path, the VP's own counted
        dominators                list<uint32> ASes on every walk of the union graph
        length_min, length_max    uint16       AS-path length with prepends (RFC 4271 §9.1.2.2)
        length_median             float64      its median over votes
        hops_median               float64      median over votes of the length without prepends
        prepend_max               uint16       most extra copies of any AS on any path
        single_homed              bool         exactly one upstream is seen
        n_paths_left_out          uint32       distinct paths kept out of the union graph
        ========================= ============ ====================================================

        Null is what cannot be measured: everything from ``next_hop_entropy`` on without a vote,
        ``jaccard_*``, ``chokepoints`` and ``dominators`` with fewer than two VP ASes,
        ``*_disjoint`` and ``dominators`` where no path enters the graph, spreads of next hops or
        upstreams that are all hidden in AS_SETs.

    Raises
    ------
    ValueError
        ``by`` is something else.

    Notes
    -----
    *Votes.* A VP inside the origin AS has no vote. Where the path is nothing but the origin, the
    next hop is the origin and the upstream the VP AS. Default routes are left out.

    *Overlap* compares one path for each VP AS: the one with most votes in the group, among equals
    the lexicographically smallest. A pair of VPs without any AS in between shares nothing (0).

    *Union graph.* All (VP AS, path) pairs of the group, directed from a super-source over the VP
    ASes to the origin. Every AS but the origin may carry one path, VP ASes included. Several
    origins (MOAS) are one sink. A path with an AS_SET, a confederation segment, a loop or a
    reserved ASN does not enter and is counted in ``n_paths_left_out``. The graph holds walks nobody
    announced, so ``chokepoints`` (observed, over all paths) and ``dominators`` (of the graph) are
    both given; dominators are a subset.

    *Bias.* Collectors see best paths only: counts of upstreams, paths and disjoint paths are lower
    bounds, ``single_homed`` and ``chokepoints`` upper bounds. Partial feeds count where they send.

    O(routes · path length), plus pairs of VP ASes for the overlap; groups of one prefix with equal
    (VP AS, path) pairs are measured once.

    References
    ----------
    Shannon (1948); Hill, Ecology 54 (1973) for the effective numbers; Menger (1927) and Dinic
    (1970) for disjoint paths; Arjona-Villicaña et al., arXiv:0912.5218, for disjoint paths as the
    diversity of directed policy graphs; RFC 4271 §9.1.2.2 for lengths.

    Examples
    --------
    >>> import rib
    >>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
    >>> ours = table.select(origin_as=[213394])
    >>> found = rib.path_diversity(ours, by="origin_as").set_index("family")
    >>> int(found.loc[4, "n_upstreams"]), bool(found.loc[4, "single_homed"])
    (4, False)
    """
    check_required(table=table)
    if by not in _BY:
        raise ValueError(f"by={by!r}: expected 'prefix' or 'origin_as'")
    routes = analysis_routes(table)
    family = column(table.prefixes, "family")
    if by == "prefix":
        n_groups = table.n_prefixes
        found = core.path_diversity(
            route_columns(routes, routes.prefix_id), path_columns(table), n_groups
        )
        ids = found.column("group")
        labels = {
            "prefix": table.prefixes.column("text").take(ids),
            "family": table.prefixes.column("family").take(ids),
        }
    else:
        origins, group = _groups_by_origin(table, routes, family)
        n_groups = 2 * len(origins)
        found = core.path_diversity(route_columns(routes, group), path_columns(table), n_groups)
        rows = column(found, "group")
        labels = {
            "origin_as": pa.array(origins[rows // 2]),
            "family": pa.array(np.where(rows % 2, 6, 4).astype(np.uint8)),
        }
    columns = labels | {name: found.column(name) for name in found.column_names if name != "group"}
    return to_frame(pa.table(columns))


def _groups_by_origin(
    table: "Rib", routes: RouteArrays, family: npt.NDArray[np.uint8]
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """Origin ASes in order, and of each route: twice the position of its own, plus 1 for IPv6."""
    origin_as = table.as_paths.column("origin_as")
    known = column(pa.table({"known": pc.is_valid(origin_as)}), "known")
    asn = column(pa.table({"asn": pc.fill_null(origin_as, 0)}), "asn")
    origins = np.unique(asn[known])
    of_path = np.where(known, np.searchsorted(origins, asn).astype(np.uint32) * 2, _NO_GROUP)
    group = of_path.astype(np.uint32)[routes.as_path_id]
    # The mark of no group has all bits set, so that it stays what it is.
    group |= (family == 6).astype(np.uint32)[routes.prefix_id]
    return origins, group
