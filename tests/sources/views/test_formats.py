"""Tests of what each format says, and of what is refused in it."""

import json

import pytest
from views import (
    BGPDUMP,
    BIRD1,
    BIRD2,
    BIRD3,
    EOS,
    FRR_DETAIL,
    FRR_TABLE,
    IOS,
    IOS_ENTRY,
    NXOS_ENTRY,
    OPENBGPD,
    ROUTEROS,
)

import rib

C1 = 64500 << 16 | 1
NO_EXPORT = 0xFFFFFF01
#: rt 64500:7, ro 192.0.2.1:8, rt 4200000000:9, generic.
EXTENDED = [
    2 << 48 | 64500 << 32 | 7,
    0x0103 << 48 | 0xC0000201 << 16 | 8,
    0x0202 << 48 | 4200000000 << 16 | 9,
    0x4300000000000001,
]


def rows(text, **options):
    table = rib.read_view(text, **options)
    paths = table.to_pandas()["as_path"].tolist()
    found = {}
    for row, path in zip(table.routes.to_pylist(), paths, strict=True):
        peer = table.peers.slice(row["peer_id"], 1).to_pylist()[0]
        given = table.attributes.slice(row["attributes_id"], 1).to_pylist()[0]
        given = {k: v for k, v in given.items() if v not in (None, False)}
        given |= {"path": path, "id": row["add_path_id"]}
        found[table.prefixes["text"][row["prefix_id"]].as_py(), peer["peer_ip"]] = given
    return found


def issues(text, *args):
    found = rib.read_view(text, *args).receipt.issues.to_pylist()
    return [(row["record"], row["kind"]) for row in found]


@pytest.mark.parametrize("text", [BIRD1, BIRD2, BIRD3])
def test_bird_1_2_and_3_say_the_same(text):
    """The same routes of three BIRDs are the same rows."""
    first = {
        "origin": "IGP",
        "next_hop": "198.51.100.1",
        "local_pref": 100,
        "communities": [C1, C1 + 1, C1 + 2],
        "large_communities": [[64500, 1, 2], [64500, 3, 4]],
        "extended_communities": EXTENDED,
        "path": "64500 64501 {64502,64503}",
        "id": None,
    }
    second = {
        "origin": "INCOMPLETE",
        "next_hop": "198.51.100.2",
        "local_pref": 90,
        "atomic_aggregate": True,
        "aggregator_as": 64501,
        "aggregator_ip": "203.0.113.1",
        "path": "64510 64501",
        "id": None,
    }
    table = rib.read_view(text)
    found = rows(text)
    assert found["192.0.2.0/24", "198.51.100.1"] | {"med": 0} == first | {"med": 0}
    assert table.attributes["med"].to_pylist()[0] == 0
    assert found["192.0.2.0/24", "198.51.100.9"] == second
    assert len(found) == 2
    assert table.receipt.records["bird/other_protocol"] == 1


BIRD_ROUTE = b"""\
192.0.2.0/24 unicast [edge1 2025-01-01 from 10.0.0.1] * (100) [AS1i]
\tType: BGP univ
\tBGP.origin: IGP
\tBGP.as_path: 64500 1
"""


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (b"64500 1\n", b"64500 645...\n", [(1, "cut_value")]),
        (b"64500 1\n", b"64500 x\n", [(1, "malformed_route")]),
        (b"\tBGP.as_path: 64500 1\n", b"", [(1, "malformed_route")]),
        (
            b"\tType: BGP univ\n\tBGP.origin: IGP\n\tBGP.as_path: 64500 1\n",
            b"",
            [(1, "no_attributes")],
        ),
        (b"192.0.2.0/24", b"192.0.2.1/24", [(n, "unknown_line") for n in (1, 2, 3, 4)]),
    ],
)
def test_bird_routes_that_cannot_be_kept(old, new, found):
    """A route without a whole path, or without attributes or prefix, is lost with an issue."""
    assert issues(BIRD_ROUTE.replace(old, new), "bird") == [*found, (None, "no_routes")]


@pytest.mark.parametrize(
    "line",
    [
        b"\tBGP.origin: what",
        b"\tBGP.med: -1",
        b"\tBGP.local_pref: 4294967296",
        b"\tBGP.next_hop: there",
        b"\tBGP.aggregator: 192.0.2.1",
        b"\tBGP.community: (1,2) (70000,1)",
        b"\tBGP.large_community: (1, 2)",
        b"\tBGP.ext_community: (what, 1, 2)",
        b"\tBGP.cluster_list: 1.2.3",
        b"\tBGP.40 [t]: 01 2",
        b"\tBGP.05: 01 02",
    ],
)
def test_bird_attributes_that_are_left_out(line):
    """An attribute that is not understood costs itself, with an issue."""
    text = BIRD_ROUTE + line + b"\n"
    assert issues(text, "bird") == [(5, "unreadable_attribute")]
    assert rib.read_view(text).n_routes == 1


def test_bird_fields_that_are_not_known():
    """A field of no known name is an issue: it may be an attribute that is misspelt."""
    assert issues(BIRD_ROUTE + b"\tBXP.community: (1,2)\n", "bird") == [(5, "unknown_field")]
    assert issues(BIRD_ROUTE + b"\tKernel.metric: 32\n\tigp_metric: 0\n", "bird") == []


def test_bird_attributes_that_bird_does_not_know():
    """They are shown as octets, and kept as such."""
    table = rib.read_view(BIRD_ROUTE + b"\tBGP.63 [t]: 01 02\n")
    (given,) = table.attributes.to_pylist()
    assert given["unknown"] == [{"flags": 0xC0, "type": 0x63, "value": b"\1\2"}]
    assert table.receipt.ok


def test_bird_other_families_and_lines():
    """Flowspec, VPN and ROA tables are counted; a line of nothing known is an issue."""
    text = (
        b"""\
flow4 { dst 10.0.0.0/8; } unicast [edge1 2025-01-01] * (100)
\tType: BGP univ
64500:1 10.0.0.0/8 unicast [edge1 2025-01-01] * (100)
10.0.0.0/8-24 AS64500 [roa1 2025-01-01] * (100)
%s\tvia 10.0.0.1 on eth0
what is this
\tindented
"""
        % BIRD_ROUTE
    )
    receipt = rib.read_view(text, "bird").receipt
    assert receipt.other_families == {"ROA": 1, "VPN": 1, "flowspec": 1}
    assert [10, 11] == [
        row["record"] for row in receipt.issues.to_pylist() if row["kind"] == "unknown_line"
    ]
    assert [f.reconciled for f in receipt.files] == [True]
    assert receipt.routes_kept == 1


def test_routeros_fields():
    """Fields are read across wrapped lines, quotes and groups."""
    found = rows(ROUTEROS)
    assert found["192.0.2.0/24", "198.51.100.1"] == {
        "origin": "EGP",
        "next_hop": "198.51.100.1",
        "med": 5,
        "local_pref": 100,
        "communities": [C1, NO_EXPORT],
        "large_communities": [[64500, 1, 2], [64500, 3, 4]],
        "extended_communities": EXTENDED[:2],
        "atomic_aggregate": True,
        "aggregator_as": 64501,
        "aggregator_ip": "203.0.113.1",
        "originator_id": "203.0.113.7",
        "cluster_list": [0xCB007108, 0xCB007109],
        "path": "64500 64501 {64502,64503}",
        "id": None,
    }
    assert found["2001:db8::/32", "2001:db8:ffff::1"]["path"] == "64510 64501"
    assert found["192.0.2.0/24", "198.51.100.2"]["path"] == "64510 64501"
    records = rib.read_view(ROUTEROS).receipt.records
    assert [records[f"routeros/{kind}"] for kind in ("best", "route", "filtered")] == [1, 1, 1]


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        (b"dst-address=192.0.2.0/24", b"dst-address=192.0.2.1/24", "malformed_route"),
        (b'"64500,64501', b'"64500,x', "malformed_route"),
        (b" .med=5", b" what .med=5", "malformed_route"),
        (b".med=5", b".med=x", "unreadable_attribute"),
        (b"64500:1,no-export", b"64500:1,what", "unreadable_attribute"),
        (b".origin=egp", b".origin=x", "unreadable_attribute"),
        (b"aggregate=yes", b"aggregate=si", "unreadable_attribute"),
        (b".local-pref=100", b".colour=blue", "unreadable_attribute"),
        (b"bgp.session=edge1 ", b"bgX.session=edge1 ", "unknown_field"),
        (b"bgp.session=edge1 ", b"bgp-session=edge1 ", "unknown_field"),
    ],
)
def test_routeros_damage(old, new, kind):
    """A prefix, path or field that is none costs the route, an attribute costs itself."""
    text = ROUTEROS.replace(old, new, 1)
    assert (4, kind) in issues(text)
    assert rib.read_view(text).n_routes == (2 if kind == "malformed_route" else 3)


def test_routeros_6():
    """The routes of RouterOS 6 have a number, and names with a hyphen."""
    text = b"""\
Flags: X - disabled, A - active, D - dynamic, b - bgp
 0 ADb  dst-address=192.0.2.0/24 gateway=198.51.100.1 distance=20 scope=40
        bgp-as-path="64500,64501" bgp-origin=igp received-from=edge1

 1 A S  dst-address=0.0.0.0/0 gateway=10.0.0.1 distance=1
"""
    table = rib.read_view(text, peers={"edge1": 64500})
    assert table.to_pandas()[["prefix", "as_path"]].values.tolist() == [
        ["192.0.2.0/24", "64500 64501"]
    ]
    assert table.receipt.ok


def test_bgpdump_fields():
    """0 and 255.255.255.255 stand for what is absent."""
    found = rows(BGPDUMP.replace(b"2001:db8::9", b"255.255.255.255"))
    assert found["192.0.2.0/24", "198.51.100.1"] == {
        "origin": "IGP",
        "next_hop": "198.51.100.1",
        "communities": [C1, NO_EXPORT],
        "path": "64500 64501 {64502,64503}",
        "id": None,
    }
    assert found["2001:db8::/32", "2001:db8::1"] == {
        "origin": "INCOMPLETE",
        "large_communities": [[64500, 1, 2]],
        "path": "64500 64501",
        "id": 5,
    }
    assert rib.read_view(BGPDUMP).routes["record_time"].to_pylist()[0] == 1737460800


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        (b"|1737460800|", b"|now|", "malformed_route"),
        (b"|B|", b"|X|", "malformed_route"),
        (b"|198.51.100.1|64500|", b"|here|64500|", "malformed_route"),
        (b"|198.51.100.1|64500|", b"|198.51.100.1|me|", "malformed_route"),
        (b"192.0.2.0/24", b"192.0.2.0/33", "malformed_route"),
        (b"{64502,64503}", b"{64502,64503", "malformed_route"),
        (b"|IGP|", b"|what|", "malformed_route"),
        (b"|NAG|", b"|", "unreadable_attribute"),
        (b"64500:1 ", b"64500:99999 ", "unreadable_attribute"),
        (b"|IGP|198.51.100.1|", b"|IGP|there|", "unreadable_attribute"),
        (b"|IGP|198.51.100.1|0|0|", b"|IGP|198.51.100.1|0|x|", "unreadable_attribute"),
        (b"TABLE_DUMP2|", b"TABLE|", "unknown_line"),
        (b"TABLE_DUMP2|1737460800|B|", b"BGP4MP|1737460800|A|", "not_a_route"),
    ],
)
def test_bgpdump_damage(old, new, kind):
    """A line that is none costs itself."""
    text = BGPDUMP.replace(old, new, 1)
    assert issues(text) == [(1, kind)]
    receipt = rib.read_view(text).receipt
    assert receipt.routes_kept == (3 if kind == "unreadable_attribute" else 2)
    assert receipt.files[0].reconciled


def test_frr_tables_and_details():
    """A table has no communities; details have everything, the router's own routes their own peer."""
    assert rows(FRR_TABLE)["192.0.2.0/24", "198.51.100.1"] == {
        "origin": "IGP",
        "next_hop": "198.51.100.1",
        "med": 5,
        "local_pref": 100,
        "path": "64500 64501 {64502,64503}",
        "id": None,
    }
    own = rib.read_view(FRR_TABLE).peers.to_pylist()[1]
    assert (own["is_local"], own["peer_as"]) == (True, 0)
    assert rows(FRR_DETAIL)["2001:db8::/32", "2001:db8::1"] == {
        "origin": "EGP",
        "next_hop": "2001:db8::1",
        "next_hop_link_local": "fe80::1",
        "local_pref": 90,
        "communities": [C1, NO_EXPORT],
        "large_communities": [[64500, 1, 2]],
        "extended_communities": EXTENDED[:2],
        "atomic_aggregate": True,
        "aggregator_as": 64501,
        "aggregator_ip": "203.0.113.1",
        "originator_id": "203.0.113.7",
        "cluster_list": [0xCB007108],
        "otc": 64500,
        "path": "64500 64501",
        "id": 3,
    }
    assert rib.read_view(FRR_DETAIL, peers={"r2": 64500}).peers["bgp_id"].to_pylist() == [
        "203.0.113.50"
    ]


def test_frr_other_forms():
    """One prefix, several VRFs and a route without its peer are read too."""
    path = json.loads(FRR_TABLE)["routes"]["192.0.2.0/24"][0]
    one = {"prefix": "192.0.2.0/24", "paths": [path]}
    vrfs = {"default": {"routes": {"192.0.2.0/24": one}}, "red": {"routes": {"10.0.0.0/8": [path]}}}
    assert rib.read_view(json.dumps(one).encode(), "frr-json").n_routes == 1
    table = rib.read_view(json.dumps(vrfs).encode())
    assert table.receipt.other_families == {"VRF red": 1}
    assert table.prefixes["text"].to_pylist() == ["192.0.2.0/24"]
    del path["peerId"]
    (peer,) = rib.read_view(json.dumps(one).encode(), "frr-json").peers.to_pylist()
    assert (peer["peer_as"], peer["is_local"], peer["peer_ip"]) == (64500, False, "0.0.0.0")


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"path": 5}, "malformed_route"),
        ({"path": "64500 x"}, "malformed_route"),
        ({"origin": "what"}, "unreadable_attribute"),
        ({"community": {"list": ["what"]}}, "unreadable_attribute"),
        ({"community": 5}, "unreadable_attribute"),
    ],
)
def test_frr_damage(change, kind):
    """A path that is none costs the route, an attribute itself; issues name the prefix."""
    document = json.loads(FRR_TABLE)
    document["routes"]["192.0.2.0/24"][0] |= change
    table = rib.read_view(json.dumps(document).encode())
    (row,) = table.receipt.issues.to_pylist()
    assert (row["kind"], row["record"]) == (kind, None)
    assert "192.0.2.0/24" in row["detail"]
    assert table.n_routes == (1 if kind == "malformed_route" else 2)
    assert table.receipt.files[0].reconciled


def test_openbgpd():
    """A MED of 0 may stand for none, so it is null; own routes have their own peer."""
    assert rows(OPENBGPD)["192.0.2.0/24", "198.51.100.1"] == {
        "origin": "IGP",
        "next_hop": "198.51.100.1",
        "local_pref": 100,
        "communities": [C1, NO_EXPORT],
        "large_communities": [[64500, 1, 2]],
        "extended_communities": [EXTENDED[0], 1 << 63],
        "atomic_aggregate": True,
        "aggregator_as": 64501,
        "aggregator_ip": "203.0.113.1",
        "otc": 64500,
        "path": "64500 64501 {64502,64503}",
        "id": None,
    }
    peers = rib.read_view(OPENBGPD, peers={"edge1": 1}).peers
    assert peers["peer_as"].to_pylist() == [1, 0]
    assert peers["is_local"].to_pylist() == [False, True]


@pytest.mark.parametrize("change", [{"prefix": "10.0.0.1/8"}, {"prefix": None}, {"aspath": [1]}])
def test_openbgpd_damage(change):
    """A route without prefix or path is lost, with an issue."""
    document = json.loads(OPENBGPD)
    document["rib"][0] |= change
    table = rib.read_view(json.dumps(document).encode())
    assert table.receipt.issues.column("kind").to_pylist() == ["malformed_route"]
    assert table.n_routes == 1


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
