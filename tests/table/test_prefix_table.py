"""`PrefixTable` against a list scan, pytricia and by example."""

import ipaddress

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import pytricia
from hypothesis import given, settings
from hypothesis import strategies as st

import rib


@st.composite
def networks(draw, version):
    """Draw a network; bits crowd at both ends so that networks nest and touch."""
    bits = 32 if version == 4 else 128
    length = draw(st.integers(0, bits))
    crowded = draw(st.integers(0, 15)) | draw(st.integers(0, 15)) << (bits - 4)
    network = crowded >> (bits - length) << (bits - length)
    kind = ipaddress.IPv4Network if version == 4 else ipaddress.IPv6Network
    return kind((network, length))


def naive(prefixes, address):
    """Find the longest match by looking at every prefix; the last of equals wins."""
    best = -1
    for i, network in enumerate(prefixes):
        same = network.version == address.version and address in network
        if same and (best < 0 or network.prefixlen >= prefixes[best].prefixlen):
            best = i
    return best


def edges(prefixes):
    """Give the first and last address of every prefix, and their outer neighbours."""
    found = set()
    for network in prefixes:
        first, last = network.network_address, network.broadcast_address
        found |= {first, last}
        if int(first):
            found.add(first - 1)
        if int(last) + 1 < 1 << network.max_prefixlen:
            found.add(last + 1)
    return sorted(found, key=lambda a: (a.version, int(a)))


@given(st.lists(st.one_of(networks(4), networks(6)), max_size=25))
@settings(deadline=None, max_examples=150)
def test_prefix_table_equals_naive_scan(prefixes):
    """Lookups of both families equal a list scan, duplicates and /0 included."""
    index = rib.PrefixTable([str(p) for p in prefixes])
    addresses = edges(prefixes) or [ipaddress.ip_address("10.0.0.1")]
    expected = [naive(prefixes, a) for a in addresses]
    assert expected == index.lookup_ids(addresses).tolist()
    assert expected == index.lookup_ids([str(a) for a in addresses]).tolist()
    four = [a for a in addresses if a.version == 4]
    numbers = np.array([int(a) for a in four], dtype=np.uint32)
    assert [naive(prefixes, a) for a in four] == index.lookup_ids(numbers).tolist()
    six = [a for a in addresses if a.version == 6]
    octets = np.frombuffer(b"".join(a.packed for a in six), np.uint8).reshape(-1, 16)
    assert [naive(prefixes, a) for a in six] == index.lookup_ids(octets).tolist()


@given(st.lists(networks(4), min_size=1, max_size=25), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=50)
def test_prefix_table_does_not_depend_on_order(prefixes, random):
    """Any order of the same prefixes answers with the same prefixes."""
    shuffled = [str(p) for p in dict.fromkeys(prefixes)]
    first = rib.PrefixTable(shuffled)
    random.shuffle(shuffled)
    second = rib.PrefixTable(shuffled)
    for address in edges(prefixes):
        assert first.lookup(str(address)) == second.lookup(str(address))


@pytest.mark.parametrize("bits", [32, 128])
def test_prefix_table_equals_pytricia(bits):
    """A thousand random prefixes answer ten thousand addresses as pytricia does."""
    rng = np.random.default_rng(7)
    kind = ipaddress.IPv4Network if bits == 32 else ipaddress.IPv6Network
    prefixes = []
    for length in rng.integers(4, 25, 1000).tolist():
        network = int(rng.integers(0, 2**20)) << (bits - 20) >> (bits - length) << (bits - length)
        prefixes.append(str(kind((network, length))))
    trie = pytricia.PyTricia(bits)
    for prefix in prefixes:
        trie[prefix] = prefix
    index = rib.PrefixTable(prefixes)
    address = ipaddress.IPv4Address if bits == 32 else ipaddress.IPv6Address
    for value in rng.integers(0, 2**20, 10_000).tolist():
        text = str(address(value << (bits - 20)))
        assert trie.get(text) == index.lookup(text)


@pytest.mark.parametrize(
    ("prefix", "inside", "outside"),
    [
        ("0.0.0.0/0", "255.255.255.255", "::1"),
        ("::/0", "ffff::", "1.2.3.4"),
        ("192.0.2.1/32", "192.0.2.1", "192.0.2.2"),
        ("::f/128", "::f", "::e"),
        ("::/124", "::f", "::10"),
        ("32.0.0.0/8", "32.0.0.1", "2000::1"),
    ],
)
def test_prefix_table_families_stay_apart(prefix, inside, outside):
    """The ends of both families match, and never each other."""
    index = rib.PrefixTable([prefix])
    assert prefix == index.lookup(inside)
    assert None is index.lookup(outside)
    assert prefix == index.get(prefix)


def test_prefix_table_gives_values():
    """Values of any Arrow type come back, null where nothing matches, the index kept."""
    index = rib.PrefixTable(pd.Series(["10.0.0.0/8", "2001:db8::/32"]), values=pa.array([1, None]))
    found = index.lookup_values(
        pd.Series(["10.0.0.1", "2001:db8::1", "9.9.9.9"], index=list("abc"))
    )
    assert ["a", "b", "c"] == found.index.tolist()
    assert [1, None, None] == found.tolist()


@pytest.mark.parametrize(
    "values",
    [
        np.array([7, 8], ">u4"), [2**63, 8], pa.array([b"7", b"8"], pa.binary_view()),
        pd.Series(pd.to_datetime(["2026-01-01", "2026-01-02"])), pa.array([[7], [8]]), [7.5, 8.5],
    ],
    ids=["big_endian", "uint64", "binary_view", "datetime", "list", "float"],
)  # fmt: skip
def test_prefix_table_takes_values_of_many_types(values):
    """What Arrow has a type for comes back as it was; no match is missing."""
    index = rib.PrefixTable(["10.0.0.0/8", "11.0.0.0/8"], values=values)
    found = index.lookup_values(["11.0.0.1", "10.0.0.1", "9.9.9.9"])
    expected = pa.array(values).to_pylist() if isinstance(values, pa.Array) else list(values)
    assert expected[::-1] == [v.tolist() if isinstance(v, np.ndarray) else v for v in found[:2]]
    assert found[2] is None or pd.isna(found[2])


def test_prefix_table_takes_prefixes_of_many_types():
    """Categories, objects and Polars columns are columns of text as well."""
    networks = [ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("::/0")]
    texts = [str(network) for network in networks]
    polars = pytest.importorskip("polars")
    for column in (
        networks, pd.Series(networks), pd.Series(texts, dtype="category"),
        polars.Series(texts, dtype=polars.Categorical), pa.array(texts, pa.string_view()),
    ):  # fmt: skip
        assert [0, 1] == rib.PrefixTable(column).lookup_ids(["10.1.1.1", "::1"]).tolist()


def test_prefix_table_last_of_equals_wins():
    """A prefix given twice answers with its last position and value."""
    index = rib.PrefixTable(["10.0.0.0/8", "10.0.0.0/8"], values=["old", "new"])
    assert [1] == index.lookup_ids(["10.1.1.1"]).tolist()
    assert ["new"] == index.lookup_values(["10.1.1.1"]).tolist()
    assert 1 == len(index)


def test_prefix_table_of_nothing_answers():
    """An empty table matches nothing."""
    index = rib.PrefixTable([])
    assert [-1, -1] == index.lookup_ids(["10.0.0.1", "::1"]).tolist()
    assert [-1] == index.lookup_ids(np.array([1], dtype=np.uint32)).tolist()


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        ((["10.0.0.1/8"],), rib.PrefixError, r"row 0: .*10\.0\.0\.1/8.*expected 10\.0\.0\.0/8"),
        ((["10.0.0.0/8", "nonsense"],), rib.PrefixError, "row 1: .*nonsense"),
        (("10.0.0.0/8",), rib.PrefixError, "expected several"),
        ((["10.0.0.0/8"], [1, 2]), ValueError, "2 values for 1 prefixes"),
        ((5,), rib.PrefixError, "prefixes=5: expected"),
        ((["10.0.0.0/8"], 5), TypeError, "values=5: expected one value per prefix"),
        ((["10.0.0.0/8"], "x"), TypeError, "values='x': expected one value per prefix"),
        ((pd.DataFrame({"a": ["10.0.0.0/8"]}),), rib.PrefixError, "prefixes: .*one column"),
        ((["\udcff"],), rib.PrefixError, "prefixes: "),
        ((["10.0.0.0/8"], [object()]), TypeError, "values: found list"),
        ((["10.0.0.0/8"], pd.Series(pd.interval_range(0, 1))), TypeError, "values: found interval"),
        ((["10.0.0.0/8"], pa.array([["a"]], pa.list_(pa.string_view()))), TypeError, "values: "),
    ],
)
def test_prefix_table_refuses_bad_arguments(arguments, error, match):
    """Bad prefixes and values raise, naming row and value."""
    with pytest.raises(error, match=match):
        rib.PrefixTable(*arguments)


def test_prefix_table_without_values_says_so():
    """Asking for values that were never given raises."""
    with pytest.raises(ValueError, match="without values"):
        rib.PrefixTable(["10.0.0.0/8"]).lookup_values(["10.0.0.1"])


def test_prefix_table_repr_says_its_size():
    """The number of prefixes, and what the index takes."""
    index = rib.PrefixTable(["10.0.0.0/8"])
    assert f"<PrefixTable of 1 prefixes, index {index.nbytes / 2**20:.0f} MiB>" == repr(index)
