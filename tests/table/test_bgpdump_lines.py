"""Tests of `bgpdump_lines` against bgpdump's own output and its rules."""

import gzip

import pytest
from internet import mrt_writer as mrt

from rib._backend import core

PEERS = [mrt.Peer(64500, "192.0.2.1"), mrt.Peer(64501, "2001:db8::1"), mrt.Peer(64502, "::1.2.3.4")]


def lines(content):
    tables, _ = core.read_mrt([("dump", None, content)], "collect")
    return core.bgpdump_lines(tables, 0, tables["routes"].num_rows).decode().splitlines()


def line(block, prefix="10.0.0.0/8", peer=0):
    record = mrt.rib(prefix, [mrt.rib_entry(peer, block, originated=3)], timestamp=7)
    (only,) = lines(mrt.peer_index_table(PEERS) + record)
    return only


@pytest.mark.parametrize(
    ("block", "fields"),
    [
        (b"", "|INCOMPLETE|255.255.255.255|0|0||NAG||"),
        (mrt.origin() + mrt.next_hop("192.0.2.9"), "|IGP|192.0.2.9|0|0||NAG||"),
        (mrt.origin(1) + mrt.local_pref(5) + mrt.med(6), "|EGP|255.255.255.255|5|6||NAG||"),
        (mrt.as_path(mrt.sequence(1, 2), mrt.as_set(4, 3)), "1 2 {4,3}|INCOMPLETE|255.255.255.255|0|0||NAG||"),
        (
            mrt.as_path(mrt.confed_sequence(1, 2), mrt.confed_set(4, 3), mrt.sequence(70000)),
            "(1 2) [4,3] 70000|INCOMPLETE|255.255.255.255|0|0||NAG||",
        ),
        (
            mrt.communities([(64500, 1), (65535, 65281), (65535, 65282), (65535, 65283), (65535, 666)]),
            "|INCOMPLETE|255.255.255.255|0|0|64500:1 no-export no-advertise local-AS 65535:666|NAG||",
        ),
        (
            mrt.atomic_aggregate() + mrt.aggregator(64500, "10.0.0.1"),
            "|INCOMPLETE|255.255.255.255|0|0||AG|64500 10.0.0.1|",
        ),
        (mrt.large_communities([(1, 2, 3)]), "|INCOMPLETE|255.255.255.255|0|0||NAG||"),
        (mrt.mp_reach_abbreviated("2001:db8::9", "fe80::1"), "|INCOMPLETE|2001:db8::9|0|0||NAG||"),
        (mrt.mp_reach_abbreviated("::ffff:1.2.3.4"), "|INCOMPLETE|::ffff:1.2.3.4|0|0||NAG||"),
    ],
)  # fmt: skip
def test_bgpdump_lines_write_attributes(block, fields):
    """Each field is written as bgpdump writes it, absent ones too."""
    assert f"TABLE_DUMP2|7|B|192.0.2.1|64500|10.0.0.0/8|{fields}" == line(block)


def test_bgpdump_lines_write_ipv4_compatible_addresses_dotted():
    """Addresses in ::/96 are dotted, as bgpdump does, but not those in ::/112."""
    hop = mrt.mp_reach_abbreviated("::192.0.2.1")
    expected = "TABLE_DUMP2|7|B|::1.2.3.4|64502|::10.0.0.0/120||INCOMPLETE|::192.0.2.1|0|0||NAG||"
    assert expected == line(hop, "::10.0.0.0/120", 2)
    assert "|::1/128|" in line(hop, "::1/128", 2)


def test_bgpdump_lines_write_add_path_and_table_dump():
    """ADD-PATH routes carry their id after the prefix, TABLE_DUMP routes their own label."""
    table = mrt.peer_index_table(PEERS)
    add_path = mrt.rib("10.0.0.0/8", [mrt.rib_entry(1, b"", path_id=0)], add_path=True)
    v1 = mrt.table_dump("9.0.0.0/8", "192.0.2.1", 64500, mrt.as_path(mrt.sequence(1), asn_bytes=2))
    expected = [
        "TABLE_DUMP|0|B|192.0.2.1|64500|9.0.0.0/8|1|INCOMPLETE|255.255.255.255|0|0||NAG||",
        "TABLE_DUMP2_AP|0|B|2001:db8::1|64501|10.0.0.0/8|0||INCOMPLETE|255.255.255.255|0|0||NAG||",
    ]
    assert expected == lines(table + add_path + v1)


def test_bgpdump_lines_of_a_slice():
    """A slice of the routes gives its lines only; slices join to the whole."""
    records = [mrt.rib(f"10.{i}.0.0/16", [mrt.rib_entry(0, b"")]) for i in range(5)]
    content = mrt.peer_index_table(PEERS) + b"".join(records)
    tables, _ = core.read_mrt([("dump", None, content)], "collect")
    whole = core.bgpdump_lines(tables, 0, 5)
    parts = [core.bgpdump_lines(tables, a, b) for a, b in ((0, 2), (2, 2), (2, 5))]
    assert whole == b"".join(parts)
    assert b"" == parts[1]


@pytest.mark.parametrize(
    "name",
    ["bview.64k_stream_overflow", "bview.ipv4_unicast_add_path", "bview.ipv6_unicast_add_path"],
)
def test_bgpdump_lines_equal_bgpdumps_own_tests(name, shared_data):
    """The dumps of bgpdump's own test suite give its expected lines."""
    folder = shared_data / "mrt/bgpdump"
    expected = gzip.decompress((folder / f"{name}.expected.txt.gz").read_bytes()).decode()
    assert sorted(expected.splitlines()) == sorted(lines((folder / f"{name}.gz").read_bytes()))
