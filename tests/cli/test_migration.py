"""`rib migration` and `rib policy`: text, JSON that a script can act on, exit codes."""

import json
from pathlib import Path

import pytest
from internet import mrt_writer as mrt
from typer.testing import CliRunner

import rib
from rib.cli.app import app
from rib.cli.outcome import Exit

_FOLDER = Path(__file__).resolve().parents[2] / "data" / "sample-mrt"
IRR, EARLY = (str(_FOLDER / f"irr.202501{day}.db.gz") for day in (21, 14))
VRPS = str(_FOLDER / "vrps.json.gz")
MOVE = ("migration", "91.208.207.0/24", "--from", "AS43424", "--to", "213394")


def run(*arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)


def dump(path, when, paths):
    """Write a dump of the prefix with these paths, one peer each; all others see one more prefix."""
    peers = [mrt.Peer(hops[0], f"192.0.2.{n + 1}") for n, hops in enumerate(paths)]
    parts = [mrt.peer_index_table(peers, timestamp=when)]
    for prefix, of_it in (("91.208.207.0/24", paths), ("30.0.0.0/8", [[p.asn, 1] for p in peers])):
        entries = [
            mrt.rib_entry(n, mrt.origin() + mrt.as_path(mrt.sequence(*hops)) + mrt.next_hop("192.0.2.1"))
            for n, hops in enumerate(of_it)
        ]  # fmt: skip
        parts.append(mrt.rib(prefix, entries, timestamp=when))
    path.write_bytes(b"".join(parts))
    return path


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Give small dumps of the two snapshots: behind the old origin, then through two transits."""
    folder = tmp_path_factory.mktemp("small")
    alone = [[8, 43424, 213394], [9, 174, 43424, 213394]]
    return [
        dump(folder / "17.mrt", 1737072000, alone),
        dump(folder / "21.mrt", 1737460800, [[8, 3356, 213394], [9, 29075, 213394]]),
    ]


def test_migration_says_what_the_library_says(small):
    """Text is the repr, JSON is one object with the same stage, steps and breaks."""
    tables = [rib.read_mrt(path) for path in small]
    vrps, irr = rib.read_vrps(VRPS), rib.read_irr(IRR)
    expected = rib.migration("91.208.207.0/24", 43424, 213394, tables, irr, vrps)
    text = run(*MOVE, *small, "--irr", IRR, "--vrps", VRPS)
    assert (Exit.FINE, repr(expected) + "\n") == (text.exit_code, text.stdout)
    given = json.loads(run(*MOVE, *small, "--irr", IRR, "--vrps", VRPS, "--format", "json").stdout)
    assert json.loads(json.dumps(expected.to_dict())) == given
    assert ("cleanup", ["roa-new", "remove-route-old"]) == (given["stage"], given["missing"])


def test_migration_takes_a_registry_for_each_snapshot(small):
    """With --each the registry of its day judges each snapshot."""
    result = run(*MOVE, *small, "--irr", EARLY, "--irr", IRR, "--each", "-f", "json")
    rows = json.loads(result.stdout)["snapshots"]
    assert [False, True] == [row["to_registered"] for row in rows]
    assert [None, None] == [row["to_rov"] for row in rows]


def test_migration_writes_a_file(small, tmp_path):
    """--output takes the text, and standard output nothing."""
    out = tmp_path / "move.txt"
    result = run(*MOVE, *small, "--output", out)
    assert (Exit.FINE, "") == (result.exit_code, result.stdout)
    assert out.read_text().startswith("91.208.207.0/24, AS43424 to AS213394: done")


def test_migration_exit_codes(small, tmp_path):
    """1 for what alarms, 2 for usage, 3 for damage, 4 for what is missing."""
    vrps = tmp_path / "vrps.csv"
    vrps.write_text("ASN,IP Prefix,Max Length,Trust Anchor\nAS43424,91.208.207.0/24,24,ripe\n")
    assert Exit.FINDINGS == run(*MOVE, *small, "--vrps", vrps).exit_code
    third = ("migration", "91.208.207.0/24", "--from", 1, "--to", 2)
    assert Exit.FINDINGS == run(*third, *small).exit_code
    empty = tmp_path / "empty.mrt"
    rib.read_mrt(small[1]).select(origin_as=[1]).write_mrt(empty)
    gone = run(*MOVE, small[0], empty)
    assert (Exit.FINDINGS, "withdrawn") == (
        gone.exit_code,
        gone.stdout.split(": ")[1].split("\n")[0],
    )
    for wrong in (
        (*MOVE, *small, "--irr", IRR, "--each"),
        (*MOVE, *small, "--vrps", VRPS, "--vrps", VRPS),
        ("migration", "91.208.207.1/24", "--from", 1, "--to", 2, small[0]),
        ("migration", "91.208.207.0/24", "--from", 1, "--to", 1, small[0]),
        (*MOVE, small[1], small[0]),
        (*MOVE,),
    ):
        assert Exit.USAGE == run(*wrong).exit_code, wrong
    cut = tmp_path / "cut.mrt"
    cut.write_bytes(small[1].read_bytes()[:-9])
    assert Exit.DAMAGED == run(*MOVE, cut).exit_code
    (tmp_path / "irr.db").write_text("route: 10.0.0.0/8\norig")
    assert Exit.DAMAGED == run(*MOVE, *small, "--irr", tmp_path / "irr.db").exit_code
    assert Exit.MISSING == run(*MOVE, tmp_path / "none.mrt").exit_code


def test_migration_says_what_a_registry_left_out(small, tmp_path):
    """Broken lines are one line on stderr, with --each once per file."""
    irr = tmp_path / "irr.db"
    irr.write_text("route: 91.208.207.0/24\norigin: AS43424\nbroken\nsource: RIPE\n")
    result = run(*MOVE, *small, "--irr", irr, "--irr", irr, "--each")
    assert (Exit.FINE, f"rib: {irr}: left out 1 line\n") == (result.exit_code, result.stderr)


def test_policy_writes_every_row(small):
    """JSON lines hold the rows of `rib.policy_drift`."""
    drift = rib.policy_drift(rib.read_mrt(small[1]), rib.read_irr(IRR), asn=213394)
    result = run("policy", "AS213394", small[1], "--irr", IRR, "--format", "json")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert (Exit.FINE, "") == (result.exit_code, result.stderr)
    assert drift[["asn", "state"]].to_dict("records") == [
        {"asn": row["asn"], "state": row["state"]} for row in rows
    ]
    own = run("policy", 213394, small[1], "--irr", IRR, "--own-view", small[0], "-f", "json")
    counts = {
        row["asn"]: row["n_prefixes_view"] for row in map(json.loads, own.stdout.splitlines())
    }
    assert {8: 2, 9: 2, 3356: 0}.items() <= counts.items()
    assert Exit.USAGE == run("policy", "ASX", small[1], "--irr", IRR).exit_code
    assert Exit.USAGE == run("policy", "AS1", small[1]).exit_code


def test_policy_says_that_an_as_has_no_aut_num(small):
    """Without one all that is seen looks undeclared, and nothing seen looks like agreement."""
    result = run("policy", 64999, small[1], "--irr", IRR, "--format", "json")
    assert Exit.FINE == result.exit_code
    assert "no aut-num of AS64999" in result.stderr
    assert "no aut-num" not in run("policy", 213394, small[1], "--irr", IRR).stderr
