"""`rib verify` and `rib doctor`: tables on stdout, notes on stderr, exit codes."""

import os
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
from commands import run
from internet import mrt_writer as mrt

import rib
from rib.cli.outcome import Exit
from rib.report.wording import DASH
from rib.sources.verify import verification
from rib.sources.verify.bgpdump import Bgpdump
from rib.sources.verify.mrtparse import Mrtparse
from rib.sources.verify.own import own_routes
from rib.sources.verify.route import AbsentError, Oracle

PEERS = [mrt.Peer(0, "0.0.0.0"), mrt.Peer(64500, "192.0.2.1", "10.0.0.1")]
SESSION = mrt.Session(64500, 64501, "192.0.2.1", "192.0.2.2")
BLOCK = mrt.origin() + mrt.as_path(mrt.sequence(64500)) + mrt.next_hop("192.0.2.1")


class Agreeing(Oracle):
    """An oracle that reads with rib itself."""

    name = "agreeing"

    def version(self):
        """Give a version, or not."""
        return "1.0"

    def routes(self, path):
        """Give the routes, or not."""
        yield from own_routes(rib.read_mrt(path))


class Differing(Agreeing):
    """One that gives another MED."""

    name = "differing"

    def routes(self, path):
        """Give the routes, or not."""
        for route in super().routes(path):
            yield route._replace(med=1)


class Gone(Agreeing):
    """One that is not installed."""

    name = "gone"

    def version(self):
        """Give a version, or not."""
        raise AbsentError("the package gone is not installed")


class Failing(Agreeing):
    """One that fails."""

    name = "failing"

    def routes(self, path):
        """Give the routes, or not."""
        raise RuntimeError("not today")


@pytest.fixture
def dump(tmp_path):
    """Give a dump of three prefixes."""
    records = [mrt.rib(f"10.{i}.0.0/16", [mrt.rib_entry(1, BLOCK)]) for i in range(3)]
    path = tmp_path / "dump.mrt"
    path.write_bytes(mrt.peer_index_table(PEERS, collector_id="10.9.9.9") + b"".join(records))
    return path


@pytest.fixture
def updates(tmp_path):
    """Give two changes of one peer."""
    records = [
        mrt.message(SESSION, mrt.bgp_update(attributes=BLOCK, announced=mrt.nlri("10.0.0.0/8"))),
        mrt.message(SESSION, mrt.bgp_update(withdrawn=mrt.nlri("11.0.0.0/8"))),
    ]
    path = tmp_path / "updates.mrt"
    path.write_bytes(b"".join(records))
    return path


@contextmanager
def piped(path, folder):
    """Give a pipe that a file is written to."""
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(path.read_bytes()), daemon=True)
    writer.start()
    yield pipe
    writer.join(10)


@pytest.fixture
def cut(dump):
    """Give the same, cut in its last record."""
    path = dump.with_name("cut.mrt")
    path.write_bytes(dump.read_bytes()[:-5])
    return path


@pytest.mark.parametrize(
    ("oracles", "code", "note"),
    [
        ((Agreeing,), Exit.FINE, ""),
        ((Agreeing, Gone, Failing), Exit.FINE, ""),
        ((Agreeing, Differing), Exit.FINDINGS, ""),
        ((Gone,), Exit.USAGE, "no oracle is installed"),
        ((Gone, Failing), Exit.USAGE, "no oracle could read the file"),
    ],
)
def test_verify_exits_by_agreement(oracles, code, note, dump, monkeypatch):
    """0 where all that ran agree, 1 where one differs, 2 where none could answer."""
    monkeypatch.setattr(verification, "ORACLES", oracles)
    result = run("verify", dump)
    assert code == result.exit_code
    assert note in result.stderr
    assert bool(note) == bool(result.stderr)
    for oracle in oracles:
        assert oracle.name in result.stdout


def test_verify_shows_counts_and_differences(dump, monkeypatch):
    """The table has a row per reader, then what differs and where."""
    monkeypatch.setattr(verification, "ORACLES", (Agreeing, Differing, Gone, Failing))
    shown = run("verify", dump).stdout.splitlines()
    rows = {line.split()[0]: line.split() for line in shown if line.startswith("  ")}
    assert ["rib", "4", "3", "1", "3"] == rows["rib"]
    assert ["agreeing", "1.0", "agrees", DASH, "3", "1", "3", "3", "0"] == rows["agreeing"]
    text = "\n".join(shown)
    assert "differs" in text
    assert "10.0.0.0/16 from AS64500 at 192.0.2.1   med    None   1" in text
    assert "not installed: the package gone is not installed" in text
    assert "failed: RuntimeError: not today" in text


def test_verify_says_what_it_left_out(dump, monkeypatch):
    """With --records the rest of the file is not compared, and stderr says so."""
    monkeypatch.setattr(verification, "ORACLES", (Agreeing,))
    result = run("verify", dump, "--records", "2")
    assert Exit.FINE == result.exit_code
    assert "first 2 records" in result.stderr
    assert "" == run("verify", dump, "--records", "0").stderr


def test_verify_of_a_damaged_file_exits_3(cut, monkeypatch):
    """Damage goes before differences, and before the lack of oracles."""
    for oracles in ((Agreeing,), (Differing,), (Gone,)):
        monkeypatch.setattr(verification, "ORACLES", oracles)
        result = run("verify", cut)
        assert Exit.DAMAGED == result.exit_code
        assert "truncated" in result.stderr


def test_verify_compares_updates(updates, monkeypatch):
    """Of updates the changes are counted; without an oracle that reads them there is no comparison."""
    monkeypatch.setattr(verification, "ORACLES", (Bgpdump, Mrtparse))
    if all(map(is_absent, (Bgpdump, Mrtparse))):
        pytest.skip("neither bgpdump nor mrtparse is here")
    result = run("verify", updates)
    assert (Exit.FINE, "") == (result.exit_code, result.stderr)
    rows = {line.split()[0]: line.split() for line in result.stdout.splitlines() if line.strip()}
    assert ["reader", "version", "result", "records", "changes"] == rows["reader"][:5]
    assert ["rib", "2", "2", "1", "2"] == rows["rib"]


def is_absent(oracle):
    """Whether an oracle is not installed."""
    try:
        oracle().version()
    except AbsentError:
        return True
    return False


def test_verify_says_what_it_cannot_compare(tmp_path):
    """A file of records that no other reader knows: exit code 2, and a line that says why."""
    path = tmp_path / "old.mrt"
    block = mrt.origin() + mrt.as_path(mrt.sequence(64500), asn_bytes=2)
    path.write_bytes(mrt.bgp4mp_entry(SESSION, "10.8.0.0/16", "192.0.2.1", block))
    result = run("verify", path)
    assert Exit.USAGE == result.exit_code
    assert [
        "rib: not compared: 1 record of BGP4MP/BGP4MP_ENTRY: no other reader reads them",
        "rib: nothing was compared: other readers know no record with routes of this file",
    ] == result.stderr.splitlines()
    assert "nothing to compare" in result.stdout


def test_verify_takes_reading_options(dump, cut, monkeypatch):
    """--on-error, --safi, --collector and --max-bytes mean what they do elsewhere."""
    monkeypatch.setattr(verification, "ORACLES", (Agreeing,))
    assert Exit.FINE == run("verify", dump, "--collector", "here").exit_code
    strict = run("verify", cut, "--on-error", "raise")
    assert (Exit.DAMAGED, "") == (strict.exit_code, strict.stdout)
    assert Exit.DAMAGED == run("verify", dump, "--safi", "multicast").exit_code
    limited = run("verify", dump, "--max-bytes", "100")
    assert Exit.DAMAGED == limited.exit_code
    assert "limit" in limited.stderr


def test_verify_reads_a_pipe_once(dump, tmp_path, monkeypatch):
    """What a pipe gives is gone once it is read, so it is kept."""
    monkeypatch.setattr(verification, "ORACLES", (Agreeing,))
    with piped(dump, tmp_path) as pipe:
        result = run("verify", pipe)
    assert Exit.FINE == result.exit_code
    assert "agrees" in result.stdout


@pytest.mark.parametrize("name", ["verify", "doctor"])
def test_dumps_without_routes_exit_3_and_missing_ones_4(name, tmp_path):
    """An empty file holds neither a RIB nor updates; a missing file, a directory are missing input."""
    empty = tmp_path / "empty.mrt"
    empty.write_bytes(b"")
    for path, code in (
        (empty, Exit.DAMAGED),
        (tmp_path / "none.mrt", Exit.MISSING),
        (tmp_path, Exit.MISSING),
    ):
        result = run(name, path)
        assert (code, "") == (result.exit_code, result.stdout), path
        assert 1 == len(result.stderr.splitlines())
        assert str(path) in result.stderr


def test_doctor_names_writer_and_deviations(dump):
    """The tables name the writer, the evidence and each deviation with its section."""
    result = run("doctor", dump)
    assert Exit.FINE == result.exit_code
    assert "likely writer" in result.stdout
    assert "the first peer is a dummy, AS 0 at 0.0.0.0" in result.stdout
    assert "No deviations" in result.stdout
    full = mrt.mp_reach(2, 1, ["2001:db8::9"], mrt.nlri("2001:db8::/32"))
    odd = mrt.rib("2001:db8::/32", [mrt.rib_entry(1, BLOCK + full)])
    dump.write_bytes(dump.read_bytes() + odd)
    shown = run("doctor", dump).stdout
    assert "mp_reach_full" in shown
    assert "RFC 6396 §4.3.4" in shown


def test_doctor_describes_updates(updates, dump, tmp_path):
    """What the file holds is said of either kind; only a RIB has a clean copy."""
    result = run("doctor", updates)
    assert (Exit.FINE, "") == (result.exit_code, result.stderr)
    assert "updates of 1 peer: 1 announcement, 1 withdrawal, 0 state changes" in result.stdout
    assert "a RIB: 3 routes of 2 listed peers" in run("doctor", dump).stdout
    out = tmp_path / "clean.mrt"
    refused = run("doctor", updates, "--write", out)
    assert (Exit.USAGE, "") == (refused.exit_code, refused.stdout)
    text = f"rib: --write {out}: expected a RIB dump, found updates in {updates}\n"
    assert text == refused.stderr
    assert not out.exists()


def test_doctor_takes_pipes_and_reading_options(dump, cut, tmp_path):
    """What a pipe gives is read once; --on-error and --safi mean what they do elsewhere."""
    with piped(dump, tmp_path) as pipe:
        result = run("doctor", pipe)
    assert Exit.FINE == result.exit_code
    assert "the first 4 records" in result.stdout
    assert Exit.DAMAGED == run("doctor", cut, "--on-error", "raise").exit_code
    assert Exit.DAMAGED == run("doctor", dump, "--safi", "multicast").exit_code


def test_doctor_writes_a_clean_dump(dump, cut, tmp_path):
    """--write saves what could be read; damage is still exit code 3."""
    out = tmp_path / "clean.mrt.gz"
    result = run("doctor", dump, "--write", out)
    assert (Exit.FINE, f"rib: wrote {out}: 3 routes\n") == (result.exit_code, result.stderr)
    assert rib.read_mrt(dump).routes.equals(rib.read_mrt(out).routes)
    result = run("doctor", cut, "--write", out)
    assert Exit.DAMAGED == result.exit_code
    assert 2 == rib.read_mrt(out).n_routes


def test_doctor_says_what_is_not_in_the_clean_dump(dump, tmp_path):
    """Records of other address families are named."""
    more = mrt.rib("10.9.0.0/16", [mrt.rib_entry(1, BLOCK)], safi=mrt.MULTICAST)
    dump.write_bytes(dump.read_bytes() + more)
    result = run("doctor", dump, "--write", tmp_path / "clean.mrt")
    assert Exit.FINE == result.exit_code
    assert "not in it: 1 record of IPv4 multicast" in result.stderr


def test_doctor_writes_one_view_of_several(dump, tmp_path):
    """A file with several views is written under all their names, and says so."""
    parts = [
        mrt.peer_index_table(PEERS, view=name) + mrt.rib(prefix, [mrt.rib_entry(1, BLOCK)])
        for name, prefix in (("a", "10.0.0.0/8"), ("b", "11.0.0.0/8"))
    ]
    dump.write_bytes(b"".join(parts))
    out = tmp_path / "clean.mrt"
    result = run("doctor", dump, "--write", out)
    assert Exit.FINE == result.exit_code
    assert "several views, a, b" in result.stderr
    assert {"a+b"} == set(rib.read_mrt(out).peers.column("collector").to_pylist())


def test_doctor_refuses_targets_before_reading(dump, tmp_path):
    """The dump itself, a directory, a folder that is not there: usage errors, nothing read."""
    before = dump.read_bytes()
    for target in (dump, tmp_path, tmp_path / "no" / "out.mrt"):
        result = run("doctor", dump, "--write", target)
        assert (Exit.USAGE, "") == (result.exit_code, result.stdout), target
    assert before == dump.read_bytes()
    assert Exit.USAGE == run("doctor", dump, "--write", tmp_path / "out.xz").exit_code


def test_output_files_are_written(dump, tmp_path, monkeypatch):
    """--output takes the tables."""
    monkeypatch.setattr(verification, "ORACLES", (Agreeing,))
    for name in ("verify", "doctor"):
        out = Path(tmp_path / f"{name}.txt")
        result = run(name, dump, "--output", out)
        assert (Exit.FINE, "") == (result.exit_code, result.stdout)
        assert "what" in out.read_text() or "reader" in out.read_text()
