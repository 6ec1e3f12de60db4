"""`rib diversity`, `rib saturation` and `rib hegemony`: what their options ask for."""

import csv
import io
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import rib
from rib.cli.app import app
from rib.cli.outcome import Exit

_FOLDER = Path(__file__).resolve().parents[2] / "data" / "sample-mrt"
SAMPLE = str(_FOLDER / "collector.20250121.1200.mrt.bz2")


def run(*arguments: object) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)


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
