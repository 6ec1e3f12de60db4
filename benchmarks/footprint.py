"""How much memory a process took at its peak, and what a loaded table adds to a bare interpreter.

python footprint.py [DUMP]    # prints the figures of a process that loads a dump, or nothing
"""

import contextlib
import json
import resource
import subprocess
import sys
from pathlib import Path

__all__ = ["footprint", "peak_rss", "restart_peak_rss"]


def peak_rss() -> int:
    """Peak resident bytes of this process.

    On Linux from VmHWM: ``ru_maxrss`` starts at what the parent held when it started this process.
    """
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024  # there in bytes
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def restart_peak_rss() -> int:
    """Let `peak_rss` count from what this process holds now, and give that, in bytes.

    Where the system cannot, nothing happens and the peak so far is given.
    """
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")  # proc(5): VmHWM becomes VmRSS
    return peak_rss()


def footprint(dump: Path | None) -> dict[str, int]:
    """Load a dump, or nothing, in a fresh process and give its figures."""
    command = [sys.executable, __file__, *([] if dump is None else [str(dump)])]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    figures: dict[str, int] = json.loads(done.stdout)
    return figures


def main() -> None:
    """Run the command line."""
    import pyarrow  # noqa: F401, ICN001 - a bare interpreter has it, whenever rib imports it

    import rib

    figures = {"peak_rss_bytes": peak_rss()}
    if paths := sys.argv[1:]:
        table = rib.read_mrt(paths[0])
        index, _ = table.index, table.peers
        figures = {
            "peak_rss_bytes": peak_rss(),  # before anything else is asked of the table
            "n_routes": table.n_routes,
            "own_bytes": table.nbytes,
            "index_bytes": index.nbytes,
        }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
