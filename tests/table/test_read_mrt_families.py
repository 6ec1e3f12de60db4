"""Tests of `read_mrt` on address families: multicast, RIB_GENERIC and what is not a prefix."""

import pytest
from internet import mrt_writer as mrt

import rib
from rib._backend import core
from rib.table.receipt import LoadReceipt

TABLE = mrt.peer_index_table([mrt.Peer(64500, "192.0.2.1", "10.0.0.1")])
PATH = mrt.origin() + mrt.as_path(mrt.sequence(64500, 64510)) + mrt.next_hop("192.0.2.1")
ENTRY = mrt.rib_entry(0, PATH)
UNICAST = mrt.rib("10.0.0.0/8", [ENTRY])


def load(*records, safi="unicast", on_error="collect"):
    content = TABLE + b"".join(records)
    tables, receipt = core.read_mrt([("dump", None, content)], on_error, None, safi=safi)
    rows = tables["routes"].to_pylist()
    texts = tables["prefixes"].column("text").to_pylist()
    routes = [(texts[r["prefix_id"]], r["add_path_id"]) for r in rows]
    return routes, LoadReceipt.from_dict(receipt)


def generic(prefix, *entries, safi=mrt.UNICAST, path_id=None, add_path=False):
    identifier = b"" if path_id is None else path_id.to_bytes(4, "big")
    afi = mrt.IPV6 if ":" in prefix else mrt.IPV4
    return mrt.rib_generic(afi, safi, identifier + mrt.nlri(prefix), entries, add_path=add_path)


def test_read_mrt_reads_the_family_that_is_asked_for():
    """Multicast routes never mix with unicast ones; those not asked for are counted, not lost."""
    multicast = [
        mrt.rib("10.1.0.0/16", [ENTRY], safi=mrt.MULTICAST),
        mrt.rib("2001:db8::/32", [ENTRY], safi=mrt.MULTICAST),
        mrt.rib(
            "10.2.0.0/16", [mrt.rib_entry(0, PATH, path_id=3)], safi=mrt.MULTICAST, add_path=True
        ),
    ]
    routes, receipt = load(UNICAST, *multicast)
    assert [("10.0.0.0/8", None)] == routes
    assert {"IPv4 multicast": 2, "IPv6 multicast": 1} == receipt.other_families
    assert receipt.ok
    routes, receipt = load(UNICAST, *multicast, safi="multicast")
    assert [("10.1.0.0/16", None), ("10.2.0.0/16", 3), ("2001:db8::/32", None)] == routes
    assert {"IPv4 unicast": 1} == receipt.other_families


@pytest.mark.parametrize("add_path", [False, True])
@pytest.mark.parametrize("safi", ["unicast", "multicast"])
@pytest.mark.parametrize(("prefix", "family"), [("10.1.0.0/16", "IPV4"), ("2001:db8::/32", "IPV6")])
def test_read_mrt_reads_every_record_of_prefixes(prefix, family, safi, add_path):
    """Subtypes 2 to 5, and 8 to 11 with the path id between originated time and attribute length."""
    ids = [7, 2**32 - 1] if add_path else [None]
    entries = [mrt.rib_entry(0, PATH, originated=2**31 + 5, path_id=i) for i in ids]
    code = mrt.MULTICAST if safi == "multicast" else mrt.UNICAST
    record = mrt.rib(prefix, entries, safi=code, add_path=add_path)
    routes, receipt = load(record, safi=safi)
    assert [(prefix, i) for i in ids] == routes
    name = f"TABLE_DUMP_V2/RIB_{family}_{safi.upper()}" + ("_ADDPATH" if add_path else "")
    assert {name: 1, "TABLE_DUMP_V2/PEER_INDEX_TABLE": 1} == receipt.records
    assert {} == receipt.quirks


def test_read_mrt_reads_rib_generic_of_prefixes():
    """RFC 6396 section 4.3.3: AFI and SAFI say what the NLRI is."""
    routes, receipt = load(
        generic("10.1.0.0/16", ENTRY),
        generic("2001:db8::/32", ENTRY, ENTRY),
        generic("10.9.0.0/16", ENTRY, safi=mrt.MULTICAST),
    )
    assert [("10.1.0.0/16", None), ("2001:db8::/32", None), ("2001:db8::/32", None)] == routes
    assert (3, 0) == (receipt.routes_kept, receipt.routes_lost)
    assert {"IPv4 multicast": 1} == receipt.other_families


@pytest.mark.parametrize(
    ("afi", "safi", "name"),
    [
        (1, 128, "IPv4 VPN unicast"),
        (25, 70, "L2VPN EVPN"),
        (2, 133, "IPv6 flow specification"),
        (16388, 71, "BGP-LS BGP-LS"),
        (1, 200, "IPv4 SAFI 200"),
        (9, 9, "AFI 9 SAFI 9"),
    ],
)
def test_read_mrt_counts_families_that_are_not_prefixes(afi, safi, name):
    """Other families are counted by name and do not disturb what is read."""
    other = mrt.rib_generic(afi, safi, b"\x70" + bytes(14), [ENTRY])
    routes, receipt = load(other, UNICAST, other)
    assert [("10.0.0.0/8", None)] == routes
    assert {name: 2} == receipt.other_families
    assert receipt.ok


def test_read_mrt_reads_the_path_id_of_a_generic_record_where_the_rfc_puts_it():
    """RFC 8050 section 4.2: one path id in the NLRI, for all entries; 0 is an id."""
    routes, receipt = load(
        generic("10.1.0.0/16", ENTRY, ENTRY, path_id=7, add_path=True),
        generic("10.2.0.0/16", ENTRY, path_id=0, add_path=True),
    )
    assert [("10.1.0.0/16", 7), ("10.1.0.0/16", 7), ("10.2.0.0/16", 0)] == routes
    assert {"duplicate_route": 1} == receipt.quirks


def test_read_mrt_reads_the_path_ids_of_a_generic_record_where_routers_put_them():
    """GoBGP and OpenBGPD put a path id into every entry: understood, and counted as a quirk."""
    entries = [mrt.rib_entry(0, PATH, path_id=i) for i in (4, 5)]
    routes, receipt = load(generic("10.1.0.0/16", *entries, add_path=True))
    assert [("10.1.0.0/16", 4), ("10.1.0.0/16", 5)] == routes
    assert {"generic_path_id_in_entry": 1} == receipt.quirks


@pytest.mark.parametrize(
    "body", [bytes(3), bytes(6), bytes(4) + b"\0\1\1", bytes(4) + b"\0\1\1" + b"\x21" * 10]
)
@pytest.mark.parametrize("subtype", [6, 12])
def test_read_mrt_reports_a_cut_generic_record(subtype, body):
    """A generic record that ends early, or whose prefix is too long, costs itself."""
    routes, receipt = load(mrt.record(mrt.TABLE_DUMP_V2, subtype, body), UNICAST)
    assert [("10.0.0.0/8", None)] == routes
    assert ["malformed_record"] == receipt.issues.column("kind").to_pylist()


def test_read_mrt_names_a_wrong_safi():
    """A wrong keyword is named with its value."""
    with pytest.raises(ValueError, match="safi='both': expected 'unicast' or 'multicast'"):
        rib.read_mrt(TABLE + UNICAST, safi="both")


def test_read_mrt_shows_other_families_in_the_summary():
    """The summary of a table says which records were not read."""
    content = TABLE + UNICAST + mrt.rib("10.1.0.0/16", [ENTRY], safi=mrt.MULTICAST)
    assert "not read    1 records of IPv4 multicast" in repr(rib.read_mrt(content))
    assert 1 == rib.read_mrt(content, safi="multicast").n_routes
