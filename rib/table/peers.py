"""What is derived about peers: prefixes per family and who sends a full feed."""

import numpy as np
import pyarrow as pa

from rib.schema import PEERS
from rib.table.arrays import column

__all__ = ["FULL_FEED_SHARE", "derive_peers", "full_feed_threshold"]

#: A full feed carries at least this share of the median of the top decile of peers.
FULL_FEED_SHARE = 0.9

#: Routes looked at a time.
_STRETCH = 1 << 18


def full_feed_threshold(counts: np.ndarray) -> float:
    """Least number of prefixes of a full feed: 90% of the median of the top decile of peers.

    Peers without prefixes do not count; infinity where no peer has any.
    """
    present = np.sort(counts[counts > 0])[::-1]
    if not len(present):
        return float("inf")
    top = present[: -(-len(present) // 10)]
    return FULL_FEED_SHARE * float(np.median(top))


def _has_neighbours(peers: pa.Table, routes: pa.Table, as_paths: pa.Table) -> np.ndarray:
    """Mark the peers whose paths go on to more than one AS: one with a single one is its stub."""
    hops = as_paths.column("hops").combine_chunks()
    offsets, values = hops.offsets.to_numpy(), np.append(hops.values.to_numpy(), np.uint32(0))
    start, stop = offsets[:-1], offsets[1:]
    first = np.where(start < stop, values[start], 0)
    # The first AS that differs from the leading one; prepends beyond a handful are not looked past,
    # since one other path of the peer is enough to tell.
    second = np.zeros(len(first), dtype=np.uint32)
    for step in range(1, 5):
        at = np.minimum(start + step, len(values) - 1)
        take = (second == 0) & (start + step < stop) & (values[at] != first)
        second[take] = values[at][take]
    peer_id, path_id = column(routes, "peer_id"), column(routes, "as_path_id")
    peer_as = column(peers, "peer_as")
    some = np.zeros(len(peers), dtype=np.uint32)
    several = np.zeros(len(peers), dtype=bool)
    # Nearly every peer shows a second neighbour within its first routes, so this rarely goes far.
    for begin in range(0, len(peer_id), _STRETCH):
        peer, path = peer_id[begin : begin + _STRETCH], path_id[begin : begin + _STRETCH]
        neighbour = np.where(first[path] == peer_as[peer], second[path], first[path])
        peer, neighbour = peer[neighbour != 0], neighbour[neighbour != 0]
        fresh = some[peer] == 0
        some[peer[fresh]] = neighbour[fresh]
        several[peer[neighbour != some[peer]]] = True
        if several.all():
            break
    return several


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
    repeated = (prefix_id[1:] == prefix_id[:-1]) & (peer_id[1:] == peer_id[:-1])
    if repeated.any():
        first = np.concatenate(([True], ~repeated))
        prefix_id, peer_id = prefix_id[first], peer_id[first]
    # Prefixes are sorted, IPv4 first, and so are the routes.
    n_v4 = np.searchsorted(prefix_id, np.count_nonzero(column(prefixes, "family") == 4))
    has_neighbours = _has_neighbours(peers, routes, as_paths)
    columns = {name: peers.column(name) for name in PEERS.names[:5]}
    full = []
    for family, of_family in ((4, peer_id[:n_v4]), (6, peer_id[n_v4:])):
        counts = np.bincount(of_family, minlength=n).astype(np.uint32)
        columns[f"n_prefixes{family}"] = pa.array(counts)
        full.append((counts > 0) & (counts >= full_feed_threshold(counts)) & has_neighbours)
    columns["is_full_feed"] = pa.array(full[0] | full[1])
    columns["is_full_feed4"], columns["is_full_feed6"] = pa.array(full[0]), pa.array(full[1])
    return pa.table(columns, schema=PEERS)
