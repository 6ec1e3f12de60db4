"""Candidates from who originates what: MOAS, sub-MOAS, squats, bogons, reserved origins."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rib.analysis.suspicion.candidates import KINDS, Candidates
from rib.analysis.suspicion.context import FRESH_DAYS, Context
from rib.analysis.suspicion.explanations import mark_explanations
from rib.analysis.suspicion.rules import RULES
from rib.registry.registered import Registration, registered
from rib.registry.relationships import CUSTOMER, PEER, PROVIDER
from rib.registry.rov import INVALID, NOT_FOUND, VALID, Rov, validate
from rib.table.hops import expand_ranges
from rib.table.keys import distinct, is_in, pack
from rib.table.networks import prefix_columns

__all__ = ["origin_candidates"]

_MOAS, _SUBMOAS, _SQUAT, _BOGON, _RESERVED = (
    KINDS.index(k) for k in ("moas", "submoas", "squat", "bogon", "reserved_asn")
)

Rows = npt.NDArray[np.int64]


class _Picked(NamedTuple):
    """Pairs that make candidates: their kind, and the pairs whose origins are incumbents of each."""

    kind: npt.NDArray[np.int64]
    pair: Rows
    old_start: npt.NDArray[np.int64]
    old: npt.NDArray[np.uint32]


def origin_candidates(ctx: Context) -> Candidates:
    """Collect candidates and mark the rules that apply to each."""
    place = _place(ctx)
    picked = _pick(ctx, place)
    votes, pair = ctx.votes, picked.pair
    which, at = expand_ranges(votes.pair_start[pair], votes.pair_start[pair + 1])
    result = Candidates(
        picked.kind,
        ctx.pairs.prefix_id[pair],
        ctx.pairs.origin_as[pair],
        picked.old_start,
        picked.old,
        np.searchsorted(which, np.arange(len(pair) + 1)),
        votes.vp_as[at],
    )
    for kind, rule in ((_MOAS, "moas"), (_SUBMOAS, "submoas"), (_SQUAT, "squat")):
        result.mark(rule, result.kind == kind)
    result.mark("bogon", place.bogon[pair])
    result.mark("unallocated", place.unallocated[pair] & ~place.bogon[pair])
    listed = place.listed[pair] & ~place.bogon[pair] & ~place.unallocated[pair]
    result.mark("bogon_list", listed)
    result.mark("reserved_origin", place.reserved[pair])
    result.mark("unallocated_origin", place.undelegated[pair])
    result.mark("newcomer", place.new[pair])
    result.mark("stable", place.known[pair])
    _mark_registries(ctx, result)
    _mark_relations(ctx, result)
    mark_explanations(ctx, result)
    if ctx.own is not None:
        _mark_own(ctx, result)
    return result


class _Place(NamedTuple):
    """Where each pair of the table stands: against the baseline and the special registries."""

    known: npt.NDArray[np.bool_]
    new: npt.NDArray[np.bool_]
    bogon: npt.NDArray[np.bool_]
    unallocated: npt.NDArray[np.bool_]
    listed: npt.NDArray[np.bool_]
    reserved: npt.NDArray[np.bool_]
    undelegated: npt.NDArray[np.bool_]


def _place(ctx: Context) -> _Place:
    table, pairs, base = ctx.table, ctx.pairs, ctx.baseline
    n = len(pairs.prefix_id)
    known = np.zeros(n, bool)
    if base is not None:
        at = np.where(base.exact, base.place, -1)[pairs.prefix_id]
        known = base.has_pair(at, pairs.origin_as) & pairs.has_origin
    block = ctx.special.find_prefixes(table.index, table.n_prefixes)
    blocked = np.array([b.reachable == "no" for b in ctx.special.prefixes] + [False])[block]
    origins = distinct(pairs.origin_as[pairs.has_origin])
    reserved = (
        is_in(pairs.origin_as, origins[ctx.special.find_asns(origins) >= 0]) & pairs.has_origin
    )
    unallocated, undelegated = np.zeros(table.n_prefixes, bool), np.zeros(n, bool)
    prefixes = prefix_columns(table.prefixes)
    listed = np.zeros(table.n_prefixes, bool)
    if ctx.bogons is not None:
        listed = ctx.bogons.find_prefixes(*prefixes) >= 0
    if ctx.delegations is not None:
        given = ctx.delegations
        row = given.find_prefixes(*prefixes[:2])
        unallocated = (row >= 0) & given.is_free[row]
        of_origin = given.find_asns(origins)
        free = (of_origin >= 0) & given.is_free[of_origin]
        undelegated = is_in(pairs.origin_as, origins[free]) & pairs.has_origin & ~reserved
    return _Place(
        known,
        (pairs.has_origin & ~known) if base is not None else np.zeros(n, bool),
        blocked[pairs.prefix_id],
        unallocated[pairs.prefix_id],
        listed[pairs.prefix_id],
        reserved,
        undelegated,
    )


def _pick(ctx: Context, place: _Place) -> _Picked:
    """Choose the pairs to report; a pair is of one kind only, the most serious first."""
    pairs, single = ctx.pairs, ctx.pairs.has_origin
    kind = np.full(len(single), -1, np.int64)
    old_pair, old_origin = [], []

    def add(which: Rows, of: int, incumbents: tuple[Rows, npt.NDArray[np.uint32]]) -> None:
        kind[which] = of
        old_pair.append(incumbents[0])
        old_origin.append(incumbents[1])

    moas, moas_old = _moas(ctx, place)
    add(moas, _MOAS, moas_old)
    sub, sub_old = _submoas(ctx, place)
    add(sub, _SUBMOAS, sub_old)
    squat, squat_old = _squats(ctx, place)
    add(squat, _SQUAT, squat_old)
    kind[place.undelegated & (kind < 0)] = _RESERVED
    kind[place.reserved] = _RESERVED
    kind[(place.bogon | place.unallocated | place.listed) & single] = _BOGON
    if ctx.own is not None:
        _pick_own(ctx, kind, old_pair, old_origin)
    chosen = np.flatnonzero(kind >= 0)
    keys = distinct(pack(np.concatenate(old_pair), np.concatenate(old_origin)))
    owner, origin = (keys >> np.uint64(32)).astype(np.int64), keys.astype(np.uint32)
    keep = (kind[owner] >= 0) & (origin != pairs.origin_as[owner])
    owner, origin = owner[keep], origin[keep]
    start = np.append(np.searchsorted(owner, chosen), len(owner))
    return _Picked(kind[chosen], chosen, start, origin)


def _moas(ctx: Context, place: _Place) -> tuple[Rows, tuple[Rows, npt.NDArray[np.uint32]]]:
    """Newcomers to a prefix that the table or the baseline has with another origin.

    Where the baseline does not tell who came first, the incumbent is the origin that the registries
    support best, then the one most VP ASes see, then the lowest AS number.
    """
    pairs, base = ctx.pairs, ctx.baseline
    single = np.flatnonzero(pairs.has_origin)
    undecided = single[~place.new[single]] if base is not None else single
    same = pairs.prefix_id[undecided]
    several = distinct(same[1:][same[1:] == same[:-1]])
    rows = undecided[is_in(same, several)]
    trust = np.zeros(len(rows), np.int64)
    rov, irr = _states(ctx, pairs.prefix_id[rows], pairs.origin_as[rows])
    if rov is not None:
        trust += np.array([10, 20, 0])[rov.state]
    if irr is not None:
        trust += np.where(irr.state == 1, 5 - np.minimum(irr.rank, 4).astype(np.int64), 0)
    order = np.lexsort((pairs.origin_as[rows], -pairs.n_vps[rows], -trust, pairs.prefix_id[rows]))
    ordered = rows[order]
    first = np.ones(len(ordered), bool)
    first[1:] = pairs.prefix_id[ordered[1:]] != pairs.prefix_id[ordered[:-1]]
    leader = ordered[np.flatnonzero(first)[np.cumsum(first) - 1]] if len(ordered) else ordered
    late, lead = ordered[~first], leader[~first]
    found, old = late, (late, pairs.origin_as[lead])
    if base is not None:
        fresh = single[place.new[single] & base.exact[pairs.prefix_id[single]]]
        owner, origin = _origins_then(ctx, fresh, base.place[pairs.prefix_id[fresh]])
        fresh = distinct(owner)
        found = np.concatenate([late, fresh])
        old = (np.concatenate([old[0], owner]), np.concatenate([old[1], origin]))
    return found, old


def _submoas(ctx: Context, place: _Place) -> tuple[Rows, tuple[Rows, npt.NDArray[np.uint32]]]:
    """Pairs whose closest covering prefix has only other origins.

    With a baseline: prefixes it does not have. Without one a more-specific of another AS is the
    normal look of a customer's network, so that only those count that a registry contradicts.
    """
    pairs, base = ctx.pairs, ctx.baseline
    if base is not None:
        inside = ~base.exact & (base.place >= 0)
        rows = np.flatnonzero(place.new & inside[pairs.prefix_id])
        owner, origin = _origins_then(ctx, rows, base.place[pairs.prefix_id[rows]])
    else:
        parents = ctx.table.index.parents().astype(np.int64)
        parents[(parents >= 0) & (ctx.length[parents] == 0)] = -1
        rows = np.flatnonzero(pairs.has_origin & (parents[pairs.prefix_id] >= 0))
        rov, _ = _states(ctx, pairs.prefix_id[rows], pairs.origin_as[rows], irr=False)
        rows = rows[:0] if rov is None else rows[(rov.state == INVALID) & (rov.reason == 1)]
        cover = parents[pairs.prefix_id[rows]]
        start = np.searchsorted(pairs.prefix_id, cover)
        stop = np.searchsorted(pairs.prefix_id, cover, side="right")
        which, at = expand_ranges(start, stop)
        known = pairs.has_origin[at]
        owner, origin = rows[which[known]], pairs.origin_as[at[known]]
    same = distinct(owner[origin == pairs.origin_as[owner]])
    foreign = ~is_in(owner, same)
    owner, origin = owner[foreign], origin[foreign]
    return distinct(owner), (owner, origin)


def _origins_then(
    ctx: Context, rows: Rows, place: npt.NDArray[np.int64]
) -> tuple[Rows, npt.NDArray[np.uint32]]:
    """Expand rows to the origins that prefixes of the baseline had."""
    assert ctx.baseline is not None
    then = ctx.baseline.pairs
    start = np.searchsorted(then.prefix_id, place)
    stop = np.searchsorted(then.prefix_id, place, side="right")
    which, at = expand_ranges(start, stop)
    known = then.has_origin[at]
    return rows[which[known]], then.origin_as[at[known]]


def _squats(ctx: Context, place: _Place) -> tuple[Rows, tuple[Rows, npt.NDArray[np.uint32]]]:
    """Pairs in space nobody announced before, whose holder has ASes, the origin not among them."""
    nothing = np.empty(0, np.int64)
    if ctx.delegations is None or ctx.baseline is None:
        return nothing, (nothing, np.empty(0, np.uint32))
    pairs, given = ctx.pairs, ctx.delegations
    rows = np.flatnonzero(place.new & (ctx.baseline.place[pairs.prefix_id] < 0))
    holder = _holder_of_prefixes(ctx, pairs.prefix_id[rows])
    own = _holder_of_asns(ctx, pairs.origin_as[rows])
    rows, holder = rows[(holder >= 0) & (holder != own)], holder[(holder >= 0) & (holder != own)]
    ranges = given.ranges["asn"]
    of_range = given.holders[ranges.row]
    order = np.argsort(of_range, kind="stable")
    start = np.searchsorted(of_range[order], holder)
    stop = np.searchsorted(of_range[order], holder, side="right")
    which, at = expand_ranges(start, stop)
    return distinct(rows[which]), (rows[which], ranges.first[order[at]].astype(np.uint32))


def _holder_of_prefixes(ctx: Context, prefix_id: Rows) -> npt.NDArray[np.int32]:
    assert ctx.delegations is not None
    part = ctx.table.prefixes.select(["family", "network"]).take(prefix_id).combine_chunks()
    row = ctx.delegations.find_prefixes(
        part.column("family").combine_chunks(), part.column("network").combine_chunks()
    )
    return np.where(row >= 0, ctx.delegations.holders[row], -1).astype(np.int32)


def _holder_of_asns(ctx: Context, asns: npt.NDArray[np.uint32]) -> npt.NDArray[np.int32]:
    assert ctx.delegations is not None
    row = ctx.delegations.find_asns(asns)
    return np.where(row >= 0, ctx.delegations.holders[row], -1).astype(np.int32)


def _states(
    ctx: Context, prefix_id: Rows, origin_as: npt.NDArray[np.uint32], *, irr: bool = True
) -> tuple[Rov | None, Registration | None]:
    """Ask the RPKI and the IRR about pairs, None where they were not given."""
    args: tuple[Any, ...] = (
        ctx.table.prefixes,
        prefix_id,
        origin_as,
        np.ones(len(origin_as), bool),
    )
    return (
        validate(ctx.vrps, *args) if ctx.vrps is not None else None,
        registered(ctx.irr, *args, vrps=ctx.vrps) if irr and ctx.irr is not None else None,
    )


def _mark_registries(ctx: Context, rows: Candidates) -> None:
    rov, irr = _states(ctx, rows.prefix_id, rows.newcomer)
    if rov is not None:
        rows.mark("rpki_valid", rov.state == VALID)
        rows.mark("rov_not_found", rov.state == NOT_FOUND)
        rows.mark("rov_invalid_as", rov.reason == 1)
        rows.mark("rov_invalid_length", rov.reason == 2)
    if irr is not None:
        valid, checked = irr.state == 1, irr.rank <= 1
        age = np.where(irr.created >= 0, ctx.day - irr.created, FRESH_DAYS + 1)
        rows.mark("irr_authoritative", valid & checked)
        rows.mark("irr_established", valid & ~checked & (age > FRESH_DAYS))
        rows.mark("irr_fresh_unchecked", valid & ~checked & (age <= FRESH_DAYS))
        rows.mark("irr_other_origin", irr.state >= 2)
        rows.mark("irr_not_found", irr.state == 0)


def _mark_relations(ctx: Context, rows: Candidates) -> None:
    """Mark how newcomers and incumbents belong together."""
    if ctx.organisations is not None:
        rows.mark("sibling", rows.any_old(ctx.organisations.siblings))
    linked = np.zeros(len(rows), bool)
    if ctx.relationships is not None:
        between = ctx.relationships.between
        linked = rows.any_old(lambda a, b: np.isin(between(a, b), (PROVIDER, CUSTOMER)))
        rows.mark("customer_provider", linked)
    base = ctx.baseline
    if base is not None:
        links = base.link_keys
        beside = rows.any_old(lambda a, b: is_in(pack(a, b), links)) & ~linked
        peers = np.zeros(len(rows), bool)
        if ctx.relationships is not None:
            between = ctx.relationships.between
            peers = rows.any_old(lambda a, b: between(a, b) == PEER)
        rows.mark("neighbour", beside & ~peers)
        rows.mark("peers", beside & peers)
        # A less-specific further up that the newcomer originated before: the holder of the block.
        at = base.place[rows.prefix_id]
        above = np.zeros(len(rows), bool)
        while (at >= 0).any():
            at = np.where(at >= 0, base.parents[np.maximum(at, 0)], -1)
            above |= base.has_pair(at, rows.newcomer)
        rows.mark("covering_origin", above)
    if ctx.delegations is not None and base is not None:
        _mark_use(ctx, rows)
    if ctx.delegations is not None:
        holder = _holder_of_prefixes(ctx, rows.prefix_id)
        rows.mark("holder", (holder >= 0) & (holder == _holder_of_asns(ctx, rows.newcomer)))


def _mark_use(ctx: Context, rows: Candidates) -> None:
    """Mark squats in a delegation that the newcomer or others than the holder already use."""
    assert ctx.delegations is not None
    assert ctx.baseline is not None
    then = ctx.baseline
    family, network = (
        then.table.prefixes.column(c).combine_chunks() for c in ("family", "network")
    )
    record = ctx.delegations.find_prefixes(family, network)[then.pairs.prefix_id]
    in_use = record >= 0
    users = distinct(pack(record[in_use], then.pairs.origin_as[in_use]))
    part = ctx.table.prefixes.select(["family", "network"]).take(rows.prefix_id).combine_chunks()
    here = ctx.delegations.find_prefixes(
        part.column("family").combine_chunks(), part.column("network").combine_chunks()
    )
    squat = (rows.kind == _SQUAT) & (here >= 0)
    # Parts announced by others than the holder: it gives space to customers, one more is normal.
    holder = np.where(in_use, ctx.delegations.holders[record], -1)
    lent = in_use & (holder != _holder_of_asns(ctx, then.pairs.origin_as))
    rows.mark("block_in_use", squat & is_in(here, distinct(record[lent])))
    rows.mark("block_user", squat & is_in(pack(np.maximum(here, 0), rows.newcomer), users))
    there = ctx.delegations.find_asns(rows.newcomer)
    region = ctx.delegations.regions
    rows.mark("same_region", squat & (there >= 0) & (region[here] == region[there]))


def _pick_own(
    ctx: Context,
    kind: npt.NDArray[np.int64],
    old_pair: list[Rows],
    old_origin: list[npt.NDArray[np.uint32]],
) -> None:
    """Own space is a candidate with an origin not declared, known before or not, and only then."""
    assert ctx.own is not None
    pairs = ctx.pairs
    silent = is_in(pairs.prefix_id, ctx.own_silent)
    own = ctx.own_prefixes[pairs.prefix_id] | silent
    foreign = own & ~is_in(pairs.origin_as, ctx.own.origins)
    kind[own & ~foreign] = -1
    rows = np.flatnonzero(foreign & pairs.has_origin)
    exact = np.array([ctx.table.index.get(p) for p in ctx.own.prefixes], np.int64)
    kind[rows] = np.where(np.isin(pairs.prefix_id[rows], exact), _MOAS, _SUBMOAS)
    kind[rows[silent[rows]]] = _SQUAT
    for origin in ctx.own.origins:
        old_pair.append(rows)
        old_origin.append(np.full(len(rows), origin, np.uint32))


def _mark_own(ctx: Context, rows: Candidates) -> None:
    """Mark foreign origins of own space; the owner's word decides, nothing explains them."""
    assert ctx.own is not None
    own = ctx.own_prefixes[rows.prefix_id] | is_in(rows.prefix_id, ctx.own_silent)
    foreign = own & ~is_in(rows.newcomer, ctx.own.origins)
    rows.mark("own_origin", foreign)
    rows.unmark("squat", foreign)  # that the owner is silent is the owner's word, no registry's
    for rule in RULES.values():
        if rule.explains is not None:
            rows.unmark(rule.name, foreign)
