"""Tests of `read_mrt` on bad input: errors, issues, what is kept, and that the sums agree."""

import bz2
import gzip
import re
import struct
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from internet import mrt_writer as mrt

import rib
from rib._backend import core
from rib.exceptions import MrtError, RibError, TruncatedMrtError, UnsupportedMrtError
from rib.table.receipt import LoadReceipt

PATH = mrt.origin() + mrt.as_path(mrt.sequence(64500, 64510)) + mrt.next_hop("192.0.2.1")
TABLE = mrt.peer_index_table([mrt.Peer(64500, "192.0.2.1"), mrt.Peer(64501, "192.0.2.2")])
ROUTE = mrt.rib("10.0.0.0/8", [mrt.rib_entry(0, PATH), mrt.rib_entry(1, PATH)])
GOOD = TABLE + ROUTE
UPDATE = mrt.message(
    mrt.Session(64500, 64510, "192.0.2.1", "192.0.2.2"), mrt.bgp_update(attributes=PATH)
)


def load(*contents, on_error="collect"):
    inputs = [(f"file{i}", None, content) for i, content in enumerate(contents)]
    tables, receipt = core.read_mrt(inputs, on_error)
    receipt = LoadReceipt.from_dict(receipt)
    for file in receipt.files:
        assert file.reconciled, file
    assert tables["routes"].num_rows == receipt.routes_kept
    return tables, receipt


def issues(receipt):
    return [(i["kind"], i["offset"], i["record"]) for i in receipt.issues.to_pylist()]


def skipped(receipt):
    return [(s.offset, s.length, s.reason) for s in receipt.skipped]


@pytest.mark.parametrize(
    ("content", "error", "match"),
    [
        (b"", MrtError, "empty file"),
        (gzip.compress(b"", mtime=0), MrtError, "empty file"),
        (b"<!DOCTYPE html><html>", UnsupportedMrtError, "an HTML page"),
        (gzip.compress(b"\n <html>404 not found", mtime=0), UnsupportedMrtError, "an HTML page"),
        (b"abc", UnsupportedMrtError, "61 62 63"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), UnsupportedMrtError, "89 50 4e 47"),
        (mrt.record(13, 1, b"", length=2**31), UnsupportedMrtError, "expected MRT records"),
        (UPDATE, UnsupportedMrtError, "updates"),
    ],
)
@pytest.mark.parametrize("on_error", ["collect", "raise"])
def test_read_mrt_raises_where_nothing_can_be_read(content, error, match, on_error):
    """What is no RIB at all raises, and the message says what was found."""
    with pytest.raises(error, match=match) as caught:
        load(content, on_error=on_error)
    assert "file0" == caught.value.path
    assert error is type(caught.value)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "empty_file"),
        (b"<html>", "not_mrt"),
        (bytes(100), "not_mrt"),
        (UPDATE, "no_routes"),
        (TABLE + mrt.rib("10.0.0.0/8", [], safi=2), "no_routes"),
        (mrt.peer_index_table([]), "no_routes"),
    ],
)
def test_read_mrt_collects_unreadable_input_beside_good_ones(content, kind):
    """With several inputs, one that cannot be read becomes an issue of the others' load."""
    for contents in ((content, GOOD), (GOOD, content)):
        tables, receipt = load(*contents)
        assert 2 == tables["routes"].num_rows
        assert [kind] == receipt.issues.column("kind").to_pylist()
        assert not receipt.ok


def test_read_mrt_raises_where_no_input_can_be_read():
    """Several inputs without any routes raise for the first that is no MRT."""
    with pytest.raises(UnsupportedMrtError, match="file1"):
        load(TABLE, b"<html>")
    with pytest.raises(UnsupportedMrtError, match="updates"):
        load(UPDATE, UPDATE)


def test_read_mrt_missing_file_is_file_not_found(tmp_path):
    """OSErrors pass through."""
    with pytest.raises(FileNotFoundError):
        load(str(tmp_path / "missing.gz"))


@pytest.mark.parametrize("on_error", ["collect", "raise"])
def test_read_mrt_of_a_page_saved_as_a_dump(tmp_path, on_error):
    """An archive's error page under the name of a dump is told for what it is, with the path."""
    path = tmp_path / "bview.20250101.0000.gz"
    path.write_bytes(b"<html><body>404 Not Found</body></html>")
    with pytest.raises(UnsupportedMrtError, match=r"bview\.20250101\.0000\.gz.*an HTML page"):
        rib.read_mrt(path, on_error=on_error)


def test_read_mrt_reports_dump_without_routes():
    """A dump with peers and RIB records of another kind loads, with an issue that says what it holds."""
    multicast = TABLE + mrt.rib("10.0.0.0/8", [ENTRY], safi=2)
    _, receipt = load(multicast)
    assert [("no_routes", None, None)] == issues(receipt)
    assert "RIB_IPV4_MULTICAST" in receipt.issues.column("detail")[0].as_py()
    with pytest.raises(UnsupportedMrtError, match="PEER_INDEX_TABLE"):
        load(multicast, on_error="raise")


@pytest.mark.parametrize("cut", [1, 11, 12, 13, len(ROUTE) - 1])
def test_read_mrt_keeps_whole_records_of_truncated_input(cut):
    """A cut record is skipped, everything before it is kept, in one issue."""
    content = GOOD + ROUTE[:cut]
    tables, receipt = load(content)
    assert 2 == tables["routes"].num_rows
    assert [("truncated", len(GOOD), 2)] == issues(receipt)
    assert [(len(GOOD), cut, "truncated")] == skipped(receipt)
    with pytest.raises(TruncatedMrtError) as caught:
        load(content, on_error="raise")
    assert (len(GOOD), 2) == (caught.value.offset, caught.value.record)


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress])
def test_read_mrt_reports_compressed_stream_cut_between_records(compress):
    """A compressed stream that ends early is truncated, also where no record is cut."""
    first = compress(GOOD)
    packed = first + compress(ROUTE)[:9]
    tables, receipt = load(packed)
    assert 2 == tables["routes"].num_rows
    assert [("truncated", len(GOOD), 2)] == issues(receipt)
    assert [] == skipped(receipt)
    with pytest.raises(TruncatedMrtError):
        load(packed, on_error="raise")


def test_read_mrt_reports_gzip_cut_in_its_trailer():
    """Without its checksum a gzip stream is truncated, though every record is there."""
    tables, receipt = load(gzip.compress(GOOD)[:-4])
    assert 2 == tables["routes"].num_rows
    assert [("truncated", len(GOOD), 2)] == issues(receipt)


def test_read_mrt_reports_damaged_compression():
    """Damaged compressed data is an issue of its own; whole records before it are kept."""
    packed = gzip.compress(GOOD) + gzip.compress(ROUTE)[:10] + b"\xff" * 40
    tables, receipt = load(packed)
    assert 2 == tables["routes"].num_rows
    assert [("corrupt_compression", len(GOOD), 2)] == issues(receipt)
    with pytest.raises(MrtError, match="damaged"):
        load(packed, on_error="raise")


def test_read_mrt_reports_wrong_gzip_checksum():
    """A wrong checksum is found after the records, which are kept."""
    packed = bytearray(gzip.compress(GOOD))
    packed[-6] ^= 1
    tables, receipt = load(bytes(packed))
    assert 2 == tables["routes"].num_rows
    assert [("corrupt_compression", len(GOOD), 2)] == issues(receipt)


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress])
def test_read_mrt_reports_trailing_garbage(compress):
    """Bytes after the compressed data are reported, nothing is lost."""
    tables, receipt = load(compress(GOOD) + b"garbage")
    assert 2 == tables["routes"].num_rows
    assert [("trailing_garbage", len(GOOD), 2)] == issues(receipt)
    assert "7 bytes" in receipt.issues.column("detail")[0].as_py()


ENTRY = mrt.rib_entry(0, PATH)
ADD_PATH_ENTRY = mrt.rib_entry(0, PATH, path_id=7)


@pytest.mark.parametrize(
    ("record", "kept", "lost"),
    [
        (mrt.rib("10.0.0.0/8", [ENTRY], prefix_length=33), 0, 0),
        (mrt.rib("2001:db8::/32", [ENTRY], prefix_length=129), 0, 0),
        (mrt.record(13, 2, bytes(3)), 0, 0),
        (mrt.record(13, 2, bytes(4) + b"\x08\x0a\x00"), 0, 0),
        (mrt.rib("10.0.0.0/8", [ENTRY, ENTRY], count=5), 2, 3),
        (mrt.rib("10.0.0.0/8", [ENTRY, mrt.rib_entry(1, PATH, attribute_length=999)]), 1, 1),
        (mrt.rib("10.0.0.0/8", [ENTRY, ENTRY[:6]]), 1, 1),
        (mrt.table_dump("10.0.0.0/8", "192.0.2.1", 1, b"", attribute_length=9), 0, 1),
        (mrt.table_dump("10.0.0.0/33", "192.0.2.1", 1, b""), 0, 1),
        (mrt.record(12, 1, bytes(9)), 0, 1),
    ],
)
def test_read_mrt_keeps_entries_before_the_damage(record, kept, lost):
    """A damaged record keeps what comes before its damage, and the records after it are read."""
    tables, receipt = load(TABLE + record + ROUTE)
    assert (kept + 2, lost) == (tables["routes"].num_rows, receipt.routes_lost)
    assert [("malformed_record", len(TABLE), 1)] == issues(receipt)
    assert "trailing_bytes_in_record" not in receipt.quirks
    with pytest.raises(MrtError):
        load(TABLE + record, on_error="raise")


@pytest.mark.parametrize("content", [TABLE, TABLE + TABLE])
@pytest.mark.parametrize("on_error", ["collect", "raise"])
def test_read_mrt_takes_peers_alone_for_a_rib_without_routes(content, on_error):
    """A PEER_INDEX_TABLE without RIB records is a whole dump; that it is one is counted."""
    tables, receipt = load(content, on_error=on_error)
    assert (0, 2) == (tables["routes"].num_rows, tables["peers"].num_rows)
    assert {"empty_rib": 1} == receipt.quirks
    assert receipt.ok


@pytest.mark.parametrize(
    "content", [TABLE + ROUTE[:-1], TABLE + ROUTE[:5], TABLE[:-1], TABLE + b"x" * 40]
)
def test_read_mrt_takes_no_cut_file_for_a_rib_without_routes(content):
    """Where anything is cut, routes may be missing: that is told, and the file is not ok."""
    tables, receipt = load(content)
    assert 0 == tables["routes"].num_rows
    assert {} == receipt.quirks
    assert not receipt.ok


def test_read_mrt_loses_entries_of_unknown_peers():
    """An entry whose peer index is out of range is lost alone."""
    record = mrt.rib("10.0.0.0/8", [mrt.rib_entry(i, PATH) for i in (7, 1, 2, 0)])
    tables, receipt = load(TABLE + record)
    assert [0, 1] == tables["routes"].column("peer_id").to_pylist()
    assert [("peer_index_out_of_range", len(TABLE), 1)] * 2 == issues(receipt)


def test_read_mrt_loses_records_before_the_peer_table():
    """Entries before any PEER_INDEX_TABLE have no peer; a table of another input does not help."""
    tables, receipt = load(GOOD, ROUTE + GOOD)
    assert (4, 2) == (tables["routes"].num_rows, receipt.routes_lost)
    assert [("missing_peer_table", 0, 0)] == issues(receipt)


def test_read_mrt_keeps_peers_before_damage_of_the_table():
    """A cut PEER_INDEX_TABLE keeps its whole entries."""
    table = mrt.peer_index_table([mrt.Peer(64500, "192.0.2.1")], count=3)
    tables, receipt = load(table + ROUTE)
    assert (1, 1) == (tables["peers"].num_rows, tables["routes"].num_rows)
    kinds = receipt.issues.column("kind").to_pylist()
    assert ["malformed_record", "peer_index_out_of_range"] == kinds


def test_read_mrt_counts_trailing_bytes():
    """Bytes after the last entry of a record are a quirk, counted per record."""
    table = bytearray(TABLE + b"xx")
    struct.pack_into("!I", table, 8, len(table) - 12)
    route = bytearray(ROUTE + bytes(8))  # zeros could be an entry too, but nobody sends them
    struct.pack_into("!I", route, 8, len(route) - 12)
    _, receipt = load(bytes(table + route))
    assert {"trailing_bytes_in_record": 2} == receipt.quirks
    assert receipt.ok


@pytest.mark.parametrize(
    ("record", "kept", "lost", "detail"),
    [
        (
            mrt.rib("10.0.0.0/8", [ENTRY] * 3, count=1),
            1,
            2,
            f"1 routes declared, the {2 * len(ENTRY)} octets after them hold 2 more",
        ),
        (
            mrt.rib("10.0.0.0/8", [ENTRY], count=0),
            0,
            1,
            f"0 routes declared, the {len(ENTRY)} octets after them hold 1 more",
        ),
        (
            mrt.rib("10.0.0.0/8", [ENTRY, ENTRY[:-1]], count=1),
            1,
            0,
            f"1 routes declared, the {len(ENTRY) - 1} octets after them are no routes",
        ),
        (
            mrt.rib("10.0.0.0/8", [ENTRY, b"\0\0\1"], count=1),
            1,
            0,
            "1 routes declared, the 3 octets after them are no routes",
        ),
        (
            mrt.rib("10.0.0.0/8", [ADD_PATH_ENTRY] * 2, count=1, add_path=True),
            1,
            1,
            f"1 routes declared, the {len(ADD_PATH_ENTRY)} octets after them hold 1 more",
        ),
    ],
)
def test_read_mrt_says_what_a_count_that_is_too_low_leaves_behind(record, kept, lost, detail):
    """Entries that a record does not declare are told and counted as lost, and are no quirk."""
    tables, receipt = load(TABLE + record + ROUTE)
    assert (kept + 2, lost) == (tables["routes"].num_rows, receipt.routes_lost)
    assert [("entry_count", len(TABLE), 1)] == issues(receipt)
    assert detail == receipt.issues.column("detail")[0].as_py()
    assert not receipt.ok
    assert "trailing_bytes_in_record" not in receipt.quirks
    with pytest.raises(MrtError, match=re.escape(f"{detail} (record 1 at byte {len(TABLE)})")):
        load(TABLE + record, on_error="raise")


@example(len(TABLE), bytes)
@example(len(GOOD), bytes)
@example(len(GOOD) + len(TABLE), bytes)
@given(st.integers(0, 2 * len(GOOD)), st.sampled_from([bytes, gzip.compress, bz2.compress]))
@settings(deadline=None, max_examples=100)
def test_read_mrt_any_truncation_is_an_error_or_an_issue(size, pack):
    """Whatever the cut: whole records are kept, or a typed error says why not."""
    content = pack(GOOD + GOOD)
    try:
        _, receipt = load(content[:size])
    except RibError:
        return
    # Cut between records, a dump is one: that of a peer table alone is an empty RIB.
    ends = (len(TABLE), len(GOOD), len(GOOD) + len(TABLE)) if pack is bytes else ()
    assert receipt.ok == (size >= len(content) or size in ends)


@given(st.data())
@settings(deadline=None, max_examples=150)
def test_read_mrt_survives_any_change(data):
    """Changed, removed and added bytes give a typed error or a receipt whose sums agree."""
    content = bytearray(GOOD + mrt.table_dump("10.0.0.0/8", "192.0.2.1", 1, PATH) + GOOD)
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    with suppress(RibError):
        load(bytes(content))


def test_read_mrt_counts_host_bits_of_kept_routes_only():
    """A route that is lost counts among no quirks, in either record type."""
    bad = mrt.attribute(2, b"\2")
    v1 = mrt.table_dump("10.0.0.1/8", "192.0.2.1", 1, bad)
    v2 = mrt.rib("10.0.0.0/8", [mrt.rib_entry(0, bad)], prefix_length=7)
    _, receipt = load(v1 + TABLE + v2.replace(b"\x07\x0a", b"\x07\x0b"))
    assert {} == receipt.quirks
    assert 2 == receipt.routes_lost
