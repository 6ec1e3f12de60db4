"""The command line as a process: pipes, interrupts, terminals, and bgpdump beside it."""

import os
import shutil
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


def test_version_names_the_back_end():
    """--version says which back end runs."""
    result = run("--version")
    assert result.stdout.startswith("rib ")
    assert "back end" in result.stdout


def test_closed_pipe_is_not_an_error():
    """A reader that leaves early ends the command quietly with 0."""
    process = subprocess.Popen(
        [*_RUN, "routes", SAMPLE, "--format", "bgpdump"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    with process:
        process.stdout.readline()
        process.stdout.close()
        assert b"" == process.stderr.read()
    assert Exit.FINE == process.returncode


def test_interrupt_exits_130(monkeypatch: pytest.MonkeyPatch):
    """Ctrl-C while reading ends the command with 130, one line and no traceback."""

    def interrupted(*_: object, **__: object) -> rib.Rib:
        raise KeyboardInterrupt

    monkeypatch.setattr("rib.sources.held.rib_of", interrupted)
    result = run("info", SAMPLE)
    assert (Exit.INTERRUPTED, "rib: interrupted\n") == (result.exit_code, result.stderr)


def test_no_progress_bar_in_a_pipe():
    """With stderr not a terminal, nothing is drawn on it."""
    done = subprocess.run(
        [*_RUN, "info", SAMPLE],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    assert b"" == done.stderr
    assert b"\x1b" not in done.stdout


@pytest.mark.skipif(shutil.which("bgpdump") is None, reason="no bgpdump here (apt-get install)")
def test_routes_bgpdump_equals_bgpdump():
    """Line for line what Debian's ``bgpdump -m`` prints, in any order."""
    oracle = subprocess.run(
        ["bgpdump", "-m", SAMPLE], capture_output=True, check=True, text=True
    ).stdout
    ours = run("routes", SAMPLE, "--format", "bgpdump").stdout
    assert sorted(oracle.splitlines()) == sorted(ours.splitlines())
