"""Tests of `read_mrt` on AS paths: segments, widths, AS4_PATH, origin, upstream, length."""

import pytest
from internet import mrt_writer as mrt

from rib._backend import core
from rib.table.receipt import LoadReceipt

SEQ, SET, CSEQ, CSET = mrt.sequence, mrt.as_set, mrt.confed_sequence, mrt.confed_set


def load_v2(block):
    content = mrt.peer_index_table([mrt.Peer(64500, "192.0.2.1")]) + mrt.rib(
        "10.0.0.0/8", [mrt.rib_entry(0, block)]
    )
    return read(content)


def load_v1(block):
    return read(mrt.table_dump("10.0.0.0/8", "192.0.2.1", 64500, block))


def read(content):
    tables, receipt = core.read_mrt([("dump", None, content)], "collect")
    return tables["as_paths"].to_pylist(), LoadReceipt.from_dict(receipt)


def hops_and_segments(row):
    return row["hops"], [(s["kind"], s["count"]) for s in row["segments"]]


@pytest.mark.parametrize(
    ("path", "origin_as", "kind", "upstream", "length"),
    [
        ([SEQ(1, 2, 3)], 3, "single", 2, 3),
        ([SEQ(1, 2, 3, 3, 3)], 3, "single", 2, 5),
        ([SEQ(3, 3)], 3, "single", None, 2),
        ([SEQ(1, 2), SEQ(3, 3)], 3, "single", 2, 4),
        ([SEQ(1, 2), SET(3)], 3, "set1", 2, 3),
        ([SEQ(1, 2), SET(3, 3)], 3, "set1", 2, 3),
        ([SEQ(1, 3), SET(3)], 3, "set1", 1, 3),
        ([SEQ(1, 2), SET(3, 4)], None, "set", None, 3),
        ([SEQ(1), SET(2, 4), SEQ(3)], 3, "single", None, 3),
        ([SEQ(1), SET(2, 3), SEQ(3)], 3, "single", None, 3),
        ([SEQ(1), SET(2, 2), SEQ(3)], 3, "single", 2, 3),
        ([SEQ(1), SET(3), SEQ(3)], 3, "single", 1, 3),
        ([SEQ(1, 2), CSEQ(65000), SEQ(3)], 3, "single", 2, 3),
        ([CSEQ(65000, 65001), SEQ(1, 3)], 3, "single", 1, 2),
        ([SEQ(1), CSEQ(65000)], None, "confed", None, 1),
        ([SEQ(1), CSET(65000, 65001)], None, "confed", None, 1),
        ([], None, "local", None, 0),
        ([SEQ(0)], 0, "single", None, 1),
        ([SEQ(4294967295, 23456)], 23456, "single", 4294967295, 2),
    ],
)
def test_read_mrt_finds_origin_upstream_and_length(path, origin_as, kind, upstream, length):
    """Origin, how it was found, upstream and length follow the segments, not the last number."""
    (row,), receipt = load_v2(mrt.as_path(*path))
    expected = (origin_as, kind, upstream, length)
    actual = (row["origin_as"], row["origin_kind"], row["upstream_as"], row["length"])
    assert expected == actual
    assert [asn for s in path for asn in s.asns] == row["hops"]
    assert [(s.kind, len(s.asns)) for s in path] == hops_and_segments(row)[1]
    assert {} == receipt.quirks


def test_read_mrt_missing_as_path_is_an_empty_path():
    """A route without AS_PATH is local, and counted; an AS_PATH of length 0 is just empty."""
    (row,), receipt = load_v2(mrt.origin())
    assert ([], "local") == (row["hops"], row["origin_kind"])
    assert {"missing_as_path": 1} == receipt.quirks


def test_read_mrt_drops_empty_segments():
    """Segments without ASes are left out, so such paths are equal to the ones without."""
    (row,), receipt = load_v2(mrt.as_path(SEQ(), SEQ(1), SET(), SEQ(2), SEQ()))
    assert ([1, 2], [(2, 1), (2, 1)]) == hops_and_segments(row)
    assert {"empty_segment": 3} == receipt.quirks


def test_read_mrt_falls_back_to_2_octet_paths():
    """A TABLE_DUMP_V2 path that closes only with 2-octet ASNs is read so, and counted."""
    (row,), receipt = load_v2(mrt.as_path(SEQ(64500, 64501, 64502), asn_bytes=2))
    assert [64500, 64501, 64502] == row["hops"]
    assert {"as_path_2_octet": 1} == receipt.quirks


@pytest.mark.parametrize("asns", [(64500, 70000, 3), (64500,), (4200000000, 1)])
def test_read_mrt_falls_back_to_4_octet_paths(asns):
    """A TABLE_DUMP path that closes only with 4-octet ASNs is read so, and counted."""
    (row,), receipt = load_v1(mrt.as_path(SEQ(*asns)))
    assert list(asns) == row["hops"]
    assert {"as_path_4_octet": 1} == receipt.quirks


def test_read_mrt_paths_of_2_octet_peers_have_4_octets():
    """RFC 6396 section 4.3.4: the width of an AS in the table of peers says nothing of the paths."""
    table = mrt.peer_index_table([mrt.Peer(64500, "192.0.2.1", asn_bytes=2)])
    path = mrt.as_path(SEQ(64500, 4200000000))
    (row,), receipt = read(table + mrt.rib("10.0.0.0/8", [mrt.rib_entry(0, path)]))
    assert [64500, 4200000000] == row["hops"]
    assert {} == receipt.quirks


@pytest.mark.parametrize(
    "value", [b"\x02", b"\x02\x03\x00\x01", b"\x05\x01\x00\x00\x00\x01", b"\x00\x00"]
)
@pytest.mark.parametrize("load", [load_v1, load_v2])
def test_read_mrt_loses_route_with_malformed_path(load, value):
    """A path that does not close costs its route, with an issue that says so."""
    rows, receipt = load(mrt.origin() + mrt.attribute(2, value))
    assert [] == rows
    assert (0, 1) == (receipt.routes_kept, receipt.routes_lost)
    assert ["malformed_as_path"] == receipt.issues.column("kind").to_pylist()
    assert {} == receipt.quirks


@pytest.mark.parametrize(
    ("path", "as4_path", "expected"),
    [
        ([SEQ(1, 2), SEQ(3, 4)], [SEQ(9, 10)], ([1, 2, 9, 10], [(2, 2), (2, 2)])),
        ([SEQ(1, 2, 3, 4)], [SEQ(9, 10)], ([1, 2, 9, 10], [(2, 2), (2, 2)])),
        ([SEQ(1, 2, 3)], [SEQ(9, 10)], ([1, 9, 10], [(2, 1), (2, 2)])),
        ([SEQ(1, 2)], [SEQ(9, 10)], ([9, 10], [(2, 2)])),
        ([SEQ(1, 2), SET(3, 4)], [SET(9, 10)], ([1, 2, 9, 10], [(2, 2), (1, 2)])),
        ([SEQ(1), SET(3, 4), SEQ(5)], [SEQ(9)], ([1, 3, 4, 9], [(2, 1), (1, 2), (2, 1)])),
        ([CSEQ(7), SEQ(1, 2)], [SEQ(9, 10)], ([7, 9, 10], [(3, 1), (2, 2)])),
        ([CSEQ(7), SEQ(1, 2)], [CSEQ(8), SEQ(9)], ([7, 1, 9], [(3, 1), (2, 1), (2, 1)])),
    ],
)
def test_read_mrt_merges_as4_path(path, as4_path, expected):
    """RFC 6793: leading ASes of AS_PATH, counted over segments, then AS4_PATH."""
    block = mrt.as_path(*path, asn_bytes=2) + mrt.as4_path(*as4_path)
    (row,), receipt = load_v1(block)
    assert expected == hops_and_segments(row)
    assert {"as4_path_merged": 1} == receipt.quirks


def test_read_mrt_origin_upstream_and_length_are_those_of_the_merged_path():
    """The example of the definition: [1, 2] [3, 4] and AS4_PATH [9, 10] are [1, 2] [9, 10]."""
    path = mrt.as_path(SEQ(1, 2), SEQ(3, 4), asn_bytes=2) + mrt.as4_path(SEQ(9, 10))
    (row,), _ = load_v1(path)
    assert [10, "single", 9, 4] == [
        row[name] for name in ("origin_as", "origin_kind", "upstream_as", "length")
    ]


@pytest.mark.parametrize(
    "extra",
    [
        mrt.as4_path(SEQ(9, 10, 11)),
        mrt.attribute(17, b"\x02"),
        mrt.as4_path(SEQ(9))
        + mrt.aggregator(64500, "10.0.0.1", asn_bytes=2)
        + mrt.as4_aggregator(70000, "10.0.0.1"),
    ],
)
def test_read_mrt_ignores_as4_path_that_cannot_count(extra):
    """AS4_PATH is ignored where it is longer, malformed, or AGGREGATOR shows that it is stale."""
    (row,), receipt = load_v1(mrt.as_path(SEQ(1, 2), asn_bytes=2) + extra)
    assert [1, 2] == row["hops"]
    assert {"as4_path_ignored": 1} == receipt.quirks


@pytest.mark.parametrize(
    "extra",
    [
        mrt.aggregator(64500, "10.0.0.1", asn_bytes=2),
        mrt.aggregator(23456, "10.0.0.1", asn_bytes=2) + mrt.as4_aggregator(70000, "10.0.0.1"),
        mrt.as4_aggregator(70000, "10.0.0.1"),
    ],
)
def test_read_mrt_merges_as4_path_beside_aggregators(extra):
    """AS4_PATH is stale only where AS4_AGGREGATOR comes with an AGGREGATOR that needs none."""
    block = mrt.as_path(SEQ(1, 23456), asn_bytes=2) + mrt.as4_path(SEQ(70000)) + extra
    (row,), receipt = load_v1(block)
    assert [1, 70000] == row["hops"]
    assert {"as4_path_merged": 1} == receipt.quirks


def test_read_mrt_ignores_as4_path_in_table_dump_v2():
    """TABLE_DUMP_V2 paths have 4-octet ASNs, AS4_PATH has no place there."""
    (row,), receipt = load_v2(mrt.as_path(SEQ(1, 2)) + mrt.as4_path(SEQ(9)))
    assert [1, 2] == row["hops"]
    assert {"as4_path_ignored": 1} == receipt.quirks


def test_read_mrt_interns_equal_paths_of_both_record_types():
    """A path is the same path whether it came with 2 or 4 octets per ASN."""
    v1 = mrt.table_dump("10.0.0.0/8", "192.0.2.1", 1, mrt.as_path(SEQ(1, 2), asn_bytes=2))
    v2 = mrt.peer_index_table([mrt.Peer(1, "192.0.2.1")]) + mrt.rib(
        "10.0.0.0/8", [mrt.rib_entry(0, mrt.as_path(SEQ(1, 2)))]
    )
    tables, _ = core.read_mrt([("v1", None, v1), ("v2", None, v2)], "collect")
    assert (2, 1) == (tables["routes"].num_rows, tables["as_paths"].num_rows)
