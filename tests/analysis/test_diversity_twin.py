"""`rib.path_diversity` against the naive twin, in any order, and within its bounds."""

import random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from path_routes import kernel_tables

from rib._backend import BACKEND, core
from rib.fallback import diversity as naive
from rib.table.resampling import resample

native_only = pytest.mark.skipif(
    BACKEND == "fallback", reason="holds the native kernel against the fallback"
)


def assert_same(expected, actual):
    """Equal tables, floats to nine places."""
    assert expected.schema.names == actual.schema.names
    assert expected.schema.types == actual.schema.types
    for name in expected.column_names:
        left, right = expected.column(name).to_pylist(), actual.column(name).to_pylist()
        if expected.schema.field(name).type == pa.float64():
            left, right = ([np.nan if v is None else v for v in c] for c in (left, right))
            assert left == pytest.approx(right, abs=1e-9, nan_ok=True), name
        else:
            assert left == right, name


ASES = st.integers(1, 12)
TAILS = st.lists(ASES, min_size=0, max_size=5).map(tuple)
ROUTES = st.lists(
    st.tuples(
        st.sampled_from([0, 1, naive.NO_GROUP]),
        st.integers(0, 3),
        ASES,
        st.tuples(st.booleans(), TAILS),
        st.sampled_from([True, True, True, False]),
    ).map(lambda r: (r[0], r[1], r[2], (r[2], *r[3][1]) if r[3][0] else r[3][1], r[4])),
    min_size=1,
    max_size=14,
)


@native_only
@example([(0, 0, 1, (2,), True), (0, 0, 2, (1,), True)])  # each VP AS is an origin to the other
@example(  # a link behind an origin: of the union still, and the third way to one of them
    [
        (0, 0, 1, (), True),
        (0, 0, 2, (1,), True),
        (0, 0, 1, (2, 4), True),
        (0, 0, 3, (2, 1), True),
    ]
)
@given(ROUTES)
def test_path_diversity_native_equals_the_naive_twin(routes):
    """Both back ends give the same table for any routes, loops and several origins included."""
    tables = kernel_tables(routes)
    assert_same(naive.path_diversity(*tables, 2), core.path_diversity(*tables, 2))


@native_only
@given(
    ROUTES,
    st.none() | st.lists(st.integers(0, 2**60), min_size=4, max_size=4),
    st.none() | st.sampled_from([0.5, 0.95]),
)
def test_path_diversity_native_weights_and_intervals_equal_the_naive_twin(routes, weights, ci):
    """So they do with weights up to those of all traffic, and over resamples of the VP ASes."""
    tables = kernel_tables(routes)
    vps = np.arange(1, 14, dtype=np.uint32)
    options = {
        "weights": None if weights is None else np.array(weights, dtype=np.uint64),
        "bootstrap": None if ci is None else (vps, resample(len(vps), 50), ci),
    }
    expected = naive.path_diversity(*tables, 2, **options)
    assert_same(expected, core.path_diversity(*tables, 2, **options))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"weights": [1]}, "prefix_id 1: expected less than 1 weights"),
        ({"weights": [2**62, 2**62]}, "weights add up to 9223372036854775808"),
        ({"bootstrap": ([2, 1], [[1, 1]], 0.9)}, "vps: expected ascending"),
        ({"bootstrap": ([1, 3], [[1, 1]], 0.9)}, "vp_as 2: expected one of"),
        ({"bootstrap": ([1, 2], [[1, 1, 1]], 0.9)}, "3 draws: expected a multiple of 2"),
        ({"bootstrap": ([1, 2], [[1, 1]], 1.5)}, "ci 1.5: expected above 0"),
    ],
)
def test_path_diversity_kernel_checks_weights_and_draws(options, message):
    """What does not fit the routes is an error, not a crash."""
    tables = kernel_tables([(0, 0, 1, (1, 10, 9), True), (0, 1, 2, (2, 10, 9), True)])
    if "weights" in options:
        options = {"weights": np.array(options["weights"], dtype=np.uint64)}
    else:
        vps, draws, ci = options["bootstrap"]
        options = {"bootstrap": (np.array(vps, np.uint32), np.array(draws, np.uint16), ci)}
    with pytest.raises(ValueError, match=message):
        core.path_diversity(*tables, 1, **options)


@native_only
def test_path_diversity_disjointness_and_dominators_equal_networkx():
    """Two thousand random groups of loop-free paths to one origin."""
    dice = random.Random(7)
    routes = []
    for group in range(2000):
        n_ases = dice.randint(4, 14)
        for _ in range(dice.randint(2, 10)):
            path = dice.sample(range(1, n_ases), dice.randint(1, min(5, n_ases - 1)))
            routes.append((group, group, path[0], (*path, 99), True))
    tables = kernel_tables(routes)
    expected, actual = naive.path_diversity(*tables, 2000), core.path_diversity(*tables, 2000)
    assert_same(expected, actual)
    flows = np.unique(actual.column("vertex_disjoint").to_numpy())
    assert {1, 2, 3, 4} <= set(flows.tolist())


@settings(max_examples=50)
@given(ROUTES, st.randoms())
def test_path_diversity_does_not_depend_on_order(routes, dice):
    """Routes of a prefix in another order, and paths under other ids, change nothing."""
    table, paths = kernel_tables(routes)
    expected = core.path_diversity(table, paths, 2)
    order = list(range(len(paths)))
    dice.shuffle(order)
    ids = [order.index(i) for i in table.column("as_path_id").to_pylist()]
    at = table.column_names.index("as_path_id")
    shuffled = table.set_column(at, "as_path_id", pa.array(ids, pa.uint32()))
    rows = list(range(len(table)))
    dice.shuffle(rows)
    rows.sort(key=table.column("prefix_id").to_pylist().__getitem__)
    actual = core.path_diversity(shuffled.take(rows), paths.take(order).combine_chunks(), 2)
    assert expected.equals(actual)


@settings(max_examples=50)
@given(ROUTES)
def test_path_diversity_stays_within_its_bounds(routes):
    """Entropy ≤ log2 n, vertex ≤ edge disjoint ≤ VPs and upstreams, dominators ⊆ chokepoints."""
    table, paths = kernel_tables(routes)
    for row in core.path_diversity(table, paths, 2).to_pylist():
        for key, n in (
            ("next_hop", "n_next_hops"),
            ("upstream", "n_upstreams"),
            ("path", "n_paths"),
        ):
            if row[f"{key}_entropy"] is not None:
                assert 0 <= row[f"{key}_entropy"] <= np.log2(row[n]) + 1e-12
                assert 1 <= row[f"{key}_inverse_simpson"] <= row[f"{key}_effective"] + 1e-9
        if row["vertex_disjoint"] is not None:
            assert 1 <= row["vertex_disjoint"] <= row["edge_disjoint"]
            assert row["edge_disjoint"] <= row["n_vps"]
            # An origin of one path that is an upstream on another has no limit to what it takes in.
            if (
                len({path[-1] for group, _, _, path, _ in routes if path and group == row["group"]})
                < 2
            ):
                assert row["edge_disjoint"] <= row["n_upstreams"]
        if row["dominators"] is not None:
            assert set(row["dominators"]) <= set(row["chokepoints"])
        if row["chokepoints"] is not None:
            assert 0 <= row["jaccard_as"] <= 1
