"""How commands open what they read, and the options that say how."""

import gzip
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from commands import run
from internet import mrt_writer as mrt

import rib
from rib.cli.outcome import Exit

_FOLDER = Path(__file__).resolve().parents[2] / "data" / "sample-mrt"
UPDATES = _FOLDER / "updates.20250117.0000.mrt.gz"
BLOCK = mrt.origin() + mrt.as_path(mrt.sequence(64500)) + mrt.next_hop("192.0.2.1")
_RUN = [sys.executable, "-W", "ignore", "-c", "from rib.cli import main; main()"]


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    """Give a dump of three unicast prefixes and a multicast one."""
    entry = [mrt.rib_entry(0, BLOCK)]
    records = [mrt.rib(f"10.{i}.0.0/16", entry) for i in range(3)]
    records.append(mrt.rib("10.9.0.0/16", entry, safi=mrt.MULTICAST))
    path = tmp_path / "dump.mrt"
    head = mrt.peer_index_table([mrt.Peer(64500, "192.0.2.1")], view="view")
    path.write_bytes(head + b"".join(records))
    return path


def facts(*arguments: object) -> dict:
    """Give the facts of `rib info`."""
    return json.loads(run("info", *arguments, "-f", "json").stdout)["table"]


# -- pipes and names ------------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("form", [["info"], ["routes", "-f", "bgpdump"]], ids=lambda f: f[0])
@pytest.mark.parametrize("is_updates", [False, True])
def test_pipes_are_read_once(form: list[str], dump: Path, tmp_path: Path, *, is_updates: bool):
    """What comes through a pipe is opened once, whether it is a RIB or updates."""
    content = gzip.decompress(UPDATES.read_bytes()) if is_updates else dump.read_bytes()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(content,), daemon=True)
    writer.start()
    done = subprocess.run(
        [*_RUN, form[0], str(pipe), *form[1:]], capture_output=True, timeout=50, check=False
    )
    writer.join(5)
    assert (Exit.FINE, b"") == (done.returncode, done.stderr)
    file = UPDATES if is_updates else dump
    expected = run(form[0], file, *form[1:]).stdout
    if form[0] == "routes":
        assert expected == done.stdout.decode()
    else:
        assert str(pipe) in done.stdout.decode()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_names_that_are_not_utf_8_are_read_and_printed(dump: Path, tmp_path: Path):
    """A name's odd octets are written as escapes, in the receipt and on the terminal."""
    name = os.fsdecode(os.fsencode(tmp_path) + b"/rib.caf\xe9.mrt")
    Path(name).write_bytes(dump.read_bytes())
    expected = f"{tmp_path}/rib.caf\\xe9.mrt"
    assert [expected] == [f.name for f in rib.read_mrt(name).receipt.files]
    with Path(name).open("rb") as file:
        assert [expected] == [f.name for f in rib.read_mrt(file).receipt.files]
    for command in (["info"], ["routes", "-f", "bgpdump"]):
        done = subprocess.run(
            [*_RUN, command[0], name, *command[1:]], capture_output=True, check=True
        )
        assert b"" == done.stderr
    gone = subprocess.run([*_RUN, "info", name + ".gone"], capture_output=True, check=False)
    assert Exit.MISSING == gone.returncode
    assert f"rib: {expected}.gone: No such file or directory\n" == gone.stderr.decode()


def test_directories_of_updates_are_read_as_updates(tmp_path: Path):
    """Where a directory has no RIB dump, its updates are what is meant."""
    folder = tmp_path / "2025.01" / "UPDATES"
    folder.mkdir(parents=True)
    (folder / "updates.20250117.0000.gz").write_bytes(UPDATES.read_bytes())
    assert rib.read_updates(UPDATES).n_changes == facts(tmp_path)["n_changes"]


# -- options --------------------------------------------------------------------------------------


def test_safi_and_collector_are_those_of_read_mrt(dump: Path):
    """--safi picks the routes, --collector names the collector."""
    assert (3, ["view"]) == tuple(facts(dump)[k] for k in ("n_routes", "collectors"))
    found = facts(dump, "--safi", "multicast", "--collector", "mine")
    assert (1, ["mine"]) == (found["n_routes"], found["collectors"])


def test_on_error_raise_ends_the_command(dump: Path):
    """With raise the first damage is one line and code 3, and nothing is written."""
    dump.write_bytes(dump.read_bytes()[:-5])
    assert "10.0.0.0/16" in run("routes", dump, "-f", "csv").stdout
    result = run("routes", dump, "-f", "csv", "--on-error", "raise")
    assert (Exit.DAMAGED, "") == (result.exit_code, result.stdout)
    assert 1 == len(result.stderr.splitlines())


@pytest.mark.parametrize(
    "command",
    [["info"], ["routes"], ["diversity"], ["saturation"], ["upstreams"], ["suspects"]],
)
def test_max_bytes_stops_every_command(command: list[str], dump: Path):
    """What is beyond the limit is damage of kind limit."""
    result = run(*command, dump, "--max-bytes", "0.15kB")
    assert Exit.DAMAGED == result.exit_code
    assert "limit" in result.stderr


@pytest.mark.parametrize("command", ["lookup", "report"])
def test_max_bytes_of_the_others(command: str, dump: Path, tmp_path: Path):
    """The commands with more arguments take the options too."""
    more = ["10.0.0.1"] if command == "lookup" else ["-o", tmp_path / "out"]
    assert Exit.FINE == run(command, dump, *more, "--max-bytes", "none").exit_code
    assert Exit.DAMAGED == run(command, dump, *more, "--max-bytes", "150").exit_code


@pytest.mark.parametrize("value", ["0", "-1", "ten", "10XB", "", "1e9", "99999999TiB"])
def test_max_bytes_refuses_what_is_no_size(value: str, dump: Path):
    """Anything else is wrong usage that says what was expected."""
    result = run("info", dump, f"--max-bytes={value}")
    assert (Exit.USAGE, "") == (result.exit_code, result.stdout)
    assert "10GB or 64GiB" in " ".join(result.stderr.replace("│", " ").split())


@pytest.mark.parametrize(
    ("text", "n_bytes"),
    [("7", 7), ("10GB", 10**10), ("64GiB", 64 << 30), ("1.5 kib", 1536), ("2M", 2_000_000)],
)
def test_parse_bytes_knows_units(text: str, n_bytes: int):
    """Units of 1000 and of 1024, in either case."""
    from rib.cli.reading import parse_bytes

    assert n_bytes == parse_bytes(text)
