"""`rib exits` and `rib failures` as a user types them."""

import json
from pathlib import Path

import pytest
from commands import run
from typer.testing import Result

import rib
from rib.analysis.failures import LOWER_BOUNDS
from rib.cli.outcome import Exit

VIEW = Path(__file__).resolve().parents[2] / "data" / "sample-mrt" / "own.20250121.1200.mrt.gz"


def rows(result: Result) -> list[dict[str, object]]:
    """Read the rows of JSON lines; what goes beside them is the caution alone."""
    said = result.stderr.removeprefix("rib: ").strip()
    assert (Exit.FINE, True) == (result.exit_code, said in {"", LOWER_BOUNDS})
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture(scope="module")
def view() -> rib.Rib:
    """Table of the sample's own view."""
    return rib.read_mrt(VIEW)


def test_exits_writes_a_row_per_prefix(view: rib.Rib):
    """Rows are those of the library, in its order."""
    found = rows(run("exits", VIEW, "-f", "json"))
    expected = rib.exit_preference(view).routes
    for name in ("prefix", "winner_peer", "step", "n_candidates"):
        assert expected[name].tolist() == [r[name] for r in found]


def test_exits_summary_writes_the_shares(view: rib.Rib):
    """With --summary exits and steps are listed in place of prefixes."""
    found = rows(run("exits", VIEW, "--summary", "-f", "json"))
    expected = rib.exit_preference(view).summary
    assert expected["name"].tolist() == [r["name"] for r in found]
    assert expected["n_prefixes"].tolist() == [r["n_prefixes"] for r in found]


def test_exits_takes_a_policy(tmp_path: Path):
    """A policy file changes who wins."""
    policy = tmp_path / "policy.toml"
    policy.write_text("[[rule]]\nsession = [43424]\nlocal_pref = 900\n")
    found = rows(run("exits", VIEW, "--policy", policy, "--summary", "-f", "json"))
    share = {r["peer_as"]: r["prefix_share"] for r in found if r["by"] == "exit"}
    assert 43424 == max(share, key=lambda asn: share[asn])


def test_exits_names_a_wrong_policy_before_it_reads(tmp_path: Path):
    """A policy that is wrong is a usage error in one line, one that is missing is missing."""
    policy = tmp_path / "policy.toml"
    policy.write_text("prefer = 'older'")
    result = run("exits", "no-such.mrt", "--policy", policy)
    assert (Exit.USAGE, "") == (result.exit_code, result.stdout)
    assert "policy.toml: prefer='older': expected 'router_id' or 'oldest'" in result.stderr
    assert Exit.MISSING == run("exits", VIEW, "--policy", tmp_path / "none.toml").exit_code


def test_exits_of_a_damaged_view_is_partial(tmp_path: Path):
    """What could be read is written, and the code says that it is not all."""
    cut = tmp_path / "cut.mrt.gz"
    cut.write_bytes(VIEW.read_bytes()[:20_000])
    result = run("exits", cut, "-f", "csv")
    assert Exit.DAMAGED == result.exit_code
    assert result.stdout.startswith('"prefix","family","winner_peer"')


def test_failures_writes_a_row_per_failed_set_and_outcome(view: rib.Rib):
    """Rows are those of the library, and what failed is text."""
    found = rows(run("failures", VIEW, "-k", "2", "-f", "json"))
    expected = rib.transit_failures(view, 2)
    assert [" ".join(map(str, f)) for f in expected["failed"]] == [r["failed"] for r in found]
    assert expected["n_prefixes"].tolist() == [r["n_prefixes"] for r in found]


def test_failures_takes_sessions_ases_and_links():
    """What may fail is asked for by option, and --shift says where it goes."""
    found = rows(run("failures", VIEW, "--unit", "session", "--shift", "-f", "json"))
    assert {"failed", "from_peer", "to_peer"} <= set(found[0])
    found = rows(run("failures", VIEW, "--fail", "AS174", "--fail", "3257-174", "-f", "json"))
    assert {"174", "3257-174"} == {r["failed"] for r in found}
    assert LOWER_BOUNDS in run("failures", VIEW, "--fail", "174").stderr
    assert "" == run("failures", VIEW).stderr


def test_failures_ranks_ases(view: rib.Rib):
    """With --ranking every AS is a row, worst first."""
    found = rows(run("failures", VIEW, "--ranking", "as", "-f", "json"))
    expected = rib.failure_ranking(view)
    assert expected["asn"].tolist() == [r["asn"] for r in found]
    assert expected["lost"].tolist() == [r["lost"] for r in found]


@pytest.mark.parametrize(
    "more",
    [
        ["-k", "0"],
        ["--fail", "174-x"],
        ["--unit", "transit"],
        ["--ranking", "as", "-k", "2"],
        ["--ranking", "link", "--fail", "174"],
        ["--ranking", "as", "--shift"],
    ],
)
def test_failures_refuses_what_cannot_fail(more: list[str]):
    """Numbers, elements and units that are none are usage errors."""
    assert Exit.USAGE == run("failures", VIEW, *more).exit_code
