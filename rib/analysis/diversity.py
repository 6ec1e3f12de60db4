"""How many really different ways lead to a prefix or AS, and where they share fate."""

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from rib._backend import core
from rib.registry.arguments import check_required
from rib.table.arrays import RouteArrays, analysis_routes, column, to_frame
from rib.table.flows import Traffic
from rib.table.resampling import check_ci, population, resample
from rib.table.route_columns import path_columns, route_columns
from rib.table.vote_weights import vote_weights

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["path_diversity"]

_BY = ("prefix", "origin_as")
#: Columns that name a prefix, and those of `Rib.prefixes` they are.
_PREFIX = (("prefix", "text"), ("family", "family"))
#: What hidden paths would change, and which way.
_BOUNDS = {
    "lower": ["n_paths", "n_next_hops", "n_upstreams", "vertex_disjoint", "edge_disjoint"],
    "upper": ["single_homed", "chokepoints", "dominators"],
}
_NO_GROUP = np.uint32(0xFFFFFFFF)


def path_diversity(
    table: "Rib",
    *,
    by: Literal["prefix", "origin_as"] = "prefix",
    weight: Literal["prefixes", "addresses", "traffic"] = "prefixes",
    flows: Any = None,
    ci: float | None = None,
) -> pd.DataFrame:
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
    weight : {"prefixes", "addresses", "traffic"}, default "prefixes"
        What the vote of a VP AS for a prefix weighs. "prefixes": 1. "addresses": in IPv4 the
        addresses for which the prefix is the longest match (`address_counts`), in IPv6 1. "traffic":
        the bytes of ``flows`` to it. Weights change spreads and medians, nothing else; a group of
        one prefix stays as it is, whatever that weighs.
    flows : DataFrame, pyarrow.Table, stream of Arrow batches, or Traffic, optional
        For "traffic": columns ``dst`` (addresses as `Rib.lookup_ids` takes them) and ``bytes``
        (numbers from 0), matched to the longest prefix of ``table``; or what `match_flows` made of
        them.
    ci : float, optional
        Coverage of intervals, above 0 and below 1, such as 0.95. Default: no intervals.

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

        With ``ci`` there follow ``<key>_<spread>_low`` and ``<key>_<spread>_high`` (float64) for the
        12 spreads above, in their order: the ends of the interval. With ``weight="traffic"``
        ``attrs`` has ``bytes``, all bytes of the flows, and those of them that no row has:
        ``bytes_unmatched`` (no prefix matches) and ``bytes_left_out`` (the longest match is a
        default route, or its routes are in no group).

        Null is what cannot be measured: everything from ``next_hop_entropy`` on without a vote,
        spreads and medians where all votes weigh 0, intervals with fewer than two VP ASes,
        ``jaccard_*``, ``chokepoints`` and ``dominators`` with fewer than two VP ASes,
        ``*_disjoint`` and ``dominators`` where no path enters the graph, spreads of next hops or
        upstreams that are all hidden in AS_SETs.

    Raises
    ------
    TypeError
        ``table`` is no `Rib`, ``flows`` are of another kind.
    ValueError
        ``by``, ``weight`` or ``ci`` is something else; "traffic" without ``flows``, or ``flows``
        with another weight; a column is missing, or bytes are no number from 0.
    PrefixError
        A destination is no address; the row is named.

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

    *Weights.* Evenness counts the values with a share; ``n_*`` count all. Overlap, disjointness,
    chokepoints, minima and maxima are about which paths there are: nothing weighs on them.

    *Intervals* are percentiles of 1000 bootstrap resamples of the VP ASes, the same on every run and
    for all groups: how far a spread depends on which networks feed the collectors. A resample lacks
    some VP ASes, so that spreads in it are mostly lower, and an interval may lie below the spread
    itself; it says nothing about paths that no VP sees.

    *Bias.* Collectors see best paths only: counts of upstreams, paths and disjoint paths are lower
    bounds, ``single_homed`` and ``chokepoints`` upper bounds; ``attrs["bounds"]`` lists the columns of
    either kind. Partial feeds count where they send.

    O(routes · path length), plus pairs of VP ASes for the overlap; groups of one prefix with equal
    (VP AS, path) pairs are measured once. ``ci`` adds O(1000 · (VP AS, value) pairs of a group), once
    for groups and keys with the same pattern of who votes for the same: some 2 s of processor time
    for 5M routes of 8 peers, 30M routes of 40 peers take 8 s by origin and 25 s by prefix.

    References
    ----------
    Shannon (1948); Hill, Ecology 54 (1973) for the effective numbers; Menger (1927) and Dinic
    (1970) for disjoint paths; Efron, Ann. Statist. 7 (1979), for the bootstrap; Arjona-Villicaña
    et al., arXiv:0912.5218, for disjoint paths as the diversity of directed policy graphs;
    RFC 4271 §9.1.2.2 for lengths.

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
    ci = check_ci(ci)
    weights, traffic = vote_weights(table, weight, flows)
    routes = analysis_routes(table)
    bootstrap = None
    if ci is not None:
        vps = population(table, routes)
        bootstrap = (vps, resample(len(vps)), ci)
    if by == "prefix":
        # The weight of the only prefix of a group is in all of its votes.
        group, n_groups, weights = routes.prefix_id, table.n_prefixes, None
    else:
        origins, group = _groups_by_origin(table, routes)
        n_groups = 2 * len(origins)
    found = core.path_diversity(
        route_columns(routes, group),
        path_columns(table),
        n_groups,
        weights=weights,
        bootstrap=bootstrap,
    )
    rows = column(found, "group")
    if by == "prefix":
        labels = {name: table.prefixes.column(text).take(rows) for name, text in _PREFIX}
    else:
        labels = {
            "origin_as": pa.array(origins[rows // 2]),
            "family": pa.array(np.where(rows % 2, 6, 4).astype(np.uint8)),
        }
    frame = to_frame(pa.table(labels | _metrics(found)))
    frame.attrs["bounds"] = {kind: list(names) for kind, names in _BOUNDS.items()}
    if traffic is not None:
        frame.attrs |= _byte_counts(traffic, routes.prefix_id[group != _NO_GROUP])
    return frame


def _metrics(found: pa.Table) -> dict[str, pa.ChunkedArray]:
    return {name: found.column(name) for name in found.column_names if name != "group"}


def _byte_counts(traffic: Traffic, grouped: npt.NDArray[np.uint32]) -> dict[str, float]:
    """Tell of all bytes which have no row: those to no prefix, and to prefixes without a group."""
    apart = np.ones(len(traffic.by_prefix), dtype=np.bool_)
    apart[grouped] = False
    return {
        "bytes": traffic.total,
        "bytes_unmatched": traffic.unmatched,
        "bytes_left_out": float(traffic.by_prefix[apart].sum()),
    }


def _groups_by_origin(
    table: "Rib", routes: RouteArrays
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """Origin ASes in order, and of each route: twice the position of its own, plus 1 for IPv6."""
    origin_as = table.as_paths.column("origin_as")
    known = column(pa.table({"known": pc.is_valid(origin_as)}), "known")
    asn = column(pa.table({"asn": pc.fill_null(origin_as, 0)}), "asn")
    origins = np.unique(asn[known])
    of_path = np.where(known, np.searchsorted(origins, asn).astype(np.uint32) * 2, _NO_GROUP)
    group = of_path.astype(np.uint32)[routes.as_path_id]
    # The mark of no group has all bits set, so that it stays what it is.
    is_6 = (column(table.prefixes, "family") == 6).astype(np.uint32)
    group |= is_6[routes.prefix_id]
    return origins, group
