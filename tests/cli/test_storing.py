"""`rib convert`, and commands on what it wrote."""

import os
import threading
from pathlib import Path

import pytest
from commands import run
from internet import mrt_writer as mrt
from typer.testing import Result

import rib
from rib.cli.outcome import Exit
from rib.sources.stored import is_rib_file


def said(result: Result) -> str:
    """Give what was said on stderr, out of its box."""
    return " ".join(result.stderr.replace("│", " ").split())


@pytest.fixture(scope="module")
def dump(sample) -> Path:
    """Give the last sample snapshot."""
    return sample / "collector.20250121.1200.mrt.bz2"


@pytest.fixture(scope="module")
def stored(dump, tmp_path_factory) -> Path:
    """Give what `rib convert` makes of it."""
    path = tmp_path_factory.mktemp("cli") / "night.rib"
    result = run("convert", dump, "--output", path)
    assert (Exit.FINE, "") == (result.exit_code, result.stdout)
    assert f"rib: wrote {path}: 172,736 routes\n" == result.stderr
    return path


@pytest.mark.parametrize(
    "arguments",
    [
        ("routes", "--format", "bgpdump", "--origin-as", 213394),
        ("lookup", "91.208.207.1"),
        ("upstreams", "--origin-as", 213394, "--format", "json"),
        ("info", "--format", "json"),
    ],
)
def test_commands_take_a_rib_file_as_they_take_a_dump(arguments, dump, stored):
    """The output of a command is the same for the stored table as for its dump."""
    command, *rest = arguments
    addresses = rest if command == "lookup" else []
    options = [] if command == "lookup" else rest
    of_dump, of_stored = (run(command, *options, path, *addresses) for path in (dump, stored))
    assert (Exit.FINE, Exit.FINE) == (of_dump.exit_code, of_stored.exit_code)
    drop = '"bytes_in_memory"'
    lines = [
        [line for line in r.stdout.splitlines() if drop not in line] for r in (of_dump, of_stored)
    ]
    assert lines[0] == lines[1]


def test_convert_writes_a_folder_of_parquet_files(dump, tmp_path):
    """A folder is written, and written anew where it is."""
    for _ in range(2):
        result = run("convert", dump, "--format", "parquet", "--output", tmp_path / "night")
        assert Exit.FINE == result.exit_code, result.stderr
    assert 172736 == rib.read_parquet(tmp_path / "night").n_routes
    assert ["night"] == [p.name for p in tmp_path.iterdir()]


def test_convert_of_a_damaged_dump_keeps_what_was_read(dump, tmp_path):
    """A partial table is stored with its issues; it says so again when it is used."""
    (tmp_path / "cut.bz2").write_bytes(dump.read_bytes()[:300_000])
    path = tmp_path / "cut.rib"
    assert Exit.DAMAGED == run("convert", tmp_path / "cut.bz2", "-o", path).exit_code
    result = run("info", path)
    assert Exit.DAMAGED == result.exit_code
    assert "input damaged" in result.stderr


def test_a_damaged_rib_file_is_one_line_and_exit_code_3(stored, tmp_path):
    """A changed octet in a table, a cut file and a newer version end a command with one line."""
    whole = bytearray(stored.read_bytes())
    whole[len(whole) // 2] ^= 1
    (tmp_path / "flipped.rib").write_bytes(whole)
    (tmp_path / "cut.rib").write_bytes(whole[:5000])
    for name in ("flipped.rib", "cut.rib"):
        result = run("info", tmp_path / name)
        assert Exit.DAMAGED == result.exit_code
        assert 1 == result.stderr.count("\n")
        assert f"{name}: not a whole .rib file" in result.stderr
        assert "" == result.stdout


def test_a_rib_file_is_taken_alone(dump, stored):
    """A stored table among dumps is a mistake that is named."""
    result = run("info", dump, stored)
    assert Exit.USAGE == result.exit_code
    assert "taken alone" in said(result)


@pytest.mark.parametrize(
    ("form", "name", "words"),
    [("rib", "", "a directory is there"), ("parquet", "none/night", "does not exist")],
)
def test_convert_refuses_an_output_before_it_reads(form, name, words, tmp_path):
    """What cannot be written is said before a dump is looked at."""
    result = run("convert", tmp_path / "no-dump", "-f", form, "-o", tmp_path / name)
    assert Exit.USAGE == result.exit_code
    assert words in said(result)


def test_convert_leaves_a_folder_of_other_things_alone(dump, tmp_path):
    """A folder that is not a table's is an output that cannot be written."""
    (tmp_path / "mine").write_bytes(b"")
    result = run("convert", dump, "-f", "parquet", "-o", tmp_path)
    assert Exit.USAGE == result.exit_code
    assert "something else" in said(result)


def test_looking_for_rib_files_leaves_pipes_full(tmp_path):
    """Nothing is read of a pipe, a missing file or a name that cannot be one."""
    os.mkfifo(tmp_path / "pipe")
    head = mrt.peer_index_table([mrt.Peer(64500, "192.0.2.1")])
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(head,))
    writer.start()
    assert not is_rib_file(tmp_path / "pipe")
    assert head == (tmp_path / "pipe").read_bytes()
    writer.join()
    assert not is_rib_file(tmp_path / "none")
    assert not is_rib_file("a\0b")
    assert not is_rib_file("https://example.org/a.rib")
