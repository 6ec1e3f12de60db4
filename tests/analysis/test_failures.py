"""`rib.transit_failures` against the same view read again without what has failed."""

import ipaddress
from collections import Counter
from itertools import combinations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from internet import mrt_writer as mrt
from own_view import SESSIONS, Offer, view
from path_routes import rows

import rib

COLUMNS = [
    "failed", "outcome", "family", "n_prefixes", "addresses", "prefix_share", "address_share",
    "candidates_left", "length_change", "one_left",
]  # fmt: skip
SHIFT = ["failed", "family", "from_as", "to_as", "n_prefixes", "addresses", "length_change"]
OUTCOMES = ("unaffected", "rerouted_exact", "rerouted_cover", "default_only", "lost")
PREFIXES = [
    "0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.1.1.0/24", "192.0.2.0/24",
    "::/0", "2001:db8::/32", "2001:db8:1::/48",
]  # fmt: skip


def counts(frame):
    """Give how many prefixes have each outcome, by failed set and family, zeros left out."""
    return {
        (r["failed"], r["family"], r["outcome"]): r["n_prefixes"]
        for r in frame.to_dict("records")
        if r["n_prefixes"]
    }


def naive(offers, is_gone, policy=None, exit_of=lambda s: SESSIONS[s].asn):
    """Give outcomes and moves, from two tables that know nothing of each other."""
    before, after = _best(offers, policy), _best(_left(offers, is_gone), policy)
    outcomes, moves = Counter(), Counter()
    for prefix, old in before.items():
        family = ipaddress.ip_network(prefix).version
        held = next((c for c in _covers(prefix, offers) if c in after), None)
        if held is None:
            outcome = "lost"
        elif held == prefix:
            outcome = "unaffected" if after[held] == old else "rerouted_exact"
        else:
            outcome = "default_only" if held.endswith("/0") else "rerouted_cover"
        outcomes[family, outcome] += 1
        if outcome not in ("lost", "unaffected"):
            moves[family, exit_of(old.session), exit_of(after[held].session)] += 1
    return outcomes, moves


def _left(offers, is_gone):
    return {p: [o for o in of if not is_gone(o)] for p, of in offers.items()}


def _best(offers, policy):
    """Give the offer that wins each prefix, in a table of these alone."""
    given = {p: of for p, of in offers.items() if of}
    table = view(given)
    found = rib.exit_preference(table, policy or rib.Policy()).routes
    sessions = {peer.ip: i for i, peer in enumerate(SESSIONS)}
    return {
        prefix: next(o for o in given[prefix] if o.session == sessions[peer])
        for prefix, peer in zip(found["prefix"], found["winner_peer"], strict=True)
    }


def _covers(prefix, among):
    """Give the prefix and its less-specifics, longest first."""
    own = ipaddress.ip_network(prefix)
    nets = map(ipaddress.ip_network, among)
    covers = [n for n in nets if n.version == own.version and own.subnet_of(n)]
    return map(str, sorted(covers, key=lambda n: -n.prefixlen))


OFFER = st.builds(
    Offer,
    session=st.integers(0, 3),
    path=st.lists(st.sampled_from([7, 8, 9]), min_size=1, max_size=4).map(tuple),
    med=st.sampled_from([None, 0, 5]),
    **{
        name: st.just(value)
        for name, value in Offer._field_defaults.items()
        if name not in ("path", "med")
    },
)
OFFERS = st.dictionaries(
    st.sampled_from(PREFIXES),
    st.lists(OFFER, min_size=1, max_size=4, unique_by=lambda o: o.session),
    min_size=1,
)


def _expected(offers, sets, names):
    """Give outcomes and moves of failed sets, of which `sets` says what goes."""
    outcomes, moves = {}, {}
    for name, is_gone in zip(names, sets, strict=True):
        of_set, moved = naive(offers, is_gone)
        outcomes |= {(name, *key): n for key, n in of_set.items()}
        moves |= {(name, *key): n for key, n in moved.items()}
    return outcomes, moves


def _found(result):
    moves = {
        (r["failed"], r["family"], *list(r.values())[2:4]): r["n_prefixes"]
        for r in result.shift.to_dict("records")
    }
    return counts(result), moves


@settings(max_examples=60, deadline=None)
@given(OFFERS, st.integers(1, 3))
def test_failed_transits_are_as_if_they_had_never_been(offers, k):
    """Deciding again gives what a table without the transits gives, for every combination."""
    asns = sorted({SESSIONS[o.session].asn for of in offers.values() for o in of})
    names = list(combinations(asns, k))
    sets = [lambda o, failed=failed: SESSIONS[o.session].asn in failed for failed in names]
    assert _expected(offers, sets, names) == _found(rib.transit_failures(view(offers), k))


@settings(max_examples=40, deadline=None)
@given(OFFERS, st.integers(1, 2))
def test_failed_sessions_are_as_if_they_had_never_been(offers, k):
    """The same for single sessions, whose exits are peer addresses."""
    used = sorted({o.session for of in offers.values() for o in of})
    sessions = list(combinations(used, k))
    names = [tuple(SESSIONS[s].ip for s in failed) for failed in sessions]
    outcomes, moves = {}, {}
    for name, failed in zip(names, sessions, strict=True):
        of_set, moved = naive(
            offers, lambda o, f=failed: o.session in f, exit_of=lambda s: SESSIONS[s].ip
        )
        outcomes |= {(name, *key): n for key, n in of_set.items()}
        moves |= {(name, *key): n for key, n in moved.items()}
    result = rib.transit_failures(view(offers), k, unit="session")
    assert ["from_peer", "to_peer"] == list(result.shift.columns[2:4])
    assert (outcomes, moves) == _found(result)


@settings(max_examples=60, deadline=None)
@given(OFFERS)
def test_failed_ases_and_links_take_their_paths_along(offers):
    """An AS is on a path or has the session; a link is two neighbours on it, either way round."""

    def has_as(offer, asn):
        return asn in offer.path or SESSIONS[offer.session].asn == asn

    def has_link(offer, one, other):
        pairs = zip(offer.path, offer.path[1:], strict=False)
        return any({one, other} == set(pair) for pair in pairs)

    fail = [8, (7, 9), 64501, 12345]
    sets = [
        lambda o: has_as(o, 8), lambda o: has_link(o, 7, 9), lambda o: has_as(o, 64501),
        lambda _: False,
    ]  # fmt: skip
    names = [(8,), ((7, 9),), (64501,), (12345,)]
    table = view(offers)
    assert _expected(offers, sets, names) == _found(rib.transit_failures(table, fail=fail))
    both = [(8, (7, 9))]
    together = [lambda o: has_as(o, 8) or has_link(o, 7, 9)]
    found = rib.transit_failures(table, 2, fail=fail[:2])
    assert _expected(offers, together, both) == _found(found)


def test_more_specific_of_one_transit_falls_to_its_cover():
    """What only one transit announces follows the cover of another, and is not lost."""
    given = {
        "10.0.0.0/8": [Offer(0), Offer(1, (1, 2, 3, 4))],
        "10.1.0.0/16": [Offer(0)],
        "192.0.2.0/24": [Offer(0)],
        "198.51.100.0/24": [Offer(1)],
    }
    found = counts(rib.transit_failures(view(given)))
    assert {
        ((64501,), 4, "rerouted_exact"): 1,
        ((64501,), 4, "rerouted_cover"): 1,
        ((64501,), 4, "lost"): 1,
        ((64501,), 4, "unaffected"): 1,
        ((64502,), 4, "unaffected"): 3,
        ((64502,), 4, "lost"): 1,
    } == found


def test_default_route_takes_what_is_left():
    """Without exact route and cover traffic follows the default route; that itself may be lost."""
    given = {"0.0.0.0/0": [Offer(1)], "10.1.0.0/16": [Offer(0)], "::/0": [Offer(0)]}
    found = counts(rib.transit_failures(view(given)))
    assert 1 == found[(64501,), 4, "default_only"]
    assert 1 == found[(64501,), 6, "lost"]
    assert 1 == found[(64502,), 4, "lost"]


def test_a_winner_that_med_had_hidden_is_a_move():
    """Where the failed route kept another one back by MED, traffic moves though its exit is up."""
    given = {"10.0.0.0/8": [Offer(0, (7, 9), med=10), Offer(1, (8, 9)), Offer(2, (7, 9), med=20)]}
    found = rib.transit_failures(view(given), unit="session").shift
    assert [(SESSIONS[0].ip, SESSIONS[1].ip, SESSIONS[2].ip)] == [
        (r["failed"][0], r["from_peer"], r["to_peer"])
        for r in rows(found)
        if r["failed"] == [SESSIONS[0].ip]
    ]


def test_prefixes_with_one_route_left_are_counted():
    """The next failure may take them; failures further away are told to be bounds."""
    given = {
        "10.0.0.0/8": [Offer(0, (1, 2)), Offer(1, (1, 3))],
        "192.0.2.0/24": [Offer(0, (1, 2)), Offer(1, (1, 3)), Offer(3, (1, 4))],
    }
    found = rib.transit_failures(view(given))
    left = {(r["failed"][0], r["outcome"]): r["one_left"] for r in rows(found)}
    assert 1 == left[64502, "rerouted_exact"]
    # What the failure does not touch may hang on one route all the same.
    assert 1 == left[64501, "unaffected"]
    assert "note" not in found.attrs
    assert "upper" in rib.transit_failures(view(given), fail=[1]).attrs["note"]


def test_means_are_over_the_prefixes_of_the_outcome():
    """Length and choice are those of the route that is followed, and null where there is none."""
    given = {
        "10.0.0.0/8": [Offer(0, (1, 2)), Offer(1, (1, 2, 3, 4)), Offer(3, (1, 2, 3, 4))],
        "10.1.0.0/16": [Offer(0, (1, 2, 3))],
        "192.0.2.0/24": [Offer(0)],
    }
    by_outcome = {r["outcome"]: r for r in rows(rib.transit_failures(view(given), fail=[64501]))}
    names = ("candidates_left", "length_change", "addresses")
    found = {o: tuple(r[n] for n in names) for o, r in by_outcome.items()}
    assert {
        "unaffected": (None, None, 0.0),
        "rerouted_exact": (2.0, 2.0, 2.0**24 - 2**16),
        "rerouted_cover": (2.0, 1.0, 2.0**16),
        "default_only": (None, None, 0.0),
        "lost": (0.0, None, 256.0),
    } == found
    total = 2**24 + 256
    assert (1 / 3, 256 / total) == (
        by_outcome["lost"]["prefix_share"],
        by_outcome["lost"]["address_share"],
    )


def test_columns_order_and_zeros():
    """Failed sets ascend, then families, then outcomes from best to worst, zeros included."""
    table = view({"10.0.0.0/8": [Offer(1), Offer(0)], "2001:db8::/32": [Offer(3)]})
    result = rib.transit_failures(table)
    assert COLUMNS == list(result.columns)
    assert SHIFT == list(result.shift.columns)
    keys = list(zip(result["failed"], result["family"], result["outcome"], strict=True))
    asns = (64501, 64502, 64503)
    assert [((a,), f, o) for a in asns for f in (4, 6) for o in OUTCOMES] == keys
    assert isinstance(result, pd.DataFrame)
    assert type(result[result["family"] == 4]) is pd.DataFrame


def test_shift_does_not_get_lost_and_derived_frames_have_their_own():
    """The frame keeps its shift when it is looked at; what is made of it can shift rows again."""
    result = rib.transit_failures(view({"10.0.0.0/8": [Offer(1), Offer(0)]}))
    assert 1 == len(result.shift)
    assert result["n_prefixes"].sum() == result.copy()["n_prefixes"].sum()
    assert len(result) == len(result.head(99).shift(1))


def test_default_unit_has_no_routes_of_the_router_itself():
    """A router's own routes are no transit that may fail, and hold nothing."""
    sessions = [mrt.Peer(0, "0.0.0.0"), mrt.Peer(64501, "192.0.2.1", "10.0.0.1")]
    given = {"10.0.0.0/8": [Offer(0, ()), Offer(1)], "192.0.2.0/24": [Offer(0, ())]}
    assert {((64501,), 4, "lost"): 1} == counts(rib.transit_failures(view(given, sessions)))


def test_policy_decides_who_carries_what():
    """A policy changes what a failure hits, and what it rejects is no rescue."""
    table = view({"10.0.0.0/8": [Offer(0), Offer(1)]})
    first = rib.Policy(rules=(rib.PolicyRule(local_pref=200, session=(64501,)),))
    assert 1 == counts(rib.transit_failures(table, policy=first))[(64501,), 4, "rerouted_exact"]
    alone = rib.Policy(rules=(rib.PolicyRule(reject=True, session=(64502,)),))
    assert {((64501,), 4, "lost"): 1} == counts(rib.transit_failures(table, policy=alone))


def test_links_are_told_on_paths_without_sets():
    """Members of an AS_SET are on the path, but next to nobody; paths are not joined end to end."""
    given = {
        "10.0.0.0/8": [Offer(0, (7, frozenset({8, 9})))],
        "192.0.2.0/24": [Offer(0, (5, 7))],
        "198.51.100.0/24": [Offer(0, (8, 6))],
    }
    found = counts(rib.transit_failures(view(given), fail=[(7, 8), 9]))
    assert {(((7, 8),), 4, "unaffected"): 3} == {
        k: n for k, n in found.items() if k[0] == ((7, 8),)
    }
    assert 1 == found[(9,), 4, "lost"]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"k": 0}, ValueError, "k=0: expected a whole number from 1"),
        ({"k": 1.0}, TypeError, "k=1.0: expected a whole number"),
        ({"k": True}, TypeError, "k=True"),
        ({"unit": "peer"}, ValueError, "unit='peer': expected 'as' or 'session'"),
        ({"fail": "174"}, TypeError, "fail='174': expected a list of AS numbers and pairs"),
        ({"fail": 174}, TypeError, "fail=174"),
        ({"fail": [-1]}, ValueError, "fail holds -1: expected an AS number, or a pair"),
        ({"fail": ["AS174"]}, ValueError, "fail holds 'AS174'"),
        ({"fail": [(1, 2, 3)]}, ValueError, r"fail holds \(1, 2, 3\)"),
        ({"fail": [True]}, ValueError, "fail holds True"),
        ({"policy": {}}, TypeError, "policy={}: expected Policy"),
    ],
)
def test_wrong_arguments_are_named(arguments, error, message):
    """Argument, value and what was expected are in the error."""
    with pytest.raises(error, match=message):
        rib.transit_failures(view({"10.0.0.0/8": [Offer(0)]}), **arguments)


def test_no_combination_gives_no_rows():
    """Fewer transits than fail at once, and a table without routes, give columns alone."""
    one = rib.transit_failures(view({"10.0.0.0/8": [Offer(0)]}), 2)
    none = rib.transit_failures(rib.read_mrt(mrt.peer_index_table([])), unit="session")
    for result in (one, none):
        assert (COLUMNS, 0, 0) == (list(result.columns), len(result), len(result.shift))
    # A set that fails nothing we have is a set all the same, of no prefixes in no family.
    assert 0 == len(rib.transit_failures(rib.read_mrt(mrt.peer_index_table([])), fail=[174]))


def test_sample_is_partitioned_as_transits_leave_it(sample):
    """On the sample every failed set has every prefix once, as the view without it shows."""
    table = rib.read_mrt(sample / "own.20250121.1200.mrt.gz")
    for k in (1, 2):
        result = rib.transit_failures(table, k)
        totals = result.groupby("failed")["n_prefixes"].sum()
        assert {table.n_prefixes} == set(totals)
        before = rib.exit_preference(table).routes.set_index("prefix")
        for failed in totals.index:
            asns = set(before["winner_as"].unique()) - set(failed)
            left = table.select(peers=sorted(int(a) for a in asns))
            after = rib.exit_preference(left).routes.set_index("prefix")
            joined = before.join(after.add_suffix("_after"))
            same = (joined["winner_peer"] == joined["winner_peer_after"]).fillna(value=False)
            exact = joined["winner_peer_after"].notna() & ~same
            by_outcome = result[result["failed"] == failed].groupby("outcome")
            found = by_outcome["n_prefixes"].sum().to_dict()
            assert (same.sum(), exact.sum()) == (found["unaffected"], found["rerouted_exact"])
            gone = joined["winner_peer_after"].isna().sum()
            assert gone == sum(found[o] for o in OUTCOMES[2:])
