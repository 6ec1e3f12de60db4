"""What happens to a run: killed at any step, a full disk, servers that stall or lie."""

import hashlib
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from nights import CONFIG, FIRST, SECOND, THIRD, contents, dump

from rib.batch.config import load_config
from rib.batch.layout import Layout
from rib.batch.run import run
from rib.remote import cache
from rib.remote.download import Patience

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2025, 1, 18, tzinfo=UTC)
N_KILLS = 20


def start(folder, now=NOW, **options):
    return run(load_config(str(folder / "nightly.toml")), now=now, **options)


def forked(folder, *commands):
    """Run and kill in processes of their own; give what they print."""
    program = ROOT / "tests" / "support" / "killed_runs.py"
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", program, folder, *commands],
        env=environment, capture_output=True, text=True, check=False, timeout=250,
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr
    return done.stdout.split()


def assert_nights_are_whole(out):
    """Every night that says it is complete has exactly the rows that it says, or is being replaced."""
    layout = Layout(out)
    ready = {path.parent.name for path in out.glob(".staging/*/ready")}
    for day in layout.finished():
        if str(day) not in ready:
            facts = json.loads((layout.night(day) / "night.json").read_text())
            for table, expected in facts["tables"].items():
                digest = hashlib.sha256(layout.part(table, day).read_bytes()).hexdigest()
                assert expected["sha256"] == digest, (day, table)


@pytest.mark.timeout(300)
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
def test_killed_at_any_step_and_run_again_all_is_as_if_it_had_not_been(folder):
    """20 kills at random steps of making nights and of making them again; no stray file is left.

    Before the next run, too, every finished night is whole: the old one or the new one.
    """
    names = ["dumps", "nightly.toml"]
    for left_out in folder.glob("dumps/*.20250117.*"):
        left_out.unlink()

    def copy(name):
        (folder / name).mkdir()
        for each in names:
            source = folder / each
            (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name / each)

    copy("whole")
    (steps,) = forked(folder, "whole=count")
    first = contents(folder / "whole" / "out")
    (folder / "dumps/rib.20250114.0000.mrt").write_bytes(dump(SECOND))
    copy("changed")
    shutil.copytree(folder / "whole/out", folder / "changed/out", symlinks=True)
    copy("fresh")
    again, _ = forked(folder, "changed=count", "fresh=whole")
    second = contents(folder / "changed" / "out")
    assert second == contents(folder / "fresh" / "out")
    assert first.keys() == second.keys()
    assert first != second
    assert int(steps) > 100
    assert int(again) > 100

    chosen = random.Random(8)
    cases, commands = [], []
    for number in range(N_KILLS):
        name, is_again = f"kill{number}", number % 2 == 1
        copy(name)
        if is_again:
            shutil.copytree(folder / "whole/out", folder / name / "out", symlinks=True)
        at = chosen.randint(1, int(again if is_again else steps))
        cases.append((name, at))
        commands.append(f"{name}=kill:{at}")
    assert {"-9"} == set(forked(folder, *commands))
    for name, _ in cases:
        assert_nights_are_whole(folder / name / "out")
    assert {"0"} == set(forked(folder, *(f"{name}=whole" for name, _ in cases)))
    for name, at in cases:
        assert second == contents(folder / name / "out"), (name, at)


def test_a_full_disk_leaves_what_was_there_and_the_next_run_heals(made):
    """Files cannot grow beyond some bytes, as on a disk without room."""
    before = contents(made / "out")
    (made / "dumps/rib.20250114.0000.mrt").write_bytes(dump(SECOND))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    for room in (0, 1000, 6000):
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
        try:
            with pytest.raises(OSError):
                start(made)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert before == contents(made / "out")
    assert "changed" == start(made).results[0].what
    healed = contents(made / "out")
    shutil.rmtree(made / "out")
    start(made)
    assert healed == contents(made / "out")


def test_an_analysis_that_fails_costs_its_night(folder, monkeypatch):
    """The others are made, and the next run makes it."""
    from rib.batch import night

    real = night.check_all

    def fail_once(rules, tables, origins, hegemony):
        views = tables["diversity_prefix"].column("view").to_pylist()
        if tables["diversity_change"].num_rows and views.count("collectors") == len(SECOND):
            raise MemoryError
        return real(rules, tables, origins, hegemony)

    monkeypatch.setattr(night, "check_all", fail_once)
    outcome = start(folder)
    assert ["new", "failed", "new"] == [result.what for result in outcome.results]
    assert [("night 2025-01-15", "MemoryError")] == [(p.what, p.text) for p in outcome.problems]
    monkeypatch.setattr(night, "check_all", real)
    assert ["done", "new", "changed"] == [result.what for result in start(folder).results]


class _Archive(BaseHTTPRequestHandler):
    """Serves what its server has for a path: octets, or the name of a fault."""

    def log_message(self, *_):
        """Keep quiet."""

    def do_GET(self):
        self.server.asked.append(self.path)
        body = self.server.files.get(self.path)
        if body is None:
            self.send_error(404)
            return
        self.send_response(200)
        content = b"<!doctype html><title>Busy</title>" if body == "page" else body
        length = 5000 if body == "stall" else len(content)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        if body == "stall":
            self.server.released.wait(10)
        else:
            self.wfile.write(content)


@pytest.fixture
def archive(monkeypatch, tmp_path):
    """Give a server of dumps by date, an empty cache, and little patience."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RIB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "PATIENCE", Patience(5, 0.2, 2, 0.01, 0.05))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Archive)
    server.daemon_threads = True
    server.handle_error = lambda *_: None
    server.files, server.asked, server.released = {}, [], threading.Event()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/%Y.%m/rib.%Y%m%d.0000.mrt"
    first, _, rest = CONFIG.partition('paths = ["dumps/rib.*.mrt"]')
    text = f'{first}paths = ["{url}"]{rest}[nights]\nlast = 3\n'
    (tmp_path / "nightly.toml").write_text(text)
    yield server
    server.released.set()
    server.shutdown()
    server.server_close()
    thread.join()


def test_urls_that_stall_lie_or_are_missing_heal(archive, tmp_path):
    """Each costs its night; what was had is not asked for again; the next run has the rest."""
    (tmp_path / "dumps").mkdir()
    (tmp_path / "dumps/own.20250117.0000.mrt").write_bytes(dump(THIRD))
    name = "/2025.01/rib.202501{}.0000.mrt"
    days = {15: FIRST, 16: SECOND, 17: THIRD}
    now = datetime(2025, 1, 17, 18, tzinfo=UTC)
    archive.files = {
        name.format(15): dump(FIRST),
        name.format(16): "page",
        name.format(17): "stall",
    }
    outcome = start(tmp_path, now)
    assert ["new", "failed", "new"] == [result.what for result in outcome.results]
    words = (tmp_path / "out/nights/2025-01-17/night.md").read_text()
    assert "## Since 2025-01-15 (2 days; none between has dumps)" in words
    told = {p.what[-21:-9]: (p.missing, p.text) for p in outcome.failures}
    assert told["rib.20250117"][0]
    assert "stalls" in told["rib.20250117"][1]
    assert not told["rib.20250116"][0]
    assert "expected a file, found a web page" in told["rib.20250116"][1]
    assert not any("out/.staging" in each for each in contents(tmp_path))
    archive.files = {name.format(day): dump(routes) for day, routes in days.items()}
    archive.asked.clear()
    outcome = start(tmp_path, now)
    assert ["done", "new", "changed"] == [result.what for result in outcome.results]
    assert name.format(16) in archive.asked
    archive.asked.clear()
    archive.files = {}
    before = contents(tmp_path / "out")
    # A clock that is days ahead, and an archive that has nothing any more.
    outcome = start(tmp_path, datetime(2025, 1, 19, 18, tzinfo=UTC))
    assert {"HTTP 404 Not Found", "no dump of 2025-01-19"} == {p.text for p in outcome.failures}
    assert all(p.missing for p in outcome.failures)
    assert before == contents(tmp_path / "out")
    asked = [name.format(day) for day in (18, 19)]
    assert asked == archive.asked
