"""`rib.traffic_by_exit`, `rib.match_flows` and `rib.what_if` against a loop over flows."""

import ipaddress
from collections import defaultdict

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from own_view import Offer, view
from path_routes import rows

import rib
from rib.analysis.traffic import match_flows, traffic_by_exit, what_if

A, B = "192.0.2.1", "192.0.2.2"  # AS64501, AS64502
PREFER_B = rib.Policy(rules=(rib.PolicyRule(local_pref=200, session=(64502,)),))


def flows(*pairs):
    return pd.DataFrame({"dst": [d for d, _ in pairs], "bytes": [b for _, b in pairs]})


@pytest.fixture
def own():
    """View of two sessions: a cover at both, a more-specific at A alone, IPv6 at both."""
    return view(
        {
            "10.0.0.0/8": [Offer(0, (64501, 7, 9)), Offer(1, (64502, 9))],
            "10.1.0.0/16": [Offer(0, (64501, 5))],
            "2001:db8::/32": [Offer(0, (64501, 9)), Offer(1, (64502, 8, 9))],
        }
    )


def by_exit(frame):
    return {(r["outcome"], r["peer"], r["family"]): r["bytes"] for r in rows(frame)}


def test_traffic_by_exit_follows_the_longest_match_and_its_best_route(own):
    found = traffic_by_exit(
        own, flows(("10.0.0.1", 100), ("10.1.0.1", 10), ("2001:db8::1", 5), ("192.0.2.9", 1))
    )
    assert by_exit(found) == {
        ("exit", A, 4): 10.0,
        ("exit", B, 4): 100.0,
        ("exit", A, 6): 5.0,
        ("unmatched", None, None): 1.0,
    }
    assert found["byte_share"].sum() == pytest.approx(1)
    assert found["n_prefixes"].tolist() == [1, 1, 1, 0]


def test_traffic_by_exit_of_a_rejected_prefix_follows_its_cover(own):
    """What the policy rejects is not in the router's table."""
    policy = rib.Policy(rules=(rib.PolicyRule(reject=True, prefix=("10.1.0.0/16",)),))
    found = traffic_by_exit(own, flows(("10.1.0.1", 10)), policy=policy)
    assert by_exit(found) == {("exit", B, 4): 10.0}
    policy = rib.Policy(rules=(rib.PolicyRule(reject=True),))
    found = traffic_by_exit(own, flows(("10.1.0.1", 10)), policy=policy)
    assert by_exit(found) == {("no_route", None, 4): 10.0}


def test_traffic_by_exit_says_where_the_winner_is_ambiguous():
    # The first beats the third by MED, the third the second and that the first by BGP identifier.
    three = [Offer(0, (7, 9), med=10), Offer(1, (8, 9)), Offer(2, (7, 9), med=20)]
    policy = rib.Policy(deterministic_med=False)
    found = traffic_by_exit(view({"10.0.0.0/8": three}), flows(("10.0.0.1", 7)), policy=policy)
    assert by_exit(found) == {("ambiguous", None, 4): 7.0}


def test_traffic_by_origin_and_by_length(own):
    given_flows = flows(("10.0.0.1", 100), ("10.1.0.1", 10), ("2001:db8::1", 500))
    found = rows(traffic_by_exit(own, given_flows, by="origin_as"))
    assert [(r["origin_as"], r["family"], r["peer_as"], r["bytes"]) for r in found] == [
        (9, 4, 64502, 100.0), (9, 6, 64501, 500.0), (5, 4, 64501, 10.0),
    ]  # fmt: skip
    found = rows(traffic_by_exit(own, given_flows, by="path_length"))
    assert [(r["path_length"], r["bytes"]) for r in found] == [(2, 10.0), (2, 100.0), (2, 500.0)]


def test_traffic_of_nothing_has_its_columns(own):
    found = traffic_by_exit(own, flows())
    assert not len(found)
    assert list(found.columns) == [
        "family", "peer", "peer_as", "outcome", "n_prefixes", "bytes", "byte_share"
    ]  # fmt: skip
    assert rows(traffic_by_exit(own, flows(("192.0.2.9", 0))))[0]["byte_share"] is None


class Stream:
    """What gives a stream of Arrow batches and nothing else."""

    def __init__(self, frame):
        self.reader = pa.Table.from_pandas(frame).to_reader(max_chunksize=2)

    def __arrow_c_stream__(self, requested_schema=None):
        return self.reader.__arrow_c_stream__(requested_schema)


FORMS = {
    "DataFrame": lambda f: f,
    "Table": pa.Table.from_pandas,
    "RecordBatch": pa.RecordBatch.from_pandas,
    "reader": lambda f: pa.Table.from_pandas(f).to_reader(max_chunksize=1),
    "stream": Stream,
}


@pytest.mark.parametrize("form", FORMS)
def test_match_flows_takes_tables_and_streams(own, form):
    given_flows = flows(("10.0.0.1", 100), (None, 3), ("10.1.0.1", 10), ("192.0.2.1", 1))
    traffic = match_flows(own, FORMS[form](given_flows))
    assert traffic.by_prefix.tolist() == [100.0, 10.0, 0.0]
    assert (traffic.unmatched, traffic.n_flows, traffic.n_unmatched) == (4.0, 4, 2)
    assert traffic.total == 114.0
    assert by_exit(traffic_by_exit(own, traffic)) == by_exit(traffic_by_exit(own, given_flows))


def test_match_flows_takes_numbers(own):
    dst = np.array([0x0A000001, 0x0A010001, 1], dtype=np.uint32)
    traffic = match_flows(own, pd.DataFrame({"dst": dst, "bytes": np.uint64([1, 2, 4])}))
    assert traffic.by_prefix.tolist() == [1.0, 2.0, 0.0]
    assert traffic.unmatched == 4.0


@pytest.mark.parametrize(
    ("given_flows", "error", "message"),
    [
        ("flows.csv", TypeError, "flows=str: expected a DataFrame"),
        (pd.DataFrame({"dst": []}), ValueError, "flows: no column bytes among dst"),
        (flows(("10.0.0.1", -1)), ValueError, "row 0 has bytes=-1: expected a number from 0"),
        (flows(("10.0.0.1", 1.0), ("10.0.0.1", np.nan)), ValueError, "flows: row 1 has bytes="),
        (flows(("10.0.0.1", "1")), TypeError, "flows: bytes is .*string: expected numbers"),
        (flows(("10.0.0.1", 1), ("x", 1)), rib.PrefixError, "flows: dst: .*row 1"),
    ],
)
def test_match_flows_refuses_what_it_cannot_add_up(own, given_flows, error, message):
    with pytest.raises(error, match=message):
        match_flows(own, given_flows)


def test_traffic_refuses_other_arguments(own):
    with pytest.raises(ValueError, match="by='asn': expected 'exit', 'origin_as' or 'path_length'"):
        traffic_by_exit(own, flows(), by="asn")
    with pytest.raises(TypeError, match=r"view='x'.*expected Rib"):
        traffic_by_exit("x", flows())
    with pytest.raises(TypeError, match=r"after='x'.*expected Policy"):
        what_if(own, None, "x")
    other = own.select(family=6)
    with pytest.raises(ValueError, match="a table of 1 prefixes, this one has 3"):
        traffic_by_exit(own, match_flows(other, flows()))


def test_what_if_says_what_moves_where(own):
    moves = rows(what_if(own, None, PREFER_B, flows=flows(("10.0.0.1", 100), ("2001:db8::1", 5))))
    assert [
        (r["family"], r["from_peer"], r["to_peer"], r["moved"], r["n_prefixes"], r["bytes"])
        for r in moves
    ] == [(4, A, A, False, 1, 0.0), (4, B, B, False, 1, 100.0), (6, A, B, True, 1, 5.0)]
    assert moves[0]["addresses"] == 65536.0
    assert [r["bytes"] for r in rows(what_if(own, None, None))] == [None] * 3


PREFIXES = ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "11.0.0.0/8", "0.0.0.0/0", "2001:db8::/32"]
OFFERS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.lists(st.integers(1, 5), min_size=1, max_size=3).map(lambda p: (64501, *p)),
        st.just(0),
        st.none() | st.integers(0, 2),
    ).map(lambda offer: Offer(*offer)),
    min_size=1,
    max_size=3,
    unique_by=lambda o: o.session,
)
ADDRESSES = ["10.0.0.1", "10.1.0.1", "10.1.2.3", "11.1.1.1", "12.0.0.1", "2001:db8::1", "2001::1"]


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from(PREFIXES), OFFERS, min_size=1),
    st.lists(st.tuples(st.sampled_from(ADDRESSES), st.integers(0, 99)), max_size=12),
    st.sampled_from([(), ("10.1.0.0/16",), ("10.1.0.0/16 ge 16",), ("0.0.0.0/0 ge 0",)]),
)
def test_traffic_by_exit_equals_a_loop_over_flows(offers, pairs, rejected):
    own = view({p: sorted(o, key=lambda r: r.session) for p, o in offers.items()})
    rules = (rib.PolicyRule(reject=True, prefix=rejected),) if rejected else ()
    policy = rib.Policy(rules=rules)
    best = {
        ipaddress.ip_network(r["prefix"]): r["winner_peer"]
        for r in rows(rib.exit_preference(own, policy).routes)
    }
    expected = defaultdict(float)
    there = {ipaddress.ip_network(p) for p in offers}
    for dst, size in pairs:
        address = ipaddress.ip_address(dst)
        around = [n for n in there if n.version == address.version and address in n]
        known = sorted((n for n in around if n in best), key=lambda n: n.prefixlen)
        if not around:
            expected["unmatched", None, None] += size
        elif known:
            expected["exit", best[known[-1]], address.version] += size
        else:
            expected["no_route", None, address.version] += size
    found = traffic_by_exit(own, flows(*pairs), policy=policy)
    assert {k: v for k, v in by_exit(found).items() if v} == {
        k: v for k, v in expected.items() if v
    }
    assert found["bytes"].sum() == sum(size for _, size in pairs)


def test_transit_failures_say_what_traffic_meets_which_outcome(own):
    """A fails: its more-specific falls to the cover at B, IPv6 goes to B; all bytes stay accounted for."""
    given_flows = flows(("10.0.0.1", 100), ("10.1.0.1", 10), ("2001:db8::1", 5))
    found = rib.transit_failures(own, flows=given_flows)
    assert list(found.columns)[-2:] == ["bytes", "byte_share"]
    sent = {(r["failed"], r["family"], r["outcome"]): r["bytes"] for r in found.to_dict("records")}
    assert sent[(64501,), 4, "rerouted_cover"] == 10.0
    assert sent[(64501,), 4, "unaffected"] == 100.0
    assert sent[(64501,), 6, "rerouted_exact"] == 5.0
    assert sent[(64502,), 4, "rerouted_exact"] == 100.0
    assert found.groupby(["failed", "family"])["bytes"].sum().tolist() == [110, 5, 110, 5]
    assert found.groupby(["failed", "family"])["byte_share"].sum().tolist() == pytest.approx(
        [1] * 4
    )
    moved = {
        (r["from_as"], r["to_as"], r["family"]): r["bytes"] for r in found.shift.to_dict("records")
    }
    assert moved == {(64501, 64502, 4): 10.0, (64501, 64502, 6): 5.0, (64502, 64501, 4): 100.0}
    assert "bytes" not in rib.transit_failures(own).columns


def test_transit_failures_count_traffic_of_rejected_prefixes_with_their_cover(own):
    policy = rib.Policy(rules=(rib.PolicyRule(reject=True, prefix=("10.1.0.0/16",)),))
    found = rib.transit_failures(own, policy=policy, flows=flows(("10.1.0.1", 10)))
    assert found.groupby(["failed", "family"])["bytes"].sum().tolist() == [10, 0, 10, 0]


def test_shared_fate_is_ranked_by_traffic_where_it_is_given():
    own = view(
        {
            "10.0.0.0/8": [Offer(0, (64501, 7, 9)), Offer(1, (64502, 7, 9))],
            "11.0.0.0/24": [Offer(0, (64501, 8, 9)), Offer(1, (64502, 8, 9))],
        }
    )
    assert rib.shared_fate(own)["asn"].tolist() == [7, 8]
    given_flows = flows(("10.0.0.1", 25), ("11.0.0.1", 75))
    found = rows(rib.shared_fate(own, flows=given_flows))
    assert [(r["asn"], r["bytes"], r["byte_share"]) for r in found] == [
        (8, 75.0, 0.75),
        (7, 25.0, 0.25),
    ]
    pair = rows(rib.shared_fate(own, by="pair", flows=given_flows))[0]
    assert (pair["bytes"], pair["independent_byte_share"]) == (100.0, 0.0)
    assert "byte_share" not in rib.shared_fate(own).columns
