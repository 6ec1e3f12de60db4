"""The special-purpose registries that come with rib."""

import numpy as np
import pyarrow as pa
import pytest

from rib._backend import core
from rib.registry.columns import parse_prefix_column
from rib.registry.special import read_special


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("0.0.0.0/0", None), ("8.8.8.0/24", None), ("10.1.0.0/16", "no"), ("100.70.0.0/16", "no"),
        ("100.128.0.0/9", None), ("192.0.2.0/24", "no"), ("192.0.0.9/32", "yes"), ("192.0.0.0/24", "no"),
        ("192.88.99.0/24", "deprecated"), ("192.175.48.0/24", "yes"), ("203.0.113.0/25", "no"),
        ("224.0.0.0/4", "no"), ("255.255.255.255/32", "no"), ("240.1.0.0/16", "no"),
        ("2001:db8:4000::/36", "no"), ("2001::/32", "deprecated"), ("2001:2::/48", "no"),
        ("2001:20::/28", "yes"), ("2001:200::/32", None), ("2002::/16", "deprecated"),
        ("2600::/12", None), ("3fff:a00::/32", "no"), ("3ffe::/16", None), ("5f00::/16", "no"),
        ("64:ff9b::/96", "yes"), ("::/0", None), ("::1/128", "no"), ("4000::/3", "no"),
        ("fc00::/7", "no"), ("fe80::/10", "no"), ("ff02::/16", "no"),
    ],
)  # fmt: skip
def test_find_prefixes_longest_block_decides(prefix, expected):
    """Special space is told from exceptions inside it and from what merely covers it."""
    special = read_special()
    column = parse_prefix_column(pa.array([prefix]))
    index = core.PrefixIndex(pa.array(column.family), column.network, pa.array(column.length))
    found = special.find_prefixes(index, 1)[0]
    assert expected == (None if found < 0 else special.prefixes[found].reachable)


@pytest.mark.parametrize(
    ("asn", "reserved"),
    [
        (0, True), (1, False), (23455, False), (23456, True), (64495, False), (64496, True),
        (64511, True), (64512, True), (65535, True), (65536, True), (65552, True), (131071, True),
        (131072, False), (399999, False), (4199999999, False), (4200000000, True), (4294967295, True),
    ],
)  # fmt: skip
def test_find_asns_knows_the_ranges(asn, reserved):
    """The reserved ranges are those of the IANA registry, to the number."""
    assert reserved == (read_special().find_asns(np.array([asn], np.uint32))[0] >= 0)


def test_special_is_dated():
    """The data says as of when it is."""
    assert "2025-10-09" == str(read_special().date)
