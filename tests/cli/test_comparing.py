"""`rib diff`: rows, formats, sessions on stderr, exit codes."""

import json
from pathlib import Path

import pyarrow.parquet as pq
from commands import run

import rib
from rib.cli.outcome import Exit

_FOLDER = Path(__file__).resolve().parents[2] / "data" / "sample-mrt"
OLD = str(_FOLDER / "collector.20250117.0000.mrt.bz2")
NEW = str(_FOLDER / "collector.20250121.1200.mrt.bz2")


def test_diff_writes_every_change(tmp_path):
    """Parquet and JSON hold the rows of `rib.diff`."""
    expected = rib.diff(rib.read_mrt(OLD), rib.read_mrt(NEW))
    out = tmp_path / "changes.parquet"
    result = run("diff", OLD, NEW, "--format", "parquet", "--output", out)
    assert (Exit.FINE, "") == (result.exit_code, result.stderr)
    found = pq.read_table(out)
    assert list(expected.columns) == found.column_names
    assert expected["change"].tolist() == found.column("change").to_pylist()
    lines = run("diff", OLD, NEW, "--format", "json", "--limit", 1).stdout.splitlines()
    first = json.loads(lines[0])
    assert list(expected.columns) == list(first)
    assert expected["old_path"].iloc[0] == first["old_path"]


def test_diff_of_a_dump_with_itself_is_empty():
    """No rows, no lines on stderr, exit code 0."""
    result = run("diff", OLD, OLD, "--format", "json")
    assert (Exit.FINE, "", "") == (result.exit_code, result.stdout, result.stderr)


def test_diff_names_a_lost_session_on_one_line(tmp_path):
    """A peer that is gone is a line on stderr, and rows only with --whole-sessions."""
    table = rib.read_mrt(OLD)
    part = tmp_path / "part.mrt"
    rest = [ip for ip in table.peers.column("peer_ip").to_pylist() if ip != "80.249.209.150"]
    table.select(peers=rest).write_mrt(part)
    n = table.select(peers=["80.249.209.150"]).n_routes
    result = run("diff", OLD, part, "--format", "json")
    line = f"rib: peer AS6939 80.249.209.150 at sample is gone: {n:,} routes"
    assert "" == result.stdout
    assert f"{line}, not listed (--whole-sessions)\n" == result.stderr
    listed = run("diff", OLD, part, "--format", "json", "--whole-sessions")
    assert n == len(listed.stdout.splitlines())
    assert f"{line}\n" == listed.stderr
    assert " is new: " in run("diff", part, OLD, "--format", "json").stderr


def test_diff_exit_codes(tmp_path):
    """A missing dump is 4, a damaged one 3 with the partial result, one argument 2."""
    assert Exit.MISSING == run("diff", OLD, tmp_path / "none.mrt").exit_code
    assert Exit.USAGE == run("diff", OLD).exit_code
    cut = tmp_path / "cut.mrt.bz2"
    whole = Path(NEW).read_bytes()
    cut.write_bytes(whole[: len(whole) // 2])
    result = run("diff", OLD, cut, "--format", "json")
    assert Exit.DAMAGED == result.exit_code
    assert "input damaged" in result.stderr
    assert result.stdout
