"""A Dask scheduler and its workers as real processes on loopback."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

__all__ = ["Cluster", "until"]

_WAIT = 60  # seconds
#: By default half a minute for whom is gone.
_PATIENCE = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "3s"}


class Cluster:
    """A scheduler and workers as processes of their own."""

    def __init__(self, folder):
        self.folder = folder
        self.processes = []
        self.address = None

    def start(self, *command, **environment):
        """Start a module as a process that writes a log."""
        n = len(self.processes)
        with (self.folder / f"{n}.log").open("wb") as log:
            self.processes.append(
                subprocess.Popen(
                    [sys.executable, "-m", *command],
                    stdout=log,
                    stderr=log,
                    cwd=self.folder,
                    env=os.environ
                    | {
                        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                        "PYTHONWARNINGS": "",
                        **_PATIENCE,
                    }
                    | environment,
                    start_new_session=True,
                )
            )
        return self.processes[-1]

    def scheduler(self):
        """Start a scheduler on a free port."""
        told = self.folder / "scheduler.json"
        self.start(
            "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0",
            "--no-dashboard", "--no-jupyter", "--scheduler-file", str(told),
        )  # fmt: skip
        until(lambda: told.exists() and told.stat().st_size)
        self.address = json.loads(told.read_text())["address"]

    def worker(self, *options):
        """Start a worker of one thread."""
        return self.start(
            "distributed.cli.dask_worker", self.address, "--nthreads", "1", "--no-dashboard",
            "--local-directory", str(self.folder), "--death-timeout", "60", *options,
        )  # fmt: skip

    def stop(self):
        """End all, and what they started."""
        for process in reversed(self.processes):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def until(happened):
    """Wait for something, for a while."""
    for _ in range(_WAIT * 20):
        if happened():
            return
        time.sleep(0.05)
    pytest.fail(f"waited {_WAIT} s in vain")
