"""Input bytes, decompressed piece by piece: gzip and bzip2 by their magic, else as they are.

Several gzip members or bzip2 streams in a row are one input, and zeros may follow them. How the
input ended, when it did not end well, is left in `ByteStream.damage`.
"""

import bz2
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Protocol

__all__ = ["ByteStream", "Damage", "Progress"]

_CHUNK = 1 << 18
#: Compressions by magic bytes.
_MAGIC = {
    b"\x1f\x8b": "gzip",
    **{b"BZh%d" % level: "bzip2" for level in range(1, 10)},
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\x04\x22\x4d\x18": "lz4",
}


class Damage(NamedTuple):
    """What is wrong with an input: the kind of an issue and its text."""

    kind: str
    detail: str


class _Decoder(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


def _gzip_decoder() -> _Decoder:
    return zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)


_DECODERS: dict[str, Callable[[], _Decoder]] = {
    "gzip": _gzip_decoder,
    "bzip2": bz2.BZ2Decompressor,
}


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


def _compression(head: bytes) -> str:
    """Name the compression by the first bytes."""
    return next((name for magic, name in _MAGIC.items() if head.startswith(magic)), "plain")


class ByteStream:
    """One input as uncompressed bytes.

    Attributes
    ----------
    compression : str
        ``"plain"``, ``"gzip"`` or ``"bzip2"``, or one that is recognised but not read.
    is_read : bool
        Whether it is one of the first three.
    damage : Damage or None
        Once `pieces` is exhausted: why the compressed data did not end well.
    """

    def __init__(self, source: str | bytes, progress: Progress) -> None:
        self._stored = self._read(source)
        self._progress = progress
        self.damage: Damage | None = None
        self._first = next(self._stored, b"")
        self.compression = _compression(self._first)
        self.is_read = self.compression in ("plain", *_DECODERS)

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
        if self.compression == "plain":
            if self._first:
                yield self._first
            yield from self._stored
        elif self.is_read:
            yield from self._decompressed(self._first, _DECODERS[self.compression])
        else:
            for _ in self._stored:
                pass

    def _decompressed(self, piece: bytes, new_decoder: Callable[[], _Decoder]) -> Iterator[bytes]:
        while piece:
            decoder, fed = new_decoder(), list[bytes]()
            while not decoder.eof:
                try:
                    out = decoder.decompress(piece)
                except (OSError, zlib.error) as error:
                    self.damage = Damage(
                        "corrupt_compression", f"damaged {self.compression} data: {error}"
                    )
                    yield _salvage(new_decoder(), fed, piece)
                    for _ in self._stored:
                        pass
                    return
                if out:
                    yield out
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
        if not piece or _compression(piece) == self.compression:
            return piece
        size = len(piece) + sum(map(len, self._stored))
        self.damage = Damage(
            "trailing_garbage",
            f"{size} bytes after the end of the {self.compression} data, "
            "expected the end or another member",
        )
        return b""


def _salvage(decoder: _Decoder, fed: list[bytes], piece: bytes) -> bytes:
    """Give what a damaged piece still holds before its damage.

    Decoders throw away what they decoded in a call that fails, so the pieces before are fed again
    and the damaged one byte by byte.
    """
    for earlier in fed:
        decoder.decompress(earlier)
    good: list[bytes] = []
    with suppress(OSError, zlib.error):  # what was added before the failure stays
        good.extend(decoder.decompress(piece[at : at + 1]) for at in range(len(piece)))
    return b"".join(good)
