"""bgpdump: ``bgpdump -m`` into a pipe, lines counted."""

import shutil
import subprocess
from functools import partial

from datasets import Dump, dump, dump_slice
from definitions import PROOFS, Sizes

from engines import Absent, Job

__all__ = ["JOBS", "version"]


def _program() -> str:
    program = shutil.which("bgpdump")
    if program is None:
        raise Absent("the program bgpdump is not on the path")
    return program


def version() -> str:
    """Version that bgpdump reports."""
    usage = subprocess.run([_program()], capture_output=True, text=True, check=False)
    words = (usage.stdout + usage.stderr).split()
    return next((w for w in words if w[:1].isdigit() and w.count(".") == 2), "unknown")


def _lines(table: Dump) -> tuple[int, int]:
    """Routes, and sum of the origin ASes where asked for."""
    n = 0
    with subprocess.Popen(
        [_program(), "-m", str(table.path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        while octets := process.stdout.read(1 << 20):
            n += octets.count(b"\n")
    return n, process.returncode


def _prove(table: Dump) -> None:
    output = subprocess.run(
        [_program(), "-m", str(table.path)], capture_output=True, text=True, check=True
    ).stdout
    origins = [int(line.split("|")[6].split()[-1]) for line in output.splitlines()]
    assert (table.n_routes, table.origin_as_sum) == (len(origins), sum(origins))


def _load(case: str, sizes: Sizes) -> Job:
    table = dump(case, sizes.scale)  # the whole: its rate falls as tables grow
    proof = dump_slice(case, sizes.scale, PROOFS["bgpdump"])

    def check(answer: tuple[int, int]) -> None:
        assert (table.n_routes, 0) == answer

    return Job(
        lambda: _lines(table), check, table.n_routes, lambda: _prove(proof), in_children=True
    )


JOBS = {case: partial(_load, case) for case in ("load", "ready")}
