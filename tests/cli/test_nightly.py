"""``rib nightly`` and ``rib history``: exit codes, and what is said where."""

import json
import shutil
import sys
from pathlib import Path

import pytest
from nights import CONFIG, FIRST, SECOND, THIRD, dump
from typer.testing import CliRunner

from rib.batch import notify
from rib.batch.layout import Layout
from rib.batch.run import locked
from rib.cli.app import app
from rib.cli.outcome import Exit


def run(*arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)


@pytest.fixture
def config(tmp_path, monkeypatch) -> Path:
    """Give a config with two nights, of which pages cost nothing."""
    monkeypatch.setattr("rib.report.write.render", lambda found, _: (found.view, found.view))
    (tmp_path / "dumps").mkdir()
    for day, routes in (("14", FIRST), ("15", SECOND)):
        (tmp_path / f"dumps/rib.202501{day}.0000.mrt").write_bytes(dump(routes))
    text = CONFIG.replace('[[own_view]]\nname = "edge"\npaths = ["dumps/own.*.mrt"]\n', "")
    path = tmp_path / "nightly.toml"
    path.write_text(text)
    return path


def without_assertions(config):
    config.write_text(config.read_text().partition("[[assert]]")[0])


def test_a_failed_assertion_exits_1_and_is_named(config):
    """On standard output; events are on standard error."""
    for state in ("made", "finished before"):
        result = run("nightly", "--config", config)
        assert Exit.FINDINGS == result.exit_code
        assert (
            "2025-01-15: assertion fails: upstreams AS100 (IPv4): expected at least 2, found 1\n"
            in (result.stdout)
        )
        assert f"2025-01-15: {state}: 1 of 2 assertions failed" in result.stderr


def test_without_findings_exits_0(config):
    """And says nothing on standard output."""
    without_assertions(config)
    result = run("nightly", "--config", config)
    assert (Exit.FINE, "") == (result.exit_code, result.stdout)


def test_a_suspect_of_the_threshold_exits_1(config):
    """The score that the config names, or more."""
    without_assertions(config)
    (config.parent / "dumps/rib.20250117.0000.mrt").write_bytes(dump(THIRD))
    start = config.read_text()
    config.write_text(start + "[thresholds]\nsuspect_score = 50\n")
    assert Exit.FINDINGS == run("nightly", "--config", config).exit_code
    config.write_text(start + "[thresholds]\nsuspect_score = 100\n")
    highest = json.loads((config.parent / "out/nights/2025-01-17/night.json").read_text())
    expected = Exit.FINDINGS if highest["verdict"]["highest_score"] == 100 else Exit.FINE
    assert expected == run("nightly", "--config", config).exit_code


def test_a_damaged_dump_exits_3_before_findings(config):
    """And 4 where it is missing."""
    (config.parent / "dumps/rib.20250115.0000.mrt").write_bytes(dump(SECOND)[:-10])
    result = run("nightly", "--config", config)
    assert Exit.DAMAGED == result.exit_code
    assert "damaged, read in part" in result.stderr
    assert "assertion fails" in result.stdout


@pytest.mark.parametrize("line", ['paths = ["none.*"]', 'paths = ["dumps/rib.*.mrt", "none.*"]'])
def test_a_missing_dump_exits_4(config, line):
    """Whether or not there are others."""
    config.write_text(config.read_text().replace('paths = ["dumps/rib.*.mrt"]', line))
    result = run("nightly", "--config", config)
    assert Exit.MISSING == result.exit_code
    assert "none.*: no file matches" in result.stderr


def test_no_night_of_the_days_asked_exits_4(config):
    """None of the dumps is from then."""
    result = run("nightly", "--config", config, "--from", "2024-01-01", "--to", "2024-01-02")
    assert Exit.MISSING == result.exit_code
    assert "no night" in result.stderr


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('output = "o"\nsources = []\n', "nightly.toml:2: sources: no such key; accepted: assert"),
        ("output = 3\n", "nightly.toml:1: output: Input should be a valid string"),
        ("output", "nightly.toml: "),
        ("output = 3\nsauce = 1\n[[source]]\nname = 'a'\npaths = ['b']\n", "\nrib: "),
    ],
)
def test_a_wrong_config_exits_2(config, text, expected):
    """With the line of the key."""
    config.write_text(text)
    result = run("nightly", "--config", config)
    assert (Exit.USAGE, "") == (result.exit_code, result.stdout)
    assert expected in result.stderr


def test_usage_that_is_wrong(config, tmp_path):
    """No config, a day that is none, another run at work, a folder of others."""
    assert Exit.MISSING == run("nightly", "--config", tmp_path / "no.toml").exit_code
    assert Exit.USAGE == run("nightly", "--config", config, "--from", "today").exit_code
    lock = locked(Layout(tmp_path / "out"))
    result = run("nightly", "--config", config)
    lock.release()
    assert Exit.USAGE == result.exit_code
    assert "another run is at work here" in result.stderr
    (tmp_path / "out/thesis").write_text("x")
    assert Exit.USAGE == run("nightly", "--config", config).exit_code


def test_check_says_what_would_be_done_and_does_nothing(config, tmp_path):
    """Nights, dumps, registries, what is missing."""
    text = config.read_text().replace("[watch]", '[registries]\nvrps = "v.%Y%m%d.json"\n[watch]')
    config.write_text(text)
    result = run("nightly", "--config", config, "--check")
    assert Exit.FINE == result.exit_code
    lines = result.stdout.splitlines()
    assert "night 2025-01-15: new; compared with 2025-01-14" in lines
    assert "registry vrps: v.20250115.json: MISSING: No such file or directory" in lines
    assert not (tmp_path / "out").exists()
    run("nightly", "--config", config)
    assert "night 2025-01-15: finished; " in run("nightly", "--config", config, "--check").stdout


def test_init_writes_a_config_once(tmp_path):
    """One that is there stays."""
    path = tmp_path / "new.toml"
    assert Exit.FINE == run("nightly", "--init", "--config", path).exit_code
    assert "[[source]]" in path.read_text()
    path.write_text("mine")
    assert Exit.USAGE == run("nightly", "--init", "--config", path).exit_code
    assert "mine" == path.read_text()
    assert Exit.USAGE == run("nightly", "--init", "--config", tmp_path / "no/n.toml").exit_code


def test_logs_are_json_lines_where_asked(config):
    """Every line of standard error is an object with what it is about."""
    result = run("nightly", "--config", config, "--log-format", "json")
    events = [json.loads(line) for line in result.stderr.splitlines()]
    assert [("night", "2025-01-14"), ("night", "2025-01-15")] == [
        (e["event"], e["night"]) for e in events
    ]
    assert 1 == events[1]["verdict"]["assertions_failed"]
    assert {"time", "level", "event", "message"} <= events[0].keys()


def test_history_lists_nights_and_shows_tables(config, tmp_path):
    """By config or by folder; other tables, formats and folders are errors."""
    run("nightly", "--config", config)
    for path in (config, tmp_path / "out"):
        listed = run("history", path, "-f", "json")
        nights = [json.loads(line)["day"] for line in listed.stdout.splitlines()]
        assert ["2025-01-14", "2025-01-15"] == nights
    shown = run("history", config, "upstreams", "--from", "2025-01-15", "-f", "csv").stdout
    assert shown.startswith('"day","view","origin_as"')
    assert "2025-01-14" not in shown
    assert Exit.USAGE == run("history", config, "nonsense").exit_code
    assert Exit.MISSING == run("history", tmp_path / "nowhere").exit_code
    assert Exit.DAMAGED == run("history", tmp_path / "dumps").exit_code
    (tmp_path / "out/history/upstreams/day=2025-01-15/part.parquet").write_bytes(b"x")
    assert Exit.DAMAGED == run("history", config, "upstreams").exit_code


def test_words_of_new_nights_with_findings_are_sent_once(config, monkeypatch):
    """To every address; a night without findings is not, unless that is asked for."""
    sent = []
    monkeypatch.setattr(notify, "_apprise", lambda: lambda: _Service(sent))
    start = config.read_text()
    config.write_text(start + '[notify]\nurls = ["json://a.example", "json://b.example"]\n')
    run("nightly", "--config", config)
    assert [("Night of 2025-01-15: 1 of 2 assertions failed", 2)] == [
        (title.partition(";")[0], n) for title, n in sent
    ]
    run("nightly", "--config", config)
    assert 1 == len(sent)
    text = '[notify]\nurls = ["json://a.example"]\nwhen = "always"\n'
    config.write_text(start + text)
    run("nightly", "--config", config, "--redo")
    assert 3 == len(sent)
    config.write_text(start + '[notify]\nurls = ["secret-password"]\n')
    result = run("nightly", "--config", config)
    assert Exit.USAGE == result.exit_code
    assert "notify.urls: number 1" in result.stderr


class _Service:
    """Stands for Apprise."""

    def __init__(self, sent):
        self._sent, self._urls = sent, []

    def add(self, url):
        self._urls.append(url)
        return "://" in url

    def notify(self, body, title, body_format):
        assert body.startswith("# Night of ")
        assert "markdown" == body_format
        self._sent.append((title, len(self._urls)))
        return True


def test_what_is_needed_and_not_installed_is_named(config, monkeypatch):
    """With the extra that brings it."""
    config.write_text(config.read_text() + '[notify]\nurls = ["json://a.example"]\n')
    monkeypatch.setitem(sys.modules, "apprise", None)
    result = run("nightly", "--config", config)
    assert Exit.USAGE == result.exit_code
    assert "pip install 'rib[notify]'" in result.stderr


def test_the_sample_tells_the_story_of_the_migration(root, sample, tmp_path):
    """The config that --init writes, on the four nights of the sample: with pages, as users get them."""
    if "fallback" in run("--version").stdout:
        pytest.skip("the sample takes minutes there; the small nights are made on both")
    path = tmp_path / "nightly.toml"
    run("nightly", "--init", "--config", path)
    (tmp_path / "data").symlink_to(root / "data")
    result = run("nightly", "--config", path, "--from", "2025-01-17")
    assert Exit.FINDINGS == result.exit_code
    third, last = (
        (tmp_path / f"nightly/nights/2025-01-{day}/night.md").read_text() for day in (17, 21)
    )
    assert "Since 2025-01-15 (2 days" in third
    assert "AS213394 IPv4 appeared, with AS43424 as upstreams" in third
    assert "AS213394 IPv4: 1 → 4 upstreams, gained AS3257, AS3356, AS29075" in last
    assert "All 12 hold." in last
    shutil.rmtree(tmp_path / "nightly")


def test_two_nights_are_compared(config, tmp_path):
    """By config or folder; a night that is not there exits 4 and says which are."""
    run("nightly", "--config", config)
    for path in (config, tmp_path / "out"):
        result = run("diff", "--history", path, "2025-01-14", "2025-01-15", "-f", "json")
        found = [json.loads(line) for line in result.stdout.splitlines()]
        assert (Exit.FINE, ("AS100", [9])) == (
            result.exit_code,
            (found[0]["subject"], found[0]["lost"]),
        )
    shown = run("diff", "--history", config, "2025-01-14", "2025-01-15", "--limit", 1)
    assert "rib: origin: 1 changed\nrib: prefix: 1 changed\n" in shown.stderr
    only = run(
        *("diff", "--history", config, "2025-01-14", "2025-01-15", "--about", "exit", "-f", "json")
    )
    assert "" == only.stdout
    missing = run("diff", "--history", config, "2025-01-14", "2025-01-16")
    assert Exit.MISSING == missing.exit_code
    assert "after=2025-01-16: no such night; the history has 2025-01-14 to 2025-01-15" in (
        missing.stderr
    )
    assert Exit.USAGE == run("diff", "--history", config, "2025-01-14", "today").exit_code
    assert Exit.USAGE == run("diff", "a.mrt", "b.mrt", "--about", "exit").exit_code
    mixed = run("diff", "--history", config, "--whole-sessions", "2025-01-14", "2025-01-15")
    assert Exit.USAGE == mixed.exit_code
