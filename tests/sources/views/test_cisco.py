"""What is read in tables and entries as Cisco's IOS shows them, and what is refused."""

import pytest
from view_rows import C1, EXTENDED, NO_EXPORT, issues, rows
from views import EOS, IOS, IOS_ENTRY, NXOS_ENTRY

import rib


def test_cisco_tables():
    """Rows without prefix, wrapped rows, empty columns, classful prefixes and ASNs with a dot are read."""
    found = rows(IOS)
    assert [
        (p, ip, a["path"], a.get("med"), a.get("local_pref")) for (p, ip), a in found.items()
    ] == [
        ("10.0.0.0/8", "0.0.0.0", "", None, None),
        ("192.0.2.0/24", "198.51.100.1", "64500 64501 {64502,64503}", 5, None),
        ("192.0.2.0/24", "198.51.100.2", "64510 64501", None, 90),
        ("198.51.100.128/25", "198.51.100.3", "4259840001", None, 100),
        ("2001:db8::/32", "2001:db8:ffff:ffff::1", "64500 64501", None, None),
    ]
    med = rib.read_view(IOS).to_pandas()["med"]
    assert med.iloc[0] == 0
    assert med.isna().tolist() == [False, False, True, False, True]


def test_cisco_frr_is_the_same_parser():
    """`frr` names the tables of FRR, which look like those of IOS."""
    assert rows(IOS, format="frr") == rows(IOS)


def test_cisco_vrfs():
    """Of several VRFs the default one is read, and of a VPN none."""
    table = rib.read_view(EOS)
    assert table.prefixes["text"].to_pylist() == ["10.0.0.0/8", "192.0.2.0/24"]
    assert table.receipt.other_families == {"VRF customer": 1}
    only = EOS[EOS.index(b"BGP routing table information for VRF customer") :]
    assert rib.read_view(only).prefixes["text"].to_pylist() == ["10.9.0.0/16"]
    vpn = IOS.replace(b" *>  10.0.0.0  ", b"Route Distinguisher: 1:1\n *>  10.0.0.0  ")
    assert rib.read_view(vpn).receipt.other_families == {"VPN": 5}


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (b"     5             0 64500", b"   5             0 64500", [(9, "malformed_route")]),
        (b"{64502,64503} i", b"{64502,64503}", [(9, "malformed_route")]),
        (b"5             0 64500", b"x             0 64500", [(9, "malformed_route")]),
        (b"64510 64501 ?", b"64510 x ?", [(10, "malformed_route")]),
        (b" *>  192.0.2.0 ", b" !!! what.is.it", [(9, "unknown_line"), (10, "malformed_route")]),
    ],
)
def test_cisco_rows_that_are_none(old, new, found):
    """A row out of its columns is lost, and rows without prefix never belong to one that was not read."""
    assert issues(IOS.replace(old, new, 1)) == found


def test_cisco_blanks_that_were_collapsed():
    """Without their blanks MED, LOCAL_PREF and the path cannot be told apart, so nothing is guessed."""
    text = b"Network Next Hop Metric LocPrf Weight Path\n*>e10.0.0.0/8 1.2.3.4 5 0 12345 102 i\n"
    assert issues(text) == [(2, "malformed_route"), (None, "no_routes")]


def test_cisco_host_bits_are_cleared():
    """A prefix with host bits is kept without them, with an issue."""
    text = IOS.replace(b"198.51.100.128/25", b"198.51.100.129/25")
    assert issues(text) == [(11, "host_bits")]
    assert "198.51.100.128/25" in rib.read_view(text).prefixes["text"].to_pylist()


def test_cisco_entries():
    """Entries tell peers and their identifiers, communities and who aggregated."""
    found = rows(IOS_ENTRY)
    assert found["192.0.2.0/24", "198.51.100.1"] == {
        "origin": "IGP",
        "next_hop": "198.51.100.1",
        "med": 5,
        "local_pref": 100,
        "communities": [C1, NO_EXPORT, 4226088962, C1 + 1],
        "large_communities": [[64500, 1, 2]],
        "extended_communities": EXTENDED[:1],
        "atomic_aggregate": True,
        "aggregator_as": 64501,
        "aggregator_ip": "203.0.113.1",
        "path": "64500 64501",
        "id": None,
    }
    assert found["192.0.2.0/24", "0.0.0.0"]["cluster_list"] == [0xCB007108, 0xCB007109]
    nxos = rows(NXOS_ENTRY)
    assert nxos["192.0.2.0/24", "198.51.100.1"]["path"] == "64500 4259840001"
    assert nxos["192.0.2.0/24", "198.51.100.1"]["aggregator_as"] == 64501
    assert nxos["192.0.2.0/24", "0.0.0.0"]["med"] == 7
    for text in (IOS_ENTRY, NXOS_ENTRY):
        assert rib.read_view(text).peers["bgp_id"].to_pylist() == ["203.0.113.50", None]


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        (b"198.51.100.1 from 198.51.100.1", b"198.51.100.1 by 198.51.100.1", "malformed_route"),
        (b"for 192.0.2.0/24", b"for 192.0.2.0/99", "malformed_route"),
        (b"64500 64501, (", b"64500 4294967296, (", "malformed_route"),
        (b"no-export", b"what", "unreadable_attribute"),
        (b"      rx pathid", b"      what", "unknown_line"),
    ],
)
def test_cisco_entries_that_are_damaged(old, new, kind):
    """A path without its peer, prefix or ASes is lost, an attribute or a line costs itself."""
    assert kind in {k for _, k in issues(IOS_ENTRY.replace(old, new, 1))}
