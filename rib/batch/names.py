"""What the name of a dump says: when it was taken, and which other dumps are of its series."""

import bz2
import gzip
import lzma
import re
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

__all__ = ["dated", "first_time", "is_dated", "pattern_of", "series_of", "time_in_name"]

_STAMP = re.compile(
    r"(?<!\d)((?:19|20)\d\d)([-._/]?)(\d\d)\2(\d\d)(?:[T._-]?([01]\d|2[0-3])[:.]?([0-5]\d)(?:\d\d)?)?(?!\d)"
)
#: The codes of strftime that paths and URLs may hold; others, as in ``%20``, are text.
_CODES = re.compile(r"%([YmdHM])")
#: No dump is older than the format (1999) or from so far ahead that seconds need 33 bits.
_OLDEST = 900_000_000
#: TABLE_DUMP and TABLE_DUMP_V2 (RFC 6396 §4.2, §4.3).
_TYPES = frozenset({12, 13})
_OPENERS: dict[bytes, Callable[..., Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZ": bz2.open,
    b"\xfd7": lzma.open,
}


def is_dated(pattern: str) -> bool:
    """Whether a path or URL has places for a date."""
    return _CODES.search(pattern) is not None


def dated(pattern: str, moment: datetime) -> str:
    """Put a moment into the places of a path or URL."""
    return _CODES.sub(lambda code: moment.strftime(code[0]), pattern)


def pattern_of(pattern: str) -> str:
    """Give a dated path as a glob of all dates."""
    return _CODES.sub("*", pattern)


def time_in_name(path: str) -> datetime | None:
    """Give the time (UTC) that a file name carries, midnight where only a date; None without one."""
    name = re.split(r"[/\\]", path)[-1]
    for found in _STAMP.finditer(name):
        year, _, month, day, hour, minute = found.groups()
        try:
            return datetime(
                int(year), int(month), int(day), int(hour or 0), int(minute or 0), tzinfo=UTC
            )
        except ValueError:
            continue
    return None


def series_of(label: str) -> str:
    """Give a name without its dates: dumps that differ in nothing else are of one series."""
    folders, slash, name = label.rpartition("/")
    folders = re.sub(r"(?<!\d)(19|20)\d\d([-._]?\d\d){0,2}(?!\d)", "*", folders)
    return folders + slash + _STAMP.sub("*", name)


def first_time(path: Path) -> datetime | None:
    """Give the time of the first record of an MRT file; None where that cannot be read here."""
    try:
        with path.open("rb") as file:
            magic = file.read(6)
        opened = _OPENERS.get(magic[:2], open)
        with opened(path, "rb") as stream:
            header = stream.read(6)
    except (OSError, EOFError, zlib.error, lzma.LZMAError):
        return None
    seconds, kind = int.from_bytes(header[:4], "big"), int.from_bytes(header[4:], "big")
    return datetime.fromtimestamp(seconds, UTC) if seconds > _OLDEST and kind in _TYPES else None
