"""The progress bar: drawn on a terminal, absent elsewhere."""

import io
import sys

import rib
from rib.sources.bar import progress_bar


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        """Say so."""
        return True


def test_bar_is_absent_in_a_pipe(monkeypatch, sample):
    """Away from a terminal there is no callback and nothing is written, even if colour is forced."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    with progress_bar("reading") as show:
        assert show is None
    rib.read_mrt(sample / "own.20250121.1200.mrt.gz", progress=True)
    assert "" == stream.getvalue()


def test_bar_shows_what_and_how_much(monkeypatch):
    """On a terminal the bar names its work and the bytes done; a total of 0 is unknown."""
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    with progress_bar("reading the baseline") as show:
        show(512, 0)
        show(1024, 2048)
    assert "reading the baseline" in stream.getvalue()
    assert "1.0/2.0 KiB" in stream.getvalue()


def test_read_mrt_draws_the_bar(monkeypatch, sample):
    """`progress=True` draws it on a terminal."""
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    rib.read_mrt(sample / "own.20250121.1200.mrt.gz", progress=True)
    assert "reading" in stream.getvalue()
