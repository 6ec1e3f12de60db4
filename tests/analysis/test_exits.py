"""`rib.exit_preference` against the decision process written down route by route."""

import ipaddress
import math
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from internet import mrt_writer as mrt
from own_view import OWN_AS, SESSIONS, Offer, Ranked, naive, ranked, view
from path_routes import rows

import rib

P, Q = "203.0.113.0/24", "2001:db8:1::/48"
COLUMNS = [
    "prefix", "family", "winner_peer", "winner_as", "runner_up_peer", "step", "n_candidates",
    "runner_up_as", "margin", "length_margin", "addresses", "winner_route", "runner_up_route",
]  # fmt: skip
SUMMARY = [
    "by", "family", "name", "peer_as", "n_prefixes", "prefix_share", "addresses", "address_share",
    "only_prefixes", "only_addresses", "backup_prefixes", "backup_addresses",
]  # fmt: skip


def only_row(offers, policy=None):
    (row,) = rows(rib.exit_preference(view({P: offers}), policy).routes)
    return row


def outcome(offers, policy=None):
    """Give winner, runner-up, step and margin of one prefix; exits as sessions."""
    row = only_row(offers, policy)
    names = {peer.ip: i for i, peer in enumerate(SESSIONS)} | {None: None}
    exits = (names[row[name]] for name in ("winner_peer", "runner_up_peer"))
    return (*exits, row["step"], row["margin"])


OLDEST = rib.Policy(prefer="oldest")
NEAR = rib.Policy(igp_cost={"192.0.2.77": 5, "192.0.2.78": 30})


@pytest.mark.parametrize(
    ("offers", "policy", "expected"),
    [
        ([Offer(0, local_pref=100), Offer(1, local_pref=150)], None, (1, 0, "local_pref", 50)),
        ([Offer(0, (1, 2, 2, 2)), Offer(1, (1, 2))], None, (1, 0, "as_path_length", 2)),
        ([Offer(0, origin=2), Offer(1, origin=0)], None, (1, 0, "origin", 2)),
        ([Offer(0, med=30), Offer(1, med=10)], None, (1, 0, "med", 20)),
        ([Offer(3), Offer(0)], rib.Policy(own_as=OWN_AS), (0, 3, "ebgp", None)),
        (
            [Offer(0, next_hop="192.0.2.78"), Offer(1, next_hop="192.0.2.77")],
            NEAR,
            (1, 0, "igp_cost", 25),
        ),
        ([Offer(1, since=90), Offer(0, since=40)], OLDEST, (0, 1, "age", 50)),
        ([Offer(0), Offer(1)], None, (1, 0, "router_id", None)),
        (
            [Offer(0, originator="9.9.9.9"), Offer(1, originator="9.9.9.9")],
            None,
            (0, 1, "peer_address", None),
        ),
        ([Offer(1)], None, (1, None, "only", None)),
    ],
)
def test_every_step_decides(offers, policy, expected):
    """At each step the better route wins, and the margin says by how much."""
    assert expected == outcome(offers, policy)


def test_ipv4_addresses_go_before_ipv6():
    """Sessions over both families compare by address, IPv4 first."""
    offers = [Offer(2, originator="9.9.9.9"), Offer(3, originator="9.9.9.9")]
    assert (3, 2, "peer_address", None) == outcome(offers)


#: A beats C by MED; C beats B and B beats A by BGP identifier.
CYCLE = [Offer(0, (7, 9), med=10), Offer(1, (8, 9)), Offer(2, (7, 9), med=20)]


def test_med_without_order_is_ambiguous():
    """Three routes of which each beats another have no winner in an order nobody knows."""
    row = only_row(CYCLE, rib.Policy(deterministic_med=False))
    assert ("ambiguous", 3) == (row["step"], row["n_candidates"])
    unknown = [
        "winner_peer", "winner_as", "runner_up_peer", "runner_up_as", "margin", "length_margin",
        "winner_route", "runner_up_route",
    ]  # fmt: skip
    assert [None] * len(unknown) == [row[name] for name in unknown]


def test_ambiguity_is_counted():
    """The prefixes of no exit are a row of the summary, so that shares add up to 1."""
    exits = rib.exit_preference(view({P: CYCLE}), rib.Policy(deterministic_med=False))
    found = rows(exits.summary)
    assert [("exit", None, 1), ("step", "ambiguous", 1)] == [
        (r["by"], r["name"], r["n_prefixes"]) for r in found if r["n_prefixes"]
    ]
    assert [0, 0, 0, None, None] == [r["only_prefixes"] for r in found]


@pytest.mark.parametrize("turn", range(3))
def test_deterministic_med_has_one_winner(turn):
    """In groups of neighbouring ASes the winner is the same whatever the order."""
    assert (1, 0, "router_id", None) == outcome(CYCLE[turn:] + CYCLE[:turn])


def test_med_is_compared_within_one_neighbour():
    """A lower MED from another AS says nothing, unless MED is always compared."""
    offers = [Offer(0, (7, 9), med=10), Offer(1, (8, 9), med=20)]
    assert "router_id" == outcome(offers)[2]
    assert (0, 1, "med", 10) == outcome(offers, rib.Policy(always_compare_med=True))


def test_missing_med_is_best_or_worst():
    """A route without MED has 0, or where the policy says so the highest there is."""
    offers = [Offer(0), Offer(1, med=1)]
    assert (0, 1, "med", 1) == outcome(offers)
    assert (1, 0, "med", 2**32 - 2) == outcome(offers, rib.Policy(missing_med="worst"))


@pytest.mark.parametrize("values", [(0, 0), (None, 0), (100, None), (None, None)])
def test_local_pref_that_is_all_equal_or_missing_is_unknown(values):
    """LOCAL_PREF decides nothing where no two routes have different ones, 0 that was filled in left out."""
    offers = [Offer(i, local_pref=v) for i, v in enumerate(values)]
    assert "router_id" == outcome(offers)[2]
    # A rule for one session leaves the default to the other, not the 0 that was filled in.
    rule = rib.PolicyRule(local_pref=99, session=(SESSIONS[1].ip,))
    assert (0, 1, "local_pref", 1) == outcome(offers, rib.Policy(rules=(rule,)))


@pytest.mark.parametrize(
    ("values", "expected"),
    [((None, 90), (0, 1, 10)), ((120, None), (0, 1, 20)), ((0, 5), (1, 0, 5))],
)
def test_missing_local_pref_is_the_default(values, expected):
    """A route without LOCAL_PREF has the policy's default, and 0 is a value where it is not alone."""
    winner, second, step, margin = outcome([Offer(i, local_pref=v) for i, v in enumerate(values)])
    assert (*expected[:2], "local_pref", expected[2]) == (winner, second, step, margin)


@pytest.mark.parametrize(
    ("path", "other", "expected"),
    [
        ((1, frozenset({2, 3, 4})), (1, 2, 3), "as_path_length"),
        (([5, 6], 1, 2), (1, 2), "router_id"),
        ((1, 1, 2), (1, 2), "as_path_length"),
        ((), (1,), "as_path_length"),
    ],
)
def test_path_length_is_that_of_the_rfc(path, other, expected):
    """A set counts one, a confederation nothing, prepends each."""
    assert expected == outcome([Offer(0, path), Offer(1, other)])[2]


def test_neighbour_is_behind_confederations_and_not_in_a_set():
    """MED compares routes whose paths begin with one AS once confederations are passed over."""
    behind = [Offer(0, ([5], [6, 7], 8, 9), med=2), Offer(1, (8, 9), med=1)]
    assert (1, 0, "med", 1) == outcome(behind)
    in_set = [Offer(0, (frozenset({8, 7}), 9), med=1), Offer(1, (8, 9), med=2)]
    assert "router_id" == outcome(in_set)[2]
    nobody = [Offer(0, (frozenset({8, 7}), 9), med=1), Offer(1, (frozenset({5, 6}), 9), med=2)]
    assert (0, 1, "med", 1) == outcome(nobody)


def test_add_path_routes_are_candidates_of_their_own():
    """Of the routes of one session the lower ADD-PATH id goes first, and both are counted."""
    row = only_row([Offer(0, path_id=9), Offer(0, path_id=4), Offer(0, (1, 2, 3), path_id=2)])
    assert (SESSIONS[0].ip, SESSIONS[0].ip) == (row["winner_peer"], row["runner_up_peer"])
    assert ("peer_address", 3) == (row["step"], row["n_candidates"])
    # Routes are sorted by id: the row after the long path is id 4.
    assert (1, 2) == (row["winner_route"], row["runner_up_route"])


def test_age_is_nothing_between_internal_routes():
    """The older of two IBGP routes has no advantage."""
    sessions = [
        mrt.Peer(OWN_AS, "192.0.2.1", "10.0.0.2"),
        mrt.Peer(OWN_AS, "192.0.2.2", "10.0.0.1"),
    ]
    table = view({P: [Offer(0, since=1), Offer(1, since=9)]}, sessions)
    policy = rib.Policy(prefer="oldest", own_as=OWN_AS)
    assert ["router_id"] == rib.exit_preference(table, policy).routes["step"].tolist()


def test_routes_of_the_router_itself_are_no_exits():
    """Peer AS 0 is nobody to send traffic to; a prefix that only it has gives no row."""
    sessions = [mrt.Peer(0, "0.0.0.0"), mrt.Peer(64501, "192.0.2.1", "10.0.0.1")]
    given = {P: [Offer(0, ()), Offer(1)], "198.51.100.0/24": [Offer(0, ())]}
    (row,) = rows(rib.exit_preference(view(given, sessions)).routes)
    assert ("192.0.2.1", "only", 1, 2) == (
        row["winner_peer"], row["step"], row["n_candidates"], row["winner_route"]
    )  # fmt: skip


def test_peer_without_bgp_identifier_comes_last():
    """TABLE_DUMP knows no BGP identifiers: where all lack one the address decides."""
    entries = [
        mrt.table_dump(P, ip, asn, mrt.origin() + mrt.as_path(mrt.sequence(asn), asn_bytes=2))
        for ip, asn in (("192.0.2.9", 64501), ("192.0.2.10", 64502))
    ]
    (row,) = rows(rib.exit_preference(rib.read_mrt(b"".join(entries))).routes)
    assert ("192.0.2.9", "peer_address") == (row["winner_peer"], row["step"])


def test_columns_types_and_order():
    """Columns are those of the docstring, Arrow-backed, one row per prefix in the table's order."""
    table = view({Q: [Offer(0)], P: [Offer(0), Offer(1)], "0.0.0.0/0": [Offer(3)]})
    exits = rib.exit_preference(table)
    assert COLUMNS == list(exits.routes.columns)
    assert SUMMARY == list(exits.summary.columns)
    assert ["0.0.0.0/0", P, Q] == exits.routes["prefix"].tolist()
    assert [4, 4, 6] == exits.routes["family"].tolist()
    assert [0.0, 256.0, 1.0] == exits.routes["addresses"].tolist()
    assert ["exit"] * 4 + ["step"] * 3 == exits.summary["by"].tolist()


def test_summary_says_who_wins_what_and_who_stands_by():
    """Shares are of prefixes and of addresses that no prefix counts twice."""
    given = {
        "10.0.0.0/22": [Offer(0, (1, 2)), Offer(1, (1, 2, 3))],
        "10.0.1.0/24": [Offer(1, (1, 2))],
        "10.0.9.0/24": [Offer(0, (1, 2, 3, 4)), Offer(1, (1, 2, 3))],
    }
    found = rows(rib.exit_preference(view(given)).summary)
    first, second, length, only = found
    assert [SESSIONS[0].ip, SESSIONS[1].ip, "as_path_length", "only"] == [r["name"] for r in found]
    assert (1, 768.0, 0, 1) == tuple(
        first[n] for n in ("n_prefixes", "addresses", "only_prefixes", "backup_prefixes")
    )
    assert (2, 512.0, 1, 256.0, 1, 768.0) == tuple(
        second[n] for n in SUMMARY[4:5] + SUMMARY[6:7] + SUMMARY[8:]
    )
    assert (0.6, 2 / 3) == (first["address_share"], second["prefix_share"])
    assert (1024.0, 256.0) == (length["addresses"], only["addresses"])
    assert length["only_prefixes"] is None


def test_summary_lists_exits_that_win_nothing():
    """A session that is neither best nor second anywhere has a row, in the families it sends."""
    given = {P: [Offer(0, (1,)), Offer(1, (1, 2)), Offer(2, (1, 2, 3))], Q: [Offer(0)]}
    summary = rib.exit_preference(view(given)).summary
    last = summary[summary["name"] == SESSIONS[2].ip]
    assert [(4, 0, 0.0, 0)] == list(
        zip(
            *(last[n] for n in ("family", "n_prefixes", "prefix_share", "backup_prefixes")),
            strict=True,
        )
    )


def test_share_of_no_addresses_is_null():
    """A family with nothing but a default route has no address shares."""
    summary = rib.exit_preference(view({"::/0": [Offer(0)]})).summary
    assert [True, True] == summary["address_share"].isna().tolist()


def test_empty_view_gives_empty_frames_with_columns():
    """A table without routes has no rows, and every column."""
    exits = rib.exit_preference(rib.read_mrt(mrt.peer_index_table([])))
    assert (COLUMNS, 0) == (list(exits.routes.columns), len(exits.routes))
    assert (SUMMARY, 0) == (list(exits.summary.columns), len(exits.summary))


@pytest.mark.parametrize(
    ("view", "policy", "message"),
    [
        ("own.mrt", None, "view='own.mrt': expected Rib, as read_mrt returns"),
        (None, None, "view=None: expected Rib"),
    ],
)
def test_what_is_no_view_is_refused(view, policy, message):
    """A path in the place of a table is named."""
    with pytest.raises(TypeError, match=message):
        rib.exit_preference(view, policy)


def test_what_is_no_policy_is_refused():
    """A path in the place of a policy is named."""
    with pytest.raises(TypeError, match=r"policy='p\.toml': expected Policy, as read_policy"):
        rib.exit_preference(view({P: [Offer(0)]}), "p.toml")


OFFER = st.builds(
    Offer,
    session=st.integers(0, 3),
    path=st.lists(st.sampled_from([7, 8, frozenset({8, 9})]), min_size=1, max_size=3).map(tuple),
    origin=st.integers(0, 2),
    med=st.sampled_from([None, 0, 5]),
    local_pref=st.sampled_from([None, 100, 200]),
    since=st.integers(0, 2),
    next_hop=st.sampled_from(["192.0.2.77", "192.0.2.78", "192.0.2.79"]),
    originator=st.sampled_from([None, "10.0.0.9"]),
    communities=st.just(()),
    large=st.just(()),
    path_id=st.none(),
)
OFFERS = st.lists(OFFER, min_size=1, max_size=4, unique_by=lambda o: o.session)
POLICY = st.builds(
    rib.Policy,
    rules=st.just(()),
    default_local_pref=st.sampled_from([100, 150]),
    always_compare_med=st.booleans(),
    deterministic_med=st.booleans(),
    missing_med=st.sampled_from(["best", "worst"]),
    prefer=st.sampled_from(["router_id", "oldest"]),
    own_as=st.sampled_from([None, OWN_AS]),
    igp_cost=st.sampled_from([{}, NEAR.igp_cost]),
)


@settings(max_examples=150, deadline=None)
@given(OFFERS, POLICY)
def test_outcome_is_that_of_the_definition(offers, policy):
    """Every attribute and setting counts as RFC 4271 §9.1.2.2 and the policy have it."""
    # In another prefix, so that LOCAL_PREF means something.
    more = {"198.51.100.0/24": [Offer(0, local_pref=1), Offer(1, local_pref=2)]}
    exits = rib.exit_preference(view({P: offers} | more), policy)
    row = next(r for r in rows(exits.routes) if r["prefix"] == P)
    routes = sorted((ranked(o.session, o, policy) for o in offers), key=lambda r: r.row)
    winner, second, step = naive(
        routes,
        always_compare_med=policy.always_compare_med,
        deterministic_med=policy.deterministic_med,
    )
    peers = [None if i is None else SESSIONS[i].ip for i in (winner, second)]
    assert (*peers, step) == (row["winner_peer"], row["runner_up_peer"], row["step"])


@settings(max_examples=50, deadline=None)
@given(st.lists(OFFERS, min_size=1, max_size=6), POLICY)
def test_shares_add_up(prefixes, policy):
    """Shares of exits and of steps sum to 1, and counts to the prefixes, in both families."""
    given = {
        (f"10.{i}.0.0/16" if i % 2 else f"2001:db8:{i}::/48"): [
            o._replace(next_hop="192.0.2.77") for o in offers
        ]
        for i, offers in enumerate(prefixes)
    }
    exits = rib.exit_preference(view(given), policy)
    for (_, family), part in exits.summary.groupby(["by", "family"]):
        of_family = exits.routes[exits.routes["family"] == family]
        assert len(of_family) == part["n_prefixes"].sum()
        for name in ("prefix_share", "address_share"):
            assert math.isclose(1, part[name].sum())
    assert np.isclose(exits.routes["addresses"].sum() * 2, exits.summary["addresses"].sum())


def test_sample_is_decided_as_one_prefix_at_a_time(sample):
    """On the sample's own view every prefix is decided as the definition says."""
    table = rib.read_mrt(sample / "own.20250121.1200.mrt.gz")
    peers, attributes = table.peers.to_pylist(), table.attributes.to_pylist()
    lengths, paths = (table.as_paths.column(n).to_pylist() for n in ("length", "hops"))
    by_prefix = defaultdict(list)
    for row, route in enumerate(table.routes.to_pylist()):
        peer, of = peers[route["peer_id"]], attributes[route["attributes_id"]]
        address = ipaddress.ip_address(peer["peer_ip"])
        by_prefix[route["prefix_id"]].append(
            Ranked(
                -(100 if of["local_pref"] is None else of["local_pref"]),
                lengths[route["as_path_id"]],
                ["IGP", "EGP", "INCOMPLETE"].index(of["origin"]),
                paths[route["as_path_id"]][0],
                of["med"] or 0,
                *(0, 0, 0),
                int(ipaddress.ip_address(peer["bgp_id"])),
                address.version << 128 | int(address),
                row,
            )
        )
    expected = [(*naive(routes), len(routes)) for _, routes in sorted(by_prefix.items())]
    found = rows(rib.exit_preference(table).routes)
    names = ("winner_route", "runner_up_route", "step", "n_candidates")
    assert expected == [tuple(r[n] for n in names) for r in found]
