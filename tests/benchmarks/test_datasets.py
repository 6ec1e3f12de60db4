"""What the benchmarks run on: compressed forms, slices and the accounts of them."""

import bz2
import gzip
import hashlib

import datasets
import internet.full
import mrtparse
import pytest
from definitions import CASES
from internet.full import write_full_table

SCALE = 0.0005


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Keep what is made out of the real cache."""
    monkeypatch.setattr(internet.full, "CACHE", tmp_path)
    monkeypatch.setattr(datasets, "CACHE", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("case", "decompress", "magic"),
    [
        ("load_gzip", gzip.decompress, b"\x1f\x8b\x08\0\0\0\0\0"),
        ("load_bzip2", bz2.decompress, b"BZh9"),
    ],
)
def test_dump_compressed_holds_the_plain_bytes(cache, case, decompress, magic):
    """Decompressed by the library of the format, it is the table of `ready`; no name, no time in it."""
    plain, packed = datasets.dump("ready", SCALE), datasets.dump(case, SCALE)
    octets = packed.path.read_bytes()
    assert octets.startswith(magic)
    assert plain.path.read_bytes() == decompress(octets)
    assert plain.whole["sha256"] == hashlib.sha256(decompress(octets)).hexdigest()
    assert plain[1:] == packed[1:]
    assert not list(cache.glob("*.part"))


def test_dump_is_made_once(cache):
    """What is in the cache is used as it is."""
    path = datasets.dump("load_gzip", SCALE).path
    path.write_bytes(b"mine")
    assert b"mine" == datasets.dump("load_gzip", SCALE).path.read_bytes()


def test_dump_of_forty_peers_is_as_large_as_promised(cache):
    """At full scale it has 30 million routes, in a file of its own."""
    forty = datasets.dump("load_40_peers", 0.01)
    assert 40 == forty.whole["n_peers"]
    assert pytest.approx(30e6, rel=0.02) == forty.n_routes / 0.01
    assert forty.path.name not in {datasets.dump(c, 0.01).path.name for c in ("load", "ready")}


@pytest.mark.parametrize("case", ["load", "ready"])
def test_dump_slice_is_accounted_for(cache, case):
    """Another parser finds the routes and origins that are stated, and no record is cut."""
    part = datasets.dump_slice(case, SCALE, 500)
    assert part.n_routes < datasets.dump(case, SCALE).n_routes
    assert 500 <= part.n_routes < 510
    entries = [
        e for record in mrtparse.Reader(str(part.path)) for e in record.data.get("rib_entries", ())
    ]
    paths = [next(a for a in e["path_attributes"] if 2 in a["type"]) for e in entries]
    origins = [int(path["value"][-1]["value"][-1]) for path in paths]
    assert (part.n_routes, part.origin_as_sum) == (len(origins), sum(origins))


def test_make_gives_the_account_of_every_table(cache):
    """Tables that cases share are made once; what no case needs is not made."""
    cases = [case for case in CASES if case.name in {"load", "ready", "load_bzip2"}]
    tables = datasets.make(SCALE, cases)
    assert [4, 8] == [table["n_peers"] for table in tables.values()]
    assert {f"{name}.mrt" for name in tables} <= {path.name for path in cache.iterdir()}
    assert [".bz2"] == [path.suffix for path in cache.glob("*.mrt.*z*")]


def test_full_table_needs_room(tmp_path, monkeypatch):
    """A table that the disk has no room for is refused before anything is written."""
    usage = internet.full.shutil.disk_usage(tmp_path)
    monkeypatch.setattr(internet.full.shutil, "disk_usage", lambda _: usage._replace(free=1000))
    with pytest.raises(OSError, match=r"expected [\d,]+ bytes of room, found 1,000"):
        write_full_table(tmp_path / "x.mrt", scale=SCALE)
    assert not list(tmp_path.iterdir())
