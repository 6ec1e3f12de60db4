"""What explains a newcomer by the look of its routes: slips, leaked private numbers, services, anycast."""

import numpy as np
import numpy.typing as npt

from rib.analysis.suspicion.candidates import KINDS, Candidates
from rib.analysis.suspicion.context import Context, vp_ases
from rib.registry.registered import registered
from rib.registry.rov import VALID, validate
from rib.table.arrays import column, path_ases
from rib.table.keys import distinct, is_in, pack, unpack

__all__ = ["mark_explanations"]

#: A number that a router takes for how often to prepend, not for an AS, is not larger.
_MOST_PREPENDS = 25
_ANYCAST = 3
_WIDE = 3  # a third of the VP ASes
_SHORTEST = {4: 8, 6: 16}


def mark_explanations(ctx: Context, rows: Candidates) -> None:
    """Mark the rules that need no registry of who belongs to whom."""
    # Who mitigates an attack announces to all the world: seen here and there only, it is something else.
    wide = np.diff(rows.vp_start) * _WIDE >= len(vp_ases(ctx.table))
    contested = np.diff(rows.old_start) > 0
    rows.mark("scrubber", is_in(rows.newcomer, ctx.scrubbers.asns) & contested & wide)
    if ctx.relationships is not None:
        points = distinct(np.array(ctx.relationships.ixps, np.uint32))
        rows.mark("ixp", is_in(rows.newcomer, points) | rows.any_old(lambda _, b: is_in(b, points)))
    family = column(ctx.table.prefixes, "family")[rows.prefix_id]
    shortest = np.where(family == 4, _SHORTEST[4], _SHORTEST[6])
    rows.mark("too_short", ctx.length[rows.prefix_id] < shortest)
    rows.mark("anycast_pattern", _is_anycast(ctx, rows))
    _mark_neighbours(ctx, rows)


def _is_anycast(ctx: Context, rows: Candidates) -> npt.NDArray[np.bool_]:
    """Say which prefixes had three origins or more before; without a baseline, have so many others."""
    base = ctx.baseline
    if base is None:
        pairs, at = ctx.pairs, rows.prefix_id
        n = np.bincount(pairs.prefix_id[pairs.has_origin], minlength=ctx.table.n_prefixes)[at] - 1
    else:
        at = np.where(base.exact, base.place, -1)[rows.prefix_id]
        before = base.pairs.prefix_id[base.pairs.has_origin]
        n = np.append(np.bincount(before, minlength=base.table.n_prefixes), 0)[at]
    result: npt.NDArray[np.bool_] = (n >= _ANYCAST) & (rows.kind == KINDS.index("moas"))
    return result


def _mark_neighbours(ctx: Context, rows: Candidates) -> None:
    """Mark what the AS before the newcomer tells, where it is the same on every path."""
    which, at = ctx.routes_to(rows.prefix_id)
    path = ctx.routes.as_path_id[at]
    here = ctx.path_origins[path] == rows.newcomer[which]
    which, path = which[here], path[here]
    beside = path_ases(ctx.table, "upstream_as")[path]
    number, before = unpack(distinct(pack(which, beside)))
    owner = np.repeat(np.arange(len(rows)), np.diff(rows.old_start))
    incumbent = is_in(pack(number, before), distinct(pack(owner, rows.old)))
    reserved = rows.has("reserved_origin")  # has an explanation of its own
    passes = _all_of(number, incumbent, len(rows)) & ~reserved
    rows.mark("incumbent_passes_on", passes)
    slip = passes.copy()
    for row in np.flatnonzero(passes).tolist():
        new, old = rows.newcomer[row], rows.old[rows.old_start[row] : rows.old_start[row + 1]]
        slip[row] = new <= _MOST_PREPENDS or any(_one_digit_off(int(new), int(o)) for o in old)
    rows.mark("slip", slip)
    about = np.flatnonzero(reserved[number])
    prefix = rows.prefix_id[number[about]]
    may = incumbent[about] | _may_originate(ctx, prefix, before[about])
    rows.mark("private_leaked", reserved & _all_of(number[about], may, len(rows)))


def _all_of(
    number: npt.NDArray[np.int64], true: npt.NDArray[np.bool_], n: int
) -> npt.NDArray[np.bool_]:
    """Say which of n rows have entries, all of them true."""
    result: npt.NDArray[np.bool_] = np.bincount(number[true], minlength=n) > 0
    result[number[~true]] = False
    return result


def _may_originate(
    ctx: Context, prefix_id: npt.NDArray[np.int64], asn: npt.NDArray[np.uint32]
) -> npt.NDArray[np.bool_]:
    """Say which ASes the baseline, the RPKI or the IRR have as origins of these prefixes."""
    result = np.zeros(len(asn), bool)
    single = np.ones(len(asn), bool)
    base = ctx.baseline
    if base is not None:
        result |= base.has_pair(base.place[prefix_id], asn)
    if ctx.vrps is not None:
        result |= validate(ctx.vrps, ctx.table.prefixes, prefix_id, asn, single).state == VALID
    if ctx.irr is not None:
        found = registered(ctx.irr, ctx.table.prefixes, prefix_id, asn, single, vrps=ctx.vrps)
        result |= found.state == 1
    return result


def _one_digit_off(a: int, b: int) -> bool:
    """Say whether one digit replaced, added or left out makes one number of the other."""
    short, long = sorted((str(a), str(b)), key=len)
    if len(short) == len(long):
        return sum(x != y for x, y in zip(short, long, strict=True)) == 1
    return len(long) - len(short) == 1 and any(
        long[:i] + long[i + 1 :] == short for i in range(len(long))
    )
