"""Tests that the pure-Python back end gives what the native module gives, on real and odd input."""

import bz2
import gzip
import random

import numpy as np
import pyarrow as pa
import pytest

import rib.fallback
from rib.exceptions import RibError

DUMPS = [
    "bgpdump/bview.64k_stream_overflow.gz",
    "bgpdump/bview.ipv4_unicast_add_path.gz",
    "bgpdump/bview.ipv6_unicast_add_path.gz",
    "daemons/bird-mrtdump_rib",
    "daemons/bird6-mrtdump_rib",
    "daemons/openbgpd_rib_table",
    "daemons/openbgpd_rib_table-mp",
    "daemons/openbgpd_rib_table-v2",
    "daemons/quagga_rib",
    "routeviews/bview.20140112.1600.three-records.bz2",
    "routeviews/rib.20140523.0600.truncated-1MiB.bz2",
    "updates/updates.20140530.2215.rrc06.gz",
]
SAMPLES = [
    "collector.20250114.0000.mrt.bz2",
    "collector.20250121.1200.mrt.bz2",
    "own.20250121.1200.mrt.gz",
]


@pytest.fixture(scope="module")
def native():
    """Give the native module; without it there is nothing to compare with."""
    return pytest.importorskip("rib._core", reason="the native module is not built")


def outcome(core, source, on_error):
    """Tables and receipt of a load, or the error, in comparable form."""
    try:
        tables, receipt = core.read_mrt([("dump", None, source)], on_error)
    except RibError as error:
        return type(error), _without_library_text(str(error)), error.offset, error.record
    for issue in receipt["issues"]:
        issue["detail"] = _without_library_text(issue["detail"])
    for file in receipt["files"]:
        file["skipped"] = [tuple(s) for s in file["skipped"]]
    return {name: decoded(table) for name, table in tables.items()}, receipt


def _without_library_text(text):
    """Cut off what a decompression library says about its damage."""
    return text.split(" data: ")[0]


def decoded(table):
    """Give a table with dictionaries resolved, which may number their values differently."""
    columns = [
        c.combine_chunks().dictionary_decode() if pa.types.is_dictionary(c.type) else c
        for c in table.columns
    ]
    return pa.table(columns, names=table.column_names).combine_chunks()


def assert_same(native, source):
    for on_error in ("collect", "raise"):
        expected = outcome(native, source, on_error)
        actual = outcome(rib.fallback, source, on_error)
        if isinstance(expected[0], dict) and isinstance(actual[0], dict):
            for name, table in expected[0].items():
                assert table.equals(actual[0][name]), name
            assert expected[1] == actual[1]
        else:
            assert expected == actual


@pytest.mark.parametrize("name", SAMPLES)
def test_fallback_loads_samples_as_native_does(name, native, sample):
    """Every table and the receipt of the sample dumps are equal."""
    assert_same(native, str(sample / name))


@pytest.mark.parametrize("name", DUMPS)
def test_fallback_loads_real_dumps_as_native_does(name, native, shared_data):
    """Every table and the receipt of real dumps are equal, those of odd and cut ones too."""
    assert_same(native, str(shared_data / "mrt" / name))


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress])
@pytest.mark.parametrize("seed", range(20))
def test_fallback_loads_damaged_dumps_as_native_does(seed, pack, native, shared_data):
    """Seeded damage to real dumps gives equal results, issue by issue."""
    dice = random.Random(seed)
    name = dice.choice(
        [
            "bgpdump/bview.ipv4_unicast_add_path.gz",
            "daemons/quagga_rib",
            "daemons/openbgpd_rib_table-v2",
        ]
    )
    content = (shared_data / "mrt" / name).read_bytes()
    content = bytearray(gzip.decompress(content) if name.endswith(".gz") else content)
    for _ in range(dice.choice([1, 3, 10])):
        at, kind = dice.randrange(len(content)), dice.randrange(4)
        if kind == 0:
            content[at] ^= 1 << dice.randrange(8)
        elif kind == 1:
            del content[at : at + dice.randrange(1, 30)]
        elif kind == 2:
            content[at:at] = dice.randbytes(dice.randrange(1, 30))
        else:
            content[at : at + 4] = dice.choice([b"\xff" * 4, bytes(4)])
    assert_same(native, pack(bytes(content)))


def test_fallback_derives_what_native_derives(native, sample):
    """Path features, lines, prefix text and longest matches of a sample dump are equal."""
    tables, _ = native.read_mrt([("dump", None, str(sample / SAMPLES[1]))], "collect")
    tables = {name: table.combine_chunks() for name, table in tables.items()}
    paths = [tables["as_paths"].column(n).combine_chunks() for n in ("hops", "segments")]
    assert native.path_features(*paths).equals(rib.fallback.path_features(*paths))
    n = min(5000, tables["routes"].num_rows)
    assert native.bgpdump_lines(tables, 3, n) == rib.fallback.bgpdump_lines(tables, 3, n)
    columns = [
        tables["prefixes"].column(n).combine_chunks() for n in ("family", "network", "length")
    ]
    text = tables["prefixes"].column("text").combine_chunks()
    for expected, actual in zip(
        native.parse_prefixes(text), rib.fallback.parse_prefixes(text), strict=True
    ):
        assert expected.equals(actual)
    assert native.format_prefixes(*columns).equals(rib.fallback.format_prefixes(*columns))
    one, other = native.PrefixIndex(*columns), rib.fallback.PrefixIndex(*columns)
    dice = np.random.default_rng(1)
    v4 = dice.integers(0, 2**32, 50_000, dtype=np.uint32)
    v6 = dice.integers(0, 256, (20_000, 16), dtype=np.uint8)
    networks = np.frombuffer(b"".join(columns[1].to_pylist()), dtype=np.uint8).reshape(-1, 16)
    v6[:, :6] = networks[dice.integers(0, len(networks), len(v6)), :6]
    assert np.array_equal(one.lookup_v4(v4), other.lookup_v4(v4))
    assert np.array_equal(one.lookup_v6(v6), other.lookup_v6(v6))
    assert np.array_equal(one.parents(), other.parents())
