"""Tests of `Rib.write_mrt`: which files it makes, and which it refuses to."""

import bz2
import gzip
import re
import struct

import pyarrow as pa
import pytest
from dumps import SAMPLES
from internet import mrt_writer as mrt
from written import PATH, one, written

import rib
from rib._backend import core


@pytest.fixture(scope="module")
def small(sample):
    """Give a small table with both families."""
    return rib.read_mrt(sample / SAMPLES[3]).select(origin_as=[213394])


@pytest.mark.parametrize(
    ("name", "options", "unpack", "magic"),
    [
        ("a.mrt", {}, bytes, b"\0"),
        ("a", {"compression": "plain"}, bytes, b"\0"),
        ("a.gz", {}, gzip.decompress, b"\x1f\x8b"),
        ("a.mrt.GZ", {}, gzip.decompress, b"\x1f\x8b"),
        ("a.bz2", {}, bz2.decompress, b"BZh"),
        ("a.mrt", {"compression": "gzip"}, gzip.decompress, b"\x1f\x8b"),
        ("a.gz", {"compression": "bzip2"}, bz2.decompress, b"BZh"),
        ("a.zst", {"compression": "plain"}, bytes, b"\0"),
    ],
)
def test_write_mrt_compresses_by_name_or_as_told(name, options, unpack, magic, small, tmp_path):
    """The name's ending chooses the compression, `compression` overrules it; the bytes are stable."""
    plain = written(small, tmp_path).read_bytes()
    path = tmp_path / "sub" / name
    path.parent.mkdir()
    small.write_mrt(str(path), **options)
    first = path.read_bytes()
    assert (magic if magic != b"\0" else plain[:1]) == first[: len(magic)]
    assert plain == unpack(first)
    small.write_mrt(path, **options)
    assert first == path.read_bytes()
    assert [path] == list(path.parent.iterdir())


def test_write_mrt_of_a_selection_keeps_the_peers(small, tmp_path):
    """A selection is written with its routes and all the peers."""
    back = rib.read_mrt(written(small, tmp_path))
    assert small.n_routes == back.n_routes
    kept = ["collector", "peer_as", "peer_ip", "bgp_id"]
    assert small.peers.select(kept).equals(back.peers.select(kept))


def test_write_mrt_of_an_empty_table_is_a_peer_table(small, tmp_path):
    """Without routes there is still the PEER_INDEX_TABLE."""
    none = small.select(family=4, origin_as=[1])
    content = written(none, tmp_path).read_bytes()
    assert (13, 1, len(content) - 12) == struct.unpack("!HHI", content[4:12])
    back = rib.read_mrt(content)
    assert (0, small.n_peers, True) == (back.n_routes, back.n_peers, back.receipt.ok)


@pytest.mark.parametrize("compression", ["zstd", "GZIP", ""])
def test_write_mrt_refuses_an_unknown_compression(compression, small, tmp_path):
    """A compression that is not written is named, with those that are."""
    with pytest.raises(ValueError, match=r"compression='.*': expected 'plain', 'gzip' or 'bzip2'"):
        small.write_mrt(tmp_path / "a.mrt", compression=compression)
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["a.xz", "a.mrt.zst", "a.lz4"])
def test_write_mrt_refuses_a_name_that_promises_another_compression(name, small, tmp_path):
    """Plain bytes are not written under the name of a compression."""
    with pytest.raises(ValueError, match=r"expected a name in \.gz, \.bz2"):
        small.write_mrt(tmp_path / name)


def test_write_mrt_needs_a_name_for_several_collectors(small, tmp_path):
    """Peers of two collectors fit one dump only under a name that the caller gives."""
    paths = [
        written(small, tmp_path, collector=name).rename(tmp_path / name) for name in ("a", "b")
    ]
    both = rib.read_mrt(paths)
    with pytest.raises(ValueError, match=r"2 collectors \('a', 'b'\).*collector="):
        both.write_mrt(tmp_path / "both")
    both.write_mrt(tmp_path / "both", collector="a+b")
    back = rib.read_mrt(tmp_path / "both")
    assert {"a+b"} == set(back.peers.column("collector").to_pylist())
    assert both.n_routes == back.n_routes


def test_write_mrt_refuses_a_view_name_that_does_not_fit(small, tmp_path):
    """A view name has two octets of length."""
    with pytest.raises(
        ValueError, match=r"collector='x{20}…': expected .* 65535 octets, found 65536"
    ):
        small.write_mrt(tmp_path / "a", collector="x" * 65536)
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("path", [5, None, b"a.mrt"])
def test_write_mrt_refuses_what_is_no_path(path, small):
    """The argument is named, and what was expected."""
    with pytest.raises(TypeError, match=re.escape(f"path={path!r}: expected text or a path")):
        small.write_mrt(path)


def test_write_mrt_refuses_a_view_name_that_is_no_text(small, tmp_path):
    """The argument is named, and what was expected."""
    with pytest.raises(TypeError, match="collector=5: expected text"):
        small.write_mrt(tmp_path / "a", collector=5)
    assert [] == list(tmp_path.iterdir())


def test_write_mrt_passes_the_system_s_errors_on(small, tmp_path):
    """A directory as target, a missing folder: the errors of the operating system, nothing left."""
    with pytest.raises(IsADirectoryError):
        small.write_mrt(tmp_path)
    with pytest.raises(FileNotFoundError, match="no"):
        small.write_mrt(tmp_path / "no" / "a.mrt")
    assert [] == list(tmp_path.iterdir())


def test_write_mrt_to_a_full_disk_leaves_the_old_file(small, tmp_path, monkeypatch):
    """When writing fails half way, the target is as it was and no other file is left."""
    target = tmp_path / "a.mrt"
    target.write_bytes(b"old")
    blocks = core.mrt_blocks

    def failing(*arguments, **options):
        yield next(iter(blocks(*arguments, **options)))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(core, "mrt_blocks", failing)
    with pytest.raises(OSError, match="No space left"):
        small.write_mrt(target)
    assert b"old" == target.read_bytes()
    assert [target] == list(tmp_path.iterdir())


# -- what has no form on the wire -----------------------------------------------------------------


def with_column(table, name, column, values):
    """Give a table with one column of one table replaced."""
    tables = {
        n: getattr(table, n) for n in ("routes", "prefixes", "as_paths", "attributes", "peers")
    }
    part = tables[name]
    at = part.schema.get_field_index(column)
    array = pa.array(values, part.schema.field(at).type)
    tables[name] = part.set_column(at, part.schema.field(at), array)
    return rib.Rib(tables, table.receipt)


@pytest.mark.parametrize(
    ("name", "column", "value", "message"),
    [
        ("routes", "peer_id", 9, "route 0 has an id out of range"),
        ("routes", "as_path_id", 9, "route 0 has an id out of range"),
        ("routes", "attributes_id", 9, "route 0 has an id out of range"),
        ("as_paths", "hops", [1], "as_paths row 0"),
        ("peers", "peer_ip", "nowhere", "peers row 0"),
        ("peers", "bgp_id", "2001:db8::1", "peers row 0"),
        ("attributes", "originator_id", "2001:db8::1", "attributes row 0"),
        ("attributes", "aggregator_as", 1, "attributes row 0: one of aggregator_as"),
        ("attributes", "next_hop_link_local", "fe80::1", "attributes row 0: next_hop_link_local"),
        ("attributes", "unknown", [{"flags": 64, "type": 2, "value": b""}], "row 0: unknown holds"),
        (
            "attributes",
            "unknown",
            [{"flags": 64, "type": 17, "value": b""}],
            "row 0: unknown holds",
        ),
        ("attributes", "unknown", [{"flags": 64, "type": 1, "value": b""}], "row 0: unknown holds"),
        ("attributes", "unknown", [{"flags": 64, "type": 99, "value": b""}] * 2, "row 0: unknown"),
        ("attributes", "unknown", [{"flags": 64, "type": 99, "value": bytes(65536)}], "row 0"),
        ("attributes", "unknown", [{"flags": 64, "type": 99, "value": bytes(65530)}], "65535"),
    ],
)
def test_write_mrt_refuses_what_has_no_form_on_the_wire(name, column, value, message, tmp_path):
    """A table that no dump can hold is a ValueError that names the row; nothing is written."""
    table = rib.read_mrt(one(mrt.origin() + PATH))
    n = getattr(table, name).num_rows
    bad = with_column(table, name, column, [value] * n)
    with pytest.raises(ValueError, match=message):
        bad.write_mrt(tmp_path / "a.mrt")
    assert [] == list(tmp_path.iterdir())
