"""What is derived about peers, against a plain count route by route."""

import numpy as np
import pyarrow as pa
import pytest

import rib
from rib.table import peers as module
from rib.table.peers import derive_peers, full_feed_threshold


def naive(table):
    """Count prefixes and neighbours of each peer, one route at a time."""
    peer_as = table.peers.column("peer_as").to_pylist()
    family = table.prefixes.column("family").to_pylist()
    hops = table.as_paths.column("hops").to_pylist()
    prefixes = {4: [set() for _ in peer_as], 6: [set() for _ in peer_as]}
    neighbours = [set() for _ in peer_as]
    columns = [table.routes.column(n).to_pylist() for n in ("prefix_id", "peer_id", "as_path_id")]
    for prefix, peer, path in zip(*columns, strict=True):
        prefixes[family[prefix]][peer].add(prefix)
        ases = list(dict.fromkeys(hops[path]))
        neighbours[peer].update([a for a in ases if a != peer_as[peer]][:1])
    expected = {}
    for version, sets in prefixes.items():
        counts = np.array([len(s) for s in sets])
        full = (counts > 0) & (counts >= full_feed_threshold(counts))
        expected[f"n_prefixes{version}"] = counts.tolist()
        expected[f"is_full_feed{version}"] = [
            bool(f) and len(n) > 1 for f, n in zip(full, neighbours, strict=True)
        ]
    return expected


@pytest.mark.parametrize("stretch", [7, 1 << 15])
@pytest.mark.parametrize("n", [1, 3, 40, 2000])
@pytest.mark.parametrize("n_paths", [1, 2, 1000])
def test_peers_equal_a_count_route_by_route(sample, monkeypatch, stretch, n, n_paths):
    """Counts and full feeds are those of the naive count, stubs and silent peers included."""
    whole = rib.read_mrt(sample / "own.20250121.1200.mrt.gz")
    dice = np.random.default_rng(n)
    rows = np.sort(dice.choice(whole.n_routes, n, replace=False))
    routes = whole.routes.take(pa.array(rows)).combine_chunks()
    at = routes.schema.get_field_index("as_path_id")
    # Few paths make stubs: peers behind which only one other AS is ever seen.
    paths = pa.array(dice.integers(0, n_paths, n).astype(np.uint32))
    routes = routes.set_column(at, routes.schema.field(at), paths)
    monkeypatch.setattr(module, "_STRETCH", stretch)
    tables = {
        name: getattr(whole, name) for name in ("prefixes", "as_paths", "attributes", "peers")
    }
    table = rib.Rib({**tables, "routes": routes}, whole.receipt)
    found = derive_peers(table.peers, table.routes, table.prefixes, table.as_paths)
    expected = naive(table)
    assert expected == {name: found.column(name).to_pylist() for name in expected}


def test_add_path_counts_a_prefix_once(shared_data):
    """A peer that sends a prefix with several ADD-PATH ids has one prefix more."""
    table = rib.read_mrt(shared_data / "mrt" / "bgpdump" / "bview.ipv4_unicast_add_path.gz")
    expected = naive(table)
    assert expected == {name: table.peers.column(name).to_pylist() for name in expected}
    assert sum(expected["n_prefixes4"]) < table.n_routes
