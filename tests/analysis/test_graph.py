"""`rib.as_graph` against hand-made tables, the naive twin and the sample."""

from pathlib import Path

import pytest
from internet import mrt_writer as mrt

from rib._backend import BACKEND, core
from rib.analysis.graph import as_graph
from rib.fallback import diversity as naive
from rib.sources.mrt import read_mrt
from rib.table.arrays import analysis_routes
from rib.table.route_columns import path_columns, route_columns

SAMPLE = Path(__file__).parents[2] / "data" / "sample-mrt"


def load(routes):
    """Read a dump of {prefix: [(VP AS, segments)]}; every VP AS has one session."""
    vps = sorted({vp for of_prefix in routes.values() for vp, _ in of_prefix})
    peers = [mrt.Peer(vp, f"192.0.2.{i + 1}") for i, vp in enumerate(vps)]
    records = []
    for prefix, of_prefix in routes.items():
        entries = [
            mrt.rib_entry(
                vps.index(vp), mrt.origin() + mrt.as_path(*path) + mrt.next_hop("192.0.2.1")
            )
            for vp, path in of_prefix
        ]
        records.append(mrt.rib(prefix, entries))
    return read_mrt(mrt.peer_index_table(peers) + b"".join(records))


def path(*ases):
    """One AS_SEQUENCE."""
    return [mrt.sequence(*ases)]


def test_as_graph_counts_prefixes_peers_and_paths():
    """Edges point from the peer to the origin; prepends are neither edges nor further paths."""
    graph = as_graph(
        load(
            {
                "192.0.2.0/24": [(1, path(1, 10, 9)), (2, path(2, 10, 10, 9))],
                "198.51.100.0/24": [(1, path(1, 10, 9, 9)), (2, path(2, 9))],
            }
        )
    )
    edges = {(a, b): tuple(of.values()) for a, b, of in graph.edges(data=True)}
    assert {(1, 10): (2, 1, 1), (2, 9): (1, 1, 1), (2, 10): (1, 1, 1), (10, 9): (2, 2, 2)} == edges
    assert ["n_prefixes", "n_peers", "n_paths"] == list(graph.edges[10, 9])
    assert {1: 0, 2: 0, 9: 2, 10: 0} == dict(graph.nodes(data="n_prefixes_originated"))
    assert {"n_paths": 4, "n_paths_left_out": 0} == graph.graph


@pytest.mark.parametrize(
    "unclean",
    [
        [mrt.sequence(1, 10), mrt.as_set(7, 8)],
        [mrt.confed_sequence(65001), mrt.sequence(1, 9)],
        path(1, 10, 20, 10, 9),
        path(1, 64512, 9),
    ],
    ids=["set", "confederation", "loop", "reserved"],
)
def test_as_graph_leaves_unclean_paths_out(unclean):
    """Their neighbours need not be neighbours; the graph says how many there are."""
    graph = as_graph(load({"192.0.2.0/24": [(1, unclean), (2, path(2, 9))]}))
    assert [(2, 9)] == list(graph.edges)
    assert {"n_paths": 1, "n_paths_left_out": 1} == graph.graph


def test_as_graph_leaves_default_routes_out():
    """A table of nothing but a default route spans no graph."""
    graph = as_graph(load({"0.0.0.0/0": [(1, path(1, 9))]}))
    assert (0, 0) == (len(graph), graph.size())
    assert {"n_paths": 0, "n_paths_left_out": 0} == graph.graph


def test_as_graph_of_the_sample_has_the_four_upstreams():
    """After the migration AS213394 is reached through four ASes, in ascending order of ASNs."""
    graph = as_graph(read_mrt(SAMPLE / "collector.20250121.1200.mrt.bz2"))
    assert [3257, 3356, 29075, 43424] == sorted(graph.predecessors(213394))
    assert sorted(graph) == list(graph)
    assert {int} == {type(asn) for asn in graph}
    assert graph.graph["n_paths_left_out"] > 0


@pytest.mark.skipif(BACKEND == "fallback", reason="holds the native kernel against the fallback")
def test_as_graph_links_equal_the_naive_twin():
    """Native and naive counts of every link of the sample agree."""
    table = read_mrt(SAMPLE / "own.20250121.1200.mrt.gz")
    arguments = route_columns(analysis_routes(table)), path_columns(table)
    assert naive.as_links(*arguments).equals(core.as_links(*arguments))
