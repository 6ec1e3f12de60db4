"""Tests of `read_updates` on the heads of records: their time, and the two ends of the session."""

import pytest
from internet import mrt_writer as mrt

import rib

V4 = mrt.Session(64500, 64510, "192.0.2.1", "192.0.2.2")
PATH = mrt.origin() + mrt.as_path(mrt.sequence(64500, 64501)) + mrt.next_hop("192.0.2.9")
TEN = mrt.nlri("10.0.0.0/8")


@pytest.mark.parametrize(
    ("microseconds", "fraction", "quirks"),
    [
        (999_999, 999_999, {}),
        (1_000_000, 0, {"microseconds_out_of_range": 3}),
        (2**32 - 1, 0, {"microseconds_out_of_range": 3}),
    ],
)
def test_read_updates_takes_a_million_microseconds_for_none(microseconds, fraction, quirks):
    """They are no part of a second and must not move a record in time; each such record counts."""
    records = [
        mrt.message(V4, mrt.bgp_update(announced=TEN, attributes=PATH), microseconds=0),
        mrt.message(V4, mrt.bgp_update(withdrawn=TEN), timestamp=7, microseconds=microseconds),
        mrt.state_change(V4, 6, 1, timestamp=7, microseconds=microseconds),
        mrt.message(V4, mrt.bgp_message(4), timestamp=7, microseconds=microseconds),
    ]
    updates = rib.read_updates(b"".join(records))
    times = updates.changes.column("time").cast("int64").to_pylist()
    assert [0] + [7_000_000 + fraction] * 2 == times
    assert quirks == updates.receipt.quirks
    assert updates.receipt.ok
