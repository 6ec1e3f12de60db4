"""Candidates from the registries: prefixes that are about to change hands, or have just done so."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rib.analysis.suspicion.candidates import KINDS, Candidates
from rib.analysis.suspicion.context import TRANSFER_DAYS, Context
from rib.registry.irr import Irr
from rib.registry.registered import source_ranks
from rib.table.arrays import column
from rib.table.hops import expand_ranges
from rib.table.keys import distinct, find, is_in, pack, unpack
from rib.table.networks import prefix_columns

__all__ = ["transfer_candidates"]


def transfer_candidates(ctx: Context, origins: Candidates) -> Candidates | None:
    """Collect prefixes that RIR registries list for several origins, one of them only lately.

    The new origin is the newcomer, announced yet or not; the others are incumbents. Candidates that
    are among ``origins`` already get the mark there. A prefix somebody else announces as well is
    none: that is for the other rules to judge.
    """
    if ctx.irr is None:
        return None
    prefix, newcomer, objects = _registered_twice(ctx, ctx.irr)
    if not len(prefix):
        return None
    pairs = ctx.pairs
    announced = pack(pairs.prefix_id, pairs.origin_as)[pairs.has_origin]
    unlisted = announced[~is_in(announced, objects)]
    alone = ~is_in(prefix, distinct(unpack(unlisted)[0]))
    known = distinct(pack(origins.prefix_id, origins.newcomer))
    key = pack(prefix, newcomer)
    origins.mark(
        "registered_transfer", is_in(pack(origins.prefix_id, origins.newcomer), key[alone])
    )
    rows = alone & ~is_in(key, known)
    prefix, newcomer, key = prefix[rows], newcomer[rows], key[rows]
    registered, origin = unpack(objects)
    start, stop = (
        np.searchsorted(registered, prefix),
        np.searchsorted(registered, prefix, side="right"),
    )
    which, at = expand_ranges(start, stop)
    other = origin[at] != newcomer[which]
    which, at = which[other], at[other]
    votes_of = find(key, announced)
    pair = np.flatnonzero(pairs.has_origin)[np.maximum(votes_of, 0)]
    begin = ctx.votes.pair_start[pair]
    end = np.where(votes_of >= 0, ctx.votes.pair_start[pair + 1], begin)
    seen_by, vote = expand_ranges(begin, end)
    number = np.arange(len(prefix) + 1)
    result = Candidates(
        np.full(len(prefix), KINDS.index("moas")),
        prefix,
        newcomer,
        np.searchsorted(which, number),
        origin[at],
        np.searchsorted(seen_by, number),
        ctx.votes.vp_as[vote],
    )
    result.mark("registered_transfer", np.ones(len(result), bool))
    return result


def _registered_twice(
    ctx: Context, irr: Irr
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint32], npt.NDArray[np.uint64]]:
    """Prefixes of the table with a fresh RIR object and one of another origin.

    Gives the fresh (prefix, origin AS) and, packed, all registered ones of those prefixes.
    """
    created = irr.table.column("created").combine_chunks().cast(pa.int32())
    age = ctx.day - created.fill_null(0).to_numpy().astype(np.int64)
    source = irr.table.column("source").combine_chunks().indices.to_numpy()
    checked = source_ranks(irr)[source] <= 1
    fresh = np.flatnonzero((age >= 0) & (age <= TRANSFER_DAYS) & checked)
    slots = distinct(irr.rows.slot_of_row[fresh])
    which, row = irr.rows.rows(slots)
    keep = checked[row]
    which, row = which[keep], row[keep]
    first = irr.table.take(pa.array(irr.rows.offsets[slots])).combine_chunks()
    place = ctx.table.index.lookup_prefixes(*prefix_columns(first)).astype(np.int64)
    here = (place >= 0) & (
        column(ctx.table.prefixes, "length")[place] == first.column("length").to_numpy()
    )
    row, prefix = row[here[which]], place[which[here[which]]]
    objects = distinct(pack(prefix, irr.table.column("origin_as").to_numpy()[row]))
    on = unpack(objects)[0]
    several = distinct(on[1:][on[1:] == on[:-1]])
    is_fresh = (age[row] <= TRANSFER_DAYS) & is_in(prefix, several)
    new = distinct(pack(prefix[is_fresh], irr.table.column("origin_as").to_numpy()[row[is_fresh]]))
    objects = objects[is_in(on, several)]
    return *unpack(new), objects
