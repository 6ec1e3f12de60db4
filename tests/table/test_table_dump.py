"""TABLE_DUMP records that hold many routes, and whose length leaves out four octets: RIS in 1999 and 2000."""

import pytest
from internet import mrt_writer as mrt

import rib

PATH = mrt.origin() + mrt.as_path(mrt.sequence(64500, 64510), asn_bytes=2)
PATH += mrt.next_hop("192.0.2.1")
TIME = 947_548_800


def route(i, attributes=PATH, **more):
    """Give a record of one route, of either family by its number's sign."""
    if i < 0:
        return mrt.table_dump(
            f"2001:db8:{-i:x}::/48", "2001:db8::1", 64500, attributes, timestamp=TIME, **more
        )
    return mrt.table_dump(f"10.{i}.0.0/16", "192.0.2.1", 64500, attributes, timestamp=TIME, **more)


def packed(*numbers, is_short=False):
    return mrt.table_dump_packed([route(i) for i in numbers], is_short=is_short)


def text(*numbers):
    return [f"10.{i}.0.0/16" if i >= 0 else f"2001:db8:{-i:x}::/48" for i in numbers]


def load(*records):
    table = rib.read_mrt(b"".join(records))
    receipt = table.receipt
    assert all(file.reconciled for file in receipt.files)
    return table.prefixes.column("text").to_pylist(), receipt


@pytest.mark.parametrize("is_short", [False, True])
def test_read_mrt_reads_every_route_of_a_table_dump_record(is_short):
    """All routes of a record are read, of both families, before other records and at the end."""
    found, receipt = load(
        packed(1, 2, 3, is_short=is_short),
        packed(-1, -2, is_short=is_short),
        route(4),
        packed(5, is_short=is_short),
        packed(6, 7, is_short=is_short),
    )
    assert text(1, 2, 3, 4, 5, 6, 7, -1, -2) == found
    short = {"table_dump_short": 4} if is_short else {}
    assert {"table_dump_packed": 3, **short} == receipt.quirks
    assert receipt.ok
    assert 9 == receipt.routes_kept


def test_read_mrt_reads_short_records_wherever_blocks_of_input_end(tmp_path):
    """A file of many short records, larger than a block of input, gives every route."""
    one = [packed(*range(n % 7 + 1), is_short=True) for n in range(35_000)]
    path = tmp_path / "bview.mrt"
    path.write_bytes(b"".join(one))
    receipt = rib.read_mrt(path).receipt
    assert sum(n % 7 + 1 for n in range(35_000)) == receipt.routes_kept
    assert 35_000 == receipt.quirks["table_dump_short"]
    assert receipt.ok


def test_read_mrt_takes_no_record_for_longer_that_another_one_follows():
    """An attribute length that is too long by four octets is the route's, where the next record stands."""
    lies = route(2, attribute_length=len(PATH) + 4)
    found, receipt = load(route(1), lies, route(3))
    assert text(1, 3) == found
    assert ["malformed_record"] == receipt.issues.column("kind").to_pylist()


def test_read_mrt_takes_a_record_for_longer_only_where_records_follow():
    """Four octets that no record follows are not taken from what is there."""
    far = mrt.table_dump("10.9.0.0/16", "192.0.2.1", 64500, PATH, timestamp=TIME + 10**7)
    found, receipt = load(route(1), packed(2, 3, is_short=True), far, route(4), route(5))
    assert "table_dump_short" not in receipt.quirks
    assert not receipt.ok
    assert text(1) == found[:1]


@pytest.mark.parametrize(
    "rest", [bytes(18), bytes(40), b"abc", route(9)[16:-1], route(9)[16:] + b"x"]
)
def test_read_mrt_reads_no_routes_from_octets_that_are_none(rest):
    """What does not close as routes with attributes is trailing: counted, and no route."""
    body = route(1)[12:] + rest
    found, receipt = load(mrt.record(mrt.TABLE_DUMP, mrt.IPV4, body, timestamp=TIME), route(2))
    assert text(1, 2) == found
    assert {"trailing_bytes_in_record": 1} == receipt.quirks


def test_read_mrt_loses_one_route_of_a_packed_record():
    """A malformed attribute block costs its route alone."""
    broken = route(2, mrt.origin() + b"\x40\x02\x09\x02\x01")
    record = mrt.table_dump_packed([route(1), broken, route(3)])
    found, receipt = load(record, route(4))
    assert text(1, 3, 4) == found
    assert ["malformed_attributes"] == receipt.issues.column("kind").to_pylist()
    assert (3, 1) == (receipt.routes_kept, receipt.routes_lost)


def test_read_mrt_takes_views_of_a_file_as_one():
    """Views have no names here: a peer in two of them is one, with both routes to a prefix."""
    views = [
        mrt.table_dump("10.0.0.0/8", "192.0.2.1", 64500, PATH, view=view, originated=view)
        for view in (0, 3)
    ]
    table = rib.read_mrt(b"".join(views))
    assert (1, 2) == (table.n_peers, table.n_routes)
    assert [0, 3] == sorted(table.routes.column("originated_time").to_pylist())
    assert {"duplicate_route": 1} == table.receipt.quirks
    assert table.receipt.ok
