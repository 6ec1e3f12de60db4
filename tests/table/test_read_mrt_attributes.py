"""Tests of `read_mrt` on path attributes: every attribute kept, malformed ones, quirks."""

import pytest
from internet import mrt_writer as mrt

from rib._backend import core
from rib.table.receipt import LoadReceipt

PATH = mrt.as_path(mrt.sequence(64500))


def load(*blocks):
    """Routes of one peer with these attribute blocks, one prefix each."""
    content = mrt.peer_index_table([mrt.Peer(64500, "192.0.2.1")]) + b"".join(
        mrt.rib(f"10.{i}.0.0/16", [mrt.rib_entry(0, block)]) for i, block in enumerate(blocks)
    )
    tables, receipt = core.read_mrt([("dump", None, content)], "collect")
    return tables, LoadReceipt.from_dict(receipt)


def attributes(block):
    """Give the one attribute set of a block, and the quirks."""
    tables, receipt = load(PATH + block)
    (row,) = tables["attributes"].to_pylist()
    assert receipt.ok
    return row, receipt.quirks


ABSENT = {
    "origin": None,
    "next_hop": None,
    "next_hop_link_local": None,
    "med": None,
    "local_pref": None,
    "communities": None,
    "large_communities": None,
    "extended_communities": None,
    "ipv6_extended_communities": None,
    "atomic_aggregate": False,
    "aggregator_as": None,
    "aggregator_ip": None,
    "originator_id": None,
    "cluster_list": None,
    "otc": None,
    "aigp": None,
    "unknown": None,
}


def test_read_mrt_absent_attributes_are_null():
    """What a route does not carry is null, never 0."""
    assert (ABSENT, {}) == attributes(b"")


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (mrt.origin(0), {"origin": "IGP"}),
        (mrt.origin(1), {"origin": "EGP"}),
        (mrt.origin(2), {"origin": "INCOMPLETE"}),
        (mrt.next_hop("192.0.2.1"), {"next_hop": "192.0.2.1"}),
        (mrt.med(0), {"med": 0}),
        (mrt.local_pref(2**32 - 1), {"local_pref": 2**32 - 1}),
        (mrt.atomic_aggregate(), {"atomic_aggregate": True}),
        (mrt.aggregator(64500, "10.0.0.1"), {"aggregator_as": 64500, "aggregator_ip": "10.0.0.1"}),
        (
            mrt.aggregator(64500, "10.0.0.1", asn_bytes=2),
            {"aggregator_as": 64500, "aggregator_ip": "10.0.0.1"},
        ),
        (
            mrt.aggregator(23456, "10.0.0.1") + mrt.as4_aggregator(70000, "10.0.0.2"),
            {"aggregator_as": 70000, "aggregator_ip": "10.0.0.2"},
        ),
        (
            mrt.aggregator(64500, "10.0.0.1") + mrt.as4_aggregator(70000, "10.0.0.2"),
            {"aggregator_as": 64500, "aggregator_ip": "10.0.0.1"},
        ),
        (mrt.as4_aggregator(70000, "10.0.0.2"), {}),
        (mrt.communities([(64500, 1), (65535, 65281)]), {"communities": [0xFBF40001, 0xFFFFFF01]}),
        (mrt.communities([]), {"communities": []}),
        (mrt.large_communities([(1, 2, 2**32 - 1)]), {"large_communities": [[1, 2, 2**32 - 1]]}),
        (
            mrt.extended_communities([mrt.route_target(64500, 1)]),
            {"extended_communities": [0x0002FBF400000001]},
        ),
        (
            mrt.ipv6_extended_communities([bytes(range(20))]),
            {"ipv6_extended_communities": [bytes(range(20))]},
        ),
        (mrt.originator_id("10.0.0.3"), {"originator_id": "10.0.0.3"}),
        (mrt.cluster_list(["10.0.0.1", "10.0.0.2"]), {"cluster_list": [0x0A000001, 0x0A000002]}),
        (mrt.aigp(2**40), {"aigp": 2**40}),
        (mrt.only_to_customer(64500), {"otc": 64500}),
        (
            mrt.attribute(99, b"xy", flags=0xC0),
            {"unknown": [{"flags": 0xC0, "type": 99, "value": b"xy"}]},
        ),
        (
            mrt.attribute(99, b"", flags=0xD0),
            {"unknown": [{"flags": 0xD0, "type": 99, "value": b""}]},
        ),
    ],
)
def test_read_mrt_decodes_attribute(block, expected):
    """Each attribute goes to its column, unknown ones as they are."""
    assert (ABSENT | expected, {}) == attributes(block)


def hop(text):
    return mrt.address(text)


def rd(text):
    return bytes(8) + mrt.address(text)


@pytest.mark.parametrize(
    ("value", "next_hop", "link_local"),
    [
        (hop("192.0.2.1"), "192.0.2.1", None),
        (hop("2001:db8::1"), "2001:db8::1", None),
        (hop("::ffff:192.0.2.1"), "::ffff:192.0.2.1", None),
        (hop("2001:db8::1") + hop("fe80::1"), "2001:db8::1", "fe80::1"),
        (rd("192.0.2.1"), "192.0.2.1", None),
        (rd("2001:db8::1"), "2001:db8::1", None),
        (rd("2001:db8::1") + rd("fe80::1"), "2001:db8::1", "fe80::1"),
        (b"", None, None),
    ],
)
def test_read_mrt_reads_next_hop_of_mp_reach(value, next_hop, link_local):
    """All forms of MP_REACH_NLRI give the same next hop; others than the abbreviated are quirks."""
    expected = ABSENT | {"next_hop": next_hop, "next_hop_link_local": link_local}
    abbreviated = mrt.attribute(14, bytes([len(value)]) + value)
    full = mrt.attribute(14, b"\0\2\1" + bytes([len(value)]) + value + b"\0\x20\x20\x01\x0d\xb8")
    assert (expected, {}) == attributes(abbreviated)
    assert (expected, {"mp_reach_full": 1}) == attributes(full)
    gobgp = mrt.attribute(14, b"\0\2\1" + bytes([len(value)]) + value)
    assert (expected, {"mp_reach_afi_safi": 1}) == attributes(gobgp)


def test_read_mrt_prefers_mp_reach_over_next_hop():
    """Where both are there, MP_REACH_NLRI's next hop counts, unless it holds none."""
    both = mrt.mp_reach_abbreviated("2001:db8::1") + mrt.next_hop("192.0.2.1")
    assert "2001:db8::1" == attributes(both)[0]["next_hop"]
    empty = mrt.mp_reach_abbreviated() + mrt.next_hop("192.0.2.1")
    assert "192.0.2.1" == attributes(empty)[0]["next_hop"]


@pytest.mark.parametrize(
    ("code", "value"),
    [
        (1, b""),
        (1, b"\3"),
        (3, bytes(16)),
        (4, bytes(3)),
        (5, bytes(5)),
        (6, b"\0"),
        (7, bytes(7)),
        (8, bytes(6)),
        (9, bytes(5)),
        (10, bytes(3)),
        (14, b""),
        (14, b"\x05" + bytes(5)),
        (14, b"\0\3\1\4" + bytes(5)),
        (14, b"\0\2\1\x10" + bytes(15)),
        (16, bytes(9)),
        (18, bytes(6)),
        (25, bytes(21)),
        (26, b"\1\0\x0b" + bytes(7)),
        (26, b""),
        (26, b"\2\0\x0b" + bytes(8)),
        (32, bytes(8)),
        (35, bytes(2)),
    ],
)
def test_read_mrt_keeps_malformed_attribute_raw(code, value):
    """A malformed attribute costs nothing: it is kept raw, its column stays null."""
    expected = ABSENT | {"unknown": [{"flags": 0xC0, "type": code, "value": value}]}
    block = mrt.attribute(code, value, flags=0xC0)
    assert (expected, {"malformed_attribute": 1}) == attributes(block)


def test_read_mrt_first_of_duplicate_attributes_wins():
    """RFC 7606: all but the first attribute of a type are dropped, and counted."""
    row, quirks = attributes(mrt.med(1) + mrt.med(2) + mrt.as_path(mrt.sequence(1)) + mrt.med(3))
    assert 1 == row["med"]
    assert {"duplicate_attribute": 3} == quirks


def test_read_mrt_counts_attribute_quirks_once_per_block():
    """Quirks of attributes count per distinct attribute block, AS path included."""
    block = PATH + mrt.attribute(4, b"")
    other = mrt.as_path(mrt.sequence(64501)) + mrt.attribute(4, b"")
    tables, receipt = load(block, block, other)
    assert {"malformed_attribute": 2} == receipt.quirks
    assert (3, 2, 1) == tuple(tables[t].num_rows for t in ("routes", "as_paths", "attributes"))


def test_read_mrt_interns_attributes_without_the_path():
    """The place of the AS path in a block does not matter to the attribute set."""
    tables, _ = load(mrt.med(1) + PATH + mrt.origin(), PATH + mrt.med(1) + mrt.origin())
    assert [0, 0] == tables["routes"].column("attributes_id").to_pylist()


def test_read_mrt_loses_route_whose_attributes_run_out():
    """An attribute length that runs past the block costs that route, which is reported."""
    good = PATH + mrt.origin()
    cut = [PATH + mrt.attribute(4, bytes(4), length=5), good + b"\x40", good + b"\x50\x01\x00"]
    tables, receipt = load(good, *cut)
    assert 1 == tables["routes"].num_rows
    assert ["malformed_attributes"] * 3 == receipt.issues.column("kind").to_pylist()
    assert [2, 3, 4] == receipt.issues.column("record").to_pylist()
    assert (1, 3) == (receipt.routes_kept, receipt.routes_lost)
    assert 1 == tables["attributes"].num_rows


def test_read_mrt_limits_the_rows_of_issues():
    """The first 1,000 issues of records are listed, the others counted in one row."""
    block = PATH + mrt.attribute(4, bytes(4), length=5)
    content = mrt.peer_index_table([mrt.Peer(64500, "192.0.2.1")]) + mrt.rib(
        "10.0.0.0/8", [mrt.rib_entry(0, block)] * 1500
    )
    _, receipt = core.read_mrt([("dump", None, content)], "collect")
    kinds = [issue["kind"] for issue in receipt["issues"]]
    assert ["malformed_attributes"] * 1000 + ["more_issues"] == kinds
    assert "500" in receipt["issues"][-1]["detail"]
    assert 1500 == receipt["files"][0]["routes_lost"]


def test_read_mrt_table_dump_aggregator_is_apart():
    """Attribute sets of TABLE_DUMP and TABLE_DUMP_V2 are interned apart."""
    block = mrt.aggregator(64500, "10.0.0.1", asn_bytes=2)
    v1 = mrt.table_dump("10.0.0.0/8", "192.0.2.1", 64500, block)
    v2 = mrt.peer_index_table([mrt.Peer(64500, "192.0.2.1")]) + mrt.rib(
        "10.0.0.0/8", [mrt.rib_entry(0, block)]
    )
    tables, _ = core.read_mrt([("v1", None, v1), ("v2", None, v2)], "collect")
    assert [64500, 64500] == tables["attributes"].column("aggregator_as").to_pylist()
