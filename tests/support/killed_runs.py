"""Runs of the nightly job that are killed at a step: a program of its own, which forks before it has threads.

    python killed_runs.py FOLDER COMMAND...      count | whole | kill:N, each a run of its own

Steps are what the interpreter audits of files below ``out``: opening, renaming, deleting, making folders.
Prints the number of steps of ``count``, and the exit status of the others.
"""

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

__all__ = ["main"]

_STEPS = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.symlink", "os.scandir"}


def _page(found, _):
    text = f"{found.view} {found.table.n_routes} {len(found.events)}\n"
    return text, text


def _run(folder, at):
    import rib.report.write
    from rib.batch.config import load_config
    from rib.batch.run import run

    rib.report.write.render = _page
    out, seen = str(folder / "out"), 0

    def step(event, arguments):
        nonlocal seen
        if event in _STEPS and any(out in str(each) for each in arguments[:2]):
            seen += 1
            if seen == at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(step)
    run(load_config(str(folder / "nightly.toml")), now=datetime(2025, 1, 18, tzinfo=UTC))
    return seen


def _fork(folder, command):
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        steps = _run(folder, int(command.removeprefix("kill:")) if "kill:" in command else 0)
        os.write(write, str(steps).encode())
        os._exit(0)
    os.close(write)
    _, status = os.waitpid(child, 0)
    steps = os.read(read, 100).decode()
    os.close(read)
    return steps if command == "count" else str(os.waitstatus_to_exitcode(status))


def main():
    """Run what the arguments say."""
    import rib.batch.run
    import rib.fallback

    assert rib.batch.run
    folder, *commands = sys.argv[1:]
    for command in commands:
        where, _, how = command.rpartition("=")
        sys.stdout.write(_fork(Path(folder) / where, how) + "\n")


if __name__ == "__main__":
    main()
