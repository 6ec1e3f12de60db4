"""Raw records of a dump, unjudged: what the columns of a `Rib` do not keep."""

import errno
import os
import struct
from collections.abc import Iterator
from pathlib import Path

from rib.exceptions import UnsupportedMrtError
from rib.fallback.decompression import missing_package
from rib.fallback.framing import Framing, Record
from rib.fallback.streams import ByteStream, Progress
from rib.remote.cache import is_url

__all__ = ["one_file", "raw_records", "with_header"]


def one_file(path: str | os.PathLike[str]) -> str:
    """Give a URL, or the path of one file, as text; directories and globs are refused."""
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"path={path!r}: expected a path or an http(s) URL")
    name = os.fspath(path)
    if is_url(name):
        return name
    if Path(name).is_dir():
        raise IsADirectoryError(errno.EISDIR, "expected one dump, found a directory", name)
    if not Path(name).exists():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
    return name


def raw_records(path: str | os.PathLike[str]) -> Iterator[Record]:
    """Give the whole records of a file one by one, until they end or stop making sense.

    Raises
    ------
    UnsupportedMrtError
        The package is missing that reads this compression.

    Notes
    -----
    Pure Python, record by record: for the first few thousand, not for a table.
    """
    stream = ByteStream(os.fspath(path), Progress(None, 0))
    if not stream.is_read:
        text = f"{os.fspath(path)}: {missing_package(stream.compression)}"
        raise UnsupportedMrtError(text, os.fspath(path))
    found = Framing(stream.pieces()).records()
    yield from (record for record in found if isinstance(record, Record))


def with_header(record: Record) -> bytes:
    """Give a record as it is in the file."""
    head = struct.pack("!IHHI", record.timestamp, record.kind, record.subtype, len(record.body))
    return head + record.body
