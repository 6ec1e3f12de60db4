"""Tests of `Rib.apply`: against a naive replay in a dict, and against the next dump."""

import ipaddress
import re
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from internet import mrt_writer as mrt

import rib
from rib.table.moments import microseconds

PEERS = [mrt.Peer(64500 + i, ip) for i, ip in enumerate(("192.0.2.1", "192.0.2.2", "2001:db8::1"))]
JOINING = mrt.Peer(64510, "192.0.2.9")
NEAR = {4: "192.0.2.254", 6: "2001:db8::254"}
PREFIXES = ("0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "::/0", "2001:db8::/32", "2001:db8:1::/48")
START = 1_000


def session(peer):
    return mrt.Session(peer.asn, 65000, peer.ip, NEAR[ipaddress.ip_address(peer.ip).version])


def attributes(origin, prefix):
    hop = mrt.mp_reach_abbreviated("2001:db8::9") if ":" in prefix else mrt.next_hop("192.0.2.9")
    return mrt.origin() + mrt.as_path(mrt.sequence(64500, origin)) + hop


def dump(routes, add_path, *, view="", time=START):
    """Write a dump of (peer, prefix, path id): origin."""
    content = mrt.peer_index_table(PEERS, view=view, timestamp=time)
    for prefix in PREFIXES:
        entries = [
            mrt.rib_entry(PEERS.index(peer), attributes(origin, prefix), path_id=path_id)
            for (peer, p, path_id), origin in routes.items()
            if p == prefix
        ]
        if entries:
            content += mrt.rib(prefix, entries, add_path=add_path, timestamp=time)
    return content


def announce(peer, prefix, path_id, origin, time):
    nlri = mrt.nlri(prefix, path_id=path_id)
    if ":" in prefix:
        path = mrt.origin() + mrt.as_path(mrt.sequence(64500, origin))
        message = mrt.bgp_update(attributes=path + mrt.mp_reach(2, 1, ["2001:db8::9"], nlri))
    else:
        message = mrt.bgp_update(attributes=attributes(origin, prefix), announced=nlri)
    return mrt.message(session(peer), message, timestamp=time, add_path=path_id is not None)


def withdraw(peer, prefix, path_id, time):
    nlri = mrt.nlri(prefix, path_id=path_id)
    message = (
        mrt.bgp_update(attributes=mrt.mp_unreach(2, 1, nlri))
        if ":" in prefix
        else mrt.bgp_update(withdrawn=nlri)
    )
    return mrt.message(session(peer), message, timestamp=time, add_path=path_id is not None)


def held(table):
    """Routes of a table as a dict, as the oracle keeps them."""
    rows = table.to_arrow().to_pylist()
    return {
        (r["peer_as"], r["prefix"], r["add_path_id"]): int(r["as_path"].split()[-1]) for r in rows
    }


def keys(routes):
    return {
        (peer.asn, prefix, path_id): origin for (peer, prefix, path_id), origin in routes.items()
    }


CHANGE = st.tuples(
    st.sampled_from(["announce", "announce", "withdraw", "down", "up"]),
    st.sampled_from([*PEERS, JOINING]),
    st.sampled_from(PREFIXES),
    st.sampled_from([0, 1, 7]),
    st.integers(1, 4),
    st.integers(0, 2),
)


@given(
    add_path=st.booleans(),
    routes=st.dictionaries(
        st.tuples(st.sampled_from(PEERS), st.sampled_from(PREFIXES), st.sampled_from([0, 1, 7])),
        st.integers(1, 4),
        min_size=1,
    ),
    changes=st.lists(CHANGE, max_size=25),
    wait=st.none() | st.integers(0, 30),
)
@settings(deadline=None, max_examples=150)
def test_apply_equals_a_naive_replay(add_path, routes, changes, wait):
    """Last change wins, resets withdraw, until is inclusive, ids stay sorted and used."""
    state = {(p, prefix, i if add_path else None): o for (p, prefix, i), o in routes.items()}
    table = rib.read_mrt(dump(state, add_path))
    content, time = b"", START
    for what, peer, prefix, number, origin, step in changes:
        path_id, time = (number if add_path else None), time + step
        counts = wait is None or time <= START + wait
        if what == "announce":
            content += announce(peer, prefix, path_id, origin, time)
            if counts:
                state[peer, prefix, path_id] = origin
        elif what == "withdraw":
            content += withdraw(peer, prefix, path_id, time)
            if counts:
                state.pop((peer, prefix, path_id), None)
        else:
            states = (6, 1) if what == "down" else (5, 6)
            content += mrt.state_change(session(peer), *states, timestamp=time)
            if counts and what == "down":
                state = {key: o for key, o in state.items() if key[0] != peer}
    content += mrt.message(session(PEERS[0]), mrt.bgp_message(4), timestamp=time)
    updates = rib.read_updates(content)
    later = table.apply(updates, until=None if wait is None else START + wait)
    assert keys(state) == held(later)
    columns = [later.routes.column(n).to_pylist() for n in ("prefix_id", "peer_id", "add_path_id")]
    order = [(a, b, -1 if c is None else c) for a, b, c in zip(*columns, strict=True)]
    assert sorted(set(order)) == order
    text = later.prefixes.column("text").to_pylist()
    assert sorted({p for _, p, _ in keys(state)}, key=_prefix) == text
    paths = later.to_arrow().column("as_path").to_pylist()
    assert len(set(paths)) == later.as_paths.num_rows
    for prefix in text:
        assert later.get(prefix) is not None


def _prefix(text):
    network = ipaddress.ip_network(text)
    return network.version, int(network.network_address), network.prefixlen


def test_apply_gives_the_next_dump(sample):
    """A dump and the updates after it are the next dump, a lost session on the way included."""
    table = rib.read_mrt(sample / "collector.20250117.0000.mrt.bz2")
    updates = rib.read_updates(sample / "updates.20250117.0000.mrt.gz")
    expected = rib.read_mrt(sample / "collector.20250121.1200.mrt.bz2")
    found = table.apply(updates)
    assert not table.to_arrow().equals(expected.to_arrow())
    for name in expected.to_arrow().column_names:
        if name not in ("originated_time", "record_time"):
            want, have = (t.to_arrow().column(name).to_pylist() for t in (expected, found))
            assert want == have, name
    assert expected.n_prefixes == found.n_prefixes
    assert expected.as_paths.num_rows == found.as_paths.num_rows
    assert 2 == len(found.receipt.files)
    assert found.receipt.ok
    assert table.n_routes == 172_640  # the table itself is as it was


def test_apply_in_steps_is_apply_at_once(sample):
    """Replay up to a moment, and on from there, is replay of all."""
    table = rib.read_mrt(sample / "collector.20250117.0000.mrt.bz2")
    updates = rib.read_updates(sample / "updates.20250117.0000.mrt.gz")
    half = table.apply(updates, until="2025-01-19T00:00Z")

    def paths(given):
        return given.to_arrow().select(["prefix", "peer_ip", "as_path", "med"]).to_pylist()

    assert paths(half) != paths(table)
    assert paths(table.apply(updates)) == paths(half.apply(updates))


ONE = {(PEERS[0], "10.0.0.0/8", None): 1}


def test_apply_leaves_out_what_the_dump_already_has():
    """Changes from before the dump begins do not count; those of its second do."""
    table = rib.read_mrt(dump(ONE, add_path=False))
    before = announce(PEERS[0], "10.1.0.0/16", None, 2, START - 1)
    at = announce(PEERS[1], "10.1.0.0/16", None, 2, START)
    found = held(table.apply(rib.read_updates(before + at)))
    assert {(64500, "10.0.0.0/8", None): 1, (64501, "10.1.0.0/16", None): 2} == found


def test_apply_counts_changes_while_the_dump_was_written():
    """A dump takes minutes: what changes after its first record counts, whenever routes originated."""
    records = [
        mrt.rib(p, [mrt.rib_entry(0, attributes(1, p), originated=0)], timestamp=START + wait)
        for p, wait in (("10.0.0.0/8", 0), ("10.1.0.0/16", 120))
    ]
    table = rib.read_mrt(mrt.peer_index_table(PEERS, timestamp=START - 60) + b"".join(records))
    change = announce(PEERS[0], "10.0.0.0/8", None, 2, START + 60)
    change += withdraw(PEERS[0], "10.1.0.0/16", None, START - 1)
    found = held(table.apply(rib.read_updates(change)))
    assert {(64500, "10.0.0.0/8", None): 2, (64500, "10.1.0.0/16", None): 1} == found


def test_apply_leaves_out_what_was_sent_to_peers():
    """LOCAL messages are no routes learned from the peer."""
    table = rib.read_mrt(dump(ONE, add_path=False))
    sent = mrt.message(
        session(PEERS[0]),
        mrt.bgp_update(withdrawn=mrt.nlri("10.0.0.0/8")),
        timestamp=START,
        local=True,
    )
    assert held(table) == held(table.apply(rib.read_updates(sent)))


def test_apply_takes_files_in_any_order():
    """Changes are taken in order of time, whatever the order of the files."""
    table = rib.read_mrt(dump(ONE, add_path=False))
    files = [
        announce(PEERS[0], "10.0.0.0/8", None, 2, START + 1),
        withdraw(PEERS[0], "10.0.0.0/8", None, START + 2),
    ]
    for order in (files, files[::-1]):
        assert {} == held(table.apply(rib.read_updates(order)))


def test_apply_matches_collectors():
    """A named collector matches the only unnamed one; of several, names must agree."""
    change = announce(PEERS[0], "10.0.0.0/8", None, 2, START)
    named = rib.read_mrt(dump(ONE, add_path=False, view="rrc00"))
    for updates in (rib.read_updates(change), rib.read_updates(change, collector="rrc00")):
        later = named.apply(updates)
        assert {(64500, "10.0.0.0/8", None): 2} == held(later)
        assert named.n_peers == later.n_peers
    with pytest.raises(ValueError, match="rrc01"):
        named.apply(rib.read_updates(change, collector="rrc01"))
    two = rib.read_mrt(
        [dump(ONE, add_path=False, view="rrc00"), dump(ONE, add_path=False, view="rrc01")]
    )
    with pytest.raises(ValueError, match="collector="):
        two.apply(rib.read_updates(change))
    later = two.apply(rib.read_updates(change, collector="rrc01"))
    found = later.to_arrow().select(["collector", "as_path"]).to_pylist()
    assert {("rrc00", "64500 1"), ("rrc01", "64500 2")} == {tuple(r.values()) for r in found}


def test_apply_lets_peers_join():
    """A peer that the dump does not list is added, with its routes."""
    table = rib.read_mrt(dump(ONE, add_path=False))
    later = table.apply(rib.read_updates(announce(JOINING, "2001:db8::/32", None, 3, START)))
    last = later.peers.to_pylist()[-1]
    assert (64510, "192.0.2.9", "BGP4MP", 0, 1) == tuple(
        last[n] for n in ("peer_as", "peer_ip", "record_type", "n_prefixes4", "n_prefixes6")
    )
    assert START == later.routes.column("originated_time").to_pylist()[-1]


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([], {"2001:db8::/32"}),
        ([JOINING], {"2001:db8::/32", "10.1.0.0/16"}),
        ([mrt.Peer(64500, "192.0.2.9")], {"2001:db8::/32", "10.0.0.0/8", "10.1.0.0/16"}),
    ],
)
def test_apply_ends_a_session_without_an_address(others, expected):
    """BIRD names the AS and family of an ended session alone: its only peer is meant, else none."""
    v6 = mrt.Peer(64500, "2001:db8::7")
    table = rib.read_mrt(dump(ONE, add_path=False))
    content = announce(v6, "2001:db8::/32", None, 2, START)
    content += b"".join(announce(peer, "10.1.0.0/16", None, 2, START) for peer in others)
    content += mrt.state_change(session(mrt.Peer(64500, "0.0.0.0")), 6, 1, timestamp=START)
    later = table.apply(rib.read_updates(content))
    assert expected == set(later.prefixes.column("text").to_pylist())
    assert "0.0.0.0" not in later.peers.column("peer_ip").to_pylist()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (mrt.state_change(session(PEERS[0]), 6, 1, timestamp=START), []),
        (withdraw(PEERS[0], "10.0.0.0/8", None, START), [("10.1.0.0/16", 5)]),
        (
            announce(PEERS[0], "10.0.0.0/8", None, 7, START),
            [("10.0.0.0/8", 7), ("10.1.0.0/16", 5)],
        ),
        (
            announce(PEERS[0], "10.1.0.0/16", None, 7, START),
            [("10.0.0.0/8", 3), ("10.0.0.0/8", 4), ("10.1.0.0/16", 7)],
        ),
    ],
)
def test_apply_takes_peers_that_differ_by_bgp_identifier_for_one(change, expected):
    """BGP4MP names no BGP identifier, so changes are of every row of an AS and address."""
    twice = [PEERS[0]._replace(bgp_id=f"10.0.0.{i}") for i in (1, 2)]
    content = mrt.peer_index_table([twice[0], PEERS[1], twice[1]], timestamp=START)
    held_before = {"10.0.0.0/8": [(0, 3), (1, 6), (2, 4)], "10.1.0.0/16": [(1, 6), (2, 5)]}
    for prefix, routes in held_before.items():
        entries = [mrt.rib_entry(at, attributes(origin, prefix)) for at, origin in routes]
        content += mrt.rib(prefix, entries, timestamp=START)
    table = rib.read_mrt(content)
    assert 3 == table.n_peers
    rows = table.apply(rib.read_updates(change)).to_arrow().to_pylist()
    found = {64500: [], 64501: []}
    for row in rows:
        found[row["peer_as"]].append((row["prefix"], int(row["as_path"].split()[-1])))
    assert {64500: expected, 64501: [("10.0.0.0/8", 6), ("10.1.0.0/16", 6)]} == found


def test_apply_takes_id_0_of_the_dump_for_none():
    """FRR writes id 0 for peers without ADD-PATH: changes without an id mean that route, no other."""
    routes = {(PEERS[0], "10.0.0.0/8", i): i + 1 for i in (0, 7)}
    table = rib.read_mrt(dump(routes, add_path=True))
    other = {(64500, "10.0.0.0/8", 7): 8}
    for change, left in (
        (withdraw(PEERS[0], "10.0.0.0/8", None, START), {}),
        (announce(PEERS[0], "10.0.0.0/8", None, 3, START), {(64500, "10.0.0.0/8", None): 3}),
        (withdraw(PEERS[0], "10.0.0.0/8", 1, START), {(64500, "10.0.0.0/8", 0): 1}),
    ):
        assert other | left == held(table.apply(rib.read_updates(change)))


def test_apply_ends_the_session_of_a_peer_that_never_has_an_address():
    """A peer whose address is 0.0.0.0 throughout is itself."""
    bare = mrt.Peer(64500, "0.0.0.0")
    table = rib.read_mrt(
        mrt.peer_index_table([bare], timestamp=START)
        + mrt.rib("9.0.0.0/8", [mrt.rib_entry(0, attributes(1, "9.0.0.0/8"))], timestamp=START)
    )
    down = mrt.state_change(session(bare), 6, 1, timestamp=START)
    assert {} == held(table.apply(rib.read_updates(down)))
    more = announce(bare, "10.0.0.0/8", None, 2, START) + down
    assert {} == held(table.apply(rib.read_updates(more)))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("1970-01-01T00:00:01Z", 1_000_000),
        ("1970-01-01", 0),
        ("1970-01-01T00:00:00.000007", 7),
        ("1970-01-01T02:00+02:00", 0),
        (datetime(1970, 1, 1, 0, 0, 1), 1_000_000),  # noqa: DTZ001 - naive on purpose
        (datetime(1970, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))), 0),
        (datetime(2100, 1, 1, 0, 0, 0, 1, tzinfo=UTC), 4_102_444_800_000_001),
        (2, 2_000_000),
        (1.5, 1_500_000),
        (np.datetime64("1970-01-02"), 86_400_000_000),
        (np.datetime64("1970-01-01T00:00:01.000007999"), 1_000_007),
        (pd.Timestamp("1970-01-01T02:00+02:00"), 0),
    ],
)
def test_until_is_a_moment(given, expected):
    """ISO text, datetimes and POSIX seconds; UTC unless they say otherwise."""
    assert expected == microseconds("until", given)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ("now", ValueError),
        (True, TypeError),
        ([], TypeError),
        (float("nan"), ValueError),
        (1e30, ValueError),
        (np.datetime64("NaT"), ValueError),
        (pd.NaT, ValueError),
        (np.timedelta64(1, "s"), TypeError),
    ],
)
def test_until_refuses_what_is_none(given, error):
    """Anything else is refused by name."""
    table = rib.read_mrt(dump(ONE, add_path=False))
    updates = rib.read_updates(announce(PEERS[0], "10.0.0.0/8", None, 2, START))
    with pytest.raises(error, match="until="):
        table.apply(updates, until=given)


@pytest.mark.parametrize("given", [None, 5, "updates.mrt"])
def test_apply_refuses_what_is_no_updates(given):
    """The argument is named, and what was expected."""
    table = rib.read_mrt(dump(ONE, add_path=False))
    with pytest.raises(TypeError, match=re.escape(f"updates={given!r}: expected Updates")):
        table.apply(given)
