"""ASes from the top down, their links and triplets: what the steps of the inference work on.

An AS is its rank here, 0 at the top: that a comparison of numbers says who stands higher makes most
steps one line.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rib.registry.asrank.paths import Paths, inside_one_path
from rib.table.keys import distinct, pack, unpack

__all__ = ["DOWN", "PEERS", "UNKNOWN", "UP", "Topology", "Triplets", "build", "ranking"]

#: What a link is: not known yet; the AS of lower rank number is the provider; the customer; peers.
UNKNOWN, DOWN, UP, PEERS = 0, 1, 2, 3

Ranks = npt.NDArray[np.int64]


class Triplets(NamedTuple):
    """Distinct (left, middle, right) of paths read from the VP, sorted by ``into``, ``out``.

    ``into`` and ``out`` are the directed links left to middle, middle to right: twice the row of the
    link, plus 1 where it goes from a higher rank number to a lower. ``n`` counts the paths, ``ends``
    those that end in right, ``both`` those that have the triplet in either direction.
    """

    left: Ranks
    middle: Ranks
    right: Ranks
    into: npt.NDArray[np.int64]
    out: npt.NDArray[np.int64]
    n: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    both: npt.NDArray[np.int64]


class Topology(NamedTuple):
    """ASes by rank, links by (smaller rank, larger rank), triplets; the first ASes are the clique.

    ``hops`` are the ranks on the paths, cut by ``offsets``.
    """

    asns: npt.NDArray[np.uint32]
    transit_degree: npt.NDArray[np.int64]
    n_clique: int
    keys: npt.NDArray[np.uint64]
    triplets: Triplets
    hops: Ranks
    offsets: npt.NDArray[np.int64]

    @property
    def ends(self) -> tuple[Ranks, Ranks]:
        """Both ASes of each link, the higher one (smaller rank) first."""
        high, low = unpack(self.keys)
        return high, low.astype(np.int64)


def ranking(
    paths: Paths, clique: npt.NDArray[np.uint32]
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Rank ASes: the clique first, then by transit degree, degree (largest first) and ASN.

    Gives the ASes by rank, the transit degree and the degree of each.
    """
    asns = distinct(np.concatenate([paths.hops, clique]))
    hops = np.searchsorted(asns, paths.hops)
    linked = inside_one_path(paths)
    at = np.flatnonzero(linked)
    # A link between hops i and i + 1 makes i + 1 a transit neighbour of i if i has one before it.
    has_before, has_after = linked[at - 1] & (at > 0), np.append(linked, False)[at + 1]
    left, right = hops[at], hops[at + 1]
    degree = _count(np.concatenate([pack(left, right), pack(right, left)]), len(asns))
    transits = [pack(left, right)[has_before], pack(right, left)[has_after]]
    transit = _count(np.concatenate(transits), len(asns))
    order = np.lexsort((asns, -degree, -transit, ~np.isin(asns, clique)))
    return asns[order], transit[order], degree[order]


def _count(keys: npt.NDArray[np.uint64], n: int) -> npt.NDArray[np.int64]:
    return np.bincount(unpack(distinct(keys))[0], minlength=n)


def build(paths: Paths, clique: npt.NDArray[np.uint32]) -> Topology:
    """Rank the ASes of paths and collect their links, those inside the clique included.

    Notes
    -----
    O(hops log hops).
    """
    asns, transit, _ = ranking(paths, clique)
    rank = np.argsort(asns)
    hops = rank[np.searchsorted(asns, paths.hops, sorter=rank)].astype(np.int64)
    linked = inside_one_path(paths)
    left, right = hops[:-1], hops[1:]
    keys = pack(np.minimum(left, right), np.maximum(left, right))
    top = np.arange(len(clique))
    inside = pack(*(axis.ravel() for axis in np.meshgrid(top, top, indexing="ij")))
    high, low = unpack(inside)
    known = distinct(np.concatenate([distinct(keys[linked]), inside[high < low]]))
    directed = 2 * np.searchsorted(known, keys) + (left > right)
    triplets = _triplets(directed, linked, known)
    return Topology(asns, transit, len(clique), known, triplets, hops, paths.offsets)


def _triplets(
    directed: npt.NDArray[Any], linked: npt.NDArray[np.bool_], known: npt.NDArray[np.uint64]
) -> Triplets:
    at = np.flatnonzero(linked[:-1] & linked[1:])
    ends = ~np.append(linked[2:], False)[at]
    every = pack(directed[at], directed[at + 1])
    order = np.argsort(every, kind="stable")
    every, ends = every[order], ends[order]
    first = np.flatnonzero(np.append(True, every[1:] != every[:-1]) & (len(every) > 0))
    n = np.diff(np.append(first, len(every)))
    n_ends = np.add.reduceat(ends, first, dtype=np.int64) if len(first) else n
    keys = every[first]
    into, low = unpack(keys)
    out = low.astype(np.int64)
    # The same triplet read the other way is the two links turned round.
    turned = pack(out ^ 1, into ^ 1)
    at = np.minimum(np.searchsorted(keys, turned), max(len(keys) - 1, 0))
    both = n + np.where(keys[at] == turned, n[at], 0) if len(keys) else n
    (left, middle), (_, right) = _ends(into, known), _ends(out, known)
    return Triplets(left, middle, right, into, out, n, n_ends, both)


def _ends(directed: npt.NDArray[np.int64], known: npt.NDArray[np.uint64]) -> tuple[Ranks, Ranks]:
    high, low = unpack(known[directed >> 1])
    turned = (directed & 1).astype(bool)
    low = low.astype(np.int64)
    return np.where(turned, low, high), np.where(turned, high, low)
