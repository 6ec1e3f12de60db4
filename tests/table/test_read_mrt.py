"""Tests of `read_mrt` on well-formed input: rows, ids, sort order, peers, receipt."""

import bz2
import gzip

import pytest
from internet import mrt_writer as mrt

from rib._backend import core
from rib.exceptions import MrtError
from rib.schema import LOADED
from rib.table.receipt import LoadReceipt

PEERS = [mrt.Peer(64500, "192.0.2.1", "10.0.0.1"), mrt.Peer(64501, "2001:db8::1", "10.0.0.2")]
TABLE = mrt.peer_index_table(PEERS)
PATH = mrt.origin() + mrt.as_path(mrt.sequence(64500, 64510)) + mrt.next_hop("192.0.2.1")
OTHER = mrt.origin() + mrt.as_path(mrt.sequence(64501, 64510)) + mrt.next_hop("192.0.2.9")


def load(*contents, collector=None):
    inputs = [(f"file{i}", collector, content) for i, content in enumerate(contents)]
    tables, receipt = core.read_mrt(inputs, "collect")
    return tables, LoadReceipt.from_dict(receipt)


def column(tables, table, name):
    return tables[table].column(name).to_pylist()


def dump(*records):
    return TABLE + b"".join(records)


@pytest.mark.parametrize("table", list(LOADED))
def test_read_mrt_tables_have_the_documented_schemas(table):
    """Every table has exactly the columns, types and nullability of the schema, in one chunk."""
    tables, _ = load(dump(mrt.rib("10.0.0.0/8", [mrt.rib_entry(0, PATH)])))
    assert LOADED[table] == tables[table].schema.remove_metadata()
    assert {1} == {c.num_chunks for c in tables[table].columns}
    tables[table].validate(full=True)


@pytest.mark.parametrize("table", list(LOADED))
def test_read_mrt_empty_tables_have_the_documented_schemas(table):
    """A dump without routes gives empty tables of the same schemas."""
    tables, _ = load(mrt.peer_index_table([]))
    assert (LOADED[table], 0) == (tables[table].schema.remove_metadata(), tables[table].num_rows)


def test_read_mrt_sorts_prefixes_by_family_network_length():
    """Prefixes come sorted and distinct, whatever the order of the records."""
    texts = [
        "2001:db8::/32",
        "10.1.0.0/16",
        "10.0.0.0/8",
        "::/0",
        "9.0.0.0/8",
        "10.0.0.0/16",
        "0.0.0.0/0",
    ]
    records = [mrt.rib(text, [mrt.rib_entry(0, PATH)]) for text in [*texts, "10.0.0.0/8"]]
    tables, receipt = load(dump(*records))
    expected = [
        "0.0.0.0/0",
        "9.0.0.0/8",
        "10.0.0.0/8",
        "10.0.0.0/16",
        "10.1.0.0/16",
        "::/0",
        "2001:db8::/32",
    ]
    assert expected == column(tables, "prefixes", "text")
    assert [4] * 5 + [6] * 2 == column(tables, "prefixes", "family")
    assert [0, 8, 8, 16, 16, 0, 32] == column(tables, "prefixes", "length")
    assert b"\x0a\x01" + bytes(14) == column(tables, "prefixes", "network")[4]
    assert [0, 1, 2, 2, 3, 4, 5, 6] == column(tables, "routes", "prefix_id")
    assert {"duplicate_route": 1} == receipt.quirks


def test_read_mrt_sorts_routes_by_prefix_peer_and_path_id():
    """Routes sort by prefix, peer, ADD-PATH id (absent first), then by their order in the input."""
    entry = mrt.rib_entry
    plain = mrt.rib("10.0.0.0/8", [entry(1, PATH, originated=1), entry(0, PATH, originated=2)])
    add_path = mrt.rib(
        "10.0.0.0/8",
        [
            entry(0, PATH, path_id=7, originated=3),
            entry(0, PATH, path_id=0, originated=4),
            entry(0, OTHER, path_id=7, originated=5),
        ],
        add_path=True,
        timestamp=9,
    )
    tables, receipt = load(dump(plain, add_path))
    assert [0, 0, 0, 0, 1] == column(tables, "routes", "peer_id")
    assert [None, 0, 7, 7, None] == column(tables, "routes", "add_path_id")
    assert [2, 4, 3, 5, 1] == column(tables, "routes", "originated_time")
    assert [0, 9, 9, 9, 0] == column(tables, "routes", "record_time")
    assert {"duplicate_route": 1} == receipt.quirks


def test_read_mrt_interns_paths_and_attributes_in_order_of_appearance():
    """Ids of paths and attribute sets are given at first appearance, before the sort."""
    third = mrt.origin(1) + mrt.as_path(mrt.sequence(64500, 64510)) + mrt.next_hop("192.0.2.1")
    tables, _ = load(
        dump(
            mrt.rib("11.0.0.0/8", [mrt.rib_entry(0, OTHER)]),
            mrt.rib("10.0.0.0/8", [mrt.rib_entry(0, PATH), mrt.rib_entry(1, third)]),
        )
    )
    assert [1, 1, 0] == column(tables, "routes", "as_path_id")
    assert [1, 2, 0] == column(tables, "routes", "attributes_id")
    assert [[64501, 64510], [64500, 64510]] == column(tables, "as_paths", "hops")
    assert ["192.0.2.9", "192.0.2.1", "192.0.2.1"] == column(tables, "attributes", "next_hop")
    assert ["IGP", "IGP", "EGP"] == column(tables, "attributes", "origin")


def test_read_mrt_lists_all_peers_of_the_index():
    """All peers of a PEER_INDEX_TABLE are listed, those without routes and of 2-octet ASes too."""
    peers = [*PEERS, mrt.Peer(23456, "198.51.100.7", "0.0.0.0", asn_bytes=2)]
    tables, receipt = load(mrt.peer_index_table(peers, view="rrc00"))
    expected = [
        ("rrc00", 64500, "192.0.2.1", "10.0.0.1", "TABLE_DUMP_V2", None, None),
        ("rrc00", 64501, "2001:db8::1", "10.0.0.2", "TABLE_DUMP_V2", None, None),
        ("rrc00", 23456, "198.51.100.7", "0.0.0.0", "TABLE_DUMP_V2", None, None),
    ]
    assert expected == [tuple(row.values()) for row in tables["peers"].to_pylist()]
    assert "rrc00" == receipt.files[0].collector


def test_read_mrt_second_peer_table_replaces_the_first():
    """Records refer to the PEER_INDEX_TABLE before them; known peers keep their id."""
    second = mrt.peer_index_table([PEERS[1], mrt.Peer(64502, "192.0.2.3")])
    first_route = mrt.rib("10.0.0.0/8", [mrt.rib_entry(0, PATH)])
    tables, _ = load(
        dump(first_route, second, mrt.rib("10.0.0.0/8", [mrt.rib_entry(i, PATH) for i in (0, 1)]))
    )
    assert [64500, 64501, 64502] == column(tables, "peers", "peer_as")
    assert [0, 1, 2] == column(tables, "routes", "peer_id")


def test_read_mrt_given_collector_replaces_the_view_name():
    """The caller's collector counts, also where it is empty."""
    content = mrt.peer_index_table(PEERS, view="rrc00")
    assert ["jinx"] * 2 == column(load(content, collector="jinx")[0], "peers", "collector")
    assert [""] * 2 == column(load(content, collector="")[0], "peers", "collector")


def test_read_mrt_several_inputs_share_ids():
    """Inputs go into one set of tables in the order given; each has its entry in the receipt."""
    route = mrt.rib("10.0.0.0/8", [mrt.rib_entry(0, PATH)])
    tables, receipt = load(
        dump(route), dump(route, mrt.rib("9.0.0.0/8", [mrt.rib_entry(1, OTHER)]))
    )
    assert [1, 0, 0] == column(tables, "routes", "peer_id")
    assert (2, 2, 2) == tuple(tables[t].num_rows for t in ("peers", "as_paths", "attributes"))
    assert [("file0", 1), ("file1", 2)] == [(f.name, f.routes_kept) for f in receipt.files]


def test_read_mrt_masks_host_bits():
    """Host bits of a prefix are cleared, and counted per route."""
    record = mrt.rib(
        "10.0.0.0/8", [mrt.rib_entry(0, PATH), mrt.rib_entry(1, PATH)], prefix_length=7
    )
    tables, receipt = load(dump(record.replace(b"\x07\x0a", b"\x07\x0b")))
    assert ["10.0.0.0/7"] == column(tables, "prefixes", "text")
    assert {"nlri_host_bits": 2} == receipt.quirks
    assert receipt.ok
    path = mrt.as_path(mrt.sequence(64500), asn_bytes=2)
    tables, receipt = load(mrt.table_dump("10.255.0.1/9", "192.0.2.1", 64500, path))
    assert ["10.128.0.0/9"] == column(tables, "prefixes", "text")
    assert {"nlri_host_bits": 1} == receipt.quirks


def test_read_mrt_table_dump_v1():
    """TABLE_DUMP records of both families give routes whose peers have no BGP identifier."""
    v4 = mrt.table_dump(
        "10.0.0.0/8",
        "192.0.2.1",
        64500,
        mrt.origin() + mrt.as_path(mrt.sequence(64500, 64510), asn_bytes=2),
        originated=5,
        timestamp=6,
    )
    v6 = mrt.table_dump(
        "2001:db8::/32", "2001:db8::1", 64501, mrt.as_path(mrt.sequence(64501), asn_bytes=2)
    )
    tables, receipt = load(v6 + v4)
    assert ["10.0.0.0/8", "2001:db8::/32"] == column(tables, "prefixes", "text")
    assert [64501, 64500] == column(tables, "peers", "peer_as")
    assert [None, None] == column(tables, "peers", "bgp_id")
    assert ["TABLE_DUMP"] * 2 == column(tables, "peers", "record_type")
    assert [[64501], [64500, 64510]] == column(tables, "as_paths", "hops")
    assert [(5, 6), (0, 0)] == list(
        zip(
            column(tables, "routes", "originated_time"),
            column(tables, "routes", "record_time"),
            strict=True,
        )
    )
    assert {"TABLE_DUMP/AFI_IPv4": 1, "TABLE_DUMP/AFI_IPv6": 1} == receipt.records


def test_read_mrt_counts_other_records_by_name():
    """Records that hold no routes of a RIB are counted by name and cost nothing."""
    session = mrt.Session(64500, 64510, "192.0.2.1", "192.0.2.2")
    others = [
        mrt.message(session, mrt.bgp_update()),
        mrt.message(session, mrt.bgp_update(), microseconds=1),
        mrt.record(mrt.TABLE_DUMP_V2, 99, b"abc"),
        mrt.record(77, 3, b""),
        mrt.geo_peer_table([mrt.GeoPeer(p.bgp_id, 0, 0) for p in PEERS]),
    ]
    _, receipt = load(dump(*others, mrt.rib("10.0.0.0/8", [mrt.rib_entry(0, PATH)])))
    expected = {
        "BGP4MP/BGP4MP_MESSAGE_AS4": 1,
        "BGP4MP_ET/BGP4MP_MESSAGE_AS4": 1,
        "TABLE_DUMP_V2/99": 1,
        "TABLE_DUMP_V2/GEO_PEER_TABLE": 1,
        "TABLE_DUMP_V2/PEER_INDEX_TABLE": 1,
        "TABLE_DUMP_V2/RIB_IPV4_UNICAST": 1,
        "TYPE_77/3": 1,
    }
    assert expected == receipt.records
    assert receipt.ok


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (11, "OSPFv2/1"),
        (32, "ISIS/1"),
        (33, "ISIS_ET/1"),
        (48, "OSPFv3/1"),
        (49, "OSPFv3_ET/1"),
    ],
)
def test_read_mrt_skips_other_protocols(kind, name):
    """Records of OSPF and IS-IS are counted by name and skipped, whatever is in them."""
    other = mrt.record(kind, 1, b"abcdefgh")
    route = mrt.rib("10.0.0.0/8", [mrt.rib_entry(0, PATH)])
    tables, receipt = load(other + dump(other, route) + other)
    assert 1 == tables["routes"].num_rows
    assert 3 == receipt.records[name]
    assert receipt.ok


@pytest.mark.parametrize(
    ("pack", "name"),
    [
        (bytes, "plain"),
        (gzip.compress, "gzip"),
        (bz2.compress, "bzip2"),
        (lambda b: gzip.compress(b[:50]) + gzip.compress(b[50:]), "gzip"),
        (lambda b: bz2.compress(b[:50]) + bz2.compress(b[50:]), "bzip2"),
        (lambda b: gzip.compress(b[:50]) + bytes(9) + gzip.compress(b[50:]) + bytes(99), "gzip"),
    ],
)
def test_read_mrt_reads_compressed_input(pack, name, tmp_path):
    """Compression is told by content, in bytes and files; streams and zeros may follow."""
    content = dump(mrt.rib("10.0.0.0/8", [mrt.rib_entry(0, PATH)]))
    packed = pack(content)
    path = tmp_path / "wrong.extension"
    path.write_bytes(packed)
    for source in (packed, str(path)):
        tables, receipt = load(source)
        assert ["10.0.0.0/8"] == column(tables, "prefixes", "text")
        assert receipt.ok
        file = receipt.files[0]
        assert (name, len(packed), len(content)) == (
            file.compression,
            file.bytes_in,
            file.bytes_uncompressed,
        )


def test_read_mrt_reads_records_over_64_kib():
    """A record may be longer than 64 KiB."""
    many = [mrt.rib_entry(i % 2, PATH, path_id=i) for i in range(4000)]
    tables, receipt = load(dump(mrt.rib("10.0.0.0/8", many, add_path=True)))
    assert 4000 == tables["routes"].num_rows
    assert receipt.ok


def test_read_mrt_reports_progress():
    """Progress ends at the total of stored bytes."""
    calls = []
    packed = gzip.compress(dump(mrt.rib("10.0.0.0/8", [mrt.rib_entry(0, PATH)])))
    core.read_mrt([("a", None, packed), ("b", None, packed)], "collect", lambda *c: calls.append(c))
    assert (2 * len(packed), 2 * len(packed)) == calls[-1]


def test_read_mrt_refuses_too_many_peers():
    """Peer ids have 16 bits: the peer after the 65,535th is an error."""
    tables = [
        mrt.peer_index_table([mrt.Peer(k << 16 | i, "192.0.2.1") for i in range(40000)])
        for k in range(2)
    ]
    with pytest.raises(MrtError, match=r"^one: expected at most 65535 peers") as caught:
        core.read_mrt([("one", None, b"".join(tables))], "collect")
    assert "one" == caught.value.path
    with pytest.raises(MrtError, match=r"^second: expected at most 65535 peers"):
        core.read_mrt([("first", None, tables[0]), ("second", None, tables[1])], "collect")


def test_read_mrt_real_counts(shared_data):
    """A real RouteViews dump gives the counts that independent parsers give."""
    path = shared_data / "mrt/routeviews/rib.20140530.2200.route-views.jinx.bz2"
    tables, receipt = load(str(path))
    assert (503590, 497323 + 84, 14) == tuple(
        tables[t].num_rows for t in ("routes", "prefixes", "peers")
    )
    assert receipt.ok
