"""Columns of addresses: every form a user holds them in gives the same answers."""

import ipaddress
import threading

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import rib

PREFIXES = ["10.0.0.0/8", "10.1.0.0/16", "2001:db8::/32", "2001:db8::ff00:0/104"]
TEXT = ["10.1.2.3", None, "10.9.9.9", "11.0.0.1", "2001:db8::1", "2001:DB8::ff00:1", "::"]
IDS = [1, -1, 0, -1, 2, 3, -1]
FOUR = [a for a in TEXT if a and "." in a]
FOUR_IDS = [1, 0, -1]
INDEX = rib.PrefixTable(PREFIXES)


def packed(text):
    """Give the octets of an address, None for None."""
    return text and ipaddress.ip_address(text).packed


def number(text):
    """Give the number of an IPv4 address."""
    return int(ipaddress.IPv4Address(text))


MIXED = {
    "list": TEXT,
    "tuple": tuple(TEXT),
    "generator": (a for a in TEXT),
    "objects": [a and ipaddress.ip_address(a) for a in TEXT],
    "octets": [packed(a) for a in TEXT],
    "mixed_objects": [TEXT[0], None, ipaddress.ip_address(TEXT[2]), number(TEXT[3]), packed(TEXT[4]),
                      int(ipaddress.ip_address(TEXT[5])), TEXT[6]],
    "numpy_objects": np.array(TEXT, dtype=object),
    "series": pd.Series(TEXT),
    "series_string": pd.Series(TEXT, dtype="string"),
    "series_arrow": pd.Series(TEXT, dtype=pd.ArrowDtype(pa.string())),
    "series_large": pd.Series(TEXT, dtype=pd.ArrowDtype(pa.large_string())),
    "series_category": pd.Series(TEXT, dtype="category"),
    "series_objects": pd.Series([a and ipaddress.ip_address(a) for a in TEXT]),
    "arrow": pa.array(TEXT),
    "arrow_large": pa.array(TEXT, pa.large_string()),
    "arrow_view": pa.array(TEXT, pa.string_view()),
    "arrow_slice": pa.array(["x", *TEXT, "y"]).slice(1, len(TEXT)),
    "arrow_chunked": pa.chunked_array([TEXT[:3], [], TEXT[3:]]),
    "arrow_dictionary": pa.array(TEXT).dictionary_encode(),
    "arrow_dictionary_with_unused": pa.DictionaryArray.from_arrays(
        pa.array([0, None, 2, 3, 4, 5, 6]), pa.array([TEXT[0], "nonsense", *TEXT[2:]])),
    "arrow_binary": pa.array([packed(a) for a in TEXT], pa.binary()),
    "arrow_large_binary": pa.array([packed(a) for a in TEXT], pa.large_binary()),
    "arrow_binary_view": pa.array([packed(a) for a in TEXT], pa.binary_view()),
}  # fmt: skip

OF_IPV4 = {
    "uint32": np.array([number(a) for a in FOUR], dtype=np.uint32),
    "uint32_swapped": np.array([number(a) for a in FOUR], dtype=">u4"),
    "uint32_strided": np.repeat(np.array([number(a) for a in FOUR], dtype=np.uint32), 2)[::2],
    "int64": np.array([number(a) for a in FOUR]),
    "uint64": np.array([number(a) for a in FOUR], dtype=np.uint64),
    "list_of_int": [number(a) for a in FOUR],
    "series_uint32": pd.Series([number(a) for a in FOUR], dtype="uint32"),
    "series_int64": pd.Series([number(a) for a in FOUR]),
    "series_UInt32": pd.Series([number(a) for a in FOUR], dtype="UInt32"),
    "arrow_uint32": pa.array([number(a) for a in FOUR], pa.uint32()),
    "arrow_int64_slice": pa.array([1, *(number(a) for a in FOUR)]).slice(1),
    "arrow_octets": pa.array([packed(a) for a in FOUR], pa.binary(4)),
    "arrow_octets_slice": pa.array([b"1234", *map(packed, FOUR)], pa.binary(4)).slice(1),
}


@pytest.mark.parametrize("form", MIXED)
def test_addresses_of_both_families_in_any_form(form):
    """Text, octets and objects of both families, nulls among them."""
    assert IDS == INDEX.lookup_ids(MIXED[form]).tolist()


@pytest.mark.parametrize("form", OF_IPV4)
def test_addresses_of_ipv4_in_any_form(form):
    """Numbers and octets of IPv4."""
    assert FOUR_IDS == INDEX.lookup_ids(OF_IPV4[form]).tolist()


@pytest.mark.parametrize(
    "addresses",
    [
        pa.array([number("10.1.2.3"), None], pa.uint32()),
        pa.array([packed("2001:db8::ff00:1"), None], pa.binary(16)),
        pa.array([packed("10.1.2.3"), None], pa.binary(4)),
        pd.Series([number("10.1.2.3"), None], dtype="UInt32"),
    ],
    ids=["arrow_uint32", "arrow_ipv6", "arrow_ipv4", "series_UInt32"],
)
def test_addresses_that_are_null_match_nothing(addresses):
    """A null is no match, though 0.0.0.0 or :: would be one."""
    index = rib.PrefixTable(["0.0.0.0/0", "::/0"])
    found = index.lookup_ids(addresses)
    assert [True, False] == (found >= 0).tolist()


@pytest.mark.parametrize(
    "of", [str, pa.string(), pa.large_string(), pa.binary(4), pa.null()], ids=str
)
def test_addresses_may_be_none_at_all(of):
    """An empty column gives an empty answer."""
    assert 0 == len(INDEX.lookup_ids(np.array([])))
    addresses = [] if of is str else pa.array([], of)
    found = INDEX.lookup_ids(addresses)
    assert (0, np.int32) == (len(found), found.dtype)
    assert 0 == len(INDEX.lookup_ids(pa.chunked_array([], pa.string())))


def test_addresses_of_polars():
    """A Polars Series of text, numbers or octets, by the Arrow C stream."""
    polars = pytest.importorskip("polars")
    assert IDS == INDEX.lookup_ids(polars.Series(TEXT)).tolist()
    assert IDS == INDEX.lookup_ids(polars.Series([packed(a) for a in TEXT])).tolist()
    assert IDS == INDEX.lookup_ids(polars.Series(TEXT, dtype=polars.Categorical)).tolist()
    numbers = polars.Series([number(a) for a in FOUR], dtype=polars.UInt32)
    assert FOUR_IDS == INDEX.lookup_ids(numbers).tolist()
    table = rib.PrefixTable(polars.Series(PREFIXES), values=polars.Series([1, 2, 3, 4]))
    assert [2, 1, None] == table.lookup_values(FOUR).tolist()


@pytest.mark.parametrize(
    ("addresses", "row"),
    [
        (["10.0.0.1", "nonsense", "10.0.0.1"], "row 1.*nonsense"),
        (pa.chunked_array([["10.0.0.1"], ["10.0.0.1", "x"]]), "row 2: "),
        (["10.0.0.1", "\udcff"], "row 1: "),
        (pd.Series(["10.0.0.1", "10.0.0.\udcff"], dtype=object), "row 1: "),
        (pa.array(["10.0.0.1", "x"]).dictionary_encode(), "row 1"),
        (["10.0.0.1", "10.0.0.0/33"], "row 1.*at most 32"),
        ([b"1234", b"12345"], "row 1 has 5 octets"),
        ([number("10.0.0.1"), 2**128], "row 1 is 340282366920938463463374607431768211456"),
        (np.array([1, 2**32]), "row 1 is 4294967296"),
        (np.array([-1]), "row 0 is -1"),
        (pa.array([1, -1]), "row 1 is -1"),
    ],
    ids=["text", "chunks", "surrogate", "surrogate_series", "dictionary", "prefix", "octets", "list_of_int", "too_large", "negative", "arrow"],
)  # fmt: skip
def test_addresses_that_are_malformed_raise_or_match_nothing(addresses, row):
    """An error names the row; with errors="null" only that row is lost."""
    with pytest.raises(rib.PrefixError, match=row):
        INDEX.lookup_ids(addresses)
    found = INDEX.lookup_ids(addresses, errors="null")
    assert -1 in found.tolist()
    assert len(addresses) == len(found)


@pytest.mark.parametrize(
    "addresses",
    [
        "10.0.0.1", b"1234", 5, None, [True], [[1]], {"a": 1}.get, np.zeros((2, 4), np.uint8),
        np.zeros(2), [np.zeros(16, np.uint8)], np.array([["10.0.0.1"]]),
        pd.Series(pd.arrays.SparseArray([1, 0])), pd.DataFrame({"a": TEXT}), pa.table({"a": TEXT}), pa.array([1.5]), [object()],
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_addresses_of_another_kind_are_refused(addresses):
    """What is no column of addresses is refused at once, whatever `errors` says."""
    for errors in ("raise", "null"):
        with pytest.raises(rib.PrefixError, match="addresses"):
            INDEX.lookup_ids(addresses, errors=errors)


def test_single_questions_name_half_a_surrogate_pair():
    """Text of a log that was read with surrogateescape is refused as what it is."""
    for ask in (INDEX.lookup, INDEX.get, INDEX.less_specifics, INDEX.more_specifics):
        with pytest.raises(rib.PrefixError, match="udcff"):
            ask("10.0.0.\udcff")


def test_addresses_under_a_mask_are_refused():
    """A mask is not dropped in silence."""
    with pytest.raises(rib.PrefixError, match="masked array"):
        INDEX.lookup_ids(np.ma.masked_array(np.zeros(2, np.uint32), mask=[0, 1]))


def test_addresses_errors_is_checked():
    """Another word for `errors` is refused."""
    with pytest.raises(ValueError, match='errors=\'ignore\': expected "raise" or "null"'):
        INDEX.lookup_ids(TEXT, errors="ignore")


def test_addresses_as_prefixes_match_what_covers_them():
    """A prefix in text matches the longest prefix that covers, or is, it."""
    asked = ["10.1.0.0/16", "10.1.2.0/24", "10.0.0.0/15", "0.0.0.0/0", "2001:db8::/31"]
    assert [1, 1, 0, -1, -1] == INDEX.lookup_ids(asked).tolist()
    assert "10.0.0.0/8" == INDEX.lookup("10.0.0.0/15")
    assert ["10.0.0.0/8"] == INDEX.less_specifics("10.1.0.0/16")
    assert ["10.1.0.0/16"] == INDEX.more_specifics("10.0.0.0/8")


def test_lookups_of_many_threads_agree():
    """One table answers many threads at once."""
    addresses = np.random.default_rng(3).integers(0, 2**32, 200_000, dtype=np.uint32)
    expected = INDEX.lookup_ids(addresses)
    found = {}

    def ask(name):
        found[name] = [INDEX.lookup_ids(addresses) for _ in range(3)]

    threads = [threading.Thread(target=ask, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 8 == len(found)
    assert all((ids == expected).all() for many in found.values() for ids in many)
