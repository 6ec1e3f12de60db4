"""Tests of `read_updates`: every form of record, what an UPDATE says, damage, and that sums agree."""

import gzip
import struct
from contextlib import suppress
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from internet import mrt_writer as mrt

import rib
from rib._backend import core
from rib.exceptions import MrtError, RibError, UnsupportedMrtError
from rib.schema import LOADED_UPDATES

V4 = mrt.Session(64500, 64510, "192.0.2.1", "192.0.2.2")
V6 = mrt.Session(4_200_000_000, 64510, "2001:db8::1", "2001:db8::2")
PATH = mrt.origin() + mrt.as_path(mrt.sequence(64500, 64501))
PATH2 = mrt.origin() + mrt.as_path(mrt.sequence(64500, 64501), asn_bytes=2)
HOP = mrt.next_hop("192.0.2.9")
TEN = mrt.nlri("10.0.0.0/8")
GOOD = mrt.message(V4, mrt.bgp_update(attributes=PATH + HOP, announced=TEN), timestamp=7)


def load(*contents, **options):
    updates = rib.read_updates([gzip.compress(c) for c in contents], **options)
    for file in updates.receipt.files:
        assert file.reconciled, file
    assert updates.n_changes == updates.receipt.changes_kept
    return updates


def rows(updates, *names):
    """Give changes as tuples of labels."""
    return [tuple(row[name] for name in names) for row in updates.to_arrow().to_pylist()]


def kinds(updates):
    return [i["kind"] for i in updates.receipt.issues.to_pylist()]


def test_read_updates_has_the_documented_schemas():
    """Tables of a back end have the columns and types of `rib.schema`, with nothing in them too."""
    for content in (GOOD, mrt.message(V4, mrt.bgp_message(4))):
        tables, _ = core.read_updates([("x", None, content)], "collect")
        assert {n: t.schema.remove_metadata() for n, t in tables.items()} == LOADED_UPDATES


@pytest.mark.parametrize(
    ("asn_bytes", "local", "add_path", "microseconds"),
    list(product((2, 4), (False, True), (False, True), (None, 42))),
)
@pytest.mark.parametrize("session", [V4, V6._replace(peer_as=64502)])
def test_read_updates_reads_every_form_of_message(
    session, asn_bytes, local, add_path, microseconds
):
    """All eight subtypes, with and without microseconds, over IPv4 and IPv6."""
    session = session._replace(asn_bytes=asn_bytes)
    path_id = 9 if add_path else None
    path = mrt.as_path(mrt.sequence(64500, 64501), asn_bytes=asn_bytes)
    message = mrt.bgp_update(
        withdrawn=mrt.nlri("10.1.0.0/16", path_id=path_id),
        attributes=mrt.origin()
        + path
        + HOP
        + mrt.mp_reach(2, 1, ["2001:db8::9"], mrt.nlri("2001:db8:1::/48", path_id=path_id))
        + mrt.mp_unreach(2, 1, mrt.nlri("2001:db8:2::/48", path_id=path_id)),
        announced=mrt.nlri("10.2.0.0/16", path_id=path_id),
    )
    updates = load(
        mrt.message(
            session,
            message,
            timestamp=7,
            local=local,
            add_path=add_path,
            microseconds=microseconds,
        )
    )
    name = ("BGP4MP" if microseconds is None else "BGP4MP_ET") + ("_LOCAL" if local else "")
    found = rows(updates, "kind", "prefix", "as_path", "next_hop", "add_path_id", "message")
    assert [
        ("withdraw", "10.1.0.0/16", None, None, path_id, 0),
        ("withdraw", "2001:db8:2::/48", None, None, path_id, 0),
        ("announce", "10.2.0.0/16", "64500 64501", "192.0.2.9", path_id, 0),
        ("announce", "2001:db8:1::/48", "64500 64501", "2001:db8::9", path_id, 0),
    ] == found
    peer = rows(updates, "peer_as", "peer_ip", "record_type")
    assert {(session.peer_as, session.peer_ip, name)} == set(peer)
    assert {7_000_000 + (microseconds or 0)} == set(
        updates.changes.column("time").cast("int64").to_pylist()
    )
    assert updates.receipt.ok
    assert {} == updates.receipt.quirks


@pytest.mark.parametrize("asn_bytes", [2, 4])
@pytest.mark.parametrize("microseconds", [None, 5])
def test_read_updates_reads_state_changes(asn_bytes, microseconds):
    """Both widths of ASes; states are numbers of RFC 4271 and what routers add to them."""
    session = V4._replace(asn_bytes=asn_bytes)
    content = b"".join(
        mrt.state_change(session, old, new, timestamp=7, microseconds=microseconds)
        for old, new in ((6, 1), (1, 7), (8, 255))
    )
    updates = load(content)
    assert [(6, 1), (1, 7), (8, 255)] == rows(updates, "old_state", "new_state")
    assert [None] * 3 == updates.changes.column("prefix_id").to_pylist()
    assert {} == updates.receipt.messages
    bad = load(mrt.state_change(V4, 1, 256))
    assert ["malformed_record"] == kinds(bad)


def test_read_updates_reads_what_zebra_left_out():
    """State changes of 8 octets and OPENs without addresses, which Zebra wrote."""
    state = mrt.record(16, 0, struct.pack("!HHHH", 64500, 64510, 6, 1))
    opened = mrt.record(16, 1, struct.pack("!HH", 64500, 64510) + mrt.bgp_message(1, bytes(10)))
    updates = load(state + opened)
    assert [("state", 64500, "0.0.0.0", 6, 1)] == rows(
        updates, "kind", "peer_as", "peer_ip", "old_state", "new_state"
    )
    assert {"OPEN": 1} == updates.receipt.messages
    assert updates.receipt.ok


def test_read_updates_reads_mrt_type_5():
    """UPDATE and state change of the oldest type; SYNC and KEEPALIVE are counted."""
    body = mrt.bgp_update(withdrawn=TEN, attributes=PATH2 + HOP, announced=mrt.nlri("10.1.0.0/16"))
    content = (
        mrt.legacy(V4, mrt.LEGACY_UPDATE, body[19:], timestamp=7)
        + mrt.legacy(V4, mrt.LEGACY_STATE_CHANGE, struct.pack("!HH", 3, 6))
        + mrt.legacy(V4, mrt.LEGACY_KEEPALIVE, b"")
        + mrt.legacy(V4, mrt.LEGACY_SYNC, b"")
    )
    updates = load(content)
    assert [
        ("withdraw", "10.0.0.0/8", None, None),
        ("announce", "10.1.0.0/16", "64500 64501", None),
        ("state", None, None, 6),
    ] == rows(updates, "kind", "prefix", "as_path", "new_state")
    assert {"BGP"} == set(updates.peers.column("record_type").to_pylist())
    assert {"KEEPALIVE": 1, "UPDATE": 1} == updates.receipt.messages
    assert 1 == updates.receipt.records["BGP/BGP_SYNC"]
    assert updates.receipt.ok
    unknown = load(GOOD + mrt.legacy(V4, 2, b""))
    assert ["unsupported_record"] == kinds(unknown)


def test_read_updates_numbers_messages_over_all_inputs():
    """The rows of one UPDATE share a number, which is that of its record, counted on over inputs."""
    two = mrt.bgp_update(attributes=PATH, announced=TEN + mrt.nlri("10.1.0.0/16"))
    one = mrt.message(V4, mrt.bgp_message(4)) + mrt.message(V4, two)
    assert [1, 1, 3, 3] == load(one, one).changes.column("message").to_pylist()


def test_read_updates_decodes_a_block_once():
    """Routes in NLRI and in MP_REACH_NLRI share path and, next hop apart, attributes."""
    many = b"".join(mrt.nlri(f"10.{i}.0.0/16") for i in range(200))
    more = b"".join(mrt.nlri(f"2001:db8:{i:x}::/48") for i in range(200))
    reach = mrt.mp_reach(2, 1, ["2001:db8::9", "fe80::9"], more)
    message = mrt.bgp_update(attributes=PATH + HOP + reach, announced=many)
    updates = load(mrt.message(V4, message) * 3)
    assert (1200, 1, 2) == (
        updates.n_changes,
        updates.as_paths.num_rows,
        updates.attributes.num_rows,
    )
    assert ["192.0.2.9", "2001:db8::9"] == updates.attributes.column("next_hop").to_pylist()
    assert [None, "fe80::9"] == updates.attributes.column("next_hop_link_local").to_pylist()


def test_read_updates_reads_extended_messages():
    """Messages beyond 4,096 octets (RFC 8654)."""
    many = b"".join(mrt.nlri(f"10.{i >> 8}.{i & 255}.0/24") for i in range(10_000))
    updates = load(mrt.message(V4, mrt.bgp_update(attributes=PATH, announced=many)))
    assert 10_000 == updates.n_changes


def test_read_updates_gives_withdrawals_before_announcements():
    """A prefix that one UPDATE withdraws and announces is announced last (RFC 4271 section 4.3)."""
    updates = load(mrt.message(V4, mrt.bgp_update(withdrawn=TEN, attributes=PATH, announced=TEN)))
    assert ["withdraw", "announce"] == [kind for (kind,) in rows(updates, "kind")]


@pytest.mark.parametrize(
    ("path", "session", "text", "quirks"),
    [
        (PATH2, V4, "64500 64501", {"as_path_2_octet": 1}),
        (PATH, V4._replace(asn_bytes=2), "64500 64501", {"as_path_4_octet": 1}),
        (
            mrt.as_path(mrt.sequence(1, 23456), asn_bytes=2) + mrt.as4_path(mrt.sequence(70000)),
            V4._replace(asn_bytes=2),
            "1 70000",
            {"as4_path_merged": 1},
        ),
        (PATH + mrt.as4_path(mrt.sequence(7)), V4, "64500 64501", {"as4_path_ignored": 1}),
        (mrt.origin(), V4, "", {"missing_as_path": 1}),
    ],
)
def test_read_updates_reads_paths_of_both_widths(path, session, text, quirks):
    """The width follows the subtype; where only the other one closes it is taken and counted."""
    updates = load(mrt.message(session, mrt.bgp_update(attributes=path, announced=TEN)))
    assert [(text,)] == rows(updates, "as_path")
    assert quirks == updates.receipt.quirks


def test_read_updates_separates_families():
    """Multicast is read when asked for; what is not read is counted by family, without an issue."""
    multicast = mrt.mp_reach(1, 2, ["192.0.2.9"], mrt.nlri("10.9.0.0/16"))
    vpn = mrt.mp_unreach(2, 128, b"\1\2\3")
    message = mrt.bgp_update(attributes=PATH + multicast + vpn, announced=TEN)
    content = mrt.message(V4, message)
    updates = load(content)
    assert [("10.0.0.0/8",)] == rows(updates, "prefix")
    assert {"IPv4 multicast": 1, "IPv6 VPN unicast": 1} == updates.receipt.other_families
    assert updates.receipt.ok
    updates = load(content, safi="multicast")
    assert [("10.9.0.0/16", "192.0.2.9")] == rows(updates, "prefix", "next_hop")
    assert {"IPv4 unicast": 1, "IPv6 VPN unicast": 1} == updates.receipt.other_families


def test_read_updates_counts_messages_without_routes():
    """OPEN, NOTIFICATION, KEEPALIVE, ROUTE-REFRESH and End-of-RIB are counted by name."""
    content = b"".join(mrt.message(V4, mrt.bgp_message(kind)) for kind in (1, 3, 4, 5, 77))
    updates = load(content + mrt.message(V4, mrt.bgp_update()))
    names = ("KEEPALIVE", "NOTIFICATION", "OPEN", "ROUTE-REFRESH", "TYPE_77", "UPDATE")
    assert dict.fromkeys(names, 1) == updates.receipt.messages
    assert 0 == updates.n_changes
    assert updates.receipt.ok


CUT = mrt.bgp_update(attributes=PATH, announced=TEN + mrt.nlri("10.1.0.0/16"))


@pytest.mark.parametrize(
    ("record", "kept", "lost", "kind"),
    [
        (mrt.message(V4, CUT[:-2]), 1, 1, "malformed_message"),
        (mrt.message(V4, CUT[:30]), 0, 0, "malformed_message"),
        (
            mrt.message(V4, mrt.bgp_update(withdrawn=TEN, withdrawn_length=99)),
            0,
            0,
            "malformed_message",
        ),
        (mrt.message(V4, mrt.bgp_update(withdrawn=TEN * 2)[:-3]), 1, 1, "malformed_message"),
        (
            mrt.message(V4, mrt.bgp_update(attributes=PATH, attribute_length=999)),
            0,
            0,
            "malformed_message",
        ),
        (
            mrt.message(V4, mrt.bgp_update(attributes=PATH, announced=TEN + b"\x21aaaaa")),
            1,
            1,
            "malformed_message",
        ),
        (
            mrt.message(V4, mrt.bgp_update(attributes=PATH + b"\x40\x05\x09\0", announced=TEN * 2)),
            0,
            2,
            "malformed_attributes",
        ),
        (
            mrt.message(
                V4,
                mrt.bgp_update(
                    withdrawn=TEN, attributes=mrt.attribute(2, b"\2\5\0"), announced=TEN
                ),
            ),
            1,
            1,
            "malformed_as_path",
        ),
        (
            mrt.message(
                V4,
                mrt.bgp_update(attributes=PATH + mrt.attribute(14, b"\0\2\1\x63"), announced=TEN),
            ),
            1,
            0,
            "malformed_message",
        ),
        (mrt.message(V4, mrt.bgp_message(2, marker=bytes(16))), 0, 0, "malformed_record"),
        (mrt.message(V4, mrt.bgp_message(2, length=18)), 0, 0, "malformed_record"),
        (mrt.message(V4, b"\xff" * 9), 0, 0, "malformed_record"),
        (mrt.record(16, 4, bytes(9)), 0, 0, "malformed_record"),
        (mrt.record(17, 4, bytes(3)), 0, 0, "malformed_record"),
        (mrt.record(16, 4, struct.pack("!IIHH", 1, 2, 0, 3) + bytes(40)), 0, 0, "malformed_record"),
        (mrt.record(16, 99, bytes(40)), 0, 0, "unsupported_record"),
    ],
)
def test_read_updates_loses_a_damaged_message_alone(record, kept, lost, kind):
    """What stands before the damage is kept, and so are the records around it."""
    updates = load(GOOD + record + GOOD)
    assert (kept + 2, lost) == (updates.n_changes, updates.receipt.changes_lost)
    assert [(kind, len(GOOD), 1)] == [
        (i["kind"], i["offset"], i["record"]) for i in updates.receipt.issues.to_pylist()
    ]
    assert not updates.receipt.ok
    with pytest.raises(MrtError) as caught:
        load(GOOD + record, on_error="raise")
    assert (len(GOOD), 1) == (caught.value.offset, caught.value.record)


def test_read_updates_counts_trailing_bytes():
    """Bytes after the BGP message are a quirk."""
    updates = load(mrt.message(V4, mrt.bgp_update(withdrawn=TEN) + b"xx"))
    assert {"trailing_bytes_in_record": 1} == updates.receipt.quirks


TABLE = mrt.peer_index_table([mrt.Peer(64500, "192.0.2.1")])
DUMP = TABLE + mrt.rib("10.0.0.0/8", [mrt.rib_entry(0, PATH)])


def test_read_updates_and_read_mrt_share_a_file():
    """Each reader takes its own records and counts the others by name."""
    updates = load(DUMP + GOOD)
    table = rib.read_mrt(DUMP + GOOD)
    assert (1, 1) == (updates.n_changes, table.n_routes)
    assert updates.receipt.records == table.receipt.records
    assert updates.receipt.ok
    assert table.receipt.ok


@pytest.mark.parametrize(
    ("content", "match"),
    [(DUMP, "found a RIB dump"), (mrt.record(11, 0, b""), "found only"), (b"<html>", "HTML")],
)
def test_read_updates_refuses_what_holds_none(content, match):
    """A RIB dump alone raises; beside updates it is an issue."""
    with pytest.raises(UnsupportedMrtError, match=match):
        rib.read_updates(content, on_error="raise")
    beside = load(GOOD, content)
    assert 1 == beside.n_changes
    assert not beside.receipt.ok


def test_read_mrt_reads_bgp4mp_entries():
    """RIB entries from before TABLE_DUMP_V2 are routes of a RIB, as OpenBGPD writes them."""
    content = mrt.bgp4mp_entry(
        V4, "10.0.0.0/8", "192.0.2.9", PATH2, originated=5, timestamp=7
    ) + mrt.bgp4mp_entry(V6._replace(peer_as=64502), "2001:db8::/32", "2001:db8::9", PATH2)
    table = rib.read_mrt(content)
    found = table.to_arrow().select(["prefix", "peer_as", "peer_ip", "next_hop", "as_path"])
    assert [
        ("10.0.0.0/8", 64500, "192.0.2.1", "192.0.2.9", "64500 64501"),
        ("2001:db8::/32", 64502, "2001:db8::1", "2001:db8::9", "64500 64501"),
    ] == [tuple(row.values()) for row in found.to_pylist()]
    assert table.receipt.ok
    damaged = rib.read_mrt(content + mrt.record(16, 2, bytes(9)))
    assert 1 == damaged.receipt.routes_lost


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [({"on_error": "x"}, ValueError, "on_error"), ({"safi": "x"}, ValueError, "safi")],
)
def test_read_updates_names_bad_arguments(options, error, match):
    """Bad arguments raise at once."""
    with pytest.raises(error, match=match):
        rib.read_updates(GOOD, **options)


def test_updates_show_themselves():
    """The repr and the HTML say what is in the table; empty ones too."""
    for updates in (load(GOOD, collector="<x>"), load(mrt.message(V4, mrt.bgp_message(4)))):
        assert "messages" in repr(updates)
        assert "<script" not in updates._repr_html_()
    assert "changes kept" in repr(load(GOOD).receipt)


@given(st.data())
@settings(deadline=None, max_examples=150)
def test_read_updates_survives_any_change(data):
    """Changed, removed and added bytes give a typed error or a receipt whose sums agree."""
    legacy = mrt.legacy(V4, 1, mrt.bgp_update(attributes=PATH2, announced=TEN)[19:])
    content = bytearray(GOOD + mrt.message(V6, CUT) + legacy + mrt.state_change(V4, 6, 1) + GOOD)
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    with suppress(RibError):
        load(bytes(content))


@given(st.integers(0, 2 * len(GOOD)))
@settings(deadline=None, max_examples=80)
def test_read_updates_any_truncation_is_an_error_or_an_issue(size):
    """Whatever the cut: whole records are kept, or a typed error says why not."""
    try:
        updates = load((GOOD + GOOD)[:size])
    except RibError:
        return
    assert updates.receipt.ok == (size in (len(GOOD), 2 * len(GOOD)))
