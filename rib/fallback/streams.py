"""Input bytes, decompressed piece by piece where their first bytes say so, else as they are.

Several members or streams in a row are one input, and zeros may follow them. How the input ended,
when it did not end well, is left in `ByteStream.damage`.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from rib.fallback.decompression import (
    DamagedStreamError,
    Decoder,
    compression_of,
    new_decoder,
)

__all__ = ["ByteStream", "Damage", "Progress"]

_CHUNK = 1 << 18


class Damage(NamedTuple):
    """What is wrong with an input: the kind of an issue and its text."""

    kind: str
    detail: str


class Progress:
    """Calls ``report(done, total)`` in compressed bytes, at most every 100 ms and once at the end."""

    def __init__(self, report: Callable[[int, int], object] | None, total: int) -> None:
        self._report = report
        self._total = total
        self._done = 0
        self._next = time.monotonic() + 0.1

    def advance(self, size: int) -> None:
        """Count bytes as read."""
        self._done += size
        if self._report is not None and time.monotonic() >= self._next:
            self._report(self._done, self._total)
            self._next = time.monotonic() + 0.1

    def finish(self) -> None:
        """Report that all is read."""
        if self._report is not None:
            self._report(self._total, self._total)


class ByteStream:
    """One input as uncompressed bytes.

    Parameters
    ----------
    source : str or bytes
        Path or content.
    progress : Progress
        Told what is read.
    max_bytes : int or None
        Uncompressed bytes to give at most.

    Attributes
    ----------
    compression : str
        ``"plain"``, ``"gzip"``, ``"bzip2"``, ``"xz"``, ``"zstd"`` or ``"lz4"``.
    is_read : bool
        False where the package is missing that reads this compression.
    damage : Damage or None
        Once `pieces` is exhausted: why the compressed data did not end well.
    """

    def __init__(
        self, source: str | bytes, progress: Progress, max_bytes: int | None = None
    ) -> None:
        self._stored = self._read(source)
        self._progress = progress
        self._max_bytes = max_bytes
        self.damage: Damage | None = None
        self._first = next(self._stored, b"")
        self.compression = compression_of(self._first)
        self.is_read = True
        if self.compression != "plain":
            with suppress(ImportError):
                new_decoder(self.compression)
                return
            self.is_read = False

    def _read(self, source: str | bytes) -> Iterator[bytes]:
        if isinstance(source, str):
            with Path(source).open("rb") as file:
                while piece := file.read(_CHUNK):
                    yield self._count(piece)
        else:
            for at in range(0, len(source), _CHUNK):
                yield self._count(bytes(source[at : at + _CHUNK]))

    def _count(self, piece: bytes) -> bytes:
        self._progress.advance(len(piece))
        return piece

    def pieces(self) -> Iterator[bytes]:
        """Give the uncompressed bytes, once."""
        if not self.is_read:
            return
        whole = self._plain() if self.compression == "plain" else self._decompressed(self._first)
        left = self._max_bytes
        for piece in whole:
            if left is not None and len(piece) > left:
                if left:
                    yield piece[:left]
                self.damage = Damage(
                    "limit",
                    f"expected at most max_bytes={self._max_bytes} uncompressed bytes, found more: "
                    "nothing after them is read",
                )
                return
            yield piece
            left = None if left is None else left - len(piece)

    def _plain(self) -> Iterator[bytes]:
        if self._first:
            yield self._first
        yield from self._stored

    def _decompressed(self, piece: bytes) -> Iterator[bytes]:
        while piece:
            decoder, fed = new_decoder(self.compression), list[bytes]()
            while not decoder.eof:
                given = 0
                try:
                    for out in decoder.feed(piece):
                        yield out
                        given += len(out)
                except DamagedStreamError:
                    self.damage = Damage("corrupt_compression", f"damaged {self.compression} data")
                    yield from _salvage(new_decoder(self.compression), fed, piece, given)
                    return
                if not decoder.eof:
                    fed.append(piece)
                    piece = next(self._stored, b"")
                    if not piece:
                        self.damage = Damage("truncated", f"the {self.compression} data ends early")
                        return
            piece = self._after_stream(decoder.unused_data)

    def _after_stream(self, piece: bytes) -> bytes:
        """Pass over the zeros after a stream and give the start of the next one, if there is one."""
        piece = piece.lstrip(b"\0")
        while len(piece) < 8 and (more := next(self._stored, b"")):
            piece = (piece + more).lstrip(b"\0")
        if not piece or compression_of(piece, before=self.compression) == self.compression:
            return piece
        size = len(piece) + sum(map(len, self._stored))
        self.damage = Damage(
            "trailing_garbage",
            f"{size} bytes after the end of the {self.compression} data, "
            "expected the end or another member",
        )
        return b""


def _salvage(decoder: Decoder, fed: list[bytes], piece: bytes, given: int) -> Iterator[bytes]:
    """Give what a damaged piece still holds before its damage, after what it has given.

    Decoders throw away what they decoded in a call that fails, so the pieces before are fed again
    and the damaged one carefully.
    """
    for earlier in fed:
        for _ in decoder.feed(earlier):
            pass
    good = bytearray()
    with suppress(DamagedStreamError):  # what was added before the failure stays
        for out in decoder.feed(piece, careful=True):
            known = min(given, len(out))
            given -= known
            good += out[known:]
            if len(good) >= _CHUNK:
                yield bytes(good)
                good.clear()
    yield bytes(good)
