"""Disjoint paths as smallest cuts (Menger), and what counts and lengths keep to, on random groups."""

from itertools import combinations, pairwise

import networkx as nx
import pytest
from naive_diversity import routes_of
from naive_paths import prepare
from random_groups import random_groups

import rib


@pytest.fixture(scope="module")
def groups():
    """Give a table of random groups and the path diversity of each prefix."""
    table = rib.read_mrt(random_groups(600, seed=11))
    return table, rib.path_diversity(table).set_index("prefix")


def unions(table):
    """Give (prefix, union graph, origin) of the prefixes with one origin and clean paths."""
    for prefix, routes in routes_of(table).groupby("prefix"):
        graph, origins = nx.DiGraph(), set()
        for vp, segments in zip(routes["vp_as"], routes["path"], strict=True):
            path = prepare(segments)
            behind = path.hops[path.hops[:1] == (vp,) :]
            if path.is_clean and vp != path.origin_as and vp not in behind:
                graph.add_edges_from(pairwise(("source", vp, *behind)))
                origins.add(path.origin_as)
        if len(origins) == 1:
            yield prefix, graph, origins.pop()


def disconnects(graph, origin, *, ases=(), links=()):
    """Tell whether no walk to the origin is left without these ASes or links."""
    rest = graph.copy()
    rest.remove_nodes_from(ases)
    rest.remove_edges_from(links)
    return not nx.has_path(rest, "source", origin)


def test_vertex_disjoint_is_the_least_number_of_ases_that_cut_all_walks(groups):
    """Menger: no smaller set of ASes, VP ASes counted, parts all VPs from the origin; one so large does."""
    table, found = groups
    seen = set()
    for prefix, graph, origin in unions(table):
        size = int(found.loc[prefix, "vertex_disjoint"])
        ases = sorted(set(graph) - {"source", origin})
        cuts = [disconnects(graph, origin, ases=c) for c in combinations(ases, size - 1)]
        assert not any(cuts), prefix
        assert any(disconnects(graph, origin, ases=c) for c in combinations(ases, size)), prefix
        seen.add(size)
    assert {1, 2, 3, 4} <= seen


def test_edge_disjoint_is_the_least_number_of_links_that_cut_all_walks(groups):
    """The same of links, those from the source to VP ASes counted, by networkx's smallest cut."""
    table, found = groups
    for prefix, graph, origin in unions(table):
        links = nx.minimum_edge_cut(graph, "source", origin)
        assert disconnects(graph, origin, links=links)
        assert len(links) == found.loc[prefix, "edge_disjoint"], prefix


def test_dominators_are_the_ases_whose_loss_cuts_all_walks(groups):
    """Each dominator is a cut of one AS; of one origin and clean paths alone, each such cut is one."""
    table, found = groups
    for prefix, graph, origin in unions(table):
        row = found.loc[prefix]
        if row["n_vps"] < 2 or row["n_paths_left_out"]:
            continue
        ases = set(graph) - {"source", origin}
        cuts = sorted(a for a in ases if disconnects(graph, origin, ases=[a]))
        assert cuts == list(row["dominators"]), prefix


def test_counts_and_lengths_keep_their_order(groups):
    """Paths are at most routes, next hops at most paths, medians between the ends."""
    _, found = groups
    voting = found[found["n_vps"] > 0]
    assert (voting["n_paths"] <= voting["n_routes"]).all()
    assert (voting["n_next_hops"] <= voting["n_paths"]).all()
    assert (voting["n_paths_left_out"] <= voting["n_paths"]).all()
    assert (voting["n_vps"] <= voting["n_routes"]).all()
    assert (voting["length_min"] <= voting["length_median"]).all()
    assert (voting["length_median"] <= voting["length_max"]).all()
    assert (voting["hops_median"] <= voting["length_max"]).all()
    assert voting["single_homed"].equals(
        (voting["n_upstreams"] == 1).where(voting["n_upstreams"] > 0)
    )
