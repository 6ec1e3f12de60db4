"""`rib validate`: origins against registries, what goes to stderr, and when it exits with 1."""

import csv
import io
import json
from pathlib import Path

import pytest
from commands import run

import rib
from rib.cli.outcome import Exit

_FOLDER = Path(__file__).resolve().parents[2] / "data" / "sample-mrt"
VRPS, IRR = str(_FOLDER / "vrps.json.gz"), str(_FOLDER / "irr.20250121.db.gz")


@pytest.fixture(scope="module")
def dump(table: rib.Rib, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the sample as a file that opens at once."""
    path = tmp_path_factory.mktemp("dump") / "today.rib"
    table.write(path)
    return str(path)


def test_only_and_counts_are_those_of_the_analysis(table: rib.Rib, dump: str):
    """Rows of one state; beside them how many prefixes are in each, and at how many VPs."""
    frame = rib.validate_origins(table, vrps=rib.read_vrps(VRPS))
    result = run("validate", dump, "--vrps", VRPS, "--only", "invalid", "-f", "json")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    invalid = frame[frame["rov_state"] == "invalid"]
    assert invalid["prefix"].tolist() == [row["prefix"] for row in rows]
    parts = []
    for state in ("valid", "invalid", "not-found"):
        of = frame[frame["rov_state"] == state]
        parts.append(f"{state} {of['prefix'].nunique():,} at up to {of['n_vps'].max()} VPs")
    assert (Exit.FINE, f"rib: RPKI: prefixes {', '.join(parts)}\n") == (
        result.exit_code,
        result.stderr,
    )


def test_irr_alone_has_its_own_columns(dump: str):
    """Columns of a registry that was not given are no part of a table; more-specifics are invalid."""
    options = ["--irr", IRR, "--only", "invalid"]
    result = run("validate", dump, *options)
    assert "irr_state" in result.stdout.splitlines()[0]
    assert "rov_state" not in result.stdout
    rows = list(csv.DictReader(io.StringIO(run("validate", dump, *options, "-f", "csv").stdout)))
    assert "rov_state" in rows[0]
    assert {"invalid", "invalid,more-specific"} >= {row["irr_state"] for row in rows} != set()
    assert ["rib: IRR: prefixes"] == [x[:18] for x in result.stderr.splitlines() if "IRR" in x]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--fail-on", "invalid"], Exit.FINDINGS),
        (["--fail-on", "invalid", "--only", "valid"], Exit.FINDINGS),
        (["--fail-on", "invalid", "-O", "213394"], Exit.FINE),
        (["--fail-on", "not-found", "-p", "1.6.12.0/24"], Exit.FINE),
        ([], Exit.FINE),
    ],
)
def test_fail_on_a_state(dump: str, options: list[str], code: Exit):
    """Exit 1 exactly if a row that was asked for has the state, shown or not."""
    assert code == run("validate", dump, "--vrps", VRPS, *options, "-f", "csv").exit_code


def test_slurm_changes_states(dump: str, tmp_path: Path):
    """An assertion for another AS makes the prefix invalid (RFC 8416)."""
    slurm = tmp_path / "slurm.json"
    assertion = {"asn": 64500, "prefix": "91.208.207.0/24"}
    slurm.write_text(
        json.dumps(
            {
                "slurmVersion": 1,
                "validationOutputFilters": {
                    "prefixFilters": [{"prefix": "91.208.207.0/24"}],
                    "bgpsecFilters": [],
                },
                "locallyAddedAssertions": {"prefixAssertions": [assertion], "bgpsecAssertions": []},
            }
        )
    )
    asked = ["validate", dump, "--vrps", VRPS, "-p", "91.208.207.0/24", "-f", "json"]
    assert "invalid" not in run(*asked).stdout
    [row] = [json.loads(line) for line in run(*asked, "--slurm", slurm).stdout.splitlines()]
    assert ("invalid", "as") == (row["rov_state"], row["rov_reason"])


def test_nothing_to_validate_is_said(dump: str):
    """No prefix asked for is there: a head without rows, and counts of nothing."""
    result = run("validate", dump, "--vrps", VRPS, "-O", "64999", "-f", "csv")
    assert 1 == len(result.stdout.splitlines())
    assert "prefixes valid 0, invalid 0, not-found 0" in result.stderr


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ([], Exit.USAGE),
        (["--slurm", "x.json", "--irr", IRR], Exit.USAGE),
        (["--vrps", VRPS, "--only", "odd"], Exit.USAGE),
        (["--vrps", "/nowhere/vrps.json"], Exit.MISSING),
        (["--vrps", __file__], Exit.DAMAGED),
    ],
)
def test_what_cannot_be_done(dump: str, options: list[str], code: Exit):
    """Usage, missing and damaged files have their codes."""
    result = run("validate", dump, *options)
    assert (code, "") == (result.exit_code, result.stdout)


def test_warnings_come_before_counts(table: rib.Rib, dump: str, monkeypatch: pytest.MonkeyPatch):
    """What the analysis warns of is said whatever part of its result is shown."""
    warned = rib.validate_origins(table.select(origin_as=[213394]), vrps=rib.read_vrps(VRPS))
    warned.attrs["warnings"] = ["VRPs of 2019"]
    monkeypatch.setattr("rib.cli.validating.validate_origins", lambda *_, **__: warned)
    for options in ([], ["-f", "json"], ["--only", "invalid"]):
        said = run("validate", dump, "--vrps", VRPS, *options).stderr.splitlines()
        assert ["rib: warning: VRPs of 2019", "rib: RPKI: prefixes"] == [said[0], said[1][:19]]
