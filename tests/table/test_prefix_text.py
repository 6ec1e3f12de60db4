"""Tests of `parse_prefixes` and `format_prefixes`: prefixes as text."""

import ipaddress

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rib._backend import core
from rib.exceptions import PrefixError

networks = st.one_of(
    st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 32)),
    st.tuples(st.integers(0, 2**128 - 1).map(ipaddress.IPv6Address), st.integers(0, 128)),
    st.tuples(st.integers(0, 2**40).map(ipaddress.IPv6Address), st.integers(80, 128)),
).map(lambda n: ipaddress.ip_network(n, strict=False))


def reference(network):
    """Text as both back ends write it: RFC 5952, IPv4-mapped addresses dotted, others never."""
    packed = network.network_address.packed
    if packed.startswith(bytes(10) + b"\xff\xff") and network.version == 6:
        return f"::ffff:{ipaddress.IPv4Address(packed[12:])}/{network.prefixlen}"
    return str(network)


@given(st.lists(networks, max_size=30))
@settings(deadline=None)
def test_parse_prefixes_and_format_prefixes_are_inverse(given_networks):
    """Parsing text gives family, octets and length; formatting gives the canonical text back."""
    texts = [str(n) for n in given_networks]
    family, network, length = core.parse_prefixes(pa.array(texts, pa.utf8()))
    assert (pa.uint8(), pa.binary(16), pa.uint8()) == (family.type, network.type, length.type)
    assert [n.version for n in given_networks] == family.to_pylist()
    assert [
        n.network_address.packed.ljust(16, b"\0") for n in given_networks
    ] == network.to_pylist()
    assert [n.prefixlen for n in given_networks] == length.to_pylist()
    assert [reference(n) for n in given_networks] == core.format_prefixes(
        family, network, length
    ).to_pylist()


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("2001:DB8:0:0::/32", "2001:db8::/32"),
        ("::ffff:c000:0200/120", "::ffff:192.0.2.0/120"),
        ("::192.0.2.1/128", "::c000:201/128"),
        ("1:0:0:2:0:0:0:0/64", "1:0:0:2::/64"),
        ("1:0:0:2:3:0:0:4/128", "1::2:3:0:0:4/128"),
        ("1:0:2:3:4:5:6:7/128", "1:0:2:3:4:5:6:7/128"),
        ("::/0", "::/0"),
        ("0.0.0.0/0", "0.0.0.0/0"),
    ],
)
def test_parse_prefixes_reads_every_spelling(text, canonical):
    """Other spellings of an address are read and written canonically."""
    parsed = core.parse_prefixes(pa.array([text]))
    assert [canonical] == core.format_prefixes(*parsed).to_pylist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.0.0.1/8", "expected 10.0.0.0/8"),
        ("2001:db8::1/32", "expected 2001:db8::/32"),
        ("10.0.0.0/33", "expected an address and a length"),
        ("10.0.0.0/08", "expected an address and a length"),
        ("10.0.0.0/+8", "expected an address and a length"),
        ("10.0.0.0/-1", "expected an address and a length"),
        ("10.0.0.0/8/8", "expected an address and a length"),
        ("10.0.0.0", "expected an address and a length"),
        ("10.0.0/8", "expected an address and a length"),
        ("::/129", "expected an address and a length"),
        ("::/٣", "expected an address and a length"),
        ("fe80::%eth0/64", "expected an address and a length"),
        ("", "expected an address and a length"),
        (None, "expected an address and a length"),
    ],
)
def test_parse_prefixes_names_row_and_value(text, expected):
    """What is no prefix is an error with its row, its value and what was expected."""
    with pytest.raises(PrefixError, match="row 1: ") as caught:
        core.parse_prefixes(pa.array(["10.0.0.0/8", text, "also wrong"]))
    assert expected in str(caught.value)
    assert ("null" if text is None else text) in str(caught.value)


def test_parse_prefixes_of_nothing():
    """No text gives empty arrays of the same types."""
    family, network, length = core.parse_prefixes(pa.array([], pa.utf8()))
    assert (0, 0, 0) == (len(family), len(network), len(length))
    assert pa.binary(16) == network.type
    assert pa.utf8() == core.format_prefixes(family, network, length).type
