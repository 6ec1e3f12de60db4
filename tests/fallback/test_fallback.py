"""Tests of what only the pure-Python back end has: its surface, its salvage."""

import ast
import bz2
import gzip
import inspect
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from internet import mrt_writer as mrt

import rib.fallback
from rib.exceptions import ConfigError, UnsupportedMrtError
from rib.fallback.prefixes import address_text
from rib.sources.raw import raw_records

STUB = Path(rib.fallback.__file__).parents[1] / "_core.pyi"


def stub_names(body):
    """Public names that a piece of the stub defines, with the parameters of its functions."""
    found = {}
    for node in body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = [a.arg for a in node.args.args + node.args.kwonlyargs]
        elif isinstance(node, ast.ClassDef):
            found[node.name] = stub_names(node.body)
        elif isinstance(node, ast.AnnAssign):
            found[node.target.id] = None
    return found


def test_fallback_has_the_surface_of_the_stub():
    """Every function and method of the native module's stub is there, with its parameters."""
    for name, expected in stub_names(ast.parse(STUB.read_text()).body).items():
        actual = getattr(rib.fallback, name)
        if isinstance(expected, list):
            assert expected == list(inspect.signature(actual).parameters)
        elif isinstance(expected, dict):
            for method, parameters in expected.items():
                member = inspect.getattr_static(actual, method)
                if not isinstance(member, property) and method != "__new__":
                    assert parameters == list(inspect.signature(member).parameters), method


def test_fallback_index_without_pytricia_says_what_to_install(monkeypatch):
    """A missing pytricia is a configuration error that names the extra."""
    monkeypatch.setitem(sys.modules, "pytricia", None)
    empty = rib.fallback.parse_prefixes(pa.array([], pa.utf8()))
    with pytest.raises(ConfigError, match=r"rib\[fallback\]"):
        rib.fallback.PrefixIndex(*empty)


@pytest.mark.parametrize(
    ("modules", "name", "magic"),
    [
        (("compression.zstd", "backports.zstd"), "zstd", b"\x28\xb5\x2f\xfd"),
        (("lz4.frame",), "lz4", b"\x04\x22\x4d\x18"),
    ],
)
def test_fallback_without_a_decoder_says_what_to_install(
    modules, name, magic, monkeypatch, tmp_path
):
    """A missing package is an error that names the compression and the extra, alone and beside."""
    for module in modules:
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UnsupportedMrtError, match=rf"^dump: reading {name} .*rib\[fallback\]"):
        rib.fallback.read_mrt([("dump", None, magic + bytes(50))], "collect")
    path = mrt.as_path(mrt.sequence(64500))
    good = mrt.peer_index_table([mrt.Peer(64500, "192.0.2.1")]) + mrt.rib(
        "10.0.0.0/8", [mrt.rib_entry(0, path)]
    )
    _, receipt = rib.fallback.read_mrt([("a", None, good), ("b", None, magic)], "collect")
    assert ["unsupported_compression"] == [issue["kind"] for issue in receipt["issues"]]
    path = tmp_path / "dump"
    path.write_bytes(magic)
    with pytest.raises(UnsupportedMrtError, match=rf"dump: reading {name} .*rib\[fallback\]"):
        next(raw_records(path))


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress])
def test_fallback_keeps_what_decodes_before_the_damage(compress):
    """Records of whole streams are kept although a later one is damaged in the same piece."""
    path = mrt.as_path(mrt.sequence(64500))
    content = mrt.peer_index_table([mrt.Peer(64500, "192.0.2.1")]) + b"".join(
        mrt.rib(f"10.{i}.0.0/16", [mrt.rib_entry(0, path)]) for i in range(200)
    )
    damaged = bytearray(compress(content))
    damaged[len(damaged) // 2] ^= 0xFF
    source = compress(content) + bytes(damaged)
    tables, receipt = rib.fallback.read_mrt([("dump", None, source)], "collect")
    assert 200 <= tables["routes"].num_rows < 400
    assert "corrupt_compression" in [issue["kind"] for issue in receipt["issues"]]


@pytest.mark.parametrize(
    ("packed", "text"),
    [
        (bytes(4), "0.0.0.0"),
        (bytes(16), "::"),
        (bytes(15) + b"\1", "::1"),
        (bytes(12) + b"\1\2\3\4", "::102:304"),
        (bytes(10) + b"\xff\xff\1\2\3\4", "::ffff:1.2.3.4"),
        (b"\xff" * 16, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        (b"\0\1" * 3 + bytes(4) + b"\0\1" + bytes(4), "1:1:1::1:0:0"),
        (b"\0\1" + bytes(14), "1::"),
    ],
)
def test_fallback_writes_addresses_canonically(packed, text):
    """RFC 5952: the first longest run of zeros is cut, one zero alone is not."""
    assert text == address_text(packed)
