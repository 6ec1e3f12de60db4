"""Compressed files without a name or a time in them, so that equal content gives equal bytes."""

import bz2
import gzip
import io
from pathlib import Path


def compress(name: str, content: bytes) -> bytes:
    """Return the content compressed as the file name asks for: .gz, .bz2, or not at all."""
    if name.endswith(".bz2"):
        return bz2.compress(content, 9)
    if name.endswith(".gz"):
        buffer = io.BytesIO()
        with gzip.GzipFile(
            filename="", mode="wb", compresslevel=9, fileobj=buffer, mtime=0
        ) as stream:
            stream.write(content)
        return buffer.getvalue()
    return content


def read(path: Path) -> bytes:
    """Return the content of a file, decompressed as its name says."""
    raw = path.read_bytes()
    if path.suffix == ".bz2":
        return bz2.decompress(raw)
    return gzip.decompress(raw) if path.suffix == ".gz" else raw
