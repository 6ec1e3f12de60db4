"""`rib.path_diversity` against the definitions' numbers, and hand-made tables."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from path_routes import kernel_tables, load, rows

from rib._backend import core
from rib.analysis.diversity import path_diversity
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


def test_path_diversity_says_which_columns_are_bounds():
    """What hidden paths would change, and which way, goes with the frame."""
    frame = path_diversity(load([("192.0.2.0/24", 1, (1, 2))]), by="prefix")
    bounds = frame.attrs["bounds"]
    assert bounds.keys() == {"lower", "upper"}
    assert set(bounds["lower"]) | set(bounds["upper"]) <= set(frame.columns)
    assert "n_upstreams" in bounds["lower"]
    assert "chokepoints" in bounds["upper"]
