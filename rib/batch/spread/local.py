"""Tasks in processes of this machine, within a budget of memory; pieces in files of a spool folder."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from threading import Lock
from typing import Any, cast

from filelock import FileLock, Timeout

from rib.batch.spread.executors import Done, Handle, Task
from rib.batch.spread.steps import run_step
from rib.batch.spread.worker import Place, load, save
from rib.exceptions import WorkerError
from rib.registry.arguments import check_at_least

__all__ = ["GROWTH", "Local"]

#: Memory that a step takes for each byte it is given: of a compressed dump, and of compressed pieces
#: (measured, see docs/scale.md).
GROWTH = {"read": 20, "prefixes": 30, "origins": 40}
#: And whatever it is given: the interpreter and its libraries.
_BASE = 200 << 20

_SPOOL = "rib-spread-"
#: Seconds.
_NEW = 60


class Local:
    """Run tasks in processes of this machine.

    Parameters
    ----------
    processes : int, optional
        Tasks at a time, from 1. With 1 they run in the calling process. Default: one for each
        processor.
    memory : int, optional
        Bytes that the tasks of one moment may take together, as estimated from the sizes of their
        inputs. Default: half of what the machine has. A task that is estimated higher runs alone.
    spool : str or path-like, optional
        Folder for the pieces, on a disk. Default: the system's folder for temporary files.

    Raises
    ------
    TypeError, ValueError
        ``processes`` or ``memory`` is no whole number from 1.
    FileNotFoundError
        ``spool`` does not exist.

    Notes
    -----
    A process that ends before its task is run once more, with nothing beside it; only when that ends
    too, the job fails and names the task. What jobs that were killed left in ``spool`` is removed.
    """

    def __init__(
        self,
        processes: int | None = None,
        memory: int | None = None,
        spool: str | os.PathLike[str] | None = None,
    ) -> None:
        for name, given in (("processes", processes), ("memory", memory)):
            if given is not None:
                check_at_least(1, **{name: given})
        self.processes = processes or os.cpu_count() or 1
        self.memory = memory or _half_of_memory()
        parent = Path(tempfile.gettempdir() if spool is None else spool)
        if not parent.is_dir():
            raise FileNotFoundError(f"spool={str(spool)!r}: the folder does not exist")
        _sweep(parent)
        self._folder = Path(tempfile.mkdtemp(prefix=_SPOOL, dir=parent))
        self._lock = FileLock(self._folder / "lock")
        self._lock.acquire()
        self._n_files = 0
        self._workers: list[_Worker] = []
        self._idle: list[_Worker] = []
        self._closed = False
        self._guard = Lock()
        self._threads = ThreadPoolExecutor(self.processes, thread_name_prefix="rib-spread")

    # -- pieces ----------------------------------------------------------------------------------

    def _path(self) -> str:
        self._n_files += 1
        return str(self._folder / f"{self._n_files}.pieces")

    def put(self, piece: Any) -> Handle:
        """Hold a piece that the caller has."""
        path = self._path()
        return _places(path, save([piece], path))[0]

    def get(self, handle: Handle) -> Any:
        """Give a piece."""
        return load(handle)

    def drop(self, handles: Sequence[Handle]) -> None:
        """Forget pieces: the files of which all pieces are among these."""
        for path in {place[0] for place in handles}:
            Path(path).unlink(missing_ok=True)

    # -- tasks -----------------------------------------------------------------------------------

    def run(self, tasks: Sequence[Task], done: Done) -> list[list[Handle]]:
        """Run tasks, and give handles of the pieces of each, in the order of the tasks."""
        if self.processes == 1:
            return [self._run_here(task, done) for task in tasks]
        results: dict[int, list[Handle]] = {}
        waiting, again = list(range(len(tasks))), list[int]()
        running: dict[Future[list[int]], tuple[int, str]] = {}
        while waiting or again or running:
            # In order, so that a large task is not put off forever.
            while waiting and self._fits(tasks, waiting[0], [n for n, _ in running.values()]):
                self._start(tasks, waiting.pop(0), running)
            if not running:
                self._start(tasks, again[0], running)
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                number, path = running.pop(future)
                name = tasks[number].name
                try:
                    results[number] = _places(path, future.result())
                except _Ended as ended:
                    if number in again:
                        raise WorkerError(_ended(name, ended.status), name) from None
                    again.append(number)
                    continue
                if number in again:
                    again.remove(number)
                done(name)
        return [results[number] for number in range(len(tasks))]

    def _fits(self, tasks: Sequence[Task], number: int, running: list[int]) -> bool:
        if not running:
            return True
        taken = sum(_estimate(tasks[n]) for n in [*running, number])
        return len(running) < self.processes and taken <= self.memory

    def _start(
        self, tasks: Sequence[Task], number: int, running: dict[Future[list[int]], tuple[int, str]]
    ) -> None:
        path = self._path()
        running[self._threads.submit(self._order, tasks[number], path)] = number, path

    def _order(self, task: Task, path: str) -> list[int]:
        """Have a process run a task; in a thread of its own, which waits."""
        worker = self._worker()
        answer = worker.ask(
            {
                "step": task.step,
                "arguments": task.arguments,
                "pieces": list(task.pieces),
                "output": path,
            }
        )
        self._idle.append(worker)
        if "error" in answer:
            raise WorkerError(f"{task.name}: {answer['error']}", task.name)
        return cast("list[int]", answer["lengths"])

    def _worker(self) -> "_Worker":
        with self._guard:
            if self._closed:
                raise WorkerError("the job was ended")
            if self._idle:
                return self._idle.pop()
            self._workers.append(_Worker())
            return self._workers[-1]

    def _run_here(self, task: Task, done: Done) -> list[Handle]:
        path = self._path()
        try:
            pieces = run_step(task.step, task.arguments, [load(p) for p in task.pieces])
        except Exception as error:
            text = f"{task.name}: {type(error).__name__}: {error}"
            raise WorkerError(text, task.name) from error
        places = _places(path, save(pieces, path))
        done(task.name)
        return places

    def close(self) -> None:
        """End the processes, and forget all pieces."""
        with self._guard:
            self._closed = True
            for worker in self._workers:
                worker.process.kill()
        self._threads.shutdown()
        for worker in self._workers:
            worker.close()
        self._lock.release()
        shutil.rmtree(self._folder, ignore_errors=True)


class _Ended(Exception):  # noqa: N818 - no error of its own: the task is tried again
    """A process ended before it answered."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class _Worker:
    """A process that answers orders."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from rib.batch.spread.worker import main; main()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # It must find the package where this process found it.
            env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
        )

    def ask(self, order: dict[str, Any]) -> dict[str, Any]:
        """Give the answer to an order; raise `_Ended` where the process ends first."""
        stdin, stdout = self.process.stdin, self.process.stdout
        try:
            if stdin is None or stdout is None:
                raise _Ended(0)
            stdin.write(json.dumps(order) + "\n")
            stdin.flush()
            line = stdout.readline()
        except (OSError, ValueError):  # closed
            line = ""
        if not line.endswith("\n"):
            self.close()
            raise _Ended(self.process.returncode)
        return cast("dict[str, Any]", json.loads(line))

    def close(self) -> None:
        """End the process, whatever it does."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


def _estimate(task: Task) -> int:
    given = task.n_bytes + sum(int(place[2]) for place in task.pieces)
    return _BASE + GROWTH[task.step] * given


def _places(path: str, lengths: list[int]) -> list[Place]:
    places, offset = [], 0
    for length in lengths:
        places.append((path, offset, length))
        offset += length
    return places


def _ended(name: str, status: int) -> str:
    how = f"by signal {-status}" if status < 0 else f"with status {status}"
    return (
        f"{name}: the process ended {how}, twice, the second time with nothing beside it: most likely the system "
        "has no memory for it. A machine with more, or a job of fewer or smaller dumps, is needed"
    )


def _half_of_memory() -> int:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, ValueError):  # not every system tells
        return 4 << 30


def _sweep(parent: Path) -> None:
    """Remove the folders of jobs that are no more: nobody holds their lock."""
    for folder in parent.glob(f"{_SPOOL}*"):
        lock = FileLock(folder / "lock")
        try:
            # One that was just made may not have its lock yet.
            if time.time() - folder.stat().st_mtime < _NEW:
                continue
            lock.acquire(timeout=0)
        except (Timeout, OSError):
            continue  # held, or gone in the meantime
        lock.release()
        shutil.rmtree(folder, ignore_errors=True)
