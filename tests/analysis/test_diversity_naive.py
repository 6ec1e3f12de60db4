"""Every column of `rib.path_diversity` computed again, from docs/methods.md and nothing else.

The oracle is `naive_diversity` of the benchmarks: plain Python, with maximum flows and immediate
dominators of networkx. It starts at the raw AS paths.
"""

import random

import pytest
from naive_diversity import assert_same, path_diversity, routes_of
from path_routes import load
from random_groups import random_groups

import rib


@pytest.fixture(scope="module")
def snapshot(sample):
    """Give the sample's last snapshot."""
    return rib.read_mrt(sample / "collector.20250121.1200.mrt.bz2")


def test_path_diversity_of_prefixes_follows_from_methods_alone(snapshot):
    """Each column of 300 random prefixes of the sample, and of those inside them."""
    texts = snapshot.prefixes.column("text").to_pylist()
    table = snapshot.select(prefixes=random.Random(1).sample(texts, 300))
    found = rib.path_diversity(table)
    assert len(found) >= 300
    assert_same(found, path_diversity(routes_of(table)))


def test_path_diversity_of_origins_follows_from_methods_alone(snapshot):
    """Each column of 100 random origin ASes of the sample, both families."""
    origins = sorted(set(snapshot.as_paths.column("origin_as").drop_null().to_pylist()))
    table = snapshot.select(origin_as=random.Random(1).sample(origins, 100))
    found = rib.path_diversity(table, by="origin_as")
    assert {4, 6} == set(found["family"])
    assert_same(found, path_diversity(routes_of(table), "origin_as"), "origin_as")


@pytest.fixture(scope="module")
def groups():
    """Give a table of two thousand random groups."""
    return rib.read_mrt(random_groups(2000, seed=7))


def test_path_diversity_disjoint_counts_and_dominators_equal_networkx(groups):
    """Two thousand random groups: maximum flows, immediate dominators and all the rest."""
    found = rib.path_diversity(groups)
    assert 2000 == len(found)
    assert_same(found, path_diversity(routes_of(groups)))


def test_path_diversity_disjoint_counts_and_dominators_of_large_unions_equal_networkx(groups):
    """The same routes by origin: graphs of hundreds of paths each, some over another's origin."""
    found = rib.path_diversity(groups, by="origin_as")
    assert len(found) >= 6
    assert_same(found, path_diversity(routes_of(groups), "origin_as"), "origin_as")


def test_random_groups_have_what_tells_metrics_apart(groups):
    """Several origins, small and large cuts, dominators that are none of the chokepoints, nulls."""
    found = rib.path_diversity(groups)
    known = found.dropna(subset=["dominators", "jaccard_as"])
    flows = known["vertex_disjoint"].value_counts()
    assert all(flows[n] >= 50 for n in (1, 2, 3, 4))
    assert (known["vertex_disjoint"] < known["edge_disjoint"]).sum() >= 50
    assert (known["dominators"].map(len) > 0).sum() >= 50
    assert (known["dominators"].map(len) < known["chokepoints"].map(len)).sum() >= 20
    assert (found["n_paths_left_out"] > 0).sum() >= 200
    assert found["vertex_disjoint"].isna().sum() >= 10
    assert found["upstream_entropy"].isna().any()
    assert (found["n_vps"] < found["n_routes"]).sum() >= 500
    assert len(rib.moas(groups)) >= 500


@pytest.mark.parametrize("turned", [False, True])
def test_path_diversity_overlap_of_a_path_with_and_without_an_origin(turned):
    """A path that also occurs with a confederation behind it has its origin, in any order of routes."""
    paths = [(1, 10, 3333), (1, 10, 3333, [65001])]
    routes = [(1, path) for path in (paths[::-1] if turned else paths)]
    table = load([("192.0.2.0/24", *route) for route in [*routes, (2, (2, 10, 3333))]])
    found = rib.path_diversity(table)
    assert [1.0] == found["jaccard_as"].tolist()
    assert_same(found, path_diversity(routes_of(table)))
