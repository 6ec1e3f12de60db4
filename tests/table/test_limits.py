"""Tests of ``max_bytes`` as a bound on the rows of an input, by which it bounds memory."""

import gzip
import struct

import pytest
from internet import mrt_writer as mrt

import rib
from rib._backend import core
from rib.exceptions import MrtError
from rib.schema import CHANGES, ROUTES
from rib.table.receipt import LoadReceipt

SESSION = mrt.Session(64500, 64510, "192.0.2.1", "192.0.2.2")
PEERS = [mrt.Peer(64500 + i, f"192.0.2.{i}") for i in range(100)]
N = 200
#: Withdrawals of 0.0.0.0/0 take an octet each, a RIB entry without attributes eight.
WITHDRAWALS = mrt.message(SESSION, mrt.bgp_update(withdrawn=bytes(N)))
TABLE = mrt.peer_index_table(PEERS)
ROUTE = mrt.rib("10.0.0.0/8", [mrt.rib_entry(i, b"") for i in range(len(PEERS))])


def row_bytes(schema):
    return sum(field.type.bit_width for field in schema) // 8


def read(kind, *contents, on_error="collect", **options):
    inputs = [(f"file{i}", None, content) for i, content in enumerate(contents)]
    of = core.read_mrt if kind == "routes" else core.read_updates
    tables, receipt = of(inputs, on_error, None, **options)
    receipt = LoadReceipt.from_dict(receipt)
    assert all(file.reconciled for file in receipt.files)
    return tables[kind].num_rows, receipt


@pytest.mark.parametrize(
    ("kind", "head", "record", "rows", "size"),
    [
        ("changes", b"", WITHDRAWALS, N, row_bytes(CHANGES)),
        ("routes", TABLE, ROUTE, len(PEERS), row_bytes(ROUTES)),
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_max_bytes_bounds_the_rows(kind, head, record, rows, size, pack):
    """No record is begun once the rows take more; the issue says where, and what is allowed."""
    content = pack(head + record * 10)
    limit = 3 * rows * size  # three records meet it, the fourth goes beyond
    n_rows, receipt = read(kind, content, max_bytes=limit)
    assert 4 * rows == n_rows
    at = len(head) + 4 * len(record)
    (issue,) = receipt.issues.to_pylist()
    assert ("limit", at, 4 + bool(head)) == (issue["kind"], issue["offset"], issue["record"])
    assert f"max_bytes={limit} bytes of columns, {size} a row" in issue["detail"]
    assert (False, at) == (receipt.ok, receipt.files[0].bytes_uncompressed)
    with pytest.raises(MrtError, match=rf"^file0: .* max_bytes={limit} .*byte {at}\)$"):
        read(kind, content, on_error="raise", max_bytes=limit)


@pytest.mark.parametrize(
    ("kind", "head", "record"), [("changes", b"", WITHDRAWALS), ("routes", TABLE, ROUTE)]
)
def test_max_bytes_counts_the_rows_of_each_input(kind, head, record):
    """An input that meets the limit, and one that ends with the record beyond it, lose nothing."""
    rows = N if kind == "changes" else len(PEERS)
    limit = 3 * rows * row_bytes(CHANGES if kind == "changes" else ROUTES)
    contents = [head + record * n for n in (3, 4, 5)]
    n_rows, receipt = read(kind, *contents, max_bytes=limit)
    assert 11 * rows == n_rows
    assert ["file2"] == receipt.issues.column("file").to_pylist()


def test_max_bytes_does_not_count_routes_that_are_lost():
    """What cannot be read takes no memory: with the 400 routes lost it would be 13,000 bytes."""
    broken = mrt.rib("10.0.0.0/8", [mrt.rib_entry(i, b"\x40") for i in range(len(PEERS))])
    _, receipt = read("routes", TABLE + broken * 4 + ROUTE * 2, max_bytes=9000)
    assert "limit" not in receipt.issues.column("kind").to_pylist()


def test_max_bytes_stops_a_bomb_of_withdrawals():
    """A few kilobytes of gzip that withdraw one prefix millions of times are stopped early."""
    record = mrt.message(SESSION, mrt.bgp_update(withdrawn=bytes(4000)))
    bomb = gzip.compress(record * 2000)
    assert len(bomb) < 100_000
    n_rows, receipt = read("changes", bomb, max_bytes=10_000_000)
    assert 10_000_000 / 33 < n_rows < 10_000_000 / 33 + 4000
    assert ["limit"] == receipt.issues.column("kind").to_pylist()


def test_a_message_of_mrt_type_5_is_not_longer_than_messages_are():
    """Its record has no length of a message, so that one record could hold a bomb."""
    for n, kept in ((0xFFFF - 19 - 4, True), (0xFFFF - 18 - 4, False)):
        body = struct.pack("!H", n - 1) + bytes(n - 1 + 2 + 1)  # withdrawals, and one announcement
        content = mrt.legacy(SESSION._replace(asn_bytes=2), 1, body)
        updates = rib.read_updates(content)
        found = updates.receipt.issues.to_pylist()
        details = [i["detail"] for i in found if i["kind"] == "malformed_record"]
        expected = ["a BGP message of 65536 octets, expected at most 65535"]
        assert ([] if kept else expected) == details
        assert (n if kept else 0) == updates.n_changes
