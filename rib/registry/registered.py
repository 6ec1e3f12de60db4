"""What the IRR says of many (prefix, origin AS) pairs at once, with set semantics."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rib.registry.irr import Irr, source_class
from rib.registry.rov import INVALID as ROV_INVALID
from rib.registry.rov import validate
from rib.registry.vrps import Vrps
from rib.table.keys import distinct, pack, unpack
from rib.table.networks import prefix_columns

__all__ = ["IRR_CLASSES", "IRR_STATES", "Registration", "registered", "source_ranks"]

#: Positions are the codes of `Registration.state`.
IRR_STATES = ("not-found", "valid", "invalid", "invalid,more-specific")

#: Classes of sources, best first; positions are the ranks of `Registration`.
IRR_CLASSES = ("rpki", "rir", "other", "nonauth")
_NEVER = np.iinfo(np.int64).max


class Registration(NamedTuple):
    """What route objects say of pairs.

    ``state`` is a position in `IRR_STATES`; ``exact`` whether an object has exactly this prefix and
    origin; ``rank`` the class of the best matching source (0 ``rpki``, 1 ``rir``, 2 ``other``,
    3 ``nonauth``, 9 no match); ``created`` the day (since 1970) the oldest matching object was made,
    -1 where unknown. ``source_pair`` and ``source`` list the distinct sources of the objects that
    match, or, where none does, of those that cover the prefix; ``other_pair`` and ``other_origin``
    the other origins registered for exactly this prefix. Both lists are sorted. ``other_rank`` is the
    class of the best source that registers another origin, 9 where none does.
    """

    state: npt.NDArray[np.uint8]
    exact: npt.NDArray[np.bool_]
    rank: npt.NDArray[np.uint8]
    created: npt.NDArray[np.int64]
    source_pair: npt.NDArray[np.int64]
    source: npt.NDArray[np.int64]
    other_pair: npt.NDArray[np.int64]
    other_origin: npt.NDArray[np.uint32]
    other_rank: npt.NDArray[np.uint8]


def source_ranks(irr: Irr) -> npt.NDArray[np.uint8]:
    """Give the class of each name in the dictionary of ``source``, as a number, best first."""
    names = irr.table.column("source").combine_chunks().dictionary.to_pylist()
    return np.array([IRR_CLASSES.index(source_class(n)) for n in names], np.uint8)


def _eligible(irr: Irr, vrps: Vrps | None, row: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Say which of these route objects the RPKI does not contradict: irrd hides those it does."""
    if vrps is None:
        return np.ones(len(row), bool)
    rows = distinct(row)
    objects = irr.table.select(["family", "network", "length", "origin_as"]).take(pa.array(rows))
    n = len(rows)
    origin = objects.column("origin_as").to_numpy()
    rov = validate(vrps, objects, np.arange(n), origin, np.ones(n, bool))
    result: npt.NDArray[np.bool_] = rov.state[np.searchsorted(rows, row)] != ROV_INVALID
    return result


def registered(
    irr: Irr,
    prefixes: pa.Table,
    prefix_id: npt.NDArray[np.integer],
    origin_as: npt.NDArray[np.uint32],
    has_origin: npt.NDArray[np.bool_],
    *,
    vrps: Vrps | None = None,
    covering: bool = True,
) -> Registration:
    """Compare pairs with all route objects that cover the prefix and that ``vrps`` allow.

    Notes
    -----
    A pair is valid if *any* object has its origin, for exactly the prefix or, with ``covering``,
    for a less-specific: several objects with different origins are normal. Every (pair, covering
    object) is visited once: O(pairs · covering objects), vectorised.
    """
    pair, row, exact = _visits(irr, prefixes, prefix_id)
    keep = _eligible(irr, vrps, row)
    pair, row, exact = pair[keep], row[keep], exact[keep]
    source = irr.table.column("source").combine_chunks()
    code = source.indices.to_numpy()[row].astype(np.int64)
    object_origin = irr.table.column("origin_as").to_numpy()[row]
    same = (object_origin == origin_as[pair]) & has_origin[pair]
    counts = same & (exact | covering)
    n = len(origin_as)
    any_exact, any_cover, match_exact, match = (np.zeros(n, bool) for _ in range(4))
    for flag, rows in (
        (any_cover, slice(None)),
        (any_exact, exact),
        (match_exact, exact & same),
        (match, counts),
    ):
        flag[pair[rows]] = True
    rank, other_rank = (np.full(n, 9, np.uint8) for _ in range(2))
    created = np.full(n, _NEVER)
    ranks = source_ranks(irr)[code]
    np.minimum.at(rank, pair[counts], ranks[counts])
    np.minimum.at(created, pair[counts], _days(irr)[row[counts]])
    state = np.where(match, 1, np.where(any_exact, 2, np.where(any_cover, 3, 0))).astype(np.uint8)
    listed = counts | ~match[pair]
    sources = distinct(pair[listed] << 16 | code[listed])
    foreign = exact & ~same
    np.minimum.at(other_rank, pair[foreign], ranks[foreign])
    others = unpack(distinct(pack(pair[foreign], object_origin[foreign])))
    return Registration(
        state,
        match_exact,
        rank,
        np.where(created == _NEVER, -1, created),
        sources >> 16,
        sources & 0xFFFF,
        *others,
        other_rank,
    )


def _visits(
    irr: Irr, prefixes: pa.Table, prefix_id: npt.NDArray[np.integer]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Every (pair, row of a covering route object, whether it is for exactly the prefix)."""
    rows = irr.rows
    family, network, length = prefix_columns(prefixes)
    start = rows.lookup(family, network, length)[prefix_id]
    bits = length.to_numpy()[prefix_id]
    parts = [(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, bool))]
    for query, slot in rows.walk(start):
        which, row = rows.rows(slot)
        parts.append((query[which], row, (rows.length[slot] == bits[query])[which]))
    pair, row, exact = (np.concatenate(part) for part in zip(*parts, strict=True))
    return pair, row, exact


def _days(irr: Irr) -> npt.NDArray[np.int64]:
    """Day each object was created, else last changed; the largest integer where neither is known."""
    days = []
    for name in ("created", "last_modified"):
        column = irr.table.column(name).combine_chunks().cast(pa.int32())
        days.append(column.fill_null(np.iinfo(np.int32).max).to_numpy().astype(np.int64))
    best = np.where(days[0] == np.iinfo(np.int32).max, days[1], days[0])
    return np.where(best == np.iinfo(np.int32).max, _NEVER, best)
