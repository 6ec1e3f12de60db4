"""Tasks on the workers of a Dask cluster; pieces in their memory, and on their disks where that is full."""

from collections.abc import Sequence
from importlib import import_module
from operator import getitem
from typing import Any
from uuid import uuid4

from rib.batch.spread.executors import Done, Handle, Task
from rib.batch.spread.steps import run_step
from rib.exceptions import ConfigError, WorkerError

__all__ = ["Dask"]

#: Seconds to wait for the scheduler.
_TIMEOUT = 30


class Dask:
    """Run tasks on the workers of a Dask scheduler.

    Parameters
    ----------
    address : str
        Of the scheduler, such as ``tcp://scheduler:8786``. rib of the same version is installed on
        its workers, which see the dumps under the same names.

    Raises
    ------
    ConfigError
        The package distributed is not installed.
    WorkerError
        No scheduler answers within 30 s.

    Notes
    -----
    A piece that is lost with its worker is made again from its dump: the scheduler knows how. A
    task that ends its worker four times fails the job, which names it.
    """

    def __init__(self, address: str) -> None:
        try:
            self._dask: Any = import_module("distributed")
        except ImportError:
            raise ConfigError(
                "cluster: the package distributed is missing: install rib[cluster]"
            ) from None
        try:
            self._client = self._dask.Client(address, timeout=_TIMEOUT, set_as_default=False)
        except (OSError, ValueError) as error:
            raise WorkerError(f"cluster={address!r}: no scheduler answers: {error}") from error
        self._job = uuid4().hex[:8]
        self._n_tasks = 0

    def _key(self, task: str) -> str:
        self._n_tasks += 1
        return f"rib-{task}-{self._job}-{self._n_tasks}"

    def put(self, piece: Any) -> Handle:
        """Hold a piece that the caller has."""
        # As a task: what is scattered would be gone with the worker that has it.
        return self._client.submit(bytes, bytes(piece), key=self._key("put"), pure=False)

    def get(self, handle: Handle) -> Any:
        """Give a piece."""
        return handle.result()

    def drop(self, handles: Sequence[Handle]) -> None:
        """Forget pieces that nothing asks for any more."""
        for handle in handles:
            handle.release()

    def run(self, tasks: Sequence[Task], done: Done) -> list[list[Handle]]:
        """Run tasks, and give handles of the pieces of each, in the order of the tasks."""
        submit = self._client.submit
        names, results = {}, []
        for task in tasks:
            whole = submit(
                _run, task.step, task.arguments, *task.pieces, key=self._key(task.step), pure=False
            )
            # Pieces of their own, so that each goes to the one task that wants it, and to disk alone.
            pieces = [
                submit(getitem, whole, number, key=self._key("piece"), pure=False)
                for number in range(task.n_outputs)
            ]
            names[whole.key] = task.name
            results.append(pieces)
            for piece in pieces:
                names[piece.key] = task.name
        left = {task.name: task.n_outputs for task in tasks}
        everything = [piece for pieces in results for piece in pieces]
        for piece in self._dask.as_completed(everything, loop=self._client.loop):
            name = names[piece.key]
            # One that was lost again since is made again when it is asked for.
            if piece.status in {"error", "cancelled"}:
                self._fail(piece, name)
            left[name] -= 1
            if not left[name]:
                done(name)
        return results

    def _fail(self, piece: Handle, name: str) -> None:
        try:
            error = piece.exception()
        except Exception as lost:  # noqa: BLE001 - cancelled with its scheduler
            error = lost
        if isinstance(error, self._dask.KilledWorker):
            raise WorkerError(
                f"{name}: it ended the workers that ran it, again and again: most likely they have no memory for "
                f"it (--memory-limit of dask worker): {error}",
                name,
            ) from error
        raise WorkerError(f"{name}: {type(error).__name__}: {error}", name) from error

    def close(self) -> None:
        """Leave the scheduler, which forgets what it did for this job."""
        self._client.close()


def _run(step: str, arguments: dict[str, Any], *pieces: bytes) -> list[bytes]:
    """Run a step on a worker. Bytes, since their size is what Dask counts memory by."""
    return [bytes(piece) for piece in run_step(step, arguments, pieces)]
