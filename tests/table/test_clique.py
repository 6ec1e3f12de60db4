"""Transit degrees and the clique at the top, against the definitions."""

from itertools import combinations, pairwise

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rib
from rib.table.clique import N_CANDIDATES, infer_clique, transit_degrees

LISTS = pa.list_(pa.uint32())
PATHS = st.lists(st.lists(st.integers(1, 9), max_size=5, unique=True), max_size=12)


def degrees(paths):
    """Count the neighbours of each AS where it stands in the middle."""
    found = {}
    for path in paths:
        for before, asn, after in zip(path, path[1:], path[2:], strict=False):
            found.setdefault(asn, set()).update((before, after))
    return {asn: len(neighbours) for asn, neighbours in sorted(found.items())}


def clique(paths):
    """Try every set of the top ASes."""
    degree = degrees(paths)
    top = sorted(degree, key=lambda a: (-degree[a], a))[:N_CANDIDATES]
    links = {frozenset(link) for path in paths for link in pairwise(path)}
    sets = [
        chosen
        for n in range(1, len(top) + 1)
        for chosen in combinations(sorted(top), n)
        if all(frozenset(pair) in links for pair in combinations(chosen, 2))
    ]
    best = max((sum(degree[a] for a in c) for c in sets), default=0)
    return min((c for c in sets if sum(degree[a] for a in c) == best), default=())


@settings(deadline=None)
@given(PATHS)
def test_transit_degrees_follow_the_definition(paths):
    """Neighbours count once, and only where the AS stands neither first nor last."""
    asns, degree = transit_degrees(pa.array(paths, LISTS))
    assert degrees(paths) == dict(zip(asns.tolist(), degree.tolist(), strict=True))
    assert sorted(asns.tolist()) == asns.tolist()


@settings(deadline=None)
@given(PATHS)
def test_infer_clique_is_the_heaviest_of_all_sets(paths):
    """Among equals the set with the lowest ASNs."""
    assert clique(paths) == infer_clique(pa.array(paths, LISTS))


def test_infer_clique_takes_the_largest_candidates_only():
    """An AS behind the first twenty is in no clique, though it is linked to one of them."""
    paths = [[1000 + n, asn, 2000 + n] for asn in range(1, N_CANDIDATES + 1) for n in range(3)]
    paths += [[3000, 500, 1]]
    assert 500 in transit_degrees(pa.array(paths, LISTS))[0]
    assert (1,) == infer_clique(pa.array(paths, LISTS))


@pytest.mark.parametrize("paths", [[], [[]], [[1]], [[1, 2]], [[], [1, 2], []]])
def test_infer_clique_without_transit_is_empty(paths):
    """Nobody stands in the middle of a path."""
    assert () == infer_clique(pa.array(paths, LISTS))


def test_infer_clique_of_the_sample_is_part_of_the_one_that_was_planted(read_latest):
    """Every AS that is found belongs to the topology's clique."""
    table, known = read_latest
    found = infer_clique(rib.as_graph(table).paths)
    assert len(found) > 4
    assert set(found) <= set(known.clique)


@pytest.fixture(scope="module")
def read_latest(sample):
    """Give the last snapshot of the sample and its relationships."""
    return (
        rib.read_mrt(sample / "collector.20250121.1200.mrt.bz2"),
        rib.read_relationships(sample / "as-rel.txt.bz2"),
    )
