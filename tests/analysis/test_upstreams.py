"""`rib.upstream_preference` against hand-made tables, a naive oracle and the sample's truth."""

import gzip
import json
from collections import Counter, defaultdict
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from internet import mrt_writer as mrt

import rib
from rib._backend import BACKEND

SAMPLE = Path(__file__).parents[2] / "data" / "sample-mrt"

COLUMNS = [
    "origin_as", "family", "upstream_as", "vp_share", "prefix_share", "n_vps", "n_prefixes",
    "prepend_median", "prepend_delta", "flip_count", "role",
    "vp_share_q1", "vp_share_median", "vp_share_q3", "hops_median", "hops_min", "hops_max",
]  # fmt: skip


class Route(NamedTuple):
    """One route: ``path`` holds ASNs, and a frozenset for an AS_SET."""

    vp: int
    session: int
    prefix: str
    path: tuple

    @property
    def hops(self):
        """The path with an AS_SET of one member taken as that member."""
        return [next(iter(x)) if isinstance(x, frozenset) and len(x) == 1 else x for x in self.path]

    @property
    def plain(self):
        """The path without prepends."""
        return [x for i, x in enumerate(self.hops) if i == 0 or x != self.hops[i - 1]]

    @property
    def origin(self):
        """Origin AS, None where the path is empty or ends in an AS_SET of several members."""
        last = self.hops[-1] if self.path else None
        return None if isinstance(last, frozenset) else last

    @property
    def upstream(self):
        """AS left of the origin, the VP AS where there is none, None for an AS_SET."""
        plain = self.plain
        if len(plain) == 1:
            return self.vp
        return None if isinstance(plain[-2], frozenset) else plain[-2]

    @property
    def prepends(self):
        """Extra copies of the origin at the end."""
        n = 0
        while n < len(self.hops) - 1 and self.hops[-n - 2] == self.hops[-1]:
            n += 1
        return n


def load(routes, *, merge_sessions=False):
    """Write the routes as one ADD-PATH dump and read it."""
    sessions = sorted({(r.vp, 0 if merge_sessions else r.session) for r in routes})
    peers = [mrt.Peer(vp, f"192.0.2.{i + 1}") for i, (vp, _) in enumerate(sessions)]
    by_prefix = defaultdict(list)
    for i, r in enumerate(routes):
        peer = sessions.index((r.vp, 0 if merge_sessions else r.session))
        path = [
            mrt.as_set(*sorted(x)) if isinstance(x, frozenset) else mrt.sequence(x) for x in r.path
        ]
        attributes = mrt.origin() + mrt.as_path(*path)
        if ":" in r.prefix:
            attributes += mrt.mp_reach_abbreviated("2001:db8::1")
        else:
            attributes += mrt.next_hop("192.0.2.1")
        by_prefix[r.prefix].append(mrt.rib_entry(peer, attributes, path_id=i))
    records = [mrt.rib(p, entries, add_path=True) for p, entries in sorted(by_prefix.items())]
    return rib.read_mrt(mrt.peer_index_table(peers) + b"".join(records))


def rows(frame):
    """Rows as dicts with None for null."""
    return [
        {k: None if pd.isna(v) else v for k, v in row.items()}
        for row in frame.astype(object).to_dict("records")
    ]


# -- the naive oracle ------------------------------------------------------------------------------


def median(weighted):
    """Median of (value, weight): what halves the weight, or the mean of the two values around."""
    half = sum(w for _, w in weighted) / 2
    values = sorted({v for v, _ in weighted})
    lower = next(v for v in values if sum(w for x, w in weighted if x <= v) >= half)
    upper = next(v for v in values if sum(w for x, w in weighted if x <= v) > half)
    return Fraction(lower + upper, 2)


def quantile(values, q):
    """Linearly interpolated quantile."""
    values = sorted(values)
    place = q * (len(values) - 1)
    low = int(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (place - low) * (values[high] - values[low])


def flips(candidates):
    """Upstreams that a VP AS leaves or joins for one prefix without the origin's prepends."""
    with_prepends = min(len(r.path) for r in candidates)
    without = min(len(r.path) - r.prepends for r in candidates)
    before = {r.upstream for r in candidates if len(r.path) == with_prepends}
    after = {r.upstream for r in candidates if len(r.path) - r.prepends == without}
    return set() if before & after else before ^ after


def naive(routes):
    """Compute the result route by route with exact fractions."""
    pairs = defaultdict(list)
    for r in routes:
        if r.origin is not None and r.vp != r.origin:
            pairs[r.origin, 6 if ":" in r.prefix else 4, r.vp, r.prefix].append(r)
    scopes = defaultdict(dict)
    for (origin, family, vp, prefix), candidates in pairs.items():
        scopes[origin, family][vp, prefix] = candidates
    result = []
    for (origin, family), votes in scopes.items():
        cast = [(r, vp, p, Fraction(1, len(c))) for (vp, p), c in votes.items() for r in c]
        prefixes = Counter(p for _, p in votes)
        upstreams = {r.upstream for r, *_ in cast}
        prepends = {
            u: [(r.prepends, w) for r, _, _, w in cast if r.upstream == u] for u in upstreams
        }
        medians = {u: median(prepends[u]) for u in upstreams}
        for u in upstreams:
            mine = [v for v in cast if v[0].upstream == u]
            share = sum(w for *_, w in mine) / len(votes)
            parts = [
                sum((w for _, _, q, w in mine if q == p), Fraction()) / n
                for p, n in prefixes.items()
            ]
            seen = {p for _, _, p, _ in mine}
            fewest = [min(n for n, _ in prepends[x]) for x in (u, *upstreams)]
            if 2 * sum(s >= Fraction(1, 2) for s in parts) > len(prefixes):
                role = "primary"
            elif share < Fraction(1, 20) or fewest[0] > min(fewest):
                role = "backup"
            else:
                role = "occasional"
            result.append(
                {
                    "origin_as": origin,
                    "family": family,
                    "upstream_as": u,
                    "vp_share": share,
                    "prefix_share": Fraction(len(seen), len(prefixes)),
                    "n_vps": len({vp for _, vp, _, _ in mine}),
                    "n_prefixes": len(seen),
                    "prepend_median": medians[u],
                    "prepend_delta": medians[u] - min(medians.values()),
                    "flip_count": len({vp for (vp, _), c in votes.items() if u in flips(c)}),
                    "role": role,
                    "vp_share_q1": quantile(parts, Fraction(1, 4)),
                    "vp_share_median": quantile(parts, Fraction(1, 2)),
                    "vp_share_q3": quantile(parts, Fraction(3, 4)),
                    "hops_median": median([(len(r.plain), w) for r, _, _, w in mine]),
                    "hops_min": min(len(r.plain) for r, *_ in mine),
                    "hops_max": max(len(r.plain) for r, *_ in mine),
                }
            )
    result.sort(
        key=lambda x: (
            x["origin_as"],
            x["family"],
            -x["vp_share"],
            1 << 32 if x["upstream_as"] is None else x["upstream_as"],
        )
    )
    return result


# -- hand-made tables ------------------------------------------------------------------------------

P, Q, S = "198.51.100.0/24", "203.0.113.0/24", "2001:db8:1::/48"


def shares(routes, origin=9, family=4):
    """Shares by upstream."""
    frame = rib.upstream_preference(load(routes), origin_as=[origin])
    return {r["upstream_as"]: r["vp_share"] for r in rows(frame) if r["family"] == family}


@pytest.mark.parametrize(
    ("routes", "expected"),
    [
        pytest.param([Route(1, 0, P, (1, 5, 9)), Route(2, 0, P, (2, 6, 9))], {5: 0.5, 6: 0.5}, id="two VPs"),
        pytest.param([Route(1, 0, P, (1, 5, 9, 9, 9))], {5: 1}, id="prepends collapse"),
        pytest.param([Route(1, 0, P, (9,)), Route(2, 0, P, (9, 9))], {1: 0.5, 2: 0.5}, id="path is the origin"),
        pytest.param([Route(1, 0, P, (1, 9))], {1: 1}, id="VP is the neighbour"),
        pytest.param([Route(9, 0, P, (9,)), Route(9, 1, P, (5, 9)), Route(2, 0, P, (2, 6, 9))], {6: 1}, id="VP inside the origin"),
        pytest.param([Route(9, 0, P, (9,))], {}, id="only VPs inside the origin"),
        pytest.param([Route(1, 0, P, (1, 5, 9)), Route(1, 1, P, (1, 6, 9)), Route(2, 0, P, (2, 6, 9))], {6: 0.75, 5: 0.25}, id="sessions share a vote"),
        pytest.param([Route(1, 0, P, (1, 5, 9)), Route(1, 1, P, (1, 6, 8))], {5: 1}, id="MOAS: the vote is per origin"),
        pytest.param([Route(1, 0, P, (1, frozenset({5, 6}), 9)), Route(2, 0, P, (2, 5, 9))], {5: 0.5, None: 0.5}, id="AS_SET left of the origin"),
        pytest.param([Route(1, 0, P, (1, frozenset({5}), 9))], {5: 1}, id="AS_SET of one left of the origin"),
        pytest.param([Route(1, 0, P, (1, 5, frozenset({9}))), Route(2, 0, P, (2, 6, frozenset({8, 9})))], {5: 1}, id="AS_SET as origin"),
        pytest.param([Route(1, 0, "0.0.0.0/0", (1, 5, 9)), Route(0, 0, P, (4, 9)), Route(1, 0, P, (1, 6, 9))], {4: 0.5, 6: 0.5}, id="default route and peer AS 0, which is inferred"),
        pytest.param([Route(1, 0, P, (1, 9, 5, 9))], {5: 1}, id="loop: the AS next to the last origin"),
        pytest.param([Route(1, 0, S, (1, 5, 9))], {}, id="other family"),
    ],
)  # fmt: skip
def test_upstream_preference_counts_votes(routes, expected):
    """One vote per VP AS and prefix, given to the AS left of the origin."""
    assert expected == shares(routes)


def test_upstream_preference_matches_hand_count():
    """A table small enough to count by hand gives every column."""
    table = load(
        [
            Route(1, 0, P, (1, 5, 9)),
            Route(2, 0, P, (2, 7, 5, 9)),
            Route(3, 0, P, (3, 6, 9, 9, 9)),
            Route(1, 0, Q, (1, 5, 9)),
        ]
    )
    expected = [
        (9, 4, 5, 0.75, 1.0, 2, 2, 0.0, 0.0, 0, "primary", 0.75, 2.5 / 3, 2.75 / 3, 3.0, 3, 4),
        (9, 4, 6, 0.25, 0.5, 1, 1, 2.0, 2.0, 0, "backup", 0.25 / 3, 0.5 / 3, 0.25, 3.0, 3, 3),
    ]
    frame = rib.upstream_preference(table)
    assert COLUMNS == list(frame.columns)
    for want, got in zip(expected, frame.itertuples(index=False), strict=True):
        assert pytest.approx(want[:10]) == tuple(got)[:10]
        assert want[10] == got.role
        assert pytest.approx(want[11:]) == tuple(got)[11:]


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        ((1, 6, 9, 9, 9), {5: 1, 6: 1}),  # 4 against 5 as seen, 4 against 3 without prepends
        ((1, 6, 9, 9), {5: 0, 6: 0}),  # a tie as seen: 6 is among the shortest both times
        ((1, 6, 7, 9, 9), {5: 0, 7: 0}),  # 5 stays among the shortest
        ((1, 6, 6, 9, 9), {5: 0, 6: 0}),  # prepends of others stay
    ],
)
def test_upstream_preference_counts_flips(second, expected):
    """A VP AS flips where no upstream is among its shortest with and without origin prepends."""
    routes = [Route(1, 0, P, (1, 4, 5, 9)), Route(1, 1, P, second), Route(2, 0, P, (2, 5, 9))]
    frame = rib.upstream_preference(load(routes), origin_as=[9])
    assert expected == dict(zip(frame["upstream_as"], frame["flip_count"], strict=True))


def test_upstream_preference_takes_uniform_prepends_as_normal():
    """Prepending towards every upstream makes no backup."""
    routes = [Route(v, 0, P, (v, u, 9, 9)) for v, u in ((1, 5), (2, 6), (3, 7))]
    frame = rib.upstream_preference(load(routes))
    assert ["occasional"] * 3 == list(frame["role"])


def test_upstream_preference_of_unknown_origin_is_empty():
    """An origin without routes gives no rows and every column."""
    frame = rib.upstream_preference(load([Route(1, 0, P, (1, 9))]), origin_as=[64496])
    assert (0, COLUMNS) == (len(frame), list(frame.columns))


def test_upstream_preference_restricts_to_origins():
    """Asking for origins gives the rows that asking for all gives."""
    table = load([Route(1, 0, P, (1, 9)), Route(1, 0, Q, (1, 2, 8)), Route(1, 0, S, (1, 3, 7))])
    every = rows(rib.upstream_preference(table))
    some = rows(rib.upstream_preference(table, origin_as=iter([9, 7])))
    assert [r for r in every if r["origin_as"] != 8] == some


@pytest.mark.parametrize(
    ("given_as", "error", "text"),
    [
        (213394, TypeError, "origin_as=213394: expected a list"),
        ("213394", TypeError, "origin_as='213394': expected a list"),
        (["213394"], TypeError, "origin_as holds '213394'"),
        ([True], TypeError, "origin_as holds True"),
        ([-1], ValueError, "origin_as holds -1: expected 0 to 4294967295"),
        ([1 << 32], ValueError, "origin_as holds 4294967296"),
    ],
)
def test_upstream_preference_rejects_bad_origins(given_as, error, text):
    """A wrong ``origin_as`` raises, naming the value."""
    with pytest.raises(error, match=text.replace("[", r"\[")):
        rib.upstream_preference(load([Route(1, 0, P, (1, 9))]), origin_as=given_as)


# -- random tables ---------------------------------------------------------------------------------

hop = st.one_of(st.integers(1, 6), st.frozensets(st.integers(1, 6), min_size=1, max_size=2))
path = st.builds(
    lambda head, tail, last, n: (*head, *tail, *[last] * n),
    st.lists(st.integers(1, 6), max_size=2),
    st.lists(hop, max_size=1),
    st.integers(7, 9),
    st.integers(1, 3),
)
route = st.builds(
    Route, st.sampled_from([1, 2, 3, 9]), st.integers(0, 2), st.sampled_from([P, Q, S]), path
)


@settings(max_examples=150, deadline=None)
@given(st.lists(route, min_size=1, max_size=25))
def test_upstream_preference_equals_oracle(routes):
    """Every column equals a count by plain loops and exact fractions."""
    expected, got = naive(routes), rows(rib.upstream_preference(load(routes)))
    assert len(expected) == len(got)
    for want, row in zip(expected, got, strict=True):
        for exact in ("role", "upstream_as"):
            assert want.pop(exact) == row.pop(exact)
        assert want == pytest.approx(row, rel=1e-12, abs=1e-12)


@settings(max_examples=50, deadline=None)
@given(st.lists(route, min_size=1, max_size=25))
def test_upstream_preference_shares_sum_to_one(routes):
    """Shares of an origin and family sum to 1."""
    frame = rib.upstream_preference(load(routes))
    for total in frame.groupby(["origin_as", "family"])["vp_share"].sum():
        assert pytest.approx(1) == total


@settings(max_examples=50, deadline=None)
@given(st.lists(route, min_size=1, max_size=25))
def test_upstream_preference_ignores_sessions(routes):
    """Merging the sessions of a VP AS into one with ADD-PATH changes nothing."""
    apart = rows(rib.upstream_preference(load(routes)))
    assert apart == rows(rib.upstream_preference(load(routes, merge_sessions=True)))


# -- the sample and composed data ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("snapshot", "upstreams"),
    [
        ("20250114.0000", set()),
        ("20250115.1200", set()),
        ("20250117.0000", {43424}),
        ("20250121.1200", {29075, 3257, 3356, 43424}),
    ],
)
def test_upstream_preference_shows_migration(snapshot, upstreams):
    """AS213394 appears behind AS43424 only, then behind four upstreams, with the true shares."""
    truth = json.loads((SAMPLE / "truth.json").read_text())["upstreams"][snapshot]
    table = rib.read_mrt(SAMPLE / f"collector.{snapshot}.mrt.bz2")
    frame = rib.upstream_preference(table, origin_as=[213394])
    assert upstreams == set(frame["upstream_as"])
    for family, prefix in ((4, "91.208.207.0/24"), (6, "2a0f:d0c0::/29")):
        seen = frame[frame["family"] == family]
        for column, name in (("vp_share", "vp_share"), ("prepend_median", "prepends")):
            # The one prefix of the origin in its family, once it has it.
            facts = truth[prefix][name] if upstreams else {}
            expected = {int(asn): value for asn, value in facts.items()}
            got = dict(zip(seen["upstream_as"], seen[column], strict=True))
            assert expected == pytest.approx(got, abs=5e-5)


def _expected_shares(truth, origin, family):
    """Shares by upstream from the truth's prefixes by session: sessions of a VP AS average."""
    sessions = {s["peer_index"]: s for s in truth["collector_sessions"] if s["afi"] == family}
    by_vp = defaultdict(list)
    for index, counts in truth["upstream_shares"][origin]["collector_day1"].items():
        if int(index) in sessions:
            by_vp[sessions[int(index)]["asn"]].append(counts)
    by_vp.pop(int(origin), None)
    votes, total = Counter(), Fraction()
    for counts in by_vp.values():
        sizes = {sum(c.values()) for c in counts}
        if len(sizes) > 1:
            return None  # sessions see different prefixes: the truth does not say which
        for session in counts:
            for upstream, n in session.items():
                votes[int(upstream)] += Fraction(n, len(counts))
                total += Fraction(n, len(counts))
    return {u: v / total for u, v in votes.items()}


@pytest.mark.timeout(600)
@pytest.mark.skipif(BACKEND == "fallback", reason="7M routes take the fallback half an hour")
def test_upstream_preference_matches_composed_truth(shared_data):
    """Shares of 200 origins of a composed Internet equal those its maker counted."""
    folder = shared_data / "composed"
    truth = json.loads(gzip.decompress((folder / "truth.json.gz").read_bytes()))
    table = rib.read_mrt(folder / "collector.day1.mrt.bz2")
    frame = rib.upstream_preference(table, origin_as=map(int, truth["upstream_shares"]))
    got = defaultdict(dict)
    for row in frame.itertuples():
        got[row.origin_as, row.family][row.upstream_as] = row.vp_share
    # The truth counts an origin's own prefixes, not those it shares with others.
    shared = {asn for case in truth["benign"] for asn in case.get("origins", ())}
    n_compared = 0
    for origin in truth["upstream_shares"].keys() - set(map(str, shared)):
        for family in (4, 6):
            expected = _expected_shares(truth, origin, family)
            if expected is not None:
                n_compared += 1
                assert expected == pytest.approx(got[int(origin), family]), (origin, family)
    assert n_compared >= 350
