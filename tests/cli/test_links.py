"""`rib leaks` and `rib relationships` as a user types them."""

import datetime as dt
import json
from pathlib import Path

import pytest
from internet import mrt_writer as mrt
from typer.testing import CliRunner, Result

import rib
from rib.cli.app import app
from rib.cli.outcome import Exit

#: 1 and 2 peer at the top; 5 has both as providers, and gives 1 what it had from 2.
PATHS = [
    *([1, 2, 5], [2, 1, 5], [1, 5, 2, 30]),
    *([1, 2, 5, 60 + i] for i in range(4)),
    *([2, 1, 5, 60 + i] for i in range(4)),
    *([1, 2, 20 + i] for i in range(4)),
    *([2, 1, 40 + i] for i in range(4)),
]
LINKS = "1|2|0\n1|5|-1\n2|5|-1\nx\n"


def dump(path: Path, paths: list[list[int]]) -> Path:
    """Write a dump of two peers, each path to a prefix of its own."""
    peers = [mrt.Peer(1, "192.0.2.1"), mrt.Peer(2, "192.0.2.2")]
    when = int(dt.datetime(2025, 1, 21, tzinfo=dt.UTC).timestamp())
    records = [mrt.peer_index_table(peers, timestamp=when)]
    for i, hops in enumerate(paths, 20):
        attributes = mrt.origin() + mrt.as_path(mrt.sequence(*hops)) + mrt.next_hop("192.0.2.1")
        entry = mrt.rib_entry(hops[0] - 1, attributes)
        records.append(mrt.rib(f"{i}.0.0.0/8", [entry], timestamp=when))
    path.write_bytes(b"".join(records))
    return path


@pytest.fixture
def now(tmp_path: Path) -> Path:
    """Dump with a leak."""
    return dump(tmp_path / "now.mrt", PATHS)


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """Dump without it."""
    return dump(tmp_path / "before.mrt", PATHS[3:])


@pytest.fixture
def links(tmp_path: Path) -> Path:
    """File of relationships, with a broken line."""
    path = tmp_path / "as-rel.txt"
    path.write_text(LINKS)
    return path


def run(*arguments: object) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)


def test_relationships_writes_serial_1(now: Path, tmp_path: Path):
    """The file reads back to what the library infers; stderr says what was found."""
    output = tmp_path / "20250121.as-rel.txt.bz2"
    result = run("relationships", now, "--output", output)
    found, expected = rib.read_relationships(output), rib.infer_relationships(rib.read_mrt(now))
    assert (Exit.FINE, "") == (result.exit_code, result.stdout)
    assert expected.table.equals(found.table)
    assert (expected.clique, expected.date) == (found.clique, found.date)
    said = "rib: 15 links: 14 provider to customer, 1 peering; clique: 1 2\n"
    assert said == result.stderr


def test_relationships_goes_to_stdout_and_looks_through_route_servers(now: Path):
    """Without a file the lines go to stdout."""
    result = run("relationships", now, "--ixp", "AS5")
    expected = rib.infer_relationships(rib.read_mrt(now), ixps=[5])
    assert (Exit.FINE, expected.to_serial_1()) == (result.exit_code, result.stdout)
    assert "# IXP ASes: 5\n" in result.stdout


def test_leaks_writes_events_as_the_library_does(now: Path, before: Path, links: Path):
    """Rows are those of `route_leaks`; what could not be judged or read is said on stderr."""
    result = run("leaks", now, "--relationships", links, "--baseline", before, "-f", "json")
    (row,) = [json.loads(line) for line in result.stdout.splitlines()]
    assert Exit.FINE == result.exit_code
    assert [5, 1, 2, 1] == [row[k] for k in ("leaker_as", "leak_type", "from_as", "to_as")]
    assert ["valley", "new", "visibility"] == [e["rule"] for e in row["evidence"]]
    assert 65 + 30 - 10 == row["score"]
    assert f"{links}: left out 1 line" in result.stderr
    assert "17 of 19 paths: a link of unknown relationship" in result.stderr


def test_leaks_infers_relationships_where_no_file_is_named(now: Path):
    """Evidence says so."""
    result = run("leaks", now, "-f", "json")
    (row,) = [json.loads(line) for line in result.stdout.splitlines()]
    assert "relationships, inferred" == row["evidence"][0]["source"]
    # The path of the leak comes back to the clique: it is judged, but shows no relationship.
    assert "1 of 19 paths" in result.stderr


@pytest.mark.parametrize(("score", "code"), [(55, Exit.FINDINGS), (56, Exit.FINE)])
def test_leaks_fail_on(now: Path, links: Path, score: int, code: Exit):
    """A score at or above --fail-on is exit code 1."""
    assert code == run("leaks", now, "--relationships", links, "--fail-on", score).exit_code


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["leaks", "no-such.mrt"], Exit.MISSING),
        (["leaks", "NOW", "--relationships", "no-such.txt"], Exit.MISSING),
        (["leaks", "NOW", "--baseline", "no-such.mrt"], Exit.MISSING),
        (["leaks", "NOW", "--relationships", "NOW"], Exit.DAMAGED),
        (["leaks", "NOW", "--fail-on", "0"], Exit.USAGE),
        (["relationships", "NOW", "--ixp", "x"], Exit.USAGE),
        (["relationships", "NOW", "--output", "no-such-directory/as-rel.txt"], Exit.USAGE),
        (["relationships", "no-such.mrt"], Exit.MISSING),
    ],
)
def test_exit_codes(now: Path, arguments: list[str], code: Exit):
    """Missing and damaged inputs and wrong options have their codes."""
    given = [now if argument == "NOW" else argument for argument in arguments]
    assert code == run(*given).exit_code


def test_damaged_dumps_are_said_and_used(now: Path, links: Path, tmp_path: Path):
    """What could be read is written, with exit code 3."""
    now.write_bytes(now.read_bytes()[:-9])
    output = tmp_path / "found.txt"
    assert Exit.DAMAGED == run("relationships", now, "-o", output).exit_code
    assert len(rib.read_relationships(output))
    assert Exit.DAMAGED == run("leaks", now, "--relationships", links).exit_code
