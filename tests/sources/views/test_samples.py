"""Tests of `read_view` on views that others keep, with what they expect of them, and on our own dumps' lines."""

import gzip
import re
from collections import Counter

import pytest
from dumps import SAMPLES

import rib
from rib._backend import core

TABLES = ("routes", "prefixes", "as_paths", "attributes", "peers")
ORIGINS = {"i": "IGP", "e": "EGP", "?": "INCOMPLETE"}
#: Samples of tables, with the number of routes that are not read, and why. Their routes else are as expected.
CISCO_TABLES = {
    "arista_eos_show_ip_bgp": 1,  # of another VRF
    "arista_eos_show_ip_bgp2": 0,
    "cisco_ios_show_ip_bgp": 0,
    "cisco_ios_show_ip_bgp1": 0,
    "cisco_ios_show_ip_bgp2": 0,
    "cisco_ios_show_ip_bgp3": 0,
    "cisco_ios_show_ip_bgp4": 0,
    "cisco_ios_show_ip_bgp5": 0,
    "cisco_ios_show_ip_bgp6": 0,
    "cisco_ios_show_ip_bgp_vpn": 5,  # of a VPN
    "cisco_nxos_show_ip_bgp": 0,
    "cisco_nxos_show_ip_bgp1": 40,  # blanks were collapsed
    "cisco_nxos_show_ip_bgp_vrf": 4,  # of other VRFs
    "cisco_xr_show_bgp": 5,  # numbers out of their columns
    "cisco_xr_show_bgp2": 0,
}
#: Samples of entries, with the routes read: the others have ASes above 32 bits or are of other VRFs.
CISCO_ENTRIES = {
    "arista_eos_show_ip_bgp_detail": 3,
    "arista_eos_show_ip_bgp_detail2": 3,
    "cisco_nxos_show_bgp_vrf_ipv4_unicast_detail": 8,
}


@pytest.fixture(scope="module")
def views(shared_data):
    folder = shared_data / "text_views"
    if not folder.is_dir():
        pytest.skip("the text views are not here (RIB_SHARED_DATA names their folder)")
    return folder


def expected(path):
    """Read the rows of an expectation: flat mappings of text in YAML."""
    rows = re.split(r"^\s*- ", path.read_text().partition("parsed_sample:")[2], flags=re.MULTILINE)
    return [dict(re.findall(r'^\s*(\w+): "(.*)"\s*$', row, re.MULTILINE)) for row in rows[1:]]


def text(value):
    return "" if value is None else str(value)


def shown(table):
    """Give the routes of a table in the form of the expectations."""
    found = []
    rows = zip(table.routes.to_pylist(), table.to_pandas()["as_path"], strict=True)
    for route, path in rows:
        a = table.attributes.slice(route["attributes_id"], 1).to_pylist()[0]
        hop = "-" if a["next_hop"] is None else a["next_hop"]
        found.append(
            (hop, str(path).replace(",", " "), a["origin"], text(a["med"]), text(a["local_pref"]))
        )
    return found


def plain(asns):
    """Give a path with numbers for ASes with a dot."""
    dotted = re.sub(r"(\d+)\.(\d+)", lambda m: str(int(m[1]) << 16 | int(m[2])), asns)
    return dotted.replace(",", " ")


@pytest.mark.parametrize("name", CISCO_TABLES)
def test_cisco_tables(name, views):
    """Every row is as expected, but for those whose loss is documented, each with an issue."""
    rows = [
        (
            row["next_hop"],
            plain(row["as_path"]),
            ORIGINS[row["origin"]],
            row["metric"],
            row["local_pref"],
        )
        for row in expected(views / "cisco-like" / f"{name}.yml")
    ]
    table = rib.read_view(views / "cisco-like" / f"{name}.raw")
    missing, extra = Counter(rows) - Counter(shown(table)), Counter(shown(table)) - Counter(rows)
    assert (CISCO_TABLES[name], 0) == (missing.total(), extra.total())
    receipt = table.receipt
    assert CISCO_TABLES[name] == receipt.routes_lost + sum(receipt.other_families.values())
    assert all(file.reconciled for file in receipt.files)


@pytest.mark.parametrize("name", CISCO_ENTRIES)
def test_cisco_entries(name, views):
    """Every path that is read is as expected."""
    rows = Counter(
        (
            row["next_hop"],
            plain(re.sub(r"(NONE|Local).*", "", row["as_path"])),
            row["origin"].upper(),
            row["metric"],
            row["local_pref"],
        )
        for row in expected(views / "cisco-like" / f"{name}.yml")
    )
    table = rib.read_view(views / "cisco-like" / f"{name}.raw")
    assert CISCO_ENTRIES[name] == table.n_routes
    assert Counter() == Counter(shown(table)) - rows
    assert all(file.reconciled for file in table.receipt.files)


@pytest.mark.parametrize(("version", "family"), [(v, f) for v in (1, 2, 3) for f in (4, 6)])
def test_bird(version, family, views):
    """BIRD 1, 2 and 3 show the same routes with all their attributes."""
    table = rib.read_view(views / "bird" / f"routes_bird{version}_ipv{family}.sample")
    assert table.receipt.ok
    first = table.attributes.to_pylist()[0]
    large = {4: [[9033, 65666, 12], [9033, 65666, 9]], 6: [[48821, 0, 2000], [48821, 0, 2100]]}
    assert large[family] == first["large_communities"]
    assert 50 == len(first["communities"])
    if family == 4:
        paths = [[1340], [1340], [1340], [1339]]
        hops = ["1.2.3.16", "1.2.3.16", "1.2.3.16", "1.2.3.15"]
    else:
        paths = [[202739], [15169], [50629, 15169]]
        hops = ["2001:678:1e0::2", "fe80:ffff:ffff::1", "fe80:ffff:ffff::2"]
    found = [table.as_paths["hops"][i].as_py() for i in table.routes["as_path_id"].to_pylist()]
    assert sorted(paths) == sorted(found)
    shown_hops = table.attributes["next_hop"].to_pylist()
    found = [shown_hops[i] for i in table.routes["attributes_id"].to_pylist()]
    assert sorted(hops) == sorted(found)


def test_frr(views):
    """The routes of FRR's test, whose table does not name the peer."""
    table = rib.read_view(views / "frr" / "bgp_table_rpki_valid.json")
    assert ["198.51.100.0/24", "203.0.113.0/24"] == table.prefixes["text"].to_pylist()
    assert [[65530]] == table.as_paths["hops"].to_pylist()
    assert [65530] == table.peers["peer_as"].to_pylist()
    assert table.receipt.ok


def test_openbgpd(views):
    """The routes of Alice's test; an extended community without a known type is an issue."""
    table = rib.read_view(views / "openbgpd" / "openbgpd_rib.json")
    assert [[1111]] == table.as_paths["hops"].to_pylist()
    assert [50, None] == table.attributes["med"].to_pylist()
    assert [[54987, 1, 1]] == table.attributes["large_communities"].to_pylist()[0]
    assert [2 << 48 | 65000 << 32 | 11000, 1 << 63] == table.attributes["extended_communities"][
        0
    ].as_py()
    assert ["unreadable_attribute"] == table.receipt.issues["kind"].to_pylist()


def test_sros_is_no_view(views):
    """What is not read says so."""
    path = views / "cisco-like" / "alcatel_sros_show_router_bgp_routes_vpn-ipv4.raw"
    with pytest.raises(rib.ViewError, match="expected a view"):
        rib.read_view(path)


def lines(table):
    tables = {name: getattr(table, name) for name in TABLES}
    return core.bgpdump_lines(tables, 0, table.n_routes)


@pytest.mark.parametrize("name", SAMPLES)
def test_lines_of_a_dump_are_its_routes(name, sample):
    """What is written as bgpdump's lines is the same table read back, as far as the lines show it."""
    dump = rib.read_mrt(sample / name)
    table = rib.read_view(lines(dump))
    assert table.receipt.ok
    assert dump.prefixes.equals(table.prefixes)
    assert sorted(lines(dump).splitlines()) == sorted(lines(table).splitlines())
    keys = ("peer_as", "peer_ip")
    assert {tuple(p[k] for k in keys) for p in dump.peers.to_pylist()} >= {
        tuple(p[k] for k in keys) for p in table.peers.to_pylist()
    }


@pytest.mark.parametrize(
    "name",
    ["bview.ipv4_unicast_add_path", "bview.ipv6_unicast_add_path", "bview.64k_stream_overflow"],
)
def test_bgpdumps_own_lines(name, shared_data):
    """What bgpdump printed of real dumps is read, and printed again it is the same."""
    path = shared_data / "mrt" / "bgpdump" / f"{name}.expected.txt.gz"
    if not path.exists():
        pytest.skip(f"{path.name} is not here")
    printed = gzip.decompress(path.read_bytes())
    table = rib.read_view(path)
    again = lines(table).replace(b"TABLE_DUMP2_AP|", b"TABLE_DUMP2|")
    assert table.receipt.routes_lost == 0
    assert sorted(printed.replace(b"TABLE_DUMP2_AP|", b"TABLE_DUMP2|").splitlines()) == sorted(
        again.splitlines()
    )
