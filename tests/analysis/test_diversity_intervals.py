"""`rib.path_diversity` with `ci`: intervals over resamples of the VP ASes."""

import random

import numpy as np
import pytest
from diversity_oracle import SPREADS, draws, intervals, votes_of
from hypothesis import given, settings
from hypothesis import strategies as st
from path_routes import load, rows

from rib.analysis.diversity import path_diversity
from rib.table.resampling import interval

KEYS = ("next_hop", "upstream", "path")
ENDS = [f"{key}_{name}_{end}" for key in KEYS for name in SPREADS for end in ("low", "high")]
P, Q, R = "192.0.2.0/24", "198.51.100.0/24", "2001:db8::/32"


def test_columns_are_put_behind():
    """Without `ci` nothing changes; with it 24 columns follow, even where there are no rows."""
    table = load([(P, 1, (1, 10, 3333)), (P, 2, (2, 20, 3333))])
    plain, found = path_diversity(table), path_diversity(table, ci=0.95)
    assert [*plain.columns, *ENDS] == list(found.columns)
    assert rows(plain) == rows(found[list(plain.columns)])
    empty = path_diversity(load([("0.0.0.0/0", 1, (1, 3333))]), ci=0.95)
    assert (0, list(found.dtypes)) == (len(empty), list(empty.dtypes))


def test_two_vantage_points_are_one_half_of_the_time():
    """Half of the resamples draw one VP AS twice: the ends are none and all of its spread."""
    (row,) = rows(path_diversity(load([(P, 1, (1, 10, 3333)), (P, 2, (2, 20, 3333))]), ci=0.95))
    assert (0.0, 1.0) == (row["upstream_entropy_low"], row["upstream_entropy_high"])
    assert (1.0, 2.0) == (row["upstream_effective_low"], row["upstream_effective_high"])


@pytest.mark.parametrize("by", ["prefix", "origin_as"])
def test_one_vantage_point_has_no_interval(by):
    """A table of one peer: what needs two VP ASes is null, intervals too."""
    routes = [(P, 1, (1, 10, 3333)), (Q, 1, (1, 20, 3333))]
    pairs = ["jaccard_as", "jaccard_link", "chokepoints", "dominators"]
    for row in rows(path_diversity(load(routes), by=by, ci=0.95)):
        assert {*ENDS, *pairs} == {name for name, value in row.items() if value is None}


def test_a_resample_without_votes_does_not_count():
    """VP ASes 3 and 4 see another prefix: resamples of them alone say nothing about this one."""
    routes = [(P, 1, (1, 10, 3333)), (P, 2, (2, 20, 3333)), (Q, 3, (3, 9)), (Q, 4, (4, 9))]
    row = rows(path_diversity(load(routes), ci=0.95))[0]
    drawn = draws({1, 2, 3, 4})
    assert any(not times[1] and not times[2] for times in drawn)
    expected = intervals(votes_of(routes[:2]), "path", drawn, 0.95)["entropy"]
    assert expected == pytest.approx((row["path_entropy_low"], row["path_entropy_high"]))


@pytest.mark.parametrize("ci", [0, 1, 95, "0.95", True])
def test_a_coverage_outside_0_to_1_is_refused(ci):
    """The error names the argument and what is expected."""
    with pytest.raises(ValueError, match=r"ci=.*: expected a number above 0 and below 1"):
        path_diversity(load([(P, 1, (1, 3333))]), ci=ci)


# -- random tables ---------------------------------------------------------------------------------

ROUTES = st.lists(
    st.tuples(
        st.sampled_from([P, Q, R]),
        st.integers(1, 6),
        st.lists(st.integers(10, 14), max_size=3).map(tuple),
    ).map(lambda r: (r[0], r[1], (r[1], *r[2], 3333))),
    min_size=1,
    max_size=16,
)


@settings(max_examples=12, deadline=None)
@given(ROUTES, st.sampled_from([0.5, 0.9, 0.95, 0.99]), st.booleans())
def test_intervals_equal_the_oracle(routes, ci, by_addresses):
    """Every end equals that of a thousand spreads computed one by one."""
    weight = "addresses" if by_addresses else "prefixes"
    found = rows(path_diversity(load(routes), by="origin_as", weight=weight, ci=ci))
    drawn = draws({vp for _, vp, _ in routes})
    for row in found:
        mine = [r for r in routes if (":" in r[0]) == (row["family"] == 6)]
        if row["n_vps"] < 2:
            continue
        votes = votes_of(mine)  # prefixes of one family have the same number of addresses here
        for key in KEYS:
            for name, expected in intervals(votes, key, drawn, ci).items():
                actual = (row[f"{key}_{name}_low"], row[f"{key}_{name}_high"])
                assert expected == pytest.approx(actual, abs=1e-12), (key, name)


@settings(max_examples=40, deadline=None)
@given(ROUTES, st.randoms(), st.sampled_from(["prefix", "origin_as"]))
def test_intervals_stay_within_their_bounds(routes, dice, by):
    """0 ≤ low ≤ high ≤ log2 n, evenness at most 1, whatever the order of the routes."""
    found = path_diversity(load(routes), by=by, ci=0.9)
    for row in rows(found):
        for key, n in (
            ("next_hop", "n_next_hops"),
            ("upstream", "n_upstreams"),
            ("path", "n_paths"),
        ):
            if row["n_vps"] > 1:
                low, high = row[f"{key}_entropy_low"], row[f"{key}_entropy_high"]
                assert 0 <= low <= high <= np.log2(row[n]) + 1e-12
                low, high = row[f"{key}_inverse_simpson_low"], row[f"{key}_inverse_simpson_high"]
                assert 1 <= low + 1e-12
                assert low <= high <= row[n] + 1e-9
                assert 0 <= row[f"{key}_evenness_low"] <= row[f"{key}_evenness_high"] <= 1 + 1e-12
    shuffled = list(routes)
    dice.shuffle(shuffled)
    assert rows(found) == rows(path_diversity(load(shuffled), by=by, ci=0.9))


@settings(max_examples=30, deadline=None)
@given(ROUTES, st.sampled_from(["prefix", "origin_as"]))
def test_sessions_of_one_as_are_one_vantage_point(routes, by):
    """Every route of a VP AS over one more session changes the number of routes, nothing else."""
    one = path_diversity(load(routes), by=by, ci=0.9).drop(columns="n_routes")
    two = path_diversity(load([*routes, *routes]), by=by, ci=0.9).drop(columns="n_routes")
    assert rows(one) == rows(two)


@settings(max_examples=40, deadline=None)
@given(ROUTES)
def test_chokepoints_are_on_every_path(routes):
    """Of one origin: chokepoints ⊆ each path, and disjoint paths at most the upstreams."""
    for row in rows(path_diversity(load(routes), by="origin_as")):
        paths = [{*p[:-1]} for prefix, _, p in routes if (":" in prefix) == (row["family"] == 6)]
        if row["chokepoints"] is not None:
            assert set(row["chokepoints"]) == set.intersection(*paths)
        if row["vertex_disjoint"] is not None:
            assert row["vertex_disjoint"] <= row["n_upstreams"]


def test_many_vantage_points_agree_with_scipy():
    """The entropy of forty VP ASes has the percentile interval that SciPy's bootstrap gives."""
    stats = pytest.importorskip("scipy.stats")
    dice = random.Random(3)
    chosen = [dice.choice([10, 10, 10, 11, 11, 12]) for _ in range(40)]
    routes = [(P, vp, (vp, hop, 3333)) for vp, hop in enumerate(chosen, start=100)]
    (row,) = rows(path_diversity(load(routes), ci=0.95))

    def entropy(sample):
        _, counts = np.unique(sample, return_counts=True)
        return stats.entropy(counts, base=2)

    found = stats.bootstrap(
        (np.array(chosen),), entropy, vectorized=False, n_resamples=2000,
        method="percentile", rng=np.random.default_rng(1),
    ).confidence_interval  # fmt: skip
    assert found.low == pytest.approx(row["next_hop_entropy_low"], abs=0.05)
    assert found.high == pytest.approx(row["next_hop_entropy_high"], abs=0.03)


def test_the_back_ends_take_the_ends_that_the_library_takes():
    """Order statistics are those of `rib.table.resampling.interval`."""
    routes = [(P, vp, (vp, 10 + vp % 3, 3333)) for vp in range(1, 8)]
    (row,) = rows(path_diversity(load(routes), ci=0.8))
    drawn = np.array([list(times.values()) for times in draws(range(1, 8))], dtype=float)
    votes = np.array([[vp % 3 == k for k in range(3)] for vp in range(1, 8)], dtype=float)
    shares = drawn @ votes / 7
    low, high = interval(1 / (shares**2).sum(axis=1, keepdims=True), 0.8)
    actual = (row["upstream_inverse_simpson_low"], row["upstream_inverse_simpson_high"])
    assert (low[0], high[0]) == pytest.approx(actual)
