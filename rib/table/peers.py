"""What is derived about peers: prefixes per family and who sends a full feed."""

import numpy as np
import pyarrow as pa

from rib.table.arrays import column
from rib.table.schema import PEERS

__all__ = ["FULL_FEED_SHARE", "derive_peers", "full_feed_threshold"]

#: A full feed carries at least this share of the median of the top decile of peers.
FULL_FEED_SHARE = 0.9


def full_feed_threshold(counts: np.ndarray) -> float:
    """Least number of prefixes of a full feed: 90% of the median of the top decile of peers.

    Peers without prefixes do not count; infinity where no peer has any.
    """
    present = np.sort(counts[counts > 0])[::-1]
    if not len(present):
        return float("inf")
    top = present[: -(-len(present) // 10)]
    return FULL_FEED_SHARE * float(np.median(top))


def _neighbours(peers: pa.Table, routes: pa.Table, as_paths: pa.Table) -> np.ndarray:
    """Distinct second ASes of each peer's paths: a peer with one neighbour is a stub of it."""
    hops = as_paths.column("hops").combine_chunks()
    offsets = hops.offsets.to_numpy()
    values = hops.values.to_numpy()
    peer_id = column(routes, "peer_id").astype(np.uint64)
    path_id = column(routes, "as_path_id").astype(np.uint64)
    pairs = np.unique(peer_id << np.uint64(32) | path_id)
    peer, path = (pairs >> np.uint64(32)).astype(np.intp), (pairs & np.uint64(0xFFFFFFFF)).astype(
        np.intp
    )
    peer_as = column(peers, "peer_as")[peer]
    start, stop = offsets[path], offsets[path + 1]
    second = np.full(len(peer), 0, dtype=np.uint64)
    # The first AS of the path that is not the peer's own; a few prepends of the peer are enough
    # to look past, since one distinct neighbour is what is asked for.
    for step in range(4):
        at = start + step
        open_ = (second == 0) & (at < stop)
        hop = values[np.minimum(at, max(len(values) - 1, 0))] if len(values) else values
        take = open_ & (hop != peer_as) if len(values) else open_
        second[take] = hop[take]
    known = second != 0
    distinct = np.unique(peer[known].astype(np.uint64) << np.uint64(32) | second[known])
    return np.bincount((distinct >> np.uint64(32)).astype(np.intp), minlength=len(peers))


def derive_peers(
    peers: pa.Table, routes: pa.Table, prefixes: pa.Table, as_paths: pa.Table
) -> pa.Table:
    """Add the derived columns to the peers a back end loaded.

    Notes
    -----
    ``routes`` must be sorted by (prefix, peer): a prefix that a peer sends with several ADD-PATH
    ids counts once. O(routes), vectorised.
    """
    n = len(peers)
    prefix_id, peer_id = column(routes, "prefix_id"), column(routes, "peer_id")
    first = np.ones(len(prefix_id), dtype=bool)
    first[1:] = (prefix_id[1:] != prefix_id[:-1]) | (peer_id[1:] != peer_id[:-1])
    is_v6 = column(prefixes, "family")[prefix_id] == 6
    neighbours = _neighbours(peers, routes, as_paths) > 1
    columns = {name: peers.column(name) for name in PEERS.names[:5]}
    full = []
    for family, mask in ((4, ~is_v6), (6, is_v6)):
        counts = np.bincount(peer_id[first & mask], minlength=n).astype(np.uint32)
        columns[f"n_prefixes{family}"] = pa.array(counts)
        full.append((counts > 0) & (counts >= full_feed_threshold(counts)) & neighbours)
    columns["is_full_feed"] = pa.array(full[0] | full[1])
    columns["is_full_feed4"], columns["is_full_feed6"] = pa.array(full[0]), pa.array(full[1])
    return pa.table(columns, schema=PEERS)
