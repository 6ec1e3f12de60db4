"""The native module and the fallback give the same tables, receipts, errors and answers."""

import bz2
import gzip
import importlib
import lzma
import random
import time

import lz4.frame
import numpy as np
import pyarrow as pa
import pytest
from dumps import CUT_RIB, RIBS, SAMPLES
from internet import mrt_writer as mrt

import rib.fallback
from rib._backend import BACKEND
from rib.exceptions import RibError

try:
    from compression import zstd
except ImportError:  # before Python 3.14
    from backports import zstd

#: With a checksum, as the tools of zstd and LZ4 write them.
PACKS = {
    "plain": bytes,
    "gzip": gzip.compress,
    "bzip2": lambda content: bz2.compress(content, 1),
    "xz": lzma.compress,
    "zstd": lambda content: zstd.compress(
        content, options={zstd.CompressionParameter.checksum_flag: True}
    ),
    "lz4": lambda content: lz4.frame.compress(
        content, content_checksum=True, block_size=lz4.frame.BLOCKSIZE_MAX64KB
    ),
}
REAL = [
    *RIBS,
    "daemons/openbgpd_rib_table-mp",
    "routeviews/bview.20140112.1600.three-records.bz2",
    "bgpdump/updates.20100722.2015.gz",
    "updates/updates.20140530.2215.rrc06.gz",
    CUT_RIB,
]
UPDATES = [
    "bgpdump/updates.20020722.2238.gz",
    "bgpdump/updates.20071015.1505.gz",
    "bgpdump/updates.20100722.2015.gz",
    "bgpdump/updates.long_withdrawal.gz",
    "bgpdump/updates.nlri_mask_trailing_bits.gz",
    "daemons/bird-mrtdump_bgp",
    "daemons/bird6_bgp",
    "daemons/bird_bgp",
    "daemons/openbgpd_bgp",
    "daemons/openbgpd_rib_table-mp",
    "daemons/quagga_bgp",
    "daemons/quagga_bgp_large_communities",
    "updates/updates.20140530.2215.rrc06.gz",
]


@pytest.fixture(scope="module")
def native():
    """Give the native module; only a run that chose the fallback may lack it."""
    if BACKEND == "fallback":
        pytest.skip("this run is on the fallback alone; the native run compares the two")
    return importlib.import_module("rib._core")


def outcome(core, source, on_error, read="read_mrt", **options):
    """Give what a back end makes of an input or several: tables and receipt, or None and the error."""
    inputs = source if isinstance(source, list) else [("dump", None, source)]
    try:
        tables, receipt = getattr(core, read)(inputs, on_error, **options)
    except RibError as error:
        return None, (type(error), str(error), error.offset, error.record)
    for file in receipt["files"]:
        file["skipped"] = [tuple(s) for s in file["skipped"]]
    return tables, receipt


def compare(native, source, read="read_mrt", **options):
    """Assert that both back ends agree on all of an input; give the tables, if it has any."""
    for on_error in ("raise", "collect"):
        tables, told = outcome(native, source, on_error, read, **options)
        expected, expected_told = outcome(rib.fallback, source, on_error, read, **options)
        assert expected_told == told
        assert (expected is None) == (tables is None)
        for name, table in (tables or {}).items():
            assert expected[name].schema == table.schema, name
            assert expected[name].combine_chunks().equals(table.combine_chunks()), name
    return tables


def compare_derived(native, tables):
    """Assert that both back ends agree on path features, lines of several stretches, and the dump."""
    paths = [tables["as_paths"].column(n).combine_chunks() for n in ("hops", "segments")]
    assert rib.fallback.path_features(*paths).equals(native.path_features(*paths))
    given = {name: pa.table(t) for name, t in tables.items()}
    n = tables["routes" if "routes" in tables else "changes"].num_rows
    for start in range(0, n, max(1, n // 3)):
        stop = min(n, start + 500)
        expected = rib.fallback.bgpdump_lines(given, start, stop)
        assert expected == native.bgpdump_lines(given, start, stop)
    if "routes" in tables:
        written = [b"".join(core.mrt_blocks(given, "view")) for core in (rib.fallback, native)]
        assert written[0] == written[1]


@pytest.mark.parametrize("name", SAMPLES)
def test_backends_agree_on_the_sample(native, sample, name):
    """Every sample dump gives identical tables, receipts, path features and lines."""
    compare_derived(native, compare(native, str(sample / name)))


@pytest.mark.parametrize("name", REAL)
def test_backends_agree_on_real_dumps(native, shared_data, name):
    """Dumps of real collectors and routers, whole, odd and cut, give the same on both."""
    tables = compare(native, str(shared_data / "mrt" / name))
    if tables is not None:
        compare_derived(native, tables)


def several(dice, names, cut=()):
    """Give inputs of these files in any order, some of them cut, and what is no dump among them."""
    inputs = [(f"{i} {name}", None, str(name)) for i, name in enumerate(names)]
    for i in cut:
        packed = names[i].read_bytes()
        inputs[i] = (f"cut {names[i].name}", "cut", packed[: dice.randrange(50, len(packed))])
    inputs += [("page", None, b"<html>"), ("nothing", None, b""), inputs[0]]
    dice.shuffle(inputs)
    return inputs


@pytest.mark.parametrize("seed", range(6))
def test_backends_agree_on_several_dumps(native, sample, shared_data, seed):
    """Dumps read side by side give what they give one after the other: rows, ids, issues, first error."""
    dice = random.Random(seed)
    names = [sample / name for name in dice.sample(SAMPLES, 2)]
    names += [shared_data / "mrt" / name for name in dice.sample(REAL[:-1], 4)]
    tables = compare(native, several(dice, names, cut=[0, 3]))
    compare_derived(native, tables)


@pytest.mark.parametrize("seed", range(6))
def test_backends_agree_on_several_update_files(native, shared_data, seed):
    """Likewise updates, with the numbers of their messages."""
    dice = random.Random(seed)
    names = [shared_data / "mrt" / name for name in dice.sample(UPDATES, 5)]
    compare(native, several(dice, names, cut=[1]), "read_updates")


def test_several_dumps_can_be_interrupted(native, sample):
    """An exception of the caller's ends the readers of all inputs, also before the first is done."""
    inputs = [(str(i), None, str(sample / SAMPLES[3])) for i in range(40)]

    def progress(done, total):
        assert 0 <= done < total
        raise KeyboardInterrupt

    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        native.read_mrt(inputs, "collect", progress)
    assert time.monotonic() - begin < 5


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress])
@pytest.mark.parametrize("seed", range(20))
def test_backends_agree_on_damaged_dumps(native, shared_data, pack, seed):
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
    compare(native, pack(bytes(content)))


@pytest.fixture(scope="module")
def content(sample):
    """Give a dump of several bzip2 and LZ4 blocks."""
    return bz2.decompress((sample / SAMPLES[3]).read_bytes())


@pytest.mark.parametrize("name", PACKS)
@pytest.mark.parametrize("seed", range(20))
def test_backends_agree_on_damaged_compression(native, content, name, seed):
    """Seeded damage to compressed bytes costs the same records and gives the same texts."""
    dice = random.Random(seed)
    packed = bytearray(PACKS[name](content[: dice.randrange(200_000, 500_000)]))
    packed += PACKS[name](content[:1000]) * dice.randrange(3)
    kind = dice.randrange(4)
    at = dice.randrange(8, len(packed))
    if kind == 0:
        del packed[at:]
    elif kind == 1:
        packed[at] ^= 1 << dice.randrange(8)
    elif kind == 2:
        packed[at : at + 9] = dice.randbytes(9)
    else:
        packed += dice.randbytes(dice.randrange(1, 9))
    if name in ("xz", "lz4") and kind in (1, 2):
        # The libraries differ in how much of a wrong block they decode before they notice.
        for core in (native, rib.fallback):
            issues = outcome(core, bytes(packed), "collect")[1]["issues"]
            assert "corrupt_compression" == issues[-1]["kind"]
    else:
        compare(native, bytes(packed))


@pytest.mark.parametrize("name", PACKS)
@pytest.mark.parametrize("limit", [1, 11, 12, 5000, 99_999, 100_000])
def test_backends_agree_on_limits(native, content, name, limit):
    """Whatever the limit, both keep and report the same."""
    compare(native, PACKS[name](content[:100_000]), max_bytes=limit)


@pytest.mark.parametrize("safi", ["unicast", "multicast"])
@pytest.mark.parametrize("name", UPDATES)
def test_backends_agree_on_real_updates(native, shared_data, name, safi):
    """Updates of real collectors and routers give the same on both, lines included."""
    compare_derived(
        native, compare(native, str(shared_data / "mrt" / name), "read_updates", safi=safi)
    )


def test_backends_agree_on_the_sample_updates(native, sample):
    """So do those of the sample."""
    source = str(sample / "updates.20250117.0000.mrt.gz")
    compare_derived(native, compare(native, source, "read_updates"))


@pytest.mark.parametrize("seed", range(60))
def test_backends_agree_on_damaged_updates(native, shared_data, seed):
    """Seeded damage to real updates gives equal results, issue by issue."""
    dice = random.Random(seed)
    name = dice.choice([name for name in UPDATES if "2002" in name or name.startswith("daemons")])
    content = (shared_data / "mrt" / name).read_bytes()
    content = bytearray(gzip.decompress(content) if name.endswith(".gz") else content)[:60_000]
    for _ in range(dice.choice([1, 3, 10, 40])):
        at, kind = dice.randrange(len(content)), dice.randrange(4)
        if kind == 0:
            content[at] ^= 1 << dice.randrange(8)
        elif kind == 1:
            del content[at : at + dice.randrange(1, 30)]
        elif kind == 2:
            content[at:at] = dice.randbytes(dice.randrange(1, 30))
        else:
            content[at : at + 4] = dice.choice([b"\xff" * 4, bytes(4)])
    compare(native, bytes(content), "read_updates")


@pytest.mark.parametrize("seed", range(30))
def test_backends_agree_on_sessions(native, seed):
    """Messages and changes of state that name both ends either way, ASes not told, and limits."""
    dice = random.Random(seed)
    ends = [(64500, "192.0.2.1"), (64501, "192.0.2.2"), (64500, "192.0.2.3"), (0, "192.0.2.1")]
    path = mrt.origin() + mrt.as_path(mrt.sequence(64500)) + mrt.next_hop("192.0.2.9")

    def record():
        (peer_as, peer_ip), (local_as, local_ip) = dice.choice(ends), dice.choice(ends)
        session = mrt.Session(peer_as, local_as, peer_ip, local_ip)
        microseconds = dice.choice([None, None, 5, 2_000_000])
        if dice.random() < 0.5:
            return mrt.state_change(session, 6, 1, microseconds=microseconds)
        update = mrt.bgp_update(
            attributes=path, announced=mrt.nlri(f"10.{dice.randrange(9)}.0.0/16")
        )
        defaults = mrt.bgp_update(withdrawn=bytes(dice.randrange(40)))
        message = dice.choice([mrt.bgp_message(4), update, defaults])
        return mrt.message(session, message, local=dice.random() < 0.2, microseconds=microseconds)

    def content():
        return b"".join(record() for _ in range(dice.randrange(1, 12)))

    inputs = [(f"file{i}", None, content()) for i in range(3)]
    limit = dice.choice([None, None, 150, 500])
    tables = compare(native, inputs, "read_updates", max_bytes=limit)
    compare_derived(native, tables)


def test_backends_agree_on_prefixes(native, sample):
    """Prefix text and longest matches of a sample dump are equal."""
    tables, _ = native.read_mrt([("dump", None, str(sample / SAMPLES[3]))], "collect")
    prefixes = tables["prefixes"].combine_chunks()
    columns = [prefixes.column(n).combine_chunks() for n in ("family", "network", "length")]
    text = prefixes.column("text").combine_chunks()
    for expected, actual in zip(
        rib.fallback.parse_prefixes(text), native.parse_prefixes(text), strict=True
    ):
        assert expected.equals(actual)
    assert rib.fallback.format_prefixes(*columns).equals(native.format_prefixes(*columns))
    one, other = native.PrefixIndex(*columns), rib.fallback.PrefixIndex(*columns)
    dice = np.random.default_rng(1)
    v4 = dice.integers(0, 2**32, 50_000, dtype=np.uint32)
    v6 = dice.integers(0, 256, (20_000, 16), dtype=np.uint8)
    networks = np.frombuffer(b"".join(columns[1].to_pylist()), dtype=np.uint8).reshape(-1, 16)
    v6[:, :6] = networks[dice.integers(0, len(networks), len(v6)), :6]
    assert np.array_equal(one.lookup_v4(v4), other.lookup_v4(v4))
    assert np.array_equal(one.lookup_v6(v6), other.lookup_v6(v6))
    assert np.array_equal(one.parents(), other.parents())


def some_routes(dice, n):
    """Give routes as the back ends compare them, some of them several times."""
    prefix = sorted(dice.choices(range(n // 3 + 1), k=n))
    ids = dice.choices([None, None, 0, 1, 2, 3], k=n)
    return pa.table(
        {
            "prefix": pa.array(prefix, pa.uint32()),
            "peer": pa.array(dice.choices(range(3), k=n), pa.uint16()),
            "add_path_id": pa.array(ids, pa.uint32()),
            "path": pa.array(dice.choices(range(4), k=n), pa.uint32()),
        }
    )


@pytest.mark.parametrize("seed", range(20))
def test_backends_agree_on_changed_routes(native, seed):
    """Both match the same routes of two tables, in the same order."""
    dice = random.Random(seed)
    given = [some_routes(dice, n) for n in (dice.randrange(200), dice.randrange(200))]
    expected = rib.fallback.changed_routes(*given)
    assert expected.equals(native.changed_routes(*given))
    assert expected.schema == native.changed_routes(*given).schema


def test_backends_refuse_routes_out_of_order(native):
    """Both say which column does not ascend."""
    wrong = some_routes(random.Random(0), 50)
    wrong = wrong.take(pa.array(range(49, -1, -1))).combine_chunks()
    for core in (rib.fallback, native):
        with pytest.raises(ValueError, match="column prefix: expected ascending ids"):
            core.changed_routes(wrong, wrong)


@pytest.mark.parametrize("seed", range(5))
def test_backends_agree_on_covering_sets(native, seed):
    """Both find the same fewest prefixes of each group."""
    dice = random.Random(seed)
    rows = set()
    for _ in range(300):
        family, length = dice.choice(
            [(4, dice.randrange(7)), (6, dice.choice([0, 5, 6, 127, 128]))]
        )
        bits = dice.getrandbits(length) if length < 9 else dice.getrandbits(2)
        rows.add((dice.randrange(3), family, (bits << (128 - length)).to_bytes(16), length))
    types = (pa.uint32(), pa.uint8(), pa.binary(16), pa.uint8())
    given = [pa.array(c, t) for c, t in zip(zip(*sorted(rows), strict=True), types, strict=True)]
    expected = rib.fallback.covering_set(*given)
    assert 0 < len(expected) < len(rows)
    assert expected.equals(native.covering_set(*given))
    assert expected.schema == native.covering_set(*given).schema
