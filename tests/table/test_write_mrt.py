"""Tests of `Rib.write_mrt`: octet for octet what the RFCs ask for."""

import ipaddress
import math
import struct

import pytest
from internet import mrt_writer as mrt
from written import HEAD, PATH, PEERS, again, one, rows, written

import rib

ATTRIBUTES = (
    mrt.origin(1)
    + PATH
    + mrt.next_hop("192.0.2.1")
    + mrt.med(0)
    + mrt.local_pref(0)
    + mrt.atomic_aggregate()
    + mrt.aggregator(70000, "10.0.0.9")
    + mrt.communities([(64500, 1), (65535, 65281)])
    + mrt.originator_id("10.0.0.3")
    + mrt.cluster_list(["10.0.0.1", "10.0.0.2"])
    + mrt.extended_communities([mrt.route_target(64500, 1)])
    + mrt.ipv6_extended_communities([bytes(range(20))])
    + mrt.aigp(2**40)
    + mrt.large_communities([(1, 2, 2**32 - 1)])
    + mrt.only_to_customer(64500)
    + mrt.attribute(99, b"xy", flags=0xE0)
)


def test_write_mrt_gives_the_octets_of_the_rfcs(tmp_path):
    """A dump that is as the RFCs ask comes back octet for octet, all attributes included."""
    v6 = mrt.origin() + PATH + mrt.mp_reach_abbreviated("2001:db8::9", "fe80::1")
    content = HEAD + b"".join(
        [
            mrt.rib("0.0.0.0/0", [mrt.rib_entry(2, PATH, originated=1)], sequence_number=0, timestamp=5),
            mrt.rib("10.0.0.0/8", [mrt.rib_entry(0, ATTRIBUTES, originated=2),
                                   mrt.rib_entry(1, ATTRIBUTES, originated=3)],
                    sequence_number=1, timestamp=6),
            mrt.rib("10.1.0.0/17", [mrt.rib_entry(1, PATH)], sequence_number=2, timestamp=6),
            mrt.rib("10.1.0.0/17", [mrt.rib_entry(0, PATH, path_id=0),
                                    mrt.rib_entry(0, PATH, path_id=2**32 - 1)],
                    sequence_number=3, timestamp=7, add_path=True),
            mrt.rib("2001:db8::/33", [mrt.rib_entry(1, v6)], sequence_number=4, timestamp=7),
            mrt.rib("2001:db8::1/128", [mrt.rib_entry(1, v6, path_id=1)], sequence_number=5,
                    timestamp=7, add_path=True),
        ]
    )  # fmt: skip
    table = rib.read_mrt(content)
    assert table.receipt.ok
    assert content == written(table, tmp_path).read_bytes()


@pytest.mark.parametrize(
    ("block", "prefix", "expected"),
    [
        (
            mrt.mp_reach(2, 1, ["2001:db8::9"], mrt.nlri("2001:db8::/32")),
            "2001:db8::/32",
            mrt.mp_reach_abbreviated("2001:db8::9"),
        ),
        (mrt.next_hop("192.0.2.9"), "2001:db8::/32", mrt.mp_reach_abbreviated("192.0.2.9")),
        (mrt.mp_reach_abbreviated("192.0.2.9"), "10.0.0.0/8", mrt.next_hop("192.0.2.9")),
        (mrt.mp_reach_abbreviated("2001:db8::9"), "10.0.0.0/8", mrt.mp_reach_abbreviated("2001:db8::9")),
        (mrt.attribute(14, b"\0"), "2001:db8::/32", b""),
        (mrt.aggregator(64500, "10.0.0.9", asn_bytes=2), "10.0.0.0/8", mrt.aggregator(64500, "10.0.0.9")),
        (
            mrt.attribute(99, bytes(300), flags=0xD0),
            "10.0.0.0/8",
            mrt.attribute(99, bytes(300), flags=0xD0),
        ),
        (
            mrt.large_communities([(1, 2, 3)] * 30) + mrt.med(1),
            "10.0.0.0/8",
            mrt.med(1) + mrt.large_communities([(1, 2, 3)] * 30),
        ),
        # Malformed attributes are raw in `unknown`; the next hop keeps out of their way.
        (
            mrt.next_hop("192.0.2.9") + mrt.attribute(14, b"\x07xy"),
            "2001:db8::/32",
            mrt.next_hop("192.0.2.9") + mrt.attribute(14, b"\x07xy"),
        ),
        (
            mrt.attribute(3, b"", flags=0x40) + mrt.mp_reach_abbreviated("192.0.2.9"),
            "10.0.0.0/8",
            mrt.attribute(3, b"", flags=0x40) + mrt.mp_reach_abbreviated("192.0.2.9"),
        ),
    ],
    ids=range(10),
)  # fmt: skip
def test_write_mrt_mends_the_form(block, prefix, expected, tmp_path):
    """What deviates is written as the RFCs ask: next hops, widths, order."""
    table, back = again(one(PATH + block, prefix), tmp_path)
    assert one(PATH + expected, prefix) == written(table, tmp_path).read_bytes()
    assert rows(table) == rows(back)


def test_write_mrt_puts_attributes_below_as_path_before_it(tmp_path):
    """Types 0 and 1 come before AS_PATH, also when they are malformed and raw."""
    block = PATH + mrt.attribute(0, b"z", flags=0x40) + mrt.attribute(1, b"\x09", flags=0x40)
    table, back = again(one(block), tmp_path)
    raw = mrt.attribute(0, b"z", flags=0x40) + mrt.attribute(1, b"\x09", flags=0x40)
    assert one(raw + PATH) == written(table, tmp_path).read_bytes()
    assert rows(table) == rows(back)


def test_write_mrt_gives_long_paths_an_extended_length(tmp_path):
    """A path of over 255 octets, of several segments of all kinds, comes back."""
    path = mrt.as_path(
        mrt.sequence(*range(1, 256)), mrt.as_set(5, 4), mrt.confed_sequence(1), mrt.confed_set(9, 8)
    )
    table, back = again(one(path), tmp_path)
    assert one(path) == written(table, tmp_path).read_bytes()
    assert rows(table) == rows(back)


def test_write_mrt_takes_the_latest_time_of_a_prefix(tmp_path):
    """Of routes of one prefix with several record times the record has the latest."""
    records = [
        mrt.rib("10.0.0.0/8", [mrt.rib_entry(i, PATH)], timestamp=time)
        for i, time in enumerate((9, 11, 10))
    ]
    table, back = again(HEAD + b"".join(records), tmp_path)
    assert [9, 11, 10] == table.routes.column("record_time").to_pylist()
    assert [11, 11, 11] == back.routes.column("record_time").to_pylist()
    assert rows(table) == rows(back)


def test_write_mrt_splits_a_prefix_with_too_many_routes(tmp_path):
    """A record holds 65,535 entries; more routes of a prefix go into the next one."""
    entries = [mrt.rib_entry(0, PATH, path_id=i) for i in range(65535)]
    more = [mrt.rib_entry(0, PATH, path_id=i) for i in range(65535, 65540)]
    content = HEAD + b"".join(mrt.rib("10.0.0.0/8", e, add_path=True) for e in (entries, more))
    table, back = again(content, tmp_path)
    assert 65540 == back.n_routes
    assert 2 == back.receipt.records["TABLE_DUMP_V2/RIB_IPV4_UNICAST_ADDPATH"]
    assert table.routes.equals(back.routes)


def test_write_mrt_writes_multicast_when_told(tmp_path):
    """Multicast routes go into the multicast subtypes, plain and ADD-PATH, both families."""
    content = HEAD + b"".join(
        mrt.rib(
            prefix,
            [mrt.rib_entry(0, PATH, path_id=path_id)],
            safi=mrt.MULTICAST,
            add_path=path_id is not None,
            sequence_number=number,
            timestamp=5,
        )
        for number, (prefix, path_id) in enumerate(
            [("10.0.0.0/8", None), ("10.0.0.0/8", 1), ("2001:db8::/32", None), ("2001:db8::/32", 1)]
        )
    )
    table = rib.read_mrt(content, safi="multicast")
    assert content == written(table, tmp_path, safi="multicast").read_bytes()
    with pytest.raises(ValueError, match="safi='both': expected 'unicast' or 'multicast'"):
        table.write_mrt(tmp_path / "a", safi="both")


def test_write_mrt_gives_table_dump_peers_a_zero_bgp_id(tmp_path):
    """Peers of TABLE_DUMP have no BGP id and become TABLE_DUMP_V2 peers with 0.0.0.0."""
    path = mrt.as_path(mrt.sequence(64500, 23456), asn_bytes=2) + mrt.as4_path(mrt.sequence(70000))
    content = mrt.table_dump("10.0.0.0/8", "192.0.2.1", 64500, mrt.origin() + path, timestamp=3)
    table, back = again(content, tmp_path)
    (peer,) = back.peers.to_pylist()
    assert ("0.0.0.0", "TABLE_DUMP_V2", "") == (
        peer["bgp_id"],
        peer["record_type"],
        peer["collector"],
    )
    assert rows(table) == rows(back)
    assert {} == back.receipt.quirks


def test_write_mrt_keeps_where_peers_are(tmp_path):
    """A GEO_PEER_TABLE (RFC 6397) follows the peers where any location, or half of one, is known."""
    places = [(52.25, -0.125), (math.nan, math.nan), (math.nan, 7.5)]
    of_peers = [mrt.GeoPeer(p.bgp_id, *place) for p, place in zip(PEERS, places, strict=True)]
    route = mrt.rib("10.0.0.0/8", [mrt.rib_entry(0, PATH)], timestamp=5)
    table, back = again(HEAD + mrt.geo_peer_table(of_peers) + route, tmp_path)
    assert table.peers.equals(back.peers)
    assert [52.25, None, None] == back.peers.column("latitude").to_pylist()
    assert [-0.125, None, 7.5] == back.peers.column("longitude").to_pylist()
    assert back.receipt.ok
    entries = b"".join(
        bytes([kind]) + ipaddress.ip_address(p.bgp_id).packed + struct.pack("!2f", *place)
        for kind, p, place in zip((2, 3, 2), PEERS, places, strict=True)
    )
    body = bytes(4) + struct.pack("!2fH", math.nan, math.nan, 3) + entries
    expected = HEAD + mrt.record(13, 7, body, timestamp=5) + route
    assert expected == written(table, tmp_path).read_bytes()


def test_write_mrt_writes_malformed_attributes_as_they_came(tmp_path):
    """Their octets are kept, and what reads the dump meets them, and the quirk, again."""
    block = mrt.origin() + PATH + mrt.attribute(4, b"abc", flags=0x80)
    table, back = again(one(block), tmp_path)
    assert {"malformed_attribute": 1} == table.receipt.quirks == back.receipt.quirks
    assert table.attributes.equals(back.attributes)
    assert one(block) == written(back, tmp_path).read_bytes()
