"""What holds for `rib.path_diversity` of any table, whatever the weights."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st
from path_routes import load, rows

import rib
from rib.analysis.diversity import path_diversity

#: Two origins, some VP ASes among the transits, at most one route of a VP AS to a prefix.
ROUTES = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.integers(1, 6),
        st.lists(st.integers(4, 12), max_size=4, unique=True),
        st.sampled_from([3333, 3333, 4444]),
    ),
    min_size=1,
    max_size=14,
    unique_by=lambda route: route[:2],
).map(
    lambda routes: [
        (f"10.0.{number}.0/{24 + number}", vp, (vp, *(a for a in between if a != vp), origin))
        for number, vp, between, origin in routes
    ]
)
WEIGHTS = st.sampled_from(["prefixes", "addresses"])
BY = st.sampled_from(["prefix", "origin_as"])


@settings(max_examples=60)
@given(ROUTES, BY, WEIGHTS)
def test_metrics_stay_within_their_bounds(routes, by, weight):
    """0 ≤ H ≤ log2 n, Hill numbers from 1 to n in order, disjoint paths ≤ upstreams of one origin."""
    for row in rows(path_diversity(load(routes), by=by, weight=weight)):
        for key, n in (
            ("next_hop", row["n_next_hops"]),
            ("upstream", row["n_upstreams"]),
            ("path", row["n_paths"]),
        ):
            assert 0 <= row[f"{key}_entropy"] <= math.log2(n) + 1e-12
            assert 1 <= row[f"{key}_inverse_simpson"] <= row[f"{key}_effective"] + 1e-9
            assert row[f"{key}_effective"] <= n + 1e-9
            assert 0 <= row[f"{key}_evenness"] <= 1 + 1e-12
        assert row["vertex_disjoint"] <= row["edge_disjoint"] <= row["n_vps"]
        origins = {path[-1] for prefix, _, path in routes if row.get("prefix", prefix) == prefix}
        if by == "origin_as" or len(origins) == 1:
            assert row["edge_disjoint"] <= row["n_upstreams"]


@settings(max_examples=60)
@given(ROUTES, BY)
def test_chokepoints_are_on_every_path(routes, by):
    """And every AS that is, but the origin, is a chokepoint; dominators are some of them."""
    for row in rows(path_diversity(load(routes), by=by)):
        of = [r for r in routes if row.get("prefix", r[0]) == r[0]]
        of = [r for r in of if row.get("origin_as", r[2][-1]) == r[2][-1]]
        if len({vp for _, vp, _ in of}) < 2:
            assert (None, None) == (row["chokepoints"], row["dominators"])
            continue
        shared = set.intersection(*(set(path[:-1]) for *_, path in of))
        assert sorted(shared) == row["chokepoints"]
        assert set(row["dominators"]) <= shared


@settings(max_examples=40)
@given(ROUTES, BY, WEIGHTS, st.randoms())
def test_order_of_routes_changes_nothing(routes, by, weight, dice):
    """Prefixes, peers and paths then have other ids."""
    shuffled = dice.sample(routes, len(routes))
    expected = path_diversity(load(routes), by=by, weight=weight, ci=0.9)
    assert expected.equals(path_diversity(load(shuffled), by=by, weight=weight, ci=0.9))


@settings(max_examples=40)
@given(ROUTES, BY, WEIGHTS, st.randoms())
def test_sessions_of_one_as_are_one_vantage_point(routes, by, weight, dice):
    """Routes of a VP AS from two sessions, its prefixes split between them, are as from one."""
    parts = [[], []]
    for route in routes:
        dice.choice(parts).append(route)
    apart = rib.concat([load(part) for part in parts if part])
    expected = path_diversity(load(routes), by=by, weight=weight, ci=0.9)
    assert expected.equals(path_diversity(apart, by=by, weight=weight, ci=0.9))
