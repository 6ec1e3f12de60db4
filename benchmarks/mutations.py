"""Load thousands of damaged dumps: no crash, no hang, bounded memory, sums that agree.

    python benchmarks/mutations.py [COUNT] [SEED]

Each input has ten seconds and MEMORY bytes above the interpreter; one that needs more, kills its process or
breaks a promise is named by its number, from which it can be made again. The exit code is 1 then.
"""

import multiprocessing as mp
import resource
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

from internet.mutations import mutated, sample_records

SAMPLE = Path(__file__).resolve().parents[1] / "data" / "sample-mrt"
#: Bytes of each sample dump, and what a load of them may take at most.
SIZE, MEMORY = 128 << 10, 512 << 20
SECONDS = 10.0


def broken(source: bytes) -> str | None:
    """Say which promise a load of these bytes breaks, if any."""
    import rib

    try:
        table = rib.read_mrt(source)
    except rib.RibError:
        return None
    receipt = table.receipt
    if not all(file.reconciled for file in receipt.files):
        return "the sums of the receipt do not agree"
    if table.n_routes != receipt.routes_kept:
        return f"{table.n_routes} routes in the table, {receipt.routes_kept} in the receipt"
    try:
        rib.read_mrt(source, on_error="raise")
    except rib.RibError:
        return None if receipt.issues.num_rows else "raises without an issue"
    return "does not raise although there are issues" if receipt.issues.num_rows else None


def work(given: Connection) -> None:
    """Judge inputs by number until there are no more."""
    import rib

    seeds = sample_records(SAMPLE, SIZE)
    rib.read_mrt(b"".join(seeds[0]))
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
    given.send(None)
    while (number := given.recv()) is not None:
        kind, source = mutated(seeds, number)
        try:
            verdict = broken(source)
        except Exception as error:  # noqa: BLE001 - any other error is a finding
            verdict = f"{type(error).__name__}: {error}"
        given.send((kind, verdict))


class Worker:
    """A process that may die."""

    def __init__(self) -> None:
        self._pipe, theirs = mp.Pipe()
        # Spawned, so that a crash takes nothing of this process with it.
        self._process = mp.get_context("spawn").Process(target=work, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        if not self._pipe.poll(120):
            raise SystemExit("the worker does not start")
        self._pipe.recv()

    def judge(self, number: int) -> tuple[str, str | None]:
        """Give what was done to an input and what came of it; stops the process where it hangs."""
        self._pipe.send(number)
        if not self._pipe.poll(SECONDS):
            self._process.kill()
            return "", f"no answer after {SECONDS:.0f} s"
        try:
            answer: tuple[str, str | None] = self._pipe.recv()
        except EOFError:
            self._process.join()
            return "", f"the process ended with code {self._process.exitcode}"
        return answer

    @property
    def is_alive(self) -> bool:
        """Whether it can judge on."""
        return self._process.is_alive()

    def stop(self) -> None:
        """End it."""
        self._pipe.send(None)
        self._process.join()


def main(count: int, seed: int) -> int:
    """Judge so many inputs; 1 if any breaks a promise."""
    worker, findings, begin = Worker(), 0, time.monotonic()
    for number in range(seed * count, (seed + 1) * count):
        kind, verdict = worker.judge(number)
        if verdict is not None:
            findings += 1
            print(f"mutation {number} ({kind}): {verdict}", flush=True)
            if not worker.is_alive:
                worker = Worker()
    worker.stop()
    print(f"{count} mutations, {findings} findings, {time.monotonic() - begin:.0f} s")
    return int(findings > 0)


if __name__ == "__main__":
    sys.exit(main(*map(int, (sys.argv[1:] + ["10000", "1"][len(sys.argv) - 1 :])[:2])))
