"""`rib.saturation` against every choice of vantage points, other analyses, and hand-made tables."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from internet import mrt_writer as mrt

import rib
from rib.analysis.saturation import _CURVE, _SUMMARY, N_POINTS, saturation

FAR = 64700
#: Of VP ASes 1 to 6: which upstreams of AS 9 each sees, two on different prefixes.
SEES = {1: {11}, 2: {11}, 3: {11, 12}, 4: {12}, 5: {13}, 6: {11, 14}}


def routes(sees):
    """Routes in which each VP AS sees these upstreams of AS 9, the n-th on the n-th prefix."""
    made = {}
    for vp, upstreams in sees.items():
        for n, upstream in enumerate(sorted(upstreams)):
            made.setdefault(f"20.{n}.0.0/16", []).append([vp, FAR, upstream, 9, 9])
    return made


def table_from(made):
    """Table of {prefix: [path, …]} of any number of VP ASes, as plain numbers."""
    vps = sorted({path[0] for paths in made.values() for path in paths})
    peers = [mrt.Peer(vp, f"192.0.{vp >> 8}.{vp & 255}") for vp in vps]
    parts = [mrt.peer_index_table(peers, timestamp=1)]
    for prefix, paths in made.items():
        entries = []
        for path in paths:
            attributes = mrt.origin() + mrt.as_path(mrt.sequence(*path)) + mrt.next_hop("192.0.2.1")
            entries.append(mrt.rib_entry(vps.index(path[0]), attributes))
        parts.append(mrt.rib(prefix, entries, timestamp=1))
    return rib.read_mrt(b"".join(parts))


def expected(sees, m):
    """Mean number of upstreams over every choice of ``m`` VP ASes."""
    counts = [len(set().union(*chosen)) for chosen in itertools.combinations(sees.values(), m)]
    return Fraction(sum(counts), len(counts))


def summary(table, asn=9, family=4):
    found = saturation(table, origin_as=[asn])
    return found[found.family == family].iloc[0]


def curve(table, asn=9, family=4):
    found = saturation(table, origin_as=[asn], by="n_vps")
    found = found[found.family == family]
    return dict(zip(found.n_vps, found.n_upstreams_expected, strict=True))


def test_summary_of_a_hand_made_table(table_of):
    """Counts, the estimates written out, and that six VP ASes leave something to be seen."""
    row = summary(table_of(routes(SEES)))
    assert (6, 4, 2, 1) == (row.n_vps, row.n_upstreams, row.n_seen_once, row.n_seen_twice)
    assert 2 / 6 == row.next_vp_gain
    assert pytest.approx(4 + 5 / 6 * 2 * 1 / (2 * 2)) == row.n_upstreams_estimate
    assert pytest.approx(1 - 2 / 8 * (5 * 2 / (5 * 2 + 2))) == row.coverage
    assert "saturated" == row.verdict


@pytest.mark.parametrize(
    ("sees", "verdict"),
    [
        ({vp: {11} for vp in range(1, 5)}, "unknown"),
        ({vp: {11} for vp in range(1, 6)}, "saturated"),
        ({vp: {vp + 10} for vp in range(1, 6)}, "growing"),
        ({**{vp: {11} for vp in range(1, 5)}, 5: {12}}, "saturated"),
    ],
)
def test_verdict(table_of, sees, verdict):
    """Too few to tell; all see the same; each sees another; one sees another."""
    assert verdict == summary(table_of(routes(sees))).verdict


def test_coverage_without_an_upstream_seen_twice(table_of):
    """Q2 = 0 takes the bias-corrected form."""
    row = summary(table_of(routes({1: {11}, 2: {11}, 3: {11}, 4: {12}, 5: {13}})))
    assert pytest.approx(1 - 2 / 5 * (4 * 1 / (4 * 1 + 2))) == row.coverage


def test_curve_is_the_mean_over_all_choices(table_of):
    """Every point, by brute force."""
    found = curve(table_of(routes(SEES)))
    assert {m: pytest.approx(float(expected(SEES, m)), rel=1e-12) for m in range(1, 7)} == found


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(
        st.integers(1, 8), st.sets(st.integers(11, 16), min_size=1), min_size=1, max_size=8
    )
)
def test_curve_and_estimate_hold_on_any_table(sees):
    """The mean over all choices, rising ever more slowly to the count, below the estimate."""
    table = table_from(routes(sees))
    found, row = curve(table), summary(table)
    assert {m: pytest.approx(float(expected(sees, m))) for m in range(1, len(sees) + 1)} == found
    values = np.array(list(found.values()))
    steps = np.diff(values)
    assert (steps >= -1e-12).all()
    assert (np.diff(steps) <= 1e-12).all()
    diversity = rib.path_diversity(table, by="origin_as").iloc[0]
    assert (diversity.n_vps, diversity.n_upstreams) == (row.n_vps, row.n_upstreams)
    assert diversity.n_upstreams == values[-1]
    if len(sees) > 1:
        assert (values <= row.n_upstreams_estimate + 1e-12).all()
        assert pytest.approx(steps[-1]) == row.next_vp_gain
        assert 0 <= row.coverage <= 1


@pytest.mark.parametrize("n_vps", [50, 51, 400])
def test_many_vantage_points(n_vps):
    """At most 50 points with both ends, each as exact fractions have it."""
    vps = [v for v in range(1, n_vps + 20) if v not in (9, 11, 12, 13)][:n_vps]
    seen_by = {11: n_vps, 12: 7, 13: 1}
    made = {"20.0.0.0/16": [[v, 11, 9] for v in vps]}
    made["20.1.0.0/16"] = [[v, 12, 9] for v in vps[:7]]
    made["20.2.0.0/16"] = [[vps[0], 13, 9]]
    found = curve(table_from(made))
    assert len(found) <= N_POINTS
    assert {1, n_vps} <= set(found)
    for m, value in found.items():
        exact = sum(
            1 - Fraction(math.comb(n_vps - n, m), math.comb(n_vps, m)) for n in seen_by.values()
        )
        assert pytest.approx(float(exact), rel=1e-11) == value


def test_families_and_origins_are_apart(table_of):
    """A row per origin and family, in order."""
    table = table_of(
        {
            "20.0.0.0/16": [[1, 11, 9], [2, 12, 9]],
            "20.1.0.0/16": [[1, 11, 8]],
            "2001:db8::/32": [[1, 11, 9]],
        }
    )
    found = saturation(table)
    assert [(8, 4), (9, 4), (9, 6)] == list(zip(found.origin_as, found.family, strict=True))
    assert [1, 2, 1] == found.n_upstreams.tolist()
    assert [(9, 4), (9, 6)] == [
        *zip(*(saturation(table, origin_as=[9])[c] for c in ("origin_as", "family")), strict=True)
    ]


def test_who_votes_is_as_in_path_diversity(table_of):
    """The origin's own VP does not, a neighbour is its own upstream, an AS_SET hides one."""
    table = table_of({"20.0.0.0/16": [[9], [1, 9, 9], [2, {11, 12}, 9], [3, 11, 9]]})
    row = summary(table)
    assert (3, 2) == (row.n_vps, row.n_upstreams)
    assert {1: pytest.approx(2 / 3), 2: pytest.approx(4 / 3), 3: 2.0} == curve(table)


def test_what_cannot_be_measured_is_null(table_of):
    """One VP AS tells nothing of others; hidden upstreams are none."""
    one = summary(table_of({"20.0.0.0/16": [[1, 11, 9]]}))
    hidden = summary(table_of({"20.0.0.0/16": [[v, {11, 12}, 9] for v in range(1, 7)]}))
    for row in (one, hidden):
        assert all(row.isna()[["next_vp_gain", "n_upstreams_estimate", "coverage"]])
        assert "unknown" == row.verdict
    assert (6, 0) == (hidden.n_vps, hidden.n_upstreams)


@pytest.mark.parametrize(("by", "schema"), [("origin_as", _SUMMARY), ("n_vps", _CURVE)])
def test_unknown_origin_gives_no_rows(read_sample, by, schema):
    """The columns and their types stay."""
    found = saturation(read_sample("20250121.1200"), origin_as=[4200000000], by=by)
    assert 0 == len(found)
    assert schema.names == list(found.columns)
    assert schema.types == [t.pyarrow_dtype for t in found.dtypes]


def test_whole_sample_agrees_with_path_diversity(read_sample):
    """VP ASes and upstreams of every origin, and the ends of its curve."""
    table = read_sample("20250121.1200")
    found = saturation(table)
    diversity = rib.path_diversity(table, by="origin_as").query("n_vps > 0")
    for name in ("origin_as", "family", "n_vps", "n_upstreams"):
        assert diversity[name].tolist() == found[name].tolist()
    last = saturation(table, by="n_vps").groupby(["origin_as", "family"]).last()
    assert found.n_vps.tolist() == last.n_vps.tolist()
    assert found.n_upstreams.tolist() == last.n_upstreams_expected.tolist()


@pytest.mark.parametrize("by", ["prefix", "", None, 3])
def test_by_must_be_known(read_sample, by):
    """The message has the argument and what it may be."""
    with pytest.raises(ValueError, match=r"by=.*: expected 'origin_as' or 'n_vps'"):
        saturation(read_sample("20250121.1200"), by=by)


@pytest.mark.parametrize(
    ("given", "error"), [(213394, TypeError), (["9"], TypeError), ([-1], ValueError)]
)
def test_origins_must_be_numbers(read_sample, given, error):
    """One number, text and a negative number are refused by name."""
    with pytest.raises(error, match="origin_as"):
        saturation(read_sample("20250121.1200"), origin_as=given)
