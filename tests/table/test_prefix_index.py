"""Tests of `PrefixIndex` against a list scan, on both families and their traps."""

import ipaddress

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rib._backend import core
from rib.exceptions import PrefixError

TEXTS = [
    "0.0.0.0/0",
    "10.0.0.0/8",
    "10.1.0.0/16",
    "10.1.2.0/24",
    "10.1.2.3/32",
    "255.255.255.255/32",
]
TEXTS6 = ["::/0", "::/96", "::1/128", "2000::/8", "2001:db8::/32", "2001:db8:1::/48"]


def index_of(texts):
    return core.PrefixIndex(*core.parse_prefixes(pa.array(texts, pa.utf8())))


def v4(*texts):
    return np.array([int(ipaddress.IPv4Address(t)) for t in texts], dtype=np.uint32)


def v6(*texts):
    octets = b"".join(ipaddress.IPv6Address(t).packed for t in texts)
    return np.frombuffer(octets, dtype=np.uint8).reshape(-1, 16)


def order(network):
    return network.version, int(network.network_address), network.prefixlen


def covering(networks, other):
    """Ids of the networks that cover another one, shortest first: the list scan."""
    found = [i for i, n in enumerate(networks) if n.version == other.version and other.subnet_of(n)]
    return sorted(found, key=lambda i: networks[i].prefixlen)


near = st.sampled_from([0, 1, 2, 15, 2**32 - 1, 0x0A000000, 0x0A010203, 2**31])
near6 = st.sampled_from(
    [*range(16), 2**128 - 1, 0x20010DB8 << 96, 0xFFFF0A000001, 0x0A000000 << 96]
)
addresses4 = st.one_of(near, st.integers(0, 2**32 - 1)).map(ipaddress.IPv4Address)
addresses6 = st.one_of(near6, st.integers(0, 2**128 - 1)).map(ipaddress.IPv6Address)
addresses = st.one_of(addresses4, addresses6)
networks4 = st.tuples(addresses4, st.integers(0, 32))
networks6 = st.tuples(addresses6, st.one_of(st.sampled_from([0, 1, 127, 128]), st.integers(0, 128)))
networks = st.one_of(networks4, networks6).map(lambda n: ipaddress.ip_network(n, strict=False))


@given(
    st.sets(networks, max_size=40),
    st.lists(addresses, max_size=20),
    st.lists(networks, max_size=10),
)
@settings(deadline=None, max_examples=200)
def test_prefix_index_equals_a_list_scan(given_networks, asked, asked_networks):
    """Every question has the answer of a scan over all prefixes."""
    table = sorted(given_networks, key=order)
    index = index_of([str(n) for n in table])
    hosts = [ipaddress.ip_network(a) for a in asked]
    expected = [(covering(table, h) or [-1])[-1] for h in hosts]
    texts = [str(a) for a in asked]
    assert expected == index.lookup_text(pa.array(texts, pa.utf8())).tolist()
    assert expected == [index.lookup(text) for text in texts]
    for version, lookup, packed in ((4, index.lookup_v4, v4), (6, index.lookup_v6, v6)):
        rows = [i for i, a in enumerate(asked) if a.version == version]
        found = lookup(packed(*(texts[i] for i in rows)))
        assert [expected[i] for i in rows] == found.tolist()
        assert np.int32 == found.dtype
    some = core.parse_prefixes(pa.array([str(n) for n in asked_networks], pa.utf8()))
    expected = [(covering(table, n) or [-1])[-1] for n in asked_networks]
    assert expected == index.lookup_prefixes(*some).tolist()
    for network in [*table, *asked_networks]:
        around = [i for i in covering(table, network) if table[i] != network]
        inside = [
            i
            for i, n in enumerate(table)
            if n.version == network.version and n != network and n.subnet_of(network)
        ]
        assert around == index.less_specifics(str(network))
        assert inside == list(range(*index.more_specifics(str(network))))
        assert (table.index(network) if network in table else -1) == index.get(str(network))
    parents = [([-1, *(i for i in covering(table, n) if table[i] != n)])[-1] for n in table]
    assert parents == index.parents().tolist()


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("10.1.2.3", "10.1.2.3/32"),
        ("10.1.2.4", "10.1.2.0/24"),
        ("10.2.0.0", "10.0.0.0/8"),
        ("32.0.0.1", "0.0.0.0/0"),
        ("255.255.255.255", "255.255.255.255/32"),
        ("::", "::/96"),
        ("::1", "::1/128"),
        ("::f", "::/96"),
        ("::10.1.2.3", "::/96"),
        ("::ffff:10.1.2.3", "::/0"),
        ("2000::", "2000::/8"),
        ("2001:DB8:1::", "2001:db8:1::/48"),
        ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::/0"),
    ],
)
def test_prefix_index_lookup_never_mixes_families(address, expected):
    """IPv4 and IPv6 with the same leading bits are kept apart; the longest match wins."""
    texts = TEXTS + TEXTS6
    assert expected == texts[index_of(texts).lookup(address)]


def test_prefix_index_without_prefixes_finds_nothing():
    """An empty index answers, with -1."""
    index = index_of([])
    assert (-1, -1) == (index.lookup("10.0.0.1"), index.get("::/0"))
    assert [-1, -1] == index.lookup_v4(v4("0.0.0.0", "1.1.1.1")).tolist()
    assert ([], (0, 0)) == (index.less_specifics("10.0.0.0/8"), index.more_specifics("10.0.0.0/8"))
    assert [] == index.parents().tolist()


def test_prefix_index_takes_addresses_as_host_prefixes():
    """Covering and covered prefixes are also given for a bare address."""
    index = index_of(TEXTS)
    assert [0, 1, 2, 3] == index.less_specifics("10.1.2.3")
    start, stop = index.more_specifics("10.1.2.3")
    assert start == stop


def test_prefix_index_lookup_text_gives_minus_one_for_nulls():
    """A null address has no match."""
    found = index_of(TEXTS).lookup_text(pa.array(["10.0.0.1", None, "10.1.2.9"]))
    assert [1, -1, 3] == found.tolist()


@pytest.mark.parametrize(
    "text",
    ["", "10.0.0", "10.0.0.256", "010.0.0.1", "10.0.0.1 ", "10.0.0.0/33", "::1%eth0", ":::", "1::2::3", "::12345",
     "10.0.0.1\0", "x", "1:2:3:4:5:6:7:8:9", "1:2:3:4::5:6:7:8", "::256.0.0.1", "::01.2.3.4", "\u0661.1.1.1"],
)  # fmt: skip
def test_prefix_index_rejects_what_is_no_address(text):
    """A malformed address is an error that names it, and its row in bulk."""
    index = index_of(TEXTS)
    with pytest.raises(PrefixError, match="expected an address"):
        index.lookup(text)
    with pytest.raises(PrefixError, match="row 1: "):
        index.lookup_text(pa.array(["10.0.0.1", text]))


@pytest.mark.parametrize(
    "text", ["10.0.0.1", "10.0.0.0/33", "::/129", "10.0.0.1/8", "/8", "10.0.0.0/"]
)
def test_prefix_index_get_rejects_what_is_no_prefix(text):
    """An exact match needs a prefix without host bits."""
    with pytest.raises(PrefixError, match="expected"):
        index_of(TEXTS).get(text)


def test_prefix_index_rejects_arrays_of_the_wrong_kind():
    """IPv6 octets are not taken for IPv4 addresses, nor the other way round."""
    index = index_of(TEXTS + TEXTS6)
    with pytest.raises(TypeError):
        index.lookup_v4(v6("::1"))
    with pytest.raises(TypeError):
        index.lookup_v6(v4("10.0.0.1"))
    with pytest.raises(TypeError):
        index.lookup_v4(np.array([1], dtype=np.int64))


@pytest.mark.parametrize(
    "texts", [["10.0.0.0/8", "9.0.0.0/8"], ["10.0.0.0/8", "10.0.0.0/8"], ["::/0", "0.0.0.0/0"]]
)
def test_prefix_index_rejects_unsorted_prefixes(texts):
    """The rows are the ids, so they must be sorted and distinct."""
    with pytest.raises(PrefixError, match="sorted and distinct"):
        index_of(texts)


def test_prefix_index_results_are_the_callers_own():
    """Changing a result changes nothing in the index."""
    index = index_of(TEXTS)
    parents = index.parents()
    parents[:] = 99
    index.less_specifics("10.1.2.3").clear()
    assert [-1, 0, 1, 2, 3, 0] == index.parents().tolist()
    assert [0, 1, 2, 3] == index.less_specifics("10.1.2.3")
    assert index.nbytes > 0
