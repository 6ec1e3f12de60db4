"""The command line: what it writes where, and its exit codes."""

import csv
import errno
import gzip
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

import rib
from rib.cli.app import app
from rib.cli.outcome import Exit

_FOLDER = Path(__file__).resolve().parents[2] / "data" / "sample-mrt"
SAMPLE = str(_FOLDER / "collector.20250121.1200.mrt.bz2")
BASELINE = str(_FOLDER / "collector.20250117.0000.mrt.bz2")

UPDATES = str(_FOLDER / "updates.20250117.0000.mrt.gz")

_RUN = [sys.executable, "-c", "from rib.cli import main; main()"]


def run(*arguments: object) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)


@pytest.fixture(scope="module")
def table() -> rib.Rib:
    """Table of the sample."""
    return rib.read_mrt(SAMPLE)


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sample cut in the middle of its compressed stream."""
    path = tmp_path_factory.mktemp("cut") / "cut.mrt.bz2"
    whole = Path(SAMPLE).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return path


# -- what comes out -------------------------------------------------------------------------------


def test_info_shows_counts_and_state(table: rib.Rib):
    """The table of `rib info` names the state, routes and peers; nothing goes to stderr."""
    result = run("info", SAMPLE)
    assert (Exit.FINE, "") == (result.exit_code, result.stderr)
    for part in ("ok", f"{table.n_routes:,} kept, 0 lost", "full feed from", "TABLE_DUMP_V2"):
        assert part in result.stdout


def test_info_json_holds_the_receipt(table: rib.Rib):
    """JSON has the facts and the receipt as `LoadReceipt.to_dict` gives it."""
    given = json.loads(run("info", SAMPLE, "--format", "json").stdout)
    assert table.receipt.to_dict() == given["receipt"]
    assert table.n_routes == given["table"]["n_routes"]


@pytest.mark.parametrize("cut", [gzip.decompress, bytes])
def test_routes_of_damaged_updates_are_all_there_are(cut, tmp_path: Path):
    """Damaged updates are updates still: what can be read is written, and the code is 3."""
    content = cut(Path(UPDATES).read_bytes())
    path = tmp_path / "updates"
    path.write_bytes(content[: len(content) // 2])
    result = run("routes", str(path), "-f", "bgpdump")
    assert Exit.DAMAGED == result.exit_code
    updates = rib.read_updates(path)
    assert not updates.receipt.ok
    assert updates.n_changes == len(result.stdout.splitlines()) > 100


def test_info_and_routes_take_updates():
    """Update files are shown and written as what they are; filters of routes are refused."""
    updates = rib.read_updates(UPDATES)
    shown = run("info", UPDATES)
    assert (Exit.FINE, "") == (shown.exit_code, shown.stderr)
    for part in (f"{updates.n_changes:,} kept, 0 lost", "1,310 UPDATE", "state changes"):
        assert part in shown.stdout
    given = json.loads(run("info", UPDATES, "--format", "json").stdout)
    assert updates.receipt.to_dict() == given["receipt"]
    assert updates.n_changes == given["table"]["n_changes"]
    rows = [json.loads(line) for line in run("routes", UPDATES, "-f", "json").stdout.splitlines()]
    assert updates.to_arrow().column("prefix").to_pylist() == [r["prefix"] for r in rows]
    lines = run("routes", UPDATES, "-f", "bgpdump", "-n", "5").stdout.splitlines()
    assert ["BGP4MP"] * 5 == [line.split("|")[0] for line in lines]
    assert Exit.USAGE == run("routes", UPDATES, "-4").exit_code


def test_lookup_gives_one_row_per_address(table: rib.Rib):
    """Addresses of both families, one without a match only where there is no default route."""
    result = run("lookup", SAMPLE, "91.208.207.1", "2a0f:d0c0::1", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert ["91.208.207.1", "2a0f:d0c0::1"] == [r["address"] for r in rows]
    assert ["91.208.207.0/24", "2a0f:d0c0::/29"] == [r["prefix"] for r in rows]
    assert {"213394"} == {r["origin_as"] for r in rows}


def test_routes_filters_agree_with_select(table: rib.Rib):
    """Filters of the command are those of `Rib.select`."""
    result = run(
        "routes",
        SAMPLE,
        "-O",
        "AS213394",
        "-4",
        "-J",
        "29075",
        "-p",
        "91.208.207.0/24",
        "-f",
        "json",
    )
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    expected = table.select(
        family=4, origin_as=[213394], peers=[29075], prefixes=["91.208.207.0/24"]
    )
    assert expected.n_routes == len(rows) > 0
    assert {"91.208.207.0/24"} == {r["prefix"] for r in rows}


@pytest.mark.parametrize("form", ["json", "csv", "parquet", "arrow"])
def test_routes_has_every_route_in_every_format(table: rib.Rib, tmp_path: Path, form: str):
    """Each format holds all selected routes with the same prefixes in the same order."""
    out = tmp_path / f"routes.{form}"
    assert Exit.FINE == run("routes", SAMPLE, "-6", "-f", form, "-o", out).exit_code
    if form == "json":
        prefixes = [json.loads(line)["prefix"] for line in out.read_text("utf-8").splitlines()]
    elif form == "csv":
        with out.open(newline="", encoding="utf-8") as stream:
            prefixes = [r["prefix"] for r in csv.DictReader(stream)]
    elif form == "parquet":
        prefixes = pq.read_table(out).column("prefix").to_pylist()
    else:
        with pa.ipc.open_stream(out) as reader:
            prefixes = reader.read_all().column("prefix").to_pylist()
    assert table.select(family=6).to_arrow().column("prefix").to_pylist() == prefixes
    assert [out] == list(tmp_path.iterdir())


def test_routes_bgpdump_writes_one_line_per_route(table: rib.Rib):
    """The lines of ``bgpdump -m``: as many as routes, with their fifteen fields."""
    lines = run("routes", SAMPLE, "--format", "bgpdump").stdout.splitlines()
    assert table.n_routes == len(lines)
    assert {("TABLE_DUMP2", "B")} == {(f[0], f[2]) for f in (x.split("|") for x in lines)}
    assert {15} == {len(line.split("|")) for line in lines}


def test_routes_table_says_what_it_leaves_out(table: rib.Rib):
    """A table for the eye ends early and says so on stderr; --limit changes it."""
    result = run("routes", SAMPLE)
    assert f"{table.n_routes - 50:,} more rows" in result.stderr
    short = run("routes", SAMPLE, "--limit", "3", "--format", "csv")
    assert 4 == len(short.stdout.splitlines())
    assert f"{table.n_routes - 3:,} more rows" in short.stderr


def test_upstreams_shows_the_migration():
    """Before the move one upstream, after it four."""
    before, after = (
        [
            json.loads(x)
            for x in run("upstreams", p, "-O", "213394", "-f", "json").stdout.splitlines()
        ]
        for p in (BASELINE, SAMPLE)
    )
    of_v4 = [{r["upstream_as"] for r in rows if r["family"] == 4} for rows in (before, after)]
    assert [{43424}, {29075, 3257, 3356, 43424}] == of_v4


@pytest.mark.parametrize(("by", "key"), [("prefix", "prefix"), ("origin-as", "origin_as")])
def test_diversity_has_a_row_per_group(by: str, key: str):
    """Rows are about prefixes or origins, as asked."""
    result = run("diversity", SAMPLE, "--by", by, "-O", "213394", "-f", "csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [4, 6] == sorted(int(r["family"]) for r in rows)
    assert key == next(iter(rows[0]))


def test_suspects_json_keeps_evidence():
    """Evidence stays a list of terms whose fields are those of the contract."""
    result = run("suspects", SAMPLE, "--baseline", BASELINE, "-f", "json")
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert Exit.FINE == result.exit_code
    assert events
    assert {"rule", "value", "weight", "source", "date"} <= set(events[0]["evidence"][0])


def test_suspects_says_what_registries_left_out(tmp_path: Path):
    """One line on stderr per registry with lines that were left out, with reasons and counts."""
    vrps, links = tmp_path / "vrps.csv", tmp_path / "as-rel.txt"
    header = "ASN,IP Prefix,Max Length,Trust Anchor\n"
    vrps.write_text(header + "AS1,10.0.0.0/8,8,t\nAS1,10.0.0.1/8,8,t\nASx,11.0.0.0/8,8,t\n" * 2)
    links.write_text("1|2|-1\n")
    result = run("suspects", SAMPLE, "--vrps", vrps, "--relationships", links, "-f", "json")
    expected = f"rib: {vrps}: left out 2 asn, 1 duplicate, 2 prefix"
    assert (Exit.FINE, [expected]) == (result.exit_code, result.stderr.splitlines())


def test_report_writes_a_page(tmp_path: Path):
    """The command writes the directory and says where the page is."""
    out = tmp_path / "out"
    result = run("report", SAMPLE, "-o", out, "--asn", "AS213394", "--baseline", BASELINE)
    assert Exit.FINE == result.exit_code
    assert str(out / "report.html") in result.stdout
    assert "AS213394" in (out / "report.html").read_text("utf-8")


# -- exit codes -----------------------------------------------------------------------------------


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


# -- processes ------------------------------------------------------------------------------------


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
