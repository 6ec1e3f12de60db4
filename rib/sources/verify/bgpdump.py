"""RIPE NCC's bgpdump: the lines of ``bgpdump -m``."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from rib.sources.verify.route import (
    AbsentError,
    Oracle,
    Route,
    address,
    communities,
    path_text,
    prefix,
)

__all__ = ["Bgpdump"]

#: Fields that every line of a route has; one more follows the last bar.
_N_FIELDS = 15
#: Those of a withdrawal.
_N_WITHDRAWN = 6


class Bgpdump(Oracle):
    """The program of that name, where it is on the path."""

    name = "bgpdump"
    absent: ClassVar = {
        "origin": "INCOMPLETE",
        "next_hop": "255.255.255.255",
        "med": 0,
        "local_pref": 0,
    }

    limits: ClassVar = {("routes", "multicast"): "bgpdump passes over multicast RIB records"}

    def version(self) -> str:
        """Give the version that its usage names."""
        usage = subprocess.run(  # noqa: S603 - no shell, and a path of our own
            [self._program()], capture_output=True, text=True, check=False
        )
        words = (usage.stdout + usage.stderr).split()
        return next((w for w in words if w[:1].isdigit() and w.count(".") == 2), "")

    def routes(self, path: Path) -> Iterator[Route]:
        """Read the lines one by one."""
        command = [self._program(), "-m", str(path)]
        with subprocess.Popen(  # noqa: S603
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="ascii"
        ) as process:
            try:
                for line in process.stdout or ():
                    fields = line.rstrip("\n").split("|")
                    kind = fields[2] if len(fields) > 2 else ""
                    if kind == "STATE":
                        continue
                    if len(fields) < (_N_WITHDRAWN if kind == "W" else _N_FIELDS):
                        break  # it died in the middle of a line
                    yield _withdrawn(fields) if kind == "W" else _route(fields)
            except BaseException:
                process.kill()
                raise
        if process.returncode < 0:
            raise RuntimeError(f"bgpdump was ended by signal {-process.returncode}")
        if process.returncode:
            raise RuntimeError(f"bgpdump ended with code {process.returncode}")

    def _program(self) -> str:
        program = shutil.which("bgpdump")
        if program is None:
            raise AbsentError("the program bgpdump is not on the path")
        return program


def _route(fields: list[str]) -> Route:
    path_id = int(fields.pop(6)) if fields[0].endswith("_AP") else None
    return Route(
        prefix(fields[5]),
        address(fields[3]),
        int(fields[4]),
        path_id,
        path_text(fields[6]),
        fields[7],
        address(fields[8]),
        int(fields[10]),
        int(fields[9]),
        communities(fields[11].split()),
        time=_seconds(fields),
    )


def _withdrawn(fields: list[str]) -> Route:
    return Route.withdrawn(
        prefix(fields[5]),
        address(fields[3]),
        int(fields[4]),
        int(fields[6]) if fields[0].endswith("_AP") else None,
        _seconds(fields),
    )


def _seconds(fields: list[str]) -> int:
    """Give the time; that of a BGP4MP_ET record has microseconds behind a dot."""
    return int(fields[1].partition(".")[0])
