"""The relative rule of full feeds: 90% of the median of the top decile of peers of the family."""

import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from internet import mrt_writer as mrt

import rib
from rib.table.peers import feed_thresholds, full_feed_threshold


@pytest.mark.parametrize(
    ("counts", "threshold"),
    [
        ([1_000_000], 900_000),
        ([1_000_000, 100], 900_000),  # the top decile is one peer at least
        ([100, *[10] * 9], 90),  # of ten, one
        ([100, 60, *[10] * 9], 72),  # of eleven, two: half between them
        ([200, 100, 90, *[10] * 27], 90),  # of thirty, three: the largest one moves nothing
        ([100, *[0] * 50], 90),  # those that send nothing are no peers of the family
        ([0, 0], float("inf")),
        ([], float("inf")),
    ],
)
def test_full_feed_threshold_is_90_percent_of_the_median_of_the_top_decile(counts, threshold):
    """The tenth of the peers with most prefixes, rounded up, sets what is full."""
    assert threshold == pytest.approx(full_feed_threshold(np.array(counts, dtype=np.int64)))


COUNTS = st.lists(st.integers(0, 2_000_000), max_size=60)


@given(COUNTS)
def test_full_feed_threshold_equals_the_definition(counts):
    """Against the rule written out, and whatever the order of the peers."""
    ranked = sorted((c for c in counts if c), reverse=True)
    # A peer is of the top decile where fewer than a tenth of the peers come before it.
    top = [c for place, c in enumerate(ranked) if 10 * place < len(ranked)]
    expected = 0.9 * statistics.median(top) if top else float("inf")
    assert expected == pytest.approx(full_feed_threshold(np.array(counts, dtype=np.int64)))
    assert full_feed_threshold(np.array(sorted(counts), dtype=np.int64)) == full_feed_threshold(
        np.array(counts, dtype=np.int64)
    )


@given(COUNTS.filter(any), st.integers(2, 50))
def test_full_feed_threshold_is_relative(counts, factor):
    """A table that grows as a whole has the same full feeds; the largest feed always is one."""
    counts = np.array(counts, dtype=np.int64)
    threshold = full_feed_threshold(counts)
    assert factor * threshold == pytest.approx(full_feed_threshold(factor * counts))
    assert counts.max() >= threshold


def _table(feeds):
    """Load a table in which each VP AS sends so many IPv4 and IPv6 prefixes through neighbours by turns."""
    peers = [mrt.Peer(vp, f"10.0.0.{i + 1}") for i, (vp, *_) in enumerate(feeds)]
    records = [mrt.peer_index_table(peers)]
    for of, prefixes in (
        (1, [f"20.{i}.0.0/16" for i in range(100)]),
        (2, [f"2001:db8:{i:x}::/48" for i in range(100)]),
    ):
        for number, prefix in enumerate(prefixes):
            entries = [
                mrt.rib_entry(
                    i,
                    mrt.origin()
                    + mrt.as_path(mrt.sequence(feed[0], feed[3][number % len(feed[3])], 9)),
                )
                for i, feed in enumerate(feeds)
                if number < feed[of]
            ]
            if entries:
                records.append(mrt.rib(prefix, entries))
    return rib.read_mrt(b"".join(records))


def test_full_feeds_are_told_apart_by_family():
    """A full feed of one family may be a partial one, or none, of the other."""
    table = _table(
        [(1, 100, 100, (5, 6)), (2, 90, 0, (5, 6)), (3, 89, 90, (5, 6)), (4, 0, 10, (5, 6))]
    )
    assert {4: 90, 6: 90} == feed_thresholds(table.peers)
    assert [True, True, False, False] == table.peers.column("is_full_feed4").to_pylist()
    assert [True, False, True, False] == table.peers.column("is_full_feed6").to_pylist()
    assert [True, True, True, False] == table.peers.column("is_full_feed").to_pylist()


def test_full_feed_has_more_than_one_neighbour():
    """A peer behind which there is but one AS passes that one's table on: no feed of its own."""
    table = _table([(1, 100, 0, (5, 6)), (2, 100, 0, (1,))])
    assert [True, False] == table.peers.column("is_full_feed4").to_pylist()
