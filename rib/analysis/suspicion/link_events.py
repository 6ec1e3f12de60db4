"""Candidates from who is linked to whom: forged origins, new links, route leaks."""

import numpy as np
import numpy.typing as npt

from rib.analysis.suspicion.candidates import KINDS, Candidates
from rib.analysis.suspicion.context import Context
from rib.analysis.suspicion.rules import RULES
from rib.registry.rov import validate
from rib.registry.valley_free import find_leaks
from rib.table.hops import expand_ranges
from rib.table.keys import distinct, find, is_in, pack, unpack

__all__ = ["leak_candidates", "link_candidates"]

#: Prefixes over a new link from which on it may be a new upstream.
_MOST_OF = 3
_FORGED, _EDGE, _LEAK = (KINDS.index(k) for k in ("forged_origin", "new_edge", "leak"))


def link_candidates(ctx: Context, taken: npt.NDArray[np.uint64]) -> Candidates:
    """Collect routes over links that nothing knows, and mark the rules that apply.

    ``taken`` are (prefix, origin AS) that are findings already: where the origin is in doubt, its
    links are not looked at.
    """
    if ctx.relationships is None and ctx.baseline is None and ctx.own is None:
        return _empty()
    unknown = _unknown_links(ctx)
    edges = ctx.edges
    hit = np.flatnonzero(unknown[edges.edge])
    # Links run from the VP to the origin: keep the one nearest to the origin of each path.
    last = np.ones(len(hit), bool)
    last[:-1] = edges.path[hit[1:]] != edges.path[hit[:-1]]
    hit = hit[last]
    number = np.full(ctx.table.as_paths.num_rows, -1, np.int64)
    number[edges.path[hit]] = 2 * edges.edge[hit] + (edges.to_end[hit] > 0)
    to_end = np.zeros(len(number), np.int64)
    to_end[edges.path[hit]] = edges.to_end[hit]
    routes = ctx.routes
    link = number[routes.as_path_id]
    rows = np.flatnonzero(link >= 0)
    origin = ctx.path_origins[routes.as_path_id[rows]]
    rows = rows[~is_in(pack(routes.prefix_id[rows], origin), taken)]
    link, prefix, vp = link[rows], routes.prefix_id[rows], routes.vp_as[rows]
    order = np.lexsort((vp, prefix, link))
    link, prefix, vp = link[order], prefix[order].astype(np.int64), vp[order]
    hop = to_end[routes.as_path_id[rows[order]]] + 1
    new = np.ones(len(link), bool)
    new[1:] = (link[1:] != link[:-1]) | (prefix[1:] != prefix[:-1])
    first = np.flatnonzero(new)
    which = np.cumsum(new) - 1
    owner, vps = unpack(distinct(pack(which, vp)))
    edge = link[first] // 2
    result = Candidates(
        np.where(link[first] % 2 == 0, _FORGED, _EDGE),
        prefix[first].astype(np.int64),
        edges.left[edge],
        np.arange(len(first) + 1),
        edges.right[edge],
        np.searchsorted(owner, np.arange(len(first) + 1)),
        vps,
        hop=np.minimum.reduceat(hop, first) if len(first) else hop,
    )
    _mark_links(ctx, result)
    return result


def _empty() -> Candidates:
    none, zero = np.empty(0, np.int64), np.zeros(1, np.int64)
    asns = np.empty(0, np.uint32)
    return Candidates(none, none, asns, zero, asns, zero, asns)


def _unknown_links(ctx: Context) -> npt.NDArray[np.bool_]:
    """Say which distinct links neither the relationships nor the baseline have."""
    edges = ctx.edges
    unknown = np.full(len(edges.keys), ctx.relationships is not None or ctx.baseline is not None)
    if ctx.relationships is not None:
        unknown &= ctx.relationships.between(edges.left, edges.right) == 0
    if ctx.baseline is not None:
        unknown &= ~is_in(edges.keys, ctx.baseline.link_keys)
    if ctx.own is not None and len(ctx.own.upstreams):
        unknown |= is_in(edges.right, ctx.own.origins) & ~_own_links(ctx, edges.left)
    return unknown


def _own_links(ctx: Context, left: npt.NDArray[np.uint32]) -> npt.NDArray[np.bool_]:
    """Say which ASes may stand before an own origin: its declared upstreams, and itself."""
    assert ctx.own is not None
    return is_in(left, distinct(np.concatenate([ctx.own.upstreams, ctx.own.origins])))


def _mark_links(ctx: Context, rows: Candidates) -> None:
    new, old = rows.newcomer, rows.old
    everything = np.ones(len(rows), bool)
    if ctx.relationships is not None:
        unknown = ctx.relationships.between(new, old) == 0
        rows.mark("link_not_in_relationships", unknown)
    base = ctx.baseline
    if base is not None:
        rows.mark("link_not_in_baseline", ~is_in(pack(new, old), base.link_keys))
        rows.mark(
            "new_more_specific", ~base.exact[rows.prefix_id] & (base.place[rows.prefix_id] >= 0)
        )
        seen = distinct((base.link_keys >> np.uint64(32)).astype(np.uint32))
        fresh = ~is_in(old, seen)
        if ctx.relationships is not None:
            fresh &= ~is_in(old, ctx.relationships.known_ases)
        rows.mark("new_as", fresh)
    for name, hop in (("link_not_at_origin", 2), ("link_three_up", 3), ("link_four_up", 4)):
        rows.mark(name, rows.hop >= hop)
    rows.mark("new_upstream", _carries_most(ctx, rows))
    if ctx.organisations is not None:
        rows.mark("sibling", ctx.organisations.siblings(new, old))
    if ctx.irr is not None:
        _mark_declared(ctx, rows)
    if ctx.vrps is not None and len(rows):
        rov = validate(ctx.vrps, ctx.table.prefixes, rows.prefix_id, old, everything)
        at_origin = rows.kind == _FORGED
        rows.mark("rov_invalid_as", (rov.reason == 1) & at_origin)
        rows.mark("rov_invalid_length", (rov.reason == 2) & at_origin)
    if ctx.own is not None and len(ctx.own.upstreams):
        foreign = is_in(old, ctx.own.origins) & ~_own_links(ctx, new) & (rows.kind == _FORGED)
        rows.mark("own_upstream", foreign)
        for rule in RULES.values():
            if rule.explains is not None:
                rows.unmark(rule.name, foreign)


def _carries_most(ctx: Context, rows: Candidates) -> npt.NDArray[np.bool_]:
    """Say which rows are about a link that much of what its origin announces is seen over.

    An AS that takes a new provider announces all it has there; who forges is after one or two prefixes.
    """
    pairs, new, old = ctx.pairs, rows.newcomer, rows.old
    origins, total = np.unique(pairs.origin_as[pairs.has_origin], return_counts=True)
    has = np.append(total, 0)[find(old, origins)]
    at_origin = rows.kind == _FORGED
    links, of_row = np.unique(pack(new, old), return_inverse=True)
    over = np.bincount(of_row[at_origin], minlength=len(links))[of_row]
    result: npt.NDArray[np.bool_] = at_origin & (over >= _MOST_OF) & (2 * over >= has)
    return result


def _mark_declared(ctx: Context, rows: Candidates) -> None:
    """Mark links that an aut-num names, or that the origin's does not.

    Who forges a path may declare its links as well: the newcomer's own word counts for little.
    """
    assert ctx.irr is not None
    aut = ctx.irr.aut_nums
    asn = aut.column("asn").to_numpy()
    keys, speaks = [np.empty(0, np.uint64)], []
    for name in ("imports", "exports"):
        lists = aut.column(name).combine_chunks()
        owner = np.repeat(asn, np.diff(lists.offsets.to_numpy()))
        keys.append(pack(owner, lists.flatten().to_numpy()))
        speaks.append(owner)
    named = distinct(np.concatenate(keys))
    by_old = is_in(pack(rows.old, rows.newcomer), named)
    by_new = is_in(pack(rows.newcomer, rows.old), named)
    rows.mark("declared_link", by_old)
    rows.mark("declared_by_newcomer", by_new & ~by_old)
    imports = distinct(speaks[0])
    rows.mark("link_undeclared", is_in(rows.old, imports) & ~by_old & (rows.kind == _FORGED))


def leak_candidates(ctx: Context) -> Candidates:
    """Collect route leaks; their origins are right, so that they explain themselves."""
    if ctx.relationships is None:
        return _empty()
    leaks = find_leaks(ctx.table, ctx.relationships, ctx.edges)
    # One candidate per leaker and prefix: what one AS leaked is one event.
    leakers = distinct(leaks.leaker_as)
    of_event = find(leaks.leaker_as, leakers)
    number, prefix = unpack(distinct(pack(of_event[leaks.prefix_owner], leaks.prefix)))
    vp_owner, vp = unpack(distinct(pack(of_event[leaks.vp_owner], leaks.vp)))
    old_owner, old = unpack(distinct(pack(of_event, leaks.from_as)))
    result = Candidates(
        np.full(len(number), _LEAK),
        prefix.astype(np.int64),
        leakers[number],
        *_spread(old_owner, old, number),
        *_once(vp_owner, vp, number),
    )
    everything = np.ones(len(result), bool)
    result.mark("leak", everything)
    result.mark("origin_kept", everything)
    return result


def _spread(
    owner: npt.NDArray[np.int64], values: npt.NDArray[np.uint32], number: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint32]]:
    """Give every row the list of its owner."""
    start, stop = np.searchsorted(owner, number), np.searchsorted(owner, number, side="right")
    _, at = expand_ranges(start, stop)
    return np.concatenate([[0], np.cumsum(stop - start)]), values[at]


def _once(
    owner: npt.NDArray[np.int64], values: npt.NDArray[np.uint32], number: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint32]]:
    """Give the list of an owner to its first row only: events unite the lists of their rows."""
    first = np.searchsorted(number, np.arange(int(number[-1]) + 1 if len(number) else 0))
    count = np.zeros(len(number), np.int64)
    count[first] = np.bincount(owner, minlength=len(first))
    return np.concatenate([[0], np.cumsum(count)]), values
