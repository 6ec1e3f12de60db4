"""Paths against relationships: where a route went up or sideways after it should only go down."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from rib.registry.only_to_customers import marked_links
from rib.registry.relationships import CUSTOMER, PEER, PROVIDER, UNKNOWN, Relationships
from rib.table.arrays import analysis_routes
from rib.table.edges import PathEdges, path_edges
from rib.table.keys import distinct, find, is_in, pack, unpack

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["Leaks", "find_leaks", "seen_before"]


class Leaks(NamedTuple):
    """Violations, one per (leaker, type, from, to), and the prefixes and VPs of each.

    ``prefix`` and ``vp`` are sorted distinct values, grouped by the sorted owners beside them.
    ``marked_by`` is the AS whose OTC attribute says that the leaker had to pass the routes down only, 0
    where there is none; ``is_guess`` whether nothing else says so, the link to ``from`` being unknown.
    ``n_paths`` counts the paths with links that were judged, ``n_unknown`` those of them with a link of
    unknown relationship.
    """

    leaker_as: npt.NDArray[np.uint32]
    leak_type: npt.NDArray[np.uint8]
    from_as: npt.NDArray[np.uint32]
    to_as: npt.NDArray[np.uint32]
    prefix_owner: npt.NDArray[np.int64]
    prefix: npt.NDArray[np.uint32]
    vp_owner: npt.NDArray[np.int64]
    vp: npt.NDArray[np.uint32]
    marked_by: npt.NDArray[np.uint32]
    is_guess: npt.NDArray[np.bool_]
    n_paths: int
    n_unknown: int


def find_leaks(table: "Rib", relationships: Relationships, edges: PathEdges | None = None) -> Leaks:
    """Find the routes that an AS had from a provider or peer and gave to a provider or peer.

    On a path ``… to, leaker, from …`` read from the VP, the leaker learned the route from ``from``
    and passed it to ``to``. The violation nearest to the origin counts, those after it follow.

    Notes
    -----
    A path with a link of unknown relationship is judged by its other links; where OTC (RFC 9234) was
    set before the leaker, an unknown ``from`` counts as its provider. Paths with an AS_SET, a loop or a
    reserved AS number take no part; route servers that the file lists are looked through.
    """
    if edges is None:
        edges = path_edges(table, passing=relationships.ixps)
    of_link = relationships.between(edges.left, edges.right)
    relation = of_link[edges.edge]
    mark = marked_links(table, edges)
    same = edges.path[1:] == edges.path[:-1]
    given, learned = relation[:-1], relation[1:]
    marked = np.arange(len(given)) < mark[edges.path[:-1]]
    up = (given == PROVIDER) | (given == PEER)
    down = (learned == CUSTOMER) | (learned == PEER) | ((learned == UNKNOWN) & marked)
    at = np.flatnonzero(same & up & down)
    # Links run from the VP to the origin: the last violation of a path is the first that happened.
    last = np.ones(len(at), bool)
    last[:-1] = edges.path[at[1:]] != edges.path[at[:-1]]
    at = at[last]
    event_of_path, columns = _number_events(
        edges.keys[edges.edge[at]], edges.keys[edges.edge[at + 1]], _kinds(given[at], learned[at])
    )
    leaker_as, leak_type, from_as, to_as = columns
    is_guess = np.zeros(len(leaker_as), bool)
    is_guess[event_of_path] = learned[at] == UNKNOWN
    marked_by = _lowest_marks(
        event_of_path, marked[at], edges, mark[edges.path[at]], len(leaker_as)
    )
    number = np.full(table.as_paths.num_rows, -1, np.int64)
    number[edges.path[at]] = event_of_path
    routes = analysis_routes(table)
    event = number[routes.as_path_id]
    rows = np.flatnonzero(event >= 0)
    prefix_owner, prefix = unpack(distinct(pack(event[rows], routes.prefix_id[rows])))
    vp_owner, vp = unpack(distinct(pack(event[rows], routes.vp_as[rows])))
    used = distinct(vp_owner)
    return Leaks(
        leaker_as[used],
        leak_type[used],
        from_as[used],
        to_as[used],
        np.searchsorted(used, prefix_owner),
        prefix,
        np.searchsorted(used, vp_owner),
        vp,
        marked_by[used],
        is_guess[used],
        len(distinct(edges.path)),
        len(distinct(edges.path[relation == UNKNOWN])),
    )


def _kinds(given: npt.NDArray[np.uint8], learned: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """Give the types of RFC 7908."""
    from_peer, to_peer = learned == PEER, given == PEER
    result: npt.NDArray[np.int64] = np.select(
        [~from_peer & ~to_peer, from_peer & to_peer, ~from_peer], [1, 2, 3], 4
    )
    return result


def _lowest_marks(
    event: npt.NDArray[np.int64],
    marked: npt.NDArray[np.bool_],
    edges: PathEdges,
    mark: npt.NDArray[np.int64],
    n: int,
) -> npt.NDArray[np.uint32]:
    """Give the lowest AS that marked a path of each event, 0 where none did."""
    none = np.iinfo(np.uint32).max
    lowest = np.full(n, none, np.uint32)
    np.minimum.at(lowest, event[marked], edges.right[edges.edge[mark[marked]]])
    return np.where(lowest == none, np.uint32(0), lowest)


def seen_before(
    baseline: "Rib", relationships: Relationships, leaks: Leaks
) -> npt.NDArray[np.bool_]:
    """Say of each violation whether paths of another table pass the same three ASes the same way."""
    edges = path_edges(baseline, passing=relationships.ixps)
    to_leaker, leaker_from = (
        pack(leaks.to_as, leaks.leaker_as),
        pack(leaks.leaker_as, leaks.from_as),
    )
    first, second = distinct(to_leaker), distinct(leaker_from)
    before = find(edges.keys, first)[edges.edge[:-1]]
    after = find(edges.keys, second)[edges.edge[1:]]
    both = (edges.path[1:] == edges.path[:-1]) & (before >= 0) & (after >= 0)
    known = distinct(pack(before[both], after[both]))
    return is_in(pack(find(to_leaker, first), find(leaker_from, second)), known)


def _number_events(
    to_leaker: npt.NDArray[np.uint64],
    leaker_from: npt.NDArray[np.uint64],
    kind: npt.NDArray[np.int64],
) -> tuple[
    npt.NDArray[np.int64],
    tuple[
        npt.NDArray[np.uint32],
        npt.NDArray[np.uint8],
        npt.NDArray[np.uint32],
        npt.NDArray[np.uint32],
    ],
]:
    """Give numbers to the distinct (leaker, type, from, to), in that order, and say which each row is."""
    to_as, leaker = (h.astype(np.uint32) for h in unpack(to_leaker))
    from_as = unpack(leaker_from)[1]
    order = np.lexsort((to_as, from_as, kind, leaker))
    columns = (leaker[order], kind[order].astype(np.uint8), from_as[order], to_as[order])
    new = np.ones(len(order), bool)
    new[1:] = np.logical_or.reduce([c[1:] != c[:-1] for c in columns])
    number = np.empty(len(order), np.int64)
    number[order] = np.cumsum(new) - 1
    return number, tuple(c[new] for c in columns)  # type: ignore[return-value]
