"""Each step of the inference on paths where it alone decides."""

import random
from collections import defaultdict

import numpy as np
import pytest
from asrank_oracle import Oracle
from asrank_scene import inferred, links_of, make_paths
from gao_rexford import make_internet, seen_paths
from hypothesis import given, settings
from hypothesis import strategies as st

from rib.registry.asrank import infer_kinds, lesser, steps
from rib.registry.asrank.clique import find_clique
from rib.registry.asrank.topology import PEERS, build


def after(lists, clique, *run):
    """Give the links that are known after these steps, and the topology they ran on."""
    topology = build(make_paths(lists), np.array(clique, np.uint32))
    kind = np.zeros(len(topology.keys), np.uint8)
    for step in run:
        if step.__module__ == lesser.__name__:
            step(lesser.Ladder(topology, kind))
        else:
            step(topology, kind)
    return links_of(topology, kind)


def test_find_clique_is_the_heaviest_of_the_first():
    """Members are neighbours of each other; AS 9 is next to one of them only."""
    paths = [[11, 1, 2, 21], [12, 2, 3, 22], [13, 3, 1, 23], [14, 9, 1, 24]]
    assert [1, 2, 3] == find_clique(make_paths(paths)).tolist()


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        # Six ASes behind 3 on `1 2 3`: a customer's customers. Five may be a poisoned path's.
        ([[1, 2, 3, 30 + i] for i in range(6)], [1, 2]),
        ([[1, 2, 3, 30 + i] for i in range(5)], [1, 2, 3]),
        # Paths that end in 3 are not poisoned: then three are enough.
        ([[1, 2, 3], *([1, 2, 3, 30 + i] for i in range(3))], [1, 2]),
        ([[1, 2, 3], *([1, 2, 3, 30 + i] for i in range(2))], [1, 2, 3]),
    ],
)
def test_find_clique_leaves_out_customers_of_members(more, expected):
    """Three members in a row say that the last is a customer, if enough ASes follow."""
    around = [[40 + i, asn, 60 + i] for asn in (1, 2) for i in range(9)]
    paths = [*around, [11, 1, 2, 21], [12, 2, 3, 22], [13, 3, 1, 23], *more]
    assert expected == find_clique(make_paths(paths)).tolist()


def test_find_clique_is_completed_beyond_the_first_ten():
    """An AS of low transit degree that is next to all members joins them."""
    large = [[100 * asn + i, asn, 100 * asn + 50 + i] for asn in range(1, 11) for i in range(5)]
    mesh = [[100 * a, a, b, 100 * b + 50] for a in (1, 2) for b in (1, 2, 11) if a != b]
    assert [1, 2, 11] == find_clique(make_paths([*large, *mesh])).tolist()


@pytest.mark.parametrize("paths", [[[1, 2]], [[1]]])
def test_find_clique_without_transit_is_empty(paths):
    """Where no AS transits there is no top, and every link is a peering."""
    assert [] == find_clique(make_paths(paths)).tolist()
    assert {(1, 2): 0} == inferred([[1, 2]])[1]


def test_top_down_follows_routes_that_go_up():
    """2 gives routes of 3 to its peer 1, 3 gives those of 4 to its provider 2; 5 gives none up."""
    known = after([[1, 2, 3, 4], [5, 3, 4]], [1, 2], steps.peer_clique, steps.top_down)
    assert {(1, 2): 0, (2, 3): -1, (3, 4): -1} == known


@pytest.mark.parametrize(("n", "expected"), [(2, False), (3, True)])
def test_top_down_takes_a_peer_s_routes_handed_down_of_three_paths(n, expected):
    """A VP below the clique that gets a member's routes over another is a customer, if often seen."""
    known = after([[3, 2, 1, 20 + i] for i in range(n)], [1, 2], steps.peer_clique, steps.top_down)
    assert expected == ((2, 3) in known)


def test_top_down_equals_visiting_from_the_top():
    """What is reached over triplets is what visiting one AS after the other finds."""
    for seed in range(20):
        rnd = random.Random(seed)
        internet = make_internet(rnd, 40)
        paths = sorted(set(seen_paths(internet, rnd.sample(range(1, 41), 8))))
        clique = find_clique(make_paths(paths)).tolist()
        known = after(paths, clique, steps.peer_clique, steps.top_down)
        order = build(make_paths(paths), np.array(clique, np.uint32)).asns.tolist()
        assert visit(paths, clique, order) == {link for link, kind in known.items() if kind}


def visit(paths, clique, order):
    """Give the providers found by visiting ASes from the top, from the definition of the step."""
    counts = defaultdict(int)
    for path in paths:
        for i in range(len(path) - 2):
            counts[path[i : i + 3]] += 1
    providers = defaultdict(set)
    for x in order:
        if x in clique:
            continue
        for y in order[: order.index(x)]:
            upward = any(counts[z, y, x] for z in providers[y])
            peers = [z for z in clique if z != y] if y in clique else []
            sideward = any(counts[z, y, x] or counts[z, y, x] + counts[x, y, z] > 2 for z in peers)
            if upward or sideward:
                providers[x].add(y)
    return {(y, x) for x in providers for y in providers[x]}


def test_customers_of_partial_vps():
    """Behind the neighbour of a VP with few routes, a stub is a customer; behind others it is open."""
    many = [[1, 2, 100 + i] for i in range(100)]
    few = [[8, 9, 200]]
    assert {(9, 200): -1} == after([*many, *few], [], steps.customers_of_partial)
    # With less than fifty ASes in all, no VP gives few.
    assert {} == after(few, [], steps.customers_of_partial)


def test_larger_customers_need_three_paths_and_an_end():
    """AS 4 is larger than its provider 3, whose provider 2 gets its routes."""
    transit = [[50 + i, 4, 60 + i] for i in range(5)]
    begin = [steps.peer_clique, steps.top_down, lesser.larger_customers]
    # The middle hop makes 3 a customer of 2; top-down stops, for 4 stands above 3.
    paths = [*transit, *([1, 2, 3, 4, 70 + i] for i in range(3))]
    known = after([*paths, [1, 2, 3, 4]], [1, 2], *begin)
    assert -1 == known[2, 3] == known[3, 4]
    # Then whoever is smaller behind 4 is its customer.
    assert -1 == known[4, 70]
    # No path ends in 4, or too few show the triplet.
    for fewer in (paths, [*transit, [1, 2, 3, 4], [1, 2, 3, 4, 70]]):
        assert (3, 4) not in after(fewer, [1, 2], *begin)


def test_provider_less_peers_with_the_largest_and_serves_the_others():
    """A large network without providers: what it exchanges with its first neighbour are customers."""
    paths = [[20, 10, 30 + i] for i in range(12)] + [[40 + i, 20, 10] for i in range(15)]
    known = after(paths, [], lesser.provider_less)
    assert 0 == known[10, 20]
    assert all(-1 == known[10, 30 + i] for i in range(12))


def test_customers_of_clique_are_the_stubs_next_to_it():
    """A stub seen only from a member itself is a customer, a transit AS stays open."""
    paths = [[1, 5], [1, 6], [9, 6, 7]]
    assert {(1, 5): -1} == after(paths, [1], steps.customers_of_clique)


def test_fold_peers_gives_the_smaller_side_to_the_middle():
    """On `8 7 9` two peerings in a row cannot be: 9 is a customer of 7."""
    assert {(7, 9): -1} == after([[8, 7, 9]], [], lesser.fold_peers)
    # Where each of 8 and 9 gets the routes of the other, nothing is told.
    assert {} == after([[8, 7, 9], [9, 7, 8]], [], lesser.fold_peers)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(1, 14), min_size=1, max_size=7, unique=True), max_size=40))
def test_infer_kinds_decides_all_and_closes_no_circle(lists):
    """On any paths: each link is decided, the clique peers, no AS is above itself or the clique."""
    lists = lists or [[1, 2]]
    clique, topology, kind = infer_kinds(make_paths(lists))
    links = links_of(topology, kind)
    assert len(topology.keys) == len(links)
    inside = [(a, b) for a in clique.tolist() for b in clique.tolist() if a < b]
    assert all(0 == links[pair] for pair in inside)
    below = defaultdict(set)
    for (provider, customer), what in links.items():
        if what:
            assert customer not in clique
            below[provider].add(customer)
    for asn in list(below):
        assert asn not in cone(below, asn)


def cone(below, asn):
    """Give who is below an AS, itself only over a circle."""
    found, todo = set(), [asn]
    while todo:
        new = below[todo.pop()] - found
        found |= new
        todo += new
    return found


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.integers(40, 120))
def test_infer_kinds_finds_the_providers_of_a_gao_rexford_internet(seed, n):
    """Nine of ten providers that are inferred are providers; order and numbers of paths are nothing."""
    rnd = random.Random(seed)
    internet = make_internet(rnd, n)
    paths = sorted(set(seen_paths(internet, rnd.sample(range(1, n + 1), 15))))
    clique, links = inferred(paths)
    rnd.shuffle(paths)
    assert (clique, links) == inferred(paths)
    truth = internet.links
    providers = [link for link, what in links.items() if what]
    assert len(providers) > n / 2
    right = sum(truth.get(link) == -1 for link in providers)
    assert right >= 0.85 * len(providers)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([8, 20, 60, 90]))
def test_infer_kinds_equals_plain_loops(seed, n):
    """Clique and links are those of the oracle, for a Gao-Rexford Internet with paths that break it."""
    rnd = random.Random(seed)
    paths = seen_paths(make_internet(rnd, n), rnd.sample(range(1, n + 1), 8))
    paths = rnd.sample(paths, rnd.randint(1, len(paths)))
    paths += [
        tuple(rnd.sample(range(1, n + 1), rnd.randint(1, 5))) for _ in range(rnd.randint(0, 40))
    ]
    expected = Oracle(paths)
    assert (sorted(expected.clique), expected.links) == inferred(sorted(set(paths)))


def test_infer_kinds_leaves_out_poisoned_paths():
    """A path that comes back to the clique shows no links."""
    paths = [[11, 1, 2, 21], [12, 2, 1, 22], *([30 + i, 1, 40 + i] for i in range(9))]
    paths += [[50 + i, 2, 60 + i] for i in range(9)]
    clique, links = inferred([*paths, [1, 99, 98, 2, 21]])
    assert [1, 2] == clique
    assert (1, 99) not in links


def test_peer_rest_is_the_end():
    """What nothing decided is a peering."""
    kind = np.array([0, 1, 2, 3], np.uint8)
    steps.peer_rest(kind)
    assert [PEERS, 1, 2, PEERS] == kind.tolist()
