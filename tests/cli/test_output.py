"""The command line: what commands write, and where."""

import csv
import gzip
import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from commands import run

import rib
from rib.cli.outcome import Exit

_FOLDER = Path(__file__).resolve().parents[2] / "data" / "sample-mrt"
SAMPLE = str(_FOLDER / "collector.20250121.1200.mrt.bz2")
BASELINE = str(_FOLDER / "collector.20250117.0000.mrt.bz2")

UPDATES = str(_FOLDER / "updates.20250117.0000.mrt.gz")


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
