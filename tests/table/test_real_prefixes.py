"""Longest matches in a real full table and a real prefix-to-AS table, against pytricia's two tries."""

import gzip
import ipaddress

import numpy as np
import pytest
import pytricia

import rib
from rib._backend import BACKEND

#: Addresses of each kind. The fallback is itself pytricia, a hundred times as slow to ask in bulk.
N = 1_000_000 if BACKEND == "native" else 20_000


@pytest.fixture(scope="module")
def prefixes(shared_data):
    """Give the real list; positions are ids."""
    path = shared_data / "fulltable" / "prefixes.2024.txt.gz"
    return gzip.decompress(path.read_bytes()).decode().split()


@pytest.fixture(scope="module")
def table(prefixes):
    """Give its index."""
    return rib.PrefixTable(prefixes)


def trie_of(prefixes, bits):
    """Give pytricia's trie of one family, with ids; the last of equal ones stays."""
    trie = pytricia.PyTricia(bits)
    for number, prefix in enumerate(prefixes):
        if (":" in prefix) == (bits == 128):
            trie[prefix] = number
    return trie


def routed(prefixes, colon, dice):
    """Give random addresses inside random prefixes, as rows of octets."""
    chosen = [p for p in prefixes if (":" in p) == colon]
    networks = [ipaddress.ip_network(chosen[i]) for i in dice.integers(0, len(chosen), 50_000)]
    width = 16 if colon else 4
    first = np.frombuffer(b"".join(n.network_address.packed for n in networks), np.uint8)
    hosts = np.frombuffer(b"".join(n.hostmask.packed for n in networks), np.uint8)
    rows = dice.integers(0, len(networks), N)
    noise = dice.integers(0, 256, (N, width), dtype=np.uint8)
    return first.reshape(-1, width)[rows] | noise & hosts.reshape(-1, width)[rows]


def test_ipv4_of_a_real_table_equals_pytricia(prefixes, table):
    """A million random and a million routed addresses."""
    dice = np.random.default_rng(11)
    trie = trie_of(prefixes, 32)
    for octets in (dice.integers(0, 256, (N, 4), dtype=np.uint8), routed(prefixes, False, dice)):
        expected = [trie.get(row.tobytes(), -1) for row in octets]
        numbers = octets.copy().view(">u4").ravel()
        assert expected == table.lookup_ids(numbers).tolist()


def test_ipv6_of_a_real_table_equals_pytricia(prefixes, table):
    """A million random and a million routed addresses."""
    dice = np.random.default_rng(12)
    trie = trie_of(prefixes, 128)
    anywhere = dice.integers(0, 256, (N, 16), dtype=np.uint8)
    anywhere[:, 0] = 0x20 | anywhere[:, 0] & 0x1F  # 2000::/3
    for octets in (anywhere, routed(prefixes, True, dice)):
        expected = [trie.get(row.tobytes(), -1) for row in octets]
        assert expected == table.lookup_ids(octets).tolist()


def test_origins_equal_those_of_a_real_prefix_to_as_table(shared_data):
    """Every line answers with its own origins, and random addresses with those pytricia finds."""
    path = shared_data / "prefix2as" / "routeviews-rv2-20141202-1200.pfx2as.gz"
    lines = [row.split("\t") for row in gzip.decompress(path.read_bytes()).decode().splitlines()]
    asns = [[int(a) for a in asn.replace("_", ",").split(",")] for _, _, asn in lines]
    table = rib.read_pfx2as(path)
    trie = pytricia.PyTricia(32)
    for row, (network, length, _) in enumerate(lines):
        trie[f"{network}/{length}"] = row
    step = max(1, len(lines) // N)
    exact = table.lookup_ids([f"{n}/{length}" for n, length, _ in lines[::step]])
    assert asns[::step] == table.values.take(exact).to_pylist()
    octets = np.random.default_rng(13).integers(0, 256, (N, 4), dtype=np.uint8)
    expected = [trie.get(row.tobytes(), -1) for row in octets]
    found = table.lookup_ids(octets.copy().view(">u4").ravel())
    assert expected == found.tolist()
