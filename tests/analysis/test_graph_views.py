"""Parts of the AS graph against what their definitions say, path by path."""

from itertools import pairwise

import networkx as nx
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rib
from rib.table.clique import infer_clique
from rib.table.graph import DiGraph

#: VP first. 1 and 2 are at the top; 77 has a vantage point below transit 11.
ROUTES = {
    "20.0.0.0/16": [[70, 1, 11, 100], [71, 2, 1, 11, 100], [72, 2, 12, 100], [77, 11, 100]],
    "30.0.0.0/16": [[70, 1, 2, 12, 101], [71, 2, 12, 101], [72, 2, 12, 101], [77, 11, 1, 12, 101]],
}
RELATIONSHIPS = "1|2|0\n1|11|-1\n2|12|-1\n11|100|-1\n12|100|-1\n12|101|-1\n11|77|-1\n1|70|-1\n2|71|-1\n2|72|-1\n"


def edges(graph):
    return set(graph.edges)


def first_clean_paths(graph):
    return [tuple(path) for path in graph.paths.to_pylist()]


def naive_neighbourhood(paths, asn, core):
    """Links from the last AS of the core to the AS; without one, the last link."""
    found = set()
    for path in paths:
        if asn not in path:
            continue
        before = path[: path.index(asn)]
        of_core = [i for i, hop in enumerate(before) if hop in core]
        start = of_core[-1] if of_core else max(len(before) - 1, 0)
        found |= set(pairwise(path[start : len(before) + 1]))
    return found


def naive_cone(paths, asn, relationship=None):
    """Links behind the AS, as far as they lead down."""
    found = set()
    for path in paths:
        if asn not in path:
            continue
        for link in pairwise(path[path.index(asn) :]):
            if relationship is not None and relationship(link) != "customer":
                break
            found.add(link)
    return found


# -- neighbourhood ---------------------------------------------------------------------------------


def test_neighbourhood_is_the_way_from_the_core(table_of):
    """From the last AS of the core on; a vantage point below a transit adds its last link alone."""
    graph = rib.as_graph(table_of(ROUTES))
    above = rib.neighbourhood(graph, 100, core=[1, 2])
    assert {(1, 11), (2, 12), (11, 100), (12, 100)} == edges(above)
    assert [1, 2, 11, 12, 100] == list(above)
    assert {"core": (1, 2), "n_paths": 4, "n_paths_without_core": 1, "n_paths_left_out": 0} == (
        above.graph
    )
    assert graph.edges[11, 100] == above.edges[11, 100]
    assert graph.nodes[100] == above.nodes[100]


def test_neighbourhood_takes_the_clique_of_the_relationships(table_of, registry):
    """A listed clique goes before an inferred one."""
    known = registry("relationships", "# input clique: 11 12\n" + RELATIONSHIPS)
    above = rib.neighbourhood(rib.as_graph(table_of(ROUTES), relationships=known), 100)
    assert {(11, 100), (12, 100)} == edges(above)
    assert (11, 12) == above.graph["core"]


def test_neighbourhood_of_a_vantage_point_is_it_alone(table_of):
    """Its own paths begin with it: nothing leads there."""
    above = rib.neighbourhood(rib.as_graph(table_of(ROUTES)), 70)
    assert ([70], 0, 2) == (list(above), above.size(), above.graph["n_paths_left_out"])


def test_neighbourhood_of_an_as_of_the_core_is_its_neighbours_there(table_of):
    """The last AS of the core before it is another one."""
    graph = rib.as_graph(table_of(ROUTES))
    assert {(2, 1), (70, 1), (11, 1)} == edges(rib.neighbourhood(graph, 1, core=[1, 2]))


@pytest.mark.parametrize("asn", [213394, 3356, 43424, 34028])
def test_neighbourhood_of_the_sample_equals_the_definition(sample_graph, asn):
    """Path by path, with the core that the relationships list and with the inferred one."""
    paths = first_clean_paths(sample_graph)
    listed, inferred = sample_graph.graph["clique"], infer_clique(sample_graph.paths)
    expected = naive_neighbourhood(paths, asn, listed)
    assert expected == edges(rib.neighbourhood(sample_graph, asn))
    assert expected
    bare = DiGraph(sample_graph)
    bare.paths = sample_graph.paths
    del bare.graph["clique"]
    assert naive_neighbourhood(paths, asn, inferred) == edges(rib.neighbourhood(bare, asn))


# -- customer cone ---------------------------------------------------------------------------------


def test_customer_cone_follows_links_to_customers(table_of, registry):
    """A link of another kind ends the descent, and so does one that is not listed."""
    known = registry("relationships", RELATIONSHIPS)
    graph = rib.as_graph(table_of(ROUTES), relationships=known)
    cone = rib.customer_cone(graph, 1)
    assert ([1, 11, 100], {(1, 11), (11, 100)}) == (list(cone), edges(cone))
    # 70 1 11 100, 71 2 1 11 100; not 1 2 …, and 1 12 is not listed.
    assert (2, 2) == (cone.graph["n_paths"], cone.graph["n_paths_left_out"])
    assert [11, 100] == list(rib.customer_cone(graph, 11))


def test_customer_cone_without_relationships_is_what_stands_behind(table_of):
    """Also what is reached over providers and peers."""
    cone = rib.customer_cone(rib.as_graph(table_of(ROUTES)), 11)
    assert [1, 11, 12, 100, 101] == list(cone)


def test_customer_cone_of_a_stub_is_it_alone(table_of):
    """Nothing stands behind it."""
    cone = rib.customer_cone(rib.as_graph(table_of(ROUTES)), 100)
    assert ([100], 0) == (list(cone), cone.size())


@pytest.mark.parametrize("asn", [174, 3356, 43424, 213394])
def test_customer_cone_of_the_sample_equals_the_definition(sample_graph, asn):
    """Path by path, with relationships; networkx's closure over links to customers has it all."""
    paths = first_clean_paths(sample_graph)

    def relationship(link):
        return sample_graph.edges[link]["relationship"]

    cone = rib.customer_cone(sample_graph, asn)
    assert naive_cone(paths, asn, relationship) == edges(cone)
    down = nx.DiGraph(link for link in sample_graph.edges if relationship(link) == "customer")
    down.add_node(asn)
    assert set(cone) <= {asn} | nx.descendants(down, asn)


# -- any paths -------------------------------------------------------------------------------------

PATHS = st.lists(
    st.lists(st.integers(1, 8), min_size=1, max_size=6, unique=True), min_size=1, max_size=8
)
KINDS = st.dictionaries(
    st.tuples(st.integers(1, 8), st.integers(1, 8)), st.sampled_from(["customer", "peer"])
)


@settings(deadline=None)
@given(PATHS, st.integers(1, 9), st.sets(st.integers(1, 8)), KINDS)
def test_views_of_any_paths_equal_the_definitions(paths, asn, core, kinds):
    """Neighbourhood and cone, with relationships and without, of graphs made by hand."""
    graph = DiGraph()
    graph.paths = pa.array(paths, pa.list_(pa.uint32()))
    graph.add_nodes_from(hop for path in paths for hop in path)
    for path in paths:
        for link in pairwise(path):
            graph.add_edge(*link, relationship=kinds.get(link))
    assert naive_neighbourhood(paths, asn, core) == edges(rib.neighbourhood(graph, asn, core=core))
    assert naive_cone(paths, asn) == edges(rib.customer_cone(graph, asn))
    graph.graph["clique"] = ()
    assert naive_cone(paths, asn, kinds.get) == edges(rib.customer_cone(graph, asn))


# -- ego graph -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("asn", "radius"), [(213394, 0), (213394, 1), (213394, 2), (43424, 1)])
def test_ego_graph_equals_that_of_networkx(sample_graph, asn, radius):
    """Where nothing has to go."""
    ours = rib.ego_graph(sample_graph, asn, radius, max_nodes=10_000)
    theirs = nx.ego_graph(sample_graph, asn, radius, undirected=True)
    assert dict(theirs.nodes(data=True)) == dict(ours.nodes(data=True))
    assert {(a, b): of for a, b, of in theirs.edges(data=True)} == {
        (a, b): of for a, b, of in ours.edges(data=True)
    }
    assert 0 == ours.graph["n_left_out"]


def test_ego_graph_keeps_what_hangs_on_the_links_with_most_prefixes(table_of):
    """One by one from the AS; the links among those kept all stay."""
    graph = DiGraph()
    for a, b, n in [(5, 1, 9), (5, 2, 8), (1, 3, 7), (4, 3, 100), (2, 6, 1), (1, 2, 1)]:
        graph.add_edge(a, b, n_prefixes=n)
    part = rib.ego_graph(graph, 5, 2, max_nodes=4)
    # 4 is three links away; 3 hangs on a link of 7 prefixes, 6 on one of 1.
    assert ([1, 2, 3, 5], 1) == (list(part), part.graph["n_left_out"])
    assert {(5, 1), (5, 2), (1, 3), (1, 2)} == edges(part)


def test_ego_graph_is_connected_and_no_larger_than_asked(sample_graph):
    """A large transit within two links is most of the sample."""
    part = rib.ego_graph(sample_graph, 3356, 2, max_nodes=40)
    assert 40 == len(part)
    assert nx.is_weakly_connected(part)
    assert part.graph["n_left_out"] > 100


# -- unhappy paths ---------------------------------------------------------------------------------

VIEWS = [rib.neighbourhood, rib.customer_cone, rib.ego_graph]


@pytest.mark.parametrize("view", VIEWS)
def test_views_of_an_unknown_as_are_empty(sample_graph, view):
    """Nothing is known about it, and nothing is raised."""
    assert (0, 0) == (len(view(sample_graph, 4200000000)), view(sample_graph, 4200000000).size())


@pytest.mark.parametrize("view", VIEWS)
def test_views_leave_the_graph_as_it_is(sample_graph, view):
    """What is done to a part is not done to the graph."""
    part = view(sample_graph, 43424)
    part.nodes[43424]["seen"] = True
    assert "seen" not in sample_graph.nodes[43424]
    assert {"n_paths", "n_paths_left_out", "clique"} == set(sample_graph.graph)


@pytest.mark.parametrize("view", VIEWS)
def test_views_name_a_wrong_argument(sample_graph, view):
    """The message has the argument and what would have been right."""
    with pytest.raises(TypeError, match=r"graph=.*: expected DiGraph, as as_graph returns"):
        view(nx.DiGraph(), 1)
    with pytest.raises(TypeError, match="asn='AS1': expected an AS number"):
        view(sample_graph, "AS1")


@pytest.mark.parametrize("view", VIEWS[:2])
def test_views_over_paths_refuse_a_part_of_a_graph(sample_graph, view):
    """A part says nothing about whole paths."""
    with pytest.raises(ValueError, match="expected a graph as as_graph returns"):
        view(sample_graph.subgraph([213394]), 213394)


@pytest.mark.parametrize(
    "given", [{"radius": -1}, {"radius": 1.5}, {"max_nodes": 0}, {"max_nodes": True}]
)
def test_ego_graph_names_a_wrong_limit(sample_graph, given):
    """Neither negative nor anything else than a whole number."""
    ((name, value),) = given.items()
    with pytest.raises((TypeError, ValueError), match=f"{name}={value!r}: expected a whole number"):
        rib.ego_graph(sample_graph, 213394, **given)


@pytest.fixture(scope="module")
def sample_graph(sample):
    """Give the graph of the sample's last snapshot, with relationships."""
    return rib.as_graph(
        rib.read_mrt(sample / "collector.20250121.1200.mrt.bz2"),
        relationships=rib.read_relationships(sample / "as-rel.txt.bz2"),
    )
