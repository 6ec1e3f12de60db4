"""Tables that `Rib.write` and `Rib.write_parquet` stored."""

import os
from pathlib import Path

from rib.table.rib import Rib
from rib.table.store import parquet
from rib.table.store.mapped import MappedRib
from rib.table.store.rib_file import MANIFEST
from rib.table.store.stored import Stored

__all__ = ["is_rib_file", "read_parquet", "read_rib"]

#: How every .rib file begins: a local header of zip, and at its place the name of the first member.
_ZIP, _NAME_AT = b"PK\3\4", 30


def _path(given: str | os.PathLike[str]) -> Path:
    if not isinstance(given, str | os.PathLike):
        raise TypeError(f"path={given!r}: expected a path, found {type(given).__name__}")
    return Path(given)


def is_rib_file(path: str | os.PathLike[str]) -> bool:
    """Say whether a file begins as a ``.rib`` file does; what cannot be read is none."""
    name = MANIFEST.encode()
    try:
        if not Path(path).is_file():  # what is read of a pipe is gone
            return False
        with Path(path).open("rb") as file:
            head = file.read(_NAME_AT + len(name))
    except (OSError, ValueError):
        return False
    return head.startswith(_ZIP) and head[_NAME_AT:] == name


def read_rib(path: str | os.PathLike[str], *, verify: bool = False) -> Rib:
    """Open a table that `Rib.write` wrote, mapped into memory and shared with other processes.

    Parameters
    ----------
    path : str or path-like
        A ``.rib`` file.
    verify : bool, default False
        Check every byte now. Otherwise each part is checked when it is first used: the frame of the
        file, its manifest and its checksums now, a table as a whole when it is asked for, and for a
        single `Rib.lookup` or `Rib.get` the blocks of 64 KiB that it looks at.

    Returns
    -------
    Rib
        As it was written, receipt and ids included. It pickles by content; give other processes the
        path instead, so that they share the memory.

    Raises
    ------
    FileNotFoundError, IsADirectoryError, PermissionError, …
        As the operating system says.
    StorageError
        The file is cut, changed or no ``.rib`` file. Without ``verify``, damage in a table is raised
        by what first uses it: `Rib.routes`, a lookup, an analysis.
    UnsupportedStorageError
        The file has another version of the format.

    Notes
    -----
    O(1), a millisecond or two for any size. Nothing that is damaged is ever used, but what nothing
    asks for is not looked at: ``verify=True`` costs some 0.1 s for 4.9 million routes. The first 500
    single lookups search the file; then, or at the first bulk lookup, the index of all prefixes is
    built. The file may be replaced or deleted while it is mapped (not on Windows); written into in
    place it must not be.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import rib
    >>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "night.rib")
    ...     table.write(path)
    ...     rib.read_rib(path).lookup("91.208.207.1").prefix
    '91.208.207.0/24'
    """
    table = Stored(_path(path))
    if verify:
        table.verify()
    return MappedRib(table)


def read_parquet(path: str | os.PathLike[str]) -> Rib:
    """Read a table that `Rib.write_parquet` wrote.

    Parameters
    ----------
    path : str or path-like
        The folder.

    Returns
    -------
    Rib
        As it was written, receipt and ids included; in memory.

    Raises
    ------
    FileNotFoundError, NotADirectoryError, PermissionError, …
        As the operating system says.
    StorageError
        The folder is none of rib, or a file in it is missing or damaged: the checksum of every file is
        compared.
    UnsupportedStorageError
        The folder has another version of the format.

    Notes
    -----
    O(bytes): half a second for 4.9 million routes. `read_rib` is what opens at once.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import rib
    >>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "night")
    ...     table.write_parquet(path)
    ...     rib.read_parquet(path).n_routes
    172736
    """
    folder = _path(path)
    if not folder.is_dir():
        with os.scandir(folder):  # raises what the system says
            pass
    return Rib(*parquet.read_tables(folder))
