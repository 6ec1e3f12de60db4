"""What is derived about peers: prefixes per family, full feeds, collectors of the same AS, who is none."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from rib.schema import LOADED, PEERS
from rib.table.arrays import column
from rib.table.peer_as import is_local

__all__ = [
    "FULL_FEED_SHARE",
    "Identity",
    "derive_peers",
    "feed_thresholds",
    "full_feed_threshold",
    "identities",
    "neighbour_bounds",
    "one_collector",
    "peers_of_counts",
]

#: Collector, AS and address.
Identity = tuple[str, int, str]

#: A full feed carries at least this share of the median of the top decile of peers.
FULL_FEED_SHARE = 0.9

#: Routes looked at a time.
_STRETCH = 1 << 15


def full_feed_threshold(counts: np.ndarray) -> float:
    """Least number of prefixes of a full feed: 90% of the median of the top decile of peers.

    Peers without prefixes do not count; infinity where no peer has any.
    """
    present = np.sort(counts[counts > 0])[::-1]
    if not len(present):
        return float("inf")
    top = present[: -(-len(present) // 10)]
    return FULL_FEED_SHARE * float(np.median(top))


def feed_thresholds(peers: pa.Table) -> dict[int, int | None]:
    """Least number of prefixes of a full feed by family; None where no peer sends the family."""
    found: dict[int, int | None] = {}
    for family in (4, 6):
        counts = column(peers, f"n_prefixes{family}")
        threshold = full_feed_threshold(counts[~column(peers, "is_local")])
        found[family] = None if np.isinf(threshold) else int(np.ceil(threshold))
    return found


def _has_neighbours(
    peers: pa.Table, routes: pa.Table, as_paths: pa.Table, asked: np.ndarray
) -> np.ndarray:
    """Mark the peers whose paths go on to more than one AS: one with a single one is its stub.

    Only those ``asked`` are looked at.
    """
    hops = as_paths.column("hops").combine_chunks()
    offsets, values = hops.offsets.to_numpy(), hops.values.to_numpy()
    peer_id, path_id = column(routes, "peer_id"), column(routes, "as_path_id")
    peer_as = column(peers, "peer_as")
    some = np.zeros(len(peers), dtype=np.uint32)
    several = np.zeros(len(peers), dtype=bool)
    # Nearly every peer shows a second neighbour within its first routes, so this rarely goes far.
    for begin in range(0, len(peer_id), _STRETCH):
        open_ = asked & ~several
        if not open_.any() or not len(values):
            break
        peer, path = peer_id[begin : begin + _STRETCH], path_id[begin : begin + _STRETCH]
        rows = open_[peer]
        peer, path = peer[rows], path[rows]
        neighbour = _neighbours(offsets, values, path, peer_as[peer])
        peer, neighbour = peer[neighbour != 0], neighbour[neighbour != 0]
        fresh = some[peer] == 0
        some[peer[fresh]] = neighbour[fresh]
        several[peer[neighbour != some[peer]]] = True
    return several


def neighbour_bounds(
    peers: pa.Table, routes: pa.Table, as_paths: pa.Table
) -> tuple[np.ndarray, np.ndarray]:
    """Give the lowest and the highest AS that the paths of each peer go on to.

    Where no path goes on, the highest is 0 and the lowest 2^32 - 1. The bounds of parts of a table merge into those of the whole,
    and a peer has several neighbours where they differ.
    """
    hops = as_paths.column("hops").combine_chunks()
    offsets, values = hops.offsets.to_numpy(), hops.values.to_numpy()
    peer_id, path_id = column(routes, "peer_id"), column(routes, "as_path_id")
    peer_as = column(peers, "peer_as")
    low = np.full(len(peers), 0xFFFFFFFF, dtype=np.uint32)
    high = np.zeros(len(peers), dtype=np.uint32)
    for begin in range(0, len(peer_id) if len(values) else 0, _STRETCH):
        peer, path = peer_id[begin : begin + _STRETCH], path_id[begin : begin + _STRETCH]
        neighbour = _neighbours(offsets, values, path, peer_as[peer])
        peer, neighbour = peer[neighbour != 0], neighbour[neighbour != 0]
        np.minimum.at(low, peer, neighbour)
        np.maximum.at(high, peer, neighbour)
    return low, high


def _neighbours(
    offsets: np.ndarray, values: np.ndarray, path: np.ndarray, peer_as: np.ndarray
) -> np.ndarray:
    """First AS of each path that is not the peer's own, 0 where there is none."""
    start, stop = offsets[path], offsets[path + 1]
    last = len(values) - 1
    first = np.where(start < stop, values[np.minimum(start, last)], 0)
    # The first AS that differs from the leading one; prepends beyond a handful are not looked past,
    # since one other path of the peer is enough to tell.
    second = np.zeros(len(first), dtype=np.uint32)
    for step in range(1, 5):
        at = np.minimum(start + step, last)
        take = (second == 0) & (start + step < stop) & (values[at] != first)
        second[take] = values[at][take]
    return np.where(first == peer_as, second, first)


def _count(ids: np.ndarray, n: int) -> np.ndarray:
    """How often each of ``n`` ids occurs; stretch by stretch, since `bincount` copies what it counts."""
    counts = np.zeros(n, dtype=np.int64)
    for begin in range(0, len(ids), _STRETCH):
        counts += np.bincount(ids[begin : begin + _STRETCH], minlength=n)
    return counts.astype(np.uint32)


def _collectors_of_as(peers: pa.Table) -> np.ndarray:
    """Count, for each peer, the collectors at which its AS is a peer."""
    peer_as = column(peers, "peer_as").astype(np.uint64)
    collector = peers.column("collector").combine_chunks().dictionary_encode().indices.to_numpy()
    pairs = np.unique(peer_as << np.uint64(32) | collector.astype(np.uint64))
    asns, counts = np.unique(pairs >> np.uint64(32), return_counts=True)
    result: np.ndarray = counts[np.searchsorted(asns, peer_as)].astype(np.uint16)
    return result


def derive_peers(
    peers: pa.Table, routes: pa.Table, prefixes: pa.Table, as_paths: pa.Table
) -> pa.Table:
    """Add the derived columns to the peers a back end loaded.

    Notes
    -----
    ``routes`` must be sorted by (prefix, peer): a prefix that a peer sends with several ADD-PATH
    ids counts once. O(routes), vectorised; 4.9M routes take some 40 ms.
    """
    n = len(peers)
    prefix_id, peer_id = column(routes, "prefix_id"), column(routes, "peer_id")
    repeated = peer_id[1:] == peer_id[:-1]
    repeated &= prefix_id[1:] == prefix_id[:-1]
    if repeated.any():
        first = np.concatenate(([True], ~repeated))
        prefix_id, peer_id = prefix_id[first], peer_id[first]
    # Prefixes are sorted, IPv4 first, and so are the routes. A key of another type than the array's
    # would have the whole array converted.
    n_prefixes4 = np.count_nonzero(column(prefixes, "family") == 4)
    n_v4 = np.searchsorted(prefix_id, prefix_id.dtype.type(n_prefixes4))
    counts = {4: _count(peer_id[:n_v4], n), 6: _count(peer_id[n_v4:], n)}
    large = _large(peers, counts)
    several = _has_neighbours(peers, routes, as_paths, large[0] | large[1])
    return peers_of_counts(peers, counts, several)


def _large(peers: pa.Table, counts: dict[int, np.ndarray]) -> list[np.ndarray]:
    """Mark the peers with enough prefixes for a full feed, by family."""
    local = is_local(peers)
    return [~local & (c > 0) & (c >= full_feed_threshold(c[~local])) for c in counts.values()]


def peers_of_counts(
    peers: pa.Table, counts: dict[int, np.ndarray], several: np.ndarray
) -> pa.Table:
    """Add the derived columns to peers whose prefixes are counted already.

    Parameters
    ----------
    peers : pyarrow.Table
        Peers as a back end loads them.
    counts : dict of int to array
        Prefixes of each peer, of family 4 and of family 6.
    several : array of bool
        Whether the paths of a peer go on to more than one AS; only asked of the large ones.
    """
    full4, full6 = several & _large(peers, counts)
    columns = {name: peers.column(name) for name in LOADED["peers"].names}
    columns |= {f"n_prefixes{family}": pa.array(c) for family, c in counts.items()}
    columns["is_full_feed"] = pa.array(full4 | full6)
    columns["is_full_feed4"], columns["is_full_feed6"] = pa.array(full4), pa.array(full6)
    columns["n_collectors"] = pa.array(_collectors_of_as(peers))
    columns["is_local"] = pa.array(is_local(peers))
    inferred = peers.schema.get_field_index("peer_as_inferred")
    columns["peer_as_inferred"] = (
        pa.array(np.zeros(len(peers), dtype=bool)) if inferred < 0 else peers.column(inferred)
    )
    return pa.table(columns, schema=PEERS)


def identities(peers: pa.Table) -> Iterator[Identity]:
    """Give collector, AS and address of each peer: what a peer is matched by between tables."""
    names = ("collector", "peer_as", "peer_ip")
    return zip(*(peers.column(name).to_pylist() for name in names), strict=True)


def one_collector(names: tuple[str, str], sides: list[list[Identity]]) -> list[list[Identity]]:
    """Give a collector without a name that of the other table, where both have one.

    Raises
    ------
    ValueError
        The tables, whose arguments have these names, have no collector in common.
    """
    collectors = [{peer[0] for peer in peers} for peers in sides]
    if not all(collectors) or collectors[0] & collectors[1]:
        return sides
    if len(collectors[0]) == len(collectors[1]) == 1 and "" in collectors[0] | collectors[1]:
        (name,) = (collectors[0] | collectors[1]) - {""}
        return [[(name, *peer[1:]) for peer in peers] for peers in sides]
    raise ValueError(
        f"{names[0]} is of the collectors {sorted(collectors[0])}, {names[1]} of "
        f"{sorted(collectors[1])}: expected one in common; name them with collector= when reading"
    )
