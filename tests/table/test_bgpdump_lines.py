"""Tests of `bgpdump_lines` against bgpdump's own output and its rules."""

import gzip
import shutil
import subprocess

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
    """Addresses in ::/96 beyond ::1 are dotted, as bgpdump does."""
    hop = mrt.mp_reach_abbreviated("::192.0.2.1")
    expected = "TABLE_DUMP2|7|B|::1.2.3.4|64502|::10.0.0.0/120||INCOMPLETE|::192.0.2.1|0|0||NAG||"
    assert expected == line(hop, "::10.0.0.0/120", 2)
    assert "|::1/128|" in line(hop, "::1/128", 2)
    assert "|::0.0.0.2/128|" in line(hop, "::2/128", 2)


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("1:0:2:0:3:5:6:7", "1::2:0:3:5:6:7"),
        ("1:0:2::5:6:7", "1:0:2::5:6:7"),
        ("1:2:3:4:5:6:7:0", "1:2:3:4:5:6:7::"),
        ("0:1:2:3:4:5:6:7", "::1:2:3:4:5:6:7"),
        ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
        ("10:2:3:4:5:6:7:80", "10:2:3:4:5:6:7:80"),
    ],
)
def test_bgpdump_lines_cut_single_zero_groups(given, written):
    """A zero group that stands alone is cut where no longer run is, as bgpdump does."""
    hop = mrt.mp_reach_abbreviated(given)
    expected = f"TABLE_DUMP2|7|B|192.0.2.1|64500|{written}/128||INCOMPLETE|{written}|0|0||NAG||"
    assert expected == line(hop, f"{given}/128")


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


# -- updates -------------------------------------------------------------------------------------

V4 = mrt.Session(64500, 64510, "192.0.2.1", "192.0.2.2")
V6 = mrt.Session(64500, 64510, "2001:db8::1", "2001:db8::2")
EXPECTED = [
    "updates.20020722.2238",
    "updates.20070211.0141",
    "updates.20071015.1505",
    "updates.20100722.2015",
    "updates.long_withdrawal",
    "updates.nlri_mask_trailing_bits",
]


def change_lines(content):
    """Lines of unicast and multicast changes, which bgpdump does not tell apart."""
    found = []
    for safi in ("unicast", "multicast"):
        tables, _ = core.read_updates([("updates", None, content)], "collect", safi=safi)
        changes = tables["changes"]
        if safi == "multicast":
            changes = changes.filter(changes.column("prefix_id").is_valid()).combine_chunks()
        tables = tables | {"changes": changes}
        found += core.bgpdump_lines(tables, 0, changes.num_rows).decode().splitlines()
    return found


def update(session, *, path_id=None, local=False, microseconds=None):
    """One record with a withdrawal and an announcement of both families."""
    path = mrt.as_path(mrt.sequence(1, 2), asn_bytes=session.asn_bytes)
    reach = mrt.mp_reach(2, 1, ["2001:db8::9"], mrt.nlri("2001:db8:1::/48", path_id=path_id))
    unreach = mrt.mp_unreach(2, 1, mrt.nlri("2001:db8:2::/48", path_id=path_id))
    message = mrt.bgp_update(
        withdrawn=mrt.nlri("10.1.0.0/16", path_id=path_id),
        attributes=mrt.origin() + path + mrt.next_hop("192.0.2.9") + mrt.med(7) + unreach + reach,
        announced=mrt.nlri("10.2.0.0/16", path_id=path_id),
    )
    return mrt.message(
        session,
        message,
        timestamp=5,
        local=local,
        add_path=path_id is not None,
        microseconds=microseconds,
    )


def test_bgpdump_lines_write_changes():
    """Announcements, withdrawals and states, with path ids and microseconds."""
    content = update(V4) + update(V6, path_id=3, microseconds=42)
    content += mrt.state_change(V4, 6, 1, timestamp=5) + update(V4, local=True, path_id=0)
    lines = change_lines(content)
    route = "1 2|IGP|192.0.2.9|0|7||NAG||"
    assert "BGP4MP|5|W|192.0.2.1|64500|10.1.0.0/16" == lines[0]
    assert "BGP4MP|5|W|192.0.2.1|64500|2001:db8:2::/48" == lines[1]
    assert f"BGP4MP|5|A|192.0.2.1|64500|10.2.0.0/16|{route}" == lines[2]
    assert "BGP4MP_ET_AP|5.000042|W|2001:db8::1|64500|10.1.0.0/16|3" == lines[4]
    assert f"BGP4MP_ET_AP|5.000042|A|2001:db8::1|64500|10.2.0.0/16|3|{route}" == lines[6]
    assert "BGP4MP|5|STATE|192.0.2.1|64500|6|1" == lines[8]
    assert "BGP4MP_LOCAL_AP|5|W|192.0.2.1|64500|10.1.0.0/16|0" == lines[9]


@pytest.mark.parametrize("name", EXPECTED)
def test_bgpdump_lines_equal_the_expected_texts_of_updates(name, shared_data):
    """The texts that come with bgpdump, as sorted lines."""
    folder = shared_data / "mrt" / "bgpdump"
    expected = gzip.decompress((folder / f"{name}.expected.txt.gz").read_bytes()).decode()
    assert sorted(expected.splitlines()) == sorted(change_lines(str(folder / f"{name}.gz")))


def bgpdump(path):
    """Give what bgpdump writes."""
    result = subprocess.run(
        ["bgpdump", "-m", str(path)],
        capture_output=True,
        text=True,
        check=True,
    )
    return result.stdout.splitlines()


needs_bgpdump = pytest.mark.skipif(
    shutil.which("bgpdump") is None, reason="bgpdump is not installed"
)


@needs_bgpdump
@pytest.mark.parametrize("microseconds", [None, 42])
@pytest.mark.parametrize("asn_bytes", [2, 4])
@pytest.mark.parametrize("path_id", [None, 9])
@pytest.mark.parametrize("local", [False, True])
def test_bgpdump_lines_equal_bgpdump_in_every_form(
    local, path_id, asn_bytes, microseconds, tmp_path
):
    """Every subtype equals, but LOCAL ones over IPv4 with IPv6 withdrawals.

    There bgpdump takes the octets of an IPv4 address for an IPv6 one.
    """
    if local and path_id is not None:
        pytest.skip("bgpdump writes these as received from the collector itself")
    sessions = [s._replace(asn_bytes=asn_bytes) for s in ((V6,) if local else (V4, V6))]
    content = b"".join(
        update(s, path_id=path_id, local=local, microseconds=microseconds) for s in sessions
    )
    content += mrt.state_change(sessions[0], 6, 7, timestamp=9, microseconds=microseconds)
    path = tmp_path / "updates"
    path.write_bytes(content)
    assert sorted(bgpdump(path)) == sorted(change_lines(str(path)))


@needs_bgpdump
@pytest.mark.parametrize(
    "name",
    [
        "daemons/bird-mrtdump_bgp",
        "daemons/bird6-mrtdump_bgp",
        "daemons/openbgpd_bgp",
        "daemons/quagga_bgp",
        "daemons/quagga_bgp_large_communities",
        "updates/updates.20140530.2215.rrc06.gz",
        "updates/updates.20150401.0000.route-views.jinx.bz2",
    ],
)
def test_bgpdump_lines_equal_bgpdump_on_real_updates(name, shared_data):
    """Line for line, in whatever order."""
    path = shared_data / "mrt" / name
    assert sorted(bgpdump(path)) == sorted(change_lines(str(path)))
