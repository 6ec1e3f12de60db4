"""`rib.compat.pytricia` against pytricia itself, one trie per family."""

import ipaddress
import pickle
import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytricia import PyTricia as Original

from rib.compat.pytricia import PyTricia

BITS = {4: 32, 6: 128}
MAKE = {4: ipaddress.IPv4Network, 6: ipaddress.IPv6Network}
ADDRESS = {4: ipaddress.IPv4Address, 6: ipaddress.IPv6Address}
FAMILY = {4: socket.AF_INET, 6: socket.AF_INET6}


@st.composite
def cases(draw):
    """Draw a family, prefixes with crowded bits, and addresses near them."""
    version = draw(st.sampled_from([4, 6]))
    bits = BITS[version]
    crowded = st.builds(lambda a, b: a | b << (bits - 4), st.integers(0, 15), st.integers(0, 15))
    prefixes = []
    for value, length in draw(st.lists(st.tuples(crowded, st.integers(0, bits)), max_size=20)):
        prefixes.append(str(MAKE[version]((value >> (bits - length) << (bits - length), length))))
    asked = [
        str(ADDRESS[version](value)) for value in draw(st.lists(crowded, min_size=1, max_size=20))
    ]
    return version, prefixes, asked


def outcome(trie, name, *arguments):
    """Give the answer of a method, or the class of its error."""
    try:
        return getattr(trie, name)(*arguments)
    except KeyError:
        return KeyError
    except ValueError:
        return ValueError


@given(cases())
@settings(deadline=None, max_examples=200)
def test_pytricia_answers_as_the_original(case):
    """Every read method agrees, on prefixes that are there, that are not, and on addresses."""
    version, prefixes, asked = case
    ours, original = PyTricia(BITS[version]), Original(BITS[version], FAMILY[version])
    for number, prefix in enumerate(prefixes):
        ours[prefix] = original[prefix] = number
    assert original.keys() == ours.keys()
    assert list(original) == list(ours)
    assert len(original) == len(ours)
    for key in [*prefixes, *asked, *(f"{a}/{BITS[version]}" for a in asked)]:
        for name in (
            "get",
            "get_key",
            "has_key",
            "children",
            "parent",
            "__getitem__",
            "__contains__",
        ):
            assert outcome(original, name, key) == outcome(ours, name, key), (name, key)
        assert original.get(key, "none") == ours.get(key, "none")
    for prefix in prefixes[::2]:
        assert outcome(original, "delete", prefix) == outcome(ours, "delete", prefix)
    assert original.keys() == ours.keys()


def test_pytricia_takes_every_form_of_key():
    """Objects, integers, octets, tuples and the three-argument insert."""
    trie = PyTricia()
    trie[ipaddress.ip_network("10.0.0.0/8")] = "a"
    trie.insert("10.1.0.0", 16, "b")
    trie.insert("10.2.0.0/16", "c")
    trie["10.3.4.5/16"] = "d"
    trie["10.9.9.9"] = "e"
    trie["2001:DB8::/32"] = "f"
    assert [
        trie.get(k) for k in (ipaddress.ip_address("10.1.1.1"), 0x0A020001, b"\x0a\x03\x00\x01")
    ] == list("bcd")
    assert "a" == trie[("10.4.0.0", 16)]
    assert [
        "10.0.0.0/8",
        "10.1.0.0/16",
        "10.2.0.0/16",
        "10.3.0.0/16",
        "10.9.9.9/32",
        "2001:db8::/32",
    ] == trie.keys()
    assert "f" == trie["2001:db8::1"]
    assert None is trie.get("32.1.13.184")
    assert "10.3.0.0/16" == trie.get_key("10.3.4.5/24")
    raw = PyTricia(32, socket.AF_INET, True)
    raw["10.0.0.0/8"] = 1
    assert [(b"\x0a\0\0\0", 8)] == raw.keys()
    assert [(b"\x0a\0\0\0", 8)] == list(raw)


@pytest.mark.parametrize(
    "key", ["x", "10.0.0", "", "10.0.0.0/33", 5.5, None, True, 2**129, b"12345"]
)
def test_pytricia_refuses_what_is_no_key(key):
    """A malformed key raises ValueError from every method, at once."""
    trie = PyTricia()
    for ask in (
        trie.get,
        trie.get_key,
        trie.has_key,
        trie.__contains__,
        trie.__getitem__,
        trie.children,
    ):
        with pytest.raises(ValueError):
            ask(key)
    with pytest.raises(ValueError):
        trie[key] = 1
    with pytest.raises(ValueError, match="maxbits=129"):
        PyTricia(129)


def test_pytricia_freezes_thaws_and_pickles():
    """A frozen trie refuses writes; a copy by pickle answers the same."""
    trie = PyTricia()
    trie["10.0.0.0/8"] = "a"
    trie.freeze()
    with pytest.raises(ValueError, match="frozen"):
        trie["11.0.0.0/8"] = "b"
    assert "a" == pickle.loads(pickle.dumps(trie))["10.1.1.1"]
    trie.thaw()
    trie["10.0.0.0/8"] = "b"
    del trie["10.0.0.0/8"]
    with pytest.raises(KeyError, match="Prefix doesn't exist"):
        del trie["10.0.0.0/8"]
    with pytest.raises(KeyError, match="Prefix not found"):
        trie["10.0.0.0/8"]
