"""Tests of `read_updates` on the heads of records: their time, and the two ends of the session."""

import pytest
from internet import mrt_writer as mrt

import rib
from rib._backend import core

V4 = mrt.Session(64500, 64510, "192.0.2.1", "192.0.2.2")
PATH = mrt.origin() + mrt.as_path(mrt.sequence(64500, 64501)) + mrt.next_hop("192.0.2.9")
TEN = mrt.nlri("10.0.0.0/8")


@pytest.mark.parametrize(
    ("microseconds", "fraction", "quirks"),
    [
        (999_999, 999_999, {}),
        (1_000_000, 0, {"microseconds_out_of_range": 3}),
        (2**32 - 1, 0, {"microseconds_out_of_range": 3}),
    ],
)
def test_read_updates_takes_a_million_microseconds_for_none(microseconds, fraction, quirks):
    """They are no part of a second and must not move a record in time; each such record counts."""
    records = [
        mrt.message(V4, mrt.bgp_update(announced=TEN, attributes=PATH), microseconds=0),
        mrt.message(V4, mrt.bgp_update(withdrawn=TEN), timestamp=7, microseconds=microseconds),
        mrt.state_change(V4, 6, 1, timestamp=7, microseconds=microseconds),
        mrt.message(V4, mrt.bgp_message(4), timestamp=7, microseconds=microseconds),
    ]
    updates = rib.read_updates(b"".join(records))
    times = updates.changes.column("time").cast("int64").to_pylist()
    assert [0] + [7_000_000 + fraction] * 2 == times
    assert quirks == updates.receipt.quirks
    assert updates.receipt.ok


OTHER = mrt.Session(64500, 64510, "2001:db8::1", "2001:db8::2")
THIRD = mrt.Session(64510, 64520, "192.0.2.2", "192.0.2.3")
NAMES = ("prefixes", "as_paths", "attributes", "peers", "changes")


def swapped(session):
    """Name both ends the wrong way round."""
    return session._replace(
        peer_as=session.local_as,
        local_as=session.peer_as,
        peer_ip=session.local_ip,
        local_ip=session.peer_ip,
    )


def announce(session, **options):
    path = mrt.bgp_update(attributes=PATH, announced=TEN)
    return mrt.message(session, path, timestamp=5, **options)


def down(session, **options):
    return mrt.state_change(session, 6, 1, timestamp=6, **options)


def states(updates):
    rows = updates.to_arrow().to_pylist()
    return [(r["peer_as"], r["peer_ip"]) for r in rows if r["kind"] == "state"]


def peers(updates):
    """Give AS and address of every peer, in order."""
    return [(p["peer_as"], p["peer_ip"]) for p in updates.peers.to_pylist()]


def lines(updates):
    tables = {name: getattr(updates, name) for name in NAMES}
    return core.bgpdump_lines(tables, 0, updates.n_changes).decode().splitlines()


FAR, FAR6 = (64500, "192.0.2.1"), (64500, "2001:db8::1")
NEAR, NEAR6 = (64510, "192.0.2.2"), (64510, "2001:db8::2")


@pytest.mark.parametrize("microseconds", [None, 7])
def test_read_updates_puts_swapped_changes_of_state_right(microseconds):
    """OpenBGPD names the router for the peer: before, between and after the messages of the session."""
    et = {"microseconds": microseconds}
    keepalive = mrt.message(OTHER, mrt.bgp_message(4), timestamp=5, **et)
    content = down(swapped(V4), **et) + down(swapped(OTHER), **et) + announce(V4, **et)
    content += keepalive + down(swapped(V4), **et)
    updates = rib.read_updates(content)
    assert [FAR, FAR6, FAR] == states(updates)
    assert [FAR, FAR6] == peers(updates)
    assert 3 == updates.receipt.quirks["state_change_swapped"]
    assert updates.receipt.ok


def test_bgpdump_lines_show_changes_of_state_as_recorded():
    """As bgpdump, which writes what a record says; so it is in the second input, and in a part of the rows."""
    content = down(swapped(OTHER)) + announce(V4) + announce(OTHER) + down(V4)
    updates = rib.read_updates([content, content])
    expected = ["BGP4MP|6|STATE|2001:db8::2|64510|6|1", "BGP4MP|6|STATE|192.0.2.1|64500|6|1"]
    assert expected * 2 == [line for line in lines(updates) if "STATE" in line]
    tables = {name: getattr(updates, name) for name in NAMES}
    tables["changes"] = tables["changes"].slice(4)
    assert expected[0] == core.bgpdump_lines(tables, 0, 1).decode().strip()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        # No message: nobody knows which end is which.
        (down(swapped(V4)), [NEAR]),
        # A log of both routers.
        (announce(V4) + announce(swapped(V4)) + down(V4) + down(swapped(V4)), [FAR, NEAR]),
        # Another session of the same two ASes.
        (announce(OTHER) + down(swapped(V4)), [NEAR]),
        # What was sent.
        (announce(V4, local=True) + down(swapped(V4)), [NEAR]),
        # One end, as in a session of a router with itself.
        (
            announce(V4._replace(local_as=64500, local_ip="192.0.2.1"))
            + down(V4._replace(local_as=64500, local_ip="192.0.2.1")),
            [FAR],
        ),
        # iBGP: the addresses tell the ends apart.
        (
            announce(V4._replace(local_as=64500)) + down(V4._replace(local_as=64500)),
            [FAR],
        ),
    ],
)
def test_read_updates_leaves_other_changes_of_state_alone(content, expected):
    """A change is of the peer it names unless its ends are those of a session the wrong way round."""
    updates = rib.read_updates(content)
    assert expected == states(updates)
    assert "state_change_swapped" not in updates.receipt.quirks


def test_read_updates_puts_swapped_changes_of_ibgp_right():
    """Both ends have one AS, and addresses of their own."""
    session = V4._replace(local_as=64500)
    updates = rib.read_updates(announce(session) + down(swapped(session)))
    assert ([FAR], [FAR]) == (states(updates), peers(updates))


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        # Before the OPEN, neither it nor the change of state has the AS; then messages have.
        (mrt.message(V4._replace(peer_as=0), mrt.bgp_message(1)) + announce(V4), FAR),
        (announce(V4), FAR),
        (mrt.message(V4._replace(peer_as=0), mrt.bgp_message(1)), (0, "192.0.2.1")),
        # Two ASes at one address: which one is not told.
        (announce(V4) + announce(V4._replace(peer_as=64501)), NEAR),
    ],
)
def test_read_updates_finds_the_as_of_a_peer_before_its_open(messages, expected):
    """OpenBGPD writes AS 0 for a peer that it has no OPEN of."""
    updates = rib.read_updates(down(swapped(V4._replace(peer_as=0))) + messages)
    assert [expected] == states(updates)
    assert (expected == NEAR) == (NEAR in peers(updates))


def test_read_updates_keeps_peers_that_are_named_otherwise():
    """The router of one session may be the peer of another, or change state under its own name."""
    content = down(swapped(V4)) + announce(THIRD) + announce(V4)
    updates = rib.read_updates(content)
    assert ([FAR], [NEAR, FAR]) == (states(updates), peers(updates))
    content = down(swapped(V4)) + down(THIRD) + announce(V4)
    updates = rib.read_updates(content)
    assert ([FAR, NEAR], [NEAR, FAR]) == (states(updates), peers(updates))


def test_read_updates_tells_sessions_by_input():
    """Each input is a log of its own: what one says of a session is not held against another."""
    both = [announce(V4) + down(swapped(V4)), down(swapped(V4)), announce(OTHER) + down(V4)]
    updates = rib.read_updates(both)
    assert [FAR, NEAR, FAR] == states(updates)
    assert [FAR, NEAR, FAR6] == peers(updates)
    assert 1 == updates.receipt.quirks["state_change_swapped"]
    updates = rib.read_updates(both[::-1])
    assert [FAR, NEAR, FAR] == states(updates)
    assert [FAR6, FAR, NEAR] == peers(updates)
    rows = updates.to_arrow().to_pylist()
    assert [FAR6, FAR, NEAR, FAR, FAR] == [(r["peer_as"], r["peer_ip"]) for r in rows]


def test_apply_ends_the_sessions_that_swapped_changes_are_of():
    """Replay withdraws the routes of the peer, and lists no router."""
    empty = rib.read_mrt(mrt.peer_index_table([]))
    later = empty.apply(rib.read_updates(announce(V4) + announce(OTHER) + down(swapped(V4))))
    assert [FAR6] == [(r["peer_as"], r["peer_ip"]) for r in later.to_arrow().to_pylist()]
    assert [FAR, FAR6] == peers(later)
