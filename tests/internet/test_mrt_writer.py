"""The MRT writer against byte strings worked out by hand from the RFCs, and against bgpdump."""

import shutil
import subprocess
from pathlib import Path

import pytest
from internet import mrt_writer as mrt

needs_bgpdump = pytest.mark.skipif(
    shutil.which("bgpdump") is None,
    reason="bgpdump (the Debian package of that name) is not installed",
)

ATTRIBUTES = [
    (mrt.origin(mrt.ORIGIN_IGP), "40 01 01 00"),
    (mrt.as_path(mrt.sequence(65000)), "40 02 06 02 01 0000fde8"),
    (mrt.as_path(mrt.sequence(65000), asn_bytes=2), "40 02 04 02 01 fde8"),
    (
        mrt.as_path(mrt.sequence(10), mrt.as_set(11, 12)),
        "40 02 10 02 01 0000000a 01 02 0000000b 0000000c",
    ),
    (
        mrt.as_path(mrt.confed_sequence(65001), mrt.confed_set(65002)),
        "40 02 0c 03 01 0000fde9 04 01 0000fdea",
    ),
    (mrt.next_hop("192.0.2.1"), "40 03 04 c0000201"),
    (mrt.med(161), "80 04 04 000000a1"),
    (mrt.local_pref(40), "40 05 04 00000028"),
    (mrt.atomic_aggregate(), "40 06 00"),
    (mrt.aggregator(0x30000, "10.0.0.1"), "c0 07 08 00030000 0a000001"),
    (mrt.aggregator(65000, "10.0.0.1", asn_bytes=2), "c0 07 06 fde8 0a000001"),
    (mrt.communities([(29075, 18000), (65535, 65281)]), "c0 08 08 7193 4650 ffff ff01"),
    (mrt.originator_id("10.0.0.1"), "80 09 04 0a000001"),
    (mrt.cluster_list(["10.0.0.1", "10.0.0.2"]), "80 0a 08 0a000001 0a000002"),
    (mrt.mp_reach_abbreviated("2001:db8::1"), "80 0e 11 10 20010db8" + "00" * 11 + "01"),
    (
        mrt.mp_reach(1, 1, ["192.0.2.1"], mrt.nlri("10.0.0.0/24")),
        "80 0e 0d 0001 01 04 c0000201 00 18 0a0000",
    ),
    (mrt.mp_unreach(2, 1, mrt.nlri("2001:db8::/32")), "80 0f 08 0002 01 20 20010db8"),
    (mrt.extended_communities([mrt.route_target(65000, 100)]), "c0 10 08 0002 fde8 00000064"),
    (mrt.as4_path(mrt.sequence(0x30001)), "c0 11 06 02 01 00030001"),
    (mrt.as4_aggregator(0x30001, "192.0.2.1"), "c0 12 08 00030001 c0000201"),
    (mrt.ipv6_extended_communities([bytes(20)]), "c0 19 14" + "00" * 20),
    (mrt.aigp(100), "80 1a 0b 01 000b 0000000000000064"),
    (mrt.large_communities([(0x30000, 1, 2)]), "c0 20 0c 00030000 00000001 00000002"),
    (mrt.only_to_customer(3356), "c0 23 04 00000d1c"),
    (mrt.attribute(99, b"\1\2", flags=0xE0), "e0 63 02 0102"),
    (mrt.attribute(1, b"\0", extended=True), "50 01 0001 00"),
    (mrt.attribute(1, b"\0", length=255), "40 01 ff 00"),
    (mrt.as_path(mrt.Segment(mrt.AS_SEQUENCE, (1,), 9)), "40 02 06 02 09 00000001"),
    (mrt.nlri("10.1.0.0/16"), "10 0a01"),
    (mrt.nlri("0.0.0.0/0"), "00"),
    (mrt.nlri("10.1.255.0/17", path_id=7), "00000007 11 0a01ff"),
    (mrt.nlri("10.0.0.0/8", length=33), "21 0a"),
]


@pytest.mark.parametrize(("actual", "expected"), ATTRIBUTES)
def test_attribute_has_the_bytes_of_its_rfc(actual: bytes, expected: str) -> None:
    """Flags, code, length and value of each attribute are those worked out by hand."""
    assert bytes.fromhex(expected) == actual


def test_a_long_value_sets_the_extended_length_flag() -> None:
    """Values over 255 octets need a two-octet length."""
    assert bytes.fromhex("d0 08 0100") == mrt.communities([(1, 1)] * 64)[:4]


def test_peer_index_table_bytes() -> None:
    """The peer type tells address family and ASN width (RFC 6396 section 4.3.1)."""
    peers = [mrt.Peer(65000, "192.0.2.1", "10.0.0.1", 2), mrt.Peer(3356, "2001:db8::1", "10.0.0.2")]
    expected = (
        "00000005 000d 0001 0000002f 0a000009 0003 726962 0002"
        "00 0a000001 c0000201 fde8"
        "03 0a000002 20010db8 00000000 00000000 00000001 00000d1c"
    )
    actual = mrt.peer_index_table(peers, collector_id="10.0.0.9", view="rib", timestamp=5)
    assert bytes.fromhex(expected) == actual


@pytest.mark.parametrize(
    ("prefix", "safi", "add_path", "expected"),
    [
        ("10.0.0.0/8", mrt.UNICAST, False, 2),
        ("10.0.0.0/8", mrt.MULTICAST, False, 3),
        ("2001:db8::/32", mrt.UNICAST, False, 4),
        ("2001:db8::/32", mrt.MULTICAST, False, 5),
        ("10.0.0.0/8", mrt.UNICAST, True, 8),
        ("10.0.0.0/8", mrt.MULTICAST, True, 9),
        ("2001:db8::/32", mrt.UNICAST, True, 10),
        ("2001:db8::/32", mrt.MULTICAST, True, 11),
    ],
)
def test_rib_subtype_follows_family_and_form(
    prefix: str, safi: int, add_path: bool, expected: int
) -> None:
    """The eight RIB subtypes of RFC 6396 and RFC 8050 are chosen from the arguments."""
    record = mrt.rib(prefix, [], safi=safi, add_path=add_path)
    assert (13, expected) == (record[5], record[7])


def test_rib_bytes_with_path_id() -> None:
    """The path id stands between originated time and attribute length (RFC 8050 section 4.1)."""
    entry = mrt.rib_entry(1, mrt.origin(), originated=9, path_id=7)
    expected = (
        "00000000 000d 0008 00000018 00000003 08 0a 0001 0001 00000009 00000007 0004 40010100"
    )
    actual = mrt.rib("10.0.0.0/8", [entry], sequence_number=3, add_path=True)
    assert bytes.fromhex(expected) == actual


def test_rib_generic_bytes() -> None:
    """RIB_GENERIC names its family and holds one NLRI (RFC 6396 section 4.3.3)."""
    expected = "00000000 000d 0006 0000000b 00000001 0001 80 08 0a 0000"
    assert bytes.fromhex(expected) == mrt.rib_generic(
        1, 128, mrt.nlri("10.0.0.0/8"), [], sequence_number=1
    )


def test_table_dump_bytes() -> None:
    """TABLE_DUMP has one route per record and two-octet ASNs (RFC 6396 section 4.2)."""
    expected = (
        "00000002 000c 0001 0000001a 0000 0001 0a000000 08 01 00000003 c0000201 fde8 0004 40010100"
    )
    actual = mrt.table_dump(
        "10.0.0.0/8", "192.0.2.1", 65000, mrt.origin(), sequence_number=1, originated=3, timestamp=2
    )
    assert bytes.fromhex(expected) == actual


def test_microseconds_count_in_the_length() -> None:
    """A BGP4MP_ET record is four octets longer (RFC 6396 section 3)."""
    session = mrt.Session(65000, 65001, "192.0.2.1", "192.0.2.2", 2)
    expected = (
        "00000001 0011 0000 00000018 00000064 fde8 fde9 0000 0001 c0000201 c0000202 0005 0006"
    )
    actual = mrt.state_change(session, 5, 6, timestamp=1, microseconds=100)
    assert bytes.fromhex(expected) == actual


@pytest.mark.parametrize(
    ("asn_bytes", "local", "add_path", "expected"),
    [
        (2, False, False, 1),
        (4, False, False, 4),
        (2, True, False, 6),
        (4, True, False, 7),
        (2, False, True, 8),
        (4, False, True, 9),
        (2, True, True, 10),
        (4, True, True, 11),
    ],
)
def test_message_subtype_follows_the_session(
    asn_bytes: int, local: bool, add_path: bool, expected: int
) -> None:
    """The eight BGP4MP message subtypes are chosen from the arguments."""
    session = mrt.Session(65000, 65001, "192.0.2.1", "192.0.2.2", asn_bytes)
    record = mrt.message(session, mrt.bgp_message(4), local=local, add_path=add_path)
    assert (16, expected) == (record[5], record[7])


def test_update_bytes() -> None:
    """An UPDATE holds withdrawn routes, attributes and announced routes (RFC 4271 section 4.3)."""
    expected = "ff" * 16 + "0020 02 0002 08 0b 0004 40010100 10 0a01"
    actual = mrt.bgp_update(
        withdrawn=mrt.nlri("11.0.0.0/8"), attributes=mrt.origin(), announced=mrt.nlri("10.1.0.0/16")
    )
    assert bytes.fromhex(expected) == actual


def bgpdump_lines(path: Path, content: bytes) -> list[str]:
    """Return what `bgpdump -m` prints for these bytes."""
    path.write_bytes(content)
    done = subprocess.run(
        ["bgpdump", "-m", str(path)], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.splitlines()


@needs_bgpdump
def test_bgpdump_reads_a_written_rib(tmp_path: Path) -> None:
    """Every attribute that bgpdump prints comes back as written, for both families."""
    attributes = mrt.origin(mrt.ORIGIN_INCOMPLETE) + mrt.as_path(
        mrt.sequence(64500, 64501), mrt.as_set(64502, 64503)
    )
    tagged = mrt.med(161) + mrt.local_pref(40) + mrt.atomic_aggregate()
    tagged += mrt.aggregator(64501, "192.0.2.9") + mrt.communities([(64500, 1), (64500, 2)])
    four = mrt.rib_entry(0, attributes + mrt.next_hop("192.0.2.1") + tagged)
    six = mrt.rib_entry(0, attributes + mrt.mp_reach_abbreviated("2001:db8::1") + tagged)
    content = mrt.peer_index_table([mrt.Peer(64500, "192.0.2.1")], timestamp=7)
    content += mrt.rib("10.0.0.0/8", [four], timestamp=7)
    content += mrt.rib("2001:db8::/32", [six], sequence_number=1, timestamp=7)
    path = "64500 64501 {64502,64503}|INCOMPLETE"
    rest = "40|161|64500:1 64500:2|AG|64501 192.0.2.9|"
    expected = [
        f"TABLE_DUMP2|7|B|192.0.2.1|64500|10.0.0.0/8|{path}|192.0.2.1|{rest}",
        f"TABLE_DUMP2|7|B|192.0.2.1|64500|2001:db8::/32|{path}|2001:db8::1|{rest}",
    ]
    assert expected == bgpdump_lines(tmp_path / "rib.mrt", content)


@needs_bgpdump
def test_bgpdump_reads_a_written_add_path_rib(tmp_path: Path) -> None:
    """Two routes of one peer that differ in path id are both read."""
    attributes = mrt.origin() + mrt.as_path(mrt.sequence(64500)) + mrt.next_hop("192.0.2.1")
    entries = [mrt.rib_entry(0, attributes, path_id=n) for n in (0, 5)]
    content = mrt.peer_index_table([mrt.Peer(64500, "192.0.2.1")])
    content += mrt.rib("10.0.0.0/8", entries, add_path=True)
    lines = bgpdump_lines(tmp_path / "rib.mrt", content)
    expected = [["10.0.0.0/8", "0", "64500"], ["10.0.0.0/8", "5", "64500"]]
    assert expected == [line.split("|")[5:8] for line in lines]


@needs_bgpdump
def test_bgpdump_reads_a_written_table_dump(tmp_path: Path) -> None:
    """TABLE_DUMP version 1 records of both families are read."""
    four = mrt.origin() + mrt.as_path(mrt.sequence(64500, 64501), asn_bytes=2)
    content = mrt.table_dump(
        "10.0.0.0/8", "192.0.2.1", 64500, four + mrt.next_hop("192.0.2.1"), timestamp=7
    )
    six = four + mrt.mp_reach(2, 1, ["2001:db8::1"])
    content += mrt.table_dump("2001:db8::/32", "2001:db8::1", 64500, six, timestamp=7)
    lines = bgpdump_lines(tmp_path / "rib.mrt", content)
    expected = [["10.0.0.0/8", "64500 64501"], ["2001:db8::/32", "64500 64501"]]
    assert expected == [line.split("|")[5:7] for line in lines]


@needs_bgpdump
def test_bgpdump_reads_written_updates(tmp_path: Path) -> None:
    """An announcement, a withdrawal and a state change come back."""
    session = mrt.Session(64500, 64501, "192.0.2.1", "192.0.2.2")
    attributes = mrt.origin() + mrt.as_path(mrt.sequence(64500)) + mrt.next_hop("192.0.2.1")
    announce = mrt.bgp_update(attributes=attributes, announced=mrt.nlri("10.0.0.0/8"))
    withdraw = mrt.bgp_update(withdrawn=mrt.nlri("11.0.0.0/8"))
    content = mrt.message(session, announce, timestamp=7)
    content += mrt.message(session, withdraw, timestamp=8)
    content += mrt.state_change(session, 6, 1, timestamp=9)
    expected = [
        "BGP4MP|7|A|192.0.2.1|64500|10.0.0.0/8|64500|IGP|192.0.2.1|0|0||NAG||",
        "BGP4MP|8|W|192.0.2.1|64500|11.0.0.0/8",
        "BGP4MP|9|STATE|192.0.2.1|64500|6|1",
    ]
    assert expected == bgpdump_lines(tmp_path / "updates.mrt", content)
