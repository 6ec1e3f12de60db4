"""What is derived about peers: prefixes per family and who sends a full feed."""

import numpy as np
import pyarrow as pa

from rib.schema import PEERS
from rib.table.arrays import column

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
    leading = first[path_id]
    neighbour = np.where(leading == column(peers, "peer_as")[peer_id], second[path_id], leading)
    known = np.flatnonzero(neighbour != 0)
    some = np.zeros(len(peers), dtype=np.uint32)
    some[peer_id[known]] = neighbour[known]
    other = neighbour[known] != some[peer_id[known]]
    return np.bincount(peer_id[known][other], minlength=len(peers)) > 0


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
    neighbours = _has_neighbours(peers, routes, as_paths)
    columns = {name: peers.column(name) for name in PEERS.names[:5]}
    full = []
    for family, mask in ((4, ~is_v6), (6, is_v6)):
        counts = np.bincount(peer_id[first & mask], minlength=n).astype(np.uint32)
        columns[f"n_prefixes{family}"] = pa.array(counts)
        full.append((counts > 0) & (counts >= full_feed_threshold(counts)) & neighbours)
    columns["is_full_feed"] = pa.array(full[0] | full[1])
    columns["is_full_feed4"], columns["is_full_feed6"] = pa.array(full[0]), pa.array(full[1])
    return pa.table(columns, schema=PEERS)
