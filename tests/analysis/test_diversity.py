"""`rib.path_diversity` against the definitions' numbers, hand-made tables and the naive twin."""

import random
from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from internet import mrt_writer as mrt

from rib._backend import BACKEND, core
from rib.analysis.diversity import path_diversity
from rib.fallback import diversity as naive
from rib.sources.mrt import read_mrt

SAMPLE = Path(__file__).parents[2] / "data" / "sample-mrt"

COLUMNS = [
    "family", "n_vps", "n_routes", "n_prefixes", "n_paths", "n_next_hops", "n_upstreams",
    "next_hop_entropy", "next_hop_effective", "next_hop_inverse_simpson", "next_hop_evenness",
    "upstream_entropy", "upstream_effective", "upstream_inverse_simpson", "upstream_evenness",
    "path_entropy", "path_effective", "path_inverse_simpson", "path_evenness", "jaccard_as",
    "jaccard_link", "vertex_disjoint", "edge_disjoint", "chokepoints", "dominators", "length_min",
    "length_median", "length_max", "hops_median", "prepend_max", "single_homed",
    "n_paths_left_out",
]  # fmt: skip

native_only = pytest.mark.skipif(
    BACKEND == "fallback", reason="holds the native kernel against the fallback"
)


def load(routes):
    """Read a dump of (prefix, VP AS, path) routes.

    A set in a path is an AS_SET, a list a sequence of a confederation. Every route of a VP AS to a
    prefix comes from another session.
    """
    sessions, entries = [], defaultdict(list)
    for prefix, vp, path in routes:
        used = {peer for peer, _ in entries[prefix]}
        peer = next((i for i, s in enumerate(sessions) if s == vp and i not in used), len(sessions))
        if peer == len(sessions):
            sessions.append(vp)
        entries[prefix].append((peer, path))
    records = []
    for prefix, of_prefix in entries.items():
        hop = (
            mrt.mp_reach_abbreviated("2001:db8::1") if ":" in prefix else mrt.next_hop("192.0.2.1")
        )
        rows = [
            mrt.rib_entry(peer, mrt.origin() + mrt.as_path(*segments(path)) + hop)
            for peer, path in sorted(of_prefix, key=lambda entry: entry[0])
        ]
        records.append(mrt.rib(prefix, rows))
    peers = [mrt.Peer(vp, f"192.0.2.{i + 1}") for i, vp in enumerate(sessions)]
    return read_mrt(mrt.peer_index_table(peers) + b"".join(records))


def segments(path):
    """AS_PATH segments of a path as written in these tests."""
    for hop in path:
        if isinstance(hop, set):
            yield mrt.as_set(*sorted(hop))
        elif isinstance(hop, list):
            yield mrt.confed_sequence(*hop)
        else:
            yield mrt.sequence(hop)


def rows(frame):
    """Rows as dicts with None for null and lists for lists."""
    return pa.Table.from_pandas(frame, preserve_index=False).to_pylist()


def one(*routes, by="prefix"):
    """Row of the only group of (VP AS, path) routes to one prefix."""
    (row,) = rows(path_diversity(load([("192.0.2.0/24", *r) for r in routes]), by=by))
    return row


# -- numbers of the definitions --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("votes", "expected"),
    [
        ((2, 1, 1), (1.5, 2.828427, 2.666667, 0.946395)),
        ((9, 1), (0.468996, 1.384145, 1.219512, 0.468996)),
        ((1, 1, 1, 1), (2.0, 4.0, 4.0, 1.0)),
        ((5,), (0.0, 1.0, 1.0, 0.0)),
    ],
)
def test_path_diversity_spread_has_the_numbers_of_the_definition(votes, expected):
    """Shares .5/.25/.25 give 1.5 bits and so on, whatever the key."""
    routes = [
        (vp, (vp, 1000 + key, 3333))
        for vp, key in enumerate((k for k, n in enumerate(votes) for _ in range(n)), start=100)
    ]
    row = one(*routes)
    for key in ("next_hop", "upstream", "path"):
        names = ("entropy", "effective", "inverse_simpson", "evenness")
        actual = tuple(row[f"{key}_{name}"] for name in names)
        assert expected == pytest.approx(actual, abs=1e-6)
    assert len(votes) == row["n_next_hops"] == row["n_upstreams"] == row["n_paths"]


def test_path_diversity_two_disjoint_transits_are_two():
    """Paths that share nothing but the origin count as two and do not overlap."""
    row = one((1, (1, 10, 3333)), (2, (2, 20, 3333)))
    assert (2, 2) == (row["vertex_disjoint"], row["edge_disjoint"])
    assert (0.0, 0.0) == (row["jaccard_as"], row["jaccard_link"])
    assert ([], [], False) == (row["chokepoints"], row["dominators"], row["single_homed"])


def test_path_diversity_identical_paths_overlap_fully():
    """Two VPs behind the same path overlap by 1 and share every AS of it."""
    row = one((1, (1, 10, 20, 3333)), (2, (2, 10, 20, 3333)))
    assert (1.0, 1.0) == (row["jaccard_as"], row["jaccard_link"])
    assert ([10, 20], [10, 20]) == (row["chokepoints"], row["dominators"])
    assert (1, 1, True) == (row["vertex_disjoint"], row["edge_disjoint"], row["single_homed"])


def test_path_diversity_edges_can_be_more_disjoint_than_ases():
    """An AS crossed over different links is one vertex-disjoint path and two edge-disjoint ones."""
    row = one((1, (1, 10, 20, 3333)), (2, (2, 10, 30, 3333)))
    assert (1, 2) == (row["vertex_disjoint"], row["edge_disjoint"])
    assert [10] == row["chokepoints"]


def test_path_diversity_graph_has_walks_nobody_announced():
    """A chokepoint of the observed paths need not dominate the union graph."""
    row = one((1, (1, 10, 20, 3333)), (2, (2, 20, 40, 3333)), (40, (40, 20, 3333)))
    # From AS40 the union graph leads straight to the origin: a link of AS2's path.
    assert ([20], []) == (row["chokepoints"], row["dominators"])
    assert (2, 2) == (row["vertex_disjoint"], row["edge_disjoint"])


# -- votes -----------------------------------------------------------------------------------------


def test_path_diversity_sessions_of_a_vp_as_share_its_vote():
    """Two sessions over different upstreams give each half a vote."""
    row = one((1, (1, 10, 3333)), (1, (1, 20, 3333)), (2, (2, 20, 3333)))
    assert (2, 3) == (row["n_vps"], row["n_routes"])
    assert pytest.approx(0.811278, abs=1e-6) == row["upstream_entropy"]


def test_path_diversity_a_second_session_changes_nothing_but_n_routes():
    """The same path from one more session of a VP AS has no weight."""
    routes = [(1, (1, 10, 10, 3333)), (2, (2, 20, 3333)), (3, (3, 20, 3333))]
    assert one(*routes) | {"n_routes": 4} == one(*routes, routes[0])


def test_path_diversity_vp_inside_the_origin_has_no_vote():
    """Its route is counted, and with no other route nothing is measured."""
    row = one((3333, (3333,)), (1, (1, 10, 3333)))
    assert (1, 2, 1) == (row["n_vps"], row["n_routes"], row["n_upstreams"])
    alone = one((3333, (3333, 3333)))
    assert {"family": 4, "n_routes": 1, "n_prefixes": 1} == {
        k: v for k, v in alone.items() if v not in (None, 0) and k != "prefix"
    }


def test_path_diversity_of_a_neighbour_has_the_vp_as_upstream():
    """A path that is nothing but the origin: next hop is the origin, upstream the VP AS."""
    row = one((1, (1, 3333)), (2, (3333,)))
    assert (1, 2, 1) == (row["n_next_hops"], row["n_upstreams"], row["n_paths"])
    assert (0.0, 2) == (row["jaccard_as"], row["vertex_disjoint"])
    assert [] == row["chokepoints"]


def test_path_diversity_of_one_vp_has_no_pairs():
    """What needs two VP ASes is null with one."""
    row = one((1, (1, 10, 3333)))
    names = ("jaccard_as", "jaccard_link", "chokepoints", "dominators")
    assert [None] * 4 == [row[name] for name in names]
    assert (1, True) == (row["vertex_disjoint"], row["single_homed"])


def test_path_diversity_overlap_takes_the_most_common_path():
    """Of a VP AS with several paths in the group, the one with most votes is compared."""
    table = load(
        [
            ("192.0.2.0/24", 1, (1, 10, 3333)),
            ("198.51.100.0/24", 1, (1, 20, 3333)),
            ("203.0.113.0/24", 1, (1, 20, 3333)),
            ("192.0.2.0/24", 2, (2, 20, 3333)),
        ]
    )
    (row,) = rows(path_diversity(table, by="origin_as"))
    assert (3333, 3, 4, 1.0) == (
        row["origin_as"], row["n_prefixes"], row["n_routes"], row["jaccard_as"],
    )  # fmt: skip
    tie = [("192.0.2.0/24", 1, (1, 20, 3333)), ("198.51.100.0/24", 1, (1, 9, 30, 3333))]
    (row,) = rows(path_diversity(load([*tie, ("192.0.2.0/24", 2, (2, 9, 3333))]), by="origin_as"))
    assert 0.5 == row["jaccard_as"]


def test_path_diversity_lengths_count_prepends():
    """Lengths are with prepends, hops without; both with the VP's own AS."""
    row = one((1, (1, 10, 3333, 3333, 3333)), (2, (2, 3333)))
    names = ("length_min", "length_median", "length_max", "hops_median", "prepend_max")
    assert [2, 3.5, 5, 2.5, 2] == [row[name] for name in names]
    # Prepends make no path of their own.
    assert 1 == one((1, (1, 10, 10, 3333)), (1, (1, 1, 10, 3333)))["n_paths"]


# -- paths that do not enter the graph -------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [(2, {7, 8}, 3333), (2, [65001], 20, 3333), (2, 20, 30, 20, 3333), (2, 64512, 3333)],
    ids=["set", "confederation", "loop", "reserved"],
)
def test_path_diversity_leaves_unclean_paths_out_of_the_graph(path):
    """They count as paths, but not in disjointness and dominators."""
    row = one((1, (1, 10, 3333)), (2, path))
    assert (2, 1, 1) == (row["n_paths"], row["n_paths_left_out"], row["vertex_disjoint"])
    assert ([], []) == (row["chokepoints"], row["dominators"])
    alone = one((2, path))
    assert [None, None, 1] == [
        alone[k] for k in ("vertex_disjoint", "edge_disjoint", "n_paths_left_out")
    ]


def test_path_diversity_of_an_as_set_origin_has_no_upstream():
    """No origin AS: by prefix there is no upstream to spread over, by origin no group."""
    row = one((1, (1, 10, {7, 8})), (2, (2, {7, 8})))
    assert (0, 1, None, None) == (
        row["n_upstreams"], row["n_next_hops"], row["upstream_entropy"], row["single_homed"],
    )  # fmt: skip
    table = load([("192.0.2.0/24", 1, (1, 10, {7, 8}))])
    assert [] == rows(path_diversity(table, by="origin_as"))


def test_path_diversity_of_several_origins_has_one_sink():
    """A MOAS prefix: disjoint paths may end in different origins."""
    row = one((1, (1, 10, 3333)), (2, (2, 20, 4444)), (3, (3, 10, 3333, 4444)))
    assert (2, 3) == (row["vertex_disjoint"], row["n_upstreams"])


# -- groups, order, shape --------------------------------------------------------------------------


def test_path_diversity_sorts_by_prefix_or_origin_and_splits_families():
    """Prefixes by family, address, length; origins numerically, then by family."""
    table = load(
        [
            ("2001:db8::/32", 1, (1, 900)),
            ("203.0.113.0/24", 1, (1, 10, 900)),
            ("9.0.0.0/8", 1, (1, 10, 1000)),
            ("0.0.0.0/0", 1, (1, 10, 5)),
        ]
    )
    found = path_diversity(table)
    assert ["9.0.0.0/8", "203.0.113.0/24", "2001:db8::/32"] == found["prefix"].tolist()
    found = path_diversity(table, by="origin_as")
    expected = [(900, 4), (900, 6), (1000, 4)]
    assert expected == list(zip(found["origin_as"], found["family"], strict=True))


@pytest.mark.parametrize("by", ["prefix", "origin_as"])
def test_path_diversity_has_its_columns_even_without_rows(by):
    """A table of nothing but a default route gives an empty result of the same shape."""
    empty = path_diversity(load([("0.0.0.0/0", 1, (1, 3333))]), by=by)
    full = path_diversity(load([("192.0.2.0/24", 1, (1, 3333))]), by=by)
    assert (0, 1) == (len(empty), len(full))
    assert [by, *COLUMNS] == list(empty.columns) == list(full.columns)
    assert list(empty.dtypes) == list(full.dtypes)
    assert pd.RangeIndex(1).equals(full.index)


@pytest.mark.parametrize("by", ["origin", "", None])
def test_path_diversity_refuses_an_unknown_group(by):
    """The error names the argument, its value and what is expected."""
    table = load([("192.0.2.0/24", 1, (1, 3333))])
    with pytest.raises(ValueError, match=r"by=.*: expected 'prefix' or 'origin_as'"):
        path_diversity(table, by=by)


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("group", [5], "group 5"),
        ("as_path_id", [9], "as_path_id 9"),
    ],
)
def test_path_diversity_kernel_checks_ids(column, values, message):
    """Ids out of bounds are an error, not a crash."""
    routes, paths = kernel_tables([(0, 0, 1, (1, 10, 9), True)])
    at = routes.column_names.index(column)
    routes = routes.set_column(at, column, pa.array(values, pa.uint32()))
    with pytest.raises(ValueError, match=message):
        core.path_diversity(routes, paths, 1)


# -- the naive twin --------------------------------------------------------------------------------


def kernel_tables(routes):
    """Tables of (group, prefix, VP AS, unprepended path, may enter the graph) routes."""
    routes = sorted(routes, key=lambda r: r[1])
    paths = sorted({r[3:] for r in routes})
    hops = [list(path) for path, _ in paths]
    lists = pa.list_(pa.field("item", pa.uint32(), nullable=False))
    as_paths = pa.table(
        {
            "hops": pa.array(hops, lists),
            "n_hops": pa.array([len(h) for h in hops], pa.uint16()),
            "prepend_max": pa.array([sum(h) % 3 for h in hops], pa.uint16()),
            "length": pa.array([len(h) + sum(h) % 3 for h in hops], pa.uint16()),
            "origin_as": pa.array([h[-1] if h else None for h in hops], pa.uint32()),
            "upstream_as": pa.array([h[-2] if len(h) > 1 else None for h in hops], pa.uint32()),
            "in_graph": pa.array([fit and len(set(path)) == len(path) for path, fit in paths]),
        }
    )
    table = pa.table(
        {
            "group": pa.array([r[0] for r in routes], pa.uint32()),
            "prefix_id": pa.array([r[1] for r in routes], pa.uint32()),
            "vp_as": pa.array([r[2] for r in routes], pa.uint32()),
            "as_path_id": pa.array([paths.index(r[3:]) for r in routes], pa.uint32()),
        }
    )
    return table, as_paths


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


# -- the sample ------------------------------------------------------------------------------------


def test_path_diversity_of_the_sample_shows_the_migration():
    """AS213394 goes from nothing over one upstream to four."""
    seen = []
    for day in ("20250114.0000", "20250117.0000", "20250121.1200"):
        table = read_mrt(SAMPLE / f"collector.{day}.mrt.bz2").select(family=4, origin_as=[213394])
        found = path_diversity(table, by="origin_as")
        names = ["n_upstreams", "single_homed", "vertex_disjoint", "chokepoints"]
        seen.append([list(row.values()) for row in rows(found[names])])
    assert [[], [[1, True, 1, [43424]]], [[4, False, 4, []]]] == seen
