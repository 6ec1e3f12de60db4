"""Files that appear whole or not at all: written under a temporary name, then renamed."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["replacing"]


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary path beside ``path`` and rename it into place if the block succeeds.

    A link is followed; a device or a pipe is given itself.

    Parameters
    ----------
    path : str or path-like
        The file to write. Its directory must exist.

    Yields
    ------
    pathlib.Path
        Write here. If the block raises, the file is removed and ``path`` is left as it was.

    Notes
    -----
    The rename is atomic on POSIX and Windows because both names are in one directory: a reader
    (or a cron job that was killed) never meets half a file.
    """
    # What a link stands for is written; the link stays.
    target = Path(path).resolve()
    if target.exists() and not target.is_file():
        # A device or a pipe takes what is written, and must not be replaced by a file.
        yield target
        return
    # Not `tempfile`: its files are private, and a report or dump is for others to read.
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    try:
        yield temporary
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
