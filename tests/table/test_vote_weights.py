"""`rib.table.vote_weights`: whole numbers of the same proportions."""

import numpy as np
import pandas as pd
import pytest
from path_routes import load

import rib
from rib.table.vote_weights import vote_weights

PREFIXES = ["10.0.0.0/22", "10.0.1.0/24", "2001:db8::/32"]


def table():
    return load([(prefix, 1, (1, 9)) for prefix in PREFIXES])


def by_traffic(*sizes):
    flows = pd.DataFrame({"dst": ["10.0.0.1", "10.0.1.1", "2001:db8::1"], "bytes": sizes})
    weights, _ = vote_weights(table(), "traffic", flows)
    return weights.tolist()


def test_addresses_are_those_of_the_longest_match():
    """IPv4 by addresses, IPv6 by prefixes."""
    weights, traffic = vote_weights(table(), "addresses", None)
    assert ([768, 256, 1], None) == (weights.tolist(), traffic)
    assert (None, None) == vote_weights(table(), "prefixes", None)


def test_whole_bytes_stay_as_they_are():
    """Up to where floating-point numbers are exact."""
    assert [0, 5, 2**53] == by_traffic(0, 5, 2**53)


def test_other_numbers_keep_their_proportions():
    """Parts of bytes, and more than fit, are scaled by a power of two."""
    half, one, two = by_traffic(0.5, 1.0, 2.0)
    assert (2 * half, 4 * half) == (one, two)
    assert 2**60 < half + one + two <= 2**62
    small, large, none = by_traffic(1e30, 3e30, 0)
    assert small > 2**57
    assert 3 == pytest.approx(large / small)
    assert 0 == none


def test_what_is_more_than_nothing_stays_so():
    """A group of little traffic has its shares beside one of very much."""
    assert [1, 1] == by_traffic(0.25, 0.25, 2.0**63)[:2]


def test_flows_matched_to_another_table_are_refused():
    """Their bytes belong to other prefixes."""
    other = rib.match_flows(
        table().select(family=6), pd.DataFrame({"dst": [], "bytes": np.zeros(0)})
    )
    with pytest.raises(ValueError, match="a table of 1 prefixes, this one has 3"):
        vote_weights(table(), "traffic", other)
