"""`rib diversity`, `rib saturation` and `rib hegemony`: what their options ask for."""

import csv
import io
from pathlib import Path

import pandas as pd
import pytest
from commands import run
from typer.testing import Result

import rib
from rib._backend import BACKEND
from rib.cli.outcome import Exit

_FOLDER = Path(__file__).resolve().parents[2] / "data" / "sample-mrt"
SAMPLE = str(_FOLDER / "collector.20250121.1200.mrt.bz2")


def rows_of(result: Result) -> list[dict[str, str]]:
    """Give the rows of a result in CSV."""
    assert Exit.FINE == result.exit_code, result.stderr
    return list(csv.DictReader(io.StringIO(result.stdout)))


@pytest.mark.parametrize(("by", "key"), [("prefix", "prefix"), ("origin-as", "origin_as")])
def test_diversity_has_a_row_per_group(by: str, key: str):
    """Rows are about prefixes or origins, as asked."""
    result = run("diversity", SAMPLE, "--by", by, "-O", "213394", "-f", "csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [4, 6] == sorted(int(r["family"]) for r in rows)
    assert key == next(iter(rows[0]))


def test_diversity_of_a_prefix_is_of_what_lies_in_it(table: rib.Rib):
    """Only the prefix and those inside it count, also by origin."""
    found = rows_of(run("diversity", SAMPLE, "-p", "2.2.0.0/16", "--by", "prefix", "-f", "csv"))
    inside = table.select(prefixes=["2.2.0.0/16"]).prefixes.column("text").to_pylist()
    assert 6 == len(inside)
    assert inside == [r["prefix"] for r in found]
    by_origin = rows_of(run("diversity", SAMPLE, "-p", "91.208.207.0/24", "-f", "csv"))
    assert [("213394", "1")] == [(r["origin_as"], r["n_prefixes"]) for r in by_origin]


@pytest.mark.parametrize("arguments", [["-O", "4200000000"], ["-p", "203.0.113.0/24"]])
def test_diversity_of_what_is_not_there_has_no_rows(arguments: list[str]):
    """The header alone, and no error."""
    assert [] == rows_of(run("diversity", SAMPLE, *arguments, "-f", "csv"))


@pytest.mark.parametrize(("by", "expected"), [("origin-as", 2), ("n-vps", 15)])
def test_saturation_has_a_row_per_group_or_point(table: rib.Rib, by: str, expected: int):
    """A row per family, or the curve of each."""
    found = rows_of(run("saturation", SAMPLE, "--by", by, "-O", "213394", "-f", "csv"))
    frame = rib.saturation(table, origin_as=[213394], by=by.replace("-", "_"))
    assert expected == len(found)
    assert list(frame.columns) == list(found[0])


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        ([], {}),
        (["--scope", "AS213394", "--trim", "force"], {"scope": [213394], "trim": "force"}),
        (["--scope", "213394", "--ci", "0.9"], {"scope": [213394], "ci": 0.9}),
    ],
)
def test_hegemony_has_the_rows_of_the_analysis(
    table: rib.Rib, options: list[str], asked: dict[str, object]
):
    """As `rib.as_hegemony` gives them, the highest of each scope and family first."""
    found = rows_of(run("hegemony", SAMPLE, "-f", "csv", *options))
    frame = rib.as_hegemony(table, **asked)
    assert list(frame.columns) == list(found[0])
    expected = frame.sort_values(["family", "hegemony", "asn"], ascending=[True, False, True])
    assert expected["asn"].tolist() == [int(r["asn"]) for r in found]


def test_hegemony_of_all_has_the_global_one_first():
    """An empty scope, then every origin AS."""
    found = rows_of(run("hegemony", SAMPLE, "--all", "-6", "-f", "csv", "-n", "1"))
    assert [("", "6")] == [(r["scope"], r["family"]) for r in found]
    local = rows_of(run("hegemony", SAMPLE, "--scope", "213394", "-4", "-f", "csv"))
    assert {("213394", "4")} == {(r["scope"], r["family"]) for r in local}


@pytest.mark.parametrize(
    "arguments",
    [
        ["hegemony", SAMPLE, "--all", "--scope", "213394"],
        ["hegemony", SAMPLE, "--trim", "none"],
        ["hegemony", SAMPLE, "--ci", "1"],
        ["diversity", SAMPLE, "--by", "peer"],
        ["diversity", SAMPLE, "-p", "10.0.0.1/8"],
        ["diversity", SAMPLE, "--weight", "bytes"],
        ["diversity", SAMPLE, "--weight", "traffic"],
        ["diversity", SAMPLE, "--flows", "flows.csv"],
        ["diversity", SAMPLE, "--ci", "1"],
        ["diversity", SAMPLE, "--ci", "95"],
        ["saturation", SAMPLE, "--by", "prefix"],
        ["saturation", SAMPLE, "-O", "twelve"],
    ],
    ids=lambda a: " ".join(a[2:]),
)
def test_wrong_usage_exits_2(arguments: list[str]):
    """What was typed wrong is named on stderr; stdout stays empty."""
    result = run(*arguments)
    assert (Exit.USAGE, "") == (result.exit_code, result.stdout)
    assert result.stderr


@pytest.mark.parametrize("command", ["diversity", "saturation", "hegemony"])
def test_damaged_and_missing_inputs_have_their_codes(command: str, cut: Path, tmp_path: Path):
    """3 with what could be read, 4 for what is not there."""
    damaged = run(command, cut, "-f", "csv")
    assert Exit.DAMAGED == damaged.exit_code
    assert len(damaged.stdout.splitlines()) > 10
    assert Exit.MISSING == run(command, tmp_path / "none.mrt").exit_code


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    """Write flow records in CSV: two destinations, one without a route, and a column that is not asked for."""
    path = tmp_path / "flows.csv"
    path.write_text(
        "dst,port,bytes\n91.208.207.1,443,1500\n2a0f:d0c0::1,443,600\n192.0.2.1,53,40\n"
    )
    return path


@pytest.mark.parametrize("content", [b"", b"dst,octets\n192.0.2.1,3\n", b"PAR1 and no more"])
def test_flows_that_are_none_exit_3(tmp_path: Path, content: bytes):
    """One line names the file, before the dump is read."""
    path = tmp_path / "flows"
    path.write_bytes(content)
    result = run("diversity", tmp_path / "none.mrt", "--weight", "traffic", "--flows", path)
    assert Exit.DAMAGED == result.exit_code
    assert 1 == len(result.stderr.splitlines())
    assert str(path) in result.stderr


def test_flows_that_are_missing_exit_4(tmp_path: Path):
    """As any input."""
    result = run("diversity", SAMPLE, "--weight", "traffic", "--flows", tmp_path / "none")
    assert Exit.MISSING == result.exit_code


def test_diversity_passes_weight_flows_and_interval(flows: Path, monkeypatch: pytest.MonkeyPatch):
    """What was asked for reaches `rib.path_diversity` by its names."""
    asked: dict[str, object] = {}

    def stub(table: rib.Rib, **given: object) -> pd.DataFrame:
        asked.update(given)
        return rib.moas(table)

    monkeypatch.setattr("rib.cli.diversity.path_diversity", stub)
    rows_of(run("diversity", SAMPLE, "-f", "csv"))
    assert {"by": "origin_as", "weight": "prefixes", "flows": None, "ci": None} == asked
    options = ["--weight", "traffic", "--flows", flows, "--ci", "0.9"]
    rows_of(run("diversity", SAMPLE, "-f", "csv", *options))
    assert ("traffic", 0.9) == (asked["weight"], asked["ci"])
    assert (2140.0, 3) == (asked["flows"].total, asked["flows"].n_flows)


def test_weights_look_at_the_whole_table(table: rib.Rib, monkeypatch: pytest.MonkeyPatch):
    """An address may belong to a more-specific of another origin: rows are chosen afterwards."""
    seen = []

    def stub(table: rib.Rib, **_: object) -> pd.DataFrame:
        seen.append(table.n_routes)
        return rib.saturation(table)

    monkeypatch.setattr("rib.cli.diversity.path_diversity", stub)
    options = ["-O", "213394", "-O", "43424", "-f", "csv"]
    rows = [
        rows_of(run("diversity", SAMPLE, *options, "--weight", weight))
        for weight in ("prefixes", "addresses")
    ]
    assert table.n_routes == seen[1] > seen[0]
    assert rows[0] == rows[1]
    assert {"213394", "43424"} == {r["origin_as"] for r in rows[1]}


@pytest.mark.skipif(BACKEND == "fallback", reason="resamples of all origins take it a minute")
def test_interval_of_an_origin_is_that_of_the_whole_table(table: rib.Rib):
    """Whoever is asked for: vantage points are drawn from all."""
    found = rows_of(run("diversity", SAMPLE, "-O", "213394", "--ci", "0.9", "-f", "csv"))
    frame = rib.path_diversity(table, by="origin_as", ci=0.9)
    expected = frame[frame["origin_as"] == 213394]["upstream_entropy_low"].tolist()
    assert expected == pytest.approx([float(r["upstream_entropy_low"]) for r in found])


def test_upstreams_have_intervals_where_asked(table: rib.Rib):
    """The columns of `upstream_preference` with ``ci``."""
    found = rows_of(run("upstreams", SAMPLE, "-O", "213394", "--ci", "0.9", "-f", "csv"))
    frame = rib.upstream_preference(table, origin_as=[213394], ci=0.9)
    assert frame["vp_share_low"].tolist() == pytest.approx(
        [float(r["vp_share_low"]) for r in found]
    )


@pytest.mark.parametrize("row", ["x,100", "1.1.1.1,-5"])
def test_flows_that_cannot_be_added_up_are_damage(tmp_path: Path, row: str):
    """The file is named, and the exit code is that of a damaged input."""
    path = tmp_path / "flows.csv"
    path.write_text(f"dst,bytes\n{row}\n")
    result = run("diversity", SAMPLE, "--weight", "traffic", "--flows", path)
    assert Exit.DAMAGED == result.exit_code
    assert f"{path}: " in result.stderr
