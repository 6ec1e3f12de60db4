"""What enters the inference: each clean path once, route servers looked through."""

import numpy as np
import pytest
from asrank_scene import lists_of, make_paths
from path_routes import load

from rib.registry.asrank.paths import clean_paths, poisoned

NONE = np.empty(0, np.uint32)


@pytest.mark.parametrize(
    ("path", "ixps", "expected"),
    [
        ([1, 2, 2, 2, 3], (), [[1, 2, 3]]),
        ([1, 2, 1, 3], (), []),
        ([1, 64512, 3], (), []),
        ([1, [5], 3], (), []),
        ([1, 23456, 3], (), []),
        ([1, 2, {3, 4}], (), []),
        ([1, 2, {3}], (), [[1, 2, 3]]),
        ([1, 77, 3], (), [[1, 77, 3]]),
        ([1, 77, 3], (77, 78), [[1, 3]]),
        ([1, 77, 1, 3], (77,), []),
        ([77], (77,), []),
        ([1], (), [[1]]),
    ],
)
def test_clean_paths(path, ixps, expected):
    """Prepends are collapsed, route servers taken out, and paths with artefacts left out."""
    table = load([("20.0.0.0/8", 1, path)])
    assert expected == [p for p in lists_of(clean_paths(table, np.array(ixps, np.uint32))) if p]


def test_clean_paths_without_route_servers_are_compared():
    """Paths that differ by a route server are one."""
    table = load(
        [(f"{i}.0.0.0/8", 1, p) for i, p in enumerate([[1, 2, 77, 3], [4, 5], [1, 2, 3]], 20)]
    )
    assert [[1, 2, 3], [4, 5]] == sorted(lists_of(clean_paths(table, np.array([77], np.uint32))))


def test_clean_paths_gives_each_once_and_no_default_route():
    """Paths that differ in prepends only are one; the path of a default route is none."""
    table = load(
        [("20.0.0.0/8", 1, [1, 2, 3]), ("30.0.0.0/8", 1, [1, 2, 2, 3]), ("0.0.0.0/0", 1, [1, 9])]
    )
    assert [[1, 2, 3]] == lists_of(clean_paths(table, NONE))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ([1, 2, 9], False),
        ([9, 1, 2, 8], False),
        ([9, 8], False),
        ([1, 9, 2], True),
        ([8, 1, 2, 9, 3, 7], True),
        ([1], False),
    ],
)
def test_poisoned(path, expected):
    """A path that leaves the clique and comes back is poisoned; its neighbours do not matter."""
    paths = make_paths([[3, 4], path, [1, 5]])
    assert [False, expected, False] == poisoned(paths, np.array([1, 2, 3], np.uint32)).tolist()
