"""Bundles: the distinct sets of routes by which an own view's transits reach a prefix.

Prefixes of one origin mostly have the same path at each transit, so that what has to be said of a set of
routes is said once for all prefixes that have it.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from rib.table.arrays import analysis_routes, column
from rib.table.exit_space import exit_addresses
from rib.table.flows import Traffic
from rib.table.keys import distinct, pack, unpack
from rib.table.votes import starts_of_runs, sums

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["MOST_TRANSITS", "Bundles", "Shares", "bundle_routes", "share_ases", "share_links"]

#: Transits are bits of a word.
MOST_TRANSITS = 64

Ints = npt.NDArray[np.int64]
Masks = npt.NDArray[np.uint64]


class Bundles(NamedTuple):
    """Distinct sets of ways, and the prefixes that have each."""

    family: Ints  # of each bundle
    n_prefixes: Ints
    addresses: npt.NDArray[np.float64]
    bytes: npt.NDArray[np.float64]  # 0 without traffic
    transits: npt.NDArray[np.uint32]  # AS of each transit, ascending
    reach: Masks  # of each bundle, the transits with a route
    bundle: Ints  # of each route of a bundle, ascending
    way: Ints  # of each route of a bundle: row of `ways`
    way_transit: Ints  # by way
    way_path: Ints  # by way: AS path


class Shares(NamedTuple):
    """Things (ASes or links) on all routes of a transit to a bundle: one row per bundle and thing."""

    bundle: Ints
    high: npt.NDArray[np.uint32]  # AS on the left of a link; 0 of an AS
    low: npt.NDArray[np.uint32]
    transits: Masks  # those that have the thing on all their routes


def bundle_routes(view: "Rib", traffic: Traffic | None) -> Bundles:
    """Find the bundles of a view; default routes and a router's own routes take no part.

    Notes
    -----
    One sort of the prefixes for each route that a prefix may have: O(prefixes · log · routes per prefix).
    """
    routes = analysis_routes(view)
    transits = distinct(routes.vp_as)
    if len(transits) > MOST_TRANSITS:
        raise ValueError(
            f"view: expected an own view, with at most {MOST_TRANSITS} transit ASes; found {len(transits)}"
        )
    ways = pack(np.searchsorted(transits, routes.vp_as), routes.as_path_id)
    known = distinct(ways)
    way = np.searchsorted(known, ways)
    first = starts_of_runs(routes.prefix_id.astype(np.int64))
    prefix = routes.prefix_id[first]
    family = column(view.prefixes, "family")[prefix].astype(np.int64)
    n_routes = np.diff(np.append(first, len(way)))
    code, one = _number_sets(family, first, n_routes, way)
    bundle, at = _ranges(first[one], n_routes[one])
    way_transit, way_path = unpack(known)
    reach = np.zeros(len(one), np.uint64)
    np.bitwise_or.at(reach, bundle, _bits(way_transit[way[at]]))
    return Bundles(
        family=family[one],
        n_prefixes=np.bincount(code, minlength=len(one)),
        addresses=sums(code, exit_addresses(view)[prefix], len(one)),
        bytes=np.zeros(len(one))
        if traffic is None
        else sums(code, traffic.by_prefix[prefix], len(one)),
        transits=transits,
        reach=reach,
        bundle=bundle,
        way=way[at],
        way_transit=way_transit,
        way_path=way_path.astype(np.int64),
    )


def _bits(transit: Ints) -> Masks:
    bits: Masks = np.uint64(1) << transit.astype(np.uint64)
    return bits


def _ranges(start: Ints, size: Ints) -> tuple[Ints, Ints]:
    """Owner and position of each element of ranges, one range after the other."""
    owner = np.repeat(np.arange(len(start)), size)
    offset = np.cumsum(size) - size
    return owner, np.arange(len(owner)) - offset[owner] + start[owner]


def _number_sets(family: Ints, first: Ints, n_routes: Ints, way: Ints) -> tuple[Ints, Ints]:
    """Give the number of each prefix's sequence of ways, and one prefix of each number."""
    code = (family == 6).astype(np.int64)
    for k in range(int(n_routes.max(initial=0))):
        has = n_routes > k
        # 0 where a prefix has no more routes.
        next_way = np.where(has, way[np.where(has, first + k, 0)] + 1, 0)
        code = np.unique(code << 32 | next_way, return_inverse=True)[1].astype(np.int64)
    one: Ints = np.unique(code, return_index=True)[1].astype(np.int64)
    return code, one


def share_ases(view: "Rib", bundles: Bundles) -> Shares:
    """List the ASes that all routes of a transit to a bundle pass: its own AS too, the origin AS not."""
    owner, asn, _ = _steps(view, bundles, last=False)
    return _shares(bundles, owner, np.zeros(len(asn), np.uint32), asn)


def share_links(view: "Rib", bundles: Bundles) -> Shares:
    """List the links that all routes of a transit to a bundle pass, that to the origin AS too."""
    owner, asn, position = _steps(view, bundles, last=True)
    inner = np.flatnonzero(position > 0)
    return _shares(bundles, owner[inner], asn[inner - 1], asn[inner])


def _steps(
    view: "Rib", bundles: Bundles, *, last: bool
) -> tuple[Ints, npt.NDArray[np.uint32], Ints]:
    """ASes of every way, from the transit on: the way, the AS, and its position.

    Without ``last`` the origin is left out, with all members of an AS_SET that stands there.
    """
    features = view.path_features
    hops = features.column("hops").combine_chunks()
    offsets, ases = hops.offsets.to_numpy(), hops.values.to_numpy()
    start, stop = (o[bundles.way_path].astype(np.int64) for o in (offsets[:-1], offsets[1:]))
    transit = bundles.transits[bundles.way_transit]
    leads = np.append(ases, np.uint32(0))[np.where(stop > start, start, len(ases))] == transit
    body = start + leads
    if not last:
        origin = pc.is_valid(view.as_paths.column("origin_as")).to_numpy()[bundles.way_path]
        behind = np.where(origin, 1, _set_sizes(view)[bundles.way_path])
        stop = np.maximum(body, stop - behind)
    owner, at = _ranges(body, stop - body)
    # The transit comes first, whether it puts itself on its paths or not.
    own = np.arange(len(transit))
    order = np.argsort(np.concatenate([own, owner]), kind="stable")
    owner = np.concatenate([own, owner])[order]
    asn = np.concatenate([transit, ases[at]])[order]
    first = starts_of_runs(owner)
    position = np.arange(len(owner)) - np.repeat(first, np.diff(np.append(first, len(owner))))
    return owner, asn, position


def _set_sizes(view: "Rib") -> Ints:
    """Members of the AS_SET that each path ends in; 0 where it ends in none."""
    features, n_hops = view.path_features, column(view.path_features, "n_hops")
    size = pc.list_value_length(features.column("hops")).to_numpy()
    # A set counts once in `n_hops`; paths with several sets are taken to have one, at the end.
    found: Ints = np.where(column(features, "has_set"), size - n_hops + 1, 0).astype(np.int64)
    return found


def _shares(
    bundles: Bundles, way: Ints, high: npt.NDArray[np.uint32], low: npt.NDArray[np.uint32]
) -> Shares:
    """From things on ways to things on all routes of a transit to a bundle."""
    things = distinct(pack(high, low))
    thing = np.searchsorted(things, pack(high, low))
    # Each way has a thing once.
    by_way, of_way = unpack(distinct(pack(way, thing)))
    first = np.searchsorted(by_way, np.arange(len(bundles.way_path) + 1))
    row, at = _ranges(first[bundles.way], np.diff(first)[bundles.way])
    transit = bundles.way_transit[bundles.way[row]]
    n_transits, n_things = len(bundles.transits), max(len(things), 1)
    # Fits: 2^21 bundles, 2^20 things and 2^6 transits are 47 of 63 bits.
    key = (bundles.bundle[row] * n_things + of_way[at].astype(np.int64)) * n_transits + transit
    key = np.sort(key)
    begin = starts_of_runs(key)
    count = np.diff(np.append(begin, len(key)))
    key = key[begin]
    # A transit with several routes (sessions, ADD-PATH) depends on what is on all of them.
    bundle = key // n_transits // n_things
    slot = bundle * n_transits + key % n_transits
    routes = np.bincount(
        bundles.bundle * n_transits + bundles.way_transit[bundles.way],
        minlength=len(bundles.family) * n_transits,
    )
    key = key[count == routes[slot]]
    row_key = key // n_transits
    begin = starts_of_runs(row_key)
    masks = _bits(key % n_transits)
    merged = np.bitwise_or.reduceat(masks, begin) if len(begin) else masks
    row_key = row_key[begin]
    high_low = things[row_key % n_things] if len(things) else np.zeros(0, np.uint64)
    left, right = unpack(high_low)
    return Shares(row_key // n_things, left.astype(np.uint32), right, merged)
