"""Paths against relationships: where a route went up or sideways after it should only go down."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from rib.registry.relationships import CUSTOMER, PEER, PROVIDER, Relationships
from rib.table.arrays import analysis_routes
from rib.table.edges import PathEdges, path_edges
from rib.table.keys import distinct, pack, unpack

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["Leaks", "find_leaks"]


class Leaks(NamedTuple):
    """Violations, one per (leaker, type, from, to), and the prefixes and VPs of each.

    ``prefix`` and ``vp`` are sorted distinct values, grouped by the sorted owners beside them.
    """

    leaker_as: npt.NDArray[np.uint32]
    leak_type: npt.NDArray[np.uint8]
    from_as: npt.NDArray[np.uint32]
    to_as: npt.NDArray[np.uint32]
    prefix_owner: npt.NDArray[np.int64]
    prefix: npt.NDArray[np.uint32]
    vp_owner: npt.NDArray[np.int64]
    vp: npt.NDArray[np.uint32]


def find_leaks(table: "Rib", relationships: Relationships, edges: PathEdges | None = None) -> Leaks:
    """Find the routes that an AS had from a provider or peer and gave to a provider or peer.

    On a path ``… to, leaker, from …`` read from the VP, the leaker learned the route from ``from``
    and passed it to ``to``. The violation nearest to the origin counts, those after it follow.

    Notes
    -----
    A path with a link of unknown relationship is judged by its other links. Paths with an AS_SET, a
    loop or a reserved AS number take no part; route servers that the file lists are looked through.
    """
    if edges is None:
        edges = path_edges(table, passing=relationships.ixps)
    relation = relationships.between(edges.left, edges.right)[edges.edge]
    same = edges.path[1:] == edges.path[:-1]
    given, learned = relation[:-1], relation[1:]
    up = (given == PROVIDER) | (given == PEER)
    down = (learned == CUSTOMER) | (learned == PEER)
    at = np.flatnonzero(same & up & down)
    # Links run from the VP to the origin: the last violation of a path is the first that happened.
    last = np.ones(len(at), bool)
    last[:-1] = edges.path[at[1:]] != edges.path[at[:-1]]
    at = at[last]
    kind = np.select(
        [
            (learned[at] == CUSTOMER) & (given[at] == PROVIDER),
            (learned[at] == PEER) & (given[at] == PEER),
            (learned[at] == CUSTOMER) & (given[at] == PEER),
        ],
        [1, 2, 3],
        4,
    )
    to_leaker, leaker_from = edges.keys[edges.edge[at]], edges.keys[edges.edge[at + 1]]
    event_of_path, (leaker_as, leak_type, from_as, to_as) = _number_events(
        to_leaker, leaker_from, kind
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
    )


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
