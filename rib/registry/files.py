"""Registry files as bytes: compression and obvious mistakes told by content, never by name."""

import bz2
import datetime as dt
import gzip
import io
import lzma
import re
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from rib.exceptions import RegistryError
from rib.remote.cache import local_copy
from rib.remote.download import WebPageError

__all__ = ["PathLike", "date_in_name", "read_blocks", "read_whole"]

PathLike = str | Path

#: Bytes asked for at a time: what precedes damage is known to so many, what precedes a cut exactly.
_PIECE = 1 << 16

_DAMAGE = (EOFError, OSError, zlib.error, lzma.LZMAError)


def date_in_name(path: PathLike) -> dt.date | None:
    """Give the date (YYYYMMDD, or YYYY-MM-DD) a file name carries, the way CAIDA dates its files."""
    for match in re.finditer(
        r"(?<!\d)((?:19|20)\d\d)[-.]?(\d\d)[-.]?(\d\d)(?!\d)", Path(path).name
    ):
        try:
            return dt.date(*(int(part) for part in match.groups()))
        except ValueError:
            continue
    return None


def _uncompressed(plain: io.BufferedReader) -> io.BufferedIOBase:
    """Give the content of an open file, told by its first octets."""
    magic = plain.read(6)
    plain.seek(0)
    if magic[:2] == b"\x1f\x8b":
        return gzip.GzipFile(fileobj=plain)
    if magic[:3] == b"BZh":
        return bz2.BZ2File(plain)
    if magic == b"\xfd7zXZ\x00":
        return lzma.LZMAFile(plain)
    return plain


def _look(path: PathLike, kind: str, start: bytes) -> None:
    """Raise where the first bytes already show that this is not a text registry."""
    text = start.lstrip()[:64].lower()
    if not start:
        raise RegistryError(f"{path}: expected {kind}, found an empty file")
    if text.startswith((b"<!doctype", b"<html", b"<?xml")):
        raise RegistryError(f"{path}: expected {kind}, found a web page ({text[:30]!r}…)")
    if b"\x00" in start[:4096]:
        raise RegistryError(f"{path}: expected {kind}, found binary data ({start[:8]!r}…)")


def read_blocks(path: PathLike, kind: str, block: int = 1 << 25) -> Iterator[bytes]:
    """Yield the uncompressed content of a path or http(s) URL in blocks of about ``block`` bytes.

    Raises
    ------
    FileNotFoundError
        The file is missing; other errors of a download as of `rib.remote.cache.local_copy`.
    RegistryError
        Empty, binary, a web page, or compressed data that is damaged or cut.
    """
    with ExitStack() as stack:
        try:
            copy = stack.enter_context(local_copy(path))
        except WebPageError as error:
            raise RegistryError(f"{error}, not {kind}") from error
        stream = stack.enter_context(_uncompressed(stack.enter_context(copy.open("rb"))))
        at = 0
        while True:
            pieces: list[bytes] = []
            size = 0
            try:
                while size < block and (piece := stream.read1(min(_PIECE, block - size))):
                    pieces.append(piece)
                    size += len(piece)
            except _DAMAGE as error:
                if isinstance(error, OSError) and error.errno is not None:
                    raise
                raise RegistryError(
                    f"{path}: compressed data is damaged or cut after {at + size:,} uncompressed bytes: {error}"
                ) from error
            data = b"".join(pieces)
            if not at:
                _look(path, kind, data[:4096])
            if not data:
                return
            at += size
            yield data


def read_whole(path: PathLike, kind: str) -> bytes:
    """Give the whole uncompressed content; errors as of `read_blocks`."""
    parts = list(read_blocks(path, kind))
    return parts[0] if len(parts) == 1 else b"".join(parts)
