"""Tests of `read_mrt` on compressed input: told by content, whole, cut, damaged, without end."""

import bz2
import gzip
import lzma

import lz4.frame
import pytest
from internet import mrt_writer as mrt

import rib
from rib._backend import core
from rib.exceptions import MrtError, TruncatedMrtError, UnsupportedMrtError
from rib.table.receipt import LoadReceipt

try:
    from compression import zstd
except ImportError:  # before Python 3.14
    from backports import zstd

#: With a checksum, as the tools of zstd and LZ4 write them.
PACKS = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": lambda content: zstd.compress(
        content, options={zstd.CompressionParameter.checksum_flag: True}
    ),
    "lz4": lambda content: lz4.frame.compress(content, content_checksum=True),
}
MAGIC = {name: pack(b"")[:6] for name, pack in PACKS.items()}
MAGIC_SIZE = {"gzip": 2, "bzip2": 4, "xz": 6, "zstd": 4, "lz4": 4}

PATH = mrt.origin() + mrt.as_path(mrt.sequence(64500, 64510)) + mrt.next_hop("192.0.2.1")
TABLE = mrt.peer_index_table([mrt.Peer(64500, "192.0.2.1")])
ROUTES = [mrt.rib(f"10.{i}.0.0/16", [mrt.rib_entry(0, PATH)]) for i in range(200)]
GOOD = TABLE + b"".join(ROUTES)
SKIPPABLE = b"\x53\x2a\x4d\x18\x05\0\0\0hello"

every_compression = pytest.mark.parametrize("name", PACKS)


def load(*contents, on_error="collect", max_bytes=None):
    inputs = [(f"file{i}", None, content) for i, content in enumerate(contents)]
    tables, receipt = core.read_mrt(inputs, on_error, max_bytes=max_bytes)
    receipt = LoadReceipt.from_dict(receipt)
    for file in receipt.files:
        assert file.reconciled, file
    assert tables["routes"].num_rows == receipt.routes_kept
    return tables, receipt


def kinds(receipt):
    return receipt.issues.column("kind").to_pylist()


@every_compression
def test_read_mrt_tells_compression_by_content(name, tmp_path):
    """The first bytes count, not the name of the file; members and zeros may follow."""
    pack = PACKS[name]
    packed = pack(GOOD[:999]) + bytes(8) + pack(b"") + pack(GOOD[999:]) + bytes(400)
    for extension in ("mrt", "gz", "bz2", "xz", "zst", "lz4"):
        path = tmp_path / f"dump.{extension}"
        path.write_bytes(packed)
        tables, receipt = load(str(path))
        assert 200 == tables["routes"].num_rows
        assert receipt.ok
        file = receipt.files[0]
        assert (name, len(packed), len(GOOD)) == (
            file.compression,
            file.bytes_in,
            file.bytes_uncompressed,
        )


@pytest.mark.parametrize("name", ["zstd", "lz4"])
def test_read_mrt_passes_over_skippable_frames(name):
    """Skippable frames between and after the frames hold no data."""
    pack = PACKS[name]
    _, receipt = load(pack(GOOD[:99]) + SKIPPABLE + pack(GOOD[99:]) + SKIPPABLE)
    assert (name, len(GOOD)) == (receipt.files[0].compression, receipt.files[0].bytes_uncompressed)
    assert receipt.ok


def test_read_mrt_reads_zstd_that_begins_with_a_skippable_frame():
    """The tool pzstd writes its own skippable frame before everything else."""
    _, receipt = load(SKIPPABLE + zstd.compress(GOOD))
    assert "zstd" == receipt.files[0].compression
    assert receipt.ok


@every_compression
@pytest.mark.parametrize("size", range(1, 6))
def test_read_mrt_of_a_few_bytes_says_what_they_are(name, size):
    """The start of a magic number is no MRT; a whole one is a cut stream."""
    content = MAGIC[name][:size]
    if size < MAGIC_SIZE[name]:
        with pytest.raises(UnsupportedMrtError, match=f"found bytes {content.hex(' ')} at byte 0"):
            load(content)
    else:
        _, receipt = load(content)
        assert ["truncated"] == kinds(receipt)
        with pytest.raises(TruncatedMrtError, match=f"the {name} data ends early"):
            load(content, on_error="raise")


@every_compression
def test_read_mrt_of_a_compressed_page_or_nothing_says_so(name):
    """An error page or nothing at all may be compressed too."""
    with pytest.raises(UnsupportedMrtError, match="an HTML page"):
        load(PACKS[name](b"<html>404 not found</html>"))
    with pytest.raises(MrtError, match="an empty file"):
        load(PACKS[name](b""))


@every_compression
def test_read_mrt_keeps_members_before_a_cut(name):
    """A member that is cut is reported, with every record before the cut."""
    packed = PACKS[name](GOOD) + PACKS[name](GOOD)[:-9]
    tables, receipt = load(packed)
    assert tables["routes"].num_rows >= 200
    assert ["truncated"] == kinds(receipt)
    with pytest.raises(TruncatedMrtError, match=f"the {name} data ends early"):
        load(packed, on_error="raise")


@every_compression
def test_read_mrt_keeps_members_before_damage(name):
    """A member that is damaged is reported, with every record before the damage."""
    damaged = bytearray(PACKS[name](GOOD))
    damaged[len(damaged) // 3] ^= 0x55
    packed = PACKS[name](GOOD) + bytes(damaged)
    tables, receipt = load(packed)
    assert tables["routes"].num_rows >= 200
    # Without block checksums, records may come out scrambled before the decoder notices.
    assert "corrupt_compression" == kinds(receipt)[-1]
    text = f"damaged {name} data: nothing after uncompressed byte "
    assert receipt.issues.column("detail")[-1].as_py().startswith(text)
    with pytest.raises(MrtError):
        load(packed, on_error="raise")


@every_compression
def test_read_mrt_reports_what_follows_the_members(name):
    """What is neither a member nor a zero is counted, and nothing is lost."""
    tables, receipt = load(PACKS[name](GOOD) + bytes(3) + b"garbage")
    assert 200 == tables["routes"].num_rows
    assert ["trailing_garbage"] == kinds(receipt)
    assert receipt.issues.column("detail")[0].as_py().startswith("7 bytes after the end")


def test_read_mrt_gives_nothing_of_a_scrambled_bzip2_block():
    """One wrong bit scrambles a block, so none of its records is taken for a route."""
    damaged = bytearray(bz2.compress(GOOD))
    damaged[len(damaged) // 2] ^= 1
    tables, receipt = load(bz2.compress(GOOD) + bytes(damaged))
    assert 200 == tables["routes"].num_rows
    assert (len(GOOD), []) == (receipt.files[0].bytes_uncompressed, list(receipt.skipped))
    assert ["corrupt_compression"] == kinds(receipt)


@pytest.mark.parametrize("name", ["plain", *PACKS])
def test_read_mrt_stops_at_the_limit(name):
    """What is beyond the limit is an issue, and what is before it is kept; at it all is well."""
    packed = PACKS.get(name, bytes)(GOOD)
    _, receipt = load(packed, max_bytes=len(GOOD))
    assert receipt.ok
    limit = len(TABLE) + 3 * len(ROUTES[0]) + 10
    tables, receipt = load(packed, max_bytes=limit)
    assert 3 == tables["routes"].num_rows
    assert not receipt.ok
    row = receipt.issues.to_pylist()[0]
    assert ("limit", "file0", limit - 10, 4) == (
        row["kind"],
        row["file"],
        row["offset"],
        row["record"],
    )
    assert f"max_bytes={limit} " in row["detail"]
    assert [(limit - 10, 10, "limit")] == [(s.offset, s.length, s.reason) for s in receipt.skipped]
    with pytest.raises(MrtError, match=rf"^file0: .* max_bytes={limit} ") as caught:
        load(packed, on_error="raise", max_bytes=limit)
    assert limit - 10 == caught.value.offset


def test_read_mrt_limits_each_input():
    """The limit is for every input, and an input that meets it costs no other."""
    tables, receipt = load(GOOD, gzip.compress(GOOD + TABLE), GOOD, max_bytes=len(GOOD))
    assert 600 == tables["routes"].num_rows
    assert [("limit", "file1")] == [(i["kind"], i["file"]) for i in receipt.issues.to_pylist()]


@every_compression
def test_read_mrt_survives_a_bomb(name):
    """A small file that unpacks to very much is stopped early, by time and by memory."""
    filler = mrt.record(48, 0, bytes(16 << 20))
    bomb = PACKS[name](GOOD) + PACKS[name](filler) * 200
    tables, receipt = load(bomb, max_bytes=40 << 20)
    assert 200 == tables["routes"].num_rows
    assert 40 << 20 == receipt.files[0].bytes_uncompressed
    assert ["limit"] == kinds(receipt)


@pytest.mark.parametrize("value", [0, -1, True, 1.5, "1000"])
def test_read_mrt_refuses_a_limit_that_is_none(value):
    """The limit is a positive whole number or None; the error names it."""
    with pytest.raises(ValueError, match=r"^max_bytes=.*: expected a positive whole number"):
        rib.read_mrt(GOOD, max_bytes=value)


@pytest.mark.parametrize("value", [None, 2**80])
def test_read_mrt_takes_no_limit_and_a_huge_one(value):
    """No limit and one beyond any file read everything."""
    assert rib.read_mrt(GOOD, max_bytes=value).receipt.ok
