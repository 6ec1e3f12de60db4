"""Where tasks run and who carries their pieces: the surface that a job sees."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

__all__ = ["Done", "Executor", "Handle", "Task"]

#: A piece, wherever it is: only the executor that gave it can say.
Handle = Any

#: Called with the name of each task that is done.
Done = Callable[[str], object]


class Task(NamedTuple):
    """One step on some pieces.

    Parameters
    ----------
    name : str
        What it is about, for messages: the dump, or the share.
    step : str
        Name in `rib.batch.spread.steps.STEPS`.
    arguments : dict
        What JSON can say.
    pieces : sequence
        Handles of pieces, of the same executor.
    n_outputs : int
        How many pieces the step gives.
    n_bytes : int
        What the step reads beside its pieces: bytes of the dump, as they are stored.
    """

    name: str
    step: str
    arguments: dict[str, Any]
    pieces: Sequence[Handle]
    n_outputs: int
    n_bytes: int = 0


class Executor(Protocol):
    """Runs tasks that do not depend on each other, and holds the pieces that they give."""

    def put(self, piece: Any) -> Handle:
        """Hold a piece that the caller has."""

    def run(self, tasks: Sequence[Task], done: Done) -> list[list[Handle]]:
        """Run tasks, and give handles of the pieces of each, in the order of the tasks."""

    def get(self, handle: Handle) -> Any:
        """Give a piece."""

    def drop(self, handles: Sequence[Handle]) -> None:
        """Forget pieces that nothing asks for any more."""

    def close(self) -> None:
        """End the processes, and forget all pieces."""
