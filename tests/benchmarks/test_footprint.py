"""Peak memory: of one process alone, whatever started it."""

import subprocess
import sys
from pathlib import Path

import internet.full
import pytest
from definitions import TARGETS, Sizes
from footprint import footprint

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "data" / "sample-mrt" / "collector.20250121.1200.mrt.bz2"


@pytest.fixture(autouse=True)
def paths(monkeypatch):
    """Let child processes find what this one imports."""
    monkeypatch.setenv("PYTHONPATH", f"{ROOT / 'benchmarks'}:{ROOT}")


def _python(code):
    """Run code in a fresh process and give the numbers it prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return [float(word) for word in done.stdout.split()]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems tell only ru_maxrss")
def test_peak_rss_leaves_the_parent_out():
    """A small child of a large process is small, though ru_maxrss says otherwise."""
    child = "import resource, footprint as f; print(f.peak_rss(), resource.getrusage(0).ru_maxrss * 1024)"
    code = (
        "import subprocess, sys; large = bytearray(b'1') * (300 << 20);"
        f"subprocess.run([sys.executable, '-c', {child!r}], check=True)"
    )
    peak, maxrss = _python(code)
    assert peak < 100 << 20
    assert maxrss > 300 << 20


def test_peak_rss_is_the_peak():
    """Memory that was given back still counts."""
    code = "import footprint as f; large = bytearray(b'1') * (300 << 20); del large; print(f.peak_rss())"
    assert _python(code)[0] > 300 << 20


@pytest.mark.parametrize(("size", "known"), [(300 << 20, True), (0, False)])
def test_peak_rss_mb_tells_only_what_is_known(size, known):
    """Of a child the peak is told where it is over this process's own, which hides any smaller."""
    code = (
        "import subprocess, sys, measure; from engines import Job; own = bytearray(b'1') * (150 << 20);"
        f"subprocess.run([sys.executable, '-c', 'x = bytearray(b\"1\") * {size}'], check=True);"
        "print(measure._peak_rss_mb(Job(run=int, check=id, work=1, in_children=True)))"
    )
    peak = _python(code)[0]
    assert 300 < peak < 400 if known else peak == 0


def test_footprint_tells_what_a_table_takes():
    """The figures of a table are the table's, and loading takes memory that a bare start does not."""
    import rib

    table = rib.read_mrt(SAMPLE)
    bare, loaded = footprint(None), footprint(SAMPLE)
    assert {"peak_rss_bytes"} == bare.keys()
    assert bare["peak_rss_bytes"] < loaded["peak_rss_bytes"]
    assert (table.n_routes, table.nbytes, table.index.nbytes) == (
        loaded["n_routes"],
        loaded["own_bytes"],
        loaded["index_bytes"],
    )


def test_memory_case_gives_the_figures_of_its_targets(tmp_path, monkeypatch):
    """The figures that targets name are among those measured, and fit one another."""
    from measure import measure

    monkeypatch.setattr(internet.full, "CACHE", tmp_path)
    result = measure("rib", "memory", Sizes(scale=0.0005, n_lookups=1, runs=1, budget_s=1))
    assert ("measured", "") == (result.state, result.problem)
    figures = result.figures
    assert {t.figure for t in TARGETS if t.case == "memory"} <= figures.keys()
    assert 0 < figures["baseline_rss_mb"] < figures["loaded_rss_mb"]
    taken = (figures["loaded_rss_mb"] - figures["baseline_rss_mb"] - 4) * 2**20
    assert pytest.approx(taken / figures["own_bytes"]) == figures["rss_per_own_byte"]
    total = figures["own_bytes"] + figures["index_bytes"]
    assert pytest.approx(total / result.work) == figures["bytes_per_route"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems cannot start the count anew")
def test_restart_peak_rss_forgets_what_was_freed():
    """After it the peak is what the process holds, and it grows again."""
    block = "bytes(range(256)) * 400_000"  # 100 MB, every page of it written
    first, again, last = _python(
        f"import footprint as f\nx = {block}\na = f.peak_rss()\ndel x\nb = f.restart_peak_rss()\n"
        f"x = {block}\nprint(a, b, f.peak_rss())"
    )
    assert again < first - 80e6
    assert last > again + 80e6
