"""Leaks of RFC 7908 that leave no valley on a path: re-origination and internal more-specifics.

Both show only beside an earlier table, and only in numbers: one prefix of the kind is an event of every
day (a customer that moves, a network that splits a block).
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from rib.registry.relationships import PEER, PROVIDER, Relationships
from rib.table.arrays import RouteArrays, analysis_routes, column, path_ases
from rib.table.keys import distinct, is_in, pack, unpack
from rib.table.networks import prefix_columns

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = [
    "MORE_SPECIFICS",
    "N_ORIGINS",
    "N_PREFIXES",
    "REORIGINATION",
    "OriginLeaks",
    "find_origin_leaks",
]

#: Types of RFC 7908.
REORIGINATION, MORE_SPECIFICS = 5, 6
#: Prefixes of one AS from which it is a leak.
N_PREFIXES = 10
#: ASes whose prefixes another one originates, from which it is re-origination.
N_ORIGINS = 5
#: Longest prefixes that are meant for other networks, by family.
_LONGEST = {4: 24, 6: 48}


class OriginLeaks(NamedTuple):
    """Events, one per (leaker, type, to), sorted by them, and the prefixes and VPs of each.

    ``prefix`` and ``vp`` are sorted distinct values, grouped by the sorted owners beside them.
    ``is_long`` says whether most of the prefixes are longer than /24 or /48.
    """

    leaker_as: npt.NDArray[np.uint32]
    leak_type: npt.NDArray[np.uint8]
    to_as: npt.NDArray[np.uint32]
    prefix_owner: npt.NDArray[np.int64]
    prefix: npt.NDArray[np.uint32]
    vp_owner: npt.NDArray[np.int64]
    vp: npt.NDArray[np.uint32]
    is_long: npt.NDArray[np.bool_]


def find_origin_leaks(table: "Rib", baseline: "Rib", relationships: Relationships) -> OriginLeaks:
    """Find ASes that newly originate many prefixes, of others or inside their own.

    A prefix is *re-originated* by an AS if the baseline has it, from other origins only; it counts as
    that of the lowest of them. It is a *new more-specific* of an AS if the baseline lacks it, and the
    longest prefix there that covers it is that AS's. `N_PREFIXES` of an AS make a leak; of re-originated
    ones they must be those of `N_ORIGINS` other ASes. It is one to each neighbour on the VP's side that
    is a provider or peer of the AS.

    Notes
    -----
    O(routes log routes). Default routes take no part.
    """
    routes, origin = _with_origin(table)
    now = distinct(pack(routes.prefix_id, origin[routes.as_path_id]))
    kind = _kinds_of_pairs(table, baseline, now)
    keys, kind = now[kind > 0], kind[kind > 0]
    touched = np.zeros(table.n_prefixes, bool)
    touched[unpack(keys)[0]] = True
    routes = routes.only(touched[routes.prefix_id])
    pair = pack(routes.prefix_id, origin[routes.as_path_id])
    at = np.minimum(np.searchsorted(keys, pair), max(len(keys) - 1, 0))
    upstream = path_ases(table, "upstream_as")[routes.as_path_id]
    leaker = origin[routes.as_path_id]
    fits = keys[at] == pair if len(keys) else np.zeros(0, bool)
    fits &= np.isin(relationships.between(upstream, leaker), (PROVIDER, PEER))
    routes, leaker, upstream = routes.only(fits), leaker[fits], upstream[fits]
    return _events(table, routes, leaker, kind[at[fits]], upstream)


def _with_origin(table: "Rib") -> tuple[RouteArrays, npt.NDArray[np.uint32]]:
    """Give the routes that have an origin AS, and the origin of each AS path."""
    routes, origin = analysis_routes(table), path_ases(table, "origin_as")
    return routes.only(origin[routes.as_path_id] != 0), origin


def _kinds_of_pairs(
    table: "Rib", baseline: "Rib", now: npt.NDArray[np.uint64]
) -> npt.NDArray[np.uint8]:
    """Give the type of leak that each (prefix, origin AS) is part of, 0 for none."""
    then_routes, then_origin = _with_origin(baseline)
    then = distinct(pack(then_routes.prefix_id, then_origin[then_routes.as_path_id]))
    family, network, length = prefix_columns(table.prefixes)
    place = baseline.index.lookup_prefixes(family, network, length).astype(np.int64)
    # Place -1, no cover, is the one appended.
    then_length = np.append(column(baseline.prefixes, "length"), np.uint8(0))
    prefix, origin = unpack(now)
    place = place[prefix]
    is_same = (place >= 0) & (then_length[place] == length.to_numpy()[prefix])
    old_prefix, old_origin = unpack(then)
    known = is_in(pack(np.maximum(place, 0), origin), then)
    had_origin = np.isin(place, old_prefix)
    taken = is_same & ~known & had_origin
    split = ~is_same & (place >= 0) & known
    kind = np.zeros(len(now), np.uint8)
    kind[split & is_in(origin, _many(origin[split], N_PREFIXES))] = MORE_SPECIFICS
    enough = _many(origin[taken], N_PREFIXES)
    first = np.searchsorted(old_prefix, place[taken])
    others = unpack(distinct(pack(origin[taken], old_origin[first])))[0].astype(np.uint32)
    kind[taken & is_in(origin, enough) & is_in(origin, _many(others, N_ORIGINS))] = REORIGINATION
    return kind


def _many(values: npt.NDArray[np.uint32], least: int) -> npt.NDArray[np.uint32]:
    """Give the values that are there so often, ascending."""
    found, count = np.unique(values, return_counts=True)
    return found[count >= least]


def _events(
    table: "Rib",
    routes: RouteArrays,
    leaker: npt.NDArray[np.uint32],
    kind: npt.NDArray[np.uint8],
    to: npt.NDArray[np.uint32],
) -> OriginLeaks:
    order = np.lexsort((to, kind, leaker))
    columns = (leaker[order], kind[order], to[order])
    new = np.ones(len(order), bool)
    new[1:] = np.logical_or.reduce([c[1:] != c[:-1] for c in columns])
    event = np.empty(len(order), np.int64)
    event[order] = np.cumsum(new) - 1
    prefix_owner, prefix = unpack(distinct(pack(event, routes.prefix_id)))
    vp_owner, vp = unpack(distinct(pack(event, routes.vp_as)))
    n = int(new.sum())
    longest = np.where(column(table.prefixes, "family") == 4, _LONGEST[4], _LONGEST[6])
    is_long = column(table.prefixes, "length") > longest
    n_long = np.bincount(prefix_owner[is_long[prefix]], minlength=n)
    many_long = 2 * n_long > np.bincount(prefix_owner, minlength=n)
    first = order[new]
    return OriginLeaks(
        leaker[first], kind[first], to[first], prefix_owner, prefix, vp_owner, vp, many_long
    )
