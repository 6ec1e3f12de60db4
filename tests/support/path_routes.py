"""Routes with the AS paths that a test of `rib.path_diversity` needs, as tables and as the kernel takes them."""

from collections import defaultdict

import pyarrow as pa
from internet import mrt_writer as mrt

from rib.sources.mrt import read_mrt

__all__ = ["kernel_tables", "load", "rows", "segments"]


def load(routes):
    """Read a dump of (prefix, VP AS, path) routes.

    A set in a path is an AS_SET, a list a sequence of a confederation. Every route of a VP AS to a
    prefix comes from another session.
    """
    sessions, entries = [], defaultdict(list)
    for prefix, vp, path in routes:
        used = {peer for peer, _ in entries[prefix]}
        peer = next((i for i, s in enumerate(sessions) if s == vp and i not in used), len(sessions))
        if peer == len(sessions):
            sessions.append(vp)
        entries[prefix].append((peer, path))
    records = []
    for prefix, of_prefix in entries.items():
        hop = (
            mrt.mp_reach_abbreviated("2001:db8::1") if ":" in prefix else mrt.next_hop("192.0.2.1")
        )
        rows = [
            mrt.rib_entry(peer, mrt.origin() + mrt.as_path(*segments(path)) + hop)
            for peer, path in sorted(of_prefix, key=lambda entry: entry[0])
        ]
        records.append(mrt.rib(prefix, rows))
    peers = [mrt.Peer(vp, f"192.0.2.{i + 1}") for i, vp in enumerate(sessions)]
    return read_mrt(mrt.peer_index_table(peers) + b"".join(records))


def segments(path):
    """AS_PATH segments of a path as written in these tests."""
    for hop in path:
        if isinstance(hop, set):
            yield mrt.as_set(*sorted(hop))
        elif isinstance(hop, list):
            yield mrt.confed_sequence(*hop)
        else:
            yield mrt.sequence(hop)


def rows(frame):
    """Rows as dicts with None for null and lists for lists."""
    return pa.Table.from_pandas(frame, preserve_index=False).to_pylist()


def kernel_tables(routes):
    """Tables of (group, prefix, VP AS, unprepended path, may enter the graph) routes."""
    routes = sorted(routes, key=lambda r: r[1])
    paths = sorted({r[3:] for r in routes})
    hops = [list(path) for path, _ in paths]
    lists = pa.list_(pa.field("item", pa.uint32(), nullable=False))
    as_paths = pa.table(
        {
            "hops": pa.array(hops, lists),
            "n_hops": pa.array([len(h) for h in hops], pa.uint16()),
            "prepend_max": pa.array([sum(h) % 3 for h in hops], pa.uint16()),
            "length": pa.array([len(h) + sum(h) % 3 for h in hops], pa.uint16()),
            "origin_as": pa.array([h[-1] if h else None for h in hops], pa.uint32()),
            "upstream_as": pa.array([h[-2] if len(h) > 1 else None for h in hops], pa.uint32()),
            "in_graph": pa.array([fit and len(set(path)) == len(path) for path, fit in paths]),
        }
    )
    table = pa.table(
        {
            "group": pa.array([r[0] for r in routes], pa.uint32()),
            "prefix_id": pa.array([r[1] for r in routes], pa.uint32()),
            "vp_as": pa.array([r[2] for r in routes], pa.uint32()),
            "as_path_id": pa.array([paths.index(r[3:]) for r in routes], pa.uint32()),
        }
    )
    return table, as_paths
