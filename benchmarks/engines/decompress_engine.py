"""Programs that only decompress, into /dev/null: the floor under every reader of the same file."""

import hashlib
import os
import re
import shutil
import subprocess
from functools import partial

from datasets import Dump, dump
from definitions import Sizes

from engines import Absent, Job

__all__ = ["JOBS", "version"]

_COMMAND = os.environ["DECOMPRESS_WITH"].split()
_BLOCK = 1 << 20


def version() -> str:
    """Version that the program reports."""
    usage = subprocess.run(
        [_COMMAND[0], "--version"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    number = re.search(r"\d+(\.\d+)+", usage.stdout + usage.stderr)
    return number.group() if number else "unknown"


def _decompress(table: Dump) -> int:
    command = [*_COMMAND, str(table.path)]
    return subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode


def _prove(table: Dump) -> None:
    digest = hashlib.sha256()
    with subprocess.Popen([*_COMMAND, str(table.path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        while octets := process.stdout.read(_BLOCK):
            digest.update(octets)
    assert (0, table.whole["sha256"]) == (process.returncode, digest.hexdigest())


def _load(case: str, sizes: Sizes) -> Job:
    if shutil.which(_COMMAND[0]) is None:
        raise Absent(f"the program {_COMMAND[0]} is not on the path")
    table = dump(case, sizes.scale)

    def check(status: int) -> None:
        assert status == 0

    return Job(
        lambda: _decompress(table), check, table.n_routes, lambda: _prove(table), in_children=True
    )


JOBS = {case: partial(_load, case) for case in ("load_gzip", "load_bzip2")}
