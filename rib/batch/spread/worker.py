"""A process that runs steps for another one.

One JSON object a line on standard input: ``step``, ``arguments``, ``pieces`` (path, offset and length of each),
``output`` (a path). The pieces of the step are written to that file, one behind the other; the answer, a
line on standard output, has their ``lengths``, or ``error``. The end of the input ends the process.
"""

import contextlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa

from rib.batch.spread.steps import run_step

__all__ = ["load", "main", "save"]

#: A piece in a file: path, offset, length.
Place = tuple[str, int, int]


def load(place: Place) -> pa.Buffer:
    """Give a piece, mapped into memory."""
    path, offset, length = place
    if not length:
        return pa.py_buffer(b"")
    with pa.memory_map(path) as file:
        return file.read_at(length, offset)


def save(pieces: list[pa.Buffer], path: str | os.PathLike[str]) -> list[int]:
    """Write pieces one behind the other, and give their lengths."""
    with Path(path).open("wb") as file:
        file.writelines(pieces)
    return [len(piece) for piece in pieces]


def _answer(order: dict[str, Any]) -> dict[str, Any]:
    try:
        pieces = run_step(order["step"], order["arguments"], [load(p) for p in order["pieces"]])
        return {"lengths": save(pieces, order["output"])}
    except Exception as error:  # noqa: BLE001 - whatever it is, the process that asked says it
        return {"error": f"{type(error).__name__}: {error}"}


def main() -> None:
    """Answer orders until there are no more."""
    # Ctrl-C is for the process that gives the orders; it ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What a library prints must not get among the answers.
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        answers.write(json.dumps(_answer(json.loads(line))) + "\n")
        with contextlib.suppress(BrokenPipeError):
            answers.flush()
