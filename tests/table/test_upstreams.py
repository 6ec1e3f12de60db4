"""Upstreams of routes: those that `rib.path_diversity` counts."""

import numpy as np
import pytest
from path_routes import load

import rib
from rib.table.arrays import analysis_routes
from rib.table.keys import unpack
from rib.table.upstreams import upstream_keys


def upstreams(*paths):
    """Give the upstreams of one prefix reached over (VP AS, path)."""
    table = load([("192.0.2.0/24", *path) for path in paths])
    routes = analysis_routes(table)
    return unpack(upstream_keys(table, routes, routes.prefix_id))[1].tolist()


@pytest.mark.parametrize(
    ("vp", "path", "expected"),
    [
        (1, (1, 10, 9, 9), [10]),
        (1, (1, 9), [1]),
        (1, (9,), [1]),
        (1, (9, 9), [1]),
        (1, (10, 9), [10]),
        (9, (9,), []),
        (1, (1, {5, 6}, 9), []),
        (1, (1, {5}, 9), [5]),
        (1, (1, 10, {9}), [10]),
        (1, (1, 10, {8, 9}), []),
        (1, (), []),
    ],
)
def test_upstream_keys_follow_the_definition(vp, path, expected):
    """The AS left of the origin, the VP AS next to it, none where an AS_SET hides it or nobody votes."""
    assert expected == upstreams((vp, path))


def test_upstream_keys_are_distinct_and_ascending():
    """Two VPs behind one upstream, prepends included, are one."""
    assert [10, 20] == upstreams((1, (1, 20, 9)), (2, (2, 10, 10, 9)), (3, (3, 10, 9, 9)))


def test_upstream_keys_are_as_many_as_path_diversity_counts(sample):
    """Of every prefix of a dump with AS_SETs, confederations and VPs of all kinds."""
    table = rib.read_mrt(sample / "collector.20250121.1200.mrt.bz2")
    routes = analysis_routes(table)
    group, _ = unpack(upstream_keys(table, routes, routes.prefix_id))
    counted = np.bincount(group, minlength=table.n_prefixes)
    frame = rib.path_diversity(table)
    place = {prefix: n for n, prefix in enumerate(table.prefixes.column("text").to_pylist())}
    rows = frame["prefix"].map(place).to_numpy()
    np.testing.assert_array_equal(frame["n_upstreams"].to_numpy(), counted[rows])
