"""Ranks, links and triplets beside counts by hand."""

import itertools
from collections import Counter, defaultdict

import numpy as np
from asrank_scene import make_paths
from hypothesis import given, settings
from hypothesis import strategies as st

from rib.registry.asrank.topology import build

#: Paths without a loop over few ASes, so that they share links.
PATHS = st.lists(
    st.lists(st.integers(1, 9), min_size=1, max_size=6, unique=True), min_size=1, max_size=12
)


@settings(max_examples=100, deadline=None)
@given(PATHS, st.sets(st.integers(1, 9), max_size=3))
def test_build_equals_counting_by_hand(paths, clique):
    """Order, transit degrees, links and triplets are those of the definitions."""
    neighbours, transit, counts, ends = defaultdict(set), defaultdict(set), Counter(), Counter()
    for path in paths:
        for a, b in itertools.pairwise(path):
            neighbours[a].add(b)
            neighbours[b].add(a)
        for i in range(1, len(path) - 1):
            transit[path[i]] |= {path[i - 1], path[i + 1]}
            triplet = tuple(path[i - 1 : i + 2])
            counts[triplet] += 1
            ends[triplet] += i == len(path) - 2
    asns = {hop for path in paths for hop in path} | clique
    order = sorted(asns, key=lambda a: (a not in clique, -len(transit[a]), -len(neighbours[a]), a))

    topology = build(make_paths(paths), np.array(sorted(clique), np.uint32))
    assert order == topology.asns.tolist()
    assert [len(transit[a]) for a in order] == topology.transit_degree.tolist()
    high, low = (topology.asns[side].tolist() for side in topology.ends)
    links = {frozenset((a, b)) for a in neighbours for b in neighbours[a]}
    links |= {frozenset((a, b)) for a in clique for b in clique if a != b}
    assert links == set(map(frozenset, zip(high, low, strict=True)))
    t = topology.triplets
    found = [
        tuple(topology.asns[list(row)].tolist())
        for row in zip(t.left, t.middle, t.right, strict=True)
    ]
    assert set(counts) == set(found)
    assert [counts[f] for f in found] == t.n.tolist()
    assert [ends[f] for f in found] == t.ends.tolist()
    assert [counts[f] + counts[f[::-1]] for f in found] == t.both.tolist()
