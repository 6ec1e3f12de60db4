"""Exit codes, and errors as one line on stderr instead of a traceback."""

import contextlib
import functools
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from enum import IntEnum
from pathlib import Path
from typing import Any, ParamSpec

import typer

from rib.exceptions import ConfigError, FlowsError, MrtError, RegistryError, RibError, StorageError
from rib.report.wording import clean, many
from rib.sources.inputs import printable
from rib.table.rib import Rib
from rib.table.updates import Updates

__all__ = ["Exit", "command", "finish", "say", "writing"]

_P = ParamSpec("_P")


class Exit(IntEnum):
    """Exit codes (the table is in `rib.cli`)."""

    FINE = 0
    FINDINGS = 1
    USAGE = 2
    DAMAGED = 3
    MISSING = 4
    INTERRUPTED = 130


def say(text: str) -> None:
    """Write one line to stderr; characters that move the cursor are made visible."""
    sys.stderr.write(f"rib: {clean(text, 2000)}\n")


def finish(*tables: Rib | Updates | None, findings: bool = False) -> None:
    """End a command whose result is written: damaged inputs first, findings second."""
    damaged = [t.receipt for t in tables if t is not None and not t.receipt.ok]
    for receipt in damaged:
        text = f"input damaged: {many(receipt.issues.num_rows, 'issue')}; the result is partial."
        for first in receipt.issues.slice(0, 1).to_pylist():
            where = "" if first["offset"] is None else f" at byte {first['offset']:,}"
            text += f" First: {first['file']}{where}: {first['kind']}: {first['detail']}"
        say(text)
    if damaged:
        raise typer.Exit(Exit.DAMAGED)
    if findings:
        raise typer.Exit(Exit.FINDINGS)


@contextlib.contextmanager
def writing(output: Path | None, option: str = "--output") -> Iterator[None]:
    """Say of an `OSError` in the block that the output was at fault: what was asked for, not read."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        name = "standard output" if output is None else f"{option} {output}"
        say(f"{name}: cannot be written: {error.strerror or error}")
        if output is None:
            _close_quietly()
        raise typer.Exit(Exit.USAGE) from None


def _code(error: Exception) -> Exit:
    if isinstance(error, MrtError) and error.path is not None and Path(error.path).is_dir():
        return Exit.MISSING  # a directory without dumps
    if isinstance(error, FlowsError | MrtError | RegistryError | StorageError):
        return Exit.DAMAGED
    if isinstance(
        error,
        FileNotFoundError | PermissionError | IsADirectoryError | ConnectionError | TimeoutError,
    ):
        return Exit.MISSING
    # An argument (PrefixError, ValueError, TypeError), an option or a missing extra (ConfigError).
    return Exit.USAGE


def _words(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        name = error.filename
        return f"{printable(name) if isinstance(name, str | bytes) else name}: {error.strerror}"
    return str(error)


def _close_quietly() -> None:
    """Point stdout at nothing, so that the interpreter's last flush cannot fail either."""
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, sys.stdout.fileno())
    os.close(sink)


@contextlib.contextmanager
def _warnings_in_a_line() -> Iterator[None]:
    """Write warnings that are meant for users as a line; others as Python does."""
    before = warnings.showwarning

    def show(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
        if issubclass(category, RuntimeWarning):
            say(f"warning: {message}")
        else:
            before(message, category, *where, **more)

    warnings.showwarning = show
    try:
        yield
    finally:
        warnings.showwarning = before


def command(function: Callable[_P, None]) -> Callable[_P, None]:
    """Turn the errors of a command into exit codes."""

    @functools.wraps(function)
    def wrapped(*args: _P.args, **kwargs: _P.kwargs) -> None:
        try:
            with _warnings_in_a_line():
                function(*args, **kwargs)
            sys.stdout.flush()
        except BrokenPipeError:
            _close_quietly()
            raise typer.Exit(Exit.FINE) from None
        except KeyboardInterrupt:
            say("interrupted")
            raise typer.Exit(Exit.INTERRUPTED) from None
        except (RibError, OSError, ValueError, TypeError) as error:
            # A config has a line for each of its mistakes; other errors are one, whatever is in it.
            told = _words(error)
            for line in told.splitlines() if isinstance(error, ConfigError) else [told]:
                say(line)
            raise typer.Exit(_code(error)) from None
        except MemoryError:
            say("out of memory")
            raise typer.Exit(Exit.DAMAGED) from None

    return wrapped
