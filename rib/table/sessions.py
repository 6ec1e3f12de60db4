"""Two tables cut to the sessions that both have, with ids that mean the same in both."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rib._backend import core
from rib.table.arrays import RouteArrays, column
from rib.table.merging import merge_paths, merge_prefixes
from rib.table.peers import Identity, identities, one_collector

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["Compared", "Side", "compare"]

Flags = npt.NDArray[np.bool_]
#: A session and whether it is about IPv6.
_Feed = tuple[Identity, bool]


class Side(NamedTuple):
    """Routes of one table that are compared.

    ``prefix`` is the row of each route's prefix in `Compared.prefixes`; ``changed`` marks the routes
    that the other table does not have with the same session, prefix and AS path.
    """

    table: "Rib"
    routes: RouteArrays
    prefix: npt.NDArray[np.uint32]
    changed: Flags


class Compared(NamedTuple):
    """Two tables cut to what both can tell.

    ``counts`` has the numbers of peers and of VP ASes compared by family; ``gone`` and ``new`` list
    the peers that send a family in one table alone.
    """

    prefixes: pa.Table
    before: Side
    after: Side
    counts: dict[str, dict[int, int]]
    gone: list[dict[str, Any]]
    new: list[dict[str, Any]]


def compare(names: tuple[str, str], before: "Rib", after: "Rib") -> Compared:
    """Keep the routes of the peers that send the family in both tables, and find those that differ.

    Peers are matched by collector, AS and address, as `rib.diff` does. Default routes and peer AS 0
    take no part.

    Raises
    ------
    ValueError
        The tables name collectors and have none in common.
    """
    tables = (before, after)
    peers = [t._listed_peers for t in tables]  # noqa: SLF001 - the peers without what `Rib.peers` counts
    identity = one_collector(names, [list(identities(p)) for p in peers])
    masks = [_taking_part(table) for table in tables]
    feeds = [_feeds(*of) for of in zip(tables, masks, identity, strict=True)]
    shared = feeds[0].keys() & feeds[1].keys()
    rank = {peer: n for n, peer in enumerate(sorted({peer for peer, _ in shared}))}
    prefixes, *prefix_ids = merge_prefixes(before.prefixes, after.prefixes)
    _, after_path = merge_paths(before.as_paths, after.as_paths)
    path_ids = [np.arange(before.as_paths.num_rows, dtype=np.uint32), after_path]
    kept = [
        _kept(table, mask, of, shared)
        for table, mask, of in zip(tables, masks, identity, strict=True)
    ]
    ranked = [np.array([rank.get(p, 0) for p in of], dtype=np.uint16) for of in identity]
    comparable = [
        _comparable(*of) for of in zip(tables, kept, prefix_ids, ranked, path_ids, strict=True)
    ]
    rows = core.changed_routes(*comparable)
    sides = []
    for number, name in enumerate(("old_row", "new_row")):
        table, mask = tables[number], kept[number]
        changed = np.zeros(comparable[number].num_rows, dtype=bool)
        changed[rows.column(name).drop_null().to_numpy()] = True
        prefix = column(comparable[number], "prefix")
        sides.append(Side(table, _arrays(table, mask), prefix, changed))
    return Compared(
        prefixes,
        sides[0],
        sides[1],
        {
            "n_peers": _by_family([(peer, v6) for peer, v6 in shared]),
            "n_vps": _by_family({(peer[1], v6) for peer, v6 in shared}),
        },
        _listed(feeds[0], shared),
        _listed(feeds[1], shared),
    )


def _taking_part(table: "Rib") -> Flags:
    """Mark the routes that take part in analyses."""
    routes = table.routes
    vp_as = column(table.peers, "peer_as")[column(routes, "peer_id")]
    length = column(table.prefixes, "length")[column(routes, "prefix_id")]
    result: Flags = (length != 0) & (vp_as != 0)
    return result


def _feed_number(table: "Rib") -> npt.NDArray[np.int64]:
    """Give twice the peer of each route, plus 1 for IPv6."""
    routes = table.routes
    is_v6 = (column(table.prefixes, "family") == 6)[column(routes, "prefix_id")]
    result: npt.NDArray[np.int64] = column(routes, "peer_id").astype(np.int64) * 2 + is_v6
    return result


def _feeds(table: "Rib", mask: Flags, identity: list[Identity]) -> dict[_Feed, int]:
    """Count the routes of each peer and family that has any; rows of one peer are one."""
    counts = np.bincount(_feed_number(table)[mask], minlength=2 * len(identity))
    result: dict[_Feed, int] = {}
    for number in np.flatnonzero(counts).tolist():
        feed = identity[number // 2], bool(number % 2)
        result[feed] = result.get(feed, 0) + int(counts[number])
    return result


def _kept(table: "Rib", mask: Flags, identity: list[Identity], shared: set[_Feed]) -> Flags:
    known = np.array([(p, v6) in shared for p in identity for v6 in (False, True)], dtype=bool)
    result: Flags = mask & known[_feed_number(table)] if len(known) else mask
    return result


def _comparable(
    table: "Rib",
    mask: Flags,
    prefix_ids: npt.NDArray[np.uint32],
    ranked: npt.NDArray[np.uint16],
    path_ids: npt.NDArray[np.uint32],
) -> pa.Table:
    """Give the routes kept as the back ends compare them."""
    # Mostly every peer is there on both days, and nothing has to be copied.
    routes = table.routes if mask.all() else table.routes.filter(pa.array(mask)).combine_chunks()
    return pa.table(
        {
            "prefix": prefix_ids[column(routes, "prefix_id")],
            "peer": ranked[column(routes, "peer_id")],
            "add_path_id": routes.column("add_path_id"),
            "path": path_ids[column(routes, "as_path_id")],
        }
    )


def _arrays(table: "Rib", mask: Flags) -> RouteArrays:
    routes = table.routes
    keep = slice(None) if mask.all() else mask
    peer_id = column(routes, "peer_id")[keep]
    prefix_id, as_path_id, attributes_id = (
        column(routes, name)[keep] for name in ("prefix_id", "as_path_id", "attributes_id")
    )
    vp_as = column(table.peers, "peer_as")[peer_id]
    return RouteArrays(prefix_id, peer_id, vp_as, as_path_id, attributes_id)


def _by_family(of: Any) -> dict[int, int]:
    """Count by family."""
    v6 = sum(is_v6 for _, is_v6 in of)
    return {4: len(of) - v6, 6: v6}


def _listed(feeds: dict[_Feed, int], shared: set[_Feed]) -> list[dict[str, Any]]:
    """List the peers that are compared with nothing, in order of AS, address, collector and family."""
    left = sorted(
        (asn, address, collector, 6 if v6 else 4, n)
        for ((collector, asn, address), v6), n in feeds.items()
        if ((collector, asn, address), v6) not in shared
    )
    return [
        {"collector": c, "peer_as": a, "peer_ip": ip, "family": family, "n_routes": n}
        for a, ip, c, family, n in left
    ]
