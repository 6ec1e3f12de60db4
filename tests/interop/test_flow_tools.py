"""What nfdump and pmacct make of the same NetFlow v5 packets, read back."""

import contextlib
import shutil
import signal
import socket
import struct
import subprocess
import time

import pytest

import rib

FLOWS = [("5.39.0.1", 9000), ("8.8.8.8", 120), ("5.39.0.1", 500)]
EXPECTED = {"5.39.0.1": 9500.0, "8.8.8.8": 120.0}


def netflow(flows):
    """Give a NetFlow v5 packet of (destination, bytes) flows."""
    head = struct.pack("!HHIIIIBBH", 5, len(flows), 100_000, int(time.time()), 0, 0, 0, 0, 0)
    records = [
        struct.pack(
            "!4s4s4sHHIIIIHHBBBBHHBBH",
            socket.inet_aton("10.0.0.1"), socket.inet_aton(dst), bytes(4), 1, 2, 10, size,
            90_000, 95_000, 1234, 80, 0, 24, 6, 0, 0, 0, 24, 24, 0,
        )
        for dst, size in flows
    ]  # fmt: skip
    return head + b"".join(records)


@contextlib.contextmanager
def collector(command, port, log):
    """Run a collector of flows, send it the packet once it listens, and stop it at the end."""
    out = log.open("wb")
    with out, subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT) as run:
        try:
            deadline = time.monotonic() + 20
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as to:
                while not listens(port):
                    assert run.poll() is None, log.read_text()
                    assert time.monotonic() < deadline, f"{command[0]} does not listen"
                    time.sleep(0.1)
                # The port is there before what reads it: packets are lost in between.
                time.sleep(1.5)
                to.sendto(netflow(FLOWS), ("127.0.0.1", port))
            yield run
        finally:
            run.send_signal(signal.SIGINT)
            run.wait(timeout=30)


def listens(port):
    """Say whether somebody has the UDP port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def added_up(path):
    found = {}
    for row in rib.read_flows(path).read_all().to_pylist():
        found[row["dst"]] = found.get(row["dst"], 0.0) + row["bytes"]
    return found


def wait_for(condition):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "nothing was written"
        time.sleep(0.2)


@pytest.mark.skipif(not shutil.which("nfcapd"), reason="nfdump is not installed")
def test_read_flows_reads_csv_of_nfdump(tmp_path):
    port, store = free_port(), tmp_path / "store"
    store.mkdir()
    command = ["nfcapd", "-w", str(store), "-p", str(port), "-t", "60", "-b", "127.0.0.1"]
    with collector(command, port, tmp_path / "log"):
        time.sleep(1)
    # One file, or two where the minute turned meanwhile; the whole folder is read.
    assert list(store.glob("nfcapd.2*"))
    for more in ([], ["-A", "dstip"]):
        text = subprocess.run(
            ["nfdump", "-R", str(store), "-o", "csv", *more], capture_output=True, check=True
        )
        path = tmp_path / "flows.csv"
        path.write_bytes(text.stdout)
        assert added_up(path) == EXPECTED


@pytest.mark.skipif(not shutil.which("nfacctd"), reason="pmacct is not installed")
@pytest.mark.parametrize("kind", ["json", "csv"])
def test_read_flows_reads_what_pmacct_prints(tmp_path, kind):
    port, path, config = free_port(), tmp_path / "flows", tmp_path / "nfacctd.conf"
    config.write_text(
        f"nfacctd_port: {port}\nnfacctd_ip: 127.0.0.1\nplugins: print\naggregate: dst_host\n"
        f"print_output: {kind}\nprint_refresh_time: 2\nprint_output_file: {path}\n"
        "print_output_file_append: false\n"
    )
    with collector(["nfacctd", "-f", str(config)], port, tmp_path / "log"):
        wait_for(lambda: path.exists() and path.stat().st_size > 0)
        time.sleep(0.5)
        kept = tmp_path / "kept"
        shutil.copy(path, kept)
    assert added_up(kept) == EXPECTED
