"""Votes of vantage points: one per VP AS, prefix and origin, shared by the routes that tell of it."""

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rib.table.arrays import analysis_routes, column

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = [
    "NO_AS",
    "Flags",
    "Floats",
    "Ints",
    "Narrow",
    "Votes",
    "Ways",
    "cast_votes",
    "numbers_of_runs",
    "starts_of_runs",
    "sums",
]

Ints = npt.NDArray[np.int64]
Narrow = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

NO_AS = 1 << 32  # above every ASN, so that it sorts last
_EXACT = 1 << 53  # integers up to here are exact as float64


class Ways(NamedTuple):
    """Distinct ways to an origin: an AS path, with the VP AS where the path is the origin alone."""

    origin: Ints  # position in `origins`
    upstream: Ints
    length: Ints  # RFC 4271 §9.1.2.2
    prepends: Ints  # extra copies of the origin at the end
    hops: Ints  # ASes without prepends
    origins: Ints  # ASN by position, ascending


class Votes(NamedTuple):
    """Routes that vote, sorted by (prefix, origin, VP AS): the routes of such a pair share a vote.

    Numbers of which there is one per route are narrow, for these arrays are most of what an analysis
    holds. They index; before they are multiplied they have to be widened.
    """

    prefix: Narrow
    is_v6: npt.NDArray[np.int8]
    vp: Narrow  # position among the VP ASes
    n_vps: int
    vp_as: Ints  # AS by position
    way: Narrow
    first: Ints  # first route of each pair
    n_routes: Narrow  # of each pair
    weight: Floats  # of each route, in units of 1/`unit` vote
    unit: float


def _asns(table: pa.Table, name: str) -> Ints:
    """Give a nullable column of ASNs, with `NO_AS` for null."""
    filled = table.column(name).cast(pa.int64()).fill_null(NO_AS).combine_chunks()
    return np.asarray(filled)


def cast_votes(table: "Rib", wanted: Ints | None) -> tuple[Ways, Votes]:
    """Find the routes that vote on origin ASes, all or those wanted, and share the votes.

    A VP AS inside the origin does not vote, nor do default routes, peer AS 0 and null origins.
    """
    routes = analysis_routes(table)
    origin = _asns(table.as_paths, "origin_as")
    known = origin != NO_AS if wanted is None else np.isin(origin, wanted)
    keep = known[routes.as_path_id] & (routes.vp_as != origin[routes.as_path_id])
    way = routes.as_path_id[keep].astype(np.int32)
    ways = _find_ways(table, origin, known, way, routes.vp_as[keep])
    number, vp_as = _number_vps(column(table.peers, "peer_as"))
    n_vps = len(vp_as)
    vp = number.astype(np.int32)[routes.peer_id[keep]]
    prefix = routes.prefix_id[keep].astype(np.int32)
    del routes, keep
    # Fits: 2^21 prefixes, 2^17 origins and 2^16 peers, more than there are, take 54 of 63 bits.
    key = prefix.astype(np.int64)
    key *= max(len(ways.origins), 1)
    key += ways.origin[way]
    key *= max(n_vps, 1)
    key += vp
    # Routes come sorted by prefix and peer: a merge sort has little left to do.
    order = np.argsort(key, kind="stable")
    key = key[order]
    first = starts_of_runs(key)
    del key
    prefix, vp, way = prefix[order], vp[order], way[order]
    n_routes = np.diff(first, append=len(order)).astype(np.int32)
    del order
    unit = _unit(n_routes)
    return ways, Votes(
        prefix=prefix,
        is_v6=(column(table.prefixes, "family") == 6).astype(np.int8)[prefix],
        vp=vp,
        n_vps=n_vps,
        vp_as=vp_as,
        way=way,
        first=first,
        n_routes=n_routes,
        weight=np.repeat(unit / n_routes, n_routes),
        unit=unit,
    )


def _find_ways(
    table: "Rib", origin: Ints, known: Flags, way: Narrow, vp_as: npt.NDArray[np.uint32]
) -> Ways:
    """List the ways; `way`, the AS path of each route, is rewritten where it is the origin alone."""
    hops = column(table.path_features, "n_hops").astype(np.int64)
    # A path that is the origin alone has the VP AS as upstream: one way per VP AS.
    alone = np.flatnonzero((hops == 1)[way])
    key = way[alone].astype(np.int64) << 32 | vp_as[alone]
    lone, number = np.unique(key, return_inverse=True)
    way[alone] = len(origin) + number
    path = np.concatenate([np.arange(len(origin)), lone >> 32])
    origins, code = np.unique(origin[known], return_inverse=True)
    origin_code = np.zeros(len(origin), dtype=np.int64)
    origin_code[known] = code
    return Ways(
        origin=origin_code[path],
        upstream=np.concatenate([_asns(table.as_paths, "upstream_as"), lone & (NO_AS - 1)]),
        length=column(table.as_paths, "length").astype(np.int64)[path],
        prepends=column(table.path_features, "origin_prepends").astype(np.int64)[path],
        hops=hops[path],
        origins=origins,
    )


def _number_vps(peer_as: npt.NDArray[np.uint32]) -> tuple[Ints, Ints]:
    """Give the number of each peer's VP AS, in the order of first peers, and the AS of each number."""
    distinct, first, same = np.unique(peer_as, return_index=True, return_inverse=True)
    order = np.argsort(first)
    return np.argsort(order)[same], distinct[order].astype(np.int64)


def _unit(n_routes: Narrow) -> float:
    """Fraction of a vote to count in, as its inverse: the least common multiple of the sharers.

    Sums of votes are then exact whatever the order of the routes, and equal shares compare equal.
    1 where that is too large to be exact.
    """
    unit = math.lcm(*np.flatnonzero(np.bincount(n_routes)).tolist())
    return float(unit) if unit * len(n_routes) < _EXACT else 1.0


def starts_of_runs(key: npt.NDArray[Any]) -> Ints:
    """Positions where a sorted key changes, 0 included."""
    return np.flatnonzero(np.concatenate([key[:1] == key[:1], key[1:] != key[:-1]]))


def numbers_of_runs(key: Ints) -> Ints:
    """Count, for each value of a sorted key, the changes before it: the number of its run."""
    return np.cumsum(np.concatenate([key[:1] != key[:1], key[1:] != key[:-1]]))


def sums(of: npt.NDArray[Any], weight: Floats, n: int) -> Floats:
    """Sum of the weights by number."""
    return np.bincount(of, weight, minlength=n).astype(np.float64)
