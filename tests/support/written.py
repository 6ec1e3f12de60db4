"""Small dumps, what `Rib.write_mrt` makes of them, and a table's routes as values."""

from internet import mrt_writer as mrt

import rib

PATH = mrt.as_path(mrt.sequence(64500, 64501))
PEERS = [
    mrt.Peer(64500, "192.0.2.1", "10.0.0.1"),
    mrt.Peer(4200000000, "2001:db8::1", "10.0.0.2"),
    mrt.Peer(64502, "192.0.2.3", "10.0.0.3"),
]
HEAD = mrt.peer_index_table(PEERS, view="view", timestamp=5)


def rows(table):
    """Give every route as its values, ids resolved, in table order."""
    peers = table.peers.select(["peer_as", "peer_ip"]).to_pylist()
    paths = table.as_paths.select(["hops", "segments"]).to_pylist()
    sets = table.attributes.to_pylist()
    for row in sets:
        row["unknown"] = sorted(row["unknown"] or (), key=lambda raw: raw["type"])
    prefixes = table.prefixes.column("text").to_pylist()
    return [
        (
            prefixes[r["prefix_id"]],
            tuple(peers[r["peer_id"]].values()),
            paths[r["as_path_id"]],
            sets[r["attributes_id"]],
            r["add_path_id"],
            r["originated_time"],
        )
        for r in table.routes.to_pylist()
    ]


def written(table, tmp_path, **options):
    path = tmp_path / "written.mrt"
    table.write_mrt(path, **options)
    return path


def again(content, tmp_path):
    """Give a table, and what is read after it is written."""
    table = rib.read_mrt(content)
    return table, rib.read_mrt(written(table, tmp_path))


def one(block, prefix="10.0.0.0/8", **entry):
    record = mrt.rib(prefix, [mrt.rib_entry(0, block, **entry)], timestamp=5)
    return mrt.peer_index_table(PEERS[:1], view="view", timestamp=5) + record
