"""`rib.upstream_preference` with `ci`: intervals of shares over resamples of the VP ASes."""

from fractions import Fraction

import pytest
from diversity_oracle import draws, ends, votes_of
from hypothesis import given, settings
from hypothesis import strategies as st
from path_routes import load, rows

import rib

P, Q, S = "198.51.100.0/24", "203.0.113.0/24", "2001:db8:1::/48"
ENDS = ["vp_share_low", "vp_share_high"]


def test_columns_are_put_behind():
    """Without `ci` nothing changes; with it two columns follow, even where there are no rows."""
    table = load([(P, 1, (1, 5, 9)), (P, 2, (2, 6, 9))])
    plain, found = rib.upstream_preference(table), rib.upstream_preference(table, ci=0.95)
    assert [*plain.columns, *ENDS] == list(found.columns)
    assert rows(plain) == rows(found[list(plain.columns)])
    assert [[0.0, 1.0]] * 2 == found[ENDS].to_numpy().tolist()
    empty = rib.upstream_preference(table, origin_as=[64496], ci=0.95)
    assert (0, list(found.dtypes)) == (len(empty), list(empty.dtypes))


def test_one_vantage_point_has_no_interval():
    """A table of one peer, or an origin that one VP AS votes on: null."""
    one = rib.upstream_preference(load([(P, 1, (1, 5, 9))]), ci=0.95)
    assert [[None, None]] == [[row[name] for name in ENDS] for row in rows(one)]
    # The VP AS inside the origin has no vote.
    two = rib.upstream_preference(load([(P, 1, (1, 5, 9)), (P, 9, (9,))]), ci=0.95)
    assert [[None, None]] == [[row[name] for name in ENDS] for row in rows(two)]


def test_an_only_upstream_has_all_votes_in_every_resample():
    """Its interval is 1 to 1, also where other VP ASes do not see the origin."""
    table = load([(P, 1, (1, 5, 9)), (P, 2, (2, 5, 9)), (Q, 3, (3, 8)), (Q, 4, (4, 8))])
    found = rib.upstream_preference(table, origin_as=[9], ci=0.95)
    assert [[1.0, 1.0]] == found[ENDS].to_numpy().tolist()


@pytest.mark.parametrize("ci", [0, 1, 95, "0.95", True])
def test_a_coverage_outside_0_to_1_is_refused(ci):
    """The error names the argument and what is expected."""
    with pytest.raises(ValueError, match=r"ci=.*: expected a number above 0 and below 1"):
        rib.upstream_preference(load([(P, 1, (1, 9))]), ci=ci)


ROUTES = st.lists(
    st.tuples(
        st.sampled_from([P, Q, S]),
        st.integers(1, 6),
        st.lists(st.integers(10, 12), max_size=2).map(tuple),
        st.sampled_from([8, 9]),
    ).map(lambda r: (r[0], r[1], (r[1], *r[2], r[3]))),
    min_size=1,
    max_size=16,
)


@settings(max_examples=15, deadline=None)
@given(ROUTES, st.sampled_from([0.5, 0.95]))
def test_intervals_equal_the_oracle(routes, ci):
    """Every end equals that of a thousand shares computed one by one, for one origin or for all."""
    table = load(routes)
    every = rows(rib.upstream_preference(table, ci=ci))
    drawn = draws({vp for _, vp, _ in routes})
    for row in every:
        mine = [
            r
            for r in routes
            if r[2][-1] == row["origin_as"] and (":" in r[0]) == (row["family"] == 6)
        ]
        votes = votes_of(mine)
        if len({v[0] for v in votes}) < 2:
            assert row["vp_share_low"] is None
            continue
        shares = []
        for times in drawn:
            total = sum(v[4] * times[v[0]] for v in votes)
            own = [v for v in votes if v[1]["upstream"] == row["upstream_as"]]
            part = sum((v[4] * times[v[0]] for v in own), Fraction())
            shares.append(part / total if total else None)
        expected = ends(shares, ci)
        assert expected == pytest.approx((row["vp_share_low"], row["vp_share_high"]), abs=1e-12)
    alone = rows(rib.upstream_preference(table, origin_as=[9], ci=ci))
    assert [row for row in every if row["origin_as"] == 9] == alone
