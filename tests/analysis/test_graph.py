"""`rib.as_graph` against hand-made tables, the naive twin and the sample."""

import pickle
from pathlib import Path

import networkx as nx
import numpy as np
import pyarrow as pa
import pytest
from internet import mrt_writer as mrt

from rib._backend import BACKEND, core
from rib.analysis.graph import as_csr, as_graph, as_links
from rib.fallback import diversity as naive
from rib.registry.relationships import read_relationships
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


# -- relationships ---------------------------------------------------------------------------------


def test_as_graph_says_what_the_right_as_is_to_the_left_one(registry):
    """Customer, provider, peer and sibling from the point of view of the edge; None where not listed."""
    graph = as_graph(
        load({"192.0.2.0/24": [(1, path(1, 2, 3, 4, 5, 9))]}),
        relationships=registry("relationships", "1|2|-1\n3|2|-1\n3|4|0\n4|5|1\n"),
    )
    assert {
        (1, 2): "customer",
        (2, 3): "provider",
        (3, 4): "peer",
        (4, 5): "sibling",
        (5, 9): None,
    } == {(a, b): kind for a, b, kind in graph.edges(data="relationship")}
    assert () == graph.graph["clique"]


def test_as_graph_without_relationships_has_no_such_attribute():
    """Neither edges nor columns say anything about what nobody asked."""
    table = load({"192.0.2.0/24": [(1, path(1, 9))]})
    assert ["n_prefixes", "n_peers", "n_paths"] == list(as_graph(table).edges[1, 9])
    assert ["from_as", "to_as", "n_prefixes", "n_peers", "n_paths"] == as_links(table).column_names


# -- links as arrays -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def latest(sample):
    """Give the last snapshot of the sample."""
    return read_mrt(sample / "collector.20250121.1200.mrt.bz2")


def test_as_links_are_the_edges_of_the_graph(latest, sample):
    """The table made of routes equals the table made of the graph, with relationships and without."""
    known = read_relationships(sample / "as-rel.txt.bz2")
    for given in (None, known):
        links = as_links(latest, relationships=given)
        assert as_graph(latest, relationships=given).to_arrow().equals(links)
        pairs = list(zip(*(links.column(i).to_pylist() for i in (0, 1)), strict=True))
        assert sorted(set(pairs)) == pairs


def test_as_csr_rows_are_the_successors(latest):
    """Each row has the neighbours of its AS, ascending, and their counts."""
    graph = as_graph(latest)
    csr = graph.to_csr()
    assert sorted(graph) == csr.asns.tolist()
    for row, asn in enumerate(csr.asns.tolist()):
        inside = slice(csr.indptr[row], csr.indptr[row + 1])
        neighbours = csr.asns[csr.indices[inside]].tolist()
        assert sorted(graph.successors(asn)) == neighbours
        for name in ("n_prefixes", "n_peers", "n_paths"):
            expected = [graph.edges[asn, to][name] for to in neighbours]
            assert expected == getattr(csr, name)[inside].tolist()


def test_as_csr_of_links_equals_that_of_the_graph(latest):
    """Every AS of this graph has a link, so both have the same rows."""
    for of_links, of_graph in zip(as_csr(as_links(latest)), as_graph(latest).to_csr(), strict=True):
        np.testing.assert_array_equal(of_graph, of_links)
        assert of_graph.dtype == of_links.dtype


def test_as_csr_is_what_scipy_takes(latest):
    """The arrays make a matrix as they are."""
    sparse = pytest.importorskip("scipy.sparse")
    csr = as_csr(as_links(latest))
    matrix = sparse.csr_array((csr.n_prefixes, csr.indices, csr.indptr), shape=(len(csr.asns),) * 2)
    assert matrix.has_canonical_format
    assert len(csr.indices) == matrix.nnz


def test_as_csr_of_a_graph_has_rows_for_ases_without_links():
    """An AS alone on its paths is a row of its own in the graph, and in no link."""
    table = load({"192.0.2.0/24": [(1, path(1, 9)), (5, path(5))]})
    assert [1, 5, 9] == as_graph(table).to_csr().asns.tolist()
    assert [1, 9] == as_csr(as_links(table)).asns.tolist()


def test_links_of_nothing_are_empty_arrays():
    """A table of default routes has no link, and no array fails on it."""
    table = load({"0.0.0.0/0": [(1, path(1, 9))]})
    links = as_links(table)
    assert links.equals(as_graph(table).to_arrow())
    for csr in (as_csr(links), as_graph(table).to_csr()):
        assert ([], [0], []) == tuple(a.tolist() for a in csr[:3])


def test_as_csr_takes_links_only():
    """What is no table of links is named at once."""
    with pytest.raises(TypeError, match=r"links=<Table>: expected a table, as as_links returns"):
        as_csr(pa.table({"from_as": [1]}))
    with pytest.raises(TypeError, match="links=<list>"):
        as_csr([(1, 2)])


def test_as_graph_stays_one_in_networkx(latest):
    """Parts and copies still give arrays, and have no paths; a pickled graph keeps them."""
    graph = as_graph(latest)
    part = graph.subgraph([3257, 3356, 213394]).copy()
    assert nx.is_directed_acyclic_graph(part.subgraph([3257, 213394]))
    assert {(3257, 213394), (3356, 213394)} <= set(
        zip(*(part.to_arrow().column(i).to_pylist() for i in (0, 1)), strict=True)
    )
    assert part.paths is None
    again = pickle.loads(pickle.dumps(graph))
    assert again.paths.equals(graph.paths)
    assert again.to_arrow().equals(graph.to_arrow())


def test_to_arrow_has_null_where_an_edge_lacks_a_count():
    """An edge added by hand has no counts."""
    graph = as_graph(load({"192.0.2.0/24": [(1, path(1, 9))]}))
    graph.add_edge(1, 7)
    assert [None, 1] == graph.to_arrow().column("n_prefixes").to_pylist()
    assert [0, 1] == graph.to_csr().n_prefixes.tolist()


# -- through one AS --------------------------------------------------------------------------------


def test_as_graph_through_an_as_is_that_of_its_routes():
    """Routes without the AS count nowhere, those with it on their whole path."""
    routes = {
        "192.0.2.0/24": [(1, path(1, 10, 9)), (2, path(2, 20, 9))],
        "198.51.100.0/24": [(1, path(1, 10, 10, 8)), (2, path(2, 20, 8))],
    }
    through = as_graph(load(routes), through=10)
    alone = as_graph(load({prefix: given[:1] for prefix, given in routes.items()}))
    assert list(alone.edges(data=True)) == list(through.edges(data=True))
    assert dict(alone.nodes(data=True)) == dict(through.nodes(data=True))
    assert alone.graph == through.graph


def test_as_graph_through_an_unknown_as_is_empty(latest):
    """No route, no node."""
    assert (0, 0) == (len(as_graph(latest, through=1)), as_graph(latest, through=1).size())


@pytest.mark.parametrize(
    ("given", "error"),
    [("AS9", TypeError), (True, TypeError), (-1, ValueError), (1 << 32, ValueError)],
)
def test_as_graph_through_takes_an_as_number(latest, given, error):
    """The message has the argument and the value."""
    with pytest.raises(error, match=f"through={given!r}: expected"):
        as_graph(latest, through=given)
