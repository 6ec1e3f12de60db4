"""Tests of `path_features`: the preprocessing of AS paths (docs/methods.md, "Paths")."""

import pyarrow as pa
import pytest

from rib._backend import core
from rib.schema import AS_PATHS, PATH_FEATURES

SET, SEQ, CSEQ, CSET = 1, 2, 3, 4


def features(*paths):
    """Features of paths given as lists of (segment type, ASes)."""
    hops = pa.array(
        [[a for _, asns in p for a in asns] for p in paths], AS_PATHS.field("hops").type
    )
    segments = pa.array(
        [[{"kind": k, "count": len(asns)} for k, asns in p] for p in paths],
        AS_PATHS.field("segments").type,
    )
    return core.path_features(hops, segments)


def row(*path):
    return features(list(path)).to_pylist()[0]


PLAIN = {
    "prepend_max": 0,
    "origin_prepends": 0,
    "has_set": False,
    "has_confed": False,
    "has_loop": False,
    "has_reserved": False,
}


@pytest.mark.parametrize(
    ("path", "hops", "n_hops", "other"),
    [
        ([], [], 0, {}),
        ([(SEQ, [1, 2, 3])], [1, 2, 3], 3, {}),
        ([(SEQ, [1, 1, 1, 2, 3, 3])], [1, 2, 3], 3, {"prepend_max": 2, "origin_prepends": 1}),
        ([(SEQ, [1, 2]), (SEQ, [2, 2])], [1, 2], 2, {"prepend_max": 2, "origin_prepends": 2}),
        ([(SEQ, [1, 2, 1])], [1, 2, 1], 3, {"has_loop": True}),
        ([(SEQ, [1, 2, 2, 1, 1])], [1, 2, 1], 3, {"has_loop": True, "prepend_max": 1, "origin_prepends": 1}),
        ([(SEQ, [1]), (SET, [9, 3, 9, 5])], [1, 3, 5, 9], 2, {"has_set": True}),
        ([(SEQ, [1, 2]), (SET, [2])], [1, 2], 2, {"prepend_max": 1, "origin_prepends": 1}),
        ([(SEQ, [1]), (SET, [2, 2, 2])], [1, 2], 2, {}),
        ([(SEQ, [1]), (SET, [1, 2])], [1, 1, 2], 2, {"has_set": True, "has_loop": True}),
        ([(SET, [4, 3]), (SET, [3, 4])], [3, 4, 3, 4], 2, {"has_set": True, "has_loop": True}),
        ([(SET, [2, 3]), (SEQ, [3])], [2, 3, 3], 2, {"has_set": True, "has_loop": True}),
        ([(SET, [2, 3]), (SET, [3])], [2, 3, 3], 2, {"has_set": True, "has_loop": True}),
        ([(CSEQ, [65000, 65000]), (SEQ, [1, 2])], [1, 2], 2, {"has_confed": True}),
        ([(SEQ, [1, 1]), (CSET, [5, 6])], [1], 1, {"has_confed": True, "prepend_max": 1}),
        ([(SEQ, [1]), (CSEQ, [5]), (SEQ, [1])], [1], 1,
         {"has_confed": True, "prepend_max": 1, "origin_prepends": 1}),
    ],
)  # fmt: skip
def test_path_features_of_path(path, hops, n_hops, other):
    """Prepends collapse over segments, sets are sorted and count once, confederations go."""
    assert {"hops": hops, "n_hops": n_hops, **PLAIN, **other} == row(*path)


@pytest.mark.parametrize(
    ("asn", "reserved"),
    [
        (0, True), (1, False), (23455, False), (23456, True), (23457, False), (64495, False),
        (64496, True), (64511, True), (64512, True), (65534, True), (65535, True), (65536, True),
        (65551, True), (65552, True), (131071, True), (131072, False), (4199999999, False),
        (4200000000, True), (4294967294, True), (4294967295, True),
    ],
)  # fmt: skip
def test_path_features_marks_reserved_asns(asn, reserved):
    """Private, documentation, AS_TRANS and IANA-reserved ASNs mark a path."""
    assert reserved == row((SEQ, [1, asn, 2]))["has_reserved"]


def test_path_features_keeps_rows_and_schema():
    """The result is row for row with the paths, slices included, with the documented schema."""
    paths = [[(SEQ, [1, 2, 2])], [], [(SEQ, [3]), (SET, [4, 5])], [(SEQ, [0])]]
    table = features(*paths)
    assert PATH_FEATURES == table.schema.remove_metadata()
    assert [row(*p) for p in paths] == table.to_pylist()
    table.validate(full=True)
    hops = pa.array([[a for _, s in p for a in s] for p in paths], AS_PATHS.field("hops").type)
    segments = pa.array(
        [[{"kind": k, "count": len(s)} for k, s in p] for p in paths],
        AS_PATHS.field("segments").type,
    )
    sliced = core.path_features(hops.slice(1, 2), segments.slice(1, 2))
    assert table.slice(1, 2).to_pylist() == sliced.to_pylist()
    assert PATH_FEATURES == features().schema.remove_metadata()
