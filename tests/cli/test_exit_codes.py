"""The command line: exit codes, and the one line that says why."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from commands import run

import rib
from rib.cli.outcome import Exit

_FOLDER = Path(__file__).resolve().parents[2] / "data" / "sample-mrt"
SAMPLE = str(_FOLDER / "collector.20250121.1200.mrt.bz2")
_RUN = [sys.executable, "-c", "from rib.cli import main; main()"]


@pytest.mark.parametrize(("score", "code"), [("1", Exit.FINDINGS), ("100", None)])
def test_fail_on_is_about_the_highest_score(score: str, code: Exit | None):
    """Exit 1 exactly if an event scores what was asked or more."""
    result = run("suspects", SAMPLE, "--fail-on", score, "-f", "json")
    highest = max(json.loads(line)["score"] for line in result.stdout.splitlines())
    expected = code if code is not None else Exit.FINDINGS if highest >= 100 else Exit.FINE
    assert expected == result.exit_code


@pytest.mark.parametrize(
    "arguments",
    [
        ["info"],
        ["nonsense"],
        ["routes", SAMPLE, "--format", "xml"],
        ["routes", SAMPLE, "--format", "parquet"],
        ["routes", SAMPLE, "-O", "AS99999999999"],
        ["routes", SAMPLE, "-O", "twelve"],
        ["routes", SAMPLE, "-p", "10.0.0.1/8"],
        ["routes", SAMPLE, "-o", "no/such/directory/file"],
        ["lookup", SAMPLE, "300.1.1.1"],
        ["lookup", SAMPLE],
        ["suspects", SAMPLE, "--fail-on", "101"],
        ["report", SAMPLE],
        ["report", SAMPLE, "-o", SAMPLE],
        ["routes", SAMPLE, "-o", "."],
        ["report", SAMPLE, "-o", "out", "--asn", "0"],
        ["suspects", SAMPLE, "--own", "213394"],
        ["suspects", SAMPLE, "--own-prefix", "91.208.207.0/24"],
    ],
    ids=lambda a: " ".join(Path(x).name if x == SAMPLE else x for x in a),
)
def test_wrong_usage_exits_2(arguments: list[str]):
    """What was typed wrong is named on stderr; stdout stays empty."""
    result = run(*arguments)
    assert (Exit.USAGE, "") == (result.exit_code, result.stdout)
    assert result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("command", ["info", "routes", "suspects", "report"])
def test_output_that_cannot_be_written_exits_2(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The error is one line that names the output, not the temporary file beside it."""
    name = "mkdir" if command == "report" else "open"
    real = getattr(Path, name)

    def refuse(path: Path, *arguments: object, **named: object) -> object:
        if path.parent == tmp_path:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(path, *arguments, **named)

    # Tests may run as root, to whom no directory is closed.
    monkeypatch.setattr(Path, name, refuse)
    output = tmp_path / "out"
    result = run(command, SAMPLE, "-o", output)
    assert (Exit.USAGE, "") == (result.exit_code, result.stdout)
    assert f"rib: --output {output}: cannot be written: Permission denied\n" == result.stderr


def test_report_below_a_file_exits_2(tmp_path: Path):
    """A directory that cannot be made is the output's fault."""
    (tmp_path / "file").write_text("")
    output = tmp_path / "file" / "out"
    result = run("report", SAMPLE, "-o", output)
    assert Exit.USAGE == result.exit_code
    assert f"rib: --output {output}: cannot be written: Not a directory\n" == result.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("form", ["csv", "json", "table"])
def test_full_disk_exits_2(form: str):
    """Standard output that takes no more is one line and a code, also at the last flush."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*_RUN, "upstreams", SAMPLE, "-O", "213394", "-f", form],
            env=os.environ | {"PYTHONWARNINGS": "ignore"},  # the fallback's one line about itself
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )
    expected = b"rib: standard output: cannot be written: No space left on device\n"
    assert (Exit.USAGE, expected) == (done.returncode, done.stderr)


@pytest.mark.parametrize(
    "arguments",
    [
        ["info", "no-such-file.bz2"],
        ["info", "no-such-*.bz2"],
        ["report", SAMPLE, "-o", "unused", "--vrps", "no-such.json"],
    ],
    ids=lambda a: " ".join(Path(x).name if x == SAMPLE else x for x in a),
)
def test_missing_input_exits_4(arguments: list[str]):
    """A missing file, glob or registry is one line that names it."""
    result = run(*arguments)
    assert Exit.MISSING == result.exit_code
    assert 1 == len(result.stderr.splitlines())
    assert "no-such" in result.stderr
    assert not Path("unused").exists()


def test_directory_without_dumps_exits_4(tmp_path: Path):
    """A directory with other files is missing input, and says what was looked for."""
    (tmp_path / "notes.txt").write_text("hello")
    result = run("info", tmp_path)
    assert Exit.MISSING == result.exit_code
    assert "*.mrt" in result.stderr


@pytest.mark.parametrize(
    "content", [b"", b"<!doctype html><title>404</title>", bytes(range(256)) * 3], ids=repr
)
def test_not_a_dump_exits_3_on_one_line(tmp_path: Path, content: bytes):
    """Empty files, web pages and noise are damage: one line, no traceback."""
    path = tmp_path / "rib.mrt.gz"
    path.write_bytes(content)
    result = run("info", path)
    assert Exit.DAMAGED == result.exit_code
    assert 1 == len(result.stderr.splitlines())
    assert "rib.mrt.gz" in result.stderr


def test_damaged_input_exits_3_with_a_partial_result(cut: Path, table: rib.Rib):
    """Whole records before the cut are written; stderr says what is missing and where."""
    result = run("routes", cut, "--format", "bgpdump")
    assert Exit.DAMAGED == result.exit_code
    assert 0 < len(result.stdout.splitlines()) < table.n_routes
    assert "input damaged" in result.stderr
    assert "cut.mrt.bz2" in result.stderr


def test_damage_goes_before_findings(cut: Path, tmp_path: Path):
    """A report on damaged input is written and exits with 3, whatever it found."""
    out = tmp_path / "out"
    result = run("report", cut, "-o", out, "--fail-on", "1")
    assert Exit.DAMAGED == result.exit_code
    assert "NOT OK" in (out / "report.html").read_text("utf-8")


def test_hostile_file_names_do_not_reach_the_terminal(tmp_path: Path):
    """Control characters in a file's name are made visible."""
    path = tmp_path / "rib.\x1b[31m.mrt"
    path.write_bytes(b"noise")
    assert "\x1b" not in run("info", path).stderr
